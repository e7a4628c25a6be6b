/* SPDX-License-Identifier: MIT */
/*
 * What the shim may ask of the host, said to libseccomp. It is an allow-list; before it, in the
 * confined ones, comes a list of what is refused by an argument whose other values are allowed,
 * which an allow-list of libseccomp's cannot say.
 */
#include "loader/seccomp_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim/boot.h"

#define NUMBERS	 512
#define ARRAY(a) (sizeof(a) / sizeof((a)[0]))

enum verdict { EMULATED, PASSTHROUGH, PARTIAL, DENIED, UNSUPPORTED };

struct row {
	int nr;
	enum verdict verdict;
};

static const struct row table[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) {nr, verdict},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
};

/* What our own code asks of the host, whether or not the guest may. */
static const int own[] = {
	SYS_arch_prctl,
	SYS_clone,
	SYS_clone3,
	SYS_execveat,
	SYS_exit,
	SYS_exit_group,
	SYS_futex,
	SYS_memfd_create,
	SYS_mmap,
	SYS_mprotect,
	SYS_munmap,
	SYS_prctl,
	SYS_rseq,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_set_robust_list,
	SYS_set_tid_address,
	SYS_sigaltstack,
	/* The kernel has our text make it when a stopped sleep goes on. */
	SYS_restart_syscall,
};

/* Reaches beyond the process, whatever was granted; most would need privileges that it lacks. */
static const int never_confined[] = {
	SYS_add_key,
	SYS_adjtimex,
	SYS_chroot,
	SYS_clock_adjtime,
	SYS_clock_settime,
	SYS_clone3, /* its flags lie in memory */
	SYS_fanotify_init,
	SYS_fanotify_mark,
	SYS_kcmp,
	SYS_keyctl,
	SYS_open_by_handle_at,
	SYS_openat2, /* likewise its mode */
	SYS_request_key,
	SYS_setdomainname,
	SYS_sethostname,
	SYS_setns,
	SYS_settimeofday,
	SYS_syslog,
	SYS_vhangup,
	448 /* process_mrelease */,
	460 /* lsm_set_self_attr */,
};

/* Landlock does not govern these. */
static const int metadata[] = {
	SYS_chmod,
	SYS_fchmod,
	SYS_fchmodat,
	452 /* fchmodat2 */,
	SYS_chown,
	SYS_fchown,
	SYS_lchown,
	SYS_fchownat,
	SYS_utime,
	SYS_utimes,
	SYS_futimesat,
	SYS_utimensat,
	SYS_setxattr,
	SYS_lsetxattr,
	SYS_fsetxattr,
	463 /* setxattrat */,
	SYS_removexattr,
	SYS_lremovexattr,
	SYS_fremovexattr,
	466 /* removexattrat */,
	469 /* file_setattr */,
};

static const int system_v[] = {
	SYS_mq_getsetattr, SYS_mq_notify, SYS_mq_open, SYS_mq_timedreceive, SYS_mq_timedsend,
	SYS_mq_unlink,	   SYS_msgctl,	  SYS_msgget,  SYS_msgrcv,	    SYS_msgsnd,
	SYS_semctl,	   SYS_semget,	  SYS_semop,   SYS_semtimedop,	    SYS_shmat,
	SYS_shmctl,	   SYS_shmget,
};

/* Arguments of which the kernel reads 32 bits. */
#define LOW		    0xffffffffULL
#define IS(arg, value)	    SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, LOW, (uint32_t)(value))
#define HAS_NONE(arg, bits) SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, (uint64_t)(bits), 0)
#define IS_NULL(arg)	    SCMP_CMP(arg, SCMP_CMP_EQ, 0)

#define NEW_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)
#define TYPE_MASK 0xf /* of a socket, without SOCK_NONBLOCK and SOCK_CLOEXEC */
#define IS_STREAM SCMP_CMP(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, SOCK_STREAM)

