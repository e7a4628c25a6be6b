/* SPDX-License-Identifier: MIT */
/*
 * Memory weaker than that of the processors we run on, as far as stores go: a plain store sits in
 * a buffer of its thread and reaches memory when it pleases, those to different variables in any
 * order. A thread sees its own. A release, a fence or a read-modify-write waits until all of the
 * thread's have arrived. (Loads do not pass each other: in what is modelled a lock or a
 * read-modify-write lies between those that may not.)
 *
 * A model defines VARIABLES, at most 8, and includes this. Each of its threads, at most 4, has
 * `byte self` and `byte was`.
 */
#define EMPTY 255

byte mem[VARIABLES];
byte buffer[32] = EMPTY;
hidden byte i;

#define SLOT(v) buffer[self * VARIABLES + (v)]
#define LOAD(v) (SLOT(v) == EMPTY -> mem[v] : SLOT(v))

inline store(v, value)
{
	d_step { SLOT(v) == EMPTY -> SLOT(v) = value }
}

inline drain()
{
	i = 0;
	do
	:: i < VARIABLES ->
		if
		:: SLOT(i) != EMPTY -> mem[i] = SLOT(i); SLOT(i) = EMPTY
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

inline fence()
{
	d_step { drain() }
}

inline store_release(v, value)
{
	d_step { drain(); mem[v] = value }
}

inline exchange(v, value)
{
	d_step { drain(); was = mem[v]; mem[v] = value }
}

inline add(v, value)
{
	d_step { drain(); mem[v] = mem[v] + value }
}

inline sub(v, value)
{
	d_step { drain(); mem[v] = mem[v] - value }
}

/* Waits until it is free. */
inline lock(v)
{
	atomic { LOAD(v) == 0 -> drain(); mem[v] = 1 }
}

inline unlock(v)
{
#ifdef UNLOCK_IS_RELAXED
	mem[v] = 0
#else
	store_release(v, 0)
#endif
}

/* A store arrives. */
#define ARRIVES(n) \
	:: d_step { (n) / VARIABLES < 4 && buffer[n] != EMPTY -> mem[(n) % VARIABLES] = buffer[n]; buffer[n] = EMPTY }

active proctype arrivals()
{
end:	do
	ARRIVES(0) ARRIVES(1) ARRIVES(2) ARRIVES(3) ARRIVES(4) ARRIVES(5) ARRIVES(6) ARRIVES(7)
	ARRIVES(8) ARRIVES(9) ARRIVES(10) ARRIVES(11) ARRIVES(12) ARRIVES(13) ARRIVES(14) ARRIVES(15)
	ARRIVES(16) ARRIVES(17) ARRIVES(18) ARRIVES(19) ARRIVES(20) ARRIVES(21) ARRIVES(22) ARRIVES(23)
	ARRIVES(24) ARRIVES(25) ARRIVES(26) ARRIVES(27) ARRIVES(28) ARRIVES(29) ARRIVES(30) ARRIVES(31)
	od
}

/* Values of a waiter's word (manager/waiter.h). */
#define RUNNING 0
#define PARKED	1
#define WOKEN	2

/* The host's sleep ends by an unpark alone; there is one sleeper. */
bool unparked;

/*
 * fx_wait_park. That park compares the word and falls asleep is one step against unpark
 * (manager/platform.h); an unpark of nobody is lost.
 */
inline sleep_until_woken(v)
{
	do
	:: d_step {
		drain();
		if
		:: mem[v] == RUNNING -> mem[v] = PARKED
		:: else
		fi
	   }
	   if
	   :: mem[v] == WOKEN -> break
	   :: else
	   fi;
	   d_step {
		was = mem[v];
		unparked = false
	   }
	   if
	   :: was == PARKED -> unparked
	   :: else
	   fi
	od
}

/* fx_waiter_release */
inline release_waiter(v)
{
#ifdef WOKEN_AND_PARKED_CROSS
	was = LOAD(v);
	store_release(v, WOKEN);
#else
	exchange(v, WOKEN);
#endif
	if
	:: was == PARKED -> unparked = true
	:: else
	fi
}
