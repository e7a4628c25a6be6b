/* SPDX-License-Identifier: MIT */
/* Which ELF files fxbox is willing to map, and what it says of the others. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "loader/elf_image.h"
#include "loader/exec_file.h"
#include "loader/exit_status.h"
#include "tests/unit/loader/sample_elf.h"

static const struct fx_span own = {0x70000000, 0x70100000};

static struct fx_refusal why;

/* One line, naming the file, nothing a terminal would act upon. */
static void check_refusal(int status, const char *subject, const char *text)
{
	ck_assert_int_eq(why.status, status);
	ck_assert_msg(strstr(why.line, text), "'%s' is not in: %s", text, why.line);
	ck_assert_msg(strncmp(why.line, subject, strlen(subject)) == 0, "%s", why.line);
	ck_assert_ptr_null(strchr(why.line, '\n'));
}

static int open_image(struct fx_elf_image *image, const char *path)
{
	int fd = fx_exec_file_open(path, path, &why);

	return fd < 0 ? -1 : fx_elf_image_read(image, fd, FX_ELF_PROGRAM, path, own, &why);
}

static void refuses(const char *path, int status, const char *text)
{
	struct fx_elf_image image = {.phnum = 4711};

	ck_assert_int_eq(open_image(&image, path), -1);
	check_refusal(status, path, text);
	ck_assert_msg(image.phnum == 4711, "the image was touched");
}

/* Each spoils the sample in one way. */

static void empty(struct sample_elf *s)
{
	s->size = 0;
}

static void text_file(struct sample_elf *s)
{
	memcpy(s->bytes, "hello\n", s->size = 6);
}

static void magic_only(struct sample_elf *s)
{
	s->size = SELFMAG;
}

static void half_a_header(struct sample_elf *s)
{
	s->size = sizeof(Elf64_Ehdr) - 1;
}

static void no_class(struct sample_elf *s)
{
	s->ehdr.e_machine = 0;
	s->ehdr.e_ident[EI_CLASS] = 9;
}

static void no_phdrs_in_file(struct sample_elf *s)
{
	s->size = sizeof(Elf64_Ehdr);
}

static void half_the_phdrs(struct sample_elf *s)
{
	s->size = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + 7;
}

static void phoff_wraps(struct sample_elf *s)
{
	s->ehdr.e_phoff = UINT64_MAX - 16;
}

static void interp_beyond_file(struct sample_elf *s)
{
	s->phdr[SAMPLE_INTERP].p_offset = SAMPLE_SIZE - 3;
}

static void i386(struct sample_elf *s)
{
	s->ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	s->ehdr.e_machine = EM_386;
}

static void x32(struct sample_elf *s)
{
	s->ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	s->ehdr.e_phentsize = 0; /* the file has something else there */
}

static void aarch64(struct sample_elf *s)
{
	s->ehdr.e_machine = EM_AARCH64;
}

static void unheard_of_machine(struct sample_elf *s)
{
	s->ehdr.e_machine = 0x7777;
}

static void big_endian(struct sample_elf *s)
{
	s->ehdr.e_ident[EI_DATA] = ELFDATA2MSB;
	s->ehdr.e_machine = EM_X86_64 << 8;
}

static void object_file(struct sample_elf *s)
{
	s->ehdr.e_type = ET_REL;
}

static void core_dump(struct sample_elf *s)
{
	s->ehdr.e_type = ET_CORE;
}

static void no_type(struct sample_elf *s)
{
	s->ehdr.e_type = ET_NONE;
}

static void no_phdrs(struct sample_elf *s)
{
	s->ehdr.e_phnum = 0;
}

static void many_phdrs(struct sample_elf *s)
{
	s->ehdr.e_phnum = 0xffff;
}

static void odd_phentsize(struct sample_elf *s)
{
	s->ehdr.e_phentsize = 32;
}

static void no_loads(struct sample_elf *s)
{
	s->phdr[SAMPLE_TEXT].p_type = PT_NULL;
	s->phdr[SAMPLE_DATA].p_type = PT_NULL;
	s->phdr[SAMPLE_INTERP].p_type = PT_NULL;
}

static void wrap(struct sample_elf *s)
{
	s->phdr[SAMPLE_DATA].p_memsz = UINT64_MAX - 0x1000;
}

