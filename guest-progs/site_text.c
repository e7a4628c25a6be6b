/* SPDX-License-Identifier: MIT */
/* Reads the code of a busy call site: what patches it shows. */
#include <sys/mman.h>

#include "guest-progs/site.h"

int main(void)
{
	int fd = site_file(site_getppid, sizeof(site_getppid));
	void *page = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	need(page != MAP_FAILED);
	say("calls", site_wrong(site_at(page), getppid()));
	printf("the site begins with %02x\n", ((unsigned char *)page)[SITE_OFFSET]);
	printf("it ends with %02x %02x\n", ((unsigned char *)page)[SITE_OFFSET + SITE_SYSCALL],
	       ((unsigned char *)page)[SITE_OFFSET + SITE_SYSCALL + 1]);
	return 0;
}
