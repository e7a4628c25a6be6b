/* SPDX-License-Identifier: MIT */
/*
 * What a handler is handed: registers, flags, vector state, siginfo, masks and
 * stack, for a fault, for a signal that comes in the middle of a loop, and for
 * one that a system call of the thread itself sends. Every register holds a
 * value of its own; afterwards all of them must be back.
 */
#include <cpuid.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "guest-progs/guest.h"

enum how { FAULT, LOOP, CALL, HOWS };

static const char *const names[HOWS] = {"fault", "loop", "call"};

/* rax rbx rcx rdx rsi rdi rbp r8 to r15 */
enum { REGISTERS = 15, XMMS = 16, ZMMS = 32 };

static const char *const register_names[REGISTERS] = {"rax", "rbx", "rcx", "rdx", "rsi",
						      "rdi", "rbp", "r8",  "r9",  "r10",
						      "r11", "r12", "r13", "r14", "r15"};
static const int greg[REGISTERS] = {REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI,
				    REG_RDI, REG_RBP, REG_R8,  REG_R9,	REG_R10,
				    REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

uint64_t frame_in[REGISTERS], frame_out[REGISTERS];
uint8_t vector_in[ZMMS * 64] __attribute__((aligned(64)));
uint8_t vector_out[ZMMS * 64] __attribute__((aligned(64)));
volatile int frame_spinning, frame_handled;
void frame_fault(void), frame_loop(void), frame_call(void);
extern const char frame_fault_at[], frame_loop_begin[], frame_loop_end[], frame_call_end[];
static int vector_size; /* of a register: 16, 32 or 64 */

/* Load all, provoke, store all. The stack pointer is the only one that is not ours to choose. */
__asm__(".macro begin name\n"
	".globl \\name\n"
	"\\name:\n"
	"	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"	lea frame_in(%rip), %rax\n"
	"	mov 8(%rax), %rbx;	mov 16(%rax), %rcx;	mov 24(%rax), %rdx\n"
	"	mov 32(%rax), %rsi;	mov 40(%rax), %rdi;	mov 48(%rax), %rbp\n"
	"	mov 56(%rax), %r8;	mov 64(%rax), %r9;	mov 72(%rax), %r10\n"
	"	mov 80(%rax), %r11;	mov 88(%rax), %r12;	mov 96(%rax), %r13\n"
	"	mov 104(%rax), %r14;	mov 112(%rax), %r15;	mov (%rax), %rax\n"
	".endm\n"
	".macro end\n"
	"	mov %rax, frame_out(%rip)\n"
	"	lea frame_out(%rip), %rax\n"
	"	mov %rbx, 8(%rax);	mov %rcx, 16(%rax);	mov %rdx, 24(%rax)\n"
	"	mov %rsi, 32(%rax);	mov %rdi, 40(%rax);	mov %rbp, 48(%rax)\n"
	"	mov %r8, 56(%rax);	mov %r9, 64(%rax);	mov %r10, 72(%rax)\n"
	"	mov %r11, 80(%rax);	mov %r12, 88(%rax);	mov %r13, 96(%rax)\n"
	"	mov %r14, 104(%rax);	mov %r15, 112(%rax)\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"	cld\n"
	"	ret\n"
	".endm\n"
	".text\n"
	"begin frame_fault\n"
	"	std; stc\n"
	"frame_fault_at:\n"
	"	ud2\n"
	"end\n"
	"begin frame_loop\n"
	"	cmp %rax, %rax\n"
	"	movl $1, frame_spinning(%rip)\n"
	"frame_loop_begin:\n"
	"	cmpl $0, frame_handled(%rip)\n"
	"	je frame_loop_begin\n"
	"frame_loop_end:\n"
	"end\n"
	"begin frame_call\n"
	"	cmp %rax, %rax; stc; syscall\n"
	"frame_call_end:\n"
	"end\n");

#define FOR_16(x)                                                                                  \
	x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
#define FOR_32(x)                                                                                  \
	FOR_16(x)                                                                                  \
	x(16) x(17) x(18) x(19) x(20) x(21) x(22) x(23) x(24) x(25) x(26) x(27) x(28) x(29) x(30)  \
		x(31)

static void load_vectors(void)
{
#define LOAD16(n) __asm__ volatile("movaps %0, %%xmm" #n ::"m"(vector_in[n * 64]));
#define LOAD32(n) __asm__ volatile("vmovaps %0, %%ymm" #n ::"m"(vector_in[n * 64]));
#define LOAD64(n) __asm__ volatile("vmovaps %0, %%zmm" #n ::"m"(vector_in[n * 64]));
	if (vector_size == 64) {
		FOR_32(LOAD64)
	} else if (vector_size == 32) {
		FOR_16(LOAD32)
	} else {
		FOR_16(LOAD16)
	}
}

static void store_vectors(void)
{
#define STORE16(n) __asm__ volatile("movaps %%xmm" #n ", %0" : "=m"(vector_out[n * 64]));
#define STORE32(n) __asm__ volatile("vmovaps %%ymm" #n ", %0" : "=m"(vector_out[n * 64]));
#define STORE64(n) __asm__ volatile("vmovaps %%zmm" #n ", %0" : "=m"(vector_out[n * 64]));
	if (vector_size == 64) {
		FOR_32(STORE64)
	} else if (vector_size == 32) {
		FOR_16(STORE32)
	} else {
		FOR_16(STORE16)
	}
}

static char alternate[65536] __attribute__((aligned(16)));
static enum how current;
static bool on_alternate;
static pid_t sender_pid, main_tid;

static void print_vectors(const uint8_t *state, const struct _fpx_sw_bytes *sw)
{
	unsigned a, b, c, d, matches = 0, count = vector_size == 64 ? ZMMS : XMMS;
	unsigned where[8] = {0};
	uint8_t got[64];

	for (unsigned i = 2; i < 8; i++) {
		__cpuid_count(0xd, i, a, b, c, d);
		where[i] = b;
	}
	for (unsigned i = 0; i < count; i++) {
		memset(got, 0, sizeof(got));
		if (i >= 16) {
			memcpy(got, state + where[7] + (i - 16) * 64, 64);
		} else {
			memcpy(got, state + 160 + i * 16, 16);
			if (vector_size >= 32)
				memcpy(got + 16, state + where[2] + i * 16, 16);
			if (vector_size == 64)
				memcpy(got + 32, state + where[6] + i * 32, 32);
		}
		matches += memcmp(got, vector_in + i * 64, (size_t)vector_size) == 0;
	}
	printf("  vector registers as set: %d of %d\n", matches, count);
	printf("  magic %x, features %llx, size %u, extended %u, second magic %d\n", sw->magic1,
	       (unsigned long long)sw->xstate_bv, sw->xstate_size, sw->extended_size,
	       *(const uint32_t *)(state + sw->xstate_size) == FP_XSTATE_MAGIC2);
}

static void print_frame(int signal, const siginfo_t *info, const ucontext_t *uc, uintptr_t sp)
{
	const gregset_t *g = &uc->uc_mcontext.gregs;
	const struct _libc_fpstate *fp = uc->uc_mcontext.fpregs;
	uintptr_t ip = (uintptr_t)(*g)[REG_RIP];
	struct _fpx_sw_bytes sw;

	memcpy(&sw, (const char *)fp + 464, sizeof(sw));
	printf("%s: signal %d, code %d, errno %d", names[current], signal, info->si_code,
	       info->si_errno);
	if (current == FAULT)
		printf(", address %s\n",
		       info->si_addr == frame_fault_at ? "of the fault" : "another");
	else
		printf(", from %s, value %d\n",
		       info->si_pid == sender_pid ? "this process" : "another",
		       current == LOOP ? info->si_value.sival_int : 0);
	printf("  at %s\n", ip == (uintptr_t)frame_fault_at   ? "the fault"
			    : ip == (uintptr_t)frame_call_end ? "the end of the call"
			    : ip >= (uintptr_t)frame_loop_begin && ip < (uintptr_t)frame_loop_end
				    ? "the loop"
				    : "another place");
	for (int i = 0; i < REGISTERS; i++)
		if ((uint64_t)(*g)[greg[i]] != frame_in[i])
			printf("  %s is %s\n", register_names[i],
			       (uint64_t)(*g)[greg[i]] == ip	? "the instruction pointer"
			       : (*g)[greg[i]] == (*g)[REG_EFL] ? "the flags"
			       : (*g)[greg[i]] == 0		? "0"
								: "another value");
	printf("  flags %llx, csgsfs %llx, error %llx, trap %lld, cr2 %llx, old mask %llx\n",
	       (unsigned long long)(*g)[REG_EFL], (unsigned long long)(*g)[REG_CSGSFS],
	       (unsigned long long)(*g)[REG_ERR], (long long)(*g)[REG_TRAPNO],
	       current == FAULT ? (unsigned long long)(*g)[REG_CR2] : 0,
	       (unsigned long long)(*g)[REG_OLDMASK]);
	printf("  uc_flags %lx, link %d, stack %s, %zu bytes, flags %d\n", uc->uc_flags,
	       uc->uc_link != NULL, uc->uc_stack.ss_sp == alternate ? "alternate" : "another",
	       uc->uc_stack.ss_size, uc->uc_stack.ss_flags);
	printf("  saved mask %lx\n", uc->uc_sigmask.__val[0]);
	printf("  frame: on the alternate stack %d, info at %ld, context at %ld, state aligned %d\n",
	       sp >= (uintptr_t)alternate && sp < (uintptr_t)alternate + sizeof(alternate),
	       (long)((uintptr_t)info - sp), (long)((uintptr_t)uc - sp), (uintptr_t)fp % 64 == 0);
	if (on_alternate)
		printf("  state ends at the top: %d\n", ((uintptr_t)alternate + sizeof(alternate) -
							 (uintptr_t)fp - sw.extended_size) < 64);
	else
		printf("  red zone respected: %d\n",
		       (uintptr_t)(*g)[REG_RSP] - ((uintptr_t)fp + sw.extended_size) < 128 + 64 &&
			       (uintptr_t)(*g)[REG_RSP] - ((uintptr_t)fp + sw.extended_size) >=
				       128);
	printf("  x87: control %x, status %x, tags %x; mxcsr %x\n", fp->cwd, fp->swd, fp->ftw,
	       fp->mxcsr);
	print_vectors((const uint8_t *)fp, &sw);
}

/* Called on the frame itself, with the registers of a handler's first instruction. */
__attribute__((used)) static void look(int signal, siginfo_t *info, ucontext_t *uc, uintptr_t sp,
				       uint64_t rax, uint64_t flags)
{
	sigset_t now;

	/* Of the flags in a handler only those that Linux sets matter. */
	printf("%s: handler: rax %llx, stack %d modulo 16, direction %d, trap %d\n", names[current],
	       (unsigned long long)rax, (int)(sp % 16), !!(flags & 0x400), !!(flags & 0x100));
	sigprocmask(SIG_BLOCK, NULL, &now);
	printf("  mask %lx\n", now.__val[0]);
	print_frame(signal, info, uc, sp);
	fflush(stdout);
	if (current == FAULT)
		uc->uc_mcontext.gregs[REG_RIP] += 2;
	frame_handled = 1;
}

void frame_handler(int signal, siginfo_t *info, void *uc);
__asm__(".text\n"
	".globl frame_handler\n"
	"frame_handler:\n"
	"	mov %rsp, %rcx\n"
	"	mov %rax, %r8\n"
	"	pushf\n"
	"	pop %r9\n"
	"	jmp look\n");

static void *sends(void *arg)
{
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE, .si_errno = 7};

	await_that(frame_spinning);
	info.si_pid = sender_pid;
	info.si_value.sival_int = 42;
	need(syscall(SYS_rt_tgsigqueueinfo, sender_pid, main_tid, SIGUSR1, &info) == 0);
	return arg;
}

