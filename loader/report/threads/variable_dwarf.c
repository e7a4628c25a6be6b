/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/variable_dwarf.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/report/log_read.h"
#include "loader/report/source_line.h"

#define NESTED_MOST 24 /* scopes and types; more are of no compiler, or never end */
/* To look through more takes longer than a reader waits: then the symbol has to do. */
#define INFO_MOST (256ULL << 20)

struct fx_variable_index {
	size_t variables;
	struct indexed {
		uint64_t start, end; /* as DWARF has it */
		Dwarf_Off die;
	} variable[];
};

/* Types that are told as a whole: their parts are the library's affair. */
static bool is_whole(const char *type)
{
	static const char *const prefix[] = {
		"pthread_",
		"sem_t",
		"mtx_t",
		"cnd_t",
		"once_flag",
		"Mutex<",
		"RwLock<",
		"Condvar",
		"Once",
		"Barrier",
		"mutex",
		"ReentrantLock<",
		"shared_mutex",
		"condition_variable",
		"recursive_mutex",
		"__gthread",
		"timed_mutex",
		"recursive_timed_mutex",
		"shared_timed_mutex",
	};

	for (size_t i = 0; type && i < sizeof(prefix) / sizeof(prefix[0]); i++) {
		if (strncmp(type, prefix[i], strlen(prefix[i])) == 0)
			return true;
	}
	return false;
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, DW_AT_type, &attribute) &&
	       dwarf_formref_die(&attribute, type);
}

static uint64_t size_of(Dwarf_Die *type)
{
	Dwarf_Word size;

	return dwarf_aggregate_size(type, &size) == 0 ? size : 0;
}

__attribute__((format(printf, 2, 3))) static void append(struct fx_variable *to, const char *fmt,
							 ...)
{
	const size_t length = strlen(to->path);
	va_list args;

	va_start(args, fmt);
	vsnprintf(to->path + length, sizeof(to->path) - length, fmt, args);
	va_end(args);
}

/* The member of a structure that covers an offset: its type, and where it begins. */
static bool enter_member(Dwarf_Die *type, uint64_t *offset, struct fx_variable *to, Dwarf_Die *part)
{
	Dwarf_Die member, its_type;
	int r;

	for (r = dwarf_child(type, &member); r == 0; r = dwarf_siblingof(&member, &member)) {
		const int tag = dwarf_tag(&member);
		Dwarf_Attribute attribute;
		Dwarf_Word at = 0;

		if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) ||
		    !type_of(&member, &its_type))
			continue;
		if (dwarf_attr(&member, DW_AT_data_member_location, &attribute) &&
		    dwarf_formudata(&attribute, &at) != 0)
			continue;
		if (dwarf_hasattr(&member, DW_AT_external) ||
		    dwarf_hasattr(&member, DW_AT_declaration) || *offset < at ||
		    *offset - at >= size_of(&its_type))
			continue;
		if (tag == DW_TAG_member && dwarf_diename(&member))
			append(to, ".%s", dwarf_diename(&member));
		*offset -= at;
		*part = its_type;
		return true;
	}
	return false;
}

static bool count_of(Dwarf_Die *range, uint64_t *count)
{
	Dwarf_Attribute attribute;
	Dwarf_Word number;

	if (dwarf_attr(range, DW_AT_count, &attribute) && dwarf_formudata(&attribute, &number) == 0)
		*count = number;
	else if (dwarf_attr(range, DW_AT_upper_bound, &attribute) &&
		 dwarf_formudata(&attribute, &number) == 0)
		*count = number + 1;
	else
		return false;
	return *count != 0;
}

