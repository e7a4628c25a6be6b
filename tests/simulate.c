/* SPDX-License-Identifier: MIT */
/*
 *	simulate WORD[,WORD...] COMMAND [ARGUMENT...]
 *
 * Executes the command as on a host that lacks what the words say, so that tests can be
 * tried on hosts unlike ours. `simulate` alone lists the words.
 *
 * A seccomp filter answers what the host would answer, for all descendants. That of fxbox
 * comes on top: its trap has precedence over an error from here, and what the shim then
 * calls itself is answered from here. Only for an older Landlock somebody has to look at the
 * arguments: a process of its own, which answers through the filter's descriptor. It is
 * nobody's child and ends with the last process under the filter.
 *
 * What no filter can take away: instructions of the processor (AVX-512, rdgsbase), what is
 * in files (cgroups, sysctls). int 0x80 and the vsyscall page become SIGSYS, not SIGSEGV.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <poll.h>
#include <unistd.h>

#define FAILED	    125
#define MOST	    2000
#define X32_BIT	    0x40000000
#define NEW_SPACES  0x7e020000 /* mount, cgroup, UTS, IPC, user, PID, net */
#define NEW_OTHERS  (NEW_SPACES & ~(unsigned)CLONE_NEWUSER)
#define FIFO_OR_RR  3
#define RULE_PORT   2 /* of landlock_add_rule */
#define DEBUG_FIRST offsetof(struct user, u_debugreg)

enum test { ALWAYS, IS, ANY_BIT, FROM };

struct condition {
	int arg;
	enum test test;
	uint32_t value;
};

#define ERROR(e) (SECCOMP_RET_ERRNO | (e))
#define ANSWER_0 ERROR(0)
#define NOTIFY	 SECCOMP_RET_USER_NOTIF
#define DEATH	 SECCOMP_RET_KILL_PROCESS

/* Where both conditions hold. A NULL word goes on with the one before. */
static const struct rule {
	const char *word;
	uint32_t nr, action;
	struct condition first, second;
} rules[] = {
	{"no-namespaces", SYS_unshare, ERROR(EPERM), {0, ANY_BIT, NEW_SPACES}},
	{NULL, SYS_clone, ERROR(EPERM), {0, ANY_BIT, NEW_SPACES}},
	{NULL, SYS_clone3, ERROR(ENOSYS)},
	{NULL, SYS_setns, ERROR(EPERM)},
	{NULL, SYS_mount, ERROR(EPERM)},
	{"no-user-namespaces", SYS_unshare, ERROR(EPERM), {0, ANY_BIT, CLONE_NEWUSER}},
	{NULL, SYS_clone, ERROR(EPERM), {0, ANY_BIT, CLONE_NEWUSER}},
	{NULL, SYS_clone3, ERROR(ENOSYS)},
	/* Made, but without privileges inside, as where AppArmor restricts them. */
	{"hollow-user-namespaces",
	 SYS_unshare,
	 ERROR(EPERM),
	 {0, ANY_BIT, CLONE_NEWUSER},
	 {0, ANY_BIT, NEW_OTHERS}},
	{NULL, SYS_clone, ERROR(EPERM), {0, ANY_BIT, CLONE_NEWUSER}, {0, ANY_BIT, NEW_OTHERS}},
	{NULL, SYS_clone3, ERROR(ENOSYS)},
	{"no-mount-setattr", SYS_mount_setattr, ERROR(ENOSYS)},
	{"no-clone3", SYS_clone3, ERROR(ENOSYS)},
	{"no-landlock", SYS_landlock_create_ruleset, ERROR(ENOSYS)},
	{"no-hardware-breakpoints",
	 SYS_ptrace,
	 ANSWER_0,
	 {0, IS, PTRACE_POKEUSER},
	 {2, FROM, DEBUG_FIRST}},
	{"no-single-step", SYS_ptrace, ERROR(EIO), {0, IS, PTRACE_SINGLESTEP}},
	{"no-ptrace", SYS_ptrace, ERROR(EPERM)},
	{"no-real-time", SYS_sched_setscheduler, ERROR(EPERM), {1, ANY_BIT, FIFO_OR_RR}},
	{NULL, SYS_sched_setattr, ERROR(EPERM)},
	{"no-perf-events", SYS_perf_event_open, ERROR(EACCES)},
	{"no-io-uring", SYS_io_uring_setup, ERROR(EPERM)},
	{"no-protection-keys", SYS_pkey_alloc, ERROR(ENOSPC)},
	{"no-huge-pages", SYS_mmap, ERROR(ENOMEM), {3, ANY_BIT, MAP_HUGETLB}},
	{"no-settable-clock", SYS_clock_settime, ERROR(EPERM)},
	{NULL, SYS_clock_adjtime, ERROR(EPERM)},
	{NULL, SYS_adjtimex, ERROR(EPERM)},
	{NULL, SYS_settimeofday, ERROR(EPERM)},
	{"no-system-v", SYS_shmget, ERROR(ENOSYS)},
	{NULL, SYS_semget, ERROR(ENOSYS)},
	{NULL, SYS_msgget, ERROR(ENOSYS)},
	{"no-ipv6", SYS_socket, ERROR(EAFNOSUPPORT), {0, IS, AF_INET6}},
	{"no-file-handles", SYS_open_by_handle_at, ERROR(EPERM)},
	{"no-typing", SYS_ioctl, ERROR(EIO), {1, IS, 0x5412 /* TIOCSTI */}},
};

