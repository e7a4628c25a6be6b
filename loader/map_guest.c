/* SPDX-License-Identifier: MIT */
#include "loader/map_guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/random.h>

#include "loader/exit_status.h"

/* ELF_ET_DYN_BASE of x86-64, and the pages that vm.mmap_rnd_bits = 28 spreads it over. */
#define PIE_BASE	 0x555555554000UL
#define PIE_RANDOM_PAGES (1UL << 28)
#define PIE_TRIES	 16

struct place {
	const struct fx_elf_image *image;
	const char *subject;
	struct fx_refusal *why;
	uintptr_t bias;
};

/* What is reserved starts where the largest alignment wants it: usually 0 for ET_DYN. */
static uintptr_t first_address(const struct fx_elf_image *image)
{
	return image->fixed ? image->span.start : image->span.start & ~(image->align - 1);
}

static size_t reserved_size(const struct fx_elf_image *image)
{
	return image->span.end - first_address(image);
}

static void *reserve(uintptr_t at, size_t size, int flags)
{
	return mmap((void *)at, size, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);
}

static int cannot_have(struct place *p, struct fx_span span)
{
	if (errno == EPERM)
		return fx_refuse(p->why, FX_EXIT_CANNOT_RUN, p->subject,
				 "wants to be loaded at 0x%lx, lower than this system allows "
				 "(see vm.mmap_min_addr)",
				 span.start);
	return fx_refuse(p->why, FX_EXIT_CANNOT_RUN, p->subject,
			 "cannot have its addresses 0x%lx-0x%lx: %s (link it elsewhere, or as PIE)",
			 span.start, span.end,
			 errno == EEXIST ? "fxbox or the system uses them" : strerror(errno));
}

/* Reserves of these pages those that no image has, from the one on that is named. */
static int claim(const struct fx_taken *taken, size_t from, struct fx_span span)
{
	if (span.start >= span.end)
		return 0;
	for (size_t i = from; i < taken->count; i++) {
		struct fx_span other = taken->span[i];

		if (other.end <= span.start || other.start >= span.end)
			continue;
		if (claim(taken, i + 1, (struct fx_span){span.start, other.start}) < 0)
			return -1;
		return claim(taken, i + 1, (struct fx_span){other.end, span.end});
	}
	return reserve(span.start, span.end - span.start, MAP_FIXED_NOREPLACE) == MAP_FAILED ? -1
											     : 0;
}

static int make_room(struct place *p, struct fx_taken *taken)
{
	size_t count = taken->count + p->image->load_count;
	struct fx_span *span = realloc(taken->span, count * sizeof(*span) + 1);

	if (!span)
		return fx_refuse(p->why, FX_EXIT_FAILED, p->subject, "%s", strerror(errno));
	taken->span = span;
	return 0;
}

static void add_pages(const struct place *p, struct fx_taken *taken)
{
	for (size_t i = 0; i < p->image->load_count; i++)
		taken->span[taken->count++] = fx_segment_pages(&p->image->loads[i], p->bias);
}

/* Its segments may be far apart, with other things in between. */
static int place_fixed(struct place *p, struct fx_taken *taken)
{
	p->bias = 0;
	for (size_t i = 0; i < p->image->load_count; i++) {
		struct fx_span span = fx_segment_pages(&p->image->loads[i], 0);

		if (claim(taken, 0, span) < 0)
			return cannot_have(p, span);
		taken->span[taken->count++] = span;
	}
	return 0;
}

