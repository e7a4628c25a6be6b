/* SPDX-License-Identifier: MIT */
#include "shim/signals/pkru.h"

#include <cpuid.h>
#include <stddef.h>

#include "shim/base/kernel_signal.h"
#include "shim/base/mem.h"

#define COMPONENT 9
#define INITIAL	  0x55555554 /* key 0 alone may be used */
#define OF_KEY_0  3U

/* Nobody has been given a key: no memory has another one than 0. */
static bool given;

/* Where xsave puts it, in its standard form. Asking the processor takes long in a virtual machine.
 */
static size_t place(void)
{
	static uint32_t known;
	unsigned size, offset = __atomic_load_n(&known, __ATOMIC_RELAXED), flags, unused;

	if (offset == 0) {
		__cpuid_count(0xd, COMPONENT, size, offset, flags, unused);
		__atomic_store_n(&known, offset, __ATOMIC_RELAXED);
	}
	return offset;
}

static bool is_in(const unsigned char *state)
{
	struct _fpx_sw_bytes sw = fx_state_sw(state);

	return sw.magic1 == FP_XSTATE_MAGIC1 && (sw.xfeatures & (1ULL << COMPONENT));
}

static uint32_t get(const unsigned char *state)
{
	uint32_t value = 0; /* the processor's own initial state */
	uint64_t there;

	memcpy(&there, state + FX_STATE_LEGACY, sizeof(there));
	if (there & (1ULL << COMPONENT))
		memcpy(&value, state + place(), sizeof(value));
	return value;
}

static void set(unsigned char *state, uint32_t value)
{
	uint64_t there;

	memcpy(&there, state + FX_STATE_LEGACY, sizeof(there));
	there |= 1ULL << COMPONENT;
	memcpy(state + FX_STATE_LEGACY, &there, sizeof(there));
	memcpy(state + place(), &value, sizeof(value));
}

static unsigned char *state_of(const struct ucontext *uc)
{
	return (unsigned char *)(uintptr_t)uc->uc_mcontext.fpstate;
}

void fx_pkru_begin(unsigned char *state)
{
	if (is_in(state))
		set(state, INITIAL);
}

void fx_pkru_given(struct ucontext *uc, unsigned key, unsigned rights)
{
	unsigned char *state = uc ? state_of(uc) : NULL;
	unsigned at = 2 * key;

	__atomic_store_n(&given, true, __ATOMIC_RELAXED);
	if (state && is_in(state))
		set(state, (get(state) & ~(3U << at)) | rights << at);
}

void fx_pkru_take(const struct ucontext *uc)
{
	const unsigned char *state = state_of(uc);

	if (!__atomic_load_n(&given, __ATOMIC_RELAXED) || !state || !is_in(state))
		return;
	/* wrpkru: there is the register, or the host had given out no key. */
	__asm__ volatile(".byte 0x0f, 0x01, 0xef" ::"a"(get(state) & ~OF_KEY_0), "c"(0), "d"(0)
			 : "memory");
}
