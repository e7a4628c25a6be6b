/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/place.h"

#include <gelf.h>
#include <stdio.h>
#include <string.h>

#include "loader/report/threads/variable_dwarf.h"

const char *fx_place_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void take_variable(struct fx_place *p, const struct fx_variable *v)
{
	snprintf(p->name, sizeof(p->name), "%s", v->path);
	p->file = v->file;
	p->line = v->line;
	p->start = v->start;
}

static void in_module(struct fx_modules *m, struct fx_module *module, uint64_t address,
		      struct fx_place *p)
{
	struct fx_variable variable;
	struct fx_symbol symbol;

	p->where = FX_PLACE_MODULE;
	p->module = module->path;
	p->offset = address - module->start;
	if (fx_variable_static(module, address, &variable)) {
		take_variable(p, &variable);
	} else if (fx_module_symbol(m, address, &symbol)) {
		snprintf(p->name, sizeof(p->name), "%s", symbol.name);
		p->start = address - symbol.offset;
	} else {
		return;
	}
	p->where = FX_PLACE_VARIABLE;
}

/* In a frame that reaches from its stack pointer to that of its caller. */
static bool in_stack(struct fx_modules *m, const struct fx_stack *s, uint64_t address, int32_t tid,
		     struct fx_place *p)
{
	for (size_t i = 0; i + 1 < s->frames; i++) {
		const struct fx_frame *f = &s->frame[i];
		struct fx_variable variable;
		struct fx_symbol symbol;

		if (address < f->sp || address >= f[1].sp)
			continue;
		p->where = FX_PLACE_STACK;
		p->tid = tid;
		if (fx_module_symbol(m, fx_frame_at(f), &symbol))
			p->function = symbol.name;
		if (fx_variable_local(m, f, f[1].sp, address, &variable))
			take_variable(p, &variable);
		return true;
	}
	return false;
}

/* Of the program itself, they end where the thread pointer points to. */
static uint64_t size_of_tls(const struct fx_modules *m, Elf **elf)
{
	for (size_t i = 0; i < m->modules; i++) {
		GElf_Addr bias;
		GElf_Phdr p;
		size_t count;

		*elf = dwfl_module_getelf(m->module[i].dwfl, &bias);
		if (m->module[i].libc || !*elf || elf_getphdrnum(*elf, &count) < 0)
			continue;
		for (size_t k = 0; k < count && k < INT32_MAX; k++) {
			if (gelf_getphdr(*elf, (int)k, &p) && p.p_type == PT_TLS && p.p_align)
				return (p.p_memsz + p.p_align - 1) / p.p_align * p.p_align;
		}
		return 0;
	}
	return 0;
}

static void name_tls(Elf *elf, uint64_t offset, struct fx_place *p)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;
		GElf_Sym s;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_SYMTAB ||
		    !(data = elf_getdata(section, NULL)))
			continue;
		for (int i = 0; gelf_getsym(data, i, &s); i++) {
			const char *name = elf_strptr(elf, header.sh_link, s.st_name);

			if (GELF_ST_TYPE(s.st_info) != STT_TLS || s.st_shndx == SHN_UNDEF ||
			    !name || offset < s.st_value || offset - s.st_value >= s.st_size)
				continue;
			snprintf(p->name, sizeof(p->name), "%s", name);
			p->start -= offset - s.st_value;
			return;
		}
	}
}

static bool in_tls(const struct fx_modules *m, uint64_t address, struct fx_place *p)
{
	Elf *elf;
	const uint64_t size = size_of_tls(m, &elf);

	for (size_t i = 0; size && i < m->dump->tasks; i++) {
		const struct fx_dump_task *t = &m->dump->task[i];
		const uint64_t start = t->regs.fs_base - size;

		if (t->is.state == FX_DUMP_GONE || address < start || address >= start + size)
			continue;
		p->where = FX_PLACE_TLS;
		p->tid = t->is.tid;
		name_tls(elf, address - start, p);
		return true;
	}
	return false;
}

void fx_place_find(struct fx_modules *m, const struct fx_place_stacks *all, uint64_t address,
		   struct fx_place *to)
{
	struct fx_module *module = fx_module_of(m, address);
	const struct fx_dump_file *file;

	*to = (struct fx_place){.where = FX_PLACE_HEAP, .start = address};
	if (module) {
		in_module(m, module, address, to);
		return;
	}
	for (size_t i = 0; i < all->stacks; i++) {
		if (in_stack(m, &all->stack[i], address, m->dump->task[i].is.tid, to))
			return;
	}
	if (in_tls(m, address, to))
		return;
	file = fx_dump_file_of(m->dump, address);
	if (file) {
		to->where = FX_PLACE_FILE;
		to->module = file->name;
		to->offset = file->offset + (address - file->start);
	}
}

void fx_place_text(const struct fx_place *p, char *out, size_t size)
{
	int n = 0;

	if (p->name[0] && p->file)
		n = snprintf(out, size, "%s (%s:%d)", p->name, fx_place_base(p->file), p->line);
	else if (p->name[0])
		n = snprintf(out, size, "%s", p->name);
	else if (p->where != FX_PLACE_MODULE && p->where != FX_PLACE_FILE)
		n = snprintf(out, size, "0x%llx", (unsigned long long)p->start);
	out += n < (int)size ? n : (int)size - 1;
	size -= n < (int)size ? (size_t)n : size - 1;
	switch (p->where) {
	case FX_PLACE_VARIABLE:
		break;
	case FX_PLACE_MODULE:
		snprintf(out, size, "%s+0x%llx", fx_place_base(p->module),
			 (unsigned long long)p->offset);
		break;
	case FX_PLACE_STACK:
		snprintf(out, size, " in the stack frame of %s, thread %d",
			 p->function ? p->function : "a function without a name", p->tid);
		break;
	case FX_PLACE_TLS:
		snprintf(out, size, " of thread %d's own variables", p->tid);
		break;
	case FX_PLACE_FILE:
		snprintf(out, size, "%s+0x%llx, a mapping", fx_place_base(p->module),
			 (unsigned long long)p->offset);
		break;
	case FX_PLACE_HEAP:
		snprintf(out, size, " in the heap");
		break;
	}
}
