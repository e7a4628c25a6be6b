/* SPDX-License-Identifier: MIT */
/*
 * A run under a schedule that a seed chooses: what is asked for, and what has come of it. Both lie
 * in one file, of struct fx_schedule and lists behind it, that the run maps and that whoever
 * started it may map as well, before, while and after it runs. ADR 36 says how it works.
 *
 * The program shares the address space of the mapping, so a reader trusts nothing in it.
 *
 * An event is a moment at which another thread may go on: a system call, a wake, an atomic access;
 * also one at which another must, since this one sleeps or ends. They are counted from 1. A
 * decision is an event after which another thread went on than the one before, or the same one
 * though it could not go on by itself and others could.
 *
 * Threads are numbered in the order in which they were made, from 0. Where in a run a decision was
 * made is said twice: by the event, and by how many events its thread had come to. The latter stays
 * what it is when a decision before it is left out.
 */
#ifndef SHIM_SCHEDULE_H
#define SHIM_SCHEDULE_H

#include <stdint.h>

#define FX_SCHEDULE_MAGIC   0x3276646568637366ULL
#define FX_SCHEDULE_THREADS 1024 /* that can live at once */
#define FX_SCHEDULE_REACHED 256
#define FX_SCHEDULE_MEETS   256		/* words of a set of addresses */
#define FX_SCHEDULE_LARGEST (1UL << 27) /* bytes of a file */

/* At what else than calls and wakes other threads may go on. Each has those before it as well. */
enum fx_points {
	FX_POINTS_CALLS,
	FX_POINTS_ATOMICS,  /* instructions with a lock prefix, xchg with memory, pause */
	FX_POINTS_ACCESSES, /* loads and stores of the program's own text */
	FX_POINTS_MIX,	    /* one of these by the seed: of `fxbox test`, never of a run */
};

/* How it is chosen who goes on. */
enum fx_strategy {
	FX_STRATEGY_MIX,    /* by the seed: two walks to one PCT */
	FX_STRATEGY_WALK,   /* at each event another one, with a probability drawn from the seed */
	FX_STRATEGY_PCT,    /* the most urgent, priorities drawn from the seed; Burckhardt 2010 */
	FX_STRATEGY_REPLAY, /* as the list of decisions says; where it says nothing, the usual one
			     */
};

/* Why another thread went on. */
enum fx_decision_why {
	FX_WHY_CHANCE = 1, /* of a walk */
	FX_WHY_PRIORITY,   /* another is more urgent, or became so */
	FX_WHY_SLEEPS,	   /* the one before sleeps */
	FX_WHY_ENDS,	   /* or has ended */
	FX_WHY_YIELDS,	   /* or spins, or yields */
	FX_WHY_WATCHDOG,   /* or has run too long without an event: not the same again */
	FX_WHY_TIME,	   /* whose time has come, or was made to come */
	FX_WHY_REPLAY,	   /* the list says so */
};

enum fx_decision_how {
	FX_HOW_FREE = 1, /* `from` could have gone on, and had not said that it has nothing to do */
	FX_HOW_USUAL = 2, /* a REPLAY whose list says nothing would have done the same */
};

struct fx_decision {
	uint64_t event;
	uint64_t own;	   /* events that `from` had come to, this one included */
	uint16_t from, to; /* threads */
	uint8_t why;	   /* enum fx_decision_why */
	uint8_t how;	   /* enum fx_decision_how, of several */
	uint8_t pad[2];
};

/* How a run is not that of the list which it follows. */
enum fx_stray {
	FX_STRAY_EVENT = 1, /* `from` came to its event at another moment of the run */
	FX_STRAY_FREE,	    /* it could go on there, or could not, unlike then */
	FX_STRAY_TO,	    /* whom it should hand over to cannot go on */
};

/* What kind of event. */
enum fx_event_kind {
	FX_EVENT_CALL = 1, /* what: the call's number; before it is made */
	FX_EVENT_WOKE,	   /* behind a call that has woken somebody, or made a thread */
	FX_EVENT_SLEEPS,   /* what: the futex word, or the call's number */
	FX_EVENT_ENDS,	   /* a thread */
	FX_EVENT_ATOMIC,   /* ip is the instruction */
	FX_EVENT_LOAD,
	FX_EVENT_STORE,
	FX_EVENT_WATCHDOG,
	FX_EVENT_BEGINS, /* a thread, its first */
};

