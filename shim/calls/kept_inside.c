/* SPDX-License-Identifier: MIT */
#include "shim/calls/kept_inside.h"

#include <asm/errno.h>
#include <linux/mman.h>
#include <linux/socket.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/memory/umem.h"

#define NEVER	   0x7fffffff /* is open for nobody */
#define AT_A_TIME  32
#define SOL_SOCKET 1
#define SCM_RIGHTS 1

struct polled { /* struct pollfd */
	int32_t fd;
	uint16_t events, revents;
};

/* A full table has no more; Linux asks the limit, and the host will. */
#define MOST_POLLED (1UL << 20)

/* False also if the array cannot be read: the host says so. */
static bool any_kept(uintptr_t upolled, unsigned long n)
{
	struct polled some[AT_A_TIME];

	for (unsigned long at = 0, m; at < n; at += m) {
		m = n - at < AT_A_TIME ? n - at : AT_A_TIME;
		if (fx_umem_copy_in(some, upolled + at * sizeof(some[0]), m * sizeof(some[0])) < 0)
			return false;
		for (unsigned long i = 0; i < m; i++)
			if (fx_fd_kept(some[i].fd))
				return true;
	}
	return false;
}

long fx_poll_copy_make(struct fx_poll_copy *p, uintptr_t upolled, unsigned long n)
{
	struct polled *copy;
	long r;

	*p = (struct fx_poll_copy){.at = upolled, .guest = upolled};
	if (!n || n > MOST_POLLED || !any_kept(upolled, n))
		return 0;
	r = fx_host(__NR_mmap, 0, n * sizeof(*copy), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (r < 0 && r > -4096)
		return r;
	p->at = (uintptr_t)r;
	p->size = n * sizeof(*copy);
	copy = (struct polled *)p->at;
	if (fx_umem_copy_in(copy, upolled, p->size) < 0) {
		fx_host(__NR_munmap, p->at, p->size);
		return -EFAULT;
	}
	for (unsigned long i = 0; i < n; i++)
		if (fx_fd_kept(copy[i].fd))
			copy[i].fd = NEVER;
	return 0;
}

long fx_poll_copy_end(const struct fx_poll_copy *p, long r)
{
	const struct polled *copy = (const struct polled *)p->at;

	if (!p->size)
		return r;
	for (size_t i = 0; r >= 0 && i < p->size / sizeof(*copy); i++) {
		uintptr_t at = p->guest + i * sizeof(*copy) + offsetof(struct polled, revents);

		if (fx_umem_copy_out(at, &copy[i].revents, sizeof(copy[i].revents)) < 0)
			r = -EFAULT;
	}
	fx_host(__NR_munmap, p->at, p->size);
	return r;
}

static bool kept_in_set(long n, uintptr_t set)
{
	uint64_t word;

	for (int i = 0; set && i < FX_FD_COUNT; i++) {
		uint64_t fd = (uint64_t)(fx_config.fd_base + i);

		if ((long)fd < n && fx_umem_load64(set + fd / 64 * 8, &word) == 0 &&
		    (word >> fd % 64 & 1))
			return true;
	}
	return false;
}

long fx_kept_in_sets(long n, uintptr_t read, uintptr_t write, uintptr_t except)
{
	if (n <= fx_config.fd_base)
		return 0;
	return kept_in_set(n, read) || kept_in_set(n, write) || kept_in_set(n, except) ? -EBADF : 0;
}

struct message { /* struct msghdr */
	uint64_t name, namelen, iov, iovlen, control, controllen;
};

struct control { /* struct cmsghdr */
	uint64_t length;
	int32_t level, type;
};

static bool kept_among(uintptr_t at, uint64_t length)
{
	uint32_t fd;

	for (; length >= sizeof(fd); at += sizeof(fd), length -= sizeof(fd)) {
		if (fx_umem_load32(at, &fd) < 0)
			return false;
		if (fx_fd_kept((int)fd))
			return true;
	}
	return false;
}

long fx_kept_in_message(uintptr_t umessage)
{
	struct message m;
	struct control c;
	uint64_t at = 0, step;

	if (fx_umem_copy_in(&m, umessage, sizeof(m)) < 0 || !m.control)
		return 0;
	while (at + sizeof(c) <= m.controllen &&
	       fx_umem_copy_in(&c, m.control + at, sizeof(c)) == 0 && c.length >= sizeof(c) &&
	       c.length <= m.controllen - at) {
		if (c.level == SOL_SOCKET && c.type == SCM_RIGHTS &&
		    kept_among(m.control + at + sizeof(c), c.length - sizeof(c)))
			return -EBADF;
		step = (c.length + 7) & ~7UL;
		at += step;
	}
	return 0;
}
