/* SPDX-License-Identifier: MIT */
#include "shim/patch/frames.h"

#include <linux/elf.h>
#include <linux/mman.h>

#include "shim/base/host.h"
#include "shim/base/mem.h"

#define PAGE	       4096UL
#define MOST_SECTIONS  256
#define MOST_SEGMENTS  32
#define MOST_FRAME     (64UL << 20) /* bytes of .eh_frame */
#define SMALLEST_ENTRY 12

/* Encodings of pointers: DW_EH_PE_. */
#define AS_SDATA4 0x0b
#define AS_UDATA4 0x03
#define AS_ABSPTR 0x00
#define AS_FORMAT 0x0f
#define BY_PC	  0x10
#define BY_ANY	  0x70

struct section {
	uint64_t address, offset, size;
};

/* The file as far as it is read. */
struct file {
	int fd;
	Elf64_Ehdr head;
	Elf64_Phdr segment[MOST_SEGMENTS];
	unsigned segments;
	struct section text, frames;
};

static bool read_at(int fd, void *to, uint64_t size, uint64_t at)
{
	return fx_host(__NR_pread64, fd, to, size, at) == (long)size;
}

static void *map(uint64_t size)
{
	long r = fx_host(__NR_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	return r < 0 && r > -4096 ? NULL : (void *)r;
}

static bool read_head(struct file *f)
{
	const Elf64_Ehdr *h = &f->head;

	if (!read_at(f->fd, &f->head, sizeof(f->head), 0) || memcmp(h->e_ident, ELFMAG, 4) != 0 ||
	    h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phnum > MOST_SEGMENTS)
		return false;
	f->segments = h->e_phnum;
	return read_at(f->fd, f->segment, f->segments * sizeof(Elf64_Phdr), h->e_phoff);
}

/* The names of the two that are looked for are short. */
static bool is_named(struct file *f, uint64_t names, uint32_t at, const char *name)
{
	char found[16];
	size_t length = fx_strlen(name) + 1;

	return read_at(f->fd, found, length, names + at) && memcmp(found, name, length) == 0;
}

/* A file may have no sections; then nothing is known. */
static void read_sections(struct file *f)
{
	const Elf64_Ehdr *h = &f->head;
	Elf64_Shdr names, s;

	if (h->e_shentsize != sizeof(s) || h->e_shnum > MOST_SECTIONS ||
	    h->e_shstrndx >= h->e_shnum ||
	    !read_at(f->fd, &names, sizeof(names), h->e_shoff + h->e_shstrndx * sizeof(s)))
		return;
	for (unsigned i = 0; i < h->e_shnum; i++) {
		struct section *to;

		if (!read_at(f->fd, &s, sizeof(s), h->e_shoff + i * sizeof(s)) ||
		    !(s.sh_flags & SHF_ALLOC) || s.sh_type == SHT_NOBITS)
			continue;
		to = is_named(f, names.sh_offset, s.sh_name, ".text")	    ? &f->text
		     : is_named(f, names.sh_offset, s.sh_name, ".eh_frame") ? &f->frames
									    : NULL;
		if (to)
			*to = (struct section){s.sh_addr, s.sh_offset, s.sh_size};
	}
}

static const Elf64_Phdr *segment_at(const struct file *f, uint64_t offset)
{
	for (unsigned i = 0; i < f->segments; i++) {
		const Elf64_Phdr *s = &f->segment[i];

		if (s->p_type == PT_LOAD && (s->p_flags & PF_X) &&
		    (s->p_offset & ~(PAGE - 1)) == offset)
			return s;
	}
	return NULL;
}

/* What is read of .eh_frame, byte by byte; beyond its end everything is 0. */
struct reader {
	const uint8_t *data;
	uint64_t at, end;
};

static uint8_t get8(struct reader *r)
{
	return r->at < r->end ? r->data[r->at++] : 0;
}

static uint32_t get32(struct reader *r)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value |= (uint32_t)get8(r) << (8 * i);
	return value;
}

static uint64_t get64(struct reader *r)
{
	uint64_t low = get32(r);

	return low | (uint64_t)get32(r) << 32;
}

