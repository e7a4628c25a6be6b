/* SPDX-License-Identifier: MIT */
#include "loader/launch.h"

#include <alloca.h>
#include <errno.h>
#include <linux/rseq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/rseq.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/descriptors.h"
#include "loader/elf_image.h"
#include "loader/exec_file.h"
#include "loader/exit_status.h"
#include "loader/map_guest.h"
#include "loader/proc_identity.h"
#include "loader/scheduled.h"
#include "loader/script.h"
#include "loader/seccomp_filter.h"
#include "loader/sent_traps.h"
#include "loader/start_stack.h"

/* What the linker says of fxbox itself. */
extern const char __executable_start[], etext[], end[];

/* first_x86_64.S: where the heap begins. */
extern const uintptr_t fx_first_break;

/*
 * What glibc registered, which must be named again to take it back: at least the original
 * 32 bytes. __rseq_size is 32 up to glibc 2.39; later it is what of it the kernel uses.
 */
static unsigned int rseq_length(void)
{
	return __rseq_size < 32 ? 32 : __rseq_size;
}

/* An address of the kernel's: a fault once it is jumped to, and not before. */
#define NOWHERE 0xffffffff80000000UL

/* A program in memory. */
struct guest {
	uintptr_t entry; /* of the program */
	uintptr_t start; /* first instruction: the interpreter's entry, or the program's */
	uintptr_t base;	 /* AT_BASE */
	uintptr_t phdr;
	size_t phnum;
	struct fx_proc_places places;
	bool exec_stack;
};

static struct fx_span own_span(void)
{
	return (struct fx_span){FX_PAGE_DOWN((uintptr_t)__executable_start),
				FX_PAGE_UP((uintptr_t)end)};
}

static struct fx_span own_text(void)
{
	return (struct fx_span){(uintptr_t)__executable_start, (uintptr_t)etext};
}

/* Whether no other segment is mapped over its pages. */
static bool has_own_pages(const struct fx_elf_image *image, size_t segment, uintptr_t bias)
{
	struct fx_span span = fx_segment_pages(&image->loads[segment], bias);

	for (size_t i = 0; i < image->load_count; i++) {
		struct fx_span other = fx_segment_pages(&image->loads[i], bias);

		if (i != segment && other.start < span.end && span.start < other.end)
			return false;
	}
	return true;
}

static void describe_text(struct fx_boot *boot, const struct fx_elf_image *image, uintptr_t bias,
			  bool own)
{
	size_t n = 0;

	while (n < FX_BOOT_TEXTS && boot->text[n].end)
		n++;
	for (size_t i = 0; i < image->load_count && n < FX_BOOT_TEXTS; i++) {
		struct fx_span span = fx_segment_pages(&image->loads[i], bias);

		if ((image->loads[i].p_flags & (PF_R | PF_W | PF_X)) != (PF_R | PF_X) ||
		    !has_own_pages(image, i, bias))
			continue;
		boot->text[n].start = span.start;
		boot->text[n].end = span.end;
		boot->text[n].offset = FX_PAGE_DOWN(image->loads[i].p_offset);
		boot->text[n].own = own;
		n++;
	}
}

static int load_interp(struct guest *guest, const char *program, const char *interp,
		       struct fx_taken *taken, struct fx_boot *boot, struct fx_refusal *why)
{
	char subject[2 * PATH_MAX];
	struct fx_elf_image image;
	int fd;

	snprintf(subject, sizeof(subject), "%s: its interpreter %s", program, interp);
	fd = fx_exec_file_open(interp, subject, why);
	if (fd < 0 || fx_elf_image_read(&image, fd, FX_ELF_INTERP, subject, own_span(), why) < 0)
		return -1;

	int result = fx_map_guest(&image, FX_PLACE_HOLE, subject, taken, &guest->base, why);

	guest->start = guest->base + image.entry;
	describe_text(boot, &image, guest->base, false);
	if (boot->config.points)
		boot->interp_fd = dup(image.fd);
	fx_elf_image_close(&image);
	return result;
}

/* As Linux counts; a program without code has none. */
static struct fx_proc_places places(const struct fx_elf_image *image, uintptr_t bias)
{
	struct fx_proc_places at = {.code.start = UINT64_MAX, .brk = bias + image->span.end};

