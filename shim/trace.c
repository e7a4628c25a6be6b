/* SPDX-License-Identifier: MIT */
#include "shim/trace.h"

#include "shim/audit.h"
#include "shim/decode.h"
#include "shim/host.h"
#include "shim/process.h"

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

void fx_trace_begin(struct fx_trace_line *l, const struct fx_call *c)
{
	fx_text_init(&l->args, l->buf, sizeof(l->buf));
	fx_decode_args(&l->args, c);
}

static void text_line(const struct fx_trace_line *l, const struct fx_call *c, long result)
{
	char line[FX_TRACE_ARGS + 200];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_char(&x, '[');
	fx_text_dec(&x, fx_host(__NR_gettid));
	fx_text_put(&x, "] ");
	fx_decode_name(&x, c->nr);
	fx_text_char(&x, '(');
	fx_text_put(&x, l->buf);
	fx_text_put(&x, ") = ");
	if (result == -FX_EBAIL)
		fx_text_put(&x, "? (interrupted, to be begun anew)");
	else
		fx_decode_result(&x, c, result);
	x.buf[x.len++] = '\n';
	fx_audit_write_line(fx_fd(FX_FD_REPORT), line, x.len);
}

static void log_line(const struct fx_trace_line *l, const struct fx_call *c, long result)
{
	char line[6 * FX_TRACE_ARGS + 400], part[100];
	struct fx_text x, p;

	fx_text_init(&x, line, sizeof(line));
	x.buf[x.len++] = '{';
	fx_json_str(&x, "type", "call");
	fx_json_int(&x, "pid", fx_host(__NR_getpid));
	fx_json_int(&x, "tid", fx_host(__NR_gettid));
	fx_json_int(&x, "nr", c->nr);
	fx_text_init(&p, part, sizeof(part));
	fx_decode_name(&p, c->nr);
	fx_json_str(&x, "name", part);
	fx_json_str(&x, "args", l->buf);
	fx_text_init(&p, part, sizeof(part));
	if (result == -FX_EBAIL)
		fx_text_put(&p, "?");
	else
		fx_decode_result(&p, c, result);
	fx_json_str(&x, "result", part);
	fx_json_hex(&x, "address", c->site);
	x.buf[x.len++] = '}';
	x.buf[x.len++] = '\n';
	fx_audit_write_line(fx_fd(FX_FD_LOG), line, x.len);
}

void fx_trace_end(struct fx_trace_line *l, const struct fx_call *c, long result)
{
	if (fx_config.log)
		log_line(l, c, result);
	else
		text_line(l, c, result);
}
