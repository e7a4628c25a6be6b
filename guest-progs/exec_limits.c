/* SPDX-License-Identifier: MIT */
/* An exec needs no file, no descriptor and nothing of a table that is shared. */
#include <signal.h>
#include <sys/resource.h>

#include "guest-progs/guest.h"

#define SHARERS 4
#define ROUNDS	25

static char *const argv_[] = {"/bin/true", NULL};
static char *none[] = {NULL};

static void tell(const char *what, int status)
{
	if (WIFSIGNALED(status))
		printf("%s: dies of %s\n", what, sigabbrev_np(WTERMSIG(status)));
	else
		printf("%s: status %d\n", what, WEXITSTATUS(status));
}

static void child(const char *what, void (*prepare)(void), char **envp)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prepare();
		execve(argv_[0], argv_, envp);
		_exit(errno);
	}
	need(waitpid(pid, &status, 0) == pid);
	tell(what, status);
}

static void nothing(void)
{
}

static void limit(int which, rlim_t value)
{
	struct rlimit r = {value, value};

	need(setrlimit(which, &r) == 0);
}

static void no_files(void)
{
	limit(RLIMIT_FSIZE, 0);
}

static void small_files(void)
{
	limit(RLIMIT_FSIZE, 1000);
}

static void no_files_and_ignored(void)
{
	limit(RLIMIT_FSIZE, 0);
	signal(SIGXFSZ, SIG_IGN);
}

static void all_taken(void)
{
	struct rlimit r;

	need(getrlimit(RLIMIT_NOFILE, &r) == 0);
	r.rlim_cur = r.rlim_max < 1500 ? r.rlim_max : 1500;
	need(setrlimit(RLIMIT_NOFILE, &r) == 0);
	while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
		;
	need(errno == EMFILE);
}

static void few_allowed(void)
{
	limit(RLIMIT_NOFILE, 10);
}

static void little_data(void)
{
	limit(RLIMIT_DATA, 1 << 20);
}

static int count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < 2000; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void shared_table(void)
{
	int good = 0, before = count_open();

	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < SHARERS; i++) {
			if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0) == 0) {
				execve(argv_[0], argv_, none);
				_exit(1);
			}
		}
		for (int i = 0; i < SHARERS; i++) {
			int status;

			need(wait(&status) > 0);
			good += status == 0;
		}
	}
	printf("of %d with a common table: %d\n", ROUNDS * SHARERS, good);
	printf("left open: %d\n", count_open() - before);
}

/* More strings than fit anywhere but in memory of their own; by a child that shares ours, too. */
static void many_strings(void)
{
	static char *many[3000], text[] = "NAME=value";
	int status;
	pid_t pid;

	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]) - 1; i++)
		many[i] = text;
	child("a large environment", nothing, many);
	for (int i = 0; i < 20; i++) {
		pid = vfork();
		if (pid == 0) {
			execve(argv_[0], argv_, many);
			_exit(1);
		}
		need(waitpid(pid, &status, 0) == pid && status == 0);
	}
	printf("and by vfork\n");
	pid = vfork();
	if (pid == 0) {
		execve("/no/such/file", argv_, many);
		_exit(errno == ENOENT ? 7 : 1);
	}
	need(waitpid(pid, &status, 0) == pid);
	tell("by vfork, of nothing", status);
	child("an environment that ends nowhere", nothing, (char **)8);
}

int main(void)
{
	child("as it is", nothing, none);
	child("without environment", nothing, NULL);
	child("no file may grow", no_files, none);
	child("small files", small_files, none);
	child("no file may grow, the signal ignored", no_files_and_ignored, none);
	child("all descriptors taken", all_taken, none);
	child("few descriptors allowed", few_allowed, none);
	child("little data allowed", little_data, none);
	shared_table();
	many_strings();
	return 0;
}
