/* SPDX-License-Identifier: MIT */
#include "loader/report/source_line.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/report/symbol.h"

#define ID_MOST 64 /* bytes of a build ID; usually 20 */

bool fx_debug_path(const unsigned char *id, size_t length, char *path, size_t size)
{
	int at = 0;

	if (length == 0 || length > ID_MOST)
		return false;
	at = snprintf(path, size, "/usr/lib/debug/.build-id/%02x/", id[0]);

	for (size_t i = 1; i < length; i++)
		at += snprintf(path + at, size - (size_t)at, "%02x", id[i]);
	at += snprintf(path + at, size - (size_t)at, ".debug");
	return (size_t)at < size;
}

static bool build_id_in(Elf_Data *notes, char *path, size_t size)
{
	size_t next, name, id;
	GElf_Nhdr note;

	for (size_t at = 0; (next = gelf_getnote(notes, at, &note, &name, &id)) > 0; at = next) {
		const char *bytes = notes->d_buf;

		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    memcmp(bytes + name, "GNU", sizeof("GNU")) == 0 && note.n_descsz > 1 &&
		    note.n_descsz <= ID_MOST)
			return fx_debug_path((const unsigned char *)bytes + id, note.n_descsz, path,
					     size);
	}
	return false;
}

static bool find_debug_path(Elf *elf, char *path, size_t size)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;

		if (gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE &&
		    (data = elf_getdata(section, NULL)) && build_id_in(data, path, size))
			return true;
	}
	return false;
}

/* By the index of addresses, or, where the compiler made none, one unit after the other. */
bool fx_unit_of(Dwarf *dwarf, Dwarf_Addr address, Dwarf_Die *unit)
{
	Dwarf_Off at = 0, next;
	size_t header;

	if (dwarf_addrdie(dwarf, address, unit))
		return true;
	while (dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0) {
		if (dwarf_offdie(dwarf, at + header, unit) && dwarf_haspc(unit, address) > 0)
			return true;
		at = next;
	}
	return false;
}

/* From the outermost; libdw's own search does not look into namespaces. */
static int descend(Dwarf_Die *within, Dwarf_Addr address, Dwarf_Die *scope, int depth)
{
	Dwarf_Die die;
	int r, found;

	for (r = dwarf_child(within, &die); r == 0 && depth < FX_SCOPES_MOST;
	     r = dwarf_siblingof(&die, &die)) {
		switch (dwarf_tag(&die)) {
		case DW_TAG_namespace:
		case DW_TAG_class_type:
		case DW_TAG_structure_type:
			found = descend(&die, address, scope, depth);
			if (found > depth)
				return found;
			break;
		case DW_TAG_subprogram:
		case DW_TAG_inlined_subroutine:
		case DW_TAG_lexical_block:
			if (dwarf_haspc(&die, address) <= 0)
				break;
			scope[depth] = die;
			return descend(&die, address, scope, depth + 1);
		}
	}
	return depth;
}

int fx_scopes_of(Dwarf_Die *unit, Dwarf_Addr address, Dwarf_Die scope[FX_SCOPES_MOST])
{
	const int count = descend(unit, address, scope, 0);

	for (int i = 0; i < count / 2; i++) {
		const Dwarf_Die outer = scope[i];

		scope[i] = scope[count - 1 - i];
		scope[count - 1 - i] = outer;
	}
	return count;
}

bool fx_line_of(Dwarf *dwarf, Dwarf_Addr address, const char **file, int *number)
{
	Dwarf_Line *line;
	Dwarf_Die unit;

	return fx_unit_of(dwarf, address, &unit) && (line = dwarf_getsrc_die(&unit, address)) &&
	       dwarf_lineno(line, number) == 0 && *number > 0 &&
	       (*file = dwarf_linesrc(line, NULL, NULL));
}

bool fx_inlined_call(Dwarf_Die *unit, Dwarf_Die *inlined, const char **file, int *line)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number, index;
	Dwarf_Files *files;
	size_t count;

	if (!dwarf_attr(inlined, DW_AT_call_line, &attribute) ||
	    dwarf_formudata(&attribute, &number) != 0 ||
	    !dwarf_attr(inlined, DW_AT_call_file, &attribute) ||
	    dwarf_formudata(&attribute, &index) != 0 ||
	    dwarf_getsrcfiles(unit, &files, &count) != 0 || index >= count)
		return false;
	*file = dwarf_filesrc(files, index, NULL, NULL);
	*line = (int)number;
	return *file != NULL;
}