static uint64_t get_leb(struct reader *r)
{
	uint64_t value = 0;
	uint8_t byte;
	int shift = 0;

	do {
		byte = get8(r);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

/* Passes a pointer; false: of a kind that is not known here. */
static bool skip_pointer(struct reader *r, uint8_t encoding)
{
	switch (encoding & AS_FORMAT) {
	case AS_ABSPTR:
	case 0x04:
	case 0x0c:
		get64(r);
		return true;
	case AS_UDATA4:
	case AS_SDATA4:
		get32(r);
		return true;
	default:
		return false;
	}
}

/* How the pointers of its descriptions are written, from a common entry; 0xff: not known. */
static uint8_t encoding_of(struct reader r)
{
	char augmentation[8] = "";
	uint8_t encoding = AS_ABSPTR;

	get8(&r);
	for (unsigned i = 0; i < sizeof(augmentation) - 1; i++)
		if (!(augmentation[i] = (char)get8(&r)))
			break;
	get_leb(&r);
	get_leb(&r);
	get_leb(&r);
	if (augmentation[0] != 'z')
		return augmentation[0] ? 0xff : AS_ABSPTR;
	get_leb(&r);
	for (const char *a = augmentation + 1; *a; a++) {
		if (*a == 'R')
			encoding = get8(&r);
		else if (*a == 'L')
			get8(&r);
		else if (*a == 'P' && !skip_pointer(&r, get8(&r)))
			return 0xff;
	}
	return encoding;
}

static void add(struct fx_frames *out, uint64_t start, uint64_t size)
{
	if (start < out->text_start || size == 0 || size > out->text_end - out->text_start ||
	    start > out->text_end - size || out->count == out->room)
		return;
	out->function[out->count++] = (struct fx_function){start, start + size};
}

static void read_description(struct reader r, uint8_t encoding, uint64_t base,
			     struct fx_frames *out)
{
	uint64_t place = base + r.at, start;

	if ((encoding & BY_ANY) != BY_PC && (encoding & BY_ANY) != 0)
		return;
	switch (encoding & AS_FORMAT) {
	case AS_SDATA4:
		start = (uint64_t)(int64_t)(int32_t)get32(&r);
		start += (encoding & BY_ANY) == BY_PC ? place : 0;
		add(out, start, get32(&r));
		return;
	case AS_UDATA4:
		start = get32(&r);
		start += (encoding & BY_ANY) == BY_PC ? place : 0;
		add(out, start, get32(&r));
		return;
	case AS_ABSPTR:
		start = get64(&r);
		start += (encoding & BY_ANY) == BY_PC ? place : 0;
		add(out, start, get64(&r));
		return;
	default:
		return;
	}
}

/* Entries follow each other; a description names its common entry by the way back to it. */
static void read_entries(const uint8_t *data, const struct section *s, struct fx_frames *out)
{
	struct reader r = {.data = data, .end = s->size};
	uint64_t common = ~0ULL;
	uint8_t encoding = 0xff;

	while (r.at + 8 <= r.end) {
		uint64_t length = get32(&r), begin = r.at, id;
		struct reader entry = r;

		if (length == 0 || length > r.end - r.at)
			return;
		entry.end = begin + length;
		id = get32(&entry);
		if (id != 0) {
			if (begin - id != common) {
				struct reader c = {data, begin - id + 8, r.end};

				common = begin - id;
				encoding = id > begin ? 0xff : encoding_of(c);
			}
			if (encoding != 0xff)
				read_description(entry, encoding, s->address, out);
		}
		r.at = begin + length;
	}
}

static void cover(const struct file *f, struct fx_frames *out)
{
	uint64_t covered = 0;

	for (size_t i = 0; i < out->count; i++)
		if (out->function[i].start >= f->text.address &&
		    out->function[i].start < f->text.address + f->text.size)
			covered += out->function[i].end - out->function[i].start;
	out->partial = f->text.size && covered < f->text.size / 2;
	if (out->partial)
		add(out, f->text.address, f->text.size);
}

bool fx_frames_read(int fd, uint64_t offset, struct fx_frames *out)
{
	struct file f = {.fd = fd};
	const Elf64_Phdr *text;
	uint8_t *data;

	memset(out, 0, sizeof(*out));
	if (!read_head(&f) || !(text = segment_at(&f, offset)))
		return false;
	read_sections(&f);
	out->text_start = text->p_vaddr & ~(PAGE - 1);
	out->text_end = text->p_vaddr + text->p_filesz;
	if (f.frames.size > MOST_FRAME || out->text_end < out->text_start)
		return false;
	out->room = f.frames.size / SMALLEST_ENTRY + 1;
	out->function = map(out->room * sizeof(struct fx_function));
	if (!out->function)
		return false;
	data = f.frames.size ? map(f.frames.size) : NULL;
	if (data && read_at(fd, data, f.frames.size, f.frames.offset))
		read_entries(data, &f.frames, out);
	if (data)
		fx_host(__NR_munmap, data, f.frames.size);
	cover(&f, out);
	return true;
}

void fx_frames_free(struct fx_frames *f)
{
	if (f->function)
		fx_host(__NR_munmap, f->function, f->room * sizeof(struct fx_function));
	f->function = NULL;
}
