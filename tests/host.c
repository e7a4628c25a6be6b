/* SPDX-License-Identifier: MIT */
/*
 * Each probe runs in a child of its own, which it may ruin as it likes: it may die of what
 * it tries, become another user, or never come back.
 */
#include "tests/host.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/user.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NOBODY	      65534
#define PROBE_SECONDS 10
#define LINE	      200
#define HWCAP2_FSGS   (1UL << 1)
#define VSYSCALL_TIME 0xffffffffff600400

struct answer {
	bool there;
	char line[LINE]; /* why not; or the detail */
};

static struct answer *answer; /* of the probe, shared with who asked */

__attribute__((format(printf, 1, 2))) static bool no(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(answer->line, LINE, format, args);
	va_end(args);
	return false;
}

static bool failed(const char *what)
{
	return no("%s: %s", what, strerror(errno));
}

__attribute__((format(printf, 1, 2))) static bool yes(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(answer->line, LINE, format, args);
	va_end(args);
	return true;
}

static bool become_nobody(void)
{
	if (geteuid() != 0)
		return true;
	return setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0;
}

/* i386's getpid. */
static bool int80(void)
{
	long result = 20;

	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return result == getpid() || no("int 0x80 answers %ld", result);
}

static bool vsyscall(void)
{
	/* Other than by a constant address the compiler would complain about. */
	long (*volatile page_time)(long *) = (long (*)(long *))VSYSCALL_TIME;
	long now = page_time(NULL);

	return labs(now - time(NULL)) <= 2 || no("the vsyscall page answers %ld", now);
}

__attribute__((noinline)) static void broken_upon(void)
{
	__asm__ volatile("nop" ::: "memory");
}

/* A child that is traced and stops, then comes by a known place and exits with 7. */
static pid_t start_traced(void)
{
	pid_t child = fork();

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(1);
		raise(SIGSTOP);
		broken_upon();
		_exit(7);
	}
	return child;
}

static bool stops(pid_t child, int sig)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFSTOPPED(status) && WSTOPSIG(status) == sig;
}

static bool tracing(void)
{
	pid_t child = start_traced();
	struct user_regs_struct regs;

	if (!stops(child, SIGSTOP))
		return no("a child cannot be traced");
	if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_EXITKILL) < 0 ||
	    ptrace(PTRACE_GETREGS, child, NULL, &regs) < 0)
		return failed("ptrace");
	ptrace(PTRACE_KILL, child, NULL, NULL);
	return true;
}

static bool single_step(void)
{
	pid_t child = start_traced();

	if (!stops(child, SIGSTOP))
		return no("a child cannot be traced");
	if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) < 0)
		return failed("PTRACE_SINGLESTEP");
	return stops(child, SIGTRAP) || no("a single step does not stop");
}

/* One that is set without an error need not fire: some hypervisors do not keep these registers. */
static bool hardware_breakpoints(void)
{
	const size_t registers = offsetof(struct user, u_debugreg);
	pid_t child = start_traced();

	if (!stops(child, SIGSTOP))
		return no("a child cannot be traced");
	if (ptrace(PTRACE_POKEUSER, child, registers, broken_upon) < 0 ||
	    ptrace(PTRACE_POKEUSER, child, registers + 7 * sizeof(long), 1UL) < 0)
		return failed("a debug register cannot be set");
	if (ptrace(PTRACE_CONT, child, NULL, NULL) < 0)
		return failed("PTRACE_CONT");
	return stops(child, SIGTRAP) || no("a breakpoint in a debug register never fires");
}

static bool own_mounts(const char *how)
{
	if (mount_setattr(-1, "", 0, NULL, 0) == 0 || errno != EINVAL)
		return failed("no mount_setattr (Linux 5.12)");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return no("in %s the mounts cannot be made private: %s", how, strerror(errno));
	if (mount("none", "/proc", "tmpfs", 0, NULL) < 0)
		return no("in %s nothing can be mounted: %s", how, strerror(errno));
	return true;
}

static bool write_map(const char *path, unsigned own)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && dprintf(fd, "%u %u 1\n", own, own) > 0;

	close(fd);
	return good;
}

static bool user_namespace(void)
{
	unsigned uid = geteuid(), gid = getegid();
	int groups;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return failed("no user namespace");
	groups = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
	if (groups < 0 || write(groups, "deny", 4) != 4 || !write_map("/proc/self/uid_map", uid) ||
	    !write_map("/proc/self/gid_map", gid))
		return failed("numbers cannot be mapped in a user namespace");
	return own_mounts("a user namespace");
}

