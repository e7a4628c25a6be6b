/* SPDX-License-Identifier: MIT */
/*
 * Broken and odd ELF files, each executed in four ways: what is an error of execve, what kills, and
 * what runs. Errors leave the caller as it was.
 *
 *	elf_shapes [NAME]
 */
#include "guest-progs/elf_shapes.h"

#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "guest-progs/guest.h"

#define BIT(n) (1ULL << (n))

static char program_path[64], interp_path[64], script_path[64];

static void as_it_is(struct shapes *s)
{
	(void)s;
}

/* The header. */

static void class_of_32_bits(struct shapes *s)
{
	s->program.ehdr.e_ident[EI_CLASS] = ELFCLASS32;
}

static void odd_ident(struct shapes *s)
{
	memset(s->program.ehdr.e_ident + EI_CLASS, 0x99, EI_NIDENT - EI_CLASS);
}

static void odd_fields(struct shapes *s)
{
	s->program.ehdr.e_version = 77;
	s->program.ehdr.e_ehsize = 3;
	s->program.ehdr.e_flags = 0xffffffff;
	s->program.ehdr.e_shoff = UINT64_MAX;
	s->program.ehdr.e_shnum = 0xffff;
}

static void relocatable(struct shapes *s)
{
	s->program.ehdr.e_type = ET_REL;
}

static void core(struct shapes *s)
{
	s->program.ehdr.e_type = ET_CORE;
}

static void no_type(struct shapes *s)
{
	s->program.ehdr.e_type = ET_NONE;
}

static void other_machine(struct shapes *s)
{
	s->program.ehdr.e_machine = EM_AARCH64;
}

static void machine_of_32_bits(struct shapes *s)
{
	s->program.ehdr.e_machine = EM_386;
}

static void magic_only(struct shapes *s)
{
	s->program.size = s->program.extent = SELFMAG;
}

/* Of 62 bytes, in which there is a header of no known kind as well. */
static void short_header(struct shapes *s)
{
	s->program.ehdr.e_phoff = 4;
	s->program.ehdr.e_phnum = 1;
	s->program.size = s->program.extent = 62;
}

/* The table of program headers. */

static void small_entries(struct shapes *s)
{
	s->program.ehdr.e_phentsize = 55;
}

static void large_entries(struct shapes *s)
{
	s->program.ehdr.e_phentsize = 64;
}

static void no_entries(struct shapes *s)
{
	s->program.ehdr.e_phnum = 0;
}

static void table_at_the_end(struct shapes *s, unsigned int count)
{
	s->program.ehdr.e_phoff = SHAPE_BYTES - sizeof(Elf64_Phdr);
	s->program.ehdr.e_phnum = (Elf64_Half)count;
	memcpy(s->program.byte + s->program.ehdr.e_phoff, &s->program.phdr[LOAD_TEXT],
	       sizeof(Elf64_Phdr));
	s->program.extent = s->program.ehdr.e_phoff + count * sizeof(Elf64_Phdr);
}

static void most_entries(struct shapes *s)
{
	table_at_the_end(s, 65536 / sizeof(Elf64_Phdr));
}

static void too_many_entries(struct shapes *s)
{
	table_at_the_end(s, 65536 / sizeof(Elf64_Phdr) + 1);
}

static void table_cut(struct shapes *s)
{
	s->program.size = s->program.extent = sizeof(Elf64_Ehdr) + 70;
}

static void table_beyond_the_end(struct shapes *s)
{
	s->program.ehdr.e_phoff = 1UL << 40;
}

static void table_before_the_begin(struct shapes *s)
{
	s->program.ehdr.e_phoff = UINT64_MAX - 55;
}

static void table_at_an_odd_place(struct shapes *s)
{
	Elf64_Phdr text = s->program.phdr[LOAD_TEXT];

	s->program.ehdr.e_phoff = 0x301;
	s->program.ehdr.e_phnum = 1;
	memcpy(s->program.byte + 0x301, &text, sizeof(text));
}

