/* SPDX-License-Identifier: MIT */
#include "loader/promises.h"

#include "loader/confine/landlock.h"

/* The ABI of Landlock that has it. */
#define FILES	1
#define EMPTIED 3
#define TCP	4

static struct fx_promise files(const struct fx_layers *l)
{
	struct fx_promise p = {.name = "files", .what = "writes no file but what was granted"};

	p.holds = l->mounts || l->landlock >= EMPTIED;
	if (l->mounts)
		p.by = l->landlock ? "read-only mounts, Landlock" : "read-only mounts";
	else if (l->landlock >= EMPTIED)
		p.by = "Landlock";
	else
		p.by = l->landlock ? "Landlock; but what you may write it can empty"
				   : "nothing; no program is run";
	return p;
}

static struct fx_promise devices(const struct fx_layers *l)
{
	return (struct fx_promise){.name = "devices",
				   .what = "writes to no device but null and the like",
				   .by = l->landlock ? "Landlock" : "nothing",
				   .holds = l->landlock >= FILES};
}

static struct fx_promise terminals(const struct fx_layers *l)
{
	return (struct fx_promise){.name = "terminals",
				   .what = "reads and changes no terminal but its own",
				   .by = l->mounts ? "a devpts of its own"
						   : "nothing; it can open your others",
				   .holds = l->mounts};
}

static struct fx_promise network(const struct fx_layers *l)
{
	return (struct fx_promise){.name = "network",
				   .what = "has no network and no socket of others",
				   .by = l->landlock >= TCP ? "seccomp, Landlock" : "seccomp",
				   .holds = true};
}

static struct fx_promise signals(const struct fx_layers *l)
{
	struct fx_promise p = {.name = "signals", .what = "signals nobody outside"};

	p.holds = l->landlock >= FX_LANDLOCK_SCOPES || l->namespaces;
	if (l->landlock >= FX_LANDLOCK_SCOPES)
		p.by = "Landlock";
	else if (l->namespaces)
		p.by = "a PID namespace, seccomp";
	else
		p.by = "nothing; it can end your other processes";
	return p;
}

static struct fx_promise processes(const struct fx_layers *l)
{
	return (struct fx_promise){.name = "processes",
				   .what = "traces nobody, reads no other memory",
				   .by = l->landlock ? "seccomp, Landlock" : "seccomp",
				   .holds = true};
}

static struct fx_promise ipc(const struct fx_layers *l)
{
	return (struct fx_promise){.name = "ipc",
				   .what = "reaches no System V object or queue of others",
				   .by = l->mounts ? "an IPC namespace" : "seccomp",
				   .holds = true};
}

static struct fx_promise privileges(const struct fx_layers *l)
{
	(void)l;
	return (struct fx_promise){.name = "privileges",
				   .what = "gains none, and makes no set-user-ID file",
				   .by = "no_new_privs, no capabilities, seccomp",
				   .holds = true};
}

void fx_promises(const struct fx_layers *layers, struct fx_promise out[static FX_PROMISES])
{
	static struct fx_promise (*const all[FX_PROMISES])(const struct fx_layers *) = {
		files, devices, terminals, network, signals, processes, ipc, privileges,
	};

	for (size_t i = 0; i < FX_PROMISES; i++)
		out[i] = all[i](layers);
}