static void kernel_address(struct sample_elf *s)
{
	s->phdr[SAMPLE_DATA].p_vaddr = 0xffffffff80000000;
}

static void last_page_of_user_space(struct sample_elf *s)
{
	s->phdr[SAMPLE_DATA].p_vaddr = FX_USER_END - 0x1000;
	s->phdr[SAMPLE_DATA].p_memsz = 0x1001;
}

static void padding_beyond_file(struct sample_elf *s)
{
	s->size = SAMPLE_DATA_OFFSET;
}

static void no_sizes(struct sample_elf *s)
{
	s->phdr[SAMPLE_TEXT].p_filesz = s->phdr[SAMPLE_TEXT].p_memsz = 0;
	s->phdr[SAMPLE_DATA].p_type = PT_NULL;
}

static void more_file_than_memory(struct sample_elf *s)
{
	s->phdr[SAMPLE_DATA].p_memsz = SAMPLE_DATA_BYTES - 1;
}

static void misaligned(struct sample_elf *s)
{
	s->phdr[SAMPLE_DATA].p_vaddr += 8;
}

static void endless_interp(struct sample_elf *s)
{
	s->phdr[SAMPLE_INTERP].p_filesz -= 1;
}

static void long_interp(struct sample_elf *s)
{
	s->phdr[SAMPLE_INTERP].p_filesz = PATH_MAX + 1;
}

static void empty_interp(struct sample_elf *s)
{
	s->phdr[SAMPLE_INTERP].p_filesz = 1;
}

static void over_fxbox(struct sample_elf *s)
{
	*s = sample_elf_fixed(own.end - SAMPLE_DATA_ADDRESS - 0x1000);
}

static const struct {
	const char *name;
	void (*spoil)(struct sample_elf *);
	const char *text;
} bad[] = {
	{"empty", empty, "is empty"},
	{"text file", text_file, "is not an ELF program"},
	{"magic only", magic_only, "truncated within its ELF header"},
	{"half a header", half_a_header, "truncated within its ELF header"},
	{"no class", no_class, "damaged ELF header"},
	{"no program headers in file", no_phdrs_in_file, "truncated within its program headers"},
	{"half the program headers", half_the_phdrs, "truncated within its program headers"},
	{"e_phoff wraps", phoff_wraps, "truncated within its program headers"},
	{"interpreter beyond file", interp_beyond_file, "truncated within its interpreter"},
	{"i386", i386, "32-bit program for 32-bit x86"},
	{"x32", x32, "is an x32 program"},
	{"AArch64", aarch64, "a program for AArch64"},
	{"unheard-of machine", unheard_of_machine, "another machine, number 30583"},
	{"big-endian", big_endian, "number 62"},
	{"object file", object_file, "object file"},
	{"core dump", core_dump, "core dump"},
	{"no type", no_type, "type 0"},
	{"no program headers", no_phdrs, "has no program headers"},
	{"many program headers", many_phdrs, "more than Linux takes"},
	{"odd e_phentsize", odd_phentsize, "program headers of 32 bytes"},
	{"no PT_LOAD", no_loads, "no segment to load"},
	{"wrap", wrap, "wraps around the address space"},
	{"kernel address", kernel_address, "beyond the user address space"},
	{"end of user space", last_page_of_user_space, "beyond the user address space"},
	{"padding beyond file", padding_beyond_file, "0x2000 goes beyond the end of the file"},
	{"no sizes", no_sizes, "segments without a size"},
	{"more file than memory", more_file_than_memory, "more file than memory"},
	{"misaligned", misaligned, "misaligned segment at 0x2008"},
	{"endless interpreter path", endless_interp, "interpreter path without an end"},
	{"long interpreter path", long_interp, "interpreter path of 4097 bytes"},
	{"empty interpreter path", empty_interp, "interpreter path of 1 bytes"},
	{"over fxbox", over_fxbox, "where fxbox itself lives, 0x70000000-0x70100000"},
};

START_TEST(each_kind_of_bad_file_gets_its_own_line_and_126)
{
	struct sample_elf s = sample_elf();

	bad[_i].spoil(&s);
	refuses(sample_write("bad", s.bytes, s.size), FX_EXIT_CANNOT_RUN, bad[_i].text);
}
END_TEST

