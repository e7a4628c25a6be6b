/* SPDX-License-Identifier: MIT */
#include "loader/test/source.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader/test/workers.h"

#define WORTH 4 /* copies of one start, at least */

int fx_source_open(struct fx_source *s, int *theirs)
{
	int both[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) < 0)
		return -1;
	s->orders = both[0];
	*theirs = both[1];
	return 0;
}

int fx_source_answered(struct fx_source *s, int out)
{
	char byte;

	if (recv(s->orders, &byte, 1, MSG_DONTWAIT) != 1)
		return -1;
	if (s->ready) {
		s->copied++;
		return 1;
	}
	s->ready = true;
	s->said = fx_run_text(out, SIZE_MAX, &s->length);
	return s->said ? 0 : -1;
}

bool fx_source_order(struct fx_source *s, int out)
{
	const char go = 'g';

	return ftruncate(out, 0) == 0 && pwrite(out, s->said, s->length, 0) == (ssize_t)s->length &&
	       lseek(out, (off_t)s->length, SEEK_SET) == (off_t)s->length &&
	       send(s->orders, &go, 1, MSG_NOSIGNAL) == 1;
}

bool fx_source_gone(struct fx_source *s)
{
	const bool worth = s->copied >= WORTH;

	if (s->pid)
		close(s->orders);
	free(s->said);
	*s = (struct fx_source){.pid = 0};
	return worth;
}
