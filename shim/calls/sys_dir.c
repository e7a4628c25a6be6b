/* SPDX-License-Identifier: MIT */
/*
 * Directory reads. getdents64(2): in the list of the process's own
 * descriptors, below /proc, those that fxbox keeps are left out.
 */
#include <linux/fcntl.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/proc_file.h"
#include "shim/base/text.h"
#include "shim/calls/handlers.h"
#include "shim/memory/umem.h"

#define RECORD_LENGTH 16 /* offset of d_reclen, the same in both layouts */
#define LONGEST_NAME  8	 /* with its NUL; longer ones are no kept descriptor */
#define PIECE	      512

/* The descriptor that a name in such a list stands for, or -1. */
static long descriptor_named(uintptr_t name)
{
	char digits[LONGEST_NAME];
	long fd = 0;

	if (fx_umem_string(digits, name, sizeof(digits)) <= 0)
		return -1;
	for (const char *d = digits; *d; d++) {
		if (*d < '0' || *d > '9')
			return -1;
		fd = fd * 10 + (*d - '0');
	}
	return fd;
}

/* /proc/PID/fd, /proc/PID/fdinfo and the same below task/TID, of this process. */
static bool lists_own_descriptors(int fd)
{
	char link[FX_PROC_LINK], path[128], own[64];
	struct fx_text x;
	size_t from;
	long n;

	fx_proc_link(fd, link);
	n = fx_host(__NR_readlinkat, AT_FDCWD, link, path, sizeof(path) - 1);
	if (n <= 0)
		return false;
	path[n] = 0;
	fx_text_init(&x, own, sizeof(own));
	fx_text_put(&x, "/proc/");
	fx_text_dec(&x, fx_host(__NR_getpid));
	fx_text_char(&x, '/');
	if (!fx_str_starts(path, own))
		return false;
	for (from = (size_t)n; path[from - 1] != '/'; from--)
		;
	return fx_str_equal(path + from, "fd") || fx_str_equal(path + from, "fdinfo");
}

/* memmove() to lower addresses in guest memory. */
static int move_down(uintptr_t to, uintptr_t from, size_t length)
{
	unsigned char piece[PIECE];

	for (size_t n; length; to += n, from += n, length -= n) {
		n = length < PIECE ? length : PIECE;
		if (fx_umem_copy_in(piece, from, n) < 0 || fx_umem_copy_out(to, piece, n) < 0)
			return -EFAULT;
	}
	return 0;
}

/*
 * What is left of length bytes of records. The guest may change them
 * meanwhile: it then reads what it wrote, and nothing beyond the buffer is
 * touched.
 */
static long without_kept(int fd, uintptr_t buf, long length, size_t name_at)
{
	bool known = false;
	long at = 0;

	while (at < length) {
		uintptr_t record = buf + (uintptr_t)at;
		uint16_t size;

		if (fx_umem_copy_in(&size, record + RECORD_LENGTH, sizeof(size)) < 0 ||
		    size <= name_at || size > length - at)
			return length;
		if (!fx_fd_kept(descriptor_named(record + name_at))) {
			at += size;
			continue;
		}
		if (!known && !lists_own_descriptors(fd))
			return length;
		known = true;
		length -= size;
		if (move_down(record, record + size, (size_t)(length - at)) < 0)
			return length;
	}
	return length;
}

static long read_directory(struct fx_call *c, size_t name_at)
{
	long r, left;

	do {
		r = fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2]);
		left = r > 0 ? without_kept((int)c->arg[0], c->arg[1], r, name_at) : r;
		/* 0 would be the end of the list. */
	} while (r > 0 && left == 0);
	return left;
}

long fx_sys_getdents(struct fx_thread *t, struct fx_call *c)
{
	(void)t;
	return read_directory(c, 18);
}

long fx_sys_getdents64(struct fx_thread *t, struct fx_call *c)
{
	(void)t;
	return read_directory(c, 19);
}
