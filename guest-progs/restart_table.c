/* SPDX-License-Identifier: MIT */
/*
 * What a handler does to each call that sleeps: EINTR, or begun anew. The
 * call is interrupted once, with or without SA_RESTART. If it sleeps again,
 * the flag is taken away and a second signal ends it.
 */
#include <linux/aio_abi.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>

#include "guest-progs/guest.h"

static volatile int handled, returned;
static pid_t main_tid;

/* What the calls sleep on: empty or full, locked, alive. */
static int empty_pipe[2], full_pipe[2], sockets[2], full[2], listener, busy_listener, other_pipe[2];
static int epoll, event, inotify, timer, signals, file_a, file_b, master, terminal;
static int queue_in, queue_out, semaphores;
static mqd_t posix_in, posix_out;
static pid_t child;
static aio_context_t aio;
static uint32_t word;
static char fifo[] = "/tmp/restart_table_XXXXXX", buf[4096];
static struct timespec long_time = {1000, 0};
static struct sockaddr_un busy_name = {.sun_family = AF_UNIX};
static const socklen_t busy_size = sizeof(sa_family_t) + 6;

static void handler(int signal)
{
	(void)signal;
	handled++;
}

static void arrange(int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	need(sigaction(SIGUSR1, &action, NULL) == 0);
}

static void *interrupts(void *arg)
{
	for (int round = 1; !returned; round++) {
		await_sleep(&main_tid);
		if (returned)
			break;
		if (round == 2)
			arrange(0);
		need(round <= 2);
		syscall(SYS_tgkill, getpid(), main_tid, SIGUSR1);
		await_that(handled >= round);
	}
	return arg;
}

static struct iovec vec(void)
{
	return (struct iovec){.iov_base = buf, .iov_len = sizeof(buf)};
}

static struct sembuf take(void)
{
	return (struct sembuf){.sem_op = -1};
}

static void prepare_files(void)
{
	int fd = mkstemp(fifo);
	struct epoll_event want = {.events = EPOLLIN};
	sigset_t none;

	need(fd >= 0);
	file_a = open(fifo, O_RDWR);
	file_b = open(fifo, O_RDWR);
	need(write(fd, buf, sizeof(buf)) == sizeof(buf));
	need(flock(file_b, LOCK_EX) == 0);
	need(fcntl(file_b, F_OFD_SETLK,
		   &(struct flock){.l_type = F_WRLCK, .l_start = 0, .l_len = 10}) == 0);
	need(pipe(empty_pipe) == 0 && pipe(full_pipe) == 0 && pipe(other_pipe) == 0);
	need(write(other_pipe[1], "x", 1) == 1);
	fcntl(full_pipe[1], F_SETFL, O_NONBLOCK);
	while (write(full_pipe[1], buf, sizeof(buf)) > 0)
		;
	fcntl(full_pipe[1], F_SETFL, 0);
	epoll = epoll_create1(0);
	need(epoll_ctl(epoll, EPOLL_CTL_ADD, empty_pipe[0], &want) == 0);
	event = eventfd(0, 0);
	inotify = inotify_init();
	timer = timerfd_create(CLOCK_MONOTONIC, 0);
	timerfd_settime(timer, 0, &(struct itimerspec){.it_value = long_time}, NULL);
	sigemptyset(&none);
	signals = signalfd(-1, &none, 0);
	need(openpty(&master, &terminal, NULL, NULL, NULL) == 0);
	need(syscall(SYS_io_setup, 8, &aio) == 0);
	close(fd);
}

