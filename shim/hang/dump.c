/* SPDX-License-Identifier: MIT */
/*
 * The file, in this order: the ELF header, the notes, what was copied of memory, the program
 * headers, of which only then it is known how many there are.
 */
#include "shim/hang/dump.h"

#include <linux/auxvec.h>
#include <linux/elf.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/prctl.h>

#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/host_clock.h"
#include "shim/base/mem.h"
#include "shim/base/proc_file.h"
#include "shim/hang/out.h"
#include "shim/hang/still.h"
#include "shim/hang/stop.h"
#include "shim/memory/maps.h"
#include "shim/memory/own_ranges.h"
#include "shim/memory/umem.h"
#include "shim/threads/guest_registers.h"
#include "shim/threads/thread.h"

#define MOST_THREADS   8192
#define MOST_MAPPINGS  16384
#define PATHS_SIZE     (1 << 20)
#define RED_ZONE       128
#define ROBUST_HEAD    64
#define AUXV_WORDS     128
#define PIECES_MORE    8 /* besides those of threads */
#define NR_FUTEX_WAITV 449
#define WAITV_ENTRY    24
#define PAGE	       4096

/* Linux's struct elf_prstatus and elf_prpsinfo, which are not in a header for us. */
struct prstatus {
	int32_t signo, code, error;
	int16_t cursig;
	uint64_t sigpend, sighold;
	int32_t pid, ppid, pgrp, sid;
	int64_t times[8];
	struct fx_guest_registers reg;
	int32_t fpvalid;
};
struct prpsinfo {
	char state, sname, zomb, nice;
	uint64_t flag;
	uint32_t uid, gid;
	int32_t pid, ppid, pgrp, sid;
	char fname[16], psargs[80];
};
_Static_assert(sizeof(struct prstatus) == 336 && sizeof(struct prpsinfo) == 136, "core(5)");

struct file_range {
	uint64_t start, end, page;
};

struct told {
	const struct fx_thread *t;
	struct fx_guest_registers regs;
	struct fx_dump_thread note;
};

struct piece {
	uintptr_t start;
	size_t length;
};

/* All that is needed meanwhile, in memory that goes again. */
struct work {
	struct fx_out out;
	const struct fx_dump_request *q;
	uint32_t threads, told; /* there are; are in the arrays */
	uint32_t ranges;
	size_t paths_length;
	uintptr_t vdso, vdso_end;
	uint64_t size;	  /* of the file */
	uint32_t headers; /* written of `header` */
	uint32_t room;	  /* of `told` */
	struct told *thread;
	struct elf64_phdr *header;
	struct file_range *range;
	char *paths;
};

static uint32_t count_threads(void)
{
	const struct fx_thread *t;
	uint32_t n = 0;

	for (unsigned i = 0; (t = fx_thread_nth(i)); i++)
		n++;
	return n < MOST_THREADS ? n : MOST_THREADS;
}

static struct work *take_memory(size_t *size)
{
	uint32_t threads = count_threads();
	size_t at[4] = {sizeof(struct work)};
	struct work *w;
	long r;

	at[1] = at[0] + threads * sizeof(struct told);
	at[2] = at[1] + (4 * threads + PIECES_MORE) * sizeof(struct elf64_phdr);
	at[3] = at[2] + MOST_MAPPINGS * sizeof(struct file_range);
	*size = at[3] + PATHS_SIZE;
	r = fx_host(__NR_mmap, 0, *size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r < 0 && r > -PAGE)
		return NULL;
	w = (struct work *)r;
	w->room = threads;
	w->thread = (struct told *)(r + (long)at[0]);
	w->header = (struct elf64_phdr *)(r + (long)at[1]);
	w->range = (struct file_range *)(r + (long)at[2]);
	w->paths = (char *)(r + (long)at[3]);
	return w;
}

/* Without its line's end; empty if it cannot be read. */
static void read_name(int32_t tid, char out[static 16])
{
	char line[17];
	long n = fx_proc_file_read(FX_PROC_OWN_THREADS, (uint32_t)tid, "comm", line, sizeof(line));

	memset(out, 0, 16);
	if (n > 0)
		memcpy(out, line, (size_t)n - 1);
}

static bool is_futex_wait(const struct fx_call *c)
{
	int cmd = (int)c->arg[1] & FUTEX_CMD_MASK;

	return c->nr == __NR_futex &&
	       (cmd == FUTEX_WAIT || cmd == FUTEX_WAIT_BITSET || cmd == FUTEX_WAIT_REQUEUE_PI);
}