/* As an ordinary user, whoever asks. */
static bool user_namespaces(void)
{
	/* Else /proc/self would stay root's. */
	if (!become_nobody() || prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0)
		return failed("root cannot become an ordinary user");
	return user_namespace();
}

/* As whoever asks: by privilege, or in a user namespace. */
static bool namespaces(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		return own_mounts("a mount namespace");
	if (errno != EPERM)
		return failed("no mount namespace");
	return user_namespace();
}

static bool isolation(void)
{
	const int all = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNS;

	if (!become_nobody())
		return failed("root cannot become an ordinary user");
	if (unshare(CLONE_NEWUSER | all) < 0)
		return failed("no PID, network, UTS and IPC namespaces");
	return true;
}

static bool landlock(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U /* _VERSION */);

	return abi < 0 ? failed("no Landlock") : yes("ABI %ld", abi);
}

static bool landlock_of(long least)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U);

	return abi < 0 ? failed("no Landlock")
		       : abi >= least || no("Landlock has only ABI %ld", abi);
}

static bool landlock_refer(void)
{
	return landlock_of(2);
}

static bool landlock_truncate(void)
{
	return landlock_of(3);
}

static bool landlock_tcp(void)
{
	return landlock_of(4);
}

static bool landlock_scopes(void)
{
	return landlock_of(6);
}

static bool real_time(void)
{
	struct sched_param param = {.sched_priority = 40};

	return sched_setscheduler(0, SCHED_FIFO, &param) == 0 || failed("no SCHED_FIFO");
}

/* A group of one's own, that a process can be put into. */
static bool cgroups(void)
{
	char line[LINE * 2] = "", path[LINE * 3];
	FILE *own = fopen("/proc/self/cgroup", "re");
	struct statfs fs;
	bool good;

	while (own && fgets(line, sizeof(line), own) && strncmp(line, "0::", 3) != 0)
		;
	if (own)
		fclose(own);
	if (statfs("/sys/fs/cgroup", &fs) < 0 || fs.f_type != 0x63677270 /* cgroup2 */)
		return no("no cgroups of version 2 at /sys/fs/cgroup");
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/fxbox-host-%d", line + 3, (int)getpid());
	if (mkdir(path, 0755) < 0)
		return failed("no group can be made");
	good = rmdir(path) == 0;
	return good || failed("a group that was made stays");
}

static bool avx512(void)
{
	unsigned a, b, c, d, low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return no("the kernel keeps no vector state");
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX512F))
		return no("the processor has no AVX-512");
	return (low & 0xe6) == 0xe6 || no("the kernel does not keep the state of AVX-512");
}

static bool protection_keys(void)
{
	return pkey_alloc(0, 0) >= 0 || failed("no protection keys");
}

static bool perf_events(void)
{
	struct perf_event_attr event = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(event)};

	event.exclude_kernel = event.exclude_hv = 1;
	return syscall(SYS_perf_event_open, &event, 0, -1, -1, 0) >= 0 || failed("no perf events");
}

static bool huge_pages(void)
{
	const size_t size = 2 << 20;
	char *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	return page != MAP_FAILED || failed("no huge pages");
}

/* By nothing, which shows nowhere. */
static bool settable_clock(void)
{
	struct timex by_nothing = {.modes = ADJ_SETOFFSET};

	return clock_adjtime(CLOCK_REALTIME, &by_nothing) >= 0 || failed("the clock cannot be set");
}

static bool fsgsbase(void)
{
	return getauxval(AT_HWCAP2) & HWCAP2_FSGS || no("the kernel does not allow rdgsbase");
}

/* A new process whose number is chosen: its own is taken, which only who may choose is told. */
static bool chosen_thread_ids(void)
{
	pid_t own = getpid();
	uint64_t args[10] = {0};

	args[4] = SIGCHLD;
	args[8] = (uintptr_t)&own;
	args[9] = 1;
	if (syscall(SYS_clone3, args, sizeof(args)) == 0)
		_exit(0);
	return errno == EEXIST || failed("no thread ID can be chosen");
}

static bool memory_map(void)
{
	unsigned size = 0;

	return prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0) == 0 ||
	       failed("no PR_SET_MM_MAP (CONFIG_CHECKPOINT_RESTORE)");
}

static bool execve_check(void)
{
	char *argv[] = {"true", NULL}, *envp[] = {NULL};

	return syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, envp, 0x10000) == 0 ||
	       failed("no AT_EXECVE_CHECK (Linux 6.14)");
}

static bool io_uring(void)
{
	return (syscall(SYS_io_uring_setup, 0, NULL) < 0 && errno == EFAULT) ||
	       failed("no io_uring");
}

