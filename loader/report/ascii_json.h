/* SPDX-License-Identifier: MIT */
/* JSON in ASCII, as the log has it: json-c writes other characters as they are. */
#ifndef LOADER_REPORT_ASCII_JSON_H
#define LOADER_REPORT_ASCII_JSON_H

#include <stddef.h>

struct json_object;

/*
 * The object with these flags of json-c; what is not printable ASCII is \uXXXX, and a byte that is
 * part of no character \u00xx. The caller's, to be freed; its length without the NUL in *length,
 * if that is not NULL. Ends the process if there is no memory.
 */
char *fx_ascii_json(struct json_object *o, int flags, size_t *length);

#endif
