/* SPDX-License-Identifier: MIT */
#include "loader/elf_image.h"

#include <byteswap.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exec_file.h"
#include "loader/exit_status.h"

/* fs/binfmt_elf.c: load_elf_phdrs takes no larger table. */
#define PHDR_TABLE_MAX 65536

/* What the checks share. The image is the one being built. */
struct check {
	struct fx_elf_image *image;
	const char *subject;
	struct fx_refusal *why;
	struct fx_span own;
	uint64_t file_size;
	Elf64_Ehdr ehdr;
};

#define REFUSE(c, ...) fx_refuse((c)->why, FX_EXIT_CANNOT_RUN, (c)->subject, __VA_ARGS__)

static const char *machine_name(unsigned int machine)
{
	switch (machine) {
	case EM_386:
		return "32-bit x86";
	case EM_ARM:
		return "ARM";
	case EM_AARCH64:
		return "AArch64";
	case EM_RISCV:
		return "RISC-V";
	case EM_PPC64:
		return "PowerPC";
	case EM_S390:
		return "S/390";
	case EM_MIPS:
		return "MIPS";
	default:
		return "another machine";
	}
}

/* Both classes have type and machine at the same place, so a 32-bit file can be named as well. */
_Static_assert(offsetof(Elf32_Ehdr, e_machine) == offsetof(Elf64_Ehdr, e_machine), "one reader");

static int read_header(struct check *c)
{
	const unsigned char *ident = c->ehdr.e_ident;
	ssize_t got = pread(c->image->fd, &c->ehdr, sizeof(c->ehdr), 0);
	size_t size;

	if (got < 0)
		return REFUSE(c, "cannot be read: %s", strerror(errno));
	if (memcmp(ident, ELFMAG, SELFMAG) != 0)
		return REFUSE(c, "is not an ELF program (nor a script that starts with #!)");
	size = ident[EI_CLASS] == ELFCLASS32 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);
	if ((size_t)got < size)
		return REFUSE(c, "is truncated within its ELF header (copy it again)");
	return 0;
}

static int check_header(struct check *c)
{
	const Elf64_Ehdr *ehdr = &c->ehdr;
	unsigned int class = ehdr->e_ident[EI_CLASS], data = ehdr->e_ident[EI_DATA];
	uint16_t machine = data == ELFDATA2MSB ? bswap_16(ehdr->e_machine) : ehdr->e_machine;

	if ((class != ELFCLASS32 && class != ELFCLASS64) ||
	    (data != ELFDATA2LSB && data != ELFDATA2MSB))
		return REFUSE(c, "has a damaged ELF header (copy or build it again)");
	if (class == ELFCLASS32 && machine == EM_X86_64)
		return REFUSE(c, "is an x32 program (build it for plain x86-64)");
	if (class == ELFCLASS32)
		return REFUSE(c, "is a 32-bit program for %s (fxbox runs 64-bit x86 only)",
			      machine_name(machine));
	if (machine != EM_X86_64 || data != ELFDATA2LSB)
		return REFUSE(c, "is a program for %s, number %u (fxbox runs 64-bit x86 only)",
			      machine_name(machine), machine);
	switch (ehdr->e_type) {
	case ET_EXEC:
	case ET_DYN:
		return 0;
	case ET_REL:
		return REFUSE(c, "is an object file, not a program (link it first)");
	case ET_CORE:
		return REFUSE(c, "is a core dump, not a program (look at it with gdb)");
	default:
		return REFUSE(c, "is an ELF file of type %u, not a program", ehdr->e_type);
	}
}

static int check_phdr_table(struct check *c)
{
	const Elf64_Ehdr *ehdr = &c->ehdr;
	uint64_t size = (uint64_t)ehdr->e_phnum * sizeof(Elf64_Phdr);

	if (ehdr->e_phnum == 0)
		return REFUSE(c, "has no program headers, so nothing to load");
	if (ehdr->e_phentsize != sizeof(Elf64_Phdr))
		return REFUSE(c, "has program headers of %u bytes instead of %zu (it is damaged)",
			      ehdr->e_phentsize, sizeof(Elf64_Phdr));
	if (size > PHDR_TABLE_MAX)
		return REFUSE(c, "has %u program headers, more than Linux takes", ehdr->e_phnum);
	if (ehdr->e_phoff > c->file_size || size > c->file_size - ehdr->e_phoff)
		return REFUSE(c, "is truncated within its program headers (copy it again)");
	return 0;
}

