/* SPDX-License-Identifier: MIT */
/*
 * What the guest could not have, and what it did: records for the log
 * (--log, JSON Lines, fxbox-log(5)) and for the report at the end.
 */
#ifndef SHIM_AUDIT_AUDIT_H
#define SHIM_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/audit_table.h"

struct fx_call;
struct fx_thread;

/* Maps FX_FD_AUDIT; before the guest runs. Returns 0 or -errno. */
int fx_audit_init(void);

/*
 * The call, or the sub-operation of it that sub tells apart, is answered
 * ENOSYS (or result) because fxbox does not have it. Once a site: a record in
 * the log and in the table for the report; repeats are counted. what: NULL, or
 * a few words that name the sub-operation; advice: NULL, or what the user can
 * do. now: also one line on the report descriptor at once, for programs that
 * abort on the answer.
 */
struct fx_unsupported {
	uint64_t sub;
	const char *what;
	const char *where; /* NULL, or the mapping it concerns */
	const char *advice;
	long result;
	bool now;
	bool denied; /* by confinement: where is a path */
};
void fx_audit_unsupported(struct fx_thread *t, const struct fx_call *c,
			  const struct fx_unsupported *u);

/* The guest asked for something that is fxbox's own: logged, not in the report. */
void fx_audit_refused(struct fx_thread *t, const struct fx_call *c, uint64_t sub, const char *why,
		      long result);

/*
 * Confinement refused the call. what: for what, in a few words; path: NULL or what
 * it concerns, in own memory; advice: the option that would allow it. Once for
 * each path and site; repeats are counted.
 */
void fx_audit_denied(struct fx_thread *t, const struct fx_call *c, const char *what,
		     const char *path, const char *advice, long result);

/* Whether a path lies on a mount that was read-only before confinement, or may do so. */
bool fx_audit_was_read_only(const char *path);

/* The table of all processes; the guest may write there. */
struct fx_audit_table *fx_audit_shared(void);

/* Whether the table has a record, of whatever process. */
bool fx_audit_any(void);

/* Lifecycle records. No-ops without --log. */
/* stack: the new program's, at argc; nothing has run on it yet. */
void fx_audit_start(const char *exe, uintptr_t stack, bool first);
/* Writes `count` records for what was repeated, `calls`, and `exit`. */
void fx_audit_exit(int status, int signal);
/* The same without `exit`, before a program is executed: its counters go. */
void fx_audit_counts(void);

/* Around fork. */
void fx_audit_lock_all(void);
void fx_audit_unlock_all(void);
void fx_audit_after_fork(void);

/* One line with its newline, behind those that the thread has gathered. */
void fx_audit_write_line(int fd, const char *line, uint64_t length);

#endif
