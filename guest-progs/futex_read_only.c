/* SPDX-License-Identifier: MIT */
/*
 * Read-only words without FUTEX_PRIVATE_FLAG: EFAULT in anonymous memory, since
 * such a page never changes; fine in that of a file.
 */
#include <sys/mman.h>

#include "guest-progs/futex.h"

static const uint32_t constant = 3;

int main(void)
{
	static const struct timespec zero;
	uint32_t *word = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(word != MAP_FAILED);
	say("wait", futex(word, FUTEX_WAIT, 0, &zero, NULL, 0));
	say("wait, other value", futex(word, FUTEX_WAIT, 1, &zero, NULL, 0));
	say("wake", futex(word, FUTEX_WAKE, 1, NULL, NULL, 0));
	say("constant, wait", futex(&constant, FUTEX_WAIT, 3, &zero, NULL, 0));
	say("constant, wake", futex(&constant, FUTEX_WAKE, 3, NULL, NULL, 0));
	return 0;
}
