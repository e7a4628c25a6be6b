/* SPDX-License-Identifier: MIT */
/* JSON in ASCII, as the log has it: json-c writes other characters as they are. */
#ifndef LOADER_REPORT_ASCII_JSON_H
#define LOADER_REPORT_ASCII_JSON_H

#include <stddef.h>

struct json_object;

/*
 * The object with these flags of json-c; characters that stand for bytes which are not printable
 * ASCII, U+007F to U+00FF, are \u00xx. Others, which no record of fxbox has, stay as they are. The
 * caller's, to be freed; its length without the NUL in *length, if that is not NULL. Ends the
 * process if there is no memory.
 */
char *fx_ascii_json(struct json_object *o, int flags, size_t *length);

#endif