static void describe_wait(const struct fx_thread *t, const struct fx_call *c,
			  struct fx_dump_thread *note)
{
	note->state = FX_DUMP_WAITS;
	note->since_ns = fx_still_since_ns(t);
	note->uaddr = c->arg[0];
	if (is_futex_wait(c))
		note->expected = (uint32_t)c->arg[2];
	note->bitset = FUTEX_BITSET_MATCH_ANY;
	if (c->nr == __NR_futex && ((int)c->arg[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET)
		note->bitset = (uint32_t)c->arg[5];
}

static void describe_call(const struct fx_thread *t, const struct fx_call *c,
			  struct fx_dump_thread *note)
{
	note->state = FX_DUMP_IN_CALL;
	note->nr = c->nr;
	for (int i = 0; i < 6; i++)
		note->arg[i] = c->arg[i];
	if (__atomic_load_n(&t->parked, __ATOMIC_ACQUIRE))
		describe_wait(t, c, note);
}

/* A call that the signal it dies of has ended is the one that it was in. */
static void describe_guest(const struct fx_thread *t, struct told *out)
{
	const struct fx_guest_registers *regs = &out->regs;
	struct fx_dump_thread *note = &out->note;

	fx_guest_registers_of_frame(fx_stop_frame(t), &out->regs);
	note->state = FX_DUMP_RUNS;
	if (t->restart == FX_RESTART_NONE || regs->rax != (uint64_t)-EINTR)
		return;
	note->state = FX_DUMP_IN_CALL;
	note->nr = t->restart_nr;
	note->arg[0] = regs->rdi;
	note->arg[1] = regs->rsi;
	note->arg[2] = regs->rdx;
	note->arg[3] = regs->r10;
	note->arg[4] = regs->r8;
	note->arg[5] = regs->r9;
	out->regs.orig_rax = (uint64_t)t->restart_nr;
	if (note->nr == __NR_futex) {
		note->state = FX_DUMP_WAITS;
		note->uaddr = regs->rdi;
		note->expected = (uint32_t)regs->rdx;
		note->bitset = FUTEX_BITSET_MATCH_ANY;
	}
}

static void describe(const struct fx_thread *t, struct told *out)
{
	const uint64_t *at_point = __atomic_load_n(&t->point_regs, __ATOMIC_ACQUIRE);
	enum fx_stopped state = fx_stop_state(t);
	const struct fx_call *c = fx_guest_call(t);
	struct fx_dump_thread *note = &out->note;

	out->t = t;
	*note = (struct fx_dump_thread){
		.tid = (int32_t)t->host_tid,
		.nr = -1,
		.left_ns = -1,
		.blocked = t->mask,
		.clear_child_tid = t->clear_child_tid,
		.robust_list = t->robust_list,
		.refused = __atomic_load_n(&t->refused, __ATOMIC_RELAXED),
	};
	read_name(note->tid, note->name);
	memset(&out->regs, 0, sizeof(out->regs));
	note->state = FX_DUMP_GONE;
	if (state == FX_STOPPED_IN_GUEST)
		describe_guest(t, out);
	else if (state == FX_STOPPED_IN_SHIM && at_point) {
		fx_guest_registers_of_point(at_point, t->point_ip, &out->regs);
		note->state = FX_DUMP_RUNS;
	} else if (state == FX_STOPPED_IN_SHIM && c) {
		fx_guest_registers_of_call(c, &out->regs);
		describe_call(t, c, note);
	}
	out->regs.fs_base = t->fs_base;
}

static bool belongs(const struct fx_thread *t)
{
	return __atomic_load_n(&t->host_tid, __ATOMIC_ACQUIRE) > 1 && !t->own_process &&
	       !__atomic_load_n(&t->gone, __ATOMIC_ACQUIRE);
}

static void collect_threads(struct work *w)
{
	const struct fx_thread *t;

	if (w->q->first) {
		describe(w->q->first, &w->thread[w->told++]);
		w->threads++;
	}
	for (unsigned i = 0; (t = fx_thread_nth(i)); i++) {
		if (t == w->q->first || !belongs(t))
			continue;
		w->threads++;
		if (w->told < w->room)
			describe(t, &w->thread[w->told++]);
	}
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static bool take_mapping(void *arg, const struct fx_mapping *m)
{
	struct work *w = arg;
	size_t length = fx_strlen(m->path) + 1;

	if (same(m->path, "[vdso]")) {
		w->vdso = m->start;
		w->vdso_end = m->end;
	}
	if (*m->path != '/' || fx_own_overlaps(m->start, m->end - m->start))
		return true;
	if (w->ranges == MOST_MAPPINGS || w->paths_length + length > PATHS_SIZE)
		return false;
	w->range[w->ranges++] = (struct file_range){m->start, m->end, m->offset / PAGE};
	memcpy(w->paths + w->paths_length, m->path, length);
	w->paths_length += length;
	return true;
}

static void begin_note(struct fx_out *o, const char *name, uint32_t type, size_t size)
{
	struct elf64_note note = {
		.n_namesz = (uint32_t)fx_strlen(name) + 1,
		.n_descsz = (uint32_t)size,
		.n_type = type,
	};

	fx_out_put(o, &note, sizeof(note));
	fx_out_put(o, name, note.n_namesz);
	fx_out_align(o, 4);
}

static void put_note(struct fx_out *o, const char *name, uint32_t type, const void *desc,
		     size_t size)
{
	begin_note(o, name, type, size);
	fx_out_put(o, desc, size);
	fx_out_align(o, 4);
}

static void put_threads(struct work *w)
{
	for (uint32_t i = 0; i < w->told; i++) {
		struct prstatus status;

		memset(&status, 0, sizeof(status));
		status.pid = w->thread[i].note.tid;
		status.sighold = w->thread[i].note.blocked;
		status.reg = w->thread[i].regs;
		if (i == 0 && w->q->info) {
			status.signo = w->q->info->si_signo;
			status.cursig = (int16_t)w->q->info->si_signo;
		}
		put_note(&w->out, "CORE", NT_PRSTATUS, &status, sizeof(status));
	}
}

static void put_process(struct work *w)
{
	struct fx_dump_process process;
	struct prpsinfo info;

	memset(&process, 0, sizeof(process));
	memset(&info, 0, sizeof(info));
	process.version = FX_DUMP_VERSION;
	process.reason = w->q->reason;
	process.pid = info.pid = (int32_t)fx_host(__NR_getpid);
	process.ppid = info.ppid = (int32_t)fx_host(__NR_getppid);
	process.signo = w->q->info ? (uint32_t)w->q->info->si_signo : 0;
	process.threads = w->threads;
	process.handlers = w->q->handlers;
	process.realtime_ns = fx_host_clock_ns(CLOCK_REALTIME);
	for (size_t i = 0; i < sizeof(process.exe) - 1 && fx_guest_exe[i]; i++)
		process.exe[i] = fx_guest_exe[i];
	fx_host(__NR_prctl, PR_GET_NAME, info.fname, 0, 0, 0);
	memcpy(info.psargs, process.exe, sizeof(info.psargs) - 1);
	put_note(&w->out, "CORE", NT_PRPSINFO, &info, sizeof(info));
	put_note(&w->out, FX_DUMP_NAME, FX_DUMP_PROCESS, &process, sizeof(process));
	for (uint32_t i = 0; i < w->told; i++)
		put_note(&w->out, FX_DUMP_NAME, FX_DUMP_THREAD, &w->thread[i].note,
			 sizeof(w->thread[i].note));
}

/* Behind argc, argv and envp, where the program found it. */
static void put_auxv(struct work *w)
{
	uintptr_t at = fx_guest_stack + 8;
	uint64_t word = 1, auxv[AUXV_WORDS];
	size_t n = 0;

	for (int lists = 0; lists < 2; lists++)
		do {
			if (fx_umem_load64(at, &word) < 0)
				return;
			at += 8;
		} while (word);
	do {
		if (fx_umem_load64(at, &auxv[n]) < 0 || fx_umem_load64(at + 8, &auxv[n + 1]) < 0)
			return;
		at += 16;
		n += 2;
	} while (auxv[n - 2] != AT_NULL && n < AUXV_WORDS);
	put_note(&w->out, "CORE", NT_AUXV, auxv, n * sizeof(auxv[0]));
}

static void put_files(struct work *w)
{
	const uint64_t head[2] = {w->ranges, PAGE};

	begin_note(&w->out, "CORE", NT_FILE,
		   sizeof(head) + w->ranges * sizeof(w->range[0]) + w->paths_length);
	fx_out_put(&w->out, head, sizeof(head));
	fx_out_put(&w->out, w->range, w->ranges * sizeof(w->range[0]));
	fx_out_put(&w->out, w->paths, w->paths_length);
	fx_out_align(&w->out, 4);
}

static void put_piece(struct work *w, uintptr_t start, size_t length)
{
	struct elf64_phdr *h = &w->header[w->headers];
	uint64_t at = w->out.at;

	length = fx_out_put_guest(&w->out, start, length);
	if (!length)
		return;
	*h = (struct elf64_phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_offset = at,
		.p_vaddr = start,
		.p_filesz = length,
		.p_memsz = length,
		.p_align = 1,
	};
	w->headers++;
}

/* A word that is waited for, with what lies around it: not across a page that may be missing. */
static void put_around(struct work *w, uintptr_t uaddr)
{
	uintptr_t page = uaddr & ~(uintptr_t)(PAGE - 1);
	uintptr_t start = uaddr - page < FX_DUMP_AROUND ? page : uaddr - FX_DUMP_AROUND;

	put_piece(w, start, uaddr + FX_DUMP_AROUND - start);
}

static void put_memory(struct work *w)
{
	for (uint32_t i = 0; i < w->told; i++) {
		const struct fx_dump_thread *note = &w->thread[i].note;

		if (note->state == FX_DUMP_GONE)
			continue;
		put_piece(w, w->thread[i].regs.rsp - RED_ZONE, FX_DUMP_STACK);
		if (note->state == FX_DUMP_WAITS && note->nr == NR_FUTEX_WAITV)
			put_piece(w, note->arg[0], (note->arg[1] & 127) * WAITV_ENTRY);
		else if (note->state == FX_DUMP_WAITS)
			put_around(w, note->uaddr);
		if (note->state == FX_DUMP_WAITS && note->refused)
			put_around(w, note->refused);
		if (note->robust_list)
			put_piece(w, note->robust_list, ROBUST_HEAD);
	}
	if (w->vdso)
		put_piece(w, w->vdso, w->vdso_end - w->vdso);
}

static void put_headers(struct work *w, uint64_t notes_end)
{
	struct elf64_hdr e;
	struct elf64_phdr note = {
		.p_type = PT_NOTE,
		.p_offset = sizeof(e),
		.p_filesz = notes_end - sizeof(e),
		.p_align = 4,
	};
	int error;

	fx_out_align(&w->out, 8);
	memset(&e, 0, sizeof(e));
	memcpy(e.e_ident, ELFMAG, SELFMAG);
	e.e_ident[EI_CLASS] = ELFCLASS64;
	e.e_ident[EI_DATA] = ELFDATA2LSB;
	e.e_ident[EI_VERSION] = EV_CURRENT;
	e.e_type = ET_CORE;
	e.e_machine = EM_X86_64;
	e.e_version = EV_CURRENT;
	e.e_phoff = w->out.at;
	e.e_ehsize = sizeof(e);
	e.e_phentsize = sizeof(note);
	e.e_phnum = (uint16_t)(w->headers + 1);
	fx_out_put(&w->out, &note, sizeof(note));
	fx_out_put(&w->out, w->header, w->headers * sizeof(w->header[0]));
	error = fx_out_end(&w->out);
	w->size = w->out.at;
	fx_out_begin(&w->out, w->out.fd, w->out.base, 0);
	w->out.error = error;
	fx_out_put(&w->out, &e, sizeof(e));
}

int fx_dump_write(int fd, const struct fx_dump_request *q, uint64_t *written)
{
	size_t size;
	struct work *w = take_memory(&size);
	int error;

	if (!w)
		return -ENOMEM;
	w->q = q;
	fx_out_begin(&w->out, fd, q->file_at, sizeof(struct elf64_hdr));
	collect_threads(w);
	fx_maps_each(take_mapping, w);
	put_threads(w);
	put_process(w);
	if (q->info)
		put_note(&w->out, "CORE", NT_SIGINFO, q->info, sizeof(*q->info));
	put_auxv(w);
	put_files(w);
	{
		uint64_t notes_end = w->out.at;

		put_memory(w);
		put_headers(w, notes_end);
	}
	error = fx_out_end(&w->out);
	*written = w->size;
	fx_host(__NR_munmap, w, size);
	return error;
}