/* The interpreter's name. */

static void with_interp(struct shapes *s)
{
	name_interp(&s->program, interp_path);
}

static void interp_of_a_position_independent(struct shapes *s)
{
	sound_shape(&s->program, ET_DYN, 7);
	name_interp(&s->program, interp_path);
}

static void interp_missing(struct shapes *s)
{
	name_interp(&s->program, "/no/such/loader.so");
}

static void interp_below_a_file(struct shapes *s)
{
	name_interp(&s->program, "/etc/passwd/loader.so");
}

static void interp_directory(struct shapes *s)
{
	name_interp(&s->program, "/tmp");
}

static void interp_device(struct shapes *s)
{
	name_interp(&s->program, "/dev/null");
}

static void interp_not_executable(struct shapes *s)
{
	with_interp(s);
	s->interp_mode = 0644;
}

static void interp_relative(struct shapes *s)
{
	name_interp(&s->program, strrchr(interp_path, '/') + 1);
}

static void interp_without_a_name(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_filesz = 0;
}

static void interp_of_one_byte(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_filesz = 1;
}

static void interp_empty_string(struct shapes *s)
{
	name_interp(&s->program, "");
	s->program.phdr[INTERP].p_filesz = 2;
}

static void interp_long(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_filesz = PATH_MAX;
}

static void interp_too_long(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_filesz = PATH_MAX + 1;
}

static void interp_without_end(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_filesz--;
}

static void interp_ends_twice(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_filesz += 5;
}

static void interp_name_cut(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_offset = SHAPE_BYTES - 5;
}

static void interp_name_beyond_the_end(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_offset = 1UL << 50;
}

static void interp_name_before_the_begin(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[INTERP].p_offset = UINT64_MAX - 99;
}

static void second_interp_is_bad(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[LAST] = s->program.phdr[INTERP];
	s->program.phdr[LAST].p_filesz = 1;
}

/* The interpreter. */

static void interp_empty(struct shapes *s)
{
	with_interp(s);
	s->interp_text = "";
}

static void interp_short(struct shapes *s)
{
	with_interp(s);
	s->interp.size = s->interp.extent = sizeof(Elf64_Ehdr) - 1;
}

static void interp_text(struct shapes *s)
{
	with_interp(s);
	s->interp_text =
		"This is a text, of as many letters as the header of an ELF file has bytes.";
}

static void interp_script(struct shapes *s)
{
	with_interp(s);
	s->interp_text =
		"#!/bin/true\n# A script is no loader, however long the line behind it is.";
}

static void interp_of_another_machine(struct shapes *s)
{
	with_interp(s);
	s->interp.ehdr.e_machine = EM_RISCV;
}

static void interp_entries(struct shapes *s)
{
	with_interp(s);
	s->interp.ehdr.e_phentsize = 32;
}

static void interp_no_entries(struct shapes *s)
{
	with_interp(s);
	s->interp.ehdr.e_phnum = 0;
}

static void interp_table_cut(struct shapes *s)
{
	with_interp(s);
	s->interp.size = s->interp.extent = sizeof(Elf64_Ehdr) + 60;
}

static void interp_relocatable(struct shapes *s)
{
	with_interp(s);
	s->interp.ehdr.e_type = ET_REL;
}

static void interp_without_segments(struct shapes *s)
{
	with_interp(s);
	s->interp.phdr[LOAD_TEXT].p_type = PT_NULL;
}

static void interp_has_one(struct shapes *s)
{
	with_interp(s);
	name_interp(&s->interp, "/no/such/loader.so");
	s->interp.phdr[INTERP].p_filesz = 1;
}

static void interp_fixed(struct shapes *s)
{
	with_interp(s);
	sound_shape(&s->interp, ET_EXEC, 8);
	s->interp.phdr[LOAD_TEXT].p_vaddr += 0x100000;
	s->interp.ehdr.e_entry += 0x100000;
}

