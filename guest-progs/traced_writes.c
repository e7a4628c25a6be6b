/* SPDX-License-Identifier: MIT */
/* Writes to standard error between futex calls, each with the same number. */
#include <linux/futex.h>
#include <stdint.h>

#include "guest-progs/guest.h"

int main(void)
{
	uint32_t word = 0;
	char line[32];

	for (int i = 1; i <= 100; i++) {
		int n = snprintf(line, sizeof(line), "program %d\n", i);

		syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, i, NULL, NULL, 0);
		need(write(STDERR_FILENO, line, (size_t)n) == n);
	}
	return 0;
}
