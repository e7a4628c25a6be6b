/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/guest_memory.h"

#include <errno.h>
#include <string.h>

#include "shim/base/mem.h"
#include "shim/memory/umem.h"

static struct fx_modules *modules;

void fx_guest_memory(struct fx_modules *m)
{
	modules = m;
}

int fx_umem_copy_in(void *to, uintptr_t from, size_t length)
{
	return modules && fx_modules_load(modules, from, to, length) ? 0 : -EFAULT;
}

long fx_umem_string(char *to, uintptr_t from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (fx_umem_copy_in(&to[i], from + i, 1) < 0)
			return -EFAULT;
		if (!to[i])
			return (long)i;
	}
	return -ENAMETOOLONG;
}

/* Of shim/base/mem.c no more is wanted: the rest of it is the C library's here. */
size_t fx_strlen(const char *text)
{
	return strlen(text);
}
