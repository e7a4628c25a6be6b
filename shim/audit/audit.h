/* SPDX-License-Identifier: MIT */
/*
 * What the guest could not have: records for the log (--log, JSON Lines, fxbox-log(5))
 * and for the report at the end.
 */
#ifndef SHIM_AUDIT_AUDIT_H
#define SHIM_AUDIT_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

struct fx_call;
struct fx_thread;

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
	const char *grant; /* NULL, or the path that the option in advice is to have */
	bool denied;	   /* by confinement: where is a path */
};
void fx_audit_unsupported(struct fx_thread *t, const struct fx_call *c,
			  const struct fx_unsupported *u);

/* The guest asked for something that is fxbox's own: logged, not in the report. */
void fx_audit_refused(struct fx_thread *t, const struct fx_call *c, uint64_t sub, const char *why,
		      long result);

/*
 * Confinement refused the call. what: for what, in a few words; path: NULL or what
 * it concerns, in own memory; advice: the option that would allow it; grant: NULL, or the path
 * in it as it is. In the log once for each path and site, in the report once for each call and
 * directory; repeats are counted.
 */
struct fx_denial {
	const char *what, *path, *advice, *grant;
	long result;
};
void fx_audit_denied(struct fx_thread *t, const struct fx_call *c, const struct fx_denial *d);

/* Writes a `count` record for what came after the first of each site and was not told yet. */
void fx_audit_write_repeats(void);
/* How many could not be told apart, for want of room. */
uint64_t fx_audit_uncounted(void);

/* Around fork. */
void fx_audit_lock_all(void);
void fx_audit_unlock_all(void);
void fx_audit_after_fork(void);

#endif
