/* SPDX-License-Identifier: MIT */
/* Call sites that are used often enough to be patched, if anything patches them. */
#ifndef GUEST_PROGS_SITE_H
#define GUEST_PROGS_SITE_H

#include <stdint.h>

#include "guest-progs/guest.h"

enum { SITE_CALLS = 200 };

/* mov $110,%eax; syscall; ret: getppid(2), as code to be put somewhere. */
static const unsigned char site_getppid[] = {0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0xc3};
/* The same for getpid(2). */
static const unsigned char site_getpid[] = {0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3};
/* Where its `syscall` is. */
#define SITE_SYSCALL 5
/* Code that is looked at before a site; so that there is some. */
#define SITE_OFFSET 64

typedef long site_function(void);

/* How many of SITE_CALLS calls answer something else. */
static inline int site_wrong(site_function *call, long right)
{
	int wrong = 0;

	for (int i = 0; i < SITE_CALLS; i++)
		wrong += call() != right;
	return wrong;
}

/* A file of a page with this code at SITE_OFFSET; its descriptor. */
static inline int site_file(const unsigned char *code, size_t size)
{
	char path[] = "/tmp/site_XXXXXX";
	unsigned char page[4096];
	int fd = mkstemp(path);

	memset(page, 0x90, sizeof(page));
	memcpy(page + SITE_OFFSET, code, size);
	need(fd >= 0 && unlink(path) == 0 && write(fd, page, sizeof(page)) == sizeof(page));
	return fd;
}

static inline site_function *site_at(void *page)
{
	return (site_function *)((uintptr_t)page + SITE_OFFSET);
}

#endif
