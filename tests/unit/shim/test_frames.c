/* SPDX-License-Identifier: MIT */
/*
 * Functions of a file by its .eh_frame: the C library that this test is linked with has thousands,
 * each begins where the dynamic loader says that one of its functions does, and they cover its
 * text.
 */
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <unistd.h>

#include "shim/patch/frames.h"

static struct fx_frames frames;
static uintptr_t base;

long fx_host_call(long nr, long a, long b, long c, long d, long e, long f);

/* What the shim has its own of: the numbers of calls, and errors as the kernel gives them. */
long fx_host_call(long nr, long a, long b, long c, long d, long e, long f)
{
	long r = syscall(nr, a, b, c, d, e, f);

	return r == -1 ? -errno : r;
}

static void read_libc(void)
{
	Dl_info info;
	struct link_map *map;
	const ElfW(Ehdr) * head;
	const ElfW(Phdr) * segment;
	int fd;

	ck_assert_int_ne(dladdr1((void *)(uintptr_t)qsort, &info, (void **)&map, RTLD_DL_LINKMAP),
			 0);
	base = map->l_addr;
	head = info.dli_fbase;
	segment = (const void *)((const char *)head + head->e_phoff);
	while (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X))
		segment++;
	fd = open(info.dli_fname, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert(fx_frames_read(fd, segment->p_offset & ~4095UL, &frames));
	close(fd);
}

static bool begins(const void *function)
{
	for (size_t i = 0; i < frames.count; i++)
		if (base + frames.function[i].start == (uintptr_t)function)
			return true;
	return false;
}

START_TEST(of_the_c_library)
{
	read_libc();
	ck_assert(!frames.partial);
	ck_assert_uint_ge(frames.count, 1000);
	ck_assert(begins((void *)(uintptr_t)qsort));
	ck_assert(begins(dlsym(RTLD_DEFAULT, "pthread_mutex_lock")));
	ck_assert(begins(dlsym(RTLD_DEFAULT, "fopen")));
	for (size_t i = 0; i < frames.count; i++) {
		ck_assert_uint_ge(frames.function[i].start, frames.text_start);
		ck_assert_uint_le(frames.function[i].end, frames.text_end);
		ck_assert_uint_lt(frames.function[i].start, frames.function[i].end);
	}
	fx_frames_free(&frames);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frames");
	TCase *tcase = tcase_create("frames");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, of_the_c_library);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
