/* SPDX-License-Identifier: MIT */
/*
 * The beginning of life 2, on the stack that life 1 has prepared: own memory,
 * handlers, filter, and then the guest.
 */
#include <linux/prctl.h>
#include <linux/seccomp.h>

#include <asm/prctl.h>

#include "shim/audit/gather.h"
#include "shim/audit/lifecycle.h"
#include "shim/audit/shared_table.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/manager.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/boot.h"
#include "shim/calls/own_exe.h"
#include "shim/calls/sys_memory.h"
#include "shim/entry/patched.h"
#include "shim/hang/call_path.h"
#include "shim/hang/long_wait.h"
#include "shim/hang/owner.h"
#include "shim/hang/tell.h"
#include "shim/hang/watch.h"
#include "shim/memory/own_ranges.h"
#include "shim/patch/find.h"
#include "shim/patch/patch.h"
#include "shim/patch/point.h"
#include "shim/schedule/code.h"
#include "shim/schedule/instead.h"
#include "shim/schedule/platform.h"
#include "shim/schedule/turn.h"
#include "shim/process/process.h"
#include "shim/signals/signal.h"
#include "shim/signals/signal_host.h"
#include "shim/threads/guest_memory.h"
#include "shim/threads/priority.h"
#include "shim/threads/thread.h"

#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66 /* Linux 6.3 */
#endif

#define FRAMES_NESTED 3 /* a trap, a signal in it, a fault in that */
#define STACK_FOR_US  16384

/* entry_x86_64.S */
_Noreturn void fx_enter_guest(uintptr_t entry, uintptr_t stack);
void fx_sigsys_entry(int sig, siginfo_t *info, struct ucontext *uc);
void fx_signal_entry(int sig, siginfo_t *info, struct ucontext *uc);
void fx_fault_entry(int sig, siginfo_t *info, struct ucontext *uc);
void fx_restorer(void);

/* patched_x86_64.S; here, an address that an absolute 32-bit operand can name. */
void fx_patched_entry(void);
static void (*const patched_entry)(void) = fx_patched_entry;
void fx_point_entry(void);
static void (*const point_entry)(void) = fx_point_entry;

static void dying(struct fx_thread *t, const struct ucontext *uc, const siginfo_t *info)
{
	fx_turn_stop_here(t);
	fx_hang_dying(t, uc, info);
}

static const struct fx_signal_entries signal_entries = {
	.sigsys = fx_sigsys_entry,
	.signal = fx_signal_entry,
	.fault = fx_fault_entry,
	.restorer = fx_restorer,
	.dying = dying,
};

/* The smallest table, in bss: enough until the guest has some dozen threads. */
static char first_table[FX_MANAGER_MIN_TABLE] __attribute__((aligned(64)));

static struct fx_thread *main_thread(const struct fx_boot *boot)
{
	struct fx_thread *t = fx_thread_alloc();
	stack_t own;
	long r;

	if (!t)
		fx_process_fail("no memory for the first thread", -ENOMEM);
	t->pid = (int32_t)fx_host(__NR_getpid);
	t->mask = boot->sigmask;
	t->sighand = &t->own_sighand;
	t->sighand->refs = 1;
	own = (stack_t){.ss_sp = (void *)(fx_block_base(t) + FX_STACK_LOW),
			.ss_size = FX_THREAD - FX_STACK_LOW};
	r = fx_host(__NR_sigaltstack, &own, 0);
	if (r < 0)
		fx_process_fail("sigaltstack", r);
	t->host_tid = (uint32_t)fx_host(__NR_set_tid_address, &t->host_tid);
	fx_owner_note(t, t->host_tid);
	fx_patch_thread(t);
	return t;
}

/* They came while life 1 had a handler; all others that were sent the host still keeps. */
static void hold_sent(struct fx_thread *t, const struct fx_boot *boot)
{
	for (unsigned i = 0; i < boot->sent_traps_count; i++) {
		siginfo_t info = ((const siginfo_t *)boot->sent_traps)[i];

		fx_signal_hold(t, &info);
	}
	fx_signal_release_held(t);
}

/* Nobody else can change a word while one processor is all there is, and it spins. */
static uint32_t spin_limit(uint32_t wanted)
{
	uint64_t cpus[16]; /* 1,024 of them */
	long bytes = fx_host(__NR_sched_getaffinity, 0, sizeof(cpus), cpus);
	int n = 0;

	for (long i = 0; i < bytes / (long)sizeof(cpus[0]); i++)
		for (uint64_t left = cpus[i]; left; left &= left - 1)
			n++;
	return n == 1 ? 0 : wanted;
}

