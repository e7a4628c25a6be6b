/* SPDX-License-Identifier: MIT */
/*
 * Threads make calls without a pause from the site that has become busy last, while the next one
 * does: wherever they are in what stands in place of the call, its neighbour is being written.
 */
#include <stdatomic.h>
#include <sys/mman.h>

#include "guest-progs/guest.h"

enum { SITES = 600, STRIDE = 64, SITE_AT = 40, CALLS = 40, THREADS = 2 };

typedef long site_fn(void);

static unsigned char *code;
static atomic_int busy; /* the site that was the last to become so; SITES: all have */

static site_fn *site_nth(int i)
{
	unsigned char *at = code + (size_t)i * STRIDE + SITE_AT;
	site_fn *call;

	memcpy(&call, &at, sizeof(call));
	return call;
}

static void map_code(void)
{
	/* mov $110 (getppid),%eax; syscall; ret */
	static const unsigned char site[] = {0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0xc3};
	int fd = memfd_create("sites", MFD_CLOEXEC);
	unsigned char stride[STRIDE];

	/* What is before a site is looked at: nop. */
	memset(stride, 0x90, sizeof(stride));
	memcpy(stride + SITE_AT, site, sizeof(site));
	for (int i = 0; i < SITES; i++)
		need(write(fd, stride, sizeof(stride)) == sizeof(stride));
	code = mmap(NULL, SITES * STRIDE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	need(code != MAP_FAILED);
	close(fd);
}

static void *make_calls(void *parent)
{
	long wrong = 0;
	int i;

	while ((i = atomic_load_explicit(&busy, memory_order_relaxed)) < SITES)
		wrong += site_nth(i)() != (long)(intptr_t)parent;
	return (void *)wrong;
}

int main(void)
{
	pthread_t thread[THREADS];
	long parent = getppid(), wrong = 0;

	map_code();
	for (int i = 0; i < CALLS; i++)
		wrong += site_nth(0)() != parent;
	for (int i = 0; i < THREADS; i++)
		thread[i] = start_thread(make_calls, (void *)(intptr_t)parent);
	for (int i = 1; i < SITES; i++) {
		for (int n = 0; n < CALLS; n++)
			wrong += site_nth(i)() != parent;
		atomic_store(&busy, i);
	}
	atomic_store(&busy, SITES);
	for (int i = 0; i < THREADS; i++) {
		void *of_thread;

		need(pthread_join(thread[i], &of_thread) == 0);
		wrong += (long)of_thread;
	}
	say("wrong", wrong);
	return 0;
}