/* A string at the end of its segment, as Linux wants it: 2 to PATH_MAX bytes, NUL included. */
static int read_interp(struct check *c, const Elf64_Phdr *ph)
{
	char *path;
	ssize_t got;

	if (c->image->interp)
		return REFUSE(c, "names two interpreters (it is damaged)");
	if (ph->p_filesz < 2 || ph->p_filesz > PATH_MAX)
		return REFUSE(c, "has an interpreter path of %llu bytes (it is damaged)",
			      (unsigned long long)ph->p_filesz);
	if (ph->p_offset > c->file_size || ph->p_filesz > c->file_size - ph->p_offset)
		return REFUSE(c, "is truncated within its interpreter path (copy it again)");
	path = malloc(ph->p_filesz);
	if (!path)
		return REFUSE(c, "cannot be read: %s", strerror(errno));
	got = pread(c->image->fd, path, ph->p_filesz, (off_t)ph->p_offset);
	if (got != (ssize_t)ph->p_filesz || path[ph->p_filesz - 1] != '\0') {
		free(path);
		return REFUSE(c, "has an interpreter path without an end (it is damaged)");
	}
	c->image->interp = path;
	return 0;
}

/* The kernel maps whole pages, so file and memory must agree within a page. */
static int check_segment_file(struct check *c, const Elf64_Phdr *ph)
{
	unsigned long long at = ph->p_vaddr;

	if (ph->p_filesz > ph->p_memsz)
		return REFUSE(c, "has more file than memory in its segment at 0x%llx (damaged)",
			      at);
	if (ph->p_filesz == 0)
		return 0;
	if ((ph->p_vaddr ^ ph->p_offset) & (FX_PAGE_SIZE - 1))
		return REFUSE(c, "has a misaligned segment at 0x%llx: offset 0x%llx (damaged)", at,
			      (unsigned long long)ph->p_offset);
	if (ph->p_offset > c->file_size || ph->p_filesz > c->file_size - ph->p_offset)
		return REFUSE(c,
			      "is truncated: its segment at 0x%llx goes beyond the end of the "
			      "file (copy it again)",
			      at);
	return 0;
}

static int check_segment_address(struct check *c, const Elf64_Phdr *ph)
{
	unsigned long long at = ph->p_vaddr;
	uint64_t end = ph->p_vaddr + ph->p_memsz;
	size_t before = c->image->load_count;

	if (end < ph->p_vaddr)
		return REFUSE(c,
			      "has a segment at 0x%llx that wraps around the address space "
			      "(it is damaged)",
			      at);
	if (end > FX_USER_END)
		return REFUSE(c,
			      "has a segment at 0x%llx beyond the user address space "
			      "(it is damaged, or no user program)",
			      at);
	if (c->image->fixed && ph->p_vaddr < c->own.end && end > c->own.start)
		return REFUSE(c,
			      "has a segment at 0x%llx where fxbox itself lives, 0x%llx-0x%llx "
			      "(link it elsewhere, or as PIE)",
			      at, (unsigned long long)c->own.start, (unsigned long long)c->own.end);
	if (before > 0) {
		const Elf64_Phdr *last = &c->image->loads[before - 1];

		if (ph->p_vaddr < last->p_vaddr)
			return REFUSE(c,
				      "has its segment at 0x%llx out of ascending order "
				      "(it is damaged)",
				      at);
		if (ph->p_vaddr < last->p_vaddr + last->p_memsz)
			return REFUSE(c,
				      "has a segment at 0x%llx that overlaps the one before it "
				      "(it is damaged)",
				      at);
	}
	return 0;
}

