/* SPDX-License-Identifier: MIT */
#include "shim/threads/let_go.h"

#include <linux/futex.h>
#include <linux/rseq.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/manager.h"
#include "shim/memory/mappings.h"
#include "shim/memory/umem.h"
#include "shim/threads/thread.h"

/*
 * The host writes to the area whenever it has moved or interrupted the thread,
 * and kills it with SIGSEGV where it cannot. On Linux a thread has made its
 * last step in user space when its joiner learns of its end; ours has not.
 */
static void unregister_rseq(struct fx_thread *t)
{
	if (t->rseq)
		fx_host(__NR_rseq, t->rseq, t->rseq_size, RSEQ_FLAG_UNREGISTER, t->rseq_signature);
	t->rseq = 0;
}

/*
 * The wake of an exit word or a robust lock: one waiter, without
 * FUTEX_PRIVATE_FLAG. With --shared-futex=host also in the host, for words
 * that other processes share.
 */
static void wake_exit_word(struct fx_manager *m, uintptr_t uaddr)
{
	fx_wake(m, uaddr, FX_KEY_PROCESS, 1, FX_BITSET_ANY);
	if (fx_config.shared == FX_SHARED_HOST && fx_mappings_shared(uaddr))
		fx_host(__NR_futex, uaddr, FUTEX_WAKE, 1);
}

void fx_let_go_exit_word(struct fx_thread *t)
{
	uintptr_t word = t->clear_child_tid;

	if (!word)
		return;
	if (!fx_thread_alone(t) && fx_umem_store32(word, 0) == 0)
		wake_exit_word(&fx_manager, word);
	/* Only now: see fx_futex_has_left. */
	__atomic_store_n(&t->clear_child_tid, 0, __ATOMIC_RELEASE);
}

void fx_let_go(struct fx_thread *t)
{
	uint32_t tid = t->host_tid;

	unregister_rseq(t);
	if (t->robust_list) {
		fx_robust_exit(&fx_manager, t->robust_list, tid, wake_exit_word);
		/* The list lies on a stack that its joiner may free before the host looks. */
		fx_host(__NR_set_robust_list, 0, FX_ROBUST_HEAD_SIZE);
		t->robust_list = 0;
	}
	__atomic_store_n(&t->gone, true, __ATOMIC_RELEASE);
	fx_pi_exit(&fx_manager, tid);
	fx_let_go_exit_word(t);
}

void fx_let_go_for(struct fx_thread *child, uint32_t tid)
{
	fx_pi_exit(&fx_manager, tid);
	fx_let_go_exit_word(child);
}