static void prepare_sockets(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	need(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	need(socketpair(AF_UNIX, SOCK_STREAM, 0, full) == 0);
	while (send(full[0], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	need(bind(listener, (struct sockaddr *)&name, sizeof(sa_family_t)) == 0);
	need(listen(listener, 1) == 0);
	/* Linux names it: a NUL and five digits. Nobody accepts, so that a connect waits. */
	busy_listener = socket(AF_UNIX, SOCK_STREAM, 0);
	need(bind(busy_listener, (struct sockaddr *)&name, sizeof(sa_family_t)) == 0);
	need(listen(busy_listener, 0) == 0);
	socklen_t size = sizeof(busy_name);
	need(getsockname(busy_listener, (struct sockaddr *)&busy_name, &size) == 0 &&
	     size == busy_size);
	need(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&busy_name, size) == 0);
}

static void prepare_queues(void)
{
	struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 8};
	struct {
		long type;
		char text[8];
	} message = {1, "x"};

	queue_in = msgget(IPC_PRIVATE, 0600);
	queue_out = msgget(IPC_PRIVATE, 0600);
	while (msgsnd(queue_out, &message, 8, IPC_NOWAIT) == 0)
		;
	semaphores = semget(IPC_PRIVATE, 1, 0600);
	need(queue_in >= 0 && queue_out >= 0 && semaphores >= 0);
	snprintf(buf, sizeof(buf), "/restart_table_%d", (int)getpid());
	posix_in = mq_open(buf, O_RDWR | O_CREAT, 0600, &attr);
	mq_unlink(buf);
	posix_out = mq_open(buf, O_RDWR | O_CREAT, 0600, &attr);
	mq_unlink(buf);
	need(posix_in >= 0 && posix_out >= 0 && mq_send(posix_out, "x", 1, 0) == 0);
}

static void clean_up(void)
{
	unlink(fifo);
	msgctl(queue_in, IPC_RMID, NULL);
	msgctl(queue_out, IPC_RMID, NULL);
	semctl(semaphores, 0, IPC_RMID);
	kill(child, SIGKILL);
}

#define CALLS                                                                                      \
	CALL(read, read(empty_pipe[0], buf, 1))                                                    \
	CALL(readv, readv(empty_pipe[0], &v, 1))                                                   \
	CALL(preadv2, preadv2(empty_pipe[0], &v, 1, -1, 0))                                        \
	CALL(write, write(full_pipe[1], buf, sizeof(buf)))                                         \
	CALL(writev, writev(full_pipe[1], &v, 1))                                                  \
	CALL(splice, splice(empty_pipe[0], NULL, other_pipe[1], NULL, 10, 0))                      \
	CALL(tee, tee(empty_pipe[0], other_pipe[1], 10, 0))                                        \
	CALL(vmsplice, vmsplice(full_pipe[1], &v, 1, 0))                                           \
	CALL(sendfile, sendfile(full[0], file_a, &zero, 100))                                      \
	CALL(recvfrom, recv(sockets[0], buf, 1, 0))                                                \
	CALL(recvmsg, recvmsg(sockets[0], &message, 0))                                            \
	CALL(recvmmsg, recvmmsg(sockets[0], &many, 1, 0, NULL))                                    \
	CALL(sendto, send(full[0], buf, sizeof(buf), 0))                                           \
	CALL(sendmsg, sendmsg(full[0], &message, 0))                                               \
	CALL(sendmmsg, sendmmsg(full[0], &many, 1, 0))                                             \
	CALL(accept, accept(listener, NULL, NULL))                                                 \
	CALL(accept4, accept4(listener, NULL, NULL, SOCK_CLOEXEC))                                 \
	CALL(connect,                                                                              \
	     connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&busy_name, busy_size))   \
	CALL(flock, flock(file_a, LOCK_EX))                                                        \
	CALL(fcntl_setlkw, fcntl(file_a, F_SETLKW, &whole))                                        \
	CALL(fcntl_ofd_setlkw, fcntl(file_a, F_OFD_SETLKW, &whole))                                \
	CALL(read_terminal, read(terminal, buf, 1))                                                \
	CALL(read_eventfd, read(event, buf, 8))                                                    \
	CALL(read_inotify, read(inotify, buf, 100))                                                \
	CALL(read_timerfd, read(timer, buf, 8))                                                    \
	CALL(read_signalfd, read(signals, buf, sizeof(struct signalfd_siginfo)))                   \
	CALL(wait4, wait4(child, NULL, 0, NULL))                                                   \
	CALL(waitid, waitid(P_PID, (id_t)child, &info, WEXITED))                                   \
	CALL(pause, pause())                                                                       \
	CALL(sigsuspend, sigsuspend(&no_signals))                                                  \
	CALL(sigtimedwait, sigwaitinfo(&other_signals, NULL))                                      \
	CALL(sigtimedwait_with_time, sigtimedwait(&other_signals, NULL, &long_time))               \
	CALL(nanosleep, nanosleep(&long_time, NULL))                                               \
	CALL(clock_nanosleep, syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &long_time, NULL))  \
	CALL(clock_nanosleep_until,                                                                \
	     syscall(SYS_clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &far, NULL))              \
	CALL(poll, poll(&pfd, 1, -1))                                                              \
	CALL(poll_with_time, poll(&pfd, 1, 1000000))                                               \
	CALL(ppoll, ppoll(&pfd, 1, &long_time, &no_signals))                                       \
	CALL(select, select(empty_pipe[0] + 1, &fds, NULL, NULL, &long_time_v))                    \
	CALL(pselect6, pselect(empty_pipe[0] + 1, &fds, NULL, NULL, &long_time, &no_signals))      \
	CALL(epoll_wait, epoll_wait(epoll, &got, 1, -1))                                           \
	CALL(epoll_pwait, epoll_pwait(epoll, &got, 1, 1000000, &no_signals))                       \
	CALL(epoll_pwait2, epoll_pwait2(epoll, &got, 1, &long_time, &no_signals))                  \
	CALL(msgrcv, msgrcv(queue_in, buf, 8, 0, 0))                                               \
	CALL(msgsnd, msgsnd(queue_out, &mail, 8, 0))                                               \
	CALL(semop, semop(semaphores, &sem, 1))                                                    \
	CALL(semtimedop, semtimedop(semaphores, &sem, 1, &long_time))                              \
	CALL(mq_timedreceive, mq_receive(posix_in, buf, 8, NULL))                                  \
	CALL(mq_timedreceive_until, mq_timedreceive(posix_in, buf, 8, NULL, &far))                 \
	CALL(mq_timedsend, mq_send(posix_out, "x", 1, 0))                                          \
	CALL(io_getevents, syscall(SYS_io_getevents, aio, 1, 1, done, NULL))                       \
	CALL(io_getevents_with_time, syscall(SYS_io_getevents, aio, 1, 1, done, &long_time))       \
	CALL(io_pgetevents, syscall(SYS_io_pgetevents, aio, 1, 1, done, NULL, NULL))               \
	CALL(io_pgetevents_with_mask, syscall(SYS_io_pgetevents, aio, 1, 1, done, NULL, packed))   \
	CALL(futex_wait, syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL))                   \
	CALL(futex_wait_with_time, syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &long_time))   \
	CALL(futex_wait_bitset_until,                                                              \
	     syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &far,  \
		     NULL, FUTEX_BITSET_MATCH_ANY))                                                \
	CALL(futex_waitv, syscall(SYS_futex_waitv, &waiter, 1, 0, NULL, CLOCK_MONOTONIC))          \
	CALL(futex_waitv_until, syscall(SYS_futex_waitv, &waiter, 1, 0, &far, CLOCK_REALTIME))