static bool system_v(void)
{
	int id = shmget(IPC_PRIVATE, 4096, 0600);

	return (id >= 0 && shmctl(id, IPC_RMID, NULL) == 0) || failed("no System V memory");
}

static bool ipv6(void)
{
	return socket(AF_INET6, SOCK_DGRAM, 0) >= 0 || failed("no IPv6");
}

/* Of Linux 6.7. Nothing waits at the word, so nobody is woken. */
static bool futex2(void)
{
	static uint32_t word;

	return syscall(454, &word, 1, 1, 2 | 128) == 0 || failed("no futex_wake (Linux 6.7)");
}

static bool futex_waitv(void)
{
	return (syscall(449, NULL, 0, 0, NULL, 0) < 0 && errno == EINVAL) ||
	       failed("no futex_waitv (Linux 5.16)");
}

static bool no_filter(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0 || no("the tests run under a seccomp filter");
}

static bool clone3(void)
{
	return (syscall(SYS_clone3, NULL, 0) < 0 && errno == EINVAL) || failed("no clone3");
}

static bool privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 || no("the tests run with no_new_privs");
}

/* To an ordinary user, and back by a set-user-ID program. */
static bool other_users(void)
{
	if (geteuid() != 0)
		return no("only root can become another user");
	return become_nobody() || failed("root cannot become another user");
}

static bool set_user_id(void)
{
	struct statvfs fs;

	if (geteuid() != 0)
		return no("only root can make a program that is root's");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
		return no("the tests run with no_new_privs");
	if (statvfs("/tmp", &fs) < 0 || fs.f_flag & ST_NOSUID)
		return no("/tmp is mounted nosuid");
	return true;
}

static bool file_handles(void)
{
	struct {
		struct file_handle handle;
		char room[128];
	} at = {.handle = {.handle_bytes = sizeof(at.room)}};
	int mount_id, fd;

	if (name_to_handle_at(AT_FDCWD, "/tmp", &at.handle, &mount_id, 0) < 0)
		return failed("/tmp has no file handles");
	fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return open_by_handle_at(fd, &at.handle, O_RDONLY) >= 0 ||
	       failed("files cannot be opened by handle");
}

static bool typing(void)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY);
	const char *name = terminal >= 0 && unlockpt(terminal) == 0 ? ptsname(terminal) : NULL;
	int other;

	setsid();
	other = name ? open(name, O_RDWR) : -1;
	if (other < 0)
		return failed("no terminal");
	return (ioctl(other, TIOCSCTTY, 0) == 0 && become_nobody() &&
		ioctl(other, TIOCSTI, "x") == 0) ||
	       failed("nothing can be typed by TIOCSTI");
}

static bool two_processors(void)
{
	cpu_set_t usable;

	return (sched_getaffinity(0, sizeof(usable), &usable) == 0 && CPU_COUNT(&usable) > 1) ||
	       no("there is one processor only");
}

static bool core_files(void)
{
	char pattern[LINE] = "|";
	FILE *file = fopen("/proc/sys/kernel/core_pattern", "re");

	if (!file || !fgets(pattern, sizeof(pattern), file))
		return failed("/proc/sys/kernel/core_pattern");
	pattern[strcspn(pattern, "\n")] = '\0';
	return (pattern[0] && !strchr("|/@", pattern[0]) && !strchr(pattern, '/')) ||
	       no("kernel.core_pattern is %s", pattern);
}

static bool executable_tmp(void)
{
	struct statvfs fs;

	return (statvfs("/tmp", &fs) == 0 && !(fs.f_flag & ST_NOEXEC)) ||
	       no("/tmp is mounted noexec");
}

struct probe {
	bool (*tries)(void);
	bool asked;
	struct answer answer;
};

