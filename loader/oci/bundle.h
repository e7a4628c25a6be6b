/* SPDX-License-Identifier: MIT */
/* A bundle: a directory with config.json in it, which is read once and written once. */
#ifndef LOADER_OCI_BUNDLE_H
#define LOADER_OCI_BUNDLE_H

#include <json-c/json.h>
#include <sys/stat.h>

#include "loader/refusal.h"

struct fx_oci_bundle {
	int directory;		    /* open, so that all that follows is about the same one */
	char name[4096];	    /* of config.json, for messages */
	struct json_object *config; /* owned */
	struct stat file;
};

/* 0, or -1 with *why; then nothing has to be closed. */
int fx_oci_bundle_open(const char *path, struct fx_oci_bundle *bundle, struct fx_refusal *why);

/*
 * Whether fxbox can lie in the root file system, of that name: the runtime makes an empty file to
 * mount on, and finds one that it has made before. Where an image has anything else, who may change
 * that could later put another program in the place of fxbox. The root, open, is the caller's to
 * close; or -1 with *why.
 */
int fx_oci_bundle_open_root(const struct fx_oci_bundle *bundle, const char *root,
			    struct fx_refusal *why);

/*
 * Puts the document in the place of the file, at once: whoever reads it meanwhile reads the one or
 * the other. 0, or -1 with *why and the old one in place.
 */
int fx_oci_bundle_write(const struct fx_oci_bundle *bundle, struct fx_refusal *why);

void fx_oci_bundle_close(struct fx_oci_bundle *bundle);

#endif
