/* SPDX-License-Identifier: MIT */
/*
 * The text of a system call with any number and any arguments. What guest
 * memory holds is the input too: addresses below its size are in it.
 */
#include <stddef.h>
#include <stdint.h>

#include <asm/errno.h>

#include "shim/base/call.h"
#include "shim/decode/decode.h"
#include "shim/base/mem.h"
#include "shim/memory/umem.h"

#define TEXT 700

/* The libc's headers do not go with the kernel's, which the shim uses. */
_Noreturn void abort(void);
void *malloc(size_t size);
void free(void *p);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t *memory;
static size_t memory_size;

/* Not from shim/base/mem.c, which has a memcpy as well. */
size_t fx_strlen(const char *s)
{
	return __builtin_strlen(s);
}

int fx_umem_copy_in(void *to, uintptr_t from, size_t length)
{
	if (from > memory_size || length > memory_size - from)
		return -EFAULT;
	__builtin_memcpy(to, memory + from, length);
	return 0;
}

long fx_umem_string(char *to, uintptr_t from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (from >= memory_size || i >= memory_size - from)
			return -EFAULT;
		to[i] = (char)memory[from + i];
		if (!to[i])
			return (long)i;
	}
	return -ENAMETOOLONG;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_call call = {0};
	int64_t words[8];
	/* Of its own, so that a write behind its end is seen. */
	char *text = malloc(TEXT);
	struct fx_text x;

	if (size >= sizeof(words)) {
		__builtin_memcpy(words, data, sizeof(words));
		memory = data + sizeof(words);
		memory_size = size - sizeof(words);
		call.nr = words[0] & 1 ? words[0] >> 1 : (words[0] >> 1) & 511;
		__builtin_memcpy(call.arg, words + 1, sizeof(call.arg));
		fx_text_init(&x, text, TEXT);
		fx_decode_name(&x, call.nr);
		if (fx_sub_of(&call))
			fx_decode_sub(&x, fx_sub_of(&call));
		fx_decode_args(&x, &call);
		fx_decode_result(&x, &call, words[7]);
		if (x.len >= TEXT || text[x.len])
			abort();
		for (size_t i = 0; i < x.len; i++) {
			/* One line: the trace is read line by line. */
			if (text[i] == '\n' || !text[i])
				abort();
		}
	}
	free(text);
	return 0;
}
