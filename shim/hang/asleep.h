/* SPDX-License-Identifier: MIT */
/* What the host says of threads that sleep for ever by all that the shim knows. */
#ifndef SHIM_HANG_ASLEEP_H
#define SHIM_HANG_ASLEEP_H

struct fx_thread;

enum fx_asleep {
	FX_ASLEEP, /* all of them: no signal is on its way to one, not even from another of them */
	FX_ASLEEP_NOT,	   /* one has something to do, and may not have had the time */
	FX_ASLEEP_UNKNOWN, /* there is no /proc to say it */
};

/* Of all threads of the process but t. Opens and reads files of each. Takes no lock. */
enum fx_asleep fx_asleep_all(const struct fx_thread *t);

#endif