START_TEST(a_sound_file_is_described)
{
	struct sample_elf s = sample_elf();
	struct fx_elf_image image;

	ck_assert_int_eq(open_image(&image, sample_write("good", s.bytes, s.size)), 0);
	ck_assert(!image.fixed);
	ck_assert(!image.exec_stack);
	ck_assert_uint_eq(image.entry, 0x400);
	ck_assert_uint_eq(image.phdr, sizeof(Elf64_Ehdr));
	ck_assert_uint_eq(image.phnum, SAMPLE_PHNUM);
	ck_assert_uint_eq(image.load_count, 2);
	ck_assert_uint_eq(image.loads[1].p_vaddr, SAMPLE_DATA_ADDRESS);
	ck_assert_uint_eq(image.span.start, 0);
	ck_assert_uint_eq(image.span.end, 0x5000);
	ck_assert_uint_eq(image.align, 0x1000);
	ck_assert_str_eq(image.interp, "/lib64/ld-linux-x86-64.so.2");
	ck_assert_int_ne(fcntl(image.fd, F_GETFD) & FD_CLOEXEC, 0);
	fx_elf_image_close(&image);
	ck_assert_int_eq(image.fd, -1);
}
END_TEST

/* Each is odd, and Linux runs it. */

static void nothing_but_the_magic_number(struct sample_elf *s)
{
	memset(s->ehdr.e_ident + EI_CLASS, 0x99, EI_NIDENT - EI_CLASS);
	s->ehdr.e_version = s->ehdr.e_flags = 0x12345678;
	s->ehdr.e_ehsize = 1;
}

static void overlap(struct sample_elf *s)
{
	s->phdr[SAMPLE_TEXT].p_memsz = SAMPLE_DATA_ADDRESS + 1;
}

static void unordered(struct sample_elf *s)
{
	s->phdr[SAMPLE_TEXT].p_vaddr = 0x10000;
}

static void two_interps(struct sample_elf *s)
{
	s->phdr[SAMPLE_STACK] = s->phdr[SAMPLE_INTERP];
	s->phdr[SAMPLE_STACK].p_filesz = 1;
}

static void only_an_interp(struct sample_elf *s)
{
	s->phdr[SAMPLE_TEXT].p_type = PT_NULL;
	s->phdr[SAMPLE_DATA].p_type = PT_NULL;
}

static void huge_alignment(struct sample_elf *s)
{
	s->phdr[SAMPLE_DATA].p_align = 1UL << 63;
}

static void empty_segment(struct sample_elf *s)
{
	s->phdr[SAMPLE_DATA].p_filesz = s->phdr[SAMPLE_DATA].p_memsz = 0;
	s->phdr[SAMPLE_DATA].p_offset = 12345;
}

static void (*const odd[])(struct sample_elf *) = {
	nothing_but_the_magic_number,
	overlap,
	unordered,
	two_interps,
	only_an_interp,
	huge_alignment,
	empty_segment,
};

START_TEST(what_linux_runs_is_accepted)
{
	struct sample_elf s = sample_elf();
	struct fx_elf_image image;

	odd[_i](&s);
	ck_assert_msg(open_image(&image, sample_write("odd", s.bytes, s.size)) == 0, "%s",
		      why.line);
	ck_assert(!image.is_cut);
	fx_elf_image_close(&image);
}
END_TEST

START_TEST(what_goes_beyond_the_end_is_told)
{
	struct sample_elf s = sample_elf();
	struct fx_elf_image image;

	s.size = SAMPLE_DATA_OFFSET + SAMPLE_DATA_BYTES - 1;
	if (_i)
		s.phdr[SAMPLE_DATA].p_offset = 1UL << 62;
	s.phdr[SAMPLE_DATA].p_memsz = SAMPLE_DATA_BYTES;
	ck_assert_int_eq(open_image(&image, sample_write("cut", s.bytes, s.size)), 0);
	ck_assert(image.is_cut);
	ck_assert_uint_eq(image.cut, SAMPLE_DATA_ADDRESS);
	fx_elf_image_close(&image);
}
END_TEST