/* Kernels by the last of the calls that they have; without what they have learned in old ones. */
static const struct {
	const char *word;
	uint32_t last_call;
	int landlock;
} kernels[] = {
	{"linux-5.10", 440, 0},
	{"linux-5.15", 448, 1},
	{"linux-6.1", 450, 2},
	{"linux-6.6", 453, 3},
};

static struct sock_filter filter[MOST];
static unsigned short length;
static int abi = -1; /* of Landlock; -1: as it is */
static bool notifies;

static void put(uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	if (length == MOST)
		abort();
	filter[length++] = (struct sock_filter){code, yes, no, k};
}

static void load(size_t offset)
{
	put(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(uint32_t action)
{
	put(BPF_RET | BPF_K, action, 0, 0);
}

/* Where it holds what follows, else on past `after` instructions more. */
static void put_condition(const struct condition *c, uint8_t after)
{
	static const uint16_t jump[] = {
		[IS] = BPF_JEQ,
		[ANY_BIT] = BPF_JSET,
		[FROM] = BPF_JGE,
	};

	/* The low half: none of these is a pointer. */
	load(offsetof(struct seccomp_data, args) + 8 * (size_t)c->arg);
	put(BPF_JMP | BPF_K | jump[c->test], c->value, 0, after);
}

static void put_rule(const struct rule *r)
{
	uint8_t second = r->second.test ? 2 : 0, first = r->first.test ? 2 : 0;

	load(offsetof(struct seccomp_data, nr));
	put(BPF_JMP | BPF_JEQ | BPF_K, r->nr, 0, (uint8_t)(first + second + 1));
	if (first)
		put_condition(&r->first, (uint8_t)(second + 1));
	if (second)
		put_condition(&r->second, 1);
	answer(r->action);
}

/* What the kernel makes for the vsyscall page shows the page as its place. */
static void no_vsyscall(void)
{
	const size_t ip = offsetof(struct seccomp_data, instruction_pointer);

	load(ip + 4);
	put(BPF_JMP | BPF_JEQ | BPF_K, 0xffffffff, 0, 3);
	load(ip);
	put(BPF_JMP | BPF_JGE | BPF_K, 0xff600000, 0, 1);
	answer(DEATH);
}

static void set_landlock(int version)
{
	const struct rule none = {NULL, SYS_landlock_create_ruleset, ERROR(EOPNOTSUPP)};
	const struct rule port = {NULL, SYS_landlock_add_rule, ERROR(EINVAL), {1, IS, RULE_PORT}};
	const struct rule flags = {NULL, SYS_landlock_restrict_self, ERROR(EINVAL), {1, FROM, 1}};
	const struct rule look = {NULL, SYS_landlock_create_ruleset, NOTIFY};

	if (version == 0) {
		put_rule(&none);
		return;
	}
	if (version < 4)
		put_rule(&port);
	if (version < 7)
		put_rule(&flags);
	put_rule(&look);
	abi = version;
	notifies = true;
}

static bool set_kernel(const char *word)
{
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		if (strcmp(word, kernels[i].word) != 0)
			continue;
		load(offsetof(struct seccomp_data, nr));
		put(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0);
		put(BPF_JMP | BPF_JGT | BPF_K, kernels[i].last_call, 0, 1);
		answer(ERROR(ENOSYS));
		if (kernels[i].landlock)
			set_landlock(kernels[i].landlock);
		return true;
	}
	return false;
}

static bool set_rules(const char *word)
{
	const size_t count = sizeof(rules) / sizeof(rules[0]);

	for (size_t i = 0; i < count; i++) {
		if (!rules[i].word || strcmp(rules[i].word, word) != 0)
			continue;
		do
			put_rule(&rules[i++]);
		while (i < count && !rules[i].word);
		return true;
	}
	return false;
}

static bool set(const char *word)
{
	int version;
	char end;

	if (sscanf(word, "landlock-%d%c", &version, &end) == 1 && version >= 0)
		set_landlock(version);
	else if (strcmp(word, "no-vsyscall") == 0)
		no_vsyscall();
	else
		return set_rules(word) || set_kernel(word);
	return true;
}

/* First, for i386 has numbers of its own. */
static void put_entry(bool int80)
{
	load(offsetof(struct seccomp_data, arch));
	put(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	answer(int80 ? SECCOMP_RET_ALLOW : DEATH);
}

/* landlock_create_ruleset as the simulated version answers: an error, 0 for the real one's. */
static int older_answer(const struct seccomp_notif *n, __s64 *result)
{
	static const uint64_t rights[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff};
	uint64_t attr[8] = {0}, size = n->data.args[1], flags = n->data.args[2];
	size_t known = abi < 4 ? 8 : abi < 6 ? 16 : 24;
	char path[64];
	int memory;
	ssize_t got;

	if (flags == 1 && !n->data.args[0] && !size) {
		*result = abi;
		return 0;
	}
	*result = -1;
	if (flags || size < 8)
		return EINVAL;
	if (size > sizeof(attr))
		return E2BIG;
	snprintf(path, sizeof(path), "/proc/%u/mem", n->pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	got = memory < 0 ? -1 : pread(memory, attr, size, (off_t)n->data.args[0]);
	close(memory);
	if (got != (ssize_t)size)
		return EFAULT;
	for (size_t at = known; at < size; at++)
		if (((const char *)attr)[at])
			return E2BIG;
	if (attr[0] & ~(abi < 5 ? rights[abi] : 0xffff) || attr[1] & ~3ULL || attr[2] & ~3ULL)
		return EINVAL;
	return 0;
}

static void supervise(int listener)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};

	while (poll(&ready, 1, -1) > 0 && !(ready.revents & POLLHUP)) {
		struct seccomp_notif n = {0};
		struct seccomp_notif_resp r = {0};

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n) < 0)
			continue;
		r.id = n.id;
		r.error = -older_answer(&n, &r.val);
		if (!r.error && r.val < 0) {
			r.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
			r.val = 0;
		} else if (r.error) {
			r.val = 0;
		}
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &r);
	}
	_exit(0);
}