static void install_filter(const struct sock_fprog *filter)
{
	long r = fx_host(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);

	if (r < 0)
		fx_process_fail("cannot set no_new_privs", r);
	r = fx_host(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter);
	if (r < 0)
		fx_process_fail("the host does not take the seccomp filter", r);
}

/*
 * Life 1's heap and thread area. The kernel puts them anywhere in the GiB above
 * fxbox, where they would be in the way of a guest that wants a fixed address
 * there: AddressSanitizer, whose shadow begins at 0x7fff7000.
 */
static void leave_heap(const struct fx_boot *boot)
{
	fx_host(__NR_arch_prctl, ARCH_SET_FS, 0);
	if (boot->heap_start && boot->heap_start < boot->heap_end)
		fx_host(__NR_munmap, boot->heap_start, boot->heap_end - boot->heap_start);
}

/* With a schedule, who waits for a turn is known to it, and no other has to watch. */
static const struct fx_platform_ops *platform(void)
{
	const struct fx_platform_ops *gather = fx_gather_platform();

	return fx_turns() ? fx_turn_platform(gather) : fx_watch_platform(gather);
}

static void begin_schedule(struct fx_thread *t, const struct fx_boot *boot)
{
	fx_turn_init(t);
	for (int i = 0; i < FX_BOOT_TEXTS; i++)
		if (boot->text[i].end)
			fx_schedule_code(boot->text[i].start,
					 boot->text[i].end - boot->text[i].start,
					 boot->text[i].own ? fx_fd(FX_FD_GUEST) : boot->interp_fd,
					 boot->text[i].offset, boot->text[i].own);
	if (boot->interp_fd >= 0)
		fx_host(__NR_close, boot->interp_fd);
	fx_host_instead = fx_instead;
}

void fx_start(const struct fx_boot *boot)
{
	uintptr_t entry = boot->entry, stack = boot->stack;
	uint64_t mask = fx_host_mask(boot->sigmask);
	static const uint64_t asynchronous = FX_ALL_ASYNC;
	struct fx_thread *t;
	long r;

	/* Until the guest's actions and threads are known; what fxbox writes for itself may fail.
	 */
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &asynchronous, 0, 8);
	fx_config = boot->config;
	fx_own_image.start = boot->own_start;
	fx_own_image.end = boot->own_end;
	memcpy(fx_guest_exe, boot->exe, sizeof(fx_guest_exe));
	fx_guest_stack = stack;
	fx_manager_init(&fx_manager, platform(), &fx_guest_memory, &fx_guest_threads, first_table,
			sizeof(first_table));
	if (fx_config.locks)
		fx_manager.observer = &fx_long_wait_observer;
	fx_manager.spin_max = fx_turns() ? 0 : spin_limit(fx_config.spin);
	if (boot->minsigstksz * FRAMES_NESTED + STACK_FOR_US > FX_THREAD - FX_STACK_LOW)
		fx_process_fail("this processor's signal frames are larger than fxbox's stacks", 0);
	fx_own_add(boot->own_start, boot->own_end);
	if (fx_config.locks && !fx_call_path_init())
		fx_process_fail("no memory for the paths that lead to locks", -ENOMEM);
	fx_exe_init();
	r = fx_shared_table_init();
	if (r < 0)
		fx_process_fail("cannot map the audit table", r);
	fx_brk_init(boot->brk_start, boot->data_size, &boot->map);
	fx_find_init();
	fx_patch_init(&patched_entry);
	for (int i = 0; i < FX_BOOT_TEXTS; i++)
		fx_patch_text(boot->text[i].start, boot->text[i].end - boot->text[i].start);
	fx_points_init(&point_entry);
	fx_patched_init();
	if (fx_host(__NR_prctl, PR_GET_MDWE, 0, 0, 0, 0) > 0)
		fx_patch_stop();
	t = main_thread(boot);
	fx_signal_host_init(t->sighand, boot->ignored_sync, &signal_entries);
	hold_sent(t, boot);
	fx_priority_notice(0);
	if (fx_turns())
		begin_schedule(t, boot);
	fx_lifecycle_start(fx_guest_exe, stack, boot->filter != NULL);
	if (boot->filter)
		install_filter(boot->filter);
	leave_heap(boot);
	fx_host(__NR_rt_sigprocmask, SIG_SETMASK, &mask, 0, 8);
	fx_running = true;
	fx_enter_guest(entry, stack);
}
