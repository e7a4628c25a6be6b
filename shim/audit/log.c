/* SPDX-License-Identifier: MIT */
#include "shim/audit/log.h"

#include "shim/audit/clock.h"
#include "shim/audit/gather.h"
#include "shim/audit/own_write.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/memory/maps.h"
#include "shim/threads/thread.h"

void fx_log_write_line(int fd, const char *line, uint64_t length)
{
	/* A thread's lines are in its order. */
	if (fx_running)
		fx_gather_write(fx_thread_self());
	fx_own_write(fd, line, length);
}

int64_t fx_log_now(void)
{
	int64_t us = fx_clock_us();
	struct fx_thread *t;

	if (!fx_running)
		return us;
	t = fx_thread_self();
	if (us < t->told_us)
		us = t->told_us;
	t->told_us = us;
	return us;
}

/* A thread knows, but for the first moment of a process that shares memory. */
static int32_t own_pid(void)
{
	int32_t known = fx_running ? fx_thread_self()->pid : 0;

	return known ? known : (int32_t)fx_host(__NR_getpid);
}

void fx_log_begin(struct fx_text *x, char *buf, const char *type)
{
	fx_text_init(x, buf, FX_LOG_LINE);
	x->buf[x->len++] = '{';
	fx_json_str(x, "type", type);
	fx_json_int(x, "time_us", fx_clock_wall_us(fx_log_now()));
	fx_json_int(x, "pid", own_pid());
}

void fx_log_end(struct fx_text *x)
{
	x->buf[x->len++] = '}';
	x->buf[x->len++] = '\n';
	fx_log_write_line(fx_fd(FX_FD_LOG), x->buf, x->len);
}

void fx_log_end_gathered(struct fx_text *x)
{
	struct fx_thread *t = fx_thread_self();

	if (!t->gather.buf) {
		fx_log_end(x);
		return;
	}
	x->buf[x->len++] = '}';
	x->buf[x->len++] = '\n';
	fx_gather_put(t, x->buf, x->len, t->told_us);
}

/*
 * The mapping of the last site: the next one mostly lies in it too. Only ever tried to
 * lock: a process that shares this memory may have been killed with it.
 */
static struct {
	uint32_t lock;
	uint32_t changes; /* of mappings, before it was looked up */
	struct fx_mapping_name m;
} last;

static bool find_mapping(uintptr_t site, struct fx_mapping_name *m)
{
	uint32_t free = 0, changes = fx_maps_changes();
	bool found;

	if (!__atomic_compare_exchange_n(&last.lock, &free, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return fx_maps_find(site, m) == 0;
	found = last.changes == changes && site >= last.m.start && site < last.m.end;
	if (!found) {
		found = fx_maps_find(site, &last.m) == 0;
		if (!found)
			last.m.end = 0;
		last.changes = changes;
	}
	*m = last.m;
	__atomic_store_n(&last.lock, 0, __ATOMIC_RELEASE);
	return found;
}

void fx_log_after_fork(void)
{
	last.lock = 0;
	last.m.end = 0;
}

void fx_log_site(struct fx_text *x, uintptr_t site, bool whole_path)
{
	struct fx_mapping_name m;
	const char *name = m.name;

	if (!find_mapping(site, &m) || !m.name[0]) {
		fx_text_hex(x, site);
		return;
	}
	if (!whole_path)
		for (const char *s = m.name; *s; s++)
			if (*s == '/')
				name = s + 1;
	fx_text_put(x, name);
	fx_text_char(x, '+');
	fx_text_hex(x, site - m.start + m.offset);
}
