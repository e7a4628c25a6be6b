/* SPDX-License-Identifier: MIT */
/* The program tries to map, unmap, protect and move over what lies at 0x70000000, and goes on. */
#include <sys/mman.h>

#include "guest-progs/guest.h"

int main(void)
{
	char *theirs = (char *)0x70000000;
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(page != MAP_FAILED);
	say("munmap", munmap(theirs, 4096));
	say("munmap of much", munmap((void *)0x60000000, 0x20000000));
	say("mprotect", mprotect(theirs, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
	say("mmap over", mmap(theirs, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			      0) == MAP_FAILED
				 ? -1
				 : 0);
	say("mremap from", mremap(theirs, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	say("mremap onto",
	    mremap(page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, theirs) == MAP_FAILED ? -1 : 0);
	say("madvise", madvise(theirs, 4096, MADV_DONTNEED));
	printf("still here\n");
	return 0;
}
