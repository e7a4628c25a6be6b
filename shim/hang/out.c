/* SPDX-License-Identifier: MIT */
#include "shim/hang/out.h"

#include "shim/base/host.h"
#include "shim/base/mem.h"

void fx_out_begin(struct fx_out *o, int fd, uint64_t base, uint64_t at)
{
	o->fd = fd;
	o->error = 0;
	o->base = base;
	o->at = at;
	o->have = 0;
}

static void flush(struct fx_out *o)
{
	size_t done = 0;

	while (!o->error && done < o->have) {
		long n = fx_host(__NR_pwrite64, o->fd, o->buf + done, o->have - done,
				 o->base + o->at - o->have + done);

		if (n == 0)
			n = -EIO;
		if (n < 0 && n != -EINTR)
			o->error = (int)n;
		else if (n > 0)
			done += (size_t)n;
	}
	o->have = 0;
}

void fx_out_put(struct fx_out *o, const void *from, size_t length)
{
	const char *bytes = from;

	while (length) {
		size_t room = sizeof(o->buf) - o->have, n = length < room ? length : room;

		memcpy(o->buf + o->have, bytes, n);
		o->have += n;
		o->at += n;
		bytes += n;
		length -= n;
		if (o->have == sizeof(o->buf))
			flush(o);
	}
}

void fx_out_align(struct fx_out *o, size_t to)
{
	static const char zeros[16];

	while (o->at % to)
		fx_out_put(o, zeros,
			   to - o->at % to < sizeof(zeros) ? to - o->at % to : sizeof(zeros));
}

/* The host reads the guest's memory: what is not there ends the copy, and faults nowhere. */
size_t fx_out_put_guest(struct fx_out *o, uintptr_t from, size_t length)
{
	size_t done = 0;

	flush(o);
	while (!o->error && done < length) {
		long n = fx_host(__NR_pwrite64, o->fd, from + done, length - done, o->base + o->at);

		if (n == -EINTR)
			continue;
		if (n == -EFAULT || n == 0)
			break;
		if (n < 0) {
			o->error = (int)n;
			break;
		}
		done += (size_t)n;
		o->at += (size_t)n;
	}
	return done;
}

int fx_out_end(struct fx_out *o)
{
	flush(o);
	return o->error;
}