	for (size_t i = 0; i < image->load_count; i++) {
		const Elf64_Phdr *ph = &image->loads[i];
		uintptr_t start = bias + ph->p_vaddr, file_end = start + ph->p_filesz;

		if ((ph->p_flags & PF_X) && start < at.code.start)
			at.code.start = start;
		if ((ph->p_flags & PF_X) && file_end > at.code.end)
			at.code.end = file_end;
		if (start > at.data.start)
			at.data.start = start;
		if (file_end > at.data.end)
			at.data.end = file_end;
	}
	if (at.data.end < at.data.start)
		at.data.end = at.data.start;
	return at;
}

static void describe(struct guest *guest, const struct fx_elf_image *image, uintptr_t bias)
{
	guest->entry = guest->start = bias + image->entry;
	guest->phdr = bias + image->phdr;
	guest->phnum = image->phnum;
	guest->places = places(image, bias);
	guest->exec_stack = image->exec_stack;
}

static int map_program(struct guest *guest, struct fx_elf_image *image, const char *path,
		       struct fx_boot *boot, struct fx_refusal *why)
{
	struct fx_taken taken = {0};
	uintptr_t bias;
	int result = fx_map_guest(image, FX_PLACE_PROGRAM, path, &taken, &bias, why);

	/* Its descriptor may be the last that could be had. */
	fx_descriptors_keep_guest(&boot->config, image->fd);
	image->fd = -1;
	if (result == 0) {
		describe(guest, image, bias);
		describe_text(boot, image, bias, true);
		if (image->interp)
			result = load_interp(guest, path, image->interp, &taken, boot, why);
	}
	free(taken.span);
	return result;
}

/*
 * Also says, in boot->exe, where the program really lies. What was cut off Linux starts all the
 * same; whoever names it to fxbox is told instead.
 */
static int load_program(struct guest *guest, struct fx_program *program, bool named,
			struct fx_boot *boot, struct fx_refusal *why)
{
	const char *path = program->path;
	int fd = program->fd, result;
	struct fx_elf_image image;
	char link[64];

	if (named && fx_exec_file_written(fd, path, why) < 0)
		return -1;
	program->fd = -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, boot->exe, sizeof(boot->exe) - 1) < 0)
		snprintf(boot->exe, sizeof(boot->exe), "%s", path);
	if (fx_elf_image_read(&image, fd, FX_ELF_PROGRAM, path, own_span(), why) < 0)
		return -1;
	if (named && image.is_cut)
		result = fx_refuse(why, FX_EXIT_CANNOT_RUN, path,
				   "is truncated: its segment at 0x%lx goes beyond the end of the "
				   "file (copy it again)",
				   image.cut);
	else
		result = map_program(guest, &image, path, boot, why);
	fx_elf_image_close(&image);
	return result;
}

/* The kernel would go on writing into memory that the guest may reuse, and refuses a second one. */
static void leave_libc(void)
{
	if (__rseq_size != 0)
		syscall(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, rseq_length(),
			RSEQ_FLAG_UNREGISTER, 0x53053053);
	syscall(SYS_set_robust_list, NULL, 3 * sizeof(void *));
}

/* The whole stack: from its upper end, where the kernel put AT_EXECFN, to wherever it will grow. */
static int make_stack_executable(uintptr_t sp)
{
	const char *execfn = (const char *)getauxval(AT_EXECFN);
	uintptr_t top = FX_PAGE_UP((uintptr_t)execfn + strlen(execfn) + 1);

	return mprotect((void *)FX_PAGE_DOWN(sp), top - FX_PAGE_DOWN(sp),
			PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN);
}

/* What cannot be emptied (a pipe, a terminal) is appended to. */
static void empty_log(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0)
		dprintf(STDERR_FILENO,
			"fxbox: the log cannot be emptied, so it is appended to: %s\n",
			strerror(errno));
}

/*
 * What a program is called that was executed by its descriptor alone: by the file's own name since
 * Linux 6.14, by the descriptor's number before. So is fxbox, which was executed like that.
 */
