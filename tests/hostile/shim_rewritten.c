/* SPDX-License-Identifier: MIT */
/* Makes the shim's code writable, puts a call of its own there, and writes to a file with it. */
#include <sys/mman.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	/* syscall; ret, on a page that was the shim's. */
	static const unsigned char code[] = {0x0f, 0x05, 0xc3};
	uintptr_t place = gate ? gate : find_gate();

	if (place && attempt(SYS_mprotect, place & ~0xfffUL, 4096,
			     PROT_READ | PROT_WRITE | PROT_EXEC) == 0) {
		memcpy((void *)place, code, sizeof(code));
		gate = place;
		jumps = true;
	}
	return write_target();
}
