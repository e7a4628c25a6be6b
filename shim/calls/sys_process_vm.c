/* SPDX-License-Identifier: MIT */
/*
 * process_vm_readv(2), process_vm_writev(2) of the process itself, as some message passing
 * libraries use them. Of other processes they are refused: their memory has a shim in it.
 */
#include "shim/audit/audit.h"
#include "shim/base/host.h"
#include "shim/calls/handlers.h"
#include "shim/memory/umem.h"
#include "shim/threads/thread.h"

#define MOST_VECTORS 1024 /* UIO_MAXIOV */
#define MOST_BYTES   0x7ffff000UL
#define PAGE	     4096UL

struct vector {
	uint64_t base, length;
};

/* A walk over a guest's array of vectors. */
struct walk {
	uintptr_t array;
	unsigned long left; /* behind the current one */
	struct vector now;
};

/* Leaves a vector with bytes in it, or length 0 at the end. */
static int step(struct walk *w)
{
	while (!w->now.length && w->left) {
		if (fx_umem_copy_in(&w->now, w->array, sizeof(w->now)) < 0)
			return -EFAULT;
		w->array += sizeof(w->now);
		w->left--;
	}
	return 0;
}

/* import_iovec() of Linux: all of it is looked at before anything is copied. */
static long check(uintptr_t array, unsigned long count)
{
	struct vector v;

	if (count > MOST_VECTORS)
		return -EINVAL;
	for (unsigned long i = 0; i < count; i++) {
		if (fx_umem_copy_in(&v, array + i * sizeof(v), sizeof(v)) < 0)
			return -EFAULT;
		if ((int64_t)v.length < 0)
			return -EINVAL;
	}
	return 0;
}

static size_t to_end_of_page(uintptr_t at)
{
	return PAGE - at % PAGE;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* By pieces that lie in one page of each side, so that what was copied before a fault is known. */
static long copy(struct walk *to, struct walk *from)
{
	char piece[PAGE / 4];
	size_t done = 0;

	for (;;) {
		size_t n;

		if (step(to) < 0 || step(from) < 0)
			return done ? (long)done : -EFAULT;
		n = least(to->now.length, from->now.length);
		n = least(n, least(to_end_of_page(to->now.base), to_end_of_page(from->now.base)));
		n = least(n, least(sizeof(piece), MOST_BYTES - done));
		if (!n)
			return (long)done;
		if (fx_umem_copy_in(piece, from->now.base, n) < 0 ||
		    fx_umem_copy_out(to->now.base, piece, n) < 0)
			return done ? (long)done : -EFAULT;
		to->now.base += n, to->now.length -= n;
		from->now.base += n, from->now.length -= n;
		done += n;
	}
}

static long on_itself(struct fx_thread *t, struct fx_call *c, bool writes)
{
	struct walk local = {.array = c->arg[1], .left = c->arg[2]};
	struct walk remote = {.array = c->arg[3], .left = c->arg[4]};
	long r;

	if ((int)c->arg[0] != (int)fx_host(__NR_getpid) &&
	    (int)c->arg[0] != (int)fx_host(__NR_gettid))
		return fx_sys_unsupported(t, c);
	if (c->arg[5])
		return -EINVAL;
	r = check(local.array, local.left);
	if (r == 0)
		r = check(remote.array, remote.left);
	if (r < 0)
		return r;
	return writes ? copy(&remote, &local) : copy(&local, &remote);
}

long fx_sys_process_vm_readv(struct fx_thread *t, struct fx_call *c)
{
	return on_itself(t, c, false);
}

long fx_sys_process_vm_writev(struct fx_thread *t, struct fx_call *c)
{
	return on_itself(t, c, true);
}
