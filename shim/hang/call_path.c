/* SPDX-License-Identifier: MIT */
#include "shim/hang/call_path.h"

#include "shim/audit/log.h"
#include "shim/base/mem.h"
#include "shim/hang/text_ranges.h"
#include "shim/memory/umem.h"
#include "shim/threads/guest_registers.h"
#include "shim/threads/thread.h"

#define SLICE 8192 /* bytes of the stack */
#define PIECE 4096 /* of a record: as base64 with what else is in it they fit a line */
#define CHUNK 1024 /* read at a time, and aligned: the stack may end behind any page */
#define TOLD  2048 /* power of two */
#define TRIED 16

/* Numbers of paths that were told. */
static uint64_t told[TOLD];

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

/* Of all that looks like a return address, with its place; and how far the stack can be read. */
static uint64_t number_of(const struct fx_guest_registers *regs, size_t *length)
{
	uint64_t h = mix(0, regs->rip), word[CHUNK / 8];
	const struct fx_text_ranges *texts = fx_text_ranges_now();

	for (*length = 0; *length < SLICE;) {
		uintptr_t at = (regs->rsp & ~7UL) + *length;
		size_t n = CHUNK - at % CHUNK;

		if (fx_umem_copy_in(word, at, n) < 0)
			break;
		for (size_t i = 0; i < n / 8; i++)
			if (fx_text_ranges_have(texts, word[i]))
				h = mix(mix(h, word[i]), *length + i * 8);
		*length += n;
	}
	return h ? h : 1;
}

/* True: it is the caller's to tell. *number becomes 0 where there is no room. */
static bool claim(uint64_t *number)
{
	for (unsigned i = 0; i < TRIED; i++) {
		uint64_t seen = 0, *slot = &told[(*number + i) % TOLD];

		if (__atomic_compare_exchange_n(slot, &seen, *number, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
		if (seen == *number)
			return false;
	}
	*number = 0;
	return false;
}

static void put_registers(struct fx_text *x, const struct fx_guest_registers *regs)
{
	const struct {
		const char *name;
		uint64_t value;
	} kept[] = {{"rip", regs->rip}, {"rsp", regs->rsp}, {"rbp", regs->rbp}, {"rbx", regs->rbx},
		    {"r12", regs->r12}, {"r13", regs->r13}, {"r14", regs->r14}, {"r15", regs->r15}};

	fx_text_put(x, ",\"registers\":{");
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		fx_text_put(x, i ? ",\"" : "\"");
		fx_text_put(x, kept[i].name);
		fx_text_put(x, "\":\"");
		fx_text_hex(x, kept[i].value);
		fx_text_char(x, '"');
	}
	fx_text_char(x, '}');
}

/* What is read may lie behind in the same buffer: three bytes become four. */
static void put_base64(struct fx_text *x, const unsigned char *from, size_t n)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)from[i] << 16 |
			     (i + 1 < n ? (uint32_t)from[i + 1] << 8 : 0) |
			     (i + 2 < n ? from[i + 2] : 0);

		x->buf[x->len++] = digit[v >> 18];
		x->buf[x->len++] = digit[v >> 12 & 63];
		x->buf[x->len++] = i + 1 < n ? digit[v >> 6 & 63] : '=';
		x->buf[x->len++] = i + 2 < n ? digit[v & 63] : '=';
	}
}

static void tell_piece(const struct fx_thread *t, uint64_t number,
		       const struct fx_guest_registers *regs, size_t from, size_t n)
{
	uintptr_t at = (regs->rsp & ~7UL) + from;
	char line[FX_LOG_LINE];
	unsigned char *raw = (unsigned char *)line + sizeof(line) - n;
	struct fx_text x;

	fx_log_begin(&x, line, "stack");
	fx_json_int(&x, "tid", t->host_tid);
	fx_json_hex(&x, "stack", number);
	if (!from)
		put_registers(&x, regs);
	fx_json_hex(&x, "at", at);
	fx_text_put(&x, ",\"bytes\":\"");
	if (fx_umem_copy_in(raw, at, n) == 0)
		put_base64(&x, raw, n);
	x.buf[x.len++] = '"';
	fx_log_end(&x);
}

uint64_t fx_call_path_tell(const struct fx_thread *t, const struct fx_call *c)
{
	struct fx_guest_registers regs;
	uint64_t number;
	size_t length;

	fx_text_ranges_look();
	fx_guest_registers_of_call(c, &regs);
	number = number_of(&regs, &length);
	if (!claim(&number))
		return number;
	for (size_t from = 0; from == 0 || from < length; from += PIECE)
		tell_piece(t, number, &regs, from, length - from < PIECE ? length - from : PIECE);
	return number;
}

void fx_call_path_after_fork(void)
{
	memset(told, 0, sizeof(told));
	fx_text_ranges_after_fork();
}
