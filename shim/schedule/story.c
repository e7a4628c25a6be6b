/* SPDX-License-Identifier: MIT */
#include "shim/schedule/story.h"

#include <linux/fcntl.h>
#include <stdbool.h>

#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/proc_file.h"
#include "shim/base/text.h"
#include "shim/memory/umem.h"
#include "shim/threads/guest_registers.h"
#include "shim/threads/thread.h"

#define WORDS_MOST 256 /* of a stack, that are looked at */
#define CALLERS	   3   /* of a static program some are the C library's */

static uintptr_t text_start, text_end; /* of the program's file, as mapped to be executed */
static uintptr_t stack;		       /* fx_story_stack; 0: that of the call */

static uintptr_t hex(const char **at)
{
	uintptr_t value = 0;

	for (;; ++*at) {
		const char c = **at;

		if (c >= '0' && c <= '9')
			value = value * 16 + (uintptr_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (uintptr_t)(c - 'a' + 10);
		else
			return value;
	}
}

/* A line of the maps: "START-END r-xp OFFSET DEVICE INODE PATH". */
static void look_for_text(const char *line, const char *end)
{
	const size_t length = fx_strlen(fx_guest_exe);
	const char *at = line;
	uintptr_t from, to;

	if ((size_t)(end - line) < length + 20 || end[-(long)length - 1] != ' ' ||
	    memcmp(end - length, fx_guest_exe, length) != 0)
		return;
	from = hex(&at);
	at++;
	to = hex(&at);
	if (at + 4 >= end || at[3] != 'x')
		return;
	if (!text_start)
		text_start = from;
	text_end = to;
}

uint64_t fx_story_maps(char *room, uint64_t size)
{
	const long fd = fx_host(__NR_openat, AT_FDCWD, FX_PROC_MAPS, O_RDONLY | O_CLOEXEC, 0);
	uint64_t length = 0;
	const char *line = room;
	long n = 0;

	if (fd < 0)
		return 0;
	while (length < size && (n = fx_host(__NR_read, fd, room + length, size - length)) > 0)
		length += (uint64_t)n;
	fx_host(__NR_close, fd);
	text_start = text_end = 0;
	for (const char *at = room; at < room + length; at++) {
		if (*at != '\n')
			continue;
		look_for_text(line, at);
		line = at + 1;
	}
	return length;
}

/* The length of a call by a register or a word in memory, without prefixes; 0: it is none. */
static int length_of_call(const uint8_t *code)
{
	const int mod = code[1] >> 6, rm = code[1] & 7;

	if (code[0] != 0xff || (code[1] & 0x38) != 0x10)
		return 0;
	return 2 + (mod != 3 && rm == 4) +
	       (mod == 1			    ? 1
		: mod == 2 || (mod == 0 && rm == 5) ? 4
						    : 0);
}

/* Whether a call ends where the address is: of a fixed place, or of another. */
static bool is_behind_call(uintptr_t address)
{
	uint8_t code[7];

	if (address < text_start + sizeof(code) || address > text_end ||
	    fx_umem_copy_in(code, address - sizeof(code), sizeof(code)) < 0)
		return false;
	if (code[2] == 0xe8)
		return true;
	for (int i = 0; i < 6; i++) {
		if (length_of_call(code + i) == 7 - i)
			return true;
	}
	return false;
}

void fx_story_stack(uintptr_t rsp)
{
	stack = rsp;
}

/* Of a call, what it was made with. */
static uintptr_t stack_of(const struct fx_thread *t)
{
	struct fx_guest_registers regs;
	const uintptr_t at = stack;

	stack = 0;
	if (at || !t->call)
		return at;
	memset(&regs, 0, sizeof(regs));
	fx_guest_registers_of_call(t->call, &regs);
	return regs.rsp;
}

void fx_story_text(uintptr_t start, uintptr_t end)
{
	text_start = start;
	text_end = end;
}

uint32_t fx_story_place(const struct fx_thread *t)
{
	const uintptr_t rsp = stack_of(t);
	uint64_t word, sum = 0;
	int found = 0;

	for (int i = 0; rsp && found < CALLERS && i < WORDS_MOST; i++) {
		if (fx_umem_load64(rsp + 8 * (uintptr_t)i, &word) < 0)
			break;
		if (!is_behind_call(word))
			continue;
		sum = (sum ^ word) * 0x9e3779b97f4a7c15ULL;
		found++;
	}
	return (uint32_t)(sum >> 32);
}

uint64_t fx_story_caller(const struct fx_thread *t, uintptr_t ip)
{
	const uintptr_t rsp = stack_of(t);
	uint64_t word;

	if (!text_start)
		return 0;
	if (ip >= text_start && ip < text_end)
		return ip + 1;
	for (int i = 0; rsp && i < WORDS_MOST; i++) {
		if (fx_umem_load64(rsp + 8 * (uintptr_t)i, &word) < 0)
			return 0;
		if (is_behind_call(word))
			return word;
	}
	return 0;
}