static const char *name_of_file(const char *path, const char *exe)
{
	static const char deleted[] = " (deleted)";
	static char whole[PATH_MAX];
	const char *number = strrchr((const char *)getauxval(AT_EXECFN), '/');
	size_t length = strlen(exe), cut = sizeof(deleted) - 1;
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	if (number && strncmp(number + 1, name, sizeof(name) - 1) == 0)
		return path;
	strcpy(whole, exe);
	if (length > cut && strcmp(exe + length - cut, deleted) == 0)
		whole[length - cut] = '\0';
	return whole;
}

/*
 * With a schedule, the image ends at such an address: where it does in every run of the program,
 * whatever fxbox itself was called with.
 */
#define FIXED_STEP (1UL << 17)

static uintptr_t fixed_end(void)
{
	return (uintptr_t)__builtin_frame_address(0) & ~(FIXED_STEP - 1);
}

/*
 * Its frame is the upper end of the guest's stack: the image lies in it, and
 * the stack below is the kernel's own, named [stack] and growing by itself.
 */
static _Noreturn void enter(const struct fx_launch *launch, const struct guest *guest,
			    struct fx_start_stack *stack, struct fx_boot *boot)
{
	size_t size = fx_start_stack_size(stack);
	uintptr_t top = launch->config.scheduled ? fixed_end() : 0;
	size_t above = top ? (uintptr_t)__builtin_frame_address(0) - top : 0;
	char *mem = alloca(size + above);
	struct fx_start_layout layout =
		fx_start_stack_build(stack, top ? (char *)top - size : mem, size);

	if (guest->exec_stack && make_stack_executable(layout.sp) < 0)
		dprintf(STDERR_FILENO, "fxbox: %s: its stack cannot be made executable: %s\n",
			launch->path, strerror(errno));
	/* Only now, so that a program that cannot be started costs nobody an older log. */
	if (boot->filter && boot->config.log && !launch->keep_log)
		empty_log(boot->config.fd_base + (int)FX_FD_LOG);
	boot->heap_start = fx_first_break;
	boot->heap_end = FX_PAGE_UP((uintptr_t)sbrk(0));
	fx_proc_identity_set(launch->unnamed ? name_of_file(launch->path, boot->exe) : launch->path,
			     &layout, &guest->places, &boot->map);
	fx_descriptors_lower();
	leave_libc();
	boot->sent_traps = fx_sent_traps(&boot->sent_traps_count);
	boot->stack = layout.sp;
	fx_start(boot);
}

int fx_launch(const struct fx_launch *launch, struct fx_refusal *why)
{
	struct fx_program program;
	struct guest guest = {0};
	struct fx_boot boot = {
		.config = launch->config,
		.own_start = own_span().start,
		.own_end = own_span().end,
		.sigmask = launch->sigmask,
		.ignored_sync = launch->ignored_sync,
		.interp_fd = -1,
		.minsigstksz = getauxval(AT_MINSIGSTKSZ),
		.filter = launch->filtered ? NULL
					   : fx_seccomp_filter(launch->config.confine, own_text()),
	};

	if (fx_program_resolve(&program, launch->fd, launch->path, launch->argv, why) < 0)
		return -1;
	if (load_program(&guest, &program, !launch->filtered, &boot, why) < 0) {
		if (!launch->filtered || why->status == FX_EXIT_FAILED) {
			fx_program_free(&program);
			return -1;
		}
		/* Linux has passed the point of no return as well, and kills. */
		guest = (struct guest){.entry = NOWHERE, .start = NOWHERE};
	}
	if (launch->filtered)
		fx_descriptors_restore(&launch->config);
	boot.entry = guest.start < FX_USER_END ? guest.start : NOWHERE;
	boot.brk_start = guest.places.brk;
	boot.data_size = guest.places.data.end - guest.places.data.start;

	struct fx_start_stack stack = {
		.argv = program.argv,
		.envp = launch->envp,
		.execfn = launch->path,
		.auxv = launch->auxv,
		.phdr = guest.phdr,
		.phnum = guest.phnum,
		.base = guest.base,
		.entry = guest.entry,
		.no_vdso = launch->config.scheduled,
	};

	if (launch->config.scheduled) {
		fx_schedule_random(stack.random);
	} else if (getrandom(stack.random, sizeof(stack.random), 0) != sizeof(stack.random)) {
		fx_program_free(&program);
		return fx_refuse(why, FX_EXIT_FAILED, "getrandom", "%s", strerror(errno));
	}
	enter(launch, &guest, &stack, &boot);
}
