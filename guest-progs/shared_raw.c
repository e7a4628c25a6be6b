/* SPDX-License-Identifier: MIT */
/* futex(2) on memory that other processes can map: three wakes from one place, and a wait. */
#include <sys/mman.h>

#include "guest-progs/futex.h"

int main(void)
{
	uint32_t *word =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	need(word != MAP_FAILED);
	for (int i = 0; i < 3; i++)
		say("wake", futex(word, FUTEX_WAKE, 1, NULL, NULL, 0));
	say("wait", futex(word, FUTEX_WAIT, 1, NULL, NULL, 0));
	say("private wait", futex(word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0));
	say("private wake", futex(word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	return 0;
}
