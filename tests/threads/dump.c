/* SPDX-License-Identifier: MIT */
/*
 * Runs a program natively until it hangs, and writes a dump of its threads as fxbox does
 * (shim/thread_dump.h), by ptrace: so the reader of dumps is tested without the shim.
 *
 *     dump [--child] [--core] OUT WAITERS PROGRAM [ARGUMENT...]
 *
 * The program hangs when so many threads are asleep in futex(2), none of the others runs, and the
 * scheduler's counters say that none ran between two looks. --child: not its own process is
 * looked at but its child. --core: without fxbox's notes, as any core file. Status 0: a dump is
 * there; 1: it ended, or does not hang; 77: this host lets nobody trace. The program is killed.
 */
#include <dirent.h>
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shim/thread_dump.h"

#define THREADS_MOST 4096
#define AREAS_MOST   (4 * THREADS_MOST)
#define PATIENCE_MS  25000
#define TCB_COPIED   4096
#define SKIP	     77

struct look {
	int tid[THREADS_MOST];
	char state[THREADS_MOST];
	unsigned long switches[THREADS_MOST];
	int threads, asleep, in_futex;
};

struct interval {
	uint64_t start, end;
};

struct dump {
	pid_t pid;
	int threads;
	prstatus_t status[THREADS_MOST];
	struct fx_dump_thread note[THREADS_MOST];
	struct interval area[AREAS_MOST];
	int areas;
	char *notes;
	size_t notes_size;
};

static struct look before, now;
static struct dump d;
static pid_t program;

static void end_program(void)
{
	if (program <= 0)
		return;
	kill(-program, SIGKILL);
	/* Each traced thread has to be waited for, before its process can end. */
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

static size_t slurp(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	size_t n = 0;

	if (fd < 0)
		return 0;
	while (n < size - 1 && (got = read(fd, to + n, size - 1 - n)) > 0)
		n += (size_t)got;
	close(fd);
	to[n] = '\0';
	return n;
}

static unsigned long number_after(const char *text, const char *word, int base)
{
	const char *at = strstr(text, word);

	return at ? strtoul(at + strlen(word), NULL, base) : 0;
}

static void look_at_thread(struct look *l, pid_t pid, int tid)
{
	char path[64], text[4096], *state;
	const int i = l->threads;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	if (!slurp(path, text, sizeof(text)) || i == THREADS_MOST)
		return;
	state = strstr(text, "State:\t");
	if (state && state[7] == 'Z') /* the first thread, which has ended */
		return;
	l->tid[i] = tid;
	l->state[i] = state ? state[7] : '?';
	l->switches[i] = number_after(text, "\nvoluntary_ctxt_switches:\t", 10) +
			 number_after(text, "nonvoluntary_ctxt_switches:\t", 10);
	l->asleep += l->state[i] == 'S';
	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	slurp(path, text, sizeof(text));
	l->in_futex += l->state[i] == 'S' && strtol(text, NULL, 10) == SYS_futex &&
		       text[0] >= '0' && text[0] <= '9';
	l->threads++;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void look_at(struct look *l, pid_t pid)
{
	static int tid[THREADS_MOST];
	char path[64];
	struct dirent *e;
	int n = 0;
	DIR *dir;

	memset(l, 0, sizeof(*l));
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (e = readdir(dir)) && n < THREADS_MOST) {
		if (e->d_name[0] != '.')
			tid[n++] = atoi(e->d_name);
	}
	if (dir)
		closedir(dir);
	qsort(tid, (size_t)n, sizeof(tid[0]), by_number);
	for (int i = 0; i < n; i++)
		look_at_thread(l, pid, tid[i]);
}

static bool nobody_ran(const struct look *a, const struct look *b)
{
	return a->threads == b->threads && a->threads > 0 &&
	       memcmp(a->tid, b->tid, sizeof(a->tid)) == 0 &&
	       memcmp(a->switches, b->switches, sizeof(a->switches)) == 0;
}

static bool hangs(const struct look *l, int waiters)
{
	return l->in_futex >= waiters && l->asleep == l->threads;
}

/* A child is that of the thread that made it. */
static pid_t child_of(pid_t pid)
{
	char path[64], text[64];

	look_at(&before, pid);
	for (int i = 0; i < before.threads; i++) {
		snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, before.tid[i]);
		if (slurp(path, text, sizeof(text)))
			return atoi(text);
	}
	return 0;
}

