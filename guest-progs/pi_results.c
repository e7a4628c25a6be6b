/* SPDX-License-Identifier: MIT */
/* FUTEX_LOCK_PI and its kin by raw calls: results, and what the word becomes. */
#include <sys/mman.h>

#include "guest-progs/futex.h"

static uint32_t word, other;
static pid_t main_tid;
static const struct timespec past = {1, 0}, too_long = {0, 1000000000};

static void say_word(const char *what, const uint32_t *w)
{
	uint32_t v = __atomic_load_n(w, __ATOMIC_SEQ_CST), tid = v & FUTEX_TID_MASK;

	printf("  %s: %s%s%s\n", what,
	       !tid			   ? "nobody"
	       : tid == (uint32_t)main_tid ? "main"
					   : "another",
	       v & FUTEX_WAITERS ? " WAITERS" : "", v & FUTEX_OWNER_DIED ? " OWNER_DIED" : "");
}

static long pi(int op, uint32_t *w, const void *timeout)
{
	return futex(w, op, 0, timeout, NULL, 0);
}

static void alone(const char *name, int flag)
{
	printf("alone%s\n", name);
	word = 0;
	say("trylock", pi(FUTEX_TRYLOCK_PI | flag, &word, NULL));
	say_word("word", &word);
	say("trylock again", pi(FUTEX_TRYLOCK_PI | flag, &word, NULL));
	say("lock again", pi(FUTEX_LOCK_PI | flag, &word, NULL));
	say("unlock", pi(FUTEX_UNLOCK_PI | flag, &word, NULL));
	say_word("word", &word);
	say("unlock again", pi(FUTEX_UNLOCK_PI | flag, &word, NULL));
	say("lock", pi(FUTEX_LOCK_PI | flag, &word, NULL));
	say_word("word", &word);
	say("unlock", pi(FUTEX_UNLOCK_PI | flag, &word, NULL));
	say("lock2", pi(FUTEX_LOCK_PI2 | flag, &word, &past));
	say("unlock", pi(FUTEX_UNLOCK_PI | flag, &word, NULL));
	say("lock, bad timeout", pi(FUTEX_LOCK_PI | flag, &word, &too_long));
	say("lock, CLOCK_REALTIME", pi(FUTEX_LOCK_PI | flag | FUTEX_CLOCK_REALTIME, &word, NULL));
	say("misaligned", pi(FUTEX_LOCK_PI | flag, (uint32_t *)((char *)&word + 1), NULL));
	say("NULL", pi(FUTEX_LOCK_PI | flag, NULL, NULL));
	say("unlock NULL", pi(FUTEX_UNLOCK_PI | flag, NULL, NULL));
	word = FUTEX_TID_MASK & ~1U; /* beyond any pid_max */
	say("owner that is not there", pi(FUTEX_LOCK_PI | flag, &word, NULL));
	say("trylock of it", pi(FUTEX_TRYLOCK_PI | flag, &word, NULL));
	word = FUTEX_OWNER_DIED;
	say("owner died", pi(FUTEX_LOCK_PI | flag, &word, NULL));
	say_word("word", &word);
	say("unlock", pi(FUTEX_UNLOCK_PI | flag, &word, NULL));
	say_word("word", &word);
	word = 0;
}

/* A thread that waits for the lock, then says what it got and gives it back. */
struct contender {
	pid_t tid;
	long result;
	int error;
	const struct timespec *timeout;
	pthread_t thread;
};

static void *contend(void *arg)
{
	struct contender *c = arg;

	__atomic_store_n(&c->tid, own_tid(), __ATOMIC_RELEASE);
	c->result = pi(FUTEX_LOCK_PI2_PRIVATE, &word, c->timeout);
	c->error = errno;
	if (c->result == 0)
		pi(FUTEX_UNLOCK_PI_PRIVATE, &word, NULL);
	return NULL;
}

static void contended(void)
{
	struct contender c[2] = {{.timeout = NULL}, {.timeout = NULL}};

	puts("contended");
	pi(FUTEX_LOCK_PI_PRIVATE, &word, NULL);
	for (int i = 0; i < 2; i++) {
		c[i].thread = start_thread(contend, &c[i]);
		await_sleep(&c[i].tid);
	}
	say_word("word", &word);
	say("plain wake", futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	say("plain wait",
	    futex(&word, FUTEX_WAIT_BITSET_PRIVATE, word, &past, NULL, FUTEX_BITSET_MATCH_ANY));
	say("plain requeue", futex2(&word, FUTEX_REQUEUE_PRIVATE, 1, 1, &other, 0));
	say("unlock", pi(FUTEX_UNLOCK_PI_PRIVATE, &word, NULL));
	for (int i = 0; i < 2; i++) {
		pthread_join(c[i].thread, NULL);
		errno = c[i].error;
		say("contender", c[i].result);
	}
	say_word("word", &word);
}

static void *lock_past(void *arg)
{
	say("another's lock, past", pi(FUTEX_LOCK_PI2_PRIVATE, &word, &past));
	say("another's lock, past, realtime", pi(FUTEX_LOCK_PI_PRIVATE, &word, &past));
	say("another's trylock", pi(FUTEX_TRYLOCK_PI_PRIVATE, &word, NULL));
	say("another's unlock", pi(FUTEX_UNLOCK_PI_PRIVATE, &word, NULL));
	return arg;
}

/* Main owns word and wants other; the second thread owns other and wants word. */
static pid_t second_tid;

static void *second(void *arg)
{
	pi(FUTEX_LOCK_PI_PRIVATE, &other, NULL);
	__atomic_store_n(&second_tid, own_tid(), __ATOMIC_RELEASE);
	pi(FUTEX_LOCK_PI_PRIVATE, &word, NULL);
	pi(FUTEX_UNLOCK_PI_PRIVATE, &word, NULL);
	pi(FUTEX_UNLOCK_PI_PRIVATE, &other, NULL);
	return arg;
}

static void *die_with_lock(void *arg)
{
	pi(FUTEX_LOCK_PI_PRIVATE, &word, NULL);
	return arg;
}

int main(void)
{
	pthread_t thread;

	main_tid = own_tid();
	alone("", 0);
	alone(", private", FUTEX_PRIVATE_FLAG);
	contended();

	puts("another");
	pi(FUTEX_LOCK_PI_PRIVATE, &word, NULL);
	pthread_join(start_thread(lock_past, NULL), NULL);
	say_word("word", &word);
	say("unlock", pi(FUTEX_UNLOCK_PI_PRIVATE, &word, NULL));
	say_word("word", &word);

	puts("deadlock of two");
	pi(FUTEX_LOCK_PI_PRIVATE, &word, NULL);
	thread = start_thread(second, NULL);
	await_sleep(&second_tid);
	say("lock", pi(FUTEX_LOCK_PI_PRIVATE, &other, NULL));
	say("unlock", pi(FUTEX_UNLOCK_PI_PRIVATE, &word, NULL));
	pthread_join(thread, NULL);
	say_word("word", &word);
	say_word("other", &other);

	puts("owner that has ended");
	pthread_join(start_thread(die_with_lock, NULL), NULL);
	say("lock", pi(FUTEX_LOCK_PI_PRIVATE, &word, NULL));
	return 0;
}
