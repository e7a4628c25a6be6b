/* SPDX-License-Identifier: MIT */
/* Reads the code of a busy call site: what patches it shows. */
#include <sys/mman.h>

#include "guest-progs/site.h"

static void show(const struct site_code *code)
{
	int fd = site_file(code->getppid);
	const unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	need(page != MAP_FAILED);
	say("calls", site_wrong((site_function *)(page + SITE_OFFSET), getppid()));
	printf("the site begins with %02x\n", page[SITE_OFFSET]);
	printf("its call begins with %02x\n", page[SITE_OFFSET + code->syscall]);
}

int main(void)
{
	for (int i = 0; i < SITE_CODES; i++)
		show(&site_codes[i]);
	return 0;
}
