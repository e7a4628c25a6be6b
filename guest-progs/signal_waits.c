/* SPDX-License-Identifier: MIT */
/* Calls that take a mask or wait for signals: sigsuspend, sigwaitinfo, ppoll, pselect, epoll_pwait,
 * signalfd, pause. */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/signalfd.h>

#include "guest-progs/guest.h"

static volatile int handled;
static pid_t main_tid;

static void handler(int signal)
{
	handled = signal;
}

static void *sends(void *arg)
{
	await_sleep(&main_tid);
	syscall(SYS_tgkill, getpid(), main_tid, (int)(long)arg);
	return NULL;
}

/* Sends once the first thread sleeps. */
static pthread_t send_later(int signal)
{
	handled = 0;
	return start_thread(sends, (void *)(long)signal);
}

static void done(const char *what, long result, pthread_t thread)
{
	int error = errno;

	pthread_join(thread, NULL);
	errno = error;
	say(what, result);
	printf("  handled %d\n", handled);
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	struct timespec zero = {0, 0}, tiny = {0, 1000000}, long_time = {1000, 0};
	struct signalfd_siginfo from_fd;
	struct epoll_event events[1];
	sigset_t usr1, none, old;
	siginfo_t info;
	pthread_t thread;
	int epoll, fd;

	main_tid = own_tid();
	sigemptyset(&none);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigaction(SIGUSR1, &action, NULL);
	sigprocmask(SIG_BLOCK, &usr1, &old);

	thread = send_later(SIGUSR1);
	done("sigsuspend", sigsuspend(&none), thread);
	raise(SIGUSR1);
	handled = 0;
	say("sigsuspend, pending", sigsuspend(&none));
	printf("  handled %d\n", handled);
	thread = send_later(SIGUSR1);
	done("ppoll", ppoll(NULL, 0, &long_time, &none), thread);
	thread = send_later(SIGUSR1);
	done("pselect", pselect(0, NULL, NULL, NULL, &long_time, &none), thread);
	epoll = epoll_create1(0);
	thread = send_later(SIGUSR1);
	done("epoll_pwait", epoll_pwait(epoll, events, 1, -1, &none), thread);
	handled = 0;
	raise(SIGUSR1);
	say("ppoll, ready at once", ppoll(&(struct pollfd){.fd = 0, .events = 0}, 0, &zero, NULL));
	printf("  handled %d\n", handled);
	say("sigtimedwait, pending", sigtimedwait(&usr1, &info, &zero));
	printf("  signo %d, code %d\n", info.si_signo, info.si_code);
	say("sigtimedwait, none", sigtimedwait(&usr1, &info, &tiny));
	thread = send_later(SIGUSR1);
	done("sigwaitinfo", sigwaitinfo(&usr1, &info), thread);
	printf("  signo %d\n", info.si_signo);
	fd = signalfd(-1, &usr1, 0);
	thread = send_later(SIGUSR1);
	done("signalfd", read(fd, &from_fd, sizeof(from_fd)), thread);
	printf("  signo %u, from us %d\n", from_fd.ssi_signo,
	       from_fd.ssi_pid == (unsigned)getpid());
	sigprocmask(SIG_SETMASK, &old, NULL);
	thread = send_later(SIGUSR1);
	done("pause", pause(), thread);
	return 0;
}
