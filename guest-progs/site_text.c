/* SPDX-License-Identifier: MIT */
/* Reads the code of busy call sites: what patches them shows. */
#include <sys/mman.h>

#include "guest-progs/site.h"

enum { JUMPS = 2000 };

static void show(const char *what, const struct site_code *code, const unsigned char *page)
{
	printf("%s:\n", what);
	printf("the site begins with %02x\n", page[SITE_OFFSET]);
	printf("its call begins with %02x\n", page[SITE_OFFSET + code->syscall]);
}

/* To what is behind the call, and not from there. */
static void jump_behind(const unsigned char *behind)
{
	for (int i = 0; i < JUMPS; i++) {
		long result = 1;

		__asm__ volatile("call *%1" : "+a"(result) : "r"(behind) : "rdx", "memory");
		need(result == 1);
	}
}

static void look_at(const struct site_code *code)
{
	int fd = site_file(code->getppid);
	const unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	site_function *call = (site_function *)(page + SITE_OFFSET);

	need(page != MAP_FAILED);
	need(site_wrong(call, getppid()) == 0);
	show("busy", code, page);
	jump_behind(page + SITE_OFFSET + code->syscall + 2);
	show("jumped behind", code, page);
	need(site_wrong(call, getppid()) == 0);
}

int main(void)
{
	for (int i = 0; i < SITE_CODES; i++)
		look_at(&site_codes[i]);
	return 0;
}
