/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/modules.h"

#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/report/log_read.h"
#include "loader/report/source_line.h"
#include "loader/report/symbol.h"

/* Threads stand at few places, and each is asked for again and again. */
#define CACHED 4096

struct fx_place_cache {
	struct cached_symbol {
		uint64_t key;		 /* one more than the address; 0: none */
		struct fx_symbol symbol; /* name NULL: there is none */
	} symbol[CACHED];
	struct cached_line {
		uint64_t key;
		const char *file; /* NULL: there is none */
		int line;
	} line[CACHED];
};

static size_t slot_of(uint64_t address)
{
	return (address ^ address >> 12) % CACHED;
}

/* What was stripped lies where distributions put it; libdwfl's own search would use the network. */
static int find_debug_file(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
			   const char *file, const char *link, GElf_Word crc, char **found)
{
	const unsigned char *id;
	char path[FX_DEBUG_PATH];
	GElf_Addr at;
	const int length = dwfl_module_build_id(mod, &id, &at);
	int fd;

	(void)userdata;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	if (length <= 1 || !fx_debug_path(id, (size_t)length, path, sizeof(path)))
		return -1;
	fd = fx_site_open(path);
	if (fd >= 0)
		*found = strdup(path);
	return fd;
}

/* All are reported with their file. */
static int find_no_file(Dwfl_Module *mod, void **userdata, const char *name, Dwarf_Addr base,
			char **file, Elf **elf)
{
	(void)mod;
	(void)userdata;
	(void)name;
	(void)base;
	(void)file;
	(void)elf;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_no_file,
	.find_debuginfo = find_debug_file,
};

