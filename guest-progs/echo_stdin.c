/* SPDX-License-Identifier: MIT */
/* Copies its input to its output, a byte at a time. */
#include <unistd.h>

int main(void)
{
	char c;

	while (read(0, &c, 1) == 1) {
		if (write(1, &c, 1) != 1)
			return 1;
	}
	return 0;
}
