/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/dump_read.h"

#include <errno.h>
#include <gelf.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/report/log_read.h"

/* What no dump of a process reaches, and what memory for it may be asked for. */
#define NOTES_MOST (1ULL << 30)

struct reading {
	struct fx_dump *d;
	const char *name;
	struct fx_refusal *why;
	size_t told; /* notes of threads so far */
	size_t signals;
};

static int damaged(const struct reading *r, const char *what)
{
	return fx_refuse(r->why, FX_EXIT_FAILED, r->name,
			 "this dump of threads is damaged: %s; make it again", what);
}

/* The thread's pointer lies where glibc keeps its id too: that is the word of clear_child_tid. */
#define TCB_LOOKED_AT 0x400

static uint64_t find_id_word(struct fx_dump *d, const struct fx_dump_task *t)
{
	uint32_t word[TCB_LOOKED_AT / sizeof(uint32_t)];

	if (!fx_dump_load(d, t->regs.fs_base, word, sizeof(word)))
		return 0;
	for (size_t i = 0; i < TCB_LOOKED_AT / sizeof(uint32_t); i++) {
		if (word[i] == (uint32_t)t->is.tid)
			return t->regs.fs_base + i * sizeof(uint32_t);
	}
	return 0;
}

static bool is_wait(unsigned long op)
{
	switch ((int)op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
	case FUTEX_WAIT_REQUEUE_PI:
		return true;
	default:
		return false;
	}
}

/* What a core file's registers tell of a thread: the call that it had not come back from. */
static void tell_by_registers(struct fx_dump_task *t)
{
	const struct user_regs_struct *u = &t->regs;
	const int64_t nr = (int64_t)u->orig_rax;

	t->is.nr = nr >= 0 && nr < 1024 ? nr : -1;
	t->is.state = t->is.nr < 0 ? FX_DUMP_RUNS : FX_DUMP_IN_CALL;
	t->is.left_ns = -1;
	if (t->is.nr < 0)
		return;
	t->is.arg[0] = u->rdi;
	t->is.arg[1] = u->rsi;
	t->is.arg[2] = u->rdx;
	t->is.arg[3] = u->r10;
	t->is.arg[4] = u->r8;
	t->is.arg[5] = u->r9;
	if (t->is.nr == SYS_futex && is_wait(u->rsi)) {
		t->is.state = FX_DUMP_WAITS;
		t->is.uaddr = u->rdi;
		t->is.expected = (uint32_t)u->rdx;
		t->is.bitset = (uint32_t)u->r9;
	}
}

static int add_thread(struct reading *r, const void *bytes, size_t length)
{
	struct fx_dump_task *t;
	prstatus_t status;

	if (length < sizeof(status))
		return damaged(r, "a thread's registers are too short");
	memcpy(&status, bytes, sizeof(status));
	r->d->task = fx_log_grow(r->d->task, r->d->tasks, sizeof(*t));
	t = &r->d->task[r->d->tasks++];
	t->is.tid = status.pr_pid;
	memcpy(&t->regs, status.pr_reg, sizeof(t->regs));
	tell_by_registers(t);
	if (r->d->tasks == 1)
		r->d->signo = status.pr_cursig;
	return 0;
}

