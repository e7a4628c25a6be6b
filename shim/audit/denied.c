/* SPDX-License-Identifier: MIT */
#include "shim/audit/denied.h"

#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/stat.h>

#include "shim/audit/audit.h"
#include "shim/audit/denied_path.h"
#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/memory/umem.h"

#define AF_UNIX		 1
#define AF_INET		 2
#define AF_INET6	 10
#define AF_NETLINK	 16
#define SOCK_DGRAM	 2

#define FX_NR_FCHMODAT2	 452
#define PRIVILEGED_PORTS 1024

/* struct sockaddr_un, and an end. */
struct fx_name {
	uint16_t family;
	char path[128];
};

static const char only_unconfined[] = "only --no-confine allows it";

/* The option that the body of the filter lacks for a socket of this family, or NULL. */
static const char *missing_for(int family)
{
	if (family == AF_UNIX)
		return fx_config.confine & FX_CONFINE_UNIX ? NULL : "--unix";
	if (family == AF_INET || family == AF_INET6 || family == AF_NETLINK)
		return fx_config.confine & FX_CONFINE_NET ? NULL : "--net";
	return NULL;
}

static const char *family_name(int family)
{
	switch (family) {
	case AF_UNIX:
		return "AF_UNIX";
	case AF_INET:
		return "AF_INET";
	case AF_INET6:
		return "AF_INET6";
	default:
		return "AF_NETLINK";
	}
}

static int family_of_address(uintptr_t address)
{
	uint16_t family = 0;

	return fx_umem_copy_in(&family, address, sizeof(family)) < 0 ? 0 : family;
}

/* Only what the body refuses: a call that it lets pass has its EPERM from elsewhere. */
static int socket_family(const struct fx_call *c)
{
	const int any = FX_CONFINE_NET | FX_CONFINE_UNIX | FX_CONFINE_TCP;

	switch (c->nr) {
	case __NR_socket:
		return (int)c->arg[0];
	case __NR_socketpair:
		return (int)c->arg[0] == AF_UNIX && (c->arg[1] & 0xf) == SOCK_DGRAM ? AF_UNIX : 0;
	case __NR_connect:
	case __NR_bind:
		return fx_config.confine & any ? 0 : family_of_address(c->arg[1]);
	case __NR_sendto:
		return fx_config.confine & any || !c->arg[4] ? 0 : family_of_address(c->arg[4]);
	default:
		return 0;
	}
}

/* What a C library asks, and does as well without. */
static const char *const not_missed[] = {
	"/var/run/nscd/socket",
	"/run/nscd/socket",
};
/* As nss-systemd looks for users. */
static const char not_missed_below[] = "/run/systemd/userdb/";

static bool is_not_missed(const char *path)
{
	for (size_t i = 0; i < sizeof(not_missed) / sizeof(not_missed[0]); i++)
		if (fx_str_equal(path, not_missed[i]))
			return true;
	return !memcmp(path, not_missed_below, sizeof(not_missed_below) - 1);
}

/* The name of a socket in the guest's address; an abstract one with @. False: it has none. */
static bool name_of_address(const struct fx_call *c, struct fx_name *out)
{
	size_t size = c->arg[2] < sizeof(*out) - 1 ? c->arg[2] : sizeof(*out) - 1;

	memset(out, 0, sizeof(*out));
	if ((c->nr != __NR_connect && c->nr != __NR_bind) || size <= sizeof(out->family) ||
	    fx_umem_copy_in(out, c->arg[1], size) < 0 || out->family != AF_UNIX)
		return false;
	if (!out->path[0])
		out->path[0] = '@';
	return true;
}

/* The socket alone where it can be had alone, else all; nothing is cut off there. */
static void advise_socket(char *advice, size_t size, const char *option, const struct fx_name *name)
{
	struct fx_text x;
	size_t all;

	fx_text_init(&x, advice, size);
	fx_text_put(&x, "allow with ");
	fx_text_put(&x, option);
	all = x.len;
	if (!name || name->path[0] != '/' || !(fx_config.confine & FX_CONFINE_ONLY))
		return;
	fx_text_put(&x, "=");
	fx_text_shell(&x, name->path);
	if (fx_text_full(&x))
		advice[all] = '\0';
}

/* Of a TCP socket: Landlock has refused its port, and says EACCES. */
static bool denied_port(struct fx_thread *t, const struct fx_call *c, long result)
{
	struct {
		uint16_t family, port;
	} address;
	char what[32], advice[64];
	const struct fx_denial d = {.what = what, .advice = advice, .result = result};
	unsigned port;
	struct fx_text x;

	if (result != -EACCES || !(fx_config.confine & FX_CONFINE_TCP) ||
	    (c->nr != __NR_connect && c->nr != __NR_bind) ||
	    fx_umem_copy_in(&address, c->arg[1], sizeof(address)) < 0 ||
	    (address.family != AF_INET && address.family != AF_INET6))
		return false;
	port = (unsigned)__builtin_bswap16(address.port);
	/* The host's own word, for who has no privileges. */
	if (port == 0 || (c->nr == __NR_bind && port < PRIVILEGED_PORTS))
		return false;
	fx_text_init(&x, what, sizeof(what));
	fx_text_put(&x, "port ");
	fx_text_dec(&x, (int)port);
	fx_text_init(&x, advice, sizeof(advice));
	fx_text_put(&x, "allow with --net=tcp:");
	fx_text_dec(&x, (int)port);
	fx_audit_denied(t, c, &d);
	return true;
}

