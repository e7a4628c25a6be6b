/* SPDX-License-Identifier: MIT */
/*
 * Names inside a container. Both lie in its root, which nobody inside can rename, and are mounts,
 * which nobody without the right to mount can replace: what is executed there is fxbox.
 */
#ifndef LOADER_OCI_PLACES_H
#define LOADER_OCI_PLACES_H

#define FX_OCI_PROGRAM "/.fxbox"
#define FX_OCI_LOG     "/.fxbox.log"

/* What people may write into annotations, and what fxbox-oci notes there for `exec`. */
#define FX_OCI_ANNOTATION  "dev.fxbox."
#define FX_OCI_WORDS	   FX_OCI_ANNOTATION "words"

#define FX_OCI_ENVIRONMENT "FXBOX_OPTIONS"

#endif
