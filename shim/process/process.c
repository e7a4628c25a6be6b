/* SPDX-License-Identifier: MIT */
#include "shim/process/process.h"

#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>

#include "shim/audit/gather.h"
#include "shim/audit/lifecycle.h"
#include "shim/audit/shared_table.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/base/lock.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/base/text.h"
#include "shim/decode/decode_names.h"
#include "shim/memory/umem.h"
#include "shim/process/leader.h"
#include "shim/process/sent.h"
#include "shim/threads/let_go.h"
#include "shim/threads/thread.h"

#define FXBOX_FAILED 125

/* One hand-over at a time: a second thread's exec would take the first's. */
static uint32_t exec_lock;

bool fx_process_shares_files;

/* The thread that ends the process; 0: none does yet. */
static uint32_t ending;

/* Takes no lock. */
static void say(struct fx_text *x)
{
	x->buf[x->len++] = '\n';
	fx_host(__NR_write, fx_fd(FX_FD_REPORT), x->buf, x->len);
}

/* The lines that this thread has gathered, unless it was just about to write them. */
static void write_gathered(void)
{
	if (fx_running)
		fx_gather_write_if_free(fx_thread_self());
}

void fx_process_fail(const char *what, long error)
{
	char line[200];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_put(&x, "fxbox: ");
	fx_text_put(&x, what);
	if (error < 0) {
		const char *name = fx_errno_name((int)-error);

		fx_text_put(&x, ": ");
		fx_text_put(&x, name ? name : "unknown error");
	}
	write_gathered();
	say(&x);
	for (;;)
		fx_host(__NR_exit_group, FXBOX_FAILED);
}

void fx_process_internal_error(const siginfo_t *info, uintptr_t ip)
{
	char line[200];
	struct fx_text x;

	fx_text_init(&x, line, sizeof(line));
	fx_text_put(&x, "fxbox: internal error: ");
	fx_text_put(&x, fx_signal_name(info->si_signo));
	fx_text_put(&x, " at ");
	fx_text_hex(&x, ip);
	fx_text_put(&x, ", address ");
	fx_text_hex(&x, (uintptr_t)info->si_addr);
	fx_text_put(&x, " (please report this)");
	write_gathered();
	say(&x);
	for (;;)
		fx_host(__NR_exit_group, FXBOX_FAILED);
}

/* The first process reports for the whole tree, at its own end. */
static bool report_due(const struct fx_thread *t)
{
	return !t->own_process && !fx_config.quiet && fx_shared_table_any() &&
	       fx_host(__NR_getpid) == fx_config.root_pid;
}

/* See FX_HANDOVER_ENV. */
static void write_state(const struct fx_handover *h, char out[static FX_HANDOVER_STRING])
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *bytes = (const unsigned char *)h;
	size_t at = sizeof(FX_HANDOVER_ENV) - 1;

	memcpy(out, FX_HANDOVER_ENV, at);
	for (size_t i = 0; i < FX_HANDOVER_FIXED; i++) {
		out[at++] = digits[bytes[i] >> 4];
		out[at++] = digits[bytes[i] & 15];
	}
	out[at++] = ':';
	memcpy(out + at, h->path, fx_strlen(h->path) + 1);
}

#define FEW_STRINGS 128
/* The pointers alone would be more than the kernel takes. */
#define MOST_STRINGS 1000000

/* The guest's environment with one string before it. */
struct environment {
	uintptr_t few[FEW_STRINGS];
	uintptr_t *string; /* few, or memory of its own */
	size_t mapped;	   /* bytes of that */
};

static long count_strings(uintptr_t envp)
{
	uint64_t string = 1;
	long n = 0;

	for (; envp && n < MOST_STRINGS; n++) {
		if (fx_umem_load64(envp + 8 * (size_t)n, &string) < 0)
			return -EFAULT;
		if (!string)
			return n;
	}
	return envp ? -E2BIG : 0;
}

