/* SPDX-License-Identifier: MIT */
/* What a confined run promises by default, and which layer keeps it on a host: docs/security.md. */
#ifndef LOADER_PROMISES_H
#define LOADER_PROMISES_H

#include <stdbool.h>
#include <stddef.h>

/* What a host permits. */
struct fx_layers {
	int landlock;	 /* the ABI; 0: none */
	bool mounts;	 /* a mount namespace can be made */
	bool namespaces; /* PID and network namespaces too */
};

struct fx_promise {
	const char *name;
	const char *what; /* "the program …" */
	const char *by;	  /* the layers that keep it here; if it does not hold: what is left */
	bool holds;
};

#define FX_PROMISES 8

/* Fills all of them, with texts that stay. */
void fx_promises(const struct fx_layers *layers, struct fx_promise out[static FX_PROMISES]);

#endif
