/* SPDX-License-Identifier: MIT */
/* No operating system: threads are tasks with stacks from here, memory is what the image has. */
#include "tests/unit/manager/place.h"

#include <string.h>

#include "manager/platform_bare/bare.h"
#include "tests/bare/board.h"

#define THREADS	    80
#define STACK	    16384
#define MEMORY	    (2 << 20)
#define STACK_MAGIC 0x5746a11dU

const char place_name[] = BOARD_NAME;
const struct fx_platform_ops *const place_platform = &fx_platform_bare;
const char *const place_lacks_signals = "there are no signals";

static struct thread {
	struct fx_bare_task task;
	struct place_thread *place;
	uint32_t taken; /* atomic */
	_Alignas(16) char stack[STACK];
} threads[THREADS];

static uint32_t last_tid = 1; /* the main task's */

static _Noreturn void give_up(const char *why)
{
	place_print(why);
	place_exit(1);
}

static void thread_main(void *arg)
{
	struct place_thread *t = arg;

	t->run(t->arg);
}

static uint32_t *end_of_stack(struct thread *t)
{
	return (uint32_t *)(void *)t->stack;
}

void place_start(struct place_thread *place, void *(*run)(void *), void *arg)
{
	struct thread *t = threads;

	while (t < &threads[THREADS] && __atomic_exchange_n(&t->taken, 1, __ATOMIC_ACQUIRE) != 0)
		t++;
	if (t == &threads[THREADS])
		give_up("Bail out! no more threads\n");
	place->run = run;
	place->arg = arg;
	place->own = t;
	*end_of_stack(t) = STACK_MAGIC;
	fx_bare_start(&t->task, t->stack, STACK, thread_main, place,
		      __atomic_add_fetch(&last_tid, 1, __ATOMIC_RELAXED));
}

void place_join(struct place_thread *place)
{
	struct thread *t = place->own;

	fx_bare_join(&t->task);
	if (*end_of_stack(t) != STACK_MAGIC)
		give_up("Bail out! a stack was too small\n");
	__atomic_store_n(&t->taken, 0, __ATOMIC_RELEASE);
}

void place_yield(void)
{
	fx_bare_yield();
}

void place_interrupt(struct place_thread *t)
{
	(void)t;
}

/* What the guest may name: the image's data, and a page of it that it may only read. */
static uint32_t read_only[16];
extern char board_data[], board_data_end[];

const struct fx_memory_ops *const place_memory_ops = &fx_memory_bare;
const char *const place_lacks_memory = NULL;

/* In the middle of a word: what begins in a range need not be in it, whole. */
static uintptr_t end_of_memory(void)
{
	return ((uintptr_t)board_data_end & ~(uintptr_t)3) - 2;
}

void board_set_memory(void)
{
	static struct fx_bare_range ranges[3];
	const uintptr_t begin = (uintptr_t)board_data, end = end_of_memory();
	const uintptr_t middle = (uintptr_t)read_only;

	ranges[0] = (struct fx_bare_range){begin, middle - begin, true};
	ranges[1] = (struct fx_bare_range){middle, sizeof(read_only), false};
	ranges[2] = (struct fx_bare_range){middle + sizeof(read_only),
					   end - middle - sizeof(read_only), true};
	fx_bare_set_memory(ranges, 3);
}

uintptr_t place_hole(void)
{
	return end_of_memory() & ~(uintptr_t)3;
}

uintptr_t place_read_only(void)
{
	return (uintptr_t)read_only;
}

const char *place_set_clock(int64_t seconds)
{
	struct fx_deadline now;

	fx_platform_bare.clock_now(FX_CLOCK_REALTIME, &now);
	fx_bare_set_realtime(now.sec + seconds, now.nsec);
	return NULL;
}

/* Handed out one behind the other, and all again once none is out. */
static _Alignas(64) char memory[MEMORY];
static size_t memory_used;
static unsigned memory_out;

void *place_memory(size_t bytes)
{
	char *m = &memory[memory_used];

	bytes = (bytes + 63) & ~(size_t)63;
	if (MEMORY - memory_used < bytes)
		return NULL;
	memory_used += bytes;
	memory_out++;
	return memset(m, 0, bytes);
}

void place_memory_free(void *m)
{
	(void)m;
	if (--memory_out == 0)
		memory_used = 0;
}

static uint32_t printing;

void place_print(const char *text)
{
	while (__atomic_exchange_n(&printing, 1, __ATOMIC_ACQUIRE) != 0)
		fx_platform_bare.relax();
	while (*text)
		board_put(*text++);
	__atomic_store_n(&printing, 0, __ATOMIC_RELEASE);
}

void place_exit(int status)
{
	board_exit(status);
}
