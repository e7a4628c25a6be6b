/* SPDX-License-Identifier: MIT */
#include "loader/report/symbol.h"

#include <fcntl.h>
#include <gelf.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct best {
	char name[256];
	uint64_t value;
	bool found;
};

bool fx_site_address(Elf *elf, uint64_t offset, uint64_t *address)
{
	size_t count;

	if (elf_getphdrnum(elf, &count) < 0)
		return false;
	for (size_t i = 0; i < count && i < INT_MAX; i++) {
		GElf_Phdr p;

		if (gelf_getphdr(elf, (int)i, &p) && p.p_type == PT_LOAD && offset >= p.p_offset &&
		    offset - p.p_offset < p.p_filesz) {
			*address = offset - p.p_offset + p.p_vaddr;
			return true;
		}
	}
	return false;
}

static bool covers(const GElf_Sym *s, uint64_t address)
{
	int type = GELF_ST_TYPE(s->st_info);

	if (s->st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_NOTYPE))
		return false;
	/* Of hand-written assembly: no size, so only its first instructions. */
	return address >= s->st_value && address - s->st_value < (s->st_size ? s->st_size : 64);
}

static void search(Elf *elf, Elf_Scn *section, uint64_t address, struct best *best)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Shdr header;
	GElf_Sym s;

	if (!data || !gelf_getshdr(section, &header))
		return;
	for (int i = 0; gelf_getsym(data, i, &s); i++) {
		const char *name;

		if (!covers(&s, address) || (best->found && s.st_value <= best->value))
			continue;
		name = elf_strptr(elf, header.sh_link, s.st_name);
		if (!name || !*name)
			continue;
		snprintf(best->name, sizeof(best->name), "%s", name);
		best->value = s.st_value;
		best->found = true;
	}
}

static bool find(Elf *elf, uint64_t offset, char *out, size_t size)
{
	struct best best = {.found = false};
	Elf_Scn *section = NULL;
	uint64_t address;

	if (elf_kind(elf) != ELF_K_ELF || !fx_site_address(elf, offset, &address))
		return false;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;

		if (gelf_getshdr(section, &header) &&
		    (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
			search(elf, section, address, &best);
	}
	if (best.found)
		snprintf(out, size, "%s+0x%llx", best.name,
			 (unsigned long long)(address - best.value));
	return best.found;
}

bool fx_site_parse(const char *site, char path[static PATH_MAX], uint64_t *offset)
{
	const char *plus = site ? strrchr(site, '+') : NULL;
	unsigned long long value;
	char *end;

	if (!plus || *site != '/' || plus - site >= PATH_MAX)
		return false;
	value = strtoull(plus + 1, &end, 16);
	if (*end || value == 0)
		return false;
	memcpy(path, site, (size_t)(plus - site));
	path[plus - site] = '\0';
	/* The site is behind the instruction, which may be the function's last. */
	*offset = value - 1;
	return true;
}

int fx_site_open(const char *path)
{
	/* The log names the file: it may be a pipe, or a device that acts on open. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

bool fx_symbol_of_site(const char *site, char *out, size_t size)
{
	char path[PATH_MAX];
	uint64_t offset;
	bool found = false;
	int fd;

	if (!fx_site_parse(site, path, &offset) || (fd = fx_site_open(path)) < 0)
		return false;
	if (elf_version(EV_CURRENT) != EV_NONE) {
		Elf *elf = elf_begin(fd, ELF_C_READ, NULL);

		found = elf && find(elf, offset, out, size);
		elf_end(elf);
	}
	close(fd);
	return found;
}
