/* SPDX-License-Identifier: MIT */
/* What the program looked for and --only does not show, told by a process that sees it. */
#ifndef LOADER_CONFINE_NOT_THERE_H
#define LOADER_CONFINE_NOT_THERE_H

#include "shim/boot.h"

/*
 * Prints on the report's descriptor a line for each directory with such files, and how to show
 * them, unless --quiet; and in the log, if there is one, a record for each. Nothing of what is not
 * there outside either. The list is the
 * program's to write: names alone are taken from it, and nobody inside is told what became of them.
 * May block on the descriptors.
 */
void fx_not_there_tell(const struct fx_config *config);

#endif
