/* SPDX-License-Identifier: MIT */
/*
 * JSON documents that the runtime is to read after us. It must find in them what we found: so
 * whatever two readers could take for two things (a member twice, or in other letters) is refused.
 */
#ifndef LOADER_OCI_DOCUMENT_H
#define LOADER_OCI_DOCUMENT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "loader/refusal.h"

/* Engines write some 30 KB. */
#define FX_OCI_DOCUMENT_MOST (4 << 20)

/*
 * Opens a regular file and no link, relative to a directory as openat(2), and reads it whole, once.
 * The document is the caller's to put; *st (NULL: of no interest) tells the file. `subject` is its
 * name in messages. 0, or -1 with *why.
 */
int fx_oci_document_read(int directory, const char *name, const char *subject,
			 struct json_object **document, struct stat *st, struct fx_refusal *why);

/*
 * The same of an open file, from where it stands. Without a document *document is NULL.
 */
int fx_oci_document_read_fd(int fd, const char *subject, struct json_object **document,
			    struct stat *st, struct fx_refusal *why);

/* Writes all of it, and a line's end. 0, or -1 and errno. */
int fx_oci_document_write(struct json_object *document, int fd);

/*
 * The member of an object, borrowed; *value is NULL if it is not there, or null. `where` names it
 * in messages: "mounts[3].destination". -1 with *why if it is of another type.
 */
int fx_oci_member(struct json_object *o, const char *name, enum json_type type, const char *where,
		  struct json_object **value, struct fx_refusal *why);

/* A string without a NUL in it, which no path and no word can have; else NULL. Borrowed. */
const char *fx_oci_string(struct json_object *value);

/* All elements are such strings. -1 with *why names the first that is not. */
int fx_oci_strings(struct json_object *array, const char *where, struct fx_refusal *why);

/*
 * Go's reader takes "Args" for "args". -1 with *why if a member of the object is one of the names
 * (ends with NULL) but for its letters, or is not ASCII, of which Go knows more pairs.
 */
int fx_oci_exact(struct json_object *o, const char *const *names, const char *where,
		 struct fx_refusal *why);

#endif
