/* SPDX-License-Identifier: MIT */
#include "shim/audit_calls.h"

#include "shim/audit_log.h"
#include "shim/call.h"
#include "shim/decode.h"
#include "shim/host.h"
#include "shim/mem.h"
#include "shim/text.h"

#define ROOM_FOR_ONE 64 /* `"name":count,` */

/* Relaxed: each is a number on its own. */
static uint64_t calls[FX_CALLS_MAX];

static void write_used(const struct fx_call *c)
{
	char line[FX_LOG_LINE], part[300];
	struct fx_text x, p;

	fx_log_begin(&x, line, "used");
	fx_json_int(&x, "tid", fx_host(__NR_gettid));
	fx_json_int(&x, "nr", c->nr);
	fx_text_init(&p, part, sizeof(part));
	fx_decode_name(&p, c->nr);
	fx_json_str(&x, "name", part);
	fx_text_init(&p, part, sizeof(part));
	fx_log_site(&p, c->site, true);
	fx_json_str(&x, "site", part);
	fx_json_hex(&x, "address", c->site);
	fx_log_end(&x);
}

void fx_calls_count(const struct fx_call *c)
{
	if (c->nr < 0 || c->nr >= FX_CALLS_MAX)
		return;
	__atomic_fetch_add(&calls[c->nr], 1, __ATOMIC_RELAXED);
	if (fx_audit_first_use(c->nr))
		write_used(c);
}

void fx_calls_uncount(const struct fx_call *c)
{
	if (c->nr >= 0 && c->nr < FX_CALLS_MAX)
		__atomic_fetch_sub(&calls[c->nr], 1, __ATOMIC_RELAXED);
}

static void end_record(struct fx_text *x)
{
	fx_text_char(x, '}');
	fx_log_end(x);
}

void fx_calls_write(void)
{
	char line[FX_LOG_LINE], name[64];
	struct fx_text x, p;
	bool open = false;

	for (long nr = 0; nr < FX_CALLS_MAX; nr++) {
		/* Taken, so that the records of all who share this memory add up. */
		int64_t n = (int64_t)__atomic_exchange_n(&calls[nr], 0, __ATOMIC_RELAXED);

		if (n <= 0)
			continue;
		if (!open) {
			fx_log_begin(&x, line, "calls");
			fx_text_put(&x, ",\"calls\":{");
			open = true;
		}
		fx_text_init(&p, name, sizeof(name));
		fx_decode_name(&p, nr);
		fx_json_int(&x, name, n);
		if (x.len + ROOM_FOR_ONE > x.size) {
			end_record(&x);
			open = false;
		}
	}
	if (open)
		end_record(&x);
}

void fx_calls_reset(void)
{
	memset(calls, 0, sizeof(calls));
}
