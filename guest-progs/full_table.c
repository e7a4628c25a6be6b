/* SPDX-License-Identifier: MIT */
/*
 * A table of descriptors is full when the limit says so, and has every number below it; an exec on
 * it works, nobody sees another limit meanwhile, and what is executed is known by its file
 * under any limit.
 */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "guest-progs/guest.h"

#define SOFT   300
#define HARD   600
#define ROUNDS 100

static char copy_of_us[64], script[64];
static pthread_barrier_t all_there; /* while one executes, no other can make a thread */
static int done;

static void set_limit(rlim_t soft, rlim_t hard)
{
	struct rlimit limit = {soft, hard};

	need(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void tell_limit(const char *when)
{
	struct rlimit limit;

	need(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	printf("%s: %lu of %lu\n", when, limit.rlim_cur, limit.rlim_max);
}

static int fill(int flags)
{
	int fd, last = -1;

	while ((fd = open("/dev/null", O_RDONLY | flags)) >= 0)
		last = fd;
	need(errno == EMFILE);
	return last;
}

static int count_open(void)
{
	int n = 0;

	for (int fd = 0; fd < 2 * HARD; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void filled(void)
{
	int pair[2], bad = 0, closed = 0;

	tell_limit("executed");
	printf("the last: %d\n", fill(O_CLOEXEC));
	printf("open: %d\n", count_open());
	say("dup", dup(0));
	say("pipe", pipe(pair));
	say("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	say("F_DUPFD", fcntl(0, F_DUPFD, SOFT));
	for (int fd = SOFT; fd < HARD; fd++)
		bad += dup2(0, fd) == -1 && errno == EBADF && close(fd) == -1 && errno == EBADF;
	printf("no target, and not open: %d\n", bad);
	for (int fd = 3; fd < SOFT; fd++)
		closed += close(fd) == 0;
	printf("closed: %d, open: %d\n", closed, count_open());
}

static int status_of(const char *path, const char *how)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execl(path, path, how, NULL);
		_exit(errno);
	}
	need(pid > 0 && waitpid(pid, &status, 0) == pid);
	return status;
}

static void executed(void)
{
	fill(O_CLOEXEC);
	printf("true: %d\n", status_of("/bin/true", NULL));
	printf("not there: %s\n", errno_name(WEXITSTATUS(status_of("/nowhere", NULL))));
	for (int fd = 3; fd < SOFT; fd++)
		fcntl(fd, F_SETFD, 0);
	status_of("/proc/self/exe", "full");
	closefrom(3);
}

static int is_limit(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == SOFT &&
	       limit.rlim_max == HARD;
}

static void *looks(void *arg)
{
	int *wrong = arg;

	pthread_barrier_wait(&all_there);
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		*wrong += !is_limit();
	return NULL;
}

static void *forks(void *arg)
{
	int *wrong = arg, status;

	pthread_barrier_wait(&all_there);
	for (volatile int i = 0; i < ROUNDS; i++) {
		pid_t pid = i % 2 ? vfork() : fork();

		if (pid == 0)
			_exit(is_limit() ? 0 : 1);
		need(pid > 0 && waitpid(pid, &status, 0) == pid);
		*wrong += status != 0;
	}
	return NULL;
}

/* Judged by what is opened where there is no place, and then refused. */
static void *executes(void *arg)
{
	int *wrong = arg;

	pthread_barrier_wait(&all_there);
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE)) {
		execl(script, script, NULL);
		*wrong += errno != ENOENT;
	}
	return NULL;
}

static void at_once(void)
{
	int wrong[4] = {0};
	pthread_t thread[4];
	int fd = open(script, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	need(dprintf(fd, "#!/nowhere/at/all\n") > 0 && close(fd) == 0);
	fill(O_CLOEXEC);
	need(pthread_barrier_init(&all_there, NULL, 4) == 0);
	thread[0] = start_thread(looks, &wrong[0]);
	thread[1] = start_thread(executes, &wrong[1]);
	thread[2] = start_thread(executes, &wrong[2]);
	thread[3] = start_thread(forks, &wrong[3]);
	pthread_join(thread[3], NULL);
	__atomic_store_n(&done, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	printf("saw another limit: %d, inherited one: %d\n", wrong[0], wrong[3]);
	tell_limit("in the end");
	closefrom(3);
	unlink(script);
}

/* What it opens can be used, whatever the limit was before. */
static void raised(void)
{
	int usable = 0, n = 0, fd;

	set_limit(HARD, HARD);
	for (; (fd = open("/dev/null", O_RDONLY)) >= 0; n++)
		usable += fcntl(fd, F_GETFD) == 0;
	printf("all usable: %d, beyond the old limit: %d\n", usable == n, n > SOFT);
	closefrom(3);
	tell_limit("raised");
}

static void copy_self(void)
{
	char buf[65536];
	int from = open("/proc/self/exe", O_RDONLY),
	    to = open(copy_of_us, O_WRONLY | O_CREAT, 0700);
	ssize_t n;

	need(from >= 0 && to >= 0);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		need(write(to, buf, (size_t)n) == n);
	close(from);
	close(to);
}

static void known(void)
{
	const rlim_t limits[][2] = {
		{100, 600}, {HARD, HARD}, {HARD, HARD - 7}, {300, 301}, {100, 100}};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		pid_t pid;

		fflush(stdout);
		pid = fork();
		if (pid == 0) {
			set_limit(limits[i][0] < limits[i][1] ? limits[i][0] : limits[i][1],
				  limits[i][1]);
			copy_self();
			execl(copy_of_us, copy_of_us, "known", NULL);
			_exit(1);
		}
		wait(NULL);
	}
}

static void known_again(const char *name)
{
	char link[128];
	ssize_t n;

	tell_limit("known");
	n = readlink("/proc/self/exe", link, sizeof(link) - 1);
	need(n > 0);
	link[n] = '\0';
	printf("the copy: %d\n", strcmp(link, name) == 0);
	unlink(name);
	n = readlink("/proc/self/exe", link, sizeof(link) - 1);
	need(n > 0);
	link[n] = '\0';
	printf("deleted: %d\n", strstr(link, " (deleted)") != NULL);
}

int main(int argc, char **argv)
{
	snprintf(copy_of_us, sizeof(copy_of_us), "/tmp/full_table_%d", (int)getpid());
	snprintf(script, sizeof(script), "/tmp/full_table_%d.sh", (int)getpid());
	if (argc == 1) {
		closefrom(3);
		set_limit(SOFT, HARD);
		execl("/proc/self/exe", argv[0], "again", NULL);
		return 1;
	}
	if (strcmp(argv[1], "full") == 0) {
		printf("handed down: %d\n", count_open());
		tell_limit("full");
		say("open", open("/dev/null", O_RDONLY));
	} else if (strcmp(argv[1], "known") == 0) {
		known_again(argv[0]);
	} else {
		filled();
		executed();
		at_once();
		known();
		raised();
	}
	return 0;
}