/* Allowed only in these ways, if confined without `unless`. Of several for one call any will do. */
static const struct {
	int nr;
	unsigned int with;   /* only then is it a way at all */
	unsigned int unless; /* then the whole call is allowed: no way is needed */
	unsigned int conditions;
	struct scmp_arg_cmp condition[3];
} ways[] = {
	/* Nor a child for its parent, who may be outside. */
	{SYS_clone, 0, 0, 1, {HAS_NONE(0, NEW_NAMESPACES | CLONE_PARENT)}},
	{SYS_unshare, 0, 0, 1, {HAS_NONE(0, NEW_NAMESPACES | CLONE_NEWTIME)}},
	/* Not another process's limits, priority or disk. */
	{SYS_prlimit64, 0, 0, 1, {IS(0, 0)}},
	{SYS_prlimit64, 0, 0, 1, {IS_NULL(2)}},
	{SYS_setpriority, 0, 0, 1, {IS(0, 0 /* PRIO_PROCESS */)}},
	{SYS_ioprio_set, 0, 0, 1, {IS(0, 1 /* IOPRIO_WHO_PROCESS */)}},
	{SYS_personality, 0, 0, 1, {IS(0, 0)}},
	{SYS_personality, 0, 0, 1, {IS(0, 0x0040000 /* ADDR_NO_RANDOMIZE */)}},
	{SYS_personality, 0, 0, 1, {IS(0, LOW)}},
	{SYS_socket, FX_CONFINE_UNIX, 0, 1, {IS(0, AF_UNIX)}},
	{SYS_socket, FX_CONFINE_NET, 0, 1, {IS(0, AF_INET)}},
	{SYS_socket, FX_CONFINE_NET, 0, 1, {IS(0, AF_INET6)}},
	/* NETLINK_ROUTE: by which C libraries list addresses. */
	{SYS_socket, FX_CONFINE_NET, 0, 2, {IS(0, AF_NETLINK), IS(2, 0)}},
	{SYS_socket, FX_CONFINE_TCP, 0, 2, {IS(0, AF_NETLINK), IS(2, 0)}},
	/* What Landlock judges: not MPTCP, SMC or SCTP, which are streams too. */
	{SYS_socket, FX_CONFINE_TCP, 0, 3, {IS(0, AF_INET), IS_STREAM, IS(2, 0)}},
	{SYS_socket, FX_CONFINE_TCP, 0, 3, {IS(0, AF_INET), IS_STREAM, IS(2, IPPROTO_TCP)}},
	{SYS_socket, FX_CONFINE_TCP, 0, 3, {IS(0, AF_INET6), IS_STREAM, IS(2, 0)}},
	{SYS_socket, FX_CONFINE_TCP, 0, 3, {IS(0, AF_INET6), IS_STREAM, IS(2, IPPROTO_TCP)}},
	/* A pair of datagram sockets can be turned to any other's name. */
	{SYS_socketpair, FX_CONFINE_UNIX, 0, 1, {IS(0, AF_UNIX)}},
	{SYS_socketpair, 0, 0, 2, {IS(0, AF_UNIX), IS_STREAM}},
	{SYS_socketpair,
	 0,
	 0,
	 2,
	 {IS(0, AF_UNIX), SCMP_CMP(1, SCMP_CMP_MASKED_EQ, TYPE_MASK, SOCK_SEQPACKET)}},
	/* Nor may an inherited one be. */
	{SYS_connect, FX_CONFINE_NET, 0, 0, {{0}}},
	{SYS_connect, FX_CONFINE_UNIX, 0, 0, {{0}}},
	{SYS_connect, FX_CONFINE_TCP, 0, 0, {{0}}},
	/* A name is taken from others. */
	{SYS_bind, FX_CONFINE_NET, 0, 0, {{0}}},
	{SYS_bind, FX_CONFINE_UNIX, 0, 0, {{0}}},
	{SYS_bind, FX_CONFINE_TCP, 0, 0, {{0}}},
	{SYS_sendto, 0, FX_CONFINE_NET | FX_CONFINE_UNIX | FX_CONFINE_TCP, 1, {IS_NULL(4)}},
};

#define TIOCSTI			   0x5412
#define TIOCLINUX		   0x541c
#define FS_IOC_SETFLAGS		   0x40086602
#define FS_IOC_FSSETXATTR	   0x401c5820
#define FS_IOC_SETVERSION	   0x40087602

#define PIDFD_SIGNAL_PROCESS_GROUP 4

#define O_ONLY_TMPFILE		   020000000 /* O_TMPFILE without O_DIRECTORY */

#define HAS(arg, bit)		   SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bit, bit)

