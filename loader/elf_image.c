/* SPDX-License-Identifier: MIT */
#include "loader/elf_image.h"

#include <byteswap.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "shim/elf_rules.h"

/* A larger one asks for more than there is to look for it in. */
#define INTERP_ALIGN_MAX (1UL << 30)

/* What the checks share. The image is the one being built. */
struct check {
	struct fx_elf_image *image;
	enum fx_elf_role role;
	const char *subject;
	struct fx_refusal *why;
	struct fx_span own;
	uint64_t file_size;
	bool has_load;
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

/* What lies behind a short file's end is zero, as to the kernel. */
static int read_header(struct check *c)
{
	ssize_t got = pread(c->image->fd, &c->ehdr, sizeof(c->ehdr), 0);

	if (got < 0)
		return REFUSE(c, "cannot be read: %s", strerror(errno));
	if (memcmp(c->ehdr.e_ident, ELFMAG, SELFMAG) != 0)
		return REFUSE(c, "is not an ELF program (nor a script that starts with #!)");
	return 0;
}

/* The rest of e_ident says why, so far as it can be believed: Linux does not look there. */
static int refuse_header(struct check *c)
{
	const Elf64_Ehdr *ehdr = &c->ehdr;
	unsigned int class = ehdr->e_ident[EI_CLASS], data = ehdr->e_ident[EI_DATA];
	uint16_t machine = data == ELFDATA2MSB ? bswap_16(ehdr->e_machine) : ehdr->e_machine;
	size_t size = class == ELFCLASS32 ? sizeof(Elf32_Ehdr) : sizeof(Elf64_Ehdr);

	if (c->file_size < size)
		return REFUSE(c, "is truncated within its ELF header (copy it again)");
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
		break;
	case ET_REL:
		return REFUSE(c, "is an object file, not a program (link it first)");
	case ET_CORE:
		return REFUSE(c, "is a core dump, not a program (look at it with gdb)");
	default:
		return REFUSE(c, "is an ELF file of type %u, not a program", ehdr->e_type);
	}
	if (ehdr->e_phnum == 0)
		return REFUSE(c, "has no program headers, so nothing to load");
	if (ehdr->e_phentsize != sizeof(Elf64_Phdr))
		return REFUSE(c, "has program headers of %u bytes instead of %zu (it is damaged)",
			      ehdr->e_phentsize, sizeof(Elf64_Phdr));
	return REFUSE(c, "has %u program headers, more than Linux takes", ehdr->e_phnum);
}

static int check_header(struct check *c)
{
	const Elf64_Ehdr *ehdr = &c->ehdr;
	uint64_t size = (uint64_t)ehdr->e_phnum * sizeof(Elf64_Phdr);

	if (!fx_elf_is_program(ehdr->e_type, ehdr->e_machine) ||
	    !fx_elf_takes_table(ehdr->e_phentsize, ehdr->e_phnum))
		return refuse_header(c);
	if (ehdr->e_phoff <= c->file_size && size <= c->file_size - ehdr->e_phoff)
		return 0;
	if (c->file_size < sizeof(*ehdr))
		return REFUSE(c, "is truncated within its ELF header (copy it again)");
	return REFUSE(c, "is truncated within its program headers (copy it again)");
}

/* Of the first header of its kind, as Linux wants it: 2 to PATH_MAX bytes, NUL included. */
static int read_interp(struct check *c, const Elf64_Phdr *ph)
{
	char *path;
	ssize_t got;

	if (c->image->interp || c->role == FX_ELF_INTERP)
		return 0;
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

/* Zeros from the end of what is in the file to that of its page, where that page is in the file. */
static bool can_be_padded(const struct check *c, const Elf64_Phdr *ph)
{
	uint64_t end = ph->p_offset + ph->p_filesz;

	return !(ph->p_flags & PF_W) || !(end & (FX_PAGE_SIZE - 1)) ||
	       FX_PAGE_DOWN(end) < c->file_size;
}

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
	if (ph->p_offset <= c->file_size && ph->p_filesz <= c->file_size - ph->p_offset)
		return 0;
	if (ph->p_memsz > ph->p_filesz && !can_be_padded(c, ph))
		return REFUSE(c,
			      "is truncated: its segment at 0x%llx goes beyond the end of the "
			      "file (copy it again)",
			      at);
	if (!c->image->is_cut)
		c->image->cut = ph->p_vaddr;
	c->image->is_cut = true;
	return 0;
}