#define FEATURES(F)                                                                                \
	F("avx512", avx512, "there is AVX-512")                                                    \
	F("cgroups", cgroups, "a group of version 2 can be made")                                  \
	F("chosen-thread-ids", chosen_thread_ids, "clone3 takes set_tid")                          \
	F("clone3", clone3, "there is clone3")                                                     \
	F("core-files", core_files, "a core dump is a file in the current directory")              \
	F("executable-tmp", executable_tmp, "programs in /tmp can be executed")                    \
	F("file-handles", file_handles, "files in /tmp can be opened by handle")                   \
	F("fsgsbase", fsgsbase, "programs may use rdgsbase")                                       \
	F("futex-waitv", futex_waitv, "there is futex_waitv")                                      \
	F("futex2", futex2, "there are futex_wait, futex_wake and futex_requeue")                  \
	F("hardware-breakpoints", hardware_breakpoints, "a breakpoint set by ptrace fires")        \
	F("huge-pages", huge_pages, "there is a huge page to be had")                              \
	F("int80", int80, "int 0x80 is a system call")                                             \
	F("execve-check", execve_check, "execveat can be asked without executing")                 \
	F("io-uring", io_uring, "there is io_uring")                                               \
	F("memory-map", memory_map, "a process can say where its code and data lie")               \
	F("ipv6", ipv6, "there is IPv6")                                                           \
	F("isolation", isolation, "an ordinary user can make PID and network namespaces")          \
	F("landlock", landlock, "there is Landlock")                                               \
	F("landlock-refer", landlock_refer, "Landlock knows moves between directories (ABI 2)")    \
	F("landlock-truncate", landlock_truncate, "Landlock knows truncation (ABI 3)")             \
	F("landlock-tcp", landlock_tcp, "Landlock judges TCP by its ports (ABI 4)")                \
	F("landlock-scopes", landlock_scopes, "Landlock has scopes (ABI 6)")                       \
	F("namespaces", namespaces, "who runs the tests can have mounts of his own")               \
	F("other-users", other_users, "who runs the tests can become another user")                \
	F("no-filter", no_filter, "the tests run under no seccomp filter")                         \
	F("perf-events", perf_events, "there are perf events")                                     \
	F("privileges", privileges, "a program can gain privileges")                               \
	F("protection-keys", protection_keys, "there are protection keys")                         \
	F("ptrace", tracing, "a child can be traced")                                              \
	F("real-time", real_time, "SCHED_FIFO is allowed")                                         \
	F("set-user-id", set_user_id, "a set-user-ID program in /tmp works")                       \
	F("settable-clock", settable_clock, "the clock can be set")                                \
	F("single-step", single_step, "a child can be stepped")                                    \
	F("system-v", system_v, "there is shared memory of System V")                              \
	F("two-processors", two_processors, "there are two processors")                            \
	F("typing", typing, "TIOCSTI types into one's own terminal")                               \
	F("user-namespaces", user_namespaces, "an ordinary user can have mounts of his own")       \
	F("vsyscall", vsyscall, "the vsyscall page answers")

#define ENTRY(name, function, what) {name, what},
#define PROBE(name, function, what) {function, false, {false, ""}},
const struct host_feature host_features[] = {FEATURES(ENTRY){NULL, NULL}};
static struct probe probes[] = {FEATURES(PROBE)};

static bool ended(pid_t child, int *status)
{
	struct timespec pause = {0, 1000000};

	for (int ms = 0; ms < PROBE_SECONDS * 1000; ms++) {
		if (waitpid(child, status, WNOHANG) == child)
			return true;
		nanosleep(&pause, NULL);
	}
	kill(-child, SIGKILL);
	waitpid(child, status, 0);
	return false;
}

static void ask(const struct host_feature *feature, struct probe *probe)
{
	static const struct rlimit no_core;
	int status = -1;
	pid_t child;

	answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (answer == MAP_FAILED)
		abort();
	fflush(stdout);
	child = fork();
	if (child == 0) {
		setpgid(0, 0);
		setrlimit(RLIMIT_CORE, &no_core);
		prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
		answer->there = probe->tries();
		_exit(0);
	}
	if (child < 0)
		failed("fork");
	else if (!ended(child, &status))
		answer->there = no("%s: no answer within %d s", feature->name, PROBE_SECONDS);
	else if (WIFSIGNALED(status))
		answer->there = no("natively it is SIG%s", sigabbrev_np(WTERMSIG(status)));
	probe->answer = *answer;
	probe->asked = true;
	munmap(answer, sizeof(*answer));
}

static const struct answer *answer_of(const char *name, size_t length)
{
	for (size_t i = 0; host_features[i].name; i++) {
		if (strncmp(host_features[i].name, name, length) != 0 ||
		    host_features[i].name[length])
			continue;
		if (!probes[i].asked)
			ask(&host_features[i], &probes[i]);
		return &probes[i].answer;
	}
	fprintf(stderr, "tests/host.c does not know %s\n", name);
	abort();
}

const char *host_lacks(const char *names)
{
	while (*names) {
		size_t length = strcspn(names, " ");
		const struct answer *known = answer_of(names, length);

		if (!known->there)
			return known->line;
		names += length;
		names += strspn(names, " ");
	}
	return NULL;
}

const char *host_detail(const char *name)
{
	const struct answer *known = answer_of(name, strlen(name));

	return known->there ? known->line : "";
}
