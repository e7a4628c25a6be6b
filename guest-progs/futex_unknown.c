/* SPDX-License-Identifier: MIT */
/* Operations and flag bits that Linux does not know. They are refused without a record. */
#include "guest-progs/futex.h"

int main(void)
{
	static const int ops[] = {2, 14, 15, 64, 127, 3 | 512, 1 | 1024, 1 | 0x40000000};
	uint32_t word = 0;
	char what[32];

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		snprintf(what, sizeof(what), "operation %#x", (unsigned)ops[i]);
		say(what, futex(&word, ops[i], 0, NULL, &word, 0));
	}
	return 0;
}