static int check_segment_address(struct check *c, const Elf64_Phdr *ph)
{
	unsigned long long at = ph->p_vaddr;
	uint64_t end = ph->p_vaddr + ph->p_memsz;

	if (end < ph->p_vaddr)
		return REFUSE(c,
			      "has a segment at 0x%llx that wraps around the address space "
			      "(it is damaged)",
			      at);
	if (end > FX_USER_END || ph->p_vaddr >= FX_USER_END)
		return REFUSE(c,
			      "has a segment at 0x%llx beyond the user address space "
			      "(it is damaged, or no user program)",
			      at);
	if (c->image->fixed && ph->p_vaddr < c->own.end && end > c->own.start)
		return REFUSE(c,
			      "has a segment at 0x%llx where fxbox itself lives, 0x%llx-0x%llx "
			      "(link it elsewhere, or as PIE)",
			      at, (unsigned long long)c->own.start, (unsigned long long)c->own.end);
	return 0;
}

/* A segment without a size maps nothing, but counts where all of them are measured. */
static int add_load(struct check *c, const Elf64_Phdr *ph)
{
	struct fx_elf_image *image = c->image;
	struct fx_span pages = {FX_PAGE_DOWN(ph->p_vaddr), FX_PAGE_UP(ph->p_vaddr + ph->p_memsz)};

	if (check_segment_file(c, ph) < 0 || check_segment_address(c, ph) < 0)
		return -1;
	if (!c->has_load || pages.start < image->span.start)
		image->span.start = pages.start;
	if (pages.end > image->span.end)
		image->span.end = pages.end;
	c->has_load = true;
	/* As Linux: an alignment that is no power of two is none. Interpreters it does not align at
	 * all. */
	if ((ph->p_align & (ph->p_align - 1)) == 0 && ph->p_align > image->align &&
	    (c->role == FX_ELF_PROGRAM || ph->p_align <= INTERP_ALIGN_MAX))
		image->align = ph->p_align;
	if (ph->p_offset <= c->ehdr.e_phoff && c->ehdr.e_phoff - ph->p_offset < ph->p_filesz)
		image->phdr = c->ehdr.e_phoff - ph->p_offset + ph->p_vaddr;
	if (ph->p_memsz > 0)
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

/* At most FX_ELF_TABLE_BYTES, as checked. NULL, with the reason said, if that cannot be. */
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
	/* An interpreter needs no program to run; ET_DYN is measured before it is mapped. */
	if (!c->has_load && !image->interp)
		return REFUSE(c, "has no segment to load (debug symbols only?)");
	if (c->has_load && !image->fixed && image->span.start == image->span.end)
		return REFUSE(c, "has segments without a size only (it is damaged)");
	return 0;
}

static int check_all(struct check *c)
{
	Elf64_Phdr *table;
	int result;

	if (read_header(c) < 0 || check_header(c) < 0)
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

int fx_elf_image_read(struct fx_elf_image *image, int fd, enum fx_elf_role role,
		      const char *subject, struct fx_span own, struct fx_refusal *why)
{
	struct fx_elf_image built = {.fd = fd, .align = FX_PAGE_SIZE};
	struct check c = {
		.image = &built, .role = role, .subject = subject, .why = why, .own = own};
	struct stat st;
	int result = -1;

	if (fstat(fd, &st) < 0) {
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
	if (image->fd >= 0)
		close(image->fd);
	free(image->loads);
	free(image->interp);
	*image = (struct fx_elf_image){.fd = -1};
}