static void provoke(enum how how)
{
	static const struct {
		uint16_t control;
	} x87 = {0x027f};
	unsigned mxcsr = 0x1fa0 | 0x4000;
	pthread_t thread = 0;

	for (int i = 0; i < REGISTERS; i++)
		frame_in[i] = 0x1111111111111111ULL * (unsigned)(i + 1) ^ (unsigned)how;
	if (how == CALL) {
		frame_in[0] = SYS_tgkill;
		frame_in[5] = (uint64_t)sender_pid;
		frame_in[4] = (uint64_t)main_tid;
		frame_in[3] = SIGUSR1;
	}
	for (size_t i = 0; i < sizeof(vector_in); i++)
		vector_in[i] = (uint8_t)(i * 7 + (i >> 8) + (unsigned)how * 3 + 1);
	current = how;
	frame_spinning = frame_handled = 0;
	if (how == LOOP)
		thread = start_thread(sends, NULL);
	fflush(stdout);
	__asm__ volatile("fninit; fldcw %0; fldpi; fld1; ldmxcsr %1" ::"m"(x87.control),
			 "m"(mxcsr));
	load_vectors();
	if (how == FAULT)
		frame_fault();
	else if (how == LOOP)
		frame_loop();
	else
		frame_call();
	store_vectors();
	unsigned after;
	__asm__ volatile("stmxcsr %0; fninit" : "=m"(after));
	unsigned usual = 0x1f80;
	__asm__ volatile("ldmxcsr %0" ::"m"(usual));
	printf("%s: afterwards mxcsr %x, vectors as before %d\n", names[how], after,
	       memcmp(vector_in, vector_out, (size_t)vector_size) == 0);
	for (int i = 0; i < REGISTERS; i++)
		if (frame_out[i] != frame_in[i])
			printf("  %s is %s\n", register_names[i],
			       frame_out[i] == (uintptr_t)frame_call_end ? "the instruction pointer"
			       : frame_out[i] == 0			 ? "0"
									 : "another value");
	if (thread)
		pthread_join(thread, NULL);
}

int main(void)
{
	stack_t stack = {.ss_sp = alternate, .ss_size = sizeof(alternate)};
	sigset_t some;

	vector_size = __builtin_cpu_supports("avx512f") ? 64
		      : __builtin_cpu_supports("avx")	? 32
							: 16;
	sender_pid = getpid();
	main_tid = own_tid();
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	sigemptyset(&some);
	sigaddset(&some, SIGUSR2);
	sigaddset(&some, SIGBUS);
	sigaddset(&some, 64);
	sigprocmask(SIG_SETMASK, &some, NULL);
	need(sigaltstack(&stack, NULL) == 0);
	for (int alt = 0; alt < 2; alt++) {
		struct sigaction action = {.sa_sigaction = frame_handler,
					   .sa_flags = SA_SIGINFO | (alt ? SA_ONSTACK : 0)};

		on_alternate = alt;
		sigemptyset(&action.sa_mask);
		sigaddset(&action.sa_mask, SIGTERM);
		sigaddset(&action.sa_mask, SIGSEGV);
		sigaction(SIGUSR1, &action, NULL);
		sigaction(SIGILL, &action, NULL);
		for (int how = 0; how < HOWS; how++)
			provoke((enum how)how);
	}
	return 0;
}
