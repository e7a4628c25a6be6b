/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/stack.h"

#include <stdlib.h>

#include "loader/exit_status.h"
#include "loader/report/log_read.h"
#include "loader/report/threads/called.h"

/* DWARF's numbers of x86-64's registers. */
enum { REG_SP = 7, REG_PC = 16, REGS = 17 };

struct walk {
	struct fx_modules *m;
	struct fx_stack *stack;
	Dwarf_Word reg[REGS]; /* where the unwinder begins, then those of the last frame */
	pid_t tid;
	bool begun; /* the frame that it begins with is known already */
};

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread)
{
	(void)dwfl;
	(void)arg;
	(void)thread;
	return 0;
}

/* There is one at a time: the walk. */
static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread)
{
	struct walk **current = arg;

	(void)dwfl;
	(void)tid;
	*thread = *current;
	return *current != NULL;
}

static struct walk *current;

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *arg)
{
	(void)dwfl;
	(void)arg;
	return current && fx_modules_load(current->m, address, word, sizeof(*word));
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct walk *w = arg;

	return dwfl_thread_state_registers(thread, 0, REGS, w->reg);
}

static const Dwfl_Thread_Callbacks callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = read_memory,
	.set_initial_registers = set_registers,
};

int fx_stack_attach(struct fx_modules *m, struct fx_refusal *why)
{
	if (dwfl_attach_state(m->dwfl, m->dump->elf, 1, &callbacks, &current))
		return 0;
	return fx_refuse(why, FX_EXIT_FAILED, "libdwfl", "%s", dwfl_errmsg(-1));
}

static struct fx_frame *add_frame(struct fx_stack *stack, uint64_t pc, uint64_t sp,
				  enum fx_frame_how how)
{
	if (stack->frames == FX_FRAMES_MOST) {
		stack->more = true;
		return NULL;
	}
	stack->frame = fx_log_grow(stack->frame, stack->frames, sizeof(*stack->frame));
	stack->frame[stack->frames] = (struct fx_frame){.pc = pc, .sp = sp, .how = how};
	return &stack->frame[stack->frames++];
}

static int on_frame(Dwfl_Frame *state, void *arg)
{
	struct walk *w = arg;
	struct fx_frame *f;
	Dwarf_Addr pc;
	bool exact;

	if (!dwfl_frame_pc(state, &pc, &exact) || pc == 0)
		return DWARF_CB_ABORT;
	for (unsigned i = 0; i < REGS; i++) {
		if (dwfl_frame_reg(state, i, &w->reg[i]) != 0)
			w->reg[i] = 0;
	}
	w->reg[REG_PC] = pc;
	if (w->begun) {
		w->begun = false;
		return DWARF_CB_OK;
	}
	f = add_frame(w->stack, pc, w->reg[REG_SP],
		      w->stack->frames ? FX_FRAME_UNWOUND : FX_FRAME_FIRST);
	if (!f)
		return DWARF_CB_ABORT;
	f->exact = exact;
	return DWARF_CB_OK;
}

/* By tables, from w->reg; true if the outermost frame was reached. */
static bool unwind(struct walk *w)
{
	int r;

	current = w;
	r = dwfl_getthread_frames(w->m->dwfl, w->tid, on_frame, w);
	current = NULL;
	return r == 0 || w->stack->more;
}

#define SCANNED_MOST  32768 /* bytes of stack: of one frame */
#define CALLER_WITHIN 1024  /* in which the call that led here is looked for, before any other */

/* Behind a call, in text; `callee` not 0: one of that function. */
static bool is_return(struct fx_modules *m, uint64_t value, uint64_t callee)
{
	struct fx_call_site site;

	return fx_module_flags(m, value, PF_X) && fx_call_before(m, value, &site) &&
	       (!callee || site.target == callee);
}

static bool scan_for(struct fx_modules *m, uint64_t from, size_t length, uint64_t callee,
		     uint64_t *pc, uint64_t *at)
{
	for (uint64_t a = from; a < from + length; a += sizeof(uint64_t)) {
		uint64_t value;

		if (!fx_dump_load(m->dump, a, &value, sizeof(value)))
			return false;
		if (is_return(m, value, callee)) {
			*pc = value;
			*at = a;
			return true;
		}
	}
	return false;
}

/* The next return address above the last frame's stack pointer; w->reg becomes its frame. */
static bool scan(struct walk *w)
{
	const struct fx_frame *last = &w->stack->frame[w->stack->frames - 1];
	const uint64_t from = (w->reg[REG_SP] + 7) & ~7ULL;
	struct fx_symbol s;
	uint64_t pc, at, callee = 0;

	if (fx_module_symbol(w->m, fx_frame_at(last), &s))
		callee = fx_frame_at(last) - s.offset;
	if (!(callee && scan_for(w->m, from, CALLER_WITHIN, callee, &pc, &at)) &&
	    !scan_for(w->m, from, SCANNED_MOST, 0, &pc, &at))
		return false;
	w->reg[REG_PC] = pc;
	w->reg[REG_SP] = at + sizeof(uint64_t);
	return add_frame(w->stack, pc, w->reg[REG_SP], FX_FRAME_SCANNED) != NULL;
}

/* The functions in which stacks begin: nobody called them. */
static bool is_outermost(struct fx_modules *m, const struct fx_frame *f)
{
	static const char *const name[] = {"_start",   "clone",	 "__clone",
					   "__clone3", "clone3", "_dl_start_user"};
	struct fx_symbol s;

	if (!fx_module_symbol(m, fx_frame_at(f), &s))
		return false;
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		if (__builtin_strcmp(s.name, name[i]) == 0)
			return true;
	}
	return false;
}

/*
 * Whoever was interrupted stands before his instruction, and inside of him is the kernel's frame.
 * Some versions of libdwfl say that of this one too: it is the inner one of two then.
 */
static void mark_handlers(struct fx_stack *s)
{
	for (size_t i = 1; i < s->frames; i++) {
		const bool kernels = i + 1 < s->frames && s->frame[i + 1].exact;

		if (!s->frame[i].exact || s->frame[i - 1].handler)
			continue;
		if (kernels)
			s->frame[i].handler = true;
		else
			s->frame[i - 1].handler = true;
	}
}

void fx_stack_read(struct fx_modules *m, const struct fx_dump_task *task, struct fx_stack *stack)
{
	const struct user_regs_struct *u = &task->regs;
	struct walk w = {
		.m = m,
		.stack = stack,
		.tid = task->is.tid > 0 ? task->is.tid : 1,
		.reg = {u->rax, u->rdx, u->rcx, u->rbx, u->rsi, u->rdi, u->rbp, u->rsp, u->r8,
			u->r9, u->r10, u->r11, u->r12, u->r13, u->r14, u->r15, u->rip},
	};

	*stack = (struct fx_stack){.frames = 0};
	for (;;) {
		const bool ended = unwind(&w);

		if (!stack->frames)
			add_frame(stack, u->rip, u->rsp, FX_FRAME_FIRST)->exact = true;
		if (ended || is_outermost(m, &stack->frame[stack->frames - 1]) || !scan(&w))
			break;
		w.begun = true;
	}
	mark_handlers(stack);
}

void fx_stack_free(struct fx_stack *stack)
{
	free(stack->frame);
}