/* Zero where the user turned randomisation off (setarch -R). */
static uintptr_t random_offset(void)
{
	uint64_t bits;

	if ((personality(0xffffffff) & ADDR_NO_RANDOMIZE) ||
	    getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
		return 0;
	return (bits % PIE_RANDOM_PAGES) * FX_PAGE_SIZE;
}

/* As Linux places a PIE. Fails only if all that room happens to be taken. */
static int place_program(struct place *p)
{
	uintptr_t align = p->image->align;

	for (int i = 0; i < PIE_TRIES; i++) {
		uintptr_t base = (PIE_BASE + random_offset()) & ~(align - 1);

		if (reserve(base, reserved_size(p->image), MAP_FIXED_NOREPLACE) != MAP_FAILED) {
			p->bias = base - first_address(p->image);
			return 0;
		}
	}
	return -1;
}

/* Reserves enough to find an aligned base inside, then trims both ends. */
static int place_in_hole(struct place *p)
{
	uintptr_t align = p->image->align;
	size_t size = reserved_size(p->image);

	if (align > FX_USER_END / 2)
		return fx_refuse(p->why, FX_EXIT_CANNOT_RUN, p->subject,
				 "asks for an alignment that no address has (it is damaged)");

	size_t slack = align - FX_PAGE_SIZE;
	void *hole = reserve(0, size + slack, 0);

	if (hole == MAP_FAILED)
		return fx_refuse(p->why, FX_EXIT_CANNOT_RUN, p->subject,
				 "needs %zu bytes of address space: %s", size, strerror(errno));

	uintptr_t start = (uintptr_t)hole;
	uintptr_t base = (start + slack) & ~(align - 1);

	if (base > start)
		munmap(hole, base - start);
	if (start + slack > base)
		munmap((void *)(base + size), start + slack - base);
	p->bias = base - first_address(p->image);
	return 0;
}

/*
 * bss: the rest of the file's last page (all of it: ld.so's malloc uses what
 * lies behind _end), then whole pages. Like Linux, bss pages are writable
 * whatever the segment says, and a read-only segment's last page is left alone.
 */
static int map_bss(const Elf64_Phdr *ph, uintptr_t bias, int prot)
{
	uintptr_t start = bias + ph->p_vaddr + ph->p_filesz;
	uintptr_t page = ph->p_filesz ? FX_PAGE_UP(start) : FX_PAGE_DOWN(start);
	uintptr_t end = FX_PAGE_UP(bias + ph->p_vaddr + ph->p_memsz);

	if (ph->p_filesz && (prot & PROT_WRITE))
		memset((void *)start, 0, page - start);
	if (end > page &&
	    mmap((void *)page, end - page, PROT_READ | PROT_WRITE | (prot & PROT_EXEC),
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -1;
	return 0;
}

static int map_segment(int fd, const Elf64_Phdr *ph, uintptr_t bias)
{
	uintptr_t start = FX_PAGE_DOWN(bias + ph->p_vaddr);
	uintptr_t file_end = FX_PAGE_UP(bias + ph->p_vaddr + ph->p_filesz);
	int prot = (ph->p_flags & PF_R ? PROT_READ : 0) | (ph->p_flags & PF_W ? PROT_WRITE : 0) |
		   (ph->p_flags & PF_X ? PROT_EXEC : 0);

	if (ph->p_filesz && mmap((void *)start, file_end - start, prot, MAP_PRIVATE | MAP_FIXED, fd,
				 (off_t)FX_PAGE_DOWN(ph->p_offset)) == MAP_FAILED)
		return -1;
	return ph->p_memsz > ph->p_filesz ? map_bss(ph, bias, prot) : 0;
}

static int map_segments(const struct place *p)
{
	const struct fx_elf_image *image = p->image;

	for (size_t i = 0; i < image->load_count; i++) {
		const Elf64_Phdr *ph = &image->loads[i];

		if (map_segment(image->fd, ph, p->bias) < 0)
			return fx_refuse(p->why, FX_EXIT_CANNOT_RUN, p->subject,
					 "has a segment at 0x%lx that cannot be mapped: %s",
					 ph->p_vaddr, strerror(errno));
	}
	return 0;
}

/* Where all of it has room; what is between the segments is given back. */
static int place_whole(struct place *p, enum fx_placement placement, struct fx_taken *taken)
{
	if (p->image->load_count == 0)
		return 0;
	if (placement == FX_PLACE_HOLE || place_program(p) < 0) {
		if (place_in_hole(p) < 0)
			return -1;
	}
	munmap((void *)(p->bias + first_address(p->image)), reserved_size(p->image));
	add_pages(p, taken);
	return 0;
}

int fx_map_guest(const struct fx_elf_image *image, enum fx_placement placement, const char *subject,
		 struct fx_taken *taken, uintptr_t *bias, struct fx_refusal *why)
{
	struct place p = {.image = image, .subject = subject, .why = why};

	if (make_room(&p, taken) < 0 ||
	    (image->fixed ? place_fixed(&p, taken) : place_whole(&p, placement, taken)) < 0 ||
	    map_segments(&p) < 0)
		return -1;
	*bias = p.bias;
	return 0;
}
