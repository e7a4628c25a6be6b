/* SPDX-License-Identifier: MIT */
#ifndef LOADER_PROCESS_WORD_H
#define LOADER_PROCESS_WORD_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>

/* Whether a word of the command line is the number that a process may have; else *pid is untouched.
 */
static inline bool fx_is_process_word(const char *word, pid_t *pid)
{
	const long most = 1 << 30;
	char *end;
	long number;

	errno = 0;
	number = strtol(word, &end, 10);
	if (errno || *end || end == word || number < 1 || number > most)
		return false;
	*pid = (pid_t)number;
	return true;
}

#endif