static bool denied_socket(struct fx_thread *t, const struct fx_call *c, long result)
{
	int family = socket_family(c);
	const char *option = missing_for(family);
	char advice[64 + 4 * sizeof(struct fx_name)];
	struct fx_name name;
	bool named = option && name_of_address(c, &name);
	const struct fx_denial d = {.what = family_name(family),
				    .path = named ? name.path : NULL,
				    .advice = advice,
				    .result = result};

	if (result != -EPERM || !option)
		return false;
	if (named && is_not_missed(name.path))
		return true;
	advise_socket(advice, sizeof(advice), option, named ? &name : NULL);
	fx_audit_denied(t, c, &d);
	return true;
}

/* Somebody outside whom the user could have signalled. */
static bool denied_signal(struct fx_thread *t, const struct fx_call *c, long result)
{
	char path[64], victim[64];
	const struct fx_denial d = {.what = victim, .advice = only_unconfined, .result = result};
	struct fx_text x;
	struct statx st;
	int pid = (int)c->arg[0];

	if (result != -EPERM || pid <= 0 ||
	    (c->nr != __NR_kill && c->nr != __NR_tkill && c->nr != __NR_tgkill &&
	     c->nr != __NR_rt_sigqueueinfo && c->nr != __NR_rt_tgsigqueueinfo))
		return false;
	fx_text_init(&x, path, sizeof(path));
	fx_text_put(&x, "/proc/");
	fx_text_dec(&x, pid);
	if (fx_host(__NR_statx, AT_FDCWD, path, 0, STATX_UID, &st) < 0 ||
	    st.stx_uid != (uint32_t)fx_host(__NR_geteuid))
		return false;
	fx_text_init(&x, victim, sizeof(victim));
	fx_text_put(&x, "to process ");
	fx_text_dec(&x, pid);
	fx_text_put(&x, " outside");
	fx_audit_denied(t, c, &d);
	return true;
}

/* The mode of a file that is made or changed, 0 if there is none. */
static unsigned long mode_of(const struct fx_call *c)
{
	const unsigned long makes = O_CREAT | (O_TMPFILE & ~(unsigned long)O_DIRECTORY);
	struct open_how how;

	switch (c->nr) {
	case __NR_chmod:
	case __NR_fchmod:
	case __NR_mknod:
	case __NR_creat:
		return c->arg[1];
	case __NR_fchmodat:
	case FX_NR_FCHMODAT2:
	case __NR_mknodat:
		return c->arg[2];
	case __NR_open:
		return c->arg[1] & makes ? c->arg[2] : 0;
	case __NR_openat:
		return c->arg[2] & makes ? c->arg[3] : 0;
	case __NR_openat2:
		return fx_umem_copy_in(&how, c->arg[2], sizeof(how)) < 0 ? 0 : how.mode;
	default:
		return 0;
	}
}

/* Set-user-ID and set-group-ID, which no grant includes. */
static bool denied_mode(struct fx_thread *t, const struct fx_call *c, long result)
{
	const struct fx_denial d = {.what = "set-user-ID or set-group-ID mode",
				    .advice = only_unconfined,
				    .result = result};

	if (result != -EPERM || !(mode_of(c) & (S_ISUID | S_ISGID)))
		return false;
	fx_audit_denied(t, c, &d);
	return true;
}

/* What a person pastes into a shell grants that and nothing else; nothing is cut off there. */
static void advise(char *advice, size_t size, const char *grant)
{
	struct fx_text x;

	fx_text_init(&x, advice, size);
	if (fx_str_equal(grant, "/")) {
		fx_text_put(&x, "only --rw / allows it, and everything");
		return;
	}
	fx_text_put(&x, "allow with ");
	if (fx_str_equal(grant, "/tmp") && fx_config.confine & FX_CONFINE_MOUNTS)
		fx_text_put(&x, "--tmp, a private one, or ");
	fx_text_put(&x, "--rw ");
	fx_text_shell(&x, grant);
	if (fx_text_full(&x)) {
		fx_text_init(&x, advice, size);
		fx_text_put(&x, "allow with --rw of it");
	}
}

/* A child for its parent, who may be outside. */
static bool denied_parent(struct fx_thread *t, const struct fx_call *c, long result)
{
	const struct fx_denial d = {
		.what = "with CLONE_PARENT", .advice = only_unconfined, .result = result};
	uint64_t flags = c->nr == __NR_clone ? c->arg[0] : 0;

	if (result != -EPERM || (c->nr != __NR_clone && c->nr != __NR_clone3) ||
	    (c->nr == __NR_clone3 && fx_umem_copy_in(&flags, c->arg[0], sizeof(flags)) < 0) ||
	    !(flags & CLONE_PARENT))
		return false;
	fx_audit_denied(t, c, &d);
	return true;
}

void fx_denied(struct fx_thread *t, const struct fx_call *c, long result)
{
	struct fx_denied_path path;
	char advice[FX_DENIED_PATH + 64];

	if (denied_socket(t, c, result) || denied_port(t, c, result) ||
	    denied_signal(t, c, result) || denied_mode(t, c, result) ||
	    denied_parent(t, c, result) || !fx_denied_by_path(c, result, &path))
		return;
	advise(advice, sizeof(advice), path.allow);

	const struct fx_denial d = {.what = path.what,
				    .path = path.path,
				    .advice = advice,
				    .grant = path.allow,
				    .result = result};

	fx_audit_denied(t, c, &d);
}
