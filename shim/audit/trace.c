/* SPDX-License-Identifier: MIT */
#include "shim/audit/trace.h"

#include "shim/audit/clock.h"
#include "shim/audit/gather.h"
#include "shim/audit/log.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/decode/decode.h"
#include "shim/decode/decode_names.h"
#include "shim/threads/thread.h"

static bool futex_family(long nr)
{
	return nr == __NR_futex || nr == __NR_futex_waitv || (nr >= 454 && nr <= 456) ||
	       nr == __NR_set_robust_list || nr == __NR_get_robust_list;
}

bool fx_trace_wants(long nr)
{
	return fx_config.trace == FX_TRACE_ALL ||
	       (fx_config.trace == FX_TRACE_FUTEX && futex_family(nr));
}

/* Room for the longest result, and for what a copy of whole words takes too much. */
#define ROOM_BEHIND 200

/* The time is known at the end. Its place is wide enough until 2286; JSON has spaces there. */
#define CALL_BEGIN "{\"type\":\"call\",\"time_us\":"
#define TIME_AT	   (sizeof(CALL_BEGIN) - 1)
#define TIME_WIDTH 16

static void put_record_head(struct fx_text *x, const struct fx_thread *t, long nr)
{
	fx_text_put(x, CALL_BEGIN "                ,\"pid\":");
	fx_text_udec(x, (uint64_t)t->pid);
	fx_text_put(x, ",\"tid\":");
	fx_text_udec(x, t->host_tid);
	fx_text_put(x, ",\"nr\":");
	fx_text_dec(x, nr);
	fx_text_put(x, ",\"name\":\"");
	fx_decode_name(x, nr);
	fx_text_put(x, "\",\"args\":\"");
}

static void put_text_head(struct fx_text *x, const struct fx_thread *t, long nr)
{
	fx_text_char(x, '[');
	fx_text_udec(x, t->host_tid);
	fx_text_put(x, "] ");
	fx_decode_name(x, nr);
	fx_text_char(x, '(');
}

static void put_head(struct fx_text *x, struct fx_thread *t, long nr)
{
	struct fx_gather_buffer *g = &t->gather;
	struct fx_text head;

	if (!g->head_length || g->head_nr != nr) {
		fx_text_init(&head, g->head, sizeof(g->head));
		if (fx_config.log)
			put_record_head(&head, t, nr);
		else
			put_text_head(&head, t, nr);
		g->head_length = (uint32_t)head.len;
		g->head_nr = nr;
	}
	fx_text_put_n(x, g->head, g->head_length);
}

/* They mostly have nothing to escape, and it is quicker to look once than at each piece. */
static __attribute__((noinline)) void escape_args(struct fx_text *x, size_t from)
{
	char args[FX_TRACE_ARGS];
	size_t n = x->len - from;

	memcpy(args, x->buf + from, n);
	x->len = from;
	x->size = FX_TRACE_LINE - ROOM_BEHIND;
	x->escape = true;
	fx_text_put_n(x, args, n);
	x->escape = false;
}

void fx_trace_begin(struct fx_trace_line *l, const struct fx_call *c)
{
	struct fx_text *x = &l->x;
	size_t args;

	l->tid = fx_thread_self()->host_tid;
	l->is_begun = false;
	l->begin_us = fx_config.log ? fx_log_now() : 0;
	fx_text_init(x, l->buf, sizeof(l->buf));
	put_head(x, fx_thread_self(), c->nr);
	args = x->len;
	x->size = args + FX_TRACE_ARGS;
	fx_decode_args(x, c);
	if (fx_config.log && fx_text_plain(x->buf + args, x->len - args) != x->len - args)
		escape_args(x, args);
	x->size = sizeof(l->buf);
}

/* What a call has not answered yet, or never will; no errno has these values. */
#define NO_RESULT  (-4096L)
#define UNFINISHED (-4097L)

static void put_result(struct fx_text *x, const struct fx_call *c, long result)
{
	if (result == -FX_EBAIL)
		fx_text_put(x, "? (interrupted, to be begun anew)");
	else if (result == NO_RESULT)
		fx_text_char(x, '?');
	else if (result == UNFINISHED)
		fx_text_put(x, "? <unfinished>");
	else
		fx_decode_result(x, c, result);
}

static void put_time(char *at, uint64_t us)
{
	char digits[48];
	struct fx_text x;

	fx_text_init(&x, digits, sizeof(digits));
	fx_text_udec(&x, us);
	if (x.len == TIME_WIDTH)
		__builtin_memcpy(at, digits, TIME_WIDTH);
	else if (x.len < TIME_WIDTH)
		memcpy(at + TIME_WIDTH - x.len, digits, x.len);
}

static void end_record(struct fx_trace_line *l, struct fx_text *x, const struct fx_call *c,
		       long result, int64_t now_us)
{
	const char *error = result < 0 && result > -4096 ? fx_errno_name((int)-result) : NULL;

	put_time(l->buf + TIME_AT, (uint64_t)fx_clock_wall_us(now_us));
	fx_text_char(x, '"');
	if (result != -FX_EBAIL && result != NO_RESULT) {
		fx_text_put(x, ",\"result\":");
		fx_text_dec(x, result);
		if (error) {
			fx_text_put(x, ",\"errno\":\"");
			fx_text_put(x, error);
			fx_text_char(x, '"');
		}
		fx_text_put(x, ",\"took_us\":");
		fx_text_dec(x, now_us - l->begin_us);
	}
	fx_text_put(x, ",\"address\":\"");
	fx_text_hex(x, c->site);
	fx_text_put(x, "\"}");
}

static void write_line(struct fx_trace_line *l, const struct fx_call *c, long result)
{
	struct fx_thread *t = fx_thread_self();
	int64_t now_us = fx_config.log || t->gather.buf ? fx_log_now() : 0;
	struct fx_text x = l->x;

	if (fx_config.log) {
		end_record(l, &x, c, result, now_us);
	} else {
		fx_text_put(&x, ") = ");
		put_result(&x, c, result);
		if (l->is_begun && result != UNFINISHED)
			fx_text_put(&x, " <resumed>");
	}
	x.buf[x.len++] = '\n';
	if (t->gather.buf)
		fx_gather_put(t, x.buf, x.len, now_us);
	else
		fx_log_write_line(fx_fd(fx_config.log ? FX_FD_LOG : FX_FD_REPORT), x.buf, x.len);
}

bool fx_trace_may_not_return(const struct fx_call *c)
{
	return c->nr == __NR_exit || c->nr == __NR_exit_group || c->nr == __NR_execve ||
	       c->nr == __NR_execveat;
}

void fx_trace_no_return(struct fx_trace_line *l, const struct fx_call *c)
{
	write_line(l, c, NO_RESULT);
}

void fx_trace_sleeps(struct fx_trace_line *l, const struct fx_call *c)
{
	if (fx_config.log || l->is_begun)
		return;
	l->is_begun = true;
	write_line(l, c, UNFINISHED);
}

void fx_trace_end(struct fx_trace_line *l, const struct fx_call *c, long result)
{
	struct fx_thread *t = fx_thread_self();

	/* Of a forked child, which has begun the call as its parent. */
	if (l->tid != t->host_tid) {
		int64_t begin_us = l->begin_us;

		t->gather.head_length = 0;
		fx_trace_begin(l, c);
		l->begin_us = begin_us;
	}
	write_line(l, c, result);
}