static int add_load(struct check *c, const Elf64_Phdr *ph)
{
	struct fx_elf_image *image = c->image;

	if (ph->p_memsz == 0 && ph->p_filesz == 0)
		return 0;
	if (check_segment_file(c, ph) < 0 || check_segment_address(c, ph) < 0)
		return -1;

	if (image->load_count == 0)
		image->span.start = FX_PAGE_DOWN(ph->p_vaddr);
	image->span.end = FX_PAGE_UP(ph->p_vaddr + ph->p_memsz);
	/* As Linux: an alignment that is no power of two is none. */
	if ((ph->p_align & (ph->p_align - 1)) == 0 && ph->p_align > image->align)
		image->align = ph->p_align;
	if (ph->p_offset <= c->ehdr.e_phoff && c->ehdr.e_phoff - ph->p_offset < ph->p_filesz)
		image->phdr = c->ehdr.e_phoff - ph->p_offset + ph->p_vaddr;
	image->loads[image->load_count++] = *ph;
	return 0;
}

static int add_phdr(struct check *c, const Elf64_Phdr *ph)
{
	switch (ph->p_type) {
	case PT_LOAD:
		return add_load(c, ph);
	case PT_INTERP:
		return read_interp(c, ph);
	case PT_GNU_STACK:
		c->image->exec_stack = (ph->p_flags & PF_X) != 0;
		return 0;
	default:
		return 0;
	}
}

/* At most PHDR_TABLE_MAX bytes, as checked. NULL, with the reason said, if that cannot be. */
static Elf64_Phdr *read_phdrs(struct check *c)
{
	size_t size = c->ehdr.e_phnum * sizeof(Elf64_Phdr);
	Elf64_Phdr *table = malloc(size);
	ssize_t got = table ? pread(c->image->fd, table, size, (off_t)c->ehdr.e_phoff) : -1;

	if (got == (ssize_t)size)
		return table;
	if (got < 0)
		REFUSE(c, "cannot be read: %s", strerror(errno));
	else
		REFUSE(c, "is truncated within its program headers (copy it again)");
	free(table);
	return NULL;
}

static int add_phdrs(struct check *c, const Elf64_Phdr *table)
{
	struct fx_elf_image *image = c->image;

	image->phnum = c->ehdr.e_phnum;
	image->loads = calloc(image->phnum, sizeof(*image->loads));
	if (!image->loads)
		return REFUSE(c, "cannot be read: %s", strerror(errno));
	for (size_t i = 0; i < image->phnum; i++) {
		if (add_phdr(c, &table[i]) < 0)
			return -1;
	}
	if (image->load_count == 0)
		return REFUSE(c, "has no segment to load (debug symbols only?)");
	if (image->align > FX_USER_END / 2)
		return REFUSE(c, "asks for an alignment that no address has (it is damaged)");
	return 0;
}

static int check_all(struct check *c)
{
	Elf64_Phdr *table;
	int result;

	if (read_header(c) < 0 || check_header(c) < 0 || check_phdr_table(c) < 0)
		return -1;
	table = read_phdrs(c);
	if (!table)
		return -1;
	c->image->fixed = c->ehdr.e_type == ET_EXEC;
	c->image->entry = c->ehdr.e_entry;
	result = add_phdrs(c, table);
	free(table);
	return result;
}

int fx_elf_image_open(struct fx_elf_image *image, const char *path, const char *subject,
		      struct fx_span own, struct fx_refusal *why)
{
	struct fx_elf_image built = {.align = FX_PAGE_SIZE};
	struct check c = {.image = &built, .subject = subject, .why = why, .own = own};
	struct stat st;
	int result = -1;

	built.fd = fx_exec_file_open(path, subject, why);
	if (built.fd < 0)
		return -1;
	if (fstat(built.fd, &st) < 0) {
		REFUSE(&c, "cannot be examined: %s", strerror(errno));
	} else {
		c.file_size = (uint64_t)st.st_size;
		result = check_all(&c);
	}
	if (result < 0)
		fx_elf_image_close(&built);
	else
		*image = built;
	return result;
}

void fx_elf_image_close(struct fx_elf_image *image)
{
	close(image->fd);
	free(image->loads);
	free(image->interp);
	*image = (struct fx_elf_image){.fd = -1};
}