static void interp_over_the_program(struct shapes *s)
{
	with_interp(s);
	sound_shape(&s->interp, ET_EXEC, 8);
}

static void interp_misaligned(struct shapes *s)
{
	with_interp(s);
	s->interp.phdr[LOAD_TEXT].p_offset = 1;
}

static void interp_entry_nowhere(struct shapes *s)
{
	with_interp(s);
	s->interp.ehdr.e_entry = UINT64_MAX - 7;
}

static void interp_of_no_segments(struct shapes *s)
{
	with_interp(s);
	s->program.phdr[LOAD_TEXT].p_type = PT_NULL;
}

/* Segments. */

static void position_independent(struct shapes *s)
{
	sound_shape(&s->program, ET_DYN, 7);
}

static void add(struct shapes *s, int which, Elf64_Phdr ph)
{
	s->program.phdr[which] = ph;
}

static void out_of_order(struct shapes *s)
{
	add(s, LOAD_TEXT, load(MORE_AT, BASE + 0x8000, 0x1000, PF_R | PF_W));
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x1000, PF_R));
	add(s, LOAD_MORE, load(0, BASE, 0x1000, PF_R | PF_X));
	end_with_byte_at(&s->program, 0x4321);
}

static void out_of_order_position_independent(struct shapes *s)
{
	sound_shape(&s->program, ET_DYN, 7);
	name_interp(&s->program, interp_path);
	add(s, LOAD_TEXT, load(MORE_AT, 0x8000, 0x1000, PF_R | PF_W));
	add(s, LOAD_DATA, load(DATA_AT, 0x4000, 0x1000, PF_R));
	add(s, LOAD_MORE, load(0, 0, 0x1000, PF_R | PF_X));
}

static void overlapping(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x2000, PF_R));
	add(s, LOAD_MORE, load(MORE_AT, BASE + 0x4000, 0x1000, PF_R));
	end_with_byte_at(&s->program, 0x4010);
}

static void overlapping_the_other_way(struct shapes *s)
{
	add(s, LOAD_DATA, load(MORE_AT, BASE + 0x4000, 0x1000, PF_R));
	add(s, LOAD_MORE, load(DATA_AT, BASE + 0x4000, 0x1000, PF_R));
	end_with_byte_at(&s->program, 0x4010);
}

static void zeros_over_data(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x5000, 0x1000, PF_R));
	add(s, LOAD_MORE, load(MORE_AT, BASE + 0x4000, 0x1000, PF_R | PF_W));
	s->program.phdr[LOAD_MORE].p_memsz = 0x2000;
	end_with_byte_at(&s->program, 0x5010);
}

static void one_page_twice(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x800, PF_R));
	add(s, LOAD_MORE, load(DATA_AT + 0x800, BASE + 0x4800, 0x100, PF_R | PF_W));
	end_with_byte_at(&s->program, 0x4010);
}

static void more_file_than_memory(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x1000, PF_R));
	s->program.phdr[LOAD_DATA].p_memsz = 0xfff;
}

static void beyond_the_end(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x9000, PF_R));
	end_with_byte_at(&s->program, 0x4010);
}

static void beyond_the_end_and_read(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x9000, PF_R));
	end_with_byte_at(&s->program, 0x8010);
}

static void wholly_beyond_the_end(struct shapes *s)
{
	add(s, LOAD_DATA, load(1UL << 30, BASE + 0x4000, 0x1000, PF_R));
}

static void beyond_what_a_file_can_be(struct shapes *s)
{
	add(s, LOAD_DATA, load(INT64_MAX - 0xfff, BASE + 0x4000, 0x1000, PF_R));
}

static void zeros_beyond_the_end(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x8100, PF_R | PF_W));
	s->program.phdr[LOAD_DATA].p_memsz = 0x9000;
}

static void zeros_beyond_the_end_of_read_only(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x8100, PF_R));
	s->program.phdr[LOAD_DATA].p_memsz = 0x9000;
}

