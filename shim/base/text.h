/* SPDX-License-Identifier: MIT */
/*
 * Building one line of text in a fixed buffer. What does not fit is cut and
 * ends in "..."; the last bytes are kept free for it, so a line is always
 * whole. Own memory only; no locks, no host calls.
 */
#ifndef SHIM_BASE_TEXT_H
#define SHIM_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fx_text {
	char *buf;
	size_t size;
	size_t len;  /* never beyond size - 1; buf[len] is 0 */
	bool escape; /* write as the inside of a JSON string */
};

void fx_text_init(struct fx_text *x, char *buf, size_t size);
void fx_text_char(struct fx_text *x, char c);
void fx_text_put_string(struct fx_text *x, const char *s);
void fx_text_put_n(struct fx_text *x, const char *s, size_t n);
/* How many of the first n bytes stand for themselves in a JSON string, so far as it is quick to
 * tell. */
size_t fx_text_plain(const char *s, size_t n);

/* What is kept free for the ellipsis, for what must close a line, and for the longest escape. */
#define FX_TEXT_ROOM (sizeof("...") + 8 + 6)

static inline void fx_text_put_known(struct fx_text *x, const char *s, size_t n)
{
	if (x->escape || x->len + n + FX_TEXT_ROOM > x->size) {
		fx_text_put_n(x, s, n);
		return;
	}
	__builtin_memcpy(x->buf + x->len, s, n + 1);
	x->len += n;
}

/* The same as fx_text_put_string; of what is written out the compiler knows the length. */
#define fx_text_put(x, s)                                                                          \
	(__builtin_constant_p(__builtin_strlen(s)) ? fx_text_put_known(x, s, __builtin_strlen(s))  \
						   : fx_text_put_string(x, s))
void fx_text_dec(struct fx_text *x, int64_t v);
void fx_text_udec(struct fx_text *x, uint64_t v);
void fx_text_hex(struct fx_text *x, uint64_t v); /* with 0x */
void fx_text_oct(struct fx_text *x, uint64_t v); /* with a leading 0 */
/* A quoted string for a person: control characters and quotes as \x.. escapes. */
void fx_text_quoted(struct fx_text *x, const char *s);
/* Whether something had to be cut off, or the next byte would be. */
static inline bool fx_text_full(const struct fx_text *x)
{
	return x->len + FX_TEXT_ROOM > x->size;
}

/* One word for a shell: shim/shell_word.h. */
void fx_text_shell(struct fx_text *x, const char *s);

/* JSON members: `,"name":value` (the comma only after a value). */
void fx_json_str(struct fx_text *x, const char *name, const char *value);
void fx_json_int(struct fx_text *x, const char *name, int64_t value);
void fx_json_hex(struct fx_text *x, const char *name, uint64_t value); /* "0x…" */

#endif
