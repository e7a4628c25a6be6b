/* SPDX-License-Identifier: MIT */
/* Where the segments of an image come to lie, and what is in and around them. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loader/exec_file.h"
#include "loader/exit_status.h"
#include "loader/map_guest.h"
#include "tests/unit/loader/sample_elf.h"

static struct fx_refusal why;

static void open_sample(struct fx_elf_image *image, const struct sample_elf *s)
{
	const struct fx_span nowhere = {0, 0};
	const char *path = sample_write("map", s->bytes, s->size);

	int fd = fx_exec_file_open(path, path, &why);

	ck_assert_msg(fx_elf_image_read(image, fd, FX_ELF_PROGRAM, path, nowhere, &why) == 0, "%s",
		      why.line);
}

static uintptr_t map_sample(const struct sample_elf *s, enum fx_placement placement)
{
	struct fx_elf_image image;
	struct fx_taken taken = {0};
	uintptr_t bias = 1;

	open_sample(&image, s);
	ck_assert_msg(fx_map_guest(&image, placement, "sample", &taken, &bias, &why) == 0, "%s",
		      why.line);
	fx_elf_image_close(&image);
	free(taken.span);
	return bias;
}

/* "r-xp" and its kind for a mapped address, "" for another. */
static const char *protection(uintptr_t address)
{
	static char result[5];
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	result[0] = '\0';
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long start, end;
		char prot[5];

		if (sscanf(line, "%lx-%lx %4s", &start, &end, prot) == 3 && address >= start &&
		    address < end)
			strcpy(result, prot);
	}
	if (maps)
		fclose(maps);
	return result;
}

static bool all_are(const unsigned char *at, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++) {
		if (at[i] != value)
			return false;
	}
	return true;
}

static void check_sample(uintptr_t bias)
{
	const unsigned char *data = (const unsigned char *)bias + SAMPLE_DATA_ADDRESS;

	ck_assert_int_eq(memcmp((const void *)bias, ELFMAG, SELFMAG), 0);
	ck_assert(all_are(data, SAMPLE_DATA_BYTES, 0xdd));
	/* To the very end of the last page, beyond p_memsz. */
	ck_assert(all_are(data + SAMPLE_DATA_BYTES, 0x3000 - SAMPLE_DATA_BYTES, 0));
	ck_assert_str_eq(protection(bias), "r-xp");
	ck_assert_str_eq(protection(bias + SAMPLE_DATA_ADDRESS), "rw-p");
	ck_assert_str_eq(protection(bias + SAMPLE_DATA_ADDRESS + 0x2000), "rw-p");
	ck_assert_msg(protection(bias + 0x1000)[0] == '\0', "the gap is still mapped");
}

START_TEST(a_pie_goes_where_linux_puts_one)
{
	struct sample_elf s = sample_elf();
	uintptr_t bias = map_sample(&s, FX_PLACE_PROGRAM);

	ck_assert_uint_eq(bias % FX_PAGE_SIZE, 0);
	ck_assert_uint_ge(bias, 0x555555554000);
	ck_assert_uint_lt(bias, 0x555555554000 + (FX_PAGE_SIZE << 28));
	check_sample(bias);
}
END_TEST

START_TEST(an_interpreter_goes_into_a_hole)
{
	struct sample_elf s = sample_elf();

	check_sample(map_sample(&s, FX_PLACE_HOLE));
}
END_TEST

START_TEST(a_fixed_image_goes_to_its_own_addresses)
{
	struct sample_elf s = sample_elf_fixed(0x10000000);

	ck_assert_uint_eq(map_sample(&s, FX_PLACE_PROGRAM), 0);
	ck_assert_int_eq(memcmp((const void *)0x10000000, ELFMAG, SELFMAG), 0);
	ck_assert_str_eq(protection(0x10000000), "r-xp");
}
END_TEST

START_TEST(a_large_alignment_is_honoured)
{
	struct sample_elf s = sample_elf();

	s.phdr[SAMPLE_DATA].p_align = 0x200000;

	uintptr_t bias = map_sample(&s, _i ? FX_PLACE_HOLE : FX_PLACE_PROGRAM);

	ck_assert_uint_eq(bias % 0x200000, 0);
	check_sample(bias);
	/* What the search for it took is given back. */
	ck_assert_str_eq(protection(bias - 1), "");
	ck_assert_str_eq(protection(bias + 0x5000), "");
}
END_TEST

START_TEST(an_image_that_does_not_start_at_zero_keeps_its_distances)
{
	struct sample_elf s = sample_elf_fixed(0x3000);

	s.ehdr.e_type = ET_DYN;
	s.phdr[SAMPLE_DATA].p_align = 0x10000;

	uintptr_t bias = map_sample(&s, FX_PLACE_PROGRAM);

	ck_assert_uint_eq(bias % 0x10000, 0);
	check_sample(bias + 0x3000);
	ck_assert_str_eq(protection(bias), "");
}
END_TEST