static void cut_in_its_last_page(struct shapes *s)
{
	add(s, LOAD_DATA, load(MORE_AT, BASE + 0x4000, 0x900, PF_R | PF_W));
	s->program.phdr[LOAD_DATA].p_memsz = 0x5000;
	s->program.size = s->program.extent = MORE_AT + 0x300;
	end_with_byte_at(&s->program, 0x4210);
}

static void misaligned(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT + 8, BASE + 0x4000, 0x100, PF_R));
}

static void misaligned_first(struct shapes *s)
{
	s->program.phdr[LOAD_TEXT].p_offset = 8;
}

static void misaligned_without_file(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT + 8, BASE + 0x4000, 0, PF_R | PF_W));
	s->program.phdr[LOAD_DATA].p_memsz = 0x100;
	end_with_byte_at(&s->program, 0x4010);
}

static void odd_but_congruent(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT + 0x123, BASE + 0x4123, 0x100, PF_R));
	end_with_byte_at(&s->program, 0x4000);
}

static void of_no_size(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0, PF_R));
	add(s, LOAD_MORE, load(1, 7, 0, PF_R));
}

static void first_of_no_size(struct shapes *s)
{
	add(s, LOAD_MORE, s->program.phdr[LOAD_TEXT]);
	add(s, LOAD_TEXT, load(DATA_AT, BASE + 0x4000, 0, PF_R));
}

static void of_zeros_alone(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0, PF_R));
	s->program.phdr[LOAD_DATA].p_memsz = 0x3000;
	end_with_byte_at(&s->program, 0x5010);
}

static void zeros_in_read_only(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x100, PF_R));
	s->program.phdr[LOAD_DATA].p_memsz = 0x2000;
	end_with_byte_at(&s->program, 0x4200);
}

static void of_the_kernel(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, 0xffffffff80000000, 0x1000, PF_R));
}

static void at_the_very_end(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, 0x7ffffffff000, 0x1000, PF_R));
}

static void that_wraps(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x1000, PF_R | PF_W));
	s->program.phdr[LOAD_DATA].p_memsz = UINT64_MAX - 0x3000;
}

static void larger_than_memory(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x1000, PF_R | PF_W));
	s->program.phdr[LOAD_DATA].p_memsz = 0x7fff00000000;
}

static void larger_than_memory_position_independent(struct shapes *s)
{
	sound_shape(&s->program, ET_DYN, 7);
	larger_than_memory(s);
}

static void far_apart(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, 0x2000000000, 0x1000, PF_R));
}

static void none(struct shapes *s)
{
	s->program.phdr[LOAD_TEXT].p_type = PT_NULL;
}

static void none_position_independent(struct shapes *s)
{
	sound_shape(&s->program, ET_DYN, 7);
	none(s);
}

static void entry_nowhere(struct shapes *s)
{
	s->program.ehdr.e_entry = BASE + 0x100000;
}

static void entry_zero(struct shapes *s)
{
	s->program.ehdr.e_entry = 0;
}

static void entry_of_the_kernel(struct shapes *s)
{
	s->program.ehdr.e_entry = 0xffffffff80001000;
}

static void entry_of_nobody(struct shapes *s)
{
	s->program.ehdr.e_entry = BIT(63);
}

static void odd_alignment(struct shapes *s)
{
	sound_shape(&s->program, ET_DYN, 7);
	s->program.phdr[LOAD_TEXT].p_align = 12345;
}

static void no_alignment(struct shapes *s)
{
	sound_shape(&s->program, ET_DYN, 7);
	s->program.phdr[LOAD_TEXT].p_align = 0;
}

static void large_alignment(struct shapes *s)
{
	sound_shape(&s->program, ET_DYN, 7);
	name_interp(&s->program, interp_path);
	s->program.phdr[LOAD_TEXT].p_align = BIT(40);
}