static bool is_elf(int fd)
{
	char magic[SELFMAG];

	return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	       memcmp(magic, ELFMAG, SELFMAG) == 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_libc(const char *path)
{
	static const char *const prefix[] = {"libc.so", "libc-2",  "libpthread", "ld-linux",
					     "ld-2",	"ld-musl", "libc.musl"};
	const char *name = base_name(path);

	for (size_t i = 0; i < sizeof(prefix) / sizeof(prefix[0]); i++) {
		if (strncmp(name, prefix[i], strlen(prefix[i])) == 0)
			return true;
	}
	return false;
}

static void add_module(struct fx_modules *m, const char *path, int fd, uint64_t start)
{
	Dwfl_Module *mod = dwfl_report_elf(m->dwfl, base_name(path), path, fd, start, false);
	struct fx_module *new;
	Dwarf_Addr from, to;

	if (!mod) {
		close(fd);
		return;
	}
	dwfl_module_info(mod, NULL, &from, &to, NULL, NULL, NULL, NULL);
	m->module = fx_log_grow(m->module, m->modules, sizeof(*m->module));
	new = &m->module[m->modules++];
	*new = (struct fx_module){.path = path, .start = from, .end = to, .dwfl = mod};
	new->libc = is_libc(path);
	m->libc |= new->libc;
}

static void note_missing(struct fx_modules *m, const char *path)
{
	for (size_t i = 0; i < m->missing_files; i++) {
		if (strcmp(m->missing[i], path) == 0)
			return;
	}
	m->missing = fx_log_grow(m->missing, m->missing_files, sizeof(*m->missing));
	m->missing[m->missing_files++] = path;
}

/* A file is mapped in pieces; the one with its beginning says where the whole lies. */
static void report_files(struct fx_modules *m)
{
	for (size_t i = 0; i < m->dump->files; i++) {
		const struct fx_dump_file *f = &m->dump->file[i];
		int fd;

		if (f->offset != 0 || (i > 0 && f[-1].offset == 0 && f[-1].name == f->name))
			continue;
		fd = fx_site_open(f->name);
		if (fd < 0)
			note_missing(m, f->name);
		else if (is_elf(fd))
			add_module(m, f->name, fd, f->start);
		else
			close(fd);
	}
}

/* As a file, or inside the program. */
static bool uses_musl(const struct fx_modules *m)
{
	for (size_t i = 0; i < m->modules; i++) {
		if (m->module[i].libc)
			return strstr(base_name(m->module[i].path), "musl") != NULL;
	}
	for (size_t i = 0; i < m->modules; i++) {
		const int symbols = dwfl_module_getsymtab(m->module[i].dwfl);
		GElf_Addr value;
		GElf_Sym symbol;

		for (int s = 0; s < symbols; s++) {
			const char *name = dwfl_module_getsym_info(m->module[i].dwfl, s, &symbol,
								   &value, NULL, NULL, NULL);

			if (name && strcmp(name, "__init_libc") == 0)
				return true;
		}
	}
	return false;
}

static int by_start(const void *a, const void *b)
{
	const struct fx_module *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

int fx_modules_open(struct fx_modules *m, struct fx_dump *dump, struct fx_refusal *why)
{
	*m = (struct fx_modules){.dump = dump};
	m->cache = calloc(1, sizeof(*m->cache));
	m->dwfl = m->cache ? dwfl_begin(&callbacks) : NULL;
	if (!m->dwfl)
		return fx_refuse(why, FX_EXIT_FAILED, "libdwfl", "%s", dwfl_errmsg(-1));
	dwfl_report_begin(m->dwfl);
	report_files(m);
	dwfl_report_end(m->dwfl, NULL, NULL);
	m->musl = uses_musl(m);
	if (m->modules)
		qsort(m->module, m->modules, sizeof(*m->module), by_start);
	return 0;
}

void fx_modules_free(struct fx_modules *m)
{
	for (size_t i = 0; i < m->modules; i++)
		free(m->module[i].variables);
	if (m->dwfl)
		dwfl_end(m->dwfl);
	free(m->module);
	free(m->missing);
	free(m->cache);
}

struct fx_module *fx_module_of(const struct fx_modules *m, uint64_t address)
{
	size_t low = 0, high = m->modules;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (m->module[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < m->module[low - 1].end ? &m->module[low - 1] : NULL;
}

static bool find_symbol(struct fx_modules *m, uint64_t address, struct fx_symbol *to)
{
	const struct fx_module *module = fx_module_of(m, address);
	GElf_Sym symbol;
	GElf_Off offset;

	if (!module)
		return false;
	to->name = dwfl_module_addrinfo(module->dwfl, address, &offset, &symbol, NULL, NULL, NULL);
	/* Of hand-written assembly: no size, so only what is near. */
	if (!to->name || !*to->name || offset >= (symbol.st_size ? symbol.st_size : 64))
		return false;
	to->offset = offset;
	return true;
}

bool fx_module_symbol(struct fx_modules *m, uint64_t address, struct fx_symbol *to)
{
	struct cached_symbol *c = &m->cache->symbol[slot_of(address)];

	if (c->key != address + 1) {
		c->key = address + 1;
		if (!find_symbol(m, address, &c->symbol))
			c->symbol.name = NULL;
	}
	*to = c->symbol;
	return to->name != NULL;
}

Dwarf *fx_module_dwarf(struct fx_module *m, uint64_t *bias)
{
	Dwarf_Addr found;

	if (!m->dwarf_known) {
		m->dwarf_known = true;
		m->dwarf = dwfl_module_getdwarf(m->dwfl, &found);
		m->dwarf_bias = m->dwarf ? found : 0;
	}
	*bias = m->dwarf_bias;
	return m->dwarf;
}

bool fx_module_line(struct fx_modules *m, uint64_t address, const char **file, int *line)
{
	struct cached_line *c = &m->cache->line[slot_of(address)];

	if (c->key != address + 1) {
		struct fx_module *module = fx_module_of(m, address);
		uint64_t bias;
		Dwarf *dwarf = module ? fx_module_dwarf(module, &bias) : NULL;

		c->key = address + 1;
		if (!dwarf || !fx_line_of(dwarf, address - bias, &c->file, &c->line))
			c->file = NULL;
	}
	*file = c->file;
	*line = c->line;
	return c->file != NULL;
}

/* The segment of its module that an address lies in, and where the module lies. */
static bool segment_of(const struct fx_modules *m, uint64_t address, GElf_Phdr *p, uint64_t *bias,
		       Elf **elf)
{
	const struct fx_module *module = fx_module_of(m, address);
	GElf_Addr found;
	size_t count;

	*elf = module ? dwfl_module_getelf(module->dwfl, &found) : NULL;
	if (!*elf || elf_getphdrnum(*elf, &count) < 0)
		return false;
	*bias = found;
	for (size_t i = 0; i < count && i < INT32_MAX; i++) {
		if (gelf_getphdr(*elf, (int)i, p) && p->p_type == PT_LOAD &&
		    address - found >= p->p_vaddr && address - found - p->p_vaddr < p->p_memsz)
			return true;
	}
	return false;
}

bool fx_module_flags(const struct fx_modules *m, uint64_t address, uint32_t flags)
{
	GElf_Phdr p;
	uint64_t bias;
	Elf *elf;

	return segment_of(m, address, &p, &bias, &elf) && (p.p_flags & flags) == flags;
}

static bool load_from_file(const struct fx_modules *m, uint64_t address, void *to, size_t length)
{
	GElf_Phdr p;
	uint64_t bias, within;
	Elf_Data *data;
	Elf *elf;

	if (!segment_of(m, address, &p, &bias, &elf) || p.p_flags & PF_W)
		return false;
	within = address - bias - p.p_vaddr;
	if (within >= p.p_filesz || length > p.p_filesz - within)
		return false;
	data = elf_getdata_rawchunk(elf, (int64_t)p.p_offset, p.p_filesz, ELF_T_BYTE);
	if (!data || data->d_size < within + length)
		return false;
	memcpy(to, (const char *)data->d_buf + within, length);
	return true;
}

bool fx_modules_load(struct fx_modules *m, uint64_t address, void *to, size_t length)
{
	return fx_dump_load(m->dump, address, to, length) || load_from_file(m, address, to, length);
}