/* Whoever has a vfork child that succeeds gives back what that one's exec has left: let_go. */
static long make_environment(struct fx_thread *t, struct environment *e, const char *first,
			     uintptr_t envp)
{
	long n = count_strings(envp), r;

	if (n < 0)
		return n;
	e->string = e->few;
	e->mapped = 0;
	if (n + 2 > FEW_STRINGS) {
		e->mapped = ((size_t)n + 2) * sizeof(uintptr_t);
		r = fx_host(__NR_mmap, 0, e->mapped, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (r < 0 && r > -4096)
			return r;
		e->string = (uintptr_t *)r;
		t->exec_area = (uintptr_t)r;
		t->exec_area_size = e->mapped;
	}
	e->string[0] = (uintptr_t)first;
	if (n && fx_umem_copy_in(e->string + 1, envp, (size_t)n * sizeof(uintptr_t)) < 0)
		return -EFAULT;
	e->string[n + 1] = 0;
	return 0;
}

void fx_process_forget_exec(struct fx_thread *t)
{
	if (t->exec_area_size)
		fx_host(__NR_munmap, t->exec_area, t->exec_area_size);
	t->exec_area_size = 0;
}

void fx_process_exec_lock(void)
{
	fx_shim_lock(&exec_lock);
}

void fx_process_exec_unlock(void)
{
	fx_shim_unlock(&exec_lock);
}

long fx_process_reexec(struct fx_thread *t, struct fx_handover *h, uintptr_t argv, uintptr_t envp)
{
	struct environment environment;
	char state[FX_HANDOVER_STRING];
	long r;

	h->magic = FX_HANDOVER_MAGIC;
	h->size = sizeof(*h);
	h->config = fx_config;
	h->pid = (int32_t)fx_host(__NR_getpid);
	/*
	 * A vfork child has descriptors of its own, and the lock would stay
	 * taken in its parent, whose memory this is, when the exec succeeds.
	 */
	if (!t->own_process) {
		fx_process_exec_lock();
		if (!fx_leader_close()) {
			__atomic_or_fetch(&t->pending, FX_PENDING_OFFERED, __ATOMIC_RELAXED);
			fx_process_exec_unlock();
			return -FX_EBAIL;
		}
	}
	if (h->kind == FX_HANDOVER_EXEC) {
		fx_gather_end(t);
		fx_lifecycle_counts();
	}
	write_state(h, state);
	r = make_environment(t, &environment, state, envp);
	/* Only now, and nobody forks meanwhile; whoever opened it closes it if the exec fails. */
	if (r >= 0 && h->fd >= 0)
		fx_host(__NR_fcntl, h->fd, F_SETFD, 0);
	if (r >= 0) {
		fx_sent_to_host(t);
		r = fx_host_park(__NR_execveat, fx_fd(FX_FD_EXE), "", argv, environment.string,
				 AT_EMPTY_PATH);
		fx_sent_from_host(t);
	}
	fx_process_forget_exec(t);
	if (h->kind == FX_HANDOVER_EXEC)
		fx_gather_again(t);
	if (!t->own_process) {
		fx_leader_open();
		fx_process_exec_unlock();
	}
	return r;
}

long fx_process_become(struct fx_handover *h, uintptr_t argv)
{
	char state[FX_HANDOVER_STRING];
	const uintptr_t strings[] = {(uintptr_t)state, 0};

	h->magic = FX_HANDOVER_MAGIC;
	h->size = sizeof(*h);
	h->config = fx_config;
	h->config.trace = FX_TRACE_NONE;
	h->config.log = 0;
	h->config.quiet = 1;
	h->config.root_pid = 0;
	h->config.on_deadlock = FX_DEADLOCK_IGNORE;
	h->config.on_crash = 0;
	h->config.aside = fx_config.log ? FX_ASIDE_LOGS : FX_ASIDE;
	h->pid = (int32_t)fx_host(__NR_getpid);
	write_state(h, state);
	fx_host(__NR_fcntl, h->fd, F_SETFD, 0);
	return fx_host(__NR_execveat, fx_fd(FX_FD_EXE), "", argv, strings, AT_EMPTY_PATH);
}

/* Returns only if life 3 cannot be had. */
static void report(struct fx_thread *t, int status, int signal)
{
	static const char *const argv[] = {"fxbox", NULL};
	static const char *const envp[] = {NULL};
	uint64_t all = FX_ALL_ASYNC;
	struct fx_handover h;
	siginfo_t offered;

	/* Nothing may interrupt the exec any more: what comes is life 3's to die of. */
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, 8);
	memset(&h, 0, sizeof(h));
	h.kind = FX_HANDOVER_REPORT;
	h.fd = -1;
	h.status = status;
	h.signal = signal;
	for (int tries = 0; tries < 2; tries++) {
		/* A signal that was recorded or offered no longer matters. */
		__atomic_store_n(&t->pending, 0, __ATOMIC_RELAXED);
		fx_leader_take(&offered);
		if (fx_process_reexec(t, &h, (uintptr_t)argv, (uintptr_t)envp) != -FX_EBAIL)
			return;
	}
}