static void fixed_with_absurd_alignment(struct shapes *s)
{
	s->program.phdr[LOAD_TEXT].p_align = BIT(63);
}

static void not_executable(struct shapes *s)
{
	s->program.phdr[LOAD_TEXT].p_flags = PF_R;
}

static void without_rights(struct shapes *s)
{
	add(s, LOAD_DATA, load(DATA_AT, BASE + 0x4000, 0x1000, 0));
	end_with_byte_at(&s->program, 0x4010);
}

static void two_stacks(struct shapes *s)
{
	add(s, LOAD_DATA, (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W | PF_X});
	add(s, LOAD_MORE, (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W});
}

static const struct {
	const char *name;
	void (*bend)(struct shapes *);
} shapes[] = {
#define SHAPE(f)                                                                                   \
	{                                                                                          \
#f, f                                                                              \
	}
	SHAPE(as_it_is),
	SHAPE(class_of_32_bits),
	SHAPE(odd_ident),
	SHAPE(odd_fields),
	SHAPE(relocatable),
	SHAPE(core),
	SHAPE(no_type),
	SHAPE(other_machine),
	SHAPE(machine_of_32_bits),
	SHAPE(magic_only),
	SHAPE(short_header),
	SHAPE(small_entries),
	SHAPE(large_entries),
	SHAPE(no_entries),
	SHAPE(most_entries),
	SHAPE(too_many_entries),
	SHAPE(table_cut),
	SHAPE(table_beyond_the_end),
	SHAPE(table_before_the_begin),
	SHAPE(table_at_an_odd_place),
	SHAPE(with_interp),
	SHAPE(interp_of_a_position_independent),
	SHAPE(interp_missing),
	SHAPE(interp_below_a_file),
	SHAPE(interp_directory),
	SHAPE(interp_device),
	SHAPE(interp_not_executable),
	SHAPE(interp_relative),
	SHAPE(interp_without_a_name),
	SHAPE(interp_of_one_byte),
	SHAPE(interp_empty_string),
	SHAPE(interp_long),
	SHAPE(interp_too_long),
	SHAPE(interp_without_end),
	SHAPE(interp_ends_twice),
	SHAPE(interp_name_cut),
	SHAPE(interp_name_beyond_the_end),
	SHAPE(interp_name_before_the_begin),
	SHAPE(second_interp_is_bad),
	SHAPE(interp_empty),
	SHAPE(interp_short),
	SHAPE(interp_text),
	SHAPE(interp_script),
	SHAPE(interp_of_another_machine),
	SHAPE(interp_entries),
	SHAPE(interp_no_entries),
	SHAPE(interp_table_cut),
	SHAPE(interp_relocatable),
	SHAPE(interp_without_segments),
	SHAPE(interp_has_one),
	SHAPE(interp_fixed),
	SHAPE(interp_over_the_program),
	SHAPE(interp_misaligned),
	SHAPE(interp_entry_nowhere),
	SHAPE(interp_of_no_segments),
	SHAPE(position_independent),
	SHAPE(out_of_order),
	SHAPE(out_of_order_position_independent),
	SHAPE(overlapping),
	SHAPE(overlapping_the_other_way),
	SHAPE(zeros_over_data),
	SHAPE(one_page_twice),
	SHAPE(more_file_than_memory),
	SHAPE(beyond_the_end),
	SHAPE(beyond_the_end_and_read),
	SHAPE(wholly_beyond_the_end),
	SHAPE(beyond_what_a_file_can_be),
	SHAPE(zeros_beyond_the_end),
	SHAPE(zeros_beyond_the_end_of_read_only),
	SHAPE(cut_in_its_last_page),
	SHAPE(misaligned),
	SHAPE(misaligned_first),
	SHAPE(misaligned_without_file),
	SHAPE(odd_but_congruent),
	SHAPE(of_no_size),
	SHAPE(first_of_no_size),
	SHAPE(of_zeros_alone),
	SHAPE(zeros_in_read_only),
	SHAPE(of_the_kernel),
	SHAPE(at_the_very_end),
	SHAPE(that_wraps),
	SHAPE(larger_than_memory),
	SHAPE(larger_than_memory_position_independent),
	SHAPE(far_apart),
	SHAPE(none),
	SHAPE(none_position_independent),
	SHAPE(entry_nowhere),
	SHAPE(entry_zero),
	SHAPE(entry_of_the_kernel),
	SHAPE(entry_of_nobody),
	SHAPE(odd_alignment),
	SHAPE(no_alignment),
	SHAPE(large_alignment),
	SHAPE(fixed_with_absurd_alignment),
	SHAPE(not_executable),
	SHAPE(without_rights),
	SHAPE(two_stacks),
};

