/* SPDX-License-Identifier: MIT */
/* What the administrator of a host decides: /etc/fxbox/oci.json, docs/oci.schema.json. */
#ifndef LOADER_OCI_SETTINGS_H
#define LOADER_OCI_SETTINGS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "loader/refusal.h"

#define FX_OCI_SETTINGS "/etc/fxbox/oci.json"

/* What a container may ask for. */
enum fx_oci_wish {
	FX_OCI_WISH_OPTIONS,
	FX_OCI_WISH_LOG,
	FX_OCI_WISH_SHARED_FUTEX,
	FX_OCI_WISH_CONFINE,
	FX_OCI_WISHES
};

/* As in annotations, behind FX_OCI_ANNOTATION. */
extern const char *const fx_oci_wish_names[FX_OCI_WISHES];

/* Strings are borrowed from the document, which lives as long as the process. */
struct fx_oci_settings {
	const char *path;    /* of the document, for messages */
	const char *runtime; /* a path, or a name for PATH; NULL: runc, or crun */
	const char *fxbox;   /* NULL: beside fxbox-oci */
	const char *log_directory;
	struct json_object *options; /* of fxbox run, checked; NULL: none */
	bool log, confine;
	bool allowed[FX_OCI_WISHES]; /* as annotations */
	bool environment;	     /* FXBOX_OPTIONS of the process is heard */
};

/*
 * path NULL: FX_OCI_SETTINGS, which need not be there. 0, or -1 with *why; what a document does not
 * mention is as without it, and what is not known in it is an error.
 */
int fx_oci_settings_read(const char *path, struct fx_oci_settings *settings,
			 struct fx_refusal *why);

#endif
