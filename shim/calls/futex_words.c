/* SPDX-License-Identifier: MIT */
#include "shim/calls/futex_words.h"

#include <linux/futex.h>

#include "manager/manager.h"
#include "shim/audit/audit.h"
#include "shim/audit/gather.h"
#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/decode/decode.h"
#include "shim/memory/mappings.h"
#include "shim/memory/maps.h"
#include "shim/memory/umem.h"
#include "shim/schedule/turn.h"
#include "shim/threads/thread.h"

#define NSEC_PER_SEC 1000000000L

static bool is_anonymous(uintptr_t uaddr)
{
	struct fx_mapping_name m;

	return fx_maps_find(uaddr, &m) == 0 && m.name[0] != '/';
}

/* access_ok(), all that FUTEX_WAKE of a private word looks at; on the host nobody waits there. */
int fx_futex_check_high(uintptr_t uaddr)
{
	return (int)fx_host(__NR_futex, uaddr, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 0, 0, 0, 0);
}

/* get_futex_key(): a page that can be written, or a read-only one of a file. */
int fx_futex_find_page(uintptr_t uaddr)
{
	uint32_t value, seen;

	if (fx_umem_load32(uaddr, &value) < 0)
		return -EFAULT;
	/* Changes nothing, but faults where nothing can be changed. */
	if (fx_umem_cmpxchg32(uaddr, value, value, &seen) == 0)
		return 0;
	return is_anonymous(uaddr) ? -EFAULT : 0;
}

int fx_futex_read_time(uintptr_t uaddr, struct fx_deadline *out)
{
	int64_t ts[2];

	if (fx_umem_copy_in(ts, uaddr, sizeof(ts)) < 0)
		return -EFAULT;
	if (ts[0] < 0 || ts[1] < 0 || ts[1] >= NSEC_PER_SEC)
		return -EINVAL;
	out->sec = ts[0];
	out->nsec = ts[1];
	return 0;
}

bool fx_futex_may_be_shared(uintptr_t uaddr)
{
	/* The exit word of a thread is always ours: pthread_join waits on it so. */
	if (fx_config.shared == FX_SHARED_STRICT && !fx_thread_has_exit_word(uaddr))
		return true;
	return fx_mappings_shared(uaddr);
}

bool fx_futex_has_left(uintptr_t uaddr, uint32_t val)
{
	uint32_t seen;

	return fx_config.shared == FX_SHARED_STRICT && !fx_mappings_shared(uaddr) &&
	       fx_futex_check_word(uaddr, FX_KEY_PRIVATE) == 0 &&
	       fx_umem_load32(uaddr, &seen) == 0 && seen != val;
}

static void put_operation(struct fx_text *x, const struct fx_call *c)
{
	if (c->nr == __NR_futex)
		fx_decode_futex_op(x, (int)c->arg[1]);
	else
		fx_decode_name(x, c->nr);
}

long fx_futex_answer_shared(struct fx_thread *t, struct fx_call *c, uintptr_t uaddr)
{
	struct fx_mapping_name m;
	char what[100];
	struct fx_text x;
	struct fx_unsupported u = {
		.sub = c->nr == __NR_futex ? (unsigned)((int)c->arg[1] & FUTEX_CMD_MASK) : 0,
		.what = what,
		.advice = "run with --shared-futex=host",
		.result = -ENOSYS,
		.now = true,
	};

	if (fx_config.shared == FX_SHARED_HOST) {
		fx_gather_write(t);
		if (fx_turns())
			fx_turn_shared_futex();
		return fx_host_park(c->nr, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4],
				    c->arg[5]);
	}
	fx_text_init(&x, what, sizeof(what));
	fx_text_put(&x, "shared futex: ");
	put_operation(&x, c);
	fx_text_put(&x, " on ");
	fx_text_hex(&x, uaddr);
	fx_maps_find(uaddr, &m);
	u.where = m.name[0] && !fx_str_equal(m.name, "/dev/zero (deleted)")
			  ? m.name
			  : "anonymous shared memory";
	fx_audit_unsupported(t, c, &u);
	return -ENOSYS;
}
