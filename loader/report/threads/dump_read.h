/* SPDX-License-Identifier: MIT */
/*
 * A dump of threads as it lies in its file (shim/thread_dump.h), or any core file of an x86-64
 * process: its threads, its mappings, and what was copied of its memory.
 */
#ifndef LOADER_REPORT_THREADS_DUMP_READ_H
#define LOADER_REPORT_THREADS_DUMP_READ_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#include "loader/refusal.h"
#include "shim/thread_dump.h"

struct fx_dump_task {
	struct fx_dump_thread is; /* of a core file: as far as its registers tell */
	struct user_regs_struct regs;
};

/* Memory that was copied. */
struct fx_dump_area {
	uint64_t start, end;
	uint64_t at; /* in the dump */
};

/* A mapping of a file. */
struct fx_dump_file {
	uint64_t start, end;
	uint64_t offset;  /* in that file */
	const char *name; /* lives as long as the dump */
};

#define FX_DUMP_BLOCK 4096

struct fx_dump {
	int fd; /* the caller's */
	Elf *elf;
	const unsigned char *memory; /* of one that is in no file, the caller's: what `at` counts */
	size_t memory_length;
	bool told; /* it has fxbox's notes: `process` is known, and what threads do */
	struct fx_dump_process process;
	struct fx_dump_task *task;
	size_t tasks;
	struct fx_dump_file *file; /* by address */
	size_t files;
	struct fx_dump_area *area; /* by address */
	size_t areas;
	char *names;
	uint64_t vdso;	/* where it begins, 0: not told */
	int32_t signo;	/* after a crash; 0: none */
	uint64_t fault; /* its address, if the signal has one */
	uint64_t block_at;
	size_t block_length;
	unsigned char block[FX_DUMP_BLOCK];
};

/*
 * Reads the dump of this descriptor, which must be of a regular file and stay open as long as the
 * dump is used. `name` is for the refusal: no dump, cut off, of another architecture, of a later
 * version, or notes that contradict one another. 0, or -1 and *why; fx_dump_free in either case.
 * Reads files only.
 */
int fx_dump_read(struct fx_dump *d, int fd, const char *name, struct fx_refusal *why);
void fx_dump_free(struct fx_dump *d);
/* What was copied of memory has become another, of a dump that is in no file. */
void fx_dump_memory(struct fx_dump *d, const unsigned char *memory, size_t length);

/* Copies memory of the process; false if it was not copied into the dump as a whole. */
bool fx_dump_load(struct fx_dump *d, uint64_t address, void *to, size_t length);
/* A word of 32 bits, as futexes are. */
bool fx_dump_load32(struct fx_dump *d, uint64_t address, uint32_t *to);
/* The copied area that has this address, or NULL. */
const struct fx_dump_area *fx_dump_area_of(const struct fx_dump *d, uint64_t address);
/* The mapping of a file that has this address, or NULL. */
const struct fx_dump_file *fx_dump_file_of(const struct fx_dump *d, uint64_t address);
/* By its id, or NULL: no such thread in the dump. */
const struct fx_dump_task *fx_dump_task_of(const struct fx_dump *d, uint32_t tid);

#endif
