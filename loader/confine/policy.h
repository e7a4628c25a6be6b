/* SPDX-License-Identifier: MIT */
/* What a run may do: chosen by options and profiles, enforced by the other files here. */
#ifndef LOADER_CONFINE_POLICY_H
#define LOADER_CONFINE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include "loader/confine/cgroup.h"

#define FX_GRANTS_MAX  64
#define FX_ENV_MAX     64
#define FX_PORTS_MAX   64
#define FX_RLIMITS_MAX RLIM_NLIMITS

enum fx_grant_kind {
	FX_GRANT_ONLY,	 /* seen, read-only unless something else says more of it */
	FX_GRANT_TMPFS,	 /* a private, empty directory that can be written */
	FX_GRANT_DEVPTS, /* the same, with terminals */
	FX_GRANT_RW,
	FX_GRANT_RO,
	FX_GRANT_HIDE,
	FX_GRANT_UNIX, /* a socket, which can be connected to */
	FX_GRANT_KINDS
};

enum fx_net {
	FX_NET_NONE,
	FX_NET_TCP,   /* the host's, by TCP, to and at some ports */
	FX_NET_LOCAL, /* one of its own, with loopback alone */
	FX_NET_ALL
};

enum fx_unix {
	FX_UNIX_NONE,
	FX_UNIX_NAMED, /* those of FX_GRANT_UNIX, and its own */
	FX_UNIX_ALL
};

struct fx_grant {
	enum fx_grant_kind kind;
	const char *path;
};

struct fx_rlimit_choice {
	const char *name; /* of fx_rlimit_names */
	struct rlimit value;
};

/* Strings are borrowed from argv, or from a profile, which lives as long as the process. */
struct fx_policy {
	struct fx_grant grant[FX_GRANTS_MAX];
	size_t grants;
	const char *env[FX_ENV_MAX]; /* NAME=VALUE, or NAME: kept by clear_env */
	size_t envs;
	struct fx_rlimit_choice rlimit[FX_RLIMITS_MAX];
	size_t rlimits;
	struct fx_cgroup_limits limits; /* of the whole run */
	const char *chdir;		/* NULL: stay */
	uint64_t timeout_ms;		/* 0: none */
	bool with_parent;		/* ends when the process that started fxbox does */
	bool only;	     /* nothing is seen but what is granted, the system and the program; */
	bool only_libraries; /* of the system its libraries alone, */
	bool own_directory;  /* and with the program the directory that it lies in */
	enum fx_net net;
	uint16_t port[FX_PORTS_MAX]; /* FX_NET_TCP */
	size_t ports;
	enum fx_unix unix_sockets;
	bool tmp;
	bool clear_env;
	bool isolate;
	bool require;	/* what cannot be had is an error */
	bool no_userns; /* never make a user namespace */
	int copies;	/* a socket, for who orders copies of the program: copies.h; 0: nobody */
};

/* false: no room, or not understood. */
bool fx_policy_grant(struct fx_policy *policy, enum fx_grant_kind kind, const char *path);
/* NULL: all; "local", or "tcp:PORT,..." of 1 to 65535. What was granted before stays. */
bool fx_policy_net(struct fx_policy *policy, const char *text);
bool fx_policy_unix(struct fx_policy *policy, const char *path); /* NULL: all */
bool fx_policy_env(struct fx_policy *policy, const char *text);
bool fx_policy_rlimit(struct fx_policy *policy, const char *text); /* NAME=SOFT[:HARD] */
bool fx_policy_limit(struct fx_policy *policy, const char *text);  /* memory=SIZE,tasks=NUMBER */
bool fx_policy_memory(struct fx_policy *policy, const char *text);
bool fx_policy_timeout(struct fx_policy *policy, const char *seconds);

/* Whether the program may write anywhere at all, its own terminal aside. */
bool fx_policy_writes(const struct fx_policy *policy);

/* The option of something that only a confined run has, without its dashes; NULL: none was given.
 */
const char *fx_policy_confines(const struct fx_policy *policy);

#endif