bool fx_source_is_library(const char *file)
{
	static const char *const part[] = {"/usr/include/", "/usr/lib/",     "/rustc/",
					   "library/std/",  "library/core/", "library/alloc/"};

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		if (strstr(file, part[i]))
			return true;
	}
	return false;
}

/* From the innermost outwards: the first that is of no library. */
static bool leave_library(Dwarf *dwarf, Dwarf_Addr address, const char **file, int *number)
{
	Dwarf_Die unit, scope[FX_SCOPES_MOST];
	int scopes;

	if (!fx_source_is_library(*file))
		return true;
	scopes = fx_unit_of(dwarf, address, &unit) ? fx_scopes_of(&unit, address, scope) : 0;
	for (int i = 0; i < scopes && dwarf_tag(&scope[i]) != DW_TAG_subprogram; i++) {
		if (dwarf_tag(&scope[i]) == DW_TAG_inlined_subroutine &&
		    fx_inlined_call(&unit, &scope[i], file, number) && !fx_source_is_library(*file))
			return true;
	}
	return false;
}

static bool find_line(Dwarf *dwarf, Dwarf_Addr address, bool own, char *out, size_t size)
{
	const char *file;
	int number;

	if (!fx_line_of(dwarf, address, &file, &number) ||
	    (own && !leave_library(dwarf, address, &file, &number)))
		return false;
	snprintf(out, size, "%s:%d", file, number);
	return true;
}

/*
 * A file that was asked for: most of a log's sites are in a few, and to read the
 * DWARF of a libc takes longer than all else. The latest ones stay open to the end.
 */
struct source {
	char path[PATH_MAX];
	Elf *elf;	    /* NULL: there is none */
	Dwarf *own, *by_id; /* NULL: it has none */
	int fd, fd_by_id;
};

#define SOURCES 8

static void open_source(struct source *s, const char *path)
{
	char debug[PATH_MAX];

	*s = (struct source){.fd = fx_site_open(path), .fd_by_id = -1};
	snprintf(s->path, sizeof(s->path), "%s", path);
	if (s->fd < 0 || elf_version(EV_CURRENT) == EV_NONE)
		return;
	s->elf = elf_begin(s->fd, ELF_C_READ, NULL);
	if (!s->elf)
		return;
	s->own = dwarf_begin_elf(s->elf, DWARF_C_READ, NULL);
	if (!find_debug_path(s->elf, debug, sizeof(debug)))
		return;
	s->fd_by_id = fx_site_open(debug);
	if (s->fd_by_id >= 0)
		s->by_id = dwarf_begin(s->fd_by_id, DWARF_C_READ);
}

static void close_source(struct source *s)
{
	dwarf_end(s->own);
	dwarf_end(s->by_id);
	elf_end(s->elf);
	if (s->fd >= 0)
		close(s->fd);
	if (s->fd_by_id >= 0)
		close(s->fd_by_id);
}

static const struct source *source_of(const char *path)
{
	static struct source source[SOURCES];
	static unsigned opened;
	struct source *s;

	for (unsigned i = 0; i < SOURCES && i < opened; i++) {
		if (strcmp(source[i].path, path) == 0)
			return &source[i];
	}
	s = &source[opened % SOURCES];
	if (opened++ >= SOURCES)
		close_source(s);
	open_source(s, path);
	return s;
}

static bool line_of_site(const char *site, bool own, char *out, size_t size)
{
	char path[PATH_MAX];
	uint64_t offset, address;
	const struct source *s;

	if (!fx_site_parse(site, path, &offset))
		return false;
	s = source_of(path);
	return s->elf && fx_site_address(s->elf, offset, &address) &&
	       ((s->own && find_line(s->own, address, own, out, size)) ||
		(s->by_id && find_line(s->by_id, address, own, out, size)));
}

bool fx_source_line(const char *site, char *out, size_t size)
{
	return line_of_site(site, false, out, size);
}

bool fx_source_line_own(const char *site, char *out, size_t size)
{
	return line_of_site(site, true, out, size);
}
