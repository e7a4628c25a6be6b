/* SPDX-License-Identifier: MIT */
/*
 * Runs of the program under test: each is a process of fxbox itself, on a processor of its own,
 * with what it prints caught in a file.
 */
#ifndef LOADER_TEST_WORKERS_H
#define LOADER_TEST_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <sys/types.h>

#include "loader/refusal.h"
#include "loader/test/lock_order.h"
#include "loader/test/schedule_file.h"
#include "loader/test/source.h"

/* The program and how it is run; borrowed. */
struct fx_command {
	char *const *options; /* words for fxbox run */
	size_t options_count;
	char *const *program; /* ends with NULL */
	bool tmp;	      /* each run has a /tmp of its own */
	bool copies;	      /* runs are copies of one beginning where that is the same */
	uint64_t timeout_ms;
	const char *runner; /* instead of this fxbox; NULL */
	bool uses;	    /* of words can be noted */
};

/* A run, from its start until fx_workers_free of it. */
struct fx_run {
	struct fx_order order;
	struct fx_schedule_file schedule;
	struct fx_outcome outcome; /* once it has ended */
	int out, log;		   /* what it printed, what --log has; descriptors of memfds */
	pid_t pid;		   /* 0: none; of a copy that of its source */
	int cpu;		   /* that it keeps to; -1: where the host puts it */
	int status;		   /* as of waitpid(2) */
	bool timed_out;
	enum fx_lock_answer locks; /* FX_LOCKS_IN_ORDER until it is judged */
	struct fx_lock_circle circle;
	bool busy; /* started, and not free again */
	uint64_t began_us, took_us;
	struct fx_source source[FX_POINTS_MIX][2]; /* by points, and whether uses are noted */
	bool copied;				   /* it was one */
	struct fx_source *of; /* that it is a copy of, or will be; NULL: of none */
};

struct fx_workers {
	struct fx_command command;
	struct fx_run *run;
	unsigned count;
	int signals;	 /* signalfd of SIGCHLD, SIGINT, SIGTERM */
	int interrupted; /* a signal that asks for the end; 0 */
	char **argv;	 /* of the run that is being started */
	struct pollfd *await;
};

/* How many processors this process may use. */
unsigned fx_workers_processors(void);

/*
 * Makes room for so many at once, each able to follow a list of `follow_room` decisions. Takes
 * over SIGCHLD, SIGINT and SIGTERM until fx_workers_close. 0, or -1 with *why filled.
 */
int fx_workers_open(struct fx_workers *w, const struct fx_command *command, unsigned count,
		    uint64_t follow_room, struct fx_refusal *why);
/* Kills what still runs. */
void fx_workers_close(struct fx_workers *w);

/* Somebody who does nothing, or NULL. */
struct fx_run *fx_workers_idle(struct fx_workers *w);

/* Starts a run of an idle worker. The order's list is copied. 0, or -1 with *why filled. */
int fx_workers_start(struct fx_workers *w, struct fx_run *run, const struct fx_order *order,
		     struct fx_refusal *why);

/*
 * Waits for the end of any run, for so many ms at most (-1: as long as it takes), and kills those
 * whose time is over. NULL: none ended, or a signal came: w->interrupted.
 */
struct fx_run *fx_workers_wait(struct fx_workers *w, int ms);
void fx_workers_free(struct fx_run *run);

/*
 * Does a whole run while nobody else does. NULL with *why filled (status 0: interrupted); else the
 * caller frees it.
 */
struct fx_run *fx_workers_once(struct fx_workers *w, const struct fx_order *order,
			       struct fx_refusal *why);

/*
 * The same of a run that is ordered to stop: says on standard output when it has, and waits for as
 * long as it takes. What it prints is not caught, and SIGINT is not waited for.
 */
struct fx_run *fx_workers_stopping(struct fx_workers *w, const struct fx_order *order,
				   struct fx_refusal *why);

/* All of a memfd up to `most` bytes from its end, with NUL; for free(). NULL: no memory. */
char *fx_run_text(int fd, size_t most, size_t *length);

#endif