/* Of a mode: set-user-ID, set-group-ID. */
#define MODE_REFUSED(nr, mode)                                                                     \
	{nr, 0, 1, {HAS(mode, S_ISUID)}},                                                          \
	{                                                                                          \
		nr, 0, 1,                                                                          \
		{                                                                                  \
			HAS(mode, S_ISGID)                                                         \
		}                                                                                  \
	}
/* The mode behind flags counts only where a file may be made. */
#define MADE_REFUSED(nr, flags, flag)                                                              \
	{nr, 0, 2, {HAS(flags, flag), HAS((flags) + 1, S_ISUID)}},                                 \
	{                                                                                          \
		nr, 0, 2,                                                                          \
		{                                                                                  \
			HAS(flags, flag), HAS((flags) + 1, S_ISGID)                                \
		}                                                                                  \
	}

/* Refused although the call is allowed, if confined without `unless`. */
static const struct {
	int nr;
	unsigned int unless;
	unsigned int conditions;
	struct scmp_arg_cmp condition[2];
} refusals[] = {
	/* Typing into the terminal that the user goes on with. */
	{SYS_ioctl, 0, 1, {IS(1, TIOCSTI)}},
	{SYS_ioctl, 0, 1, {IS(1, TIOCLINUX)}},
	{SYS_ioctl, FX_CONFINE_METADATA, 1, {IS(1, FS_IOC_SETFLAGS)}},
	{SYS_ioctl, FX_CONFINE_METADATA, 1, {IS(1, FS_IOC_FSSETXATTR)}},
	{SYS_ioctl, FX_CONFINE_METADATA, 1, {IS(1, FS_IOC_SETVERSION)}},
	/* The process group, whose other members may be outside: shim/calls/own_group.c. */
	{SYS_kill, 0, 1, {IS(0, 0)}},
	{SYS_pidfd_send_signal, 0, 1, {HAS(3, PIDFD_SIGNAL_PROCESS_GROUP)}},
	/* Connects an inherited TCP socket, and Landlock is not asked. */
	{SYS_sendto, FX_CONFINE_NET, 1, {HAS(3, MSG_FASTOPEN)}},
	{SYS_sendmsg, FX_CONFINE_NET, 1, {HAS(2, MSG_FASTOPEN)}},
	{SYS_sendmmsg, FX_CONFINE_NET, 1, {HAS(3, MSG_FASTOPEN)}},
	/* Makes a TCP socket one of another protocol (SMC), which Landlock does not judge. */
	{SYS_setsockopt, FX_CONFINE_NET, 2, {IS(1, IPPROTO_TCP), IS(2, TCP_ULP)}},
	/* What others who run a file would become, the log's file too. */
	MODE_REFUSED(SYS_chmod, 1),
	MODE_REFUSED(SYS_fchmod, 1),
	MODE_REFUSED(SYS_fchmodat, 2),
	MODE_REFUSED(452 /* fchmodat2 */, 2),
	MODE_REFUSED(SYS_mknod, 1),
	MODE_REFUSED(SYS_mknodat, 2),
	MODE_REFUSED(SYS_creat, 1),
	MADE_REFUSED(SYS_open, 1, O_CREAT),
	MADE_REFUSED(SYS_open, 1, O_ONLY_TMPFILE),
	MADE_REFUSED(SYS_openat, 2, O_CREAT),
	MADE_REFUSED(SYS_openat, 2, O_ONLY_TMPFILE),
};

static void die(const char *what, int error)
{
	fprintf(stderr, "seccomp rules: %s: %s\n", what, strerror(error));
	exit(1);
}

static void set(bool allowed[static NUMBERS], const int *list, size_t count, bool value)
{
	for (size_t i = 0; i < count; i++)
		allowed[list[i]] = value;
}

static bool has_ways(unsigned int bits, int nr)
{
	for (size_t i = 0; i < ARRAY(ways); i++) {
		if (ways[i].nr == nr && !(ways[i].unless & bits))
			return true;
	}
	return false;
}