static void write_file(const char *path, unsigned int mode, const void *bytes, size_t size,
		       size_t extent)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	need(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	need(ftruncate(fd, (off_t)extent) == 0 && fchmod(fd, mode) == 0);
	close(fd);
}

static char *const arguments[] = {program_path, NULL};
static char *none_of_it[] = {NULL};

static void by_path(void)
{
	execve(program_path, arguments, none_of_it);
}

static void by_descriptor(void)
{
	int fd = open(program_path, O_RDONLY);

	syscall(SYS_execveat, fd, "", arguments, none_of_it, AT_EMPTY_PATH);
}

static void by_script(void)
{
	execve(script_path, arguments, none_of_it);
}

static void tell(int error, int status)
{
	if (error)
		printf("%s", errno_name(error));
	else if (WIFSIGNALED(status))
		printf("SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		printf("%d", WEXITSTATUS(status));
}

static void forked(void (*execute)(void))
{
	int back[2], error = 0, status;
	pid_t pid;

	need(pipe2(back, O_CLOEXEC) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execute();
		error = errno;
		_exit(write(back[1], &error, sizeof(error)) == sizeof(error) ? 0 : 1);
	}
	close(back[1]);
	if (read(back[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(back[0]);
	need(waitpid(pid, &status, 0) == pid);
	tell(error, status);
}

static void spawned(void)
{
	int status = 0, error;
	pid_t pid;

	fflush(stdout);
	error = posix_spawnp(&pid, program_path, NULL, NULL, arguments, none_of_it);
	if (!error)
		need(waitpid(pid, &status, 0) == pid);
	tell(error, status);
}

static void try(size_t which)
{
	static struct shapes s;

	memset(&s, 0, sizeof(s));
	sound_shape(&s.program, ET_EXEC, 7);
	sound_shape(&s.interp, ET_DYN, 8);
	s.interp_mode = 0755;
	shapes[which].bend(&s);
	write_file(program_path, 0755, s.program.byte, s.program.size, s.program.extent);
	if (s.interp_text)
		write_file(interp_path, 0755, s.interp_text, strlen(s.interp_text),
			   strlen(s.interp_text));
	else
		write_file(interp_path, s.interp_mode, s.interp.byte, s.interp.size,
			   s.interp.extent);
	printf("%s: ", shapes[which].name);
	forked(by_path);
	printf(", ");
	forked(by_descriptor);
	printf(", ");
	forked(by_script);
	printf(", ");
	spawned();
	printf("\n");
	unlink(program_path);
	unlink(interp_path);
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/shapes-XXXXXX", line[80];

	need(mkdtemp(directory) && chdir(directory) == 0);
	snprintf(program_path, sizeof(program_path), "%s/program", directory);
	snprintf(interp_path, sizeof(interp_path), "%s/interp", directory);
	snprintf(script_path, sizeof(script_path), "%s/script", directory);
	snprintf(line, sizeof(line), "#!%s\n", program_path);
	write_file(script_path, 0755, line, strlen(line), strlen(line));
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (argc == 1 || strcmp(argv[1], shapes[i].name) == 0)
			try(i);
	}
	unlink(script_path);
	rmdir(directory);
	return 0;
}
