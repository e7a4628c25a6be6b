/* SPDX-License-Identifier: MIT */
/* From a path and arguments to a running guest, in this very process. */
#ifndef LOADER_LAUNCH_H
#define LOADER_LAUNCH_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

#include "loader/refusal.h"
#include "shim/boot.h"

/* Nothing is owned. */
struct fx_launch {
	struct fx_config config;
	int fd;			   /* what is run, open for reading, or -1; taken over */
	const char *path;	   /* and its name: program or script */
	bool unnamed;		   /* which is a descriptor's, not the file's */
	char *const *argv;	   /* what it sees, */
	char *const *envp;	   /* and the environment */
	const ElfW(auxv_t) * auxv; /* the kernel's own */
	bool filtered;		   /* an earlier fxbox in this process installed the filter */
	bool keep_log;		   /* is added to */
	uint64_t sigmask;	   /* see struct fx_boot */
	uint64_t ignored_sync;
};

/* Returns only on failure: -1 with *why filled. Parts of the guest may then be mapped. */
int fx_launch(const struct fx_launch *launch, struct fx_refusal *why);

#endif
