/* SPDX-License-Identifier: MIT */
#include "shim/entry/point.h"

#include "shim/base/host.h"
#include "shim/base/kernel_signal.h"
#include "shim/memory/umem.h"
#include "shim/patch/point.h"
#include "shim/patch/point_x86_64.h"
#include "shim/schedule/story.h"
#include "shim/schedule/now.h"
#include "shim/schedule/turn.h"
#include "shim/schedule/uses.h"
#include "shim/threads/thread.h"

#define PAUSE	     0xf3 /* f3 90 */
#define TICKS_PER_NS 2
#define OF_OWN_STACK 65536 /* bytes around the stack pointer */

/* Nobody else could go on, or is to. */
static bool is_idle(const struct fx_thread *t)
{
	return t->own_process || __atomic_load_n(&fx_thread_count, __ATOMIC_RELAXED) == 1;
}

static bool on_own_stack(uint64_t address, uint64_t rsp)
{
	return address - rsp + 128 < OF_OWN_STACK;
}

/*
 * A load, then a store: what others have written between the two is lost, so the instruction that
 * follows has to find what was there at first. Nobody else runs before it has.
 */
static void change(struct fx_thread *t, const struct fx_point *p, uint64_t address, unsigned size)
{
	uint64_t before = 0, now = 0;

	fx_turn_point(t, FX_EVENT_LOAD, p->at, address, false);
	if (fx_umem_copy_in(&before, address, size) < 0)
		return;
	fx_turn_point(t, FX_EVENT_STORE, p->at, address, false);
	if (fx_umem_copy_in(&now, address, size) == 0 && now != before)
		fx_umem_copy_out(address, &before, size);
}

/* Behind the prefixes of an instruction of 64-bit code; *own: it is about memory behind FS. */
static const uint8_t *behind_prefixes(const uint8_t *code, bool *own)
{
	*own = false;
	while (*code == 0xf0 || *code == 0x66 || *code == 0xf2 || *code == 0xf3 || *code == 0x2e ||
	       *code == 0x3e || *code == 0x64 || (*code & 0xf0) == 0x40)
		*own |= *code++ == 0x64;
	return code;
}

/* xchg and cmpxchg, of any size. */
static bool exchanges(const uint8_t *code)
{
	return *code == 0x86 || *code == 0x87 ||
	       (code[0] == 0x0f && (code[1] == 0xb0 || code[1] == 0xb1));
}

static void note_use(const struct fx_thread *t, const struct fx_point *p, uint64_t address,
		     uint64_t rsp)
{
	bool own;
	const uint8_t *code = behind_prefixes(p->original, &own);

	fx_uses_word(t, (enum fx_event_kind)p->kind, exchanges(code), p->at,
		     own ? address + t->fs_base : address, rsp);
}

static void reach(struct fx_thread *t, const struct fx_point *p, const uint64_t regs[16])
{
	uint64_t address = fx_point_operand(p->original, p->at, regs);
	bool pause = p->original[0] == PAUSE;
	unsigned size;

	if (p->kind != FX_EVENT_ATOMIC && on_own_stack(address, regs[4]))
		return;
	t->point_ip = p->at;
	__atomic_store_n(&t->point_regs, regs, __ATOMIC_RELEASE);
	fx_story_stack(regs[4]);
	if (p->kind == FX_EVENT_STORE && (size = fx_point_changes(p->original)))
		change(t, p, address, size);
	else
		fx_turn_point(t, (enum fx_event_kind)p->kind, p->at, address, pause);
	__atomic_store_n(&t->point_regs, NULL, __ATOMIC_RELEASE);
	if (__builtin_expect(fx_uses_wanted, 0) && !pause)
		note_use(t, p, address, regs[4]);
}

/* The processor's counter as the schedule has it. */
static void tell_counter(const struct fx_point *p, struct sigcontext *sc)
{
	uint64_t ticks = fx_now(true) * TICKS_PER_NS;

	sc->rax = (uint32_t)ticks;
	sc->rdx = ticks >> 32;
	if (p->original[1] == 0x01)
		sc->rcx = 0;
	sc->rip = p->at + p->length;
}

void fx_point(struct fx_point_frame *f)
{
	struct fx_thread *t = fx_thread_self();
	const struct fx_point *p = f->record;
	const uint64_t regs[16] = {f->rax, f->rcx, f->rdx, f->rbx, t->point_rsp, f->rbp,
				   f->rsi, f->rdi, f->r8,  f->r9,  f->r10,	 f->r11,
				   f->r12, f->r13, f->r14, f->r15};
	/* Others may have come here meanwhile, each with a block of its own. */
	uint64_t rsp = t->point_rsp;

	f->flags &= ~0x100UL;
	if (!is_idle(t))
		reach(t, p, regs);
	t->point_rsp = rsp;
	t->point_back = fx_point_goes_on(p);
}

bool fx_point_reached(struct fx_thread *t, struct ucontext *uc)
{
	struct sigcontext *sc = &uc->uc_mcontext;
	const struct fx_point *p = fx_point_trapped(uc);
	const uint64_t regs[16] = {sc->rax, sc->rcx, sc->rdx, sc->rbx, sc->rsp, sc->rbp,
				   sc->rsi, sc->rdi, sc->r8,  sc->r9,  sc->r10, sc->r11,
				   sc->r12, sc->r13, sc->r14, sc->r15};

	if (!p)
		return false;
	if (p->kind == FX_POINT_COUNTER) {
		tell_counter(p, sc);
		return true;
	}
	sc->rip = p->at;
	t->in_handler = true;
	if (!is_idle(t))
		reach(t, p, regs);
	else if (!t->own_process)
		fx_points_rest(p->at);
	t->in_handler = false;
	/* With a signal that waits the instruction comes after its handler, and is a point again.
	 */
	if (!t->pending)
		sc->rip = fx_point_goes_on(p);
	return true;
}
