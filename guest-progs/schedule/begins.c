/* SPDX-License-Identifier: MIT */
/*
 * What a program does before its second thread, and finds behind it: nothing may tell it that what
 * runs there is a copy. `kind` is one of those below; 1 is ended with if anything is not as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "guest-progs/guest.h"

static pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_mutex_t held = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static int turns;

static void *worker(void *arg)
{
	for (int i = 0; i < 3; i++) {
		need(pthread_mutex_lock(&lock) == 0);
		turns++;
		need(pthread_mutex_unlock(&lock) == 0);
	}
	return arg;
}

static void two_threads(void)
{
	pthread_t a = start_thread(worker, NULL), b = start_thread(worker, NULL);

	need(pthread_join(a, NULL) == 0 && pthread_join(b, NULL) == 0);
	need(turns == 6);
}

static void nothing(void)
{
	two_threads();
}

static volatile pid_t sender;

static void note_sender(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	sender = info->si_pid;
}

/* Numbers, and what libraries keep of them. */
static void numbers(void)
{
	struct sigaction action = {.sa_sigaction = note_sender, .sa_flags = SA_SIGINFO};
	const pid_t pid = getpid(), tid = own_tid(), parent = getppid(), group = getpgrp();
	char link[32], name[32];

	need(sigaction(SIGUSR1, &action, NULL) == 0);
	need(pthread_mutex_lock(&held) == 0);
	two_threads();
	need(getpid() == pid && own_tid() == tid && getppid() == parent && getpgrp() == group);
	need(pthread_mutex_lock(&held) == EDEADLK && pthread_mutex_unlock(&held) == 0);
	need(raise(SIGUSR1) == 0 && sender == pid);
	sender = 0;
	need(pthread_kill(pthread_self(), SIGUSR1) == 0 && sender == pid);
	need(kill(pid, 0) == 0);
	snprintf(name, sizeof(name), "%d", pid);
	link[readlink("/proc/self", link, sizeof(link) - 1)] = '\0';
	need(strcmp(link, name) == 0);
}

/* Of a file that is read, where it is read; what was written to standard output, and not yet. */
static void reading(void)
{
	char first[4], second[4], again[4];
	int fd = open("/proc/self/exe", O_RDONLY);

	need(fd >= 0 && read(fd, first, 4) == 4);
	printf("before ");
	need(fflush(stdout) == 0);
	printf("and ");
	two_threads();
	puts("behind");
	need(read(fd, second, 4) == 4 && pread(fd, again, 4, 4) == 4);
	need(memcmp(first, "\177ELF", 4) == 0 && memcmp(second, again, 4) == 0);
	need(lseek(fd, 0, SEEK_CUR) == 8);
}

static char stack[65536];

static void state(void)
{
	stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)}, now;
	sigset_t mask, seen;
	char *memory = malloc(100000);

	umask(027);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	need(pthread_sigmask(SIG_BLOCK, &mask, NULL) == 0 && sigaltstack(&alternate, NULL) == 0);
	memset(memory, 7, 100000);
	two_threads();
	need(umask(0) == 027 && memory[99999] == 7);
	need(pthread_sigmask(SIG_BLOCK, NULL, &seen) == 0 && sigismember(&seen, SIGUSR2));
	need(sigaltstack(NULL, &now) == 0 && now.ss_sp == stack);
	free(memory);
}

/* From here on no copy would do. */
static void pipes(void)
{
	int fd[2];
	char byte = 'x';

	need(pipe(fd) == 0 && write(fd[1], &byte, 1) == 1);
	two_threads();
	need(read(fd[0], &byte, 1) == 1 && byte == 'x');
}

static void memory(void)
{
	int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	need(word != MAP_FAILED);
	two_threads();
	need((*word)++ == 0);
}

static void writing(void)
{
	char path[] = "/dev/shm/begins.XXXXXX";
	int fd = mkstemp(path);
	struct stat st;

	need(fd >= 0 && unlink(path) == 0);
	two_threads();
	need(fstat(fd, &st) == 0 && st.st_size == 0 && write(fd, "x", 1) == 1);
}

static void child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(3);
	int status;

	two_threads();
	need(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
}

static void pending(void)
{
	sigset_t mask;
	int sig;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	need(pthread_sigmask(SIG_BLOCK, &mask, NULL) == 0 && raise(SIGUSR2) == 0);
	two_threads();
	need(sigwait(&mask, &sig) == 0 && sig == SIGUSR2);
}

static void timer(void)
{
	struct itimerval far = {.it_value.tv_sec = 1000}, now;

	need(setitimer(ITIMER_VIRTUAL, &far, NULL) == 0);
	two_threads();
	need(getitimer(ITIMER_VIRTUAL, &now) == 0 && now.it_value.tv_sec > 900);
}

/* What a copy leaves behind: the next one may not find it. */
static void leaves(void)
{
	two_threads();
	int fd = open("/dev/shm/left", O_CREAT | O_EXCL | O_RDWR, 0600);

	need(fd >= 0);
}

static void queue(void)
{
	two_threads();
	need(msgget(1234, IPC_CREAT | IPC_EXCL | 0600) >= 0);
}

/* The child's parent is the copy, whoever the copy's is. */
static void process(void)
{
	const pid_t parent = getpid();
	pid_t child;
	int status;

	two_threads();
	turns = 0;
	child = fork();
	if (child == 0)
		_exit(getppid() != parent);
	two_threads();
	need(waitpid(child, &status, 0) == child && status == 0);
}

/* It lives on when its parent has ended, and would be beside the next copy. */
static void stays(void)
{
	two_threads();
	if (fork() == 0)
		for (;;)
			pause();
}

/* A port may be taken for a while after its program has ended. */
static void port(void)
{
	const struct sockaddr_in any = {.sin_family = AF_INET};
	int fd;

	two_threads();
	fd = socket(AF_INET, SOCK_STREAM, 0);
	need(fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)) == 0);
}

/* Whoever it is a copy of, if it is one: in a namespace of its own, and nowhere else. */
static void strike(int signal)
{
	two_threads();
	if (getpid() == 2)
		kill(3, signal);
}

static void stops(void)
{
	strike(SIGSTOP);
}

static void kills(void)
{
	strike(SIGKILL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} kinds[] = {
		{"nothing", nothing}, {"numbers", numbers}, {"reading", reading}, {"state", state},
		{"pipes", pipes},     {"memory", memory},   {"writing", writing}, {"child", child},
		{"pending", pending}, {"timer", timer},	    {"leaves", leaves},	  {"queue", queue},
		{"process", process}, {"stays", stays},	    {"port", port},	  {"stops", stops},
		{"kills", kills},
	};

	need(argc == 2);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].run();
			return 0;
		}
	}
	return 2;
}
