/* SPDX-License-Identifier: MIT */
#include "shim/schedule/meets.h"

#include <asm/unistd.h>

/* What others cannot see, or as well at the atomic next to it. */
static bool is_own(uint64_t call)
{
	switch (call) {
	case __NR_mmap:
	case __NR_munmap:
	case __NR_mprotect:
	case __NR_madvise:
	case __NR_brk:
	case __NR_set_robust_list:
	case __NR_rt_sigprocmask:
	case __NR_rseq:
	case __NR_gettid:
	case __NR_getpid:
	case __NR_exit:
		return true;
	default:
		return false;
	}
}

bool fx_meets(const struct fx_schedule *order, enum fx_event_kind kind, uint64_t what)
{
	unsigned bit;

	switch (kind) {
	case FX_EVENT_ATOMIC:
	case FX_EVENT_LOAD:
	case FX_EVENT_STORE:
		bit = fx_schedule_bit(what);
		return !order->meets_known || (order->meets[bit / 64] >> bit % 64 & 1);
	case FX_EVENT_CALL:
		return !is_own(what);
	default:
		return true;
	}
}
