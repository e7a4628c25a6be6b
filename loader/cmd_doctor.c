/* SPDX-License-Identifier: MIT */
#include "loader/cmd_doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/confine/cgroup.h"
#include "loader/confine/landlock.h"
#include "loader/confine/namespaces.h"
#include "loader/confine/policy.h"
#include "loader/exit_status.h"
#include "loader/help_word.h"
#include "loader/promises.h"
#include "loader/refusal.h"

#define HWCAP2_FSGSBASE_BIT 2
#define LANDLOCK_TCP	    4 /* the ABI that has it */

/* Also the exit status: the worst of all. */
enum state {
	STATE_GOOD,    /* as fxbox wants it, or of no consequence */
	STATE_WEAKER,  /* `fxbox run` goes on and says so; --require-confinement does not */
	STATE_MISSING, /* `fxbox run` cannot run programs */
};

struct finding {
	enum state state;
	char found[400];
	char does[400]; /* what fxbox does about it */
};

static void __attribute__((format(printf, 2, 3))) found(struct finding *f, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(f->found, sizeof(f->found), fmt, args);
	va_end(args);
}

__attribute__((format(printf, 3, 4))) static void does(struct finding *f, enum state state,
						       const char *fmt, ...)
{
	va_list args;

	f->state = state;
	va_start(args, fmt);
	vsnprintf(f->does, sizeof(f->does), fmt, args);
	va_end(args);
}

/* The first line of a file; false if it cannot be read. */
static bool first_line(const char *path, char *out, size_t size)
{
	FILE *in = fopen(path, "re");
	bool got = in && fgets(out, (int)size, in);

	if (got)
		out[strcspn(out, "\n")] = '\0';
	if (in)
		fclose(in);
	return got;
}

/* What a short-lived child finds out, where trying cannot be undone: why->line if it fails. */
static bool child_can(int (*attempt)(struct fx_refusal *why), struct fx_refusal *why)
{
	int pipe_fd[2], status = -1;
	pid_t pid;

	memset(why, 0, sizeof(*why));
	fflush(stdout);
	if (pipe2(pipe_fd, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		snprintf(why->line, sizeof(why->line), "cannot try: %s", strerror(errno));
		return false;
	}
	if (pid == 0) {
		struct fx_refusal own = {0};
		int result = attempt(&own);

		if (result < 0 && write(pipe_fd[1], own.line, strlen(own.line)) < 0)
			_exit(2);
		_exit(result < 0);
	}
	close(pipe_fd[1]);
	if (read(pipe_fd[0], why->line, sizeof(why->line) - 1) < 0)
		why->line[0] = '\0';
	close(pipe_fd[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void kernel(struct finding *f)
{
	struct utsname name;

	uname(&name);
	found(f, "%s %s %s", name.sysname, name.release, name.machine);
}

static int install_filter(struct fx_refusal *why)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {.len = 1, .filter = &allow};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return 0;
	return fx_refuse(why, FX_EXIT_FAILED, "seccomp", "%s", strerror(errno));
}

static bool has_action(uint32_t action)
{
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static void seccomp_filter(struct finding *f)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{"trap", SECCOMP_RET_TRAP},	    {"errno", SECCOMP_RET_ERRNO},
		{"kill", SECCOMP_RET_KILL_PROCESS}, {"log", SECCOMP_RET_LOG},
		{"notify", SECCOMP_RET_USER_NOTIF},
	};
	struct fx_refusal why;
	bool works = child_can(install_filter, &why);
	size_t n;

	/* A filter that cannot be read, so nothing is installed. */
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, NULL);
	found(f, "%s; tsync %s; actions", works ? "filters" : why.line,
	      errno == EFAULT ? "yes" : "no");
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		n = strlen(f->found);
		if (has_action(actions[i].action))
			snprintf(f->found + n, sizeof(f->found) - n, " %s", actions[i].name);
	}
	if (works && has_action(SECCOMP_RET_TRAP) && has_action(SECCOMP_RET_ERRNO))
		does(f, STATE_GOOD,
		     "system calls of the program are trapped; busy call sites are patched");
	else
		does(f, STATE_MISSING, "no program can be run");
}

static void proc(struct finding *f)
{
	char path[PATH_MAX];
	bool there = readlink("/proc/self/exe", path, sizeof(path)) > 0;

	found(f, "/proc %s", there ? "is mounted" : "is not mounted");
	does(f, there ? STATE_GOOD : STATE_MISSING, "%s",
	     there ? "by which fxbox finds itself and its descriptors"
		   : "programs can be run with --no-confine alone");
}

static int enter_namespaces(struct fx_refusal *why)
{
	const struct fx_policy policy = {.require = true};
	int made;

	return fx_namespaces_enter(&policy, &made, why);
}

static int enter_isolation(struct fx_refusal *why)
{
	const struct fx_policy policy = {.require = true, .isolate = true};
	int made;

	return fx_namespaces_enter(&policy, &made, why);
}

