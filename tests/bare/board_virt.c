/* SPDX-License-Identifier: MIT */
/* qemu-system-aarch64 -M virt: a PL011, PSCI by HVC, semihosting. */
#include "tests/bare/board.h"

#define UART		((volatile uint32_t *)0x09000000)
#define UART_DATA	0
#define UART_FLAGS	(0x18 / 4)
#define UART_FULL	0x20

#define PSCI_CPU_ON	0xc4000003U

#define SYS_GET_CMDLINE 0x15
#define SYS_EXIT	0x18
#define STOPPED_EXIT	0x20026

/* boot_aarch64.S */
extern char board_secondary[];
int64_t board_hvc(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
int64_t board_semihosting(uint64_t operation, void *block);

void board_put(char c)
{
	while (UART[UART_FLAGS] & UART_FULL)
		;
	UART[UART_DATA] = (uint32_t)(unsigned char)c;
}

const char *board_command_line(void)
{
	static char line[256];
	uint64_t block[2] = {(uintptr_t)line, sizeof(line)};

	return board_semihosting(SYS_GET_CMDLINE, block) == 0 ? line : "";
}

unsigned board_start_cores(void)
{
	unsigned n = 1;

	/* The id of a core is its number; PSCI refuses the first that is not there. */
	while (board_hvc(PSCI_CPU_ON, n, (uintptr_t)board_secondary, n) == 0)
		n++;
	return n;
}

void board_exit(int status)
{
	uint64_t block[2] = {STOPPED_EXIT, (uint64_t)status};

	board_semihosting(SYS_EXIT, block);
	for (;;)
		;
}
