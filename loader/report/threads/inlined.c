/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/inlined.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <string.h>

#include "loader/report/source_line.h"

static const char *linkage_name(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
			       dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute)
		       ? dwarf_formstring(&attribute)
		       : NULL;
}

size_t fx_inlined_at(struct fx_modules *m, uint64_t address, struct fx_inlined to[FX_INLINED_MOST])
{
	struct fx_module *module = fx_module_of(m, address);
	Dwarf_Die unit, scope[FX_SCOPES_MOST];
	const char *file;
	uint64_t bias;
	Dwarf *dwarf;
	size_t n = 0;
	int line, scopes;

	if (!module || !fx_module_line(m, address, &file, &line))
		return 0;
	dwarf = fx_module_dwarf(module, &bias);
	scopes = fx_unit_of(dwarf, address - bias, &unit)
			 ? fx_scopes_of(&unit, address - bias, scope)
			 : 0;
	for (int i = 0; i < scopes; i++) {
		const int tag = dwarf_tag(&scope[i]);

		if (tag == DW_TAG_subprogram)
			break;
		if (tag != DW_TAG_inlined_subroutine)
			continue;
		if (n + 1 < FX_INLINED_MOST)
			to[n++] = (struct fx_inlined){dwarf_diename(&scope[i]),
						      linkage_name(&scope[i]), file, line};
		if (!fx_inlined_call(&unit, &scope[i], &file, &line))
			break;
	}
	to[n++] = (struct fx_inlined){NULL, NULL, file, line};
	return n;
}