/*
 * The first to end the process says how, and writes the log's last record; a second one waits to go
 * with it. Not for ever: a debugger may have taken the signal away that the first dies of.
 */
static void begin_to_end(const struct fx_thread *t)
{
	const struct {
		int64_t sec, nsec;
	} second = {1, 0};
	uint32_t none = 0;

	if (t->own_process ||
	    __atomic_compare_exchange_n(&ending, &none, t->host_tid, false, __ATOMIC_RELAXED,
					__ATOMIC_RELAXED) ||
	    none == t->host_tid)
		return;
	fx_host(__NR_nanosleep, &second, 0);
}

void fx_process_after_fork(void)
{
	ending = 0;
}

void fx_process_exit(struct fx_thread *t, int status)
{
	begin_to_end(t);
	fx_gather_end(t);
	fx_lifecycle_exit(status & 0xff, 0);
	if (report_due(t))
		report(t, status & 0xff, 0);
	/* A vfork child's block is its parent's to give back. */
	if (t->own_process && !t->vfork) {
		__atomic_sub_fetch(&t->sighand->refs, 1, __ATOMIC_ACQ_REL);
		fx_thread_release(t);
	}
	for (;;)
		fx_host(__NR_exit_group, status);
}

static bool dumps_core(int sig)
{
	struct rlimit core = {0, 0};

	if (!(FX_CORE_SIGNALS & FX_SIGBIT(sig)))
		return false;
	fx_host(__NR_prlimit64, 0, RLIMIT_CORE, 0, &core);
	return core.rlim_cur != 0;
}

void fx_process_die(struct fx_thread *t, struct ucontext *uc, const siginfo_t *info)
{
	int sig = info->si_signo;
	struct sigaction fatal = {.sa_handler = SIG_DFL};
	uint64_t all = ~0ULL;

	begin_to_end(t);
	fx_gather_end(t);
	fx_lifecycle_exit(0, sig);
	/* Those that share its memory live on. */
	if (t->own_process)
		fx_let_go(t);
	/* A core is to be the guest's, so a death that leaves one happens here. */
	if (!dumps_core(sig) && report_due(t))
		report(t, 0, sig);
	/* The synchronous ones too: it must not hit before the guest's registers are back. */
	fx_host(__NR_rt_sigprocmask, SIG_BLOCK, &all, 0, 8);
	fx_host(__NR_rt_sigaction, sig, &fatal, 0, 8);
	uc->uc_sigmask = FX_ALL_ASYNC & ~FX_SIGBIT(sig);
	fx_host(__NR_rt_tgsigqueueinfo, fx_host(__NR_getpid), fx_host(__NR_gettid), sig, info);
}
