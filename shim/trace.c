/* SPDX-License-Identifier: MIT */
#include "shim/trace.h"

#include <linux/time.h>

#include "shim/audit.h"
#include "shim/decode.h"
#include "shim/host.h"
#include "shim/process.h"
#include "shim/thread.h"

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

static int64_t now_us(void)
{
	int64_t now[2] = {0, 0};

	fx_host(__NR_clock_gettime, CLOCK_MONOTONIC, now);
	return now[0] * 1000000 + now[1] / 1000;
}

void fx_trace_begin(struct fx_trace_line *l, const struct fx_call *c)
{
	l->begin_us = fx_config.log ? now_us() : 0;
	fx_text_init(&l->args, l->buf, sizeof(l->buf));
	fx_decode_args(&l->args, c);
}

/* What a call has not answered yet, or never will; no errno has this value. */
#define NO_RESULT (-4096L)

static void put_result(struct fx_text *x, const struct fx_call *c, long result)
{
	if (result == -FX_EBAIL)
		fx_text_put(x, "? (interrupted, to be begun anew)");
	else if (result == NO_RESULT)
		fx_text_char(x, '?');
	else
		fx_decode_result(x, c, result);
}

static void text_line(const struct fx_trace_line *l, const struct fx_call *c, long result)
{
	char line[FX_TRACE_ARGS + 200];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_char(&x, '[');
	fx_text_dec(&x, fx_thread_self()->host_tid);
	fx_text_put(&x, "] ");
	fx_decode_name(&x, c->nr);
	fx_text_char(&x, '(');
	fx_text_put(&x, l->buf);
	fx_text_put(&x, ") = ");
	put_result(&x, c, result);
	x.buf[x.len++] = '\n';
	fx_audit_write_line(fx_fd(FX_FD_REPORT), line, x.len);
}

static void write_line(struct fx_trace_line *l, const struct fx_call *c, long result)
{
	if (!fx_config.log)
		text_line(l, c, result);
	else if (result == -FX_EBAIL || result == NO_RESULT)
		fx_audit_log_call(c, l->buf, NULL, -1);
	else
		fx_audit_log_call(c, l->buf, &result, now_us() - l->begin_us);
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

void fx_trace_end(struct fx_trace_line *l, const struct fx_call *c, long result)
{
	write_line(l, c, result);
}
