/* SPDX-License-Identifier: MIT */
#include "shim/base/text.h"

#include "shim/base/mem.h"
#include "shim/shell_word.h"

#define ELLIPSIS    "..."
#define ROOM_TO_CUT FX_TEXT_ROOM

void fx_text_init(struct fx_text *x, char *buf, size_t size)
{
	x->buf = buf;
	x->size = size;
	x->len = 0;
	x->escape = false;
	buf[0] = 0;
}

/*
 * Most pieces are a few bytes long: too short for `rep movsb`, and even for a loop by
 * bytes too long. Two loads that overlap do for what is not a multiple.
 */
static void copy(char *to, const char *from, size_t n)
{
	size_t i = 0;

	if (n >= 8) {
		for (; i + 8 < n; i += 8)
			__builtin_memcpy(to + i, from + i, 8);
		__builtin_memcpy(to + n - 8, from + n - 8, 8);
	} else if (n >= 4) {
		__builtin_memcpy(to, from, 4);
		__builtin_memcpy(to + n - 4, from + n - 4, 4);
	} else {
		for (; i < n; i++)
			to[i] = from[i];
	}
}

static bool put_raw(struct fx_text *x, const char *s, size_t n)
{
	if (x->len + n + 1 > x->size)
		return false;
	copy(x->buf + x->len, s, n);
	x->len += n;
	x->buf[x->len] = 0;
	return true;
}

static char hex_digit(unsigned v)
{
	return "0123456789abcdef"[v];
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

#define EACH(byte) (0x0101010101010101ULL * (byte))

/* Whether the eight bytes stand for themselves in a JSON string. May say no of some that do. */
static bool are_plain(const char *s)
{
	uint64_t v, quote, backslash, odd;

	__builtin_memcpy(&v, s, 8);
	/* Each term has the highest bit of a byte that is not: zero, below 0x20, above 0x7e. */
	quote = ((v ^ EACH('"')) - EACH(1));
	backslash = ((v ^ EACH('\\')) - EACH(1));
	odd = (v - EACH(0x20)) | (v + EACH(1)) | v;
	return !((quote | backslash | odd) & EACH(0x80));
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

size_t fx_text_plain(const char *s, size_t n)
{
	size_t i = 0;

	while (i + 8 <= n && are_plain(s + i))
		i += 8;
	while (i < n && is_plain(s[i]))
		i++;
	return i;
}

void fx_text_put_n(struct fx_text *x, const char *s, size_t n)
{
	if (!x->escape && x->len + n + ROOM_TO_CUT <= x->size) {
		put_raw(x, s, n);
		return;
	}
	while (n) {
		size_t fits =
			x->len + ROOM_TO_CUT <= x->size ? x->size - ROOM_TO_CUT - x->len + 1 : 0;
		size_t part = n < fits ? n : fits;

		if (x->escape)
			part = fx_text_plain(s, part);
		put_raw(x, s, part);
		s += part;
		n -= part;
		/* One that is to be escaped, or to be cut. */
		if (n) {
			fx_text_char(x, *s++);
			n--;
		}
	}
}

void fx_text_put_string(struct fx_text *x, const char *s)
{
	fx_text_put_n(x, s, fx_strlen(s));
}

/* Digits, which need no escape. */
static void put_digits(struct fx_text *x, const char *s, size_t n)
{
	if (x->len + n + ROOM_TO_CUT <= x->size)
		put_raw(x, s, n);
	else
		fx_text_put_n(x, s, n);
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

void fx_text_udec(struct fx_text *x, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	for (; v >= 100; v /= 100)
		__builtin_memcpy(digits + (n -= 2), pairs + v % 100 * 2, 2);
	if (v >= 10)
		__builtin_memcpy(digits + (n -= 2), pairs + v * 2, 2);
	else
		digits[--n] = (char)('0' + v);
	put_digits(x, digits + n, sizeof(digits) - n);
}

void fx_text_dec(struct fx_text *x, int64_t v)
{
	if (v < 0) {
		fx_text_char(x, '-');
		fx_text_udec(x, -(uint64_t)v);
		return;
	}
	fx_text_udec(x, (uint64_t)v);
}

/* The eight digits of v, the first in the lowest byte: all at once, each in a byte. */
static uint64_t eight_digits(uint32_t v)
{
	uint64_t d = __builtin_bswap32(v), letters;

	d = (d | d << 16) & 0x0000ffff0000ffffULL;
	d = (d | d << 8) & 0x00ff00ff00ff00ffULL;
	d = (d >> 4 | d << 8) & EACH(0x0f);
	letters = (d + EACH(6)) >> 4 & EACH(1);
	return d + EACH('0') + letters * ('a' - '0' - 10);
}

void fx_text_hex(struct fx_text *x, uint64_t v)
{
	size_t n = (size_t)(67 - __builtin_clzll(v | 1)) / 4;
	uint64_t high = eight_digits((uint32_t)(v >> 32)), low = eight_digits((uint32_t)v);
	char digits[18], *begin = digits + sizeof(digits) - n - 2;

	__builtin_memcpy(digits + 2, &high, 8);
	__builtin_memcpy(digits + 10, &low, 8);
	begin[0] = '0';
	begin[1] = 'x';
	put_digits(x, begin, n + 2);
}

void fx_text_oct(struct fx_text *x, uint64_t v)
{
	char digits[24];
	size_t n = sizeof(digits);

	for (; v; v >>= 3)
		digits[--n] = (char)('0' + (v & 7));
	digits[--n] = '0';
	put_digits(x, digits + n, sizeof(digits) - n);
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

static void put_one(void *to, char c)
{
	fx_text_char(to, c);
}

void fx_text_shell(struct fx_text *x, const char *s)
{
	fx_shell_word(s, put_one, x);
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