START_TEST(a_segment_of_bss_alone_is_zero)
{
	struct sample_elf s = sample_elf();

	s.phdr[SAMPLE_DATA].p_filesz = 0;

	uintptr_t bias = map_sample(&s, FX_PLACE_PROGRAM);

	ck_assert(all_are((const unsigned char *)bias + SAMPLE_DATA_ADDRESS, 0x3000, 0));
}
END_TEST

/* padzero() in the kernel fails there, and the kernel does not mind. */
START_TEST(the_last_page_of_a_read_only_segment_is_left_as_it_is)
{
	struct sample_elf s = sample_elf();

	s.phdr[SAMPLE_DATA].p_flags = PF_R;

	uintptr_t bias = map_sample(&s, FX_PLACE_PROGRAM);
	const unsigned char *data = (const unsigned char *)bias + SAMPLE_DATA_ADDRESS;

	ck_assert(all_are(data, 0x1000, 0xdd));
	ck_assert(all_are(data + 0x1000, 0x2000, 0));
	ck_assert_str_eq(protection((uintptr_t)data), "r--p");
	ck_assert_str_eq(protection((uintptr_t)data + 0x1000), "rw-p");
}
END_TEST

START_TEST(what_is_mapped_already_is_never_replaced)
{
	struct sample_elf s = sample_elf_fixed(0x10000000);
	struct fx_elf_image image;
	struct fx_taken taken = {0};
	uintptr_t bias = 4711;
	char *mine = mmap((void *)0x10004000, 0x1000, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	ck_assert_ptr_ne(mine, MAP_FAILED);
	*mine = 'x';
	open_sample(&image, &s);
	ck_assert_int_eq(fx_map_guest(&image, FX_PLACE_PROGRAM, "sample", &taken, &bias, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_CANNOT_RUN);
	ck_assert_ptr_nonnull(strstr(why.line, "cannot have its addresses 0x10002000-0x10005000"));
	ck_assert_uint_eq(bias, 4711);
	ck_assert_int_eq(*mine, 'x');
	fx_elf_image_close(&image);
	free(taken.span);
}
END_TEST

/* A fixed interpreter may lie over its program, and a program over itself. */
START_TEST(what_images_have_is_taken_by_those_that_follow)
{
	struct sample_elf s = sample_elf_fixed(0x10000000);
	struct fx_elf_image image;
	struct fx_taken taken = {0};
	uintptr_t bias;

	s.phdr[SAMPLE_DATA].p_vaddr = 0x10000000;
	open_sample(&image, &s);
	for (int i = 0; i < 2; i++)
		ck_assert_msg(
			fx_map_guest(&image, FX_PLACE_PROGRAM, "sample", &taken, &bias, &why) == 0,
			"%s", why.line);
	ck_assert(all_are((const unsigned char *)0x10000000, SAMPLE_DATA_BYTES, 0xdd));
	ck_assert_uint_eq(taken.count, 4);
	fx_elf_image_close(&image);
	free(taken.span);
}
END_TEST

START_TEST(an_image_larger_than_the_address_space_is_refused)
{
	struct sample_elf s = sample_elf();
	struct fx_elf_image image;
	struct fx_taken taken = {0};
	uintptr_t bias;

	s.phdr[SAMPLE_DATA].p_memsz = FX_USER_END - SAMPLE_DATA_ADDRESS;
	open_sample(&image, &s);
	ck_assert_int_eq(fx_map_guest(&image, FX_PLACE_PROGRAM, "sample", &taken, &bias, &why), -1);
	ck_assert_int_eq(why.status, FX_EXIT_CANNOT_RUN);
	ck_assert_ptr_nonnull(strstr(why.line, "address space"));
	fx_elf_image_close(&image);
	free(taken.span);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("map_guest");
	TCase *tcase = tcase_create("map_guest");
	SRunner *runner = srunner_create(suite);

	sample_dir();
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, a_pie_goes_where_linux_puts_one);
	tcase_add_test(tcase, an_interpreter_goes_into_a_hole);
	tcase_add_test(tcase, a_fixed_image_goes_to_its_own_addresses);
	tcase_add_loop_test(tcase, a_large_alignment_is_honoured, 0, 2);
	tcase_add_test(tcase, an_image_that_does_not_start_at_zero_keeps_its_distances);
	tcase_add_test(tcase, a_segment_of_bss_alone_is_zero);
	tcase_add_test(tcase, the_last_page_of_a_read_only_segment_is_left_as_it_is);
	tcase_add_test(tcase, what_is_mapped_already_is_never_replaced);
	tcase_add_test(tcase, what_images_have_is_taken_by_those_that_follow);
	tcase_add_test(tcase, an_image_larger_than_the_address_space_is_refused);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	sample_clean();
	return failed != 0;
}
