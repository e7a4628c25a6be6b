/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/called.h"

#include <gelf.h>
#include <string.h>

/* An operand relative to the instruction behind it. */
static uint64_t relative(uint64_t behind, const unsigned char *operand)
{
	int32_t displacement;

	memcpy(&displacement, operand, sizeof(displacement));
	return behind + (uint64_t)(int64_t)displacement;
}

/* Length of `call *...` (ff /2) by its ModRM byte, without prefixes. */
static unsigned indirect_length(unsigned char modrm)
{
	const unsigned mode = modrm >> 6, base = modrm & 7, with_sib = base == 4;

	if ((modrm >> 3 & 7) != 2)
		return 0;
	switch (mode) {
	case 0:
		return base == 5 ? 6 : 2 + with_sib;
	case 1:
		return 3 + with_sib;
	case 2:
		return 6 + with_sib;
	default:
		return 2;
	}
}

bool fx_call_before(struct fx_modules *m, uint64_t return_address, struct fx_call_site *site)
{
	unsigned char b[7]; /* the longest without a prefix */

	*site = (struct fx_call_site){0};
	if (return_address < sizeof(b) ||
	    !fx_modules_load(m, return_address - sizeof(b), b, sizeof(b)))
		return false;
	if (b[2] == 0xe8) {
		site->target = relative(return_address, b + 3);
		if (fx_module_flags(m, site->target, PF_X))
			return true;
		site->target = 0;
	}
	if (b[1] == 0xff && b[2] == 0x15) {
		site->slot = relative(return_address, b + 3);
		return true;
	}
	for (unsigned length = 2; length <= sizeof(b); length++) {
		const unsigned char *at = b + sizeof(b) - length;

		if (at[0] == 0xff && indirect_length(at[1]) == length)
			return true;
	}
	return false;
}

/* An entry of the procedure linkage table: where it jumps to stands in this word. */
static uint64_t slot_of_plt(struct fx_modules *m, uint64_t entry)
{
	static const unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	unsigned char b[16];
	unsigned at = 0;

	if (!fx_modules_load(m, entry, b, sizeof(b)))
		return 0;
	if (memcmp(b, endbr64, sizeof(endbr64)) == 0)
		at = sizeof(endbr64);
	if (b[at] == 0xf2) /* bnd */
		at++;
	return b[at] == 0xff && b[at + 1] == 0x25 ? relative(entry + at + 6, b + at + 2) : 0;
}

/* The symbol that a section of relocations puts into a word. */
static const char *symbol_in(Elf *elf, const GElf_Shdr *section, Elf_Data *data, uint64_t slot)
{
	Elf_Scn *table = elf_getscn(elf, section->sh_link);
	Elf_Data *symbols = table ? elf_getdata(table, NULL) : NULL;
	GElf_Shdr header;
	GElf_Rela r;
	GElf_Sym s;

	if (!symbols || !gelf_getshdr(table, &header))
		return NULL;
	for (int i = 0; gelf_getrela(data, i, &r); i++) {
		if (r.r_offset == slot && GELF_R_SYM(r.r_info) <= INT32_MAX &&
		    gelf_getsym(symbols, (int)GELF_R_SYM(r.r_info), &s))
			return elf_strptr(elf, header.sh_link, s.st_name);
	}
	return NULL;
}

static const char *import_of(struct fx_modules *m, uint64_t slot)
{
	const struct fx_module *module = fx_module_of(m, slot);
	GElf_Addr bias;
	Elf *elf = module ? dwfl_module_getelf(module->dwfl, &bias) : NULL;
	Elf_Scn *section = NULL;

	while (elf && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;
		const char *name;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_RELA ||
		    !(data = elf_getdata(section, NULL)))
			continue;
		name = symbol_in(elf, &header, data, slot - bias);
		if (name && *name)
			return name;
	}
	return NULL;
}

const char *fx_called_name(struct fx_modules *m, uint64_t return_address)
{
	struct fx_call_site site;
	struct fx_symbol s;
	uint64_t slot;

	if (!fx_call_before(m, return_address, &site))
		return NULL;
	if (site.target && fx_module_symbol(m, site.target, &s) && s.offset == 0)
		return s.name;
	slot = site.slot ? site.slot : site.target ? slot_of_plt(m, site.target) : 0;
	return slot ? import_of(m, slot) : NULL;
}