static const char *const names[] = {
#define CALL(name, call) #name,
	CALLS
#undef CALL
};
enum number {
#define CALL(name, call) NUMBER_##name,
	CALLS
#undef CALL
};

static long call(int which)
{
	struct iovec v = vec();
	struct msghdr message = {.msg_iov = &v, .msg_iovlen = 1};
	struct mmsghdr many = {.msg_hdr = message};
	struct flock whole = {.l_type = F_WRLCK};
	struct pollfd pfd = {.fd = empty_pipe[0], .events = POLLIN};
	struct timeval long_time_v = {1000, 0};
	struct timespec far = {.tv_sec = time(NULL) + 1000};
	struct epoll_event got;
	struct sembuf sem = take();
	struct io_event done[1];
	struct futex_waitv waiter = {.uaddr = (uintptr_t)&word, .flags = 2 | FUTEX_PRIVATE_FLAG};
	struct {
		long type;
		char text[8];
	} mail = {1, "x"};
	sigset_t no_signals, other_signals;
	struct {
		sigset_t *set;
		size_t size;
	} packed[1] = {{&no_signals, 8}};
	siginfo_t info;
	fd_set fds;
	off_t zero = 0;

	sigemptyset(&no_signals);
	sigemptyset(&other_signals);
	sigaddset(&other_signals, SIGUSR2);
	FD_ZERO(&fds);
	FD_SET(empty_pipe[0], &fds);
	switch ((enum number)which) {
#define CALL(name, call)                                                                           \
	case NUMBER_##name:                                                                        \
		return call;
		CALLS
#undef CALL
	}
	return 0;
}

int main(int argc, char **argv)
{
	main_tid = own_tid();
	prepare_queues();
	prepare_files();
	prepare_sockets();
	child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	for (int which = 0; which < (int)(sizeof(names) / sizeof(*names)); which++) {
		if (argc > 1 && strcmp(argv[1], names[which]) != 0)
			continue;
		for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
			pthread_t thread;
			int error;
			long r;

			handled = returned = 0;
			arrange(flags);
			thread = start_thread(interrupts, NULL);
			r = call(which);
			error = errno;
			returned = 1;
			pthread_join(thread, NULL);
			printf("%s, %s: %ld %s%s\n", names[which], flags ? "SA_RESTART" : "no flag",
			       r, r < 0 ? errno_name(error) : "",
			       handled == 2 ? ", after it was begun anew" : "");
			fflush(stdout);
		}
	}
	clean_up();
	return 0;
}