/* A name on one line. */
static void clean(char *name, size_t size)
{
	name[size - 1] = '\0';
	for (char *c = name; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
}

/* In the order of the registers, that is of NT_PRSTATUS. */
static int add_told(struct reading *r, const void *bytes, size_t length)
{
	struct fx_dump_thread is;

	if (length != sizeof(is) || r->told >= r->d->tasks)
		return damaged(r, "a note of a thread has no registers");
	memcpy(&is, bytes, sizeof(is));
	if (is.tid != r->d->task[r->told].is.tid || is.state > FX_DUMP_GONE)
		return damaged(r, "a note of a thread is of another one");
	clean(is.name, sizeof(is.name));
	r->d->task[r->told++].is = is;
	return 0;
}

static int add_process(struct reading *r, const void *bytes, size_t length)
{
	struct fx_dump_process p;

	if (length < sizeof(p.version))
		return damaged(r, "its note of the process is too short");
	memset(&p, 0, sizeof(p));
	memcpy(&p, bytes, length < sizeof(p) ? length : sizeof(p));
	if (p.version != FX_DUMP_VERSION)
		return fx_refuse(
			r->why, FX_EXIT_FAILED, r->name,
			"a dump of version %u, this fxbox-report reads version %d; use the "
			"one that belongs to the fxbox that made it",
			p.version, FX_DUMP_VERSION);
	if (length != sizeof(p) || p.reason > FX_DUMP_CRASH)
		return damaged(r, "its note of the process");
	clean(p.exe, sizeof(p.exe));
	r->d->process = p;
	r->d->told = true;
	return 0;
}

static void add_program(struct reading *r, const void *bytes, size_t length)
{
	struct fx_dump_process *p = &r->d->process;
	prpsinfo_t info;

	if (r->d->told || length < sizeof(info))
		return;
	memcpy(&info, bytes, sizeof(info));
	p->pid = info.pr_pid;
	p->ppid = info.pr_ppid;
	memcpy(p->exe, info.pr_fname, sizeof(info.pr_fname));
	clean(p->exe, sizeof(p->exe));
}

/* Count, size of a page, three numbers for each, then as many names. */
static int add_files(struct reading *r, const char *bytes, size_t length)
{
	uint64_t head[2], row[3];
	const char *name, *end;

	if (r->d->names || length < sizeof(head))
		return damaged(r, "its note of files");
	memcpy(head, bytes, sizeof(head));
	if (head[0] > (length - sizeof(head)) / sizeof(row) || !head[1])
		return damaged(r, "its note of files is too short");
	r->d->names = malloc(length + 1);
	r->d->file = calloc(head[0] + 1, sizeof(*r->d->file));
	if (!r->d->names || !r->d->file)
		return fx_refuse(r->why, FX_EXIT_FAILED, r->name, "%s", strerror(ENOMEM));
	memcpy(r->d->names, bytes, length);
	r->d->names[length] = '\0';
	name = r->d->names + sizeof(head) + head[0] * sizeof(row);
	end = r->d->names + length;
	for (uint64_t i = 0; i < head[0]; i++) {
		memcpy(row, bytes + sizeof(head) + i * sizeof(row), sizeof(row));
		if (name >= end || row[0] >= row[1] ||
		    __builtin_mul_overflow(row[2], head[1], &row[2]))
			return damaged(r, "its note of files has an impossible row");
		r->d->file[r->d->files++] = (struct fx_dump_file){row[0], row[1], row[2], name};
		name += strlen(name) + 1;
	}
	return 0;
}

static void add_auxv(struct reading *r, const char *bytes, size_t length)
{
	uint64_t pair[2];

	for (size_t i = 0; i + sizeof(pair) <= length; i += sizeof(pair)) {
		memcpy(pair, bytes + i, sizeof(pair));
		if (pair[0] == AT_SYSINFO_EHDR)
			r->d->vdso = pair[1];
	}
}

static void add_signal(struct reading *r, const char *bytes, size_t length)
{
	siginfo_t info;

	if (length < sizeof(info) || r->signals++)
		return;
	memcpy(&info, bytes, sizeof(info));
	r->d->signo = info.si_signo;
	if (info.si_signo == SIGSEGV || info.si_signo == SIGBUS || info.si_signo == SIGILL ||
	    info.si_signo == SIGFPE)
		r->d->fault = (uint64_t)info.si_addr;
}

static bool is_of(const GElf_Nhdr *note, const char *owner, const char *name)
{
	const size_t length = strlen(owner);

	return (note->n_namesz == length || note->n_namesz == length + 1) &&
	       memcmp(name, owner, length) == 0;
}

/* Those of fxbox stand behind the registers that they belong to, so they come in a second turn. */
static int add_note(struct reading *r, const GElf_Nhdr *note, const char *name, const char *bytes,
		    bool second)
{
	if (second) {
		if (!is_of(note, FX_DUMP_NAME, name))
			return 0;
		if (note->n_type == FX_DUMP_PROCESS)
			return add_process(r, bytes, note->n_descsz);
		return note->n_type == FX_DUMP_THREAD ? add_told(r, bytes, note->n_descsz) : 0;
	}
	if (!is_of(note, "CORE", name))
		return 0;
	switch (note->n_type) {
	case NT_PRSTATUS:
		return add_thread(r, bytes, note->n_descsz);
	case NT_PRPSINFO:
		add_program(r, bytes, note->n_descsz);
		break;
	case NT_FILE:
		return add_files(r, bytes, note->n_descsz);
	case NT_AUXV:
		add_auxv(r, bytes, note->n_descsz);
		break;
	case NT_SIGINFO:
		add_signal(r, bytes, note->n_descsz);
		break;
	}
	return 0;
}

static int add_notes(struct reading *r, const GElf_Phdr *p, bool second)
{
	const Elf_Type type = p->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
	size_t at = 0, next, name, bytes;
	Elf_Data *data = NULL;
	GElf_Nhdr note;

	if (p->p_filesz == 0)
		return 0;
	if (p->p_filesz < NOTES_MOST && p->p_offset <= INT64_MAX)
		data = elf_getdata_rawchunk(r->d->elf, (int64_t)p->p_offset, p->p_filesz, type);
	if (!data)
		return damaged(r, "it is cut off before the end of its notes");
	for (; (next = gelf_getnote(data, at, &note, &name, &bytes)) > 0; at = next) {
		const char *start = data->d_buf;

		if (add_note(r, &note, start + name, start + bytes, second) < 0)
			return -1;
	}
	return at < data->d_size ? damaged(r, "a note is longer than all of them") : 0;
}

static int add_area(struct reading *r, const GElf_Phdr *p, uint64_t size)
{
	uint64_t end;

	if (p->p_filesz == 0)
		return 0;
	if (__builtin_add_overflow(p->p_vaddr, p->p_filesz, &end) || p->p_offset > size ||
	    p->p_filesz > size - p->p_offset)
		return damaged(r, "it is cut off before the end of the memory in it");
	r->d->area = fx_log_grow(r->d->area, r->d->areas, sizeof(*r->d->area));
	r->d->area[r->d->areas++] = (struct fx_dump_area){p->p_vaddr, end, p->p_offset};
	return 0;
}

static int by_start_of_area(const void *a, const void *b)
{
	const struct fx_dump_area *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int by_start_of_file(const void *a, const void *b)
{
	const struct fx_dump_file *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int read_segments(struct reading *r, uint64_t size)
{
	struct fx_dump *d = r->d;
	GElf_Phdr p;
	size_t count;

	if (elf_getphdrnum(d->elf, &count) < 0 || count > INT32_MAX)
		return damaged(r, "its table of segments");
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < count; i++) {
			if (!gelf_getphdr(d->elf, (int)i, &p))
				return damaged(r, "its table of segments is cut off");
			if (p.p_type == PT_NOTE && add_notes(r, &p, turn) < 0)
				return -1;
			if (p.p_type == PT_LOAD && turn == 0 && add_area(r, &p, size) < 0)
				return -1;
		}
	}
	if (d->areas)
		qsort(d->area, d->areas, sizeof(*d->area), by_start_of_area);
	if (d->files)
		qsort(d->file, d->files, sizeof(*d->file), by_start_of_file);
	return 0;
}

int fx_dump_read(struct fx_dump *d, int fd, const char *name, struct fx_refusal *why)
{
	struct reading r = {.d = d, .name = name, .why = why};
	GElf_Ehdr header;
	struct stat st;

	*d = (struct fx_dump){.fd = fd};
	if (fstat(fd, &st) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, name, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fx_refuse(why, FX_EXIT_FAILED, name,
				 "not a regular file, which a dump of threads has to be");
	if (elf_version(EV_CURRENT) == EV_NONE)
		return fx_refuse(why, FX_EXIT_FAILED, name, "libelf: %s", elf_errmsg(-1));
	d->elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!d->elf || elf_kind(d->elf) != ELF_K_ELF || !gelf_getehdr(d->elf, &header) ||
	    header.e_type != ET_CORE)
		return fx_refuse(why, FX_EXIT_FAILED, name,
				 "neither a dump of threads nor a core file; give one that 'fxbox "
				 "threads' or the kernel made");
	if (header.e_machine != EM_X86_64 || header.e_ident[EI_CLASS] != ELFCLASS64)
		return fx_refuse(why, FX_EXIT_FAILED, name,
				 "of another architecture; only x86-64 can be read");
	if (read_segments(&r, (uint64_t)st.st_size) < 0)
		return -1;
	if (!d->tasks)
		return damaged(&r, "no thread in it");
	if (d->told && r.told != d->tasks)
		return damaged(&r, "threads without a note");
	if (!d->told && r.told)
		return damaged(&r, "no note of the process");
	if (!d->told)
		d->process.threads = (uint32_t)d->tasks;
	if (d->process.signo)
		d->signo = (int32_t)d->process.signo;
	for (size_t i = 0; i < d->tasks; i++) {
		if (!d->task[i].is.clear_child_tid && d->task[i].is.state != FX_DUMP_GONE)
			d->task[i].is.clear_child_tid = find_id_word(d, &d->task[i]);
	}
	return 0;
}

void fx_dump_free(struct fx_dump *d)
{
	elf_end(d->elf);
	free(d->task);
	free(d->file);
	free(d->area);
	free(d->names);
}

/* The last element that does not begin behind the address. */
#define LAST_BEFORE(array, count, address)                                                         \
	({                                                                                         \
		size_t low_ = 0, high_ = (count);                                                  \
		while (low_ < high_) {                                                             \
			const size_t middle_ = low_ + (high_ - low_) / 2;                          \
			if ((array)[middle_].start <= (address))                                   \
				low_ = middle_ + 1;                                                \
			else                                                                       \
				high_ = middle_;                                                   \
		}                                                                                  \
		low_ && (address) < (array)[low_ - 1].end ? &(array)[low_ - 1] : NULL;             \
	})

const struct fx_dump_area *fx_dump_area_of(const struct fx_dump *d, uint64_t address)
{
	return LAST_BEFORE(d->area, d->areas, address);
}

const struct fx_dump_file *fx_dump_file_of(const struct fx_dump *d, uint64_t address)
{
	return LAST_BEFORE(d->file, d->files, address);
}

const struct fx_dump_task *fx_dump_task_of(const struct fx_dump *d, uint32_t tid)
{
	for (size_t i = 0; i < d->tasks; i++) {
		if ((uint32_t)d->task[i].is.tid == tid)
			return &d->task[i];
	}
	return NULL;
}

void fx_dump_memory(struct fx_dump *d, const unsigned char *memory, size_t length)
{
	d->memory = memory;
	d->memory_length = length;
	d->block_length = 0;
}

static ssize_t read_at(const struct fx_dump *d, void *to, size_t length, uint64_t at)
{
	if (!d->memory)
		return pread(d->fd, to, length, (off_t)at);
	if (at >= d->memory_length)
		return 0;
	length = length < d->memory_length - at ? length : d->memory_length - at;
	memcpy(to, d->memory + at, length);
	return (ssize_t)length;
}

/* Words of stacks are asked for one by one, so blocks of the file are kept. */
static bool read_block(struct fx_dump *d, uint64_t at)
{
	ssize_t got;

	at -= at % FX_DUMP_BLOCK;
	if (d->block_length && d->block_at == at)
		return true;
	d->block_length = 0;
	got = read_at(d, d->block, FX_DUMP_BLOCK, at);
	if (got <= 0)
		return false;
	d->block_at = at;
	d->block_length = (size_t)got;
	return true;
}

bool fx_dump_load(struct fx_dump *d, uint64_t address, void *to, size_t length)
{
	unsigned char *out = to;

	while (length > 0) {
		const struct fx_dump_area *area = fx_dump_area_of(d, address);
		uint64_t at, in_block, n;

		if (!area || !read_block(d, at = area->at + (address - area->start)))
			return false;
		in_block = at - d->block_at;
		if (in_block >= d->block_length)
			return false;
		n = d->block_length - in_block;
		n = n < area->end - address ? n : area->end - address;
		n = n < length ? n : length;
		memcpy(out, d->block + in_block, n);
		out += n;
		address += n;
		length -= n;
	}
	return true;
}

bool fx_dump_load32(struct fx_dump *d, uint64_t address, uint32_t *to)
{
	return fx_dump_load(d, address, to, sizeof(*to));
}