static void landlock(struct finding *f)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U /* _VERSION */);
	struct fx_refusal why;

	if (abi < 0) {
		found(f, "none (%s)", strerror(errno));
		does(f, STATE_WEAKER, "confined without it: devices and FIFOs can be reached%s",
		     child_can(enter_isolation, &why) ? "" : ", and other processes");
		return;
	}
	found(f, "ABI %ld", abi);
	if (abi >= FX_LANDLOCK_SCOPES)
		does(f, STATE_GOOD, "files, TCP, signals and abstract sockets");
	else if (child_can(enter_isolation, &why))
		does(f, STATE_GOOD, "%s; namespaces keep signals and abstract sockets in",
		     abi < LANDLOCK_TCP ? "files" : "files and TCP");
	else
		does(f, STATE_WEAKER, "%s; other processes can be signalled",
		     abi < LANDLOCK_TCP ? "files" : "files and TCP");
}

static int enter_user_namespace(struct fx_refusal *why)
{
	if (unshare(CLONE_NEWUSER) == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return 0;
	return fx_refuse(why, FX_EXIT_FAILED, "user namespace", "%s", strerror(errno));
}

static void mount_namespace(struct finding *f)
{
	struct fx_refusal why;

	if (child_can(enter_namespaces, &why)) {
		found(f, "%s", "can be made");
		does(f, STATE_GOOD, "everything is mounted read-only but what is granted");
	} else {
		found(f, "%s", why.line);
		does(f, STATE_WEAKER, "Landlock and seccomp alone confine files");
	}
}

static void isolation(struct finding *f)
{
	struct fx_refusal why;

	if (child_can(enter_isolation, &why)) {
		found(f, "%s", "PID, network, IPC and UTS namespaces can be made");
		does(f, STATE_GOOD, "--isolate works");
	} else {
		found(f, "%s", why.line);
		does(f, STATE_WEAKER, "--isolate is refused");
	}
}

static void user_namespace(struct finding *f)
{
	struct fx_refusal why;
	bool works = child_can(enter_user_namespace, &why);

	found(f, "%s", works ? "can be made, and mounts in it" : why.line);
	if (geteuid() == 0)
		does(f, STATE_GOOD, "not needed by root");
	else
		/* mount_namespace says what follows. */
		does(f, STATE_GOOD, works ? "used, for you are not root" : "none is used");
}

static void mount_attributes(struct finding *f)
{
	bool there = mount_setattr(-1, "", 0, NULL, 0) < 0 && errno == EINVAL;

	found(f, "%s", there ? "mount_setattr" : "no mount_setattr");
	if (there)
		does(f, STATE_GOOD, "mounts become read-only all at once");
	else
		does(f, STATE_WEAKER, "no mount namespace is used");
}

static void fsgsbase(struct finding *f)
{
	bool there = getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT;

	found(f, "%s", there ? "yes" : "no");
	does(f, STATE_GOOD,
	     "not needed: arch_prctl sets GS, by which patched sites find their thread");
}

static void cpus(struct finding *f)
{
	cpu_set_t usable;
	int count = sched_getaffinity(0, sizeof(usable), &usable) == 0 ? CPU_COUNT(&usable) : 0;

	found(f, "%ld online, %ld configured, %d may be used", sysconf(_SC_NPROCESSORS_ONLN),
	      sysconf(_SC_NPROCESSORS_CONF), count);
	does(f, STATE_GOOD,
	     count == 1 ? "waits sleep at once" : "waits spin a little before they sleep");
}

static void vsyscall(struct finding *f)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	const char *mode = maps ? "none" : "not known (/proc/self/maps)";
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (strstr(line, "[vsyscall]"))
			mode = strstr(line, " r-xp ") ? "emulate" : "xonly";
	}
	if (maps)
		fclose(maps);
	found(f, "%s", mode);
	does(f, STATE_GOOD, "what old programs get without fxbox");
}

static void core_pattern(struct finding *f)
{
	char line[256] = "not readable";

	first_line("/proc/sys/kernel/core_pattern", line, sizeof(line));
	found(f, "%s", line);
	does(f, STATE_GOOD,
	     line[0] == '|' ? "the host's handler gets cores of programs, also of confined ones"
			    : "cores are the program's; confined, where it may write");
}

static void ptrace_scope(struct finding *f)
{
	char line[64];

	if (!first_line("/proc/sys/kernel/yama/ptrace_scope", line, sizeof(line)))
		strcpy(line, "no Yama");
	found(f, "%s", line);
	does(f, STATE_GOOD, "programs cannot trace each other inside, whatever this is");
}