static pid_t await_hang(int waiters, bool child)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; i < PATIENCE_MS; i++) {
		pid_t pid = child ? child_of(program) : program;

		if (waitpid(program, NULL, WNOHANG) == program) {
			program = 0;
			errx(1, "the program ended");
		}
		if (pid > 0) {
			look_at(&before, pid);
			look_at(&now, pid);
			if (hangs(&before, waiters) && hangs(&now, waiters) &&
			    nobody_ran(&before, &now))
				return pid;
		}
		nanosleep(&pause, NULL);
	}
	errx(1, "%d threads, %d asleep, %d of them in futex(2); %d were to be", now.threads,
	     now.asleep, now.in_futex, waiters);
}

static void stop(int tid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0)
		err(errno == EPERM ? SKIP : 1, "ptrace");
	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0 || waitpid(tid, &status, __WALL) != tid)
		err(1, "stopping thread %d", tid);
}

static void add_area(uint64_t start, uint64_t end)
{
	if (d.areas < AREAS_MOST && start < end)
		d.area[d.areas++] = (struct interval){start, end};
}

static bool is_wait(uint64_t op)
{
	const int command = (int)op & FUTEX_CMD_MASK;

	return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI ||
	       command == FUTEX_LOCK_PI2 || command == FUTEX_WAIT_REQUEUE_PI;
}

static void tell_thread(int tid, struct fx_dump_thread *n, const struct user_regs_struct *u)
{
	char path[64], text[4096];
	size_t length;
	void *list;

	n->tid = tid;
	n->nr = (int64_t)u->orig_rax;
	n->left_ns = -1;
	n->state = n->nr < 0 ? FX_DUMP_RUNS : FX_DUMP_IN_CALL;
	n->arg[0] = u->rdi;
	n->arg[1] = u->rsi;
	n->arg[2] = u->rdx;
	n->arg[3] = u->r10;
	n->arg[4] = u->r8;
	n->arg[5] = u->r9;
	if (n->nr == SYS_futex && is_wait(u->rsi)) {
		n->state = FX_DUMP_WAITS;
		n->uaddr = u->rdi;
		n->expected = (uint32_t)u->rdx;
		n->bitset = (uint32_t)u->r9;
		add_area(n->uaddr - FX_DUMP_AROUND, n->uaddr + FX_DUMP_AROUND);
	}
	if (syscall(SYS_get_robust_list, tid, &list, &length) == 0)
		n->robust_list = (uint64_t)list;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", d.pid, tid);
	slurp(path, text, sizeof(text));
	n->blocked = number_after(text, "SigBlk:\t", 16);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", d.pid, tid);
	if (slurp(path, text, sizeof(text)))
		snprintf(n->name, sizeof(n->name), "%.*s", (int)strcspn(text, "\n"), text);
}

static void take_thread(int tid)
{
	struct user_regs_struct u;
	prstatus_t *status = &d.status[d.threads];

	stop(tid);
	if (ptrace(PTRACE_GETREGS, tid, 0, &u) < 0)
		err(1, "registers of thread %d", tid);
	status->pr_pid = tid;
	memcpy(status->pr_reg, &u, sizeof(u));
	tell_thread(tid, &d.note[d.threads++], &u);
	add_area(u.rsp - 128, u.rsp + FX_DUMP_STACK);
	if (u.fs_base)
		add_area(u.fs_base - 256, u.fs_base + TCB_COPIED);
}