/* One event, as it is told in a story. */
struct fx_step {
	uint64_t event;
	uint64_t ip; /* in the program: of the call, or of the instruction */
	uint64_t what;
	uint16_t thread;
	uint8_t kind; /* enum fx_event_kind */
	uint8_t pad[5];
	uint64_t caller; /* where the program itself goes on behind it; 0: not known, or no maps */
};

/* What a thread has done to a word that others can see, or may tell others by. */
enum fx_use_kind {
	FX_USE_CHANGE = 1, /* an atomic instruction */
	FX_USE_EXCHANGE,   /* one that puts a value there: xchg, cmpxchg */
	FX_USE_LOAD,
	FX_USE_STORE,
	FX_USE_CALL,  /* ip: its number; address: its first argument; of futex(2) `before`: what is
			 asked for, `after`: the value */
	FX_USE_MADE,  /* a thread: `before`; address: its thread pointer */
	FX_USE_ENDED, /* the thread itself */
};

/* One use, in the order in which they were. */
struct fx_use {
	uint64_t address;
	uint64_t ip;		/* the instruction */
	uint64_t caller;	/* as of struct fx_step; of atomics */
	uint64_t outer;		/* the same, if ip is no place in the program */
	uint32_t before, after; /* what is there; of one byte, what is behind it too */
	uint16_t thread;
	uint8_t kind; /* enum fx_use_kind */
	uint8_t pad[5];
};

/* How it ended, as far as the schedule knows. */
enum fx_schedule_end {
	FX_SCHEDULE_RUNS,     /* or was killed, by itself or by others */
	FX_SCHEDULE_ENDED,    /* exit, or a signal that the shim has made deadly */
	FX_SCHEDULE_HUNG,     /* no thread could go on any more */
	FX_SCHEDULE_LIVELOCK, /* more events than the budget */
	FX_SCHEDULE_STRAYED,  /* it is not the run of the list that it follows: strayed_at */
};

/* What kept a run from being determined by its seed alone. */
enum fx_unforeseen {
	FX_UNFORESEEN_OUTSIDE = 1,   /* it waited for somebody else: a descriptor, a signal */
	FX_UNFORESEEN_PROCESSES = 2, /* it made a process, or is not alone in its memory */
	FX_UNFORESEEN_WATCHDOG = 4,  /* a thread had to be stopped between two events */
	FX_UNFORESEEN_ADDRESSES =
		8,		   /* the host lays out memory by chance: personality(2) refused */
	FX_UNFORESEEN_TIMERS = 16, /* timers of the host's: they follow its own time */
	FX_UNFORESEEN_SHARED = 32, /* a futex of several processes was left to the host */
	FX_UNFORESEEN_TEXT = 64,   /* executable memory that is no file's: no points in it */
	FX_UNFORESEEN_FULL = 128,  /* more decisions than there was room for */
	FX_UNFORESEEN_GS = 256,	   /* it has set GS: no points but calls */
	FX_UNFORESEEN_THREADS = 512, /* more threads than FX_SCHEDULE_THREADS */
};

/* Copies of the program at the making of its second thread: schedule/snapshot.h. */
enum fx_snapshot {
	FX_SNAPSHOT_NONE,    /* the run is one of its own */
	FX_SNAPSHOT_WANTED,  /* somebody serves it: stop there */
	FX_SNAPSHOT_TAKEN,   /* it has stopped there, and can be copied */
	FX_SNAPSHOT_UNSOUND, /* it goes on as a run of its own */
};

/* Why no copy, or none any more, would be as a run of its own. */
enum fx_unsound {
	FX_UNSOUND_OTHERS = 1,	/* there are other processes, timers, futexes left to the host */
	FX_UNSOUND_TRACES = 2,	/* a call was made that fork does not copy the effect of */
	FX_UNSOUND_SIGNALS = 4, /* signals wait */
	FX_UNSOUND_FILES = 8,	/* something is open that copies would share */
	FX_UNSOUND_WRITES = 16, /* files were made in its own /tmp or /dev/shm */
	FX_UNSOUND_MEMORY = 32, /* memory is shared and writable */
};