static void fail(const char *what)
{
	fprintf(stderr, "simulate: %s: %s\n", what, strerror(errno));
	exit(FAILED);
}

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_descriptor(int to, int fd)
{
	union control control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS}};
	char byte = 0;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(to, &message, 0) < 0)
		fail("sendmsg");
}

static int receive_descriptor(int from)
{
	union control control;
	char byte;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int fd = -1;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) == 1 && message.msg_controllen)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

/* Nobody's child, with none of the command's descriptors: its end of file is its readers'. */
static void start_supervisor(int pair[2])
{
	pid_t between;
	int null, listener;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		fail("socketpair");
	between = fork();
	if (between < 0)
		fail("fork");
	if (between > 0) {
		waitpid(between, NULL, 0);
		close(pair[1]);
		return;
	}
	if (fork() != 0)
		_exit(0);
	setsid();
	null = open("/dev/null", O_RDWR);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(pair[0]);
	listener = receive_descriptor(pair[1]);
	if (listener < 0)
		_exit(FAILED);
	if (dup2(listener, 3) < 0)
		_exit(FAILED);
	close_range(4, ~0U, 0);
	supervise(3);
}

static void install(void)
{
	struct sock_fprog program = {length, filter};
	unsigned flags = notifies ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	int pair[2], listener;

	if (notifies)
		start_supervisor(pair);
	listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	/* Only an ordinary user needs it, and set-user-ID programs would not work any more. */
	if (listener < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
	if (listener < 0)
		fail("the filter cannot be installed");
	if (notifies) {
		send_descriptor(pair[0], listener);
		close(pair[0]);
		close(listener);
	}
}

static void list(void)
{
	puts("no-int80\nno-vsyscall\nlandlock-N");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].word)
			puts(rules[i].word);
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		puts(kernels[i].word);
}

int main(int argc, char **argv)
{
	char *words = argc > 1 ? strdup(argv[1]) : NULL;

	if (argc < 3) {
		list();
		return argc == 1 ? 0 : FAILED;
	}
	put_entry(!strstr(words, "no-int80"));
	for (char *word = strtok(words, ","); word; word = strtok(NULL, ",")) {
		if (strcmp(word, "no-int80") != 0 && !set(word)) {
			fprintf(stderr, "simulate: %s: no such word\n", word);
			return FAILED;
		}
	}
	answer(SECCOMP_RET_ALLOW);
	free(words);
	install();
	execvp(argv[2], argv + 2);
	fail(argv[2]);
}
