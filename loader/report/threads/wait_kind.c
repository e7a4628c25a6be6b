/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/wait_kind.h"

#include <stdio.h>
#include <string.h>

#include "loader/report/threads/demangle.h"

static const struct fx_wait_function functions[] = {
	{"pthread_mutex_lock", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"pthread_mutex_timedlock", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"pthread_mutex_clocklock", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"pthread_mutex_lock_full", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"pthread_mutex_cond_lock", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"pthread_mutex_cond_lock_full", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"pthread_mutex_cond_lock_adjust", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"mtx_lock", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"mtx_timedlock", FX_WAIT_MUTEX, FX_OF_PTHREAD},
	{"pthread_cond_wait", FX_WAIT_COND, FX_OF_PTHREAD},
	{"pthread_cond_timedwait", FX_WAIT_COND, FX_OF_PTHREAD},
	{"pthread_cond_clockwait", FX_WAIT_COND, FX_OF_PTHREAD},
	{"pthread_cond_destroy", FX_WAIT_COND, FX_OF_PTHREAD},
	{"private_cond_signal", FX_WAIT_COND, FX_OF_PTHREAD},
	{"cnd_wait", FX_WAIT_COND, FX_OF_PTHREAD},
	{"cnd_timedwait", FX_WAIT_COND, FX_OF_PTHREAD},
	{"sem_wait", FX_WAIT_SEM, FX_OF_PTHREAD},
	{"new_sem_wait", FX_WAIT_SEM, FX_OF_PTHREAD},
	{"new_sem_wait_slow64", FX_WAIT_SEM, FX_OF_PTHREAD},
	{"sem_timedwait", FX_WAIT_SEM, FX_OF_PTHREAD},
	{"sem_clockwait", FX_WAIT_SEM, FX_OF_PTHREAD},
	{"pthread_rwlock_rdlock", FX_WAIT_READ, FX_OF_PTHREAD},
	{"pthread_rwlock_timedrdlock", FX_WAIT_READ, FX_OF_PTHREAD},
	{"pthread_rwlock_clockrdlock", FX_WAIT_READ, FX_OF_PTHREAD},
	{"pthread_rwlock_wrlock", FX_WAIT_WRITE, FX_OF_PTHREAD},
	{"pthread_rwlock_timedwrlock", FX_WAIT_WRITE, FX_OF_PTHREAD},
	{"pthread_rwlock_clockwrlock", FX_WAIT_WRITE, FX_OF_PTHREAD},
	{"pthread_barrier_wait", FX_WAIT_BARRIER, FX_OF_PTHREAD},
	{"pthread_barrier_destroy", FX_WAIT_BARRIER, FX_OF_PTHREAD},
	{"pthread_join", FX_WAIT_JOIN, FX_OF_PTHREAD},
	{"pthread_timedjoin_np", FX_WAIT_JOIN, FX_OF_PTHREAD},
	{"pthread_clockjoin_np", FX_WAIT_JOIN, FX_OF_PTHREAD},
	{"pthread_clockjoin_ex", FX_WAIT_JOIN, FX_OF_PTHREAD},
	{"thrd_join", FX_WAIT_JOIN, FX_OF_PTHREAD},
	{"pthread_once", FX_WAIT_ONCE, FX_OF_PTHREAD},
	{"pthread_once_slow", FX_WAIT_ONCE, FX_OF_PTHREAD},
	{"pthread_once_full", FX_WAIT_ONCE, FX_OF_PTHREAD},
	{"call_once", FX_WAIT_ONCE, FX_OF_PTHREAD},
	{"cxa_guard_acquire", FX_WAIT_GUARD, FX_OF_CXX},
	{"lll_lock_wait_private", FX_WAIT_INTERNAL, FX_OF_PTHREAD},
	{"lockfile", FX_WAIT_INTERNAL, FX_OF_PTHREAD},
	{"flockfile", FX_WAIT_INTERNAL, FX_OF_PTHREAD},
	{"lock", FX_WAIT_INTERNAL, FX_OF_PTHREAD},
	{"runtime.lock2", FX_WAIT_MUTEX, FX_OF_GO},
	{"runtime.notesleep", FX_WAIT_PARK, FX_OF_GO},
	{"runtime.notetsleep_internal", FX_WAIT_PARK, FX_OF_GO},
};

/*
 * Of Rust's standard library, and of templates of C++'s, names are paths with lengths, in two ways;
 * both parts are in them.
 */
static const struct {
	const char *first, *second;
	struct fx_wait_function is;
} parts[] = {
	{"mutex", "5Mutex14lock_contended", {"Mutex::lock", FX_WAIT_MUTEX, FX_OF_RUST}},
	{"futex", "7Condvar", {"Condvar::wait", FX_WAIT_COND, FX_OF_RUST}},
	{"18__atomic_semaphore", "_M_acquire", {"semaphore::acquire", FX_WAIT_SEM, FX_OF_CXX}},
	{"rwlock", "14read_contended", {"RwLock::read", FX_WAIT_READ, FX_OF_RUST}},
	{"rwlock", "15write_contended", {"RwLock::write", FX_WAIT_WRITE, FX_OF_RUST}},
	{"5futex", "4Once4call", {"Once::call_once", FX_WAIT_ONCE, FX_OF_RUST}},
	{"5futex", "4Once4wait", {"Once::wait", FX_WAIT_ONCE, FX_OF_RUST}},
	{"3std6thread", "4park", {"thread::park", FX_WAIT_PARK, FX_OF_RUST}},
	{"14thread_parking", "4park", {"thread::park", FX_WAIT_PARK, FX_OF_RUST}},
};

/* Names differ in leading '_', and compilers and linkers append to them. */
static bool same(const char *symbol, const char *name)
{
	const size_t length = strlen(name);

	return strncmp(symbol, name, length) == 0 &&
	       (symbol[length] == '\0' || symbol[length] == '.' || symbol[length] == '@');
}

const struct fx_wait_function *fx_wait_function(const char *symbol)
{
	const char *bare = symbol + strspn(symbol, "_");

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		if (same(bare, functions[i].name))
			/* A program's own `lock` is no one of the C library's. */
			return strcmp(functions[i].name, "lock") == 0 && bare != symbol + 2
				       ? NULL
				       : &functions[i];
	}
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *first = strncmp(symbol, "_R", 2) == 0 || strncmp(symbol, "_ZN", 3) == 0
					    ? strstr(symbol, parts[i].first)
					    : NULL;

		if (first && strstr(first, parts[i].second))
			return &parts[i].is;
	}
	return NULL;
}

void fx_wait_function_name(const char *symbol, char *out, size_t size)
{
	const struct fx_wait_function *f = fx_wait_function(symbol);

	if (!f || f->library == FX_OF_CXX)
		fx_demangle(symbol, out, size);
	else if (strncmp(f->name, "new_sem_wait", 12) == 0)
		snprintf(out, size, "sem_wait");
	else if (strcmp(f->name, "pthread_clockjoin_ex") == 0)
		snprintf(out, size, "pthread_join");
	else
		snprintf(out, size, "%s", f->name);
}

const char *fx_wait_kind_name(enum fx_wait_kind kind)
{
	static const char *const name[FX_WAIT_KINDS] = {
		"word",
		"mutex",
		"condition",
		"semaphore",
		"rwlock to read",
		"rwlock to write",
		"barrier",
		"join",
		"once",
		"static variable",
		"lock of the C library",
		"wake-up",
	};

	return name[kind];
}