struct fx_schedule {
	uint64_t magic;
	uint64_t size; /* of the file: all of it is mapped */

	/* What is asked for. */
	uint64_t seed;
	uint64_t likely;     /* choices of such a run, for PCT; 0: not known */
	uint64_t likely_met; /* those where threads meet */
	uint64_t budget;     /* events, after which it is a livelock; 0: none */
	uint8_t strategy;    /* enum fx_strategy */
	uint8_t depth;	     /* of PCT: that many, less one, changes of priority */
	uint8_t points;	     /* enum fx_points; fewer when it runs, if there are fewer */
	uint8_t pad0[5];
	/* REPLAY: bytes into the file; so many decisions, in the order of `from`, then `own`. */
	uint64_t follow_at, follow;
	uint64_t decisions_at, decisions_room; /* where its own go; how many fit */
	uint64_t steps_at, steps_room;	       /* 0: steps are not kept. When full the oldest go */

	/* What has come of it. */
	uint32_t end;	     /* enum fx_schedule_end */
	uint32_t unforeseen; /* enum fx_unforeseen */
	uint64_t events;
	uint64_t choices;    /* events at which more than one could go on */
	uint64_t met;	     /* and where threads meet: schedule/meets.h */
	uint64_t switches;   /* decisions, also those that did not fit */
	uint64_t hash;	     /* of all events: thread, kind, what, who went on */
	uint64_t decisions;  /* in its own list */
	uint64_t followed;   /* of a REPLAY */
	uint64_t steps;	     /* ever; the last is at (steps - 1) % steps_room */
	uint64_t threads;    /* ever made */
	uint64_t strayed_at; /* the first event at which it was not the list's run; 0: none */
	uint64_t strayed;    /* enum fx_stray */
	struct fx_decision strayed_from; /* what should have been done there */
	uint64_t now_ns;		 /* its own time, since the beginning */
	uint64_t cache_at,
		cache_room; /* for points that were found, from one run to the next; 0: none */
	uint32_t tid[FX_SCHEDULE_THREADS]; /* the system's id of a thread, by its number */

	/* For a story: what was mapped, as /proc/self/maps has it; and callers of steps. */
	uint64_t maps_at, maps_room; /* 0: not asked for */
	uint64_t maps;		     /* bytes */
	uint8_t silent; /* asked for: `end` is enough, and nothing is told of a hang or livelock */
	uint8_t stop;	/* asked for: SIGSTOP before it dies or ends, for a debugger */
	uint8_t snapshot; /* enum fx_snapshot */
	uint8_t loose; /* asked for: what cannot be followed is replaced or left out, and not told
			*/
	uint8_t private_places; /* bits: /tmp, /dev/shm are for this run alone */
	uint32_t ended;		/* the run, or the copy, has, and `status` is there */
	uint32_t status;	/* as of waitpid(2) */
	uint32_t unsound;	/* enum fx_unsound, bits */
	uint32_t parent;	/* of a process that is copied: whoever serves it */
	uint32_t reached_count; /* of pages of code that a copy was the first to come to */
	uint64_t reached[FX_SCHEDULE_REACHED]; /* their addresses, as many as fit */

	/* Asked for: the words of memory that threads are known to meet in, by fx_schedule_bit. */
	uint64_t meets_known; /* 0: nothing is known of them */
	uint64_t meets[FX_SCHEDULE_MEETS];

	/* For orders of locks: who used which words, from the beginning. */
	uint64_t uses_at, uses_room; /* 0: not asked for. When full the rest is left out */
	uint64_t uses;		     /* ever */
};

/* The bit of a word of memory in a set of them; two may have the same. Fibonacci hashing. */
static inline unsigned fx_schedule_bit(uint64_t address)
{
	return (unsigned)((address >> 3) * 0x9e3779b97f4a7c15ULL >> 50);
}

#endif