/* Each dimension is told by how many elements the inner ones have. */
static bool enter_element(Dwarf_Die *type, uint64_t *offset, struct fx_variable *to,
			  Dwarf_Die *part)
{
	uint64_t inner = size_of(type), size, index, count;
	Dwarf_Die range, element;
	int r;

	if (!type_of(type, &element) || !(size = size_of(&element)))
		return false;
	index = *offset / size;
	inner /= size;
	for (r = dwarf_child(type, &range); r == 0; r = dwarf_siblingof(&range, &range)) {
		if (dwarf_tag(&range) != DW_TAG_subrange_type)
			continue;
		if (!count_of(&range, &count) || !(inner /= count))
			inner = 1;
		append(to, "[%llu]", (unsigned long long)(index / inner));
		index %= inner;
	}
	*offset %= size;
	*part = element;
	return true;
}

/* Goes down to what is told as a whole; the offset becomes that within this part. */
static void enter_type(Dwarf_Die type, uint64_t *offset, struct fx_variable *to)
{
	for (int depth = 0; depth < NESTED_MOST; depth++) {
		const int tag = dwarf_tag(&type);
		Dwarf_Die part;
		bool inside = false;

		if (is_whole(dwarf_diename(&type)))
			return;
		switch (tag) {
		case DW_TAG_typedef:
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_atomic_type:
			inside = type_of(&type, &part);
			break;
		case DW_TAG_structure_type:
		case DW_TAG_class_type:
		case DW_TAG_union_type:
			inside = enter_member(&type, offset, to, &part);
			break;
		case DW_TAG_array_type:
			inside = enter_element(&type, offset, to, &part);
			break;
		}
		if (!inside)
			return;
		type = part;
	}
}

static bool describe(Dwarf_Die *die, uint64_t start, uint64_t address, struct fx_variable *to)
{
	const char *name = dwarf_diename(die);
	uint64_t offset = address - start;
	Dwarf_Die type;

	if (!name || !type_of(die, &type))
		return false;
	*to = (struct fx_variable){.path = ""};
	snprintf(to->path, sizeof(to->path), "%s", name);
	to->file = dwarf_decl_file(die);
	if (dwarf_decl_line(die, &to->line) != 0 || !to->file)
		to->file = NULL;
	enter_type(type, &offset, to);
	to->start = address - offset;
	return true;
}

/* The constant address of a variable; false if it has none. */
static bool constant_address(Dwarf_Die *die, uint64_t *address)
{
	Dwarf_Attribute attribute, result;
	Dwarf_Op *op;
	size_t length;

	if (!dwarf_attr(die, DW_AT_location, &attribute) ||
	    dwarf_getlocation(&attribute, &op, &length) != 0 || length != 1)
		return false;
	if (op->atom == DW_OP_addr) {
		*address = op->number;
		return true;
	}
	return dwarf_getlocation_attr(&attribute, op, &result) == 0 &&
	       dwarf_formaddr(&result, address) == 0;
}

static struct fx_variable_index *add_variable(struct fx_variable_index *index, Dwarf_Die *die)
{
	Dwarf_Die type;
	uint64_t start, size;

	if (!constant_address(die, &start) || !type_of(die, &type) || !(size = size_of(&type)))
		return index;
	if ((index->variables & (index->variables - 1)) == 0) {
		const size_t room = index->variables ? index->variables * 2 : 1;
		void *more = realloc(index, sizeof(*index) + room * sizeof(index->variable[0]));

		if (!more)
			return index;
		index = more;
	}
	index->variable[index->variables++] =
		(struct indexed){start, start + size, dwarf_dieoffset(die)};
	return index;
}

static struct fx_variable_index *add_scope(struct fx_variable_index *index, Dwarf_Die *scope,
					   int depth)
{
	Dwarf_Die die;
	int r;

	for (r = dwarf_child(scope, &die); r == 0; r = dwarf_siblingof(&die, &die)) {
		switch (dwarf_tag(&die)) {
		case DW_TAG_variable:
			index = add_variable(index, &die);
			break;
		case DW_TAG_namespace:
		case DW_TAG_subprogram:
		case DW_TAG_lexical_block:
			if (depth < NESTED_MOST)
				index = add_scope(index, &die, depth + 1);
			break;
		}
	}
	return index;
}

