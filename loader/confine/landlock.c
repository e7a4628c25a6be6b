/* SPDX-License-Identifier: MIT */
#include "loader/confine/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/exit_status.h"

/* linux/landlock.h of Linux 6.15: the host's header may be older than its kernel. */
#define CREATE_RULESET_VERSION 1U
#define RULE_PATH_BENEATH      1
#define RULE_NET_PORT	       2

#define FS_EXECUTE	       (1ULL << 0)
#define FS_WRITE_FILE	       (1ULL << 1)
#define FS_READ_FILE	       (1ULL << 2)
#define FS_READ_DIR	       (1ULL << 3)
#define FS_MAKE_CHAR	       (1ULL << 6)
#define FS_MAKE_BLOCK	       (1ULL << 11)
#define FS_ABI_1	       ((1ULL << 13) - 1)
#define FS_REFER	       (1ULL << 13) /* ABI 2 */
#define FS_TRUNCATE	       (1ULL << 14) /* ABI 3 */
#define FS_IOCTL_DEV	       (1ULL << 15) /* ABI 5 */

#define NET_BIND_TCP	       (1ULL << 0) /* ABI 4 */
#define NET_CONNECT_TCP	       (1ULL << 1)

#define SCOPE_ABSTRACT_UNIX    (1ULL << 0) /* ABI 6 */
#define SCOPE_SIGNAL	       (1ULL << 1)

struct ruleset {
	uint64_t handled_fs;
	uint64_t handled_net;
	uint64_t scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

struct net_port {
	uint64_t allowed;
	uint64_t port;
};

#define FS_LOOK (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
/* What a rule for something else than a directory may hold. */
#define FS_FILE	 (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_WRITE (FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
/* Device nodes are doors to what no mount governs. */
#define FS_ALL (FS_ABI_1 | FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV)
#define FS_RW  (FS_ALL & ~(FS_MAKE_CHAR | FS_MAKE_BLOCK))

/* Devices that are the program's own, or nobody's; and the directory of its terminals. */
static const char *const devices[] = {
	"/dev/null",	"/dev/zero", "/dev/full", "/dev/random",
	"/dev/urandom", "/dev/tty",  "/dev/ptmx",
};
static const char terminals[] = "/dev/pts";

int fx_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	if (abi < 0)
		return 0;
	return abi < FX_LANDLOCK_ABI ? (int)abi : FX_LANDLOCK_ABI;
}

static struct ruleset handled(const struct fx_policy *policy, int abi)
{
	struct ruleset set = {.handled_fs = FS_ABI_1};

	if (abi >= 2)
		set.handled_fs |= FS_REFER;
	if (abi >= 3)
		set.handled_fs |= FS_TRUNCATE;
	if (abi >= 5)
		set.handled_fs |= FS_IOCTL_DEV;
	/* Of a network of its own all ports are its own. */
	if (abi >= FX_LANDLOCK_TCP && (policy->net == FX_NET_NONE || policy->net == FX_NET_TCP))
		set.handled_net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= FX_LANDLOCK_SCOPES)
		set.scoped = SCOPE_SIGNAL |
			     (policy->unix_sockets == FX_UNIX_ALL ? 0 : SCOPE_ABSTRACT_UNIX);
	return set;
}

/* 0 also for what Landlock does not govern: pipes, sockets, memory files. */
static int add_fd(int ruleset, const struct ruleset *set, int fd, uint64_t allowed)
{
	struct path_beneath rule = {.allowed = allowed & set->handled_fs, .parent = fd};
	struct stat st;

	/* Only what a file's rule may not hold makes it worth asking. */
	if (rule.allowed & ~FS_FILE) {
		if (fstat(fd, &st) < 0)
			return -1;
		if (!S_ISDIR(st.st_mode))
			rule.allowed &= FS_FILE;
	}
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) == 0)
		return 0;
	return errno == EBADFD ? 0 : -1;
}

static int add_path(int ruleset, const struct ruleset *set, const char *path, uint64_t allowed)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	int result = fd < 0 ? -1 : add_fd(ruleset, set, fd, allowed);

	if (fd >= 0)
		close(fd);
	return result;
}

/*
 * What can be read or written already may be opened anew for it, by way of /proc/self/fd: also what
 * does not lie below the root, which with --only is another.
 */
static int add_standard(int ruleset, const struct ruleset *set)
{
	static const uint64_t again[] = {[O_RDONLY] = FS_READ_FILE,
					 [O_WRONLY] = FS_WRITE,
					 [O_RDWR] = FS_READ_FILE | FS_WRITE};

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fcntl(fd, F_GETFL), mode = flags & O_ACCMODE;

		if (flags < 0 || flags & O_PATH || mode > O_RDWR)
			continue;
		if (add_fd(ruleset, set, fd, again[mode]) < 0)
			return -1;
	}
	return 0;
}

static int add_rules(int ruleset, const struct ruleset *set, const struct fx_grant *grant,
		     size_t grants, int exe)
{
	if (add_path(ruleset, set, "/", FS_LOOK) < 0 ||
	    add_fd(ruleset, set, exe, FS_EXECUTE | FS_READ_FILE) < 0 ||
	    add_standard(ruleset, set) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (add_path(ruleset, set, devices[i], (FS_LOOK | FS_WRITE) & FS_FILE) < 0 &&
		    errno != ENOENT)
			return -1;
	}
	if (add_path(ruleset, set, terminals, FS_LOOK | FS_WRITE) < 0 && errno != ENOENT)
		return -1;
	for (size_t i = 0; i < grants; i++) {
		if ((grant[i].kind == FX_GRANT_RW || grant[i].kind == FX_GRANT_TMPFS) &&
		    add_path(ruleset, set, grant[i].path, FS_RW) < 0)
			return -1;
	}
	return 0;
}

static int add_port(int ruleset, uint64_t port, uint64_t allowed)
{
	struct net_port rule = {.allowed = allowed, .port = port};

	return (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0);
}

/* A port that the kernel chooses can be had by listen(2) without any bind, so by bind too. */
static int add_ports(int ruleset, const struct fx_policy *policy)
{
	if (policy->net != FX_NET_TCP)
		return 0;
	for (size_t i = 0; i < policy->ports; i++) {
		if (add_port(ruleset, policy->port[i], NET_BIND_TCP | NET_CONNECT_TCP) < 0)
			return -1;
	}
	return add_port(ruleset, 0, NET_BIND_TCP);
}

int fx_landlock_restrict(const struct fx_policy *policy, const struct fx_grant *grant,
			 size_t grants, int abi, int exe, struct fx_refusal *why)
{
	const struct ruleset set = handled(policy, abi);
	/* Older kernels take a longer structure if what they do not know is zero. */
	int fd = (int)syscall(SYS_landlock_create_ruleset, &set, sizeof(set), 0);
	int result = -1;

	if (fd >= 0 && add_rules(fd, &set, grant, grants, exe) == 0 && add_ports(fd, policy) == 0)
		result = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	if (result < 0)
		fx_refuse(why, FX_EXIT_FAILED, "Landlock", "cannot be set up: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return result;
}