/* Without conditions, that is. */
static void choose(unsigned int bits, bool allowed[static NUMBERS])
{
	for (size_t i = 0; i < ARRAY(table); i++) {
		if (table[i].nr >= NUMBERS)
			die("table", ERANGE);
		if (table[i].verdict != UNSUPPORTED)
			allowed[table[i].nr] = true;
	}
	set(allowed, own, ARRAY(own), true);
	/* fxbox re-executes itself with execveat; what execve starts would die. */
	allowed[SYS_execve] = false;
	if (!(bits & FX_CONFINED))
		return;
	set(allowed, never_confined, ARRAY(never_confined), false);
	if (!(bits & FX_CONFINE_METADATA))
		set(allowed, metadata, ARRAY(metadata), false);
	if (!(bits & FX_CONFINE_IPC))
		set(allowed, system_v, ARRAY(system_v), false);
	for (int nr = 0; nr < NUMBERS; nr++)
		allowed[nr] = allowed[nr] && !has_ways(bits, nr);
}

static void check(const char *what, int error)
{
	if (error)
		die(what, -error);
}

static scmp_filter_ctx start(uint32_t action)
{
	scmp_filter_ctx ctx = seccomp_init(action);

	if (!ctx)
		die("seccomp_init", ENOMEM);
	/* A binary tree instead of a list: the body runs for every call of the guest. */
	check("seccomp_attr_set", seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2));
	check("seccomp_attr_set",
	      seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)));
	return ctx;
}

static scmp_filter_ctx make_allowed(unsigned int bits)
{
	bool allowed[NUMBERS] = {false};
	scmp_filter_ctx ctx = start(SCMP_ACT_ERRNO(EPERM));

	choose(bits, allowed);
	for (int nr = 0; nr < NUMBERS; nr++) {
		if (allowed[nr])
			check("seccomp_rule_add", seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0));
	}
	for (size_t i = 0; i < ARRAY(ways) && bits; i++) {
		if ((bits & ways[i].with) == ways[i].with && !allowed[ways[i].nr])
			check("seccomp_rule_add_array",
			      seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, ways[i].nr,
						     ways[i].conditions, ways[i].condition));
	}
	return ctx;
}

static scmp_filter_ctx make_refused(unsigned int bits)
{
	scmp_filter_ctx ctx = start(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < ARRAY(refusals); i++) {
		if (!(bits & refusals[i].unless))
			check("seccomp_rule_add",
			      seccomp_rule_add_array(ctx, SCMP_ACT_ERRNO(EPERM), refusals[i].nr,
						     refusals[i].conditions,
						     refusals[i].condition));
	}
	return ctx;
}

static struct sock_filter *export_filter(scmp_filter_ctx ctx, size_t *length)
{
	int fd = memfd_create("body", MFD_CLOEXEC);
	int error = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);
	struct sock_filter *code;
	struct stat st;

	if (error)
		die("seccomp_export_bpf", -error);
	if (fstat(fd, &st) < 0)
		die("fstat", errno);
	code = malloc((size_t)st.st_size);
	if (!code || pread(fd, code, (size_t)st.st_size, 0) != st.st_size)
		die("pread", errno);
	close(fd);
	seccomp_release(ctx);
	*length = (size_t)st.st_size / sizeof(*code);
	return code;
}

/* What these let pass the allow-list behind them shall judge. */
static void pass_on(struct sock_filter *code, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (code[i].code == (BPF_RET | BPF_K) && code[i].k == SECCOMP_RET_ALLOW)
			code[i] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA,
							       (uint32_t)(length - i - 1));
	}
}

unsigned int fx_seccomp_rules_of(unsigned int bits)
{
	return bits & FX_CONFINE_NET ? bits & ~(unsigned int)FX_CONFINE_TCP : bits;
}

struct sock_filter *fx_seccomp_rules(unsigned int bits, size_t *length)
{
	size_t allowed_length, refused_length = 0;
	struct sock_filter *allowed = export_filter(make_allowed(bits), &allowed_length);
	struct sock_filter *refused = NULL, *code;

	if (bits) {
		refused = export_filter(make_refused(bits), &refused_length);
		pass_on(refused, refused_length);
	}
	*length = refused_length + allowed_length;
	code = calloc(*length, sizeof(*code));
	if (!code)
		die("calloc", ENOMEM);
	if (refused)
		memcpy(code, refused, refused_length * sizeof(*code));
	memcpy(code + refused_length, allowed, allowed_length * sizeof(*code));
	free(refused);
	free(allowed);
	return code;
}