static uint64_t info_size(Dwarf *dwarf)
{
	Dwarf_Off at = 0, next;
	size_t header;

	while (dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0)
		at = next;
	return at;
}

static struct fx_variable_index *make_index(Dwarf *dwarf)
{
	struct fx_variable_index *index = calloc(1, sizeof(*index));
	Dwarf_Off at = 0, next;
	size_t header;

	if (!index || info_size(dwarf) > INFO_MOST)
		return index;
	while (dwarf_nextcu(dwarf, at, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Die unit;

		if (dwarf_offdie(dwarf, at + header, &unit))
			index = add_scope(index, &unit, 0);
		at = next;
	}
	return index;
}

bool fx_variable_static(struct fx_module *module, uint64_t address, struct fx_variable *to)
{
	uint64_t bias;
	Dwarf *dwarf = fx_module_dwarf(module, &bias);
	const struct fx_variable_index *index;

	if (!dwarf)
		return false;
	if (!module->variables)
		module->variables = make_index(dwarf);
	index = module->variables;
	for (size_t i = 0; index && i < index->variables; i++) {
		const struct indexed *v = &index->variable[i];
		Dwarf_Die die;

		if (address - bias >= v->start && address - bias < v->end &&
		    dwarf_offdie(dwarf, v->die, &die))
			return describe(&die, v->start + bias, address, to);
	}
	return false;
}

/* The function's frame base is its CFA, as compilers have it for x86-64. */
static bool local_address(Dwarf_Die *die, uint64_t pc, uint64_t cfa, uint64_t *address)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *op;
	size_t length;

	if (!dwarf_attr(die, DW_AT_location, &attribute) ||
	    dwarf_getlocation_addr(&attribute, pc, &op, &length, 1) != 1 || length != 1 ||
	    op->atom != DW_OP_fbreg)
		return false;
	*address = cfa + op->number;
	return true;
}

static bool base_is_cfa(Dwarf_Die *function)
{
	Dwarf_Attribute attribute;
	Dwarf_Op *op;
	size_t length;

	return dwarf_attr_integrate(function, DW_AT_frame_base, &attribute) &&
	       dwarf_getlocation(&attribute, &op, &length) == 0 && length == 1 &&
	       op->atom == DW_OP_call_frame_cfa;
}

static bool find_local(Dwarf_Die *scope, uint64_t pc, uint64_t cfa, uint64_t address,
		       struct fx_variable *to)
{
	Dwarf_Die die, type;
	int r;

	for (r = dwarf_child(scope, &die); r == 0; r = dwarf_siblingof(&die, &die)) {
		const int tag = dwarf_tag(&die);
		uint64_t start;

		if ((tag == DW_TAG_variable || tag == DW_TAG_formal_parameter) &&
		    local_address(&die, pc, cfa, &start) && type_of(&die, &type) &&
		    address >= start && address - start < size_of(&type))
			return describe(&die, start, address, to);
	}
	return false;
}

bool fx_variable_local(struct fx_modules *m, const struct fx_frame *frame, uint64_t cfa,
		       uint64_t address, struct fx_variable *to)
{
	struct fx_module *module = fx_module_of(m, fx_frame_at(frame));
	uint64_t bias;
	Dwarf *dwarf = module ? fx_module_dwarf(module, &bias) : NULL;
	Dwarf_Die unit, scope[FX_SCOPES_MOST];
	bool found = false, based = false;
	uint64_t pc;
	int scopes;

	if (!dwarf)
		return false;
	pc = fx_frame_at(frame) - bias;
	scopes = fx_unit_of(dwarf, pc, &unit) ? fx_scopes_of(&unit, pc, scope) : 0;
	for (int i = 0; i < scopes; i++)
		based |= dwarf_tag(&scope[i]) == DW_TAG_subprogram && base_is_cfa(&scope[i]);
	for (int i = 0; i < scopes && based && !found; i++)
		found = find_local(&scope[i], pc, cfa, address, to);
	return found;
}