static int by_start(const void *a, const void *b)
{
	const struct interval *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* What is mapped of the intervals, each byte once. */
static void cut_areas(const struct interval *mapped, int count)
{
	static struct interval cut[AREAS_MOST];
	uint64_t end = 0;
	int n = 0;

	qsort(d.area, (size_t)d.areas, sizeof(d.area[0]), by_start);
	for (int i = 0; i < d.areas; i++) {
		for (int k = 0; k < count; k++) {
			uint64_t from = d.area[i].start, to = d.area[i].end;

			from = from > mapped[k].start ? from : mapped[k].start;
			from = from > end ? from : end;
			to = to < mapped[k].end ? to : mapped[k].end;
			if (from < to && n < AREAS_MOST) {
				cut[n++] = (struct interval){from, to};
				end = to;
			}
		}
	}
	memcpy(d.area, cut, sizeof(cut));
	d.areas = n;
}

static void add_note(const char *owner, uint32_t type, const void *bytes, size_t size)
{
	const size_t name = (strlen(owner) + 1 + 3) & ~3UL, body = (size + 3) & ~3UL;
	Elf64_Nhdr header = {(Elf64_Word)strlen(owner) + 1, (Elf64_Word)size, type};
	char *to;

	d.notes = realloc(d.notes, d.notes_size + sizeof(header) + name + body);
	if (!d.notes)
		err(1, "memory");
	to = d.notes + d.notes_size;
	memset(to, 0, sizeof(header) + name + body);
	memcpy(to, &header, sizeof(header));
	memcpy(to + sizeof(header), owner, strlen(owner));
	memcpy(to + sizeof(header) + name, bytes, size);
	d.notes_size += sizeof(header) + name + body;
}

/* The note of mappings with files, and all mappings for cut_areas. */
static void take_maps(void)
{
	static struct interval mapped[65536];
	static uint64_t row[3 * 65536];
	static char names[1 << 20], note[4 << 20];
	char path[64], *line = NULL;
	size_t room = 0, used = 0, at = 0;
	uint64_t head[2] = {0, 4096};
	int count = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/maps", d.pid, now.tid[0]);
	maps = fopen(path, "re");
	while (maps && getline(&line, &room, maps) > 0 && count < 65536) {
		unsigned long start, end, offset;
		int name = 0;
		char read;

		if (sscanf(line, "%lx-%lx %c%*s %lx %*s %*s %n", &start, &end, &read, &offset,
			   &name) < 4)
			continue;
		if (read == 'r' && !strstr(line, "[vvar"))
			mapped[count++] = (struct interval){start, end};
		line[strcspn(line, "\n")] = '\0';
		if (!name || line[name] != '/')
			continue;
		row[head[0] * 3] = start;
		row[head[0] * 3 + 1] = end;
		row[head[0] * 3 + 2] = offset / 4096;
		head[0]++;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s", line + name) + 1;
	}
	free(line);
	if (!maps || fclose(maps) != 0)
		err(1, "%s", path);
	memcpy(note, head, sizeof(head));
	at = sizeof(head);
	memcpy(note + at, row, head[0] * 3 * sizeof(row[0]));
	at += head[0] * 3 * sizeof(row[0]);
	memcpy(note + at, names, used);
	add_note("CORE", NT_FILE, note, at + used);
	cut_areas(mapped, count);
}

static pid_t parent_of(pid_t pid)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	slurp(path, text, sizeof(text));
	return (pid_t)number_after(text, "PPid:\t", 10);
}

