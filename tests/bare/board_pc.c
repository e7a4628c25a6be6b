/* SPDX-License-Identifier: MIT */
/* qemu-system-x86_64 -M q35: a 16550, fw_cfg, local APICs, isa-debug-exit. */
#include <string.h>

#include "manager/platform_bare/cpu_x86_64.h"
#include "tests/bare/board.h"

#define SERIAL		0x3f8
#define SERIAL_STATUS	(SERIAL + 5)
#define SERIAL_EMPTY	0x20

#define FW_CFG_SELECT	0x510
#define FW_CFG_DATA	0x511
#define FW_CFG_NB_CPUS	5

#define DEBUG_EXIT	0xf4

#define PIC_FIRST_MASK	0x21
#define PIC_SECOND_MASK 0xa1

/* The interval timer's channel 2, which can be waited for without an interrupt. */
#define PIT_CHANNEL   0x42
#define PIT_MODE      0x43
#define PIT_GATE      0x61
#define PIT_OUT	      0x20
#define PIT_HZ	      1193182

#define APIC	      ((volatile uint32_t *)0xfee00000)
#define APIC_SPURIOUS (0x0f0 / 4)
#define APIC_COMMAND  (0x300 / 4)
#define APIC_COUNT    (0x380 / 4)
#define APIC_LEFT     (0x390 / 4)
#define APIC_DIVIDE   (0x3e0 / 4)

/* To all cores but this one. */
#define ALL_INIT       0xc4500
#define ALL_SIPI       0xc4600

#define BOARD_AP_PAGE  0x8000
#define CODE	       0x08
#define INTERRUPT_GATE 0x8e00
#define VECTORS	       256
#define EXCEPTIONS     32

/* boot_x86_64.S */
extern char board_ap[], board_ap_end[];
extern uint32_t board_start_info;
extern uint32_t board_cores; /* atomic */
void board_exception_entry(void);

struct gate {
	uint16_t low, selector, flags, middle;
	uint32_t high, zero;
};

static struct gate idt[VECTORS];

struct __attribute__((packed)) {
	uint16_t limit;
	uint64_t base;
} board_idt_pointer = {sizeof(idt) - 1, (uint64_t)idt};

static void out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

static uint64_t tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

void board_put(char c)
{
	while (!(in8(SERIAL_STATUS) & SERIAL_EMPTY))
		;
	out8(SERIAL, (uint8_t)c);
}

/* qemu's PVH hands on what is behind -append; the program's own word is for us to add. */
const char *board_command_line(void)
{
	static char line[256] = "bare ";
	const char *from;
	size_t n = 5;

	/* struct hvm_start_info: the address of the command line is its fifth field. */
	from = (const char *)*(const uint64_t *)((uintptr_t)board_start_info + 24);
	while (from && *from && n < sizeof(line) - 1)
		line[n++] = *from++;
	return line;
}

static void set_gate(unsigned vector, void (*handler)(void))
{
	uint64_t address = (uint64_t)handler;

	idt[vector] = (struct gate){
		(uint16_t)address,	   CODE, INTERRUPT_GATE, (uint16_t)(address >> 16),
		(uint32_t)(address >> 32), 0};
}

/* A fiftieth of a second. */
static void measure_clocks(void)
{
	const unsigned count = PIT_HZ / 50;
	uint64_t begin;

	APIC[APIC_SPURIOUS] = 0x1ff;
	APIC[APIC_DIVIDE] = 0xb;
	out8(PIT_GATE, 0);
	out8(PIT_MODE, 0xb0); /* channel 2, low byte then high, out goes up at the end */
	out8(PIT_CHANNEL, count & 0xff);
	out8(PIT_CHANNEL, count >> 8);
	APIC[APIC_COUNT] = UINT32_MAX;
	out8(PIT_GATE, 1);
	begin = tsc();
	while (!(in8(PIT_GATE) & PIT_OUT))
		;
	fx_bare_cpu_set_hz((tsc() - begin) * 50, (uint64_t)(UINT32_MAX - APIC[APIC_LEFT]) * 50);
	APIC[APIC_COUNT] = 0;
}

static unsigned all_cores(void)
{
	unsigned n;

	out16(FW_CFG_SELECT, FW_CFG_NB_CPUS);
	n = in8(FW_CFG_DATA);
	return n | (unsigned)in8(FW_CFG_DATA) << 8;
}

unsigned board_start_cores(void)
{
	const unsigned n = all_cores();

	for (unsigned i = 0; i < VECTORS; i++)
		set_gate(i, i < EXCEPTIONS ? board_exception_entry : fx_bare_interrupt);
	/* What the firmware has left on in the old interrupt controllers. */
	out8(PIC_FIRST_MASK, 0xff);
	out8(PIC_SECOND_MASK, 0xff);
	measure_clocks();
	memcpy((void *)BOARD_AP_PAGE, board_ap, (size_t)(board_ap_end - board_ap));
	APIC[APIC_COMMAND] = ALL_INIT;
	APIC[APIC_COMMAND] = ALL_SIPI | BOARD_AP_PAGE >> 12;
	while (__atomic_load_n(&board_cores, __ATOMIC_ACQUIRE) < n)
		__asm__ volatile("pause");
	return n;
}

/* qemu's own status is 2 * what is written + 1: 0 cannot be said, so 16 means it. */
void board_exit(int status)
{
	for (;;)
		out8(DEBUG_EXIT, (uint8_t)(status == 0 ? 16 : status));
}