START_TEST(an_interpreter_of_an_interpreter_is_nobodys)
{
	struct sample_elf s = sample_elf();
	struct fx_elf_image image;
	const char *path;

	s.phdr[SAMPLE_INTERP].p_filesz = 1;
	path = sample_write("interp", s.bytes, s.size);
	ck_assert_int_eq(fx_elf_image_read(&image, fx_exec_file_open(path, path, &why),
					   FX_ELF_INTERP, path, own, &why),
			 0);
	ck_assert_ptr_null(image.interp);
	fx_elf_image_close(&image);
}
END_TEST

/* Linux starts it, and it dies at its first instruction. */
START_TEST(an_entry_outside_any_segment_is_accepted)
{
	struct sample_elf s = sample_elf();
	struct fx_elf_image image;

	s.ehdr.e_entry = 0xdeadbeef000;
	ck_assert_int_eq(open_image(&image, sample_write("entry", s.bytes, s.size)), 0);
	ck_assert_uint_eq(image.entry, 0xdeadbeef000);
	fx_elf_image_close(&image);
}
END_TEST

/* As Linux: section headers are none of the loader's business. */
START_TEST(ruined_section_headers_are_accepted)
{
	struct sample_elf s = sample_elf();
	struct fx_elf_image image;

	s.ehdr.e_shoff = UINT64_MAX - 3;
	s.ehdr.e_shnum = 0xfff0;
	s.ehdr.e_shentsize = 1;
	s.ehdr.e_shstrndx = 0xffff;
	ck_assert_int_eq(open_image(&image, sample_write("stripped", s.bytes, s.size)), 0);
	fx_elf_image_close(&image);
}
END_TEST

START_TEST(program_headers_outside_any_segment_have_no_address)
{
	struct sample_elf s = sample_elf();
	struct fx_elf_image image;

	s.phdr[SAMPLE_TEXT].p_filesz = 0;
	ck_assert_int_eq(open_image(&image, sample_write("phdr", s.bytes, s.size)), 0);
	ck_assert_uint_eq(image.phdr, 0);
	fx_elf_image_close(&image);
}
END_TEST

START_TEST(stack_and_alignment_headers_are_taken_over)
{
	struct sample_elf s = sample_elf_fixed(0x400000);
	struct fx_elf_image image;

	s.phdr[SAMPLE_STACK].p_flags |= PF_X;
	s.phdr[SAMPLE_DATA].p_align = 0x200000;
	s.phdr[SAMPLE_TEXT].p_align = 0xfffff; /* no power of two: ignored */
	ck_assert_int_eq(open_image(&image, sample_write("exec", s.bytes, s.size)), 0);
	ck_assert(image.fixed);
	ck_assert(image.exec_stack);
	ck_assert_uint_eq(image.align, 0x200000);
	ck_assert_uint_eq(image.span.start, 0x400000);
	fx_elf_image_close(&image);
}
END_TEST

START_TEST(segments_touching_fxbox_from_either_side_are_accepted)
{
	const Elf64_Addr bases[] = {own.start - 0x5000, own.end};
	struct sample_elf s = sample_elf_fixed(bases[_i]);
	struct fx_elf_image image;

	ck_assert_msg(open_image(&image, sample_write("near", s.bytes, s.size)) == 0, "%s",
		      why.line);
	fx_elf_image_close(&image);
}
END_TEST

START_TEST(a_missing_file_gets_127)
{
	refuses(sample_path("missing"), FX_EXIT_NOT_FOUND, "does not exist");
}
END_TEST

START_TEST(a_dangling_link_gets_127)
{
	const char *path = sample_path("dangling");

	ck_assert_int_eq(symlink("nowhere", path), 0);
	refuses(path, FX_EXIT_NOT_FOUND, "does not exist");
}
END_TEST

START_TEST(a_directory_is_named_as_such)
{
	refuses(sample_dir(), FX_EXIT_CANNOT_RUN, "is a directory");
}
END_TEST

START_TEST(a_fifo_does_not_block)
{
	const char *path = sample_path("fifo");

	ck_assert_int_eq(mkfifo(path, 0755), 0);
	refuses(path, FX_EXIT_CANNOT_RUN, "is not a regular file");
}
END_TEST

START_TEST(a_device_is_not_run)
{
	refuses("/dev/null", FX_EXIT_CANNOT_RUN, "is not a regular file");
}
END_TEST

