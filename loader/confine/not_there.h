/* SPDX-License-Identifier: MIT */
/* What the program looked for and --only does not show, told by a process that sees it. */
#ifndef LOADER_CONFINE_NOT_THERE_H
#define LOADER_CONFINE_NOT_THERE_H

#include "shim/boot.h"

/*
 * Prints on the report's descriptor a line for each directory with such files, and how to show
 * them; nothing of what is not there outside either, and nothing with --quiet. The list is the
 * program's to write: names alone are taken from it, and nobody inside is told what became of them.
 * May block on the descriptor.
 */
void fx_not_there_tell(const struct fx_config *config);

#endif
