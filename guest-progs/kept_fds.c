/* SPDX-License-Identifier: MIT */
/*
 * Numbers of descriptors that nobody has opened are not open, in any call that takes one, and
 * wherever it takes it: each row of the table of system calls, and what has them in memory. Under
 * fxbox some of them are its own.
 */
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "guest-progs/guest.h"

/* fxbox's are among these, if nothing else is open there. */
enum { FIRST = 1000, LAST = 1020 };

struct row {
	long nr;
	const char *name, *verdict, *args;
};

static const struct row rows[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) {nr, #name, #verdict, args},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
};

/* Something that is no reason to refuse the call before the descriptor is looked at. */
static long plausible(char kind, char *page)
{
	switch (kind) {
	case 'f':
	case 'F':
		return 0;
	case 's':
		return (long)".";
	case 'p':
	case 'b':
	case 'w':
	case 't':
		return (long)page;
	case 'u':
		return 1;
	default:
		return 0;
	}
}

/* One answer for all numbers, or each that differs from the first. */
static void with_bad(const struct row *row, int which, char *page)
{
	int first = 0;

	printf("%s, argument %d:", row->name, which);
	for (int fd = FIRST; fd <= LAST; fd++) {
		long arg[6] = {0}, r;

		for (int i = 0; i < 6 && row->args[i] && row->args[i] != '!'; i++)
			arg[i] = plausible(row->args[i], page);
		arg[which] = fd;
		memset(page, 0, 4096);
		r = syscall(row->nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
		if (fd == FIRST || (r < 0 ? errno : 0) != first) {
			first = r < 0 ? errno : 0;
			printf(" %s", first ? errno_name(first) : "works");
		}
	}
	putchar('\n');
}

/* What the host may lack, or a filter refuse, is not the question. */
static int is_asked(const struct row *row)
{
	static const char *const other[] = {
		"setns",     "fanotify_mark",	  "open_by_handle_at", "process_mrelease",
		"mq_notify", "lsm_set_self_attr", "execveat"};

	if (strcmp(row->verdict, "UNSUPPORTED") == 0 || row->nr >= 442 ||
	    strncmp(row->name, "mq_", 3) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (strcmp(row->name, other[i]) == 0)
			return 0;
	return 1;
}

static void by_table(char *page)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (int a = 0; a < 6 && rows[i].args[a] && is_asked(&rows[i]); a++)
			if (rows[i].args[a] == 'f' || rows[i].args[a] == 'F')
				with_bad(&rows[i], a, page);
}

static void polled(void)
{
	struct pollfd all[LAST - FIRST + 2];
	struct timespec none = {0, 0};
	int n = 0;

	for (int fd = FIRST; fd <= LAST; fd++)
		all[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
	all[n++] = (struct pollfd){.fd = -1, .events = POLLIN, .revents = 7};
	say("poll", poll(all, (nfds_t)n, -1));
	for (int i = 0; i < n; i++)
		need(all[i].revents == (i < n - 1 ? POLLNVAL : 0));
	for (int i = 0; i < n - 1; i++)
		need(all[i].fd == FIRST + i);
	say("ppoll", ppoll(all, (nfds_t)n, &none, NULL));
	for (int i = 0; i < n - 1; i++)
		need(all[i].revents == POLLNVAL);
}

/* Descriptors as high as these are looked at only where something as high is open. */
static void selected(void)
{
	struct timeval none = {0, 0};
	int high = fcntl(0, F_DUPFD, LAST + 1), bad = 0;
	fd_set set;

	need(high >= 0);
	for (int fd = FIRST; fd <= LAST; fd++) {
		FD_ZERO(&set);
		FD_SET(fd, &set);
		bad += select(LAST + 1, &set, NULL, NULL, &none) == -1 && errno == EBADF;
		bad += select(LAST + 1, NULL, &set, NULL, &none) == -1 && errno == EBADF;
		bad += select(LAST + 1, NULL, NULL, &set, &none) == -1 && errno == EBADF;
		bad += pselect(LAST + 1, &set, NULL, NULL, &(struct timespec){0, 0}, NULL) == -1 &&
		       errno == EBADF;
	}
	say("select, bad", bad);
	close(high);
}

static void passed(void)
{
	union {
		char buf[CMSG_SPACE(2 * sizeof(int))];
		struct cmsghdr align;
	} control;
	char c = 'x';
	struct iovec iov = {&c, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.buf,
			   .msg_controllen = sizeof(control.buf)};
	struct mmsghdr two[2] = {{.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}}, {.msg_hdr = m}};
	int pair[2], bad = 0, one = 0;

	need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	for (int fd = FIRST; fd <= LAST; fd++) {
		struct cmsghdr *h = CMSG_FIRSTHDR(&m);
		int fds[2] = {0, fd};

		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN(sizeof(fds));
		memcpy(CMSG_DATA(h), fds, sizeof(fds));
		bad += sendmsg(pair[0], &m, 0) == -1 && errno == EBADF;
		one += sendmmsg(pair[0], two, 2, 0) == 1;
	}
	say("sendmsg, bad", bad);
	say("sendmmsg, one of two", one);
}

static void submitted(char *page)
{
	aio_context_t context = 0;
	int bad = 0;

	need(syscall(SYS_io_setup, 1, &context) == 0);
	for (int fd = FIRST; fd <= LAST; fd++) {
		struct iocb io = {.aio_lio_opcode = IOCB_CMD_PREAD,
				  .aio_fildes = (unsigned)fd,
				  .aio_buf = (uintptr_t)page,
				  .aio_nbytes = 1};
		struct iocb *list = &io;

		bad += syscall(SYS_io_submit, context, 1, &list) == -1 && errno == EBADF;
	}
	say("io_submit, bad", bad);
	syscall(SYS_io_destroy, context);
}

int main(int argc, char **argv)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct stat st;
	int open_ones = 0;

	need(page != MAP_FAILED);
	/* Above this they have no room, so they are below. */
	if (argc == 1) {
		need(setrlimit(RLIMIT_NOFILE, &(struct rlimit){1024, 1024}) == 0);
		execl("/proc/self/exe", argv[0], "again", NULL);
	}
	closefrom(3);
	for (int fd = 3; fd < 4096; fd++)
		open_ones += fstat(fd, &st) == 0;
	say("open beyond 2", open_ones);
	by_table(page);
	polled();
	selected();
	passed();
	submitted(page);
	return 0;
}