START_TEST(a_file_without_x_bit_is_not_run)
{
	struct sample_elf s = sample_elf();
	const char *path = sample_write("noexec", s.bytes, s.size);

	ck_assert_int_eq(chmod(path, 0644), 0);
	refuses(path, FX_EXIT_CANNOT_RUN, "no permission to be executed");
}
END_TEST

START_TEST(a_file_that_may_only_be_executed_is_explained)
{
	struct sample_elf s = sample_elf();
	const char *path = sample_write("unreadable", s.bytes, s.size);

	ck_assert_int_eq(chmod(path, 0111), 0);
	/* Root may read everything. */
	bool root = geteuid() == 0;

	if (root)
		ck_assert_int_eq(seteuid(65534), 0);
	refuses(path, FX_EXIT_CANNOT_RUN, "executed but not read");
	/* The leak sanitizer wants to look at a process that is its own again. */
	if (root) {
		ck_assert_int_eq(seteuid(0), 0);
		prctl(PR_SET_DUMPABLE, 1);
	}
}
END_TEST

/* Needs a noexec mount; without one at hand there is nothing to test on. */
START_TEST(a_noexec_mount_is_named_as_such)
{
	static const char *const mounts[] = {"/dev/shm", "/run", "/run/lock", "/dev/mqueue"};
	struct sample_elf s = sample_elf();

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		char path[PATH_MAX];
		struct statvfs fs;
		int fd;

		snprintf(path, sizeof(path), "%s/fxbox-test-XXXXXX", mounts[i]);
		if (statvfs(mounts[i], &fs) < 0 || !(fs.f_flag & ST_NOEXEC) ||
		    (fd = mkstemp(path)) < 0)
			continue;
		ck_assert_int_eq(write(fd, s.bytes, s.size), (ssize_t)s.size);
		fchmod(fd, 0755);
		close(fd);

		struct fx_elf_image image;
		int result = open_image(&image, path);

		unlink(path);
		ck_assert_int_eq(result, -1);
		check_refusal(FX_EXIT_CANNOT_RUN, path, "mounted noexec");
	}
}
END_TEST

START_TEST(control_characters_in_a_name_do_not_reach_the_terminal)
{
	ck_assert_int_eq(open_image(&(struct fx_elf_image){0}, "no\nsuch\033file"), -1);
	check_refusal(FX_EXIT_NOT_FOUND, "no?such?file: ", "does not exist");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("elf_image");
	TCase *tcase = tcase_create("elf_image");
	SRunner *runner = srunner_create(suite);

	sample_dir();
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, each_kind_of_bad_file_gets_its_own_line_and_126, 0,
			    sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, a_sound_file_is_described);
	tcase_add_loop_test(tcase, what_linux_runs_is_accepted, 0, sizeof(odd) / sizeof(odd[0]));
	tcase_add_loop_test(tcase, what_goes_beyond_the_end_is_told, 0, 2);
	tcase_add_test(tcase, an_interpreter_of_an_interpreter_is_nobodys);
	tcase_add_test(tcase, an_entry_outside_any_segment_is_accepted);
	tcase_add_test(tcase, ruined_section_headers_are_accepted);
	tcase_add_test(tcase, program_headers_outside_any_segment_have_no_address);
	tcase_add_test(tcase, stack_and_alignment_headers_are_taken_over);
	tcase_add_loop_test(tcase, segments_touching_fxbox_from_either_side_are_accepted, 0, 2);
	tcase_add_test(tcase, a_missing_file_gets_127);
	tcase_add_test(tcase, a_dangling_link_gets_127);
	tcase_add_test(tcase, a_directory_is_named_as_such);
	tcase_add_test(tcase, a_fifo_does_not_block);
	tcase_add_test(tcase, a_device_is_not_run);
	tcase_add_test(tcase, a_file_without_x_bit_is_not_run);
	tcase_add_test(tcase, a_file_that_may_only_be_executed_is_explained);
	tcase_add_test(tcase, a_noexec_mount_is_named_as_such);
	tcase_add_test(tcase, control_characters_in_a_name_do_not_reach_the_terminal);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	sample_clean();
	return failed != 0;
}
