/* SPDX-License-Identifier: MIT */
#include "shim/text.h"

#include "shim/mem.h"

#define ELLIPSIS "..."
/* What is kept free for it, for what must close a line, and for the longest escape. */
#define ROOM_TO_CUT (sizeof(ELLIPSIS) + 8 + 6)

void fx_text_init(struct fx_text *x, char *buf, size_t size)
{
	x->buf = buf;
	x->size = size;
	x->len = 0;
	x->escape = false;
	buf[0] = 0;
}

/* Room is kept for the ellipsis and for what must close a line: `"}` and newline. */
static bool put_raw(struct fx_text *x, const char *s, size_t n)
{
	if (x->len + n + 1 > x->size) {
		return false;
	}
	/* By bytes: for the few that it mostly is, `rep movsb` takes longer to begin. */
	for (size_t i = 0; i < n; i++)
		x->buf[x->len + i] = s[i];
	x->len += n;
	x->buf[x->len] = 0;
	return true;
}

static char hex_digit(unsigned v)
{
	return (char)(v < 10 ? '0' + v : 'a' + v - 10);
}

void fx_text_char(struct fx_text *x, char c)
{
	unsigned u = (unsigned char)c;

	if (x->len + ROOM_TO_CUT > x->size) {
		/* Cut once: the mark is never put twice. */
		if (x->len < 3 || memcmp(x->buf + x->len - 3, ELLIPSIS, 3) != 0)
			put_raw(x, ELLIPSIS, 3);
		return;
	}
	if (x->escape && (c == '"' || c == '\\')) {
		char e[2] = {'\\', c};
		put_raw(x, e, 2);
	} else if (x->escape && (u < 0x20 || u >= 0x7f)) {
		/* A guest's bytes need not be UTF-8: each is told by its value. */
		char e[6] = {'\\', 'u', '0', '0', hex_digit(u >> 4), hex_digit(u & 15)};
		put_raw(x, e, 6);
	} else {
		put_raw(x, &c, 1);
	}
}

void fx_text_put_n(struct fx_text *x, const char *s, size_t n)
{
	if (!x->escape && x->len + n + ROOM_TO_CUT <= x->size) {
		put_raw(x, s, n);
		return;
	}
	while (n--)
		fx_text_char(x, *s++);
}

void fx_text_put(struct fx_text *x, const char *s)
{
	fx_text_put_n(x, s, fx_strlen(s));
}

static void put_base(struct fx_text *x, uint64_t v, unsigned base)
{
	char digits[24];
	size_t n = sizeof(digits);

	do {
		digits[--n] = hex_digit((unsigned)(v % base));
		v /= base;
	} while (v);
	fx_text_put_n(x, digits + n, sizeof(digits) - n);
}

void fx_text_udec(struct fx_text *x, uint64_t v)
{
	put_base(x, v, 10);
}

void fx_text_dec(struct fx_text *x, int64_t v)
{
	if (v < 0) {
		fx_text_char(x, '-');
		put_base(x, -(uint64_t)v, 10);
		return;
	}
	put_base(x, (uint64_t)v, 10);
}

void fx_text_hex(struct fx_text *x, uint64_t v)
{
	fx_text_put(x, "0x");
	put_base(x, v, 16);
}

void fx_text_oct(struct fx_text *x, uint64_t v)
{
	if (v)
		fx_text_char(x, '0');
	put_base(x, v, 8);
}

void fx_text_quoted(struct fx_text *x, const char *s)
{
	fx_text_char(x, '"');
	for (; *s; s++) {
		unsigned u = (unsigned char)*s;

		if (u < 0x20 || u == 0x7f || *s == '"' || *s == '\\') {
			fx_text_put(x, "\\x");
			fx_text_char(x, hex_digit(u >> 4));
			fx_text_char(x, hex_digit(u & 15));
		} else {
			fx_text_char(x, *s);
		}
	}
	fx_text_char(x, '"');
}

static void member(struct fx_text *x, const char *name)
{
	if (x->len && x->buf[x->len - 1] != '{')
		put_raw(x, ",", 1);
	put_raw(x, "\"", 1);
	put_raw(x, name, fx_strlen(name));
	put_raw(x, "\":", 2);
}

void fx_json_str(struct fx_text *x, const char *name, const char *value)
{
	member(x, name);
	put_raw(x, "\"", 1);
	x->escape = true;
	fx_text_put(x, value);
	x->escape = false;
	put_raw(x, "\"", 1);
}

void fx_json_int(struct fx_text *x, const char *name, int64_t value)
{
	member(x, name);
	fx_text_dec(x, value);
}

void fx_json_hex(struct fx_text *x, const char *name, uint64_t value)
{
	member(x, name);
	put_raw(x, "\"", 1);
	fx_text_hex(x, value);
	put_raw(x, "\"", 1);
}