static void put_limit(char *out, size_t size, const char *name, int resource)
{
	struct rlimit limit = {0, 0};
	size_t n = strlen(out);

	getrlimit(resource, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		snprintf(out + n, size - n, "%s%s unlimited", n ? ", " : "", name);
	else
		snprintf(out + n, size - n, "%s%s %llu", n ? ", " : "", name,
			 (unsigned long long)limit.rlim_cur);
}

static void limits(struct finding *f)
{
	f->found[0] = '\0';
	put_limit(f->found, sizeof(f->found), "nofile", RLIMIT_NOFILE);
	put_limit(f->found, sizeof(f->found), "nproc", RLIMIT_NPROC);
	put_limit(f->found, sizeof(f->found), "as", RLIMIT_AS);
	put_limit(f->found, sizeof(f->found), "stack", RLIMIT_STACK);
	put_limit(f->found, sizeof(f->found), "core", RLIMIT_CORE);
	does(f, STATE_GOOD, "the program has the same; --rlimit and --memory lower them");
}

static void cgroup(struct finding *f)
{
	const struct fx_cgroup_limits both = {.memory = 1, .tasks = 1};
	struct fx_refusal why;
	char place[PATH_MAX];
	bool can = fx_cgroup_find(&both, "/proc", place, &why) == 0;

	found(f, "%s", can ? place : "none with controllers where one can be made");
	does(f, STATE_GOOD, "--limit %s",
	     can ? "works" : "is an error; --memory and --rlimit are of each process");
}

static const struct {
	const char *name;
	void (*look)(struct finding *f);
} checks[] = {
	{"kernel", kernel},
	{"seccomp", seccomp_filter},
	{"proc", proc},
	{"landlock", landlock},
	{"mount_namespace", mount_namespace},
	{"isolation", isolation},
	{"user_namespace", user_namespace},
	{"mount_setattr", mount_attributes},
	{"fsgsbase", fsgsbase},
	{"cpus", cpus},
	{"vsyscall", vsyscall},
	{"core_pattern", core_pattern},
	{"ptrace_scope", ptrace_scope},
	{"rlimits", limits},
	{"cgroup", cgroup},
};

static const char *const state_names[] = {"good", "weaker", "missing"};

static void put_text(const char *name, const struct finding *f)
{
	static const char *const marks[] = {"", "WEAKER: ", "MISSING: "};

	printf("%-16s %s\n", name, f->found);
	if (*f->does)
		printf("%16s %s%s\n", "", marks[f->state], f->does);
}

static void put_json(struct json_object *list, const char *name, const struct finding *f)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(name));
	json_object_object_add(o, "state", json_object_new_string(state_names[f->state]));
	json_object_object_add(o, "found", json_object_new_string(f->found));
	json_object_object_add(o, "does", *f->does ? json_object_new_string(f->does) : NULL);
	json_object_array_add(list, o);
}

/* To the list, or to standard output if that is NULL. The state. */
static enum state put(struct json_object *list, const char *name, const struct finding *f)
{
	if (list)
		put_json(list, name, f);
	else
		put_text(name, f);
	return f->state;
}

static struct fx_layers layers_here(void)
{
	struct fx_refusal why;
	int abi = fx_landlock_abi();

	return (struct fx_layers){
		.landlock = abi < 0 ? 0 : abi,
		.mounts = child_can(enter_namespaces, &why),
		.namespaces = child_can(enter_isolation, &why),
	};
}

static enum state put_promises(struct json_object *list)
{
	struct fx_layers layers = layers_here();
	struct fx_promise promise[FX_PROMISES];
	enum state worst = STATE_GOOD;

	fx_promises(&layers, promise);
	if (!list)
		puts("\nA confined program, and what keeps it so:");
	for (size_t i = 0; i < FX_PROMISES; i++) {
		struct finding f = {.state = STATE_GOOD};
		char name[40];

		found(&f, "%s", promise[i].what);
		does(&f, promise[i].holds ? STATE_GOOD : STATE_WEAKER, "%s", promise[i].by);
		snprintf(name, sizeof(name), "%s%s", list ? "promise_" : "", promise[i].name);
		if (put(list, name, &f) > worst)
			worst = f.state;
	}
	return worst;
}

static int examine(bool json)
{
	struct json_object *list = json ? json_object_new_array() : NULL;
	enum state worst = STATE_GOOD, promises;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct finding f = {.state = STATE_GOOD};

		checks[i].look(&f);
		if (put(list, checks[i].name, &f) > worst)
			worst = f.state;
	}
	promises = put_promises(list);
	if (promises > worst)
		worst = promises;
	if (json) {
		puts(json_object_to_json_string_ext(list, JSON_C_TO_STRING_PRETTY |
								  JSON_C_TO_STRING_SPACED |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(list);
	}
	return fflush(stdout) == 0 ? (int)worst : FX_EXIT_FAILED;
}

int fx_cmd_doctor(int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;

	if (argc == 2 && fx_asks_for_help(argv[1])) {
		puts("Usage: fxbox doctor [--json]\n"
		     "Show what this host permits and what fxbox does about it.\n\n"
		     "Exit status: 0 if programs can be run with all layers of confinement and all that\n"
		     "is promised of them holds, 1 if something is weaker or missing, 2 if no program\n"
		     "can be run; 125 if called wrongly.");
		return fflush(stdout) == 0 ? 0 : FX_EXIT_FAILED;
	}
	if (argc > 1 && !json) {
		dprintf(STDERR_FILENO, "fxbox: doctor: %s: unknown\nTry 'fxbox doctor --help'.\n",
			argv[1]);
		return FX_EXIT_FAILED;
	}
	return examine(json);
}
