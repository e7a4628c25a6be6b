/* SPDX-License-Identifier: MIT */
#include "loader/report/lock_site.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "loader/report/threads/inlined.h"

struct named {
	const char *name, *does;
};

/* Without leading '_', and what compilers and linkers append. */
static const struct named functions[] = {
	{"pthread_mutex_lock", "lock"},
	{"pthread_mutex_lock_full", "lock"},
	{"pthread_mutex_cond_lock", "lock"},
	{"pthread_mutex_cond_lock_full", "lock"},
	{"mtx_lock", "lock"},
	/* They end by themselves. */
	{"pthread_mutex_timedlock", "try"},
	{"pthread_mutex_clocklock", "try"},
	{"pthread_mutex_trylock", "try"},
	{"pthread_mutex_trylock_owner", "try"},
	{"mtx_timedlock", "try"},
	{"mtx_trylock", "try"},
	{"pthread_mutex_unlock", "unlock"},
	{"pthread_mutex_unlock_usercnt", "unlock"},
	{"pthread_mutex_unlock_full", "unlock"},
	{"mtx_unlock", "unlock"},
	/* It counts threads, and orders nothing. */
	{"start_thread", "count"},
	{"pthread_create", "count"},
	{"pthread_create_2_1", "count"},
	{"pthread_mutex_cond_lock_adjust", "inner"},
	{"lll_lock_wait", "inner"},
	{"pthread_rwlock_rdlock", "read"},
	{"pthread_rwlock_wrlock", "write"},
	{"pthread_rwlock_tryrdlock", "tryread"},
	{"pthread_rwlock_trywrlock", "trywrite"},
	{"pthread_rwlock_unlock", "rwunlock"},
};

/* musl's way to wait for what "read" and "write" of its own hand on. */
static const struct named musl[] = {
	{"pthread_rwlock_timedrdlock", "inner"},
	{"pthread_rwlock_timedwrlock", "inner"},
};

/* Of Rust's standard library names are paths with lengths, in two ways. */
static const struct named parts[] = {
	{"5Mutex14lock_contended", "lock"},
	{"5Mutex4lock", "lock"},
	{"5Mutex8try_lock", "try"},
	{"5Mutex6unlock", "unlock"},
};

static const char *in(const struct named *list, size_t count, const char *symbol)
{
	const char *bare = symbol + strspn(symbol, "_");

	/* glibc's name for what it calls itself. */
	if (strncmp(bare, "GI_", 3) == 0)
		bare += 3 + strspn(bare + 3, "_");
	for (size_t i = 0; i < count; i++) {
		const size_t length = strlen(list[i].name);

		if (strncmp(bare, list[i].name, length) == 0 &&
		    (bare[length] == '\0' || bare[length] == '.' || bare[length] == '@'))
			return list[i].does;
	}
	return NULL;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *of_symbol(const struct fx_modules *m, const char *symbol)
{
	const char *does = in(functions, COUNT(functions), symbol);

	if (!does && m->musl)
		does = in(musl, COUNT(musl), symbol);
	if (does || (strncmp(symbol, "_ZN3std", 7) != 0 && strncmp(symbol, "_R", 2) != 0))
		return does;
	for (size_t i = 0; i < COUNT(parts); i++) {
		const char *at = strstr(symbol, "5mutex");

		if (at && strstr(at, "5futex") && strstr(at, parts[i].name))
			return parts[i].does;
	}
	return NULL;
}

const char *fx_lock_site(struct fx_modules *m, uint64_t address)
{
	struct fx_inlined inlined[FX_INLINED_MOST];
	const struct fx_module *module = fx_module_of(m, address);
	const size_t count = fx_inlined_at(m, address, inlined);
	struct fx_symbol symbol;
	const char *does;

	for (size_t i = 0; i < count; i++) {
		if (inlined[i].symbol && (does = of_symbol(m, inlined[i].symbol)))
			return does;
	}
	if (!fx_module_symbol(m, address, &symbol))
		return module && module->libc ? "inner" : "bare";
	does = of_symbol(m, symbol.name);
	return does ? does : "other";
}

bool fx_lock_function(struct fx_modules *m, uint64_t address)
{
	struct fx_symbol symbol;

	return fx_module_symbol(m, address, &symbol) && of_symbol(m, symbol.name);
}