static void make_notes(bool core)
{
	struct fx_dump_process p = {
		.version = FX_DUMP_VERSION,
		.reason = FX_DUMP_STUCK,
		.pid = d.pid,
		.ppid = parent_of(d.pid),
		.threads = (uint32_t)d.threads,
	};
	prpsinfo_t info = {.pr_pid = d.pid, .pr_ppid = p.ppid};
	char path[64], auxv[4096];
	struct timespec ts;
	size_t length;

	clock_gettime(CLOCK_REALTIME, &ts);
	p.realtime_ns = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	for (int i = 0; i < d.threads; i++) {
		add_note("CORE", NT_PRSTATUS, &d.status[i], sizeof(d.status[i]));
		if (i == 0)
			add_note("CORE", NT_PRPSINFO, &info, sizeof(info));
		if (d.note[i].state != FX_DUMP_WAITS && p.reason == FX_DUMP_STUCK)
			p.reason = FX_DUMP_ASKED;
	}
	snprintf(path, sizeof(path), "/proc/%d/task/%d/auxv", d.pid, now.tid[0]);
	length = slurp(path, auxv, sizeof(auxv));
	add_note("CORE", NT_AUXV, auxv, length);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/exe", d.pid, now.tid[0]);
	if (readlink(path, p.exe, sizeof(p.exe) - 1) < 0)
		err(1, "%s", path);
	if (core)
		return;
	add_note(FX_DUMP_NAME, FX_DUMP_PROCESS, &p, sizeof(p));
	for (int i = 0; i < d.threads; i++)
		add_note(FX_DUMP_NAME, FX_DUMP_THREAD, &d.note[i], sizeof(d.note[i]));
}

static void put(FILE *out, const void *bytes, size_t size)
{
	if (fwrite(bytes, 1, size, out) != size)
		err(1, "writing the dump");
}

static void put_memory(FILE *out, int memory, const struct interval *a)
{
	static char bytes[1 << 20];

	for (uint64_t at = a->start; at < a->end;) {
		const size_t want = a->end - at < sizeof(bytes) ? a->end - at : sizeof(bytes);
		const ssize_t got = pread(memory, bytes, want, (off_t)at);

		if (got <= 0)
			err(1, "memory at 0x%llx", (unsigned long long)at);
		put(out, bytes, (size_t)got);
		at += (uint64_t)got;
	}
}

static void write_dump(const char *path)
{
	const uint64_t table = sizeof(Elf64_Ehdr),
		       notes = table + (1 + (uint64_t)d.areas) * sizeof(Elf64_Phdr);
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			    EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = table,
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)(1 + d.areas),
	};
	Elf64_Phdr p = {
		.p_type = PT_NOTE, .p_offset = notes, .p_filesz = d.notes_size, .p_align = 4};
	uint64_t at = notes + d.notes_size;
	char mem[64];
	FILE *out = fopen(path, "we");
	int memory;

	snprintf(mem, sizeof(mem), "/proc/%d/task/%d/mem", d.pid, now.tid[0]);
	memory = open(mem, O_RDONLY | O_CLOEXEC);
	if (!out || memory < 0)
		err(1, "%s", out ? mem : path);
	put(out, &header, sizeof(header));
	put(out, &p, sizeof(p));
	for (int i = 0; i < d.areas; i++) {
		const uint64_t size = d.area[i].end - d.area[i].start;

		p = (Elf64_Phdr){.p_type = PT_LOAD,
				 .p_flags = PF_R | PF_W,
				 .p_offset = at,
				 .p_vaddr = d.area[i].start,
				 .p_filesz = size,
				 .p_memsz = size,
				 .p_align = 1};
		put(out, &p, sizeof(p));
		at += size;
	}
	put(out, d.notes, d.notes_size);
	for (int i = 0; i < d.areas; i++)
		put_memory(out, memory, &d.area[i]);
	if (fclose(out) != 0)
		err(1, "%s", path);
	close(memory);
}

static void start(char **argv)
{
	program = fork();
	if (program < 0)
		err(1, "fork");
	if (program == 0) {
		setpgid(0, 0);
		execv(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	setpgid(program, program);
	atexit(end_program);
}

int main(int argc, char **argv)
{
	bool child = false, core = false;

	for (; argc > 1 && strncmp(argv[1], "--", 2) == 0; argc--, argv++) {
		child |= strcmp(argv[1], "--child") == 0;
		core |= strcmp(argv[1], "--core") == 0;
	}
	if (argc < 4)
		errx(2, "usage: dump [--child] [--core] OUT WAITERS PROGRAM [ARGUMENT...]");
	start(argv + 3);
	d.pid = await_hang(atoi(argv[2]), child);
	for (int i = 0; i < now.threads; i++)
		take_thread(now.tid[i]);
	take_maps();
	make_notes(core);
	write_dump(argv[1]);
	return 0;
}
