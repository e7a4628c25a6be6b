/* SPDX-License-Identifier: MIT */
/* Call sites that are used often enough to be patched, if anything patches them. */
#ifndef GUEST_PROGS_SITE_H
#define GUEST_PROGS_SITE_H

#include <stdint.h>

#include "guest-progs/guest.h"

enum { SITE_CALLS = 200 };

/* Two functions with a site, as code to be put somewhere; each begins with mov $NR,%eax. */
struct site_code {
	const char *name;
	unsigned char getppid[16];
	unsigned char getpid[16];
	int syscall; /* where it is */
};

static const struct site_code site_codes[] = {
	/* mov; syscall; ret: what may be patched is before the `syscall` */
	{"before",
	 {0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0xc3},
	 {0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3},
	 5},
	/* mov; nop; syscall; mov %rax,%rdx; ret: behind it */
	{"behind",
	 {0xb8, 110, 0, 0, 0, 0x90, 0x0f, 0x05, 0x48, 0x89, 0xc2, 0xc3},
	 {0xb8, 39, 0, 0, 0, 0x90, 0x0f, 0x05, 0x48, 0x89, 0xc2, 0xc3},
	 6},
};

enum { SITE_CODES = sizeof(site_codes) / sizeof(site_codes[0]) };

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
static inline int site_file(const unsigned char code[16])
{
	char path[] = "/tmp/site_XXXXXX";
	unsigned char page[4096];
	int fd = mkstemp(path);

	memset(page, 0x90, sizeof(page));
	memcpy(page + SITE_OFFSET, code, 16);
	need(fd >= 0 && unlink(path) == 0 && write(fd, page, sizeof(page)) == sizeof(page));
	return fd;
}

static inline site_function *site_at(void *page)
{
	return (site_function *)((uintptr_t)page + SITE_OFFSET);
}

#endif
