/* SPDX-License-Identifier: MIT */
/* shim/base/text.h: numbers, escapes, and lines that are cut, against the libc and byte by byte. */
#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/text.h"

#define SIZE 512

static char buf[SIZE];
static struct fx_text x;

static void begin(size_t size)
{
	memset(buf, '#', sizeof(buf));
	fx_text_init(&x, buf, size);
}

static void is(const char *expected)
{
	ck_assert_str_eq(buf, expected);
	ck_assert_uint_eq(x.len, strlen(expected));
}

/* All lengths, and what lies on both sides of each. */
static uint64_t number(unsigned i)
{
	uint64_t edges[] = {0, 1, 9, 10, 99, 100, 101, 999, 1000};

	if (i < 9)
		return edges[i];
	i -= 9;
	if (i < 63 * 3)
		return (1ULL << (i / 3 + 1)) + i % 3 - 1;
	i -= 63 * 3;
	for (uint64_t power = 10;; power *= 10, i -= 3) {
		if (i < 3)
			return power + i - 1;
		if (power == 10000000000000000000ULL)
			return UINT64_MAX - i;
	}
}

START_TEST(numbers_are_those_of_printf)
{
	char expected[64];

	for (unsigned i = 0; i < 300; i++) {
		uint64_t v = number(i);

		begin(SIZE);
		fx_text_udec(&x, v);
		snprintf(expected, sizeof(expected), "%" PRIu64, v);
		is(expected);
		begin(SIZE);
		fx_text_dec(&x, (int64_t)v);
		snprintf(expected, sizeof(expected), "%" PRId64, (int64_t)v);
		is(expected);
		begin(SIZE);
		fx_text_hex(&x, v);
		snprintf(expected, sizeof(expected), "0x%" PRIx64, v);
		is(expected);
		begin(SIZE);
		fx_text_oct(&x, v);
		snprintf(expected, sizeof(expected), "%#" PRIo64, v);
		is(expected);
	}
}
END_TEST

START_TEST(all_hexadecimal_digits_stand_in_all_places)
{
	char expected[64];

	for (unsigned place = 0; place < 64; place += 4) {
		for (uint64_t digit = 1; digit < 16; digit++) {
			begin(SIZE);
			fx_text_hex(&x, digit << place);
			snprintf(expected, sizeof(expected), "0x%" PRIx64, digit << place);
			is(expected);
		}
	}
}
END_TEST

START_TEST(pieces_of_all_lengths_are_put_whole)
{
	char piece[64];

	for (size_t n = 0; n < sizeof(piece); n++) {
		for (size_t i = 0; i < n; i++)
			piece[i] = (char)('A' + (i + n) % 26);
		piece[n] = 0;
		begin(SIZE);
		fx_text_put(&x, "<");
		fx_text_put_n(&x, piece, n);
		ck_assert_uint_eq(x.len, n + 1);
		ck_assert_mem_eq(buf + 1, piece, n + 1);
		fx_text_put_string(&x, piece);
		ck_assert_uint_eq(x.len, 2 * n + 1);
		ck_assert_mem_eq(buf + 1 + n, piece, n + 1);
		/* Nothing is written behind the end, whatever is copied at a time. */
		ck_assert_int_eq(buf[x.len + 1], '#');
	}
}
END_TEST

static bool plain(unsigned byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

START_TEST(each_byte_is_escaped_as_it_must_in_each_place)
{
	for (unsigned byte = 1; byte < 256; byte++) {
		for (size_t place = 0; place < 20; place++) {
			char in[32] = "abcdefghijklmnopqrstuvw", expected[64];
			int n = (int)place;

			in[place] = (char)byte;
			ck_assert_uint_eq(fx_text_plain(in, 23), plain(byte) ? 23 : place);
			if (byte == '"' || byte == '\\')
				snprintf(expected, sizeof(expected), "%.*s\\%c%s", n, in, (int)byte,
					 in + place + 1);
			else if (!plain(byte))
				snprintf(expected, sizeof(expected), "%.*s\\u00%02x%s", n, in, byte,
					 in + place + 1);
			else
				snprintf(expected, sizeof(expected), "%s", in);
			begin(SIZE);
			x.escape = true;
			fx_text_put_string(&x, in);
			is(expected);
		}
	}
}
END_TEST

/* As by one character at a time, which is the slow way: the mark once, and nothing behind it. */
static void cut_alike(const char *text, size_t size, bool escape)
{
	char slow[SIZE];
	size_t length;

	begin(size);
	x.escape = escape;
	for (const char *s = text; *s; s++)
		fx_text_char(&x, *s);
	fx_text_char(&x, '!');
	memcpy(slow, buf, sizeof(slow));
	length = x.len;
	begin(size);
	x.escape = escape;
	fx_text_put_string(&x, text);
	fx_text_put(&x, "!");
	ck_assert_uint_eq(x.len, length);
	ck_assert_uint_lt(x.len, size);
	ck_assert_str_eq(buf, slow);
	ck_assert_int_eq(buf[size], '#');
}

START_TEST(what_does_not_fit_is_cut_in_the_same_place)
{
	static const char *const texts[] = {
		"0123456789012345678901234567890123456789012345678901234567890123456789",
		"01234567890123456789012345678901\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"",
		"0123456789\x01\x02\x03\x04\x05\x06\x07\x08\x01\x02\x03\x04\x05\x06\x07\xff",
		"short",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t size = 24; size < 120; size++) {
			cut_alike(texts[i], size, false);
			cut_alike(texts[i], size, true);
		}
	}
}
END_TEST

START_TEST(a_number_is_cut_like_text)
{
	begin(40);
	fx_text_put(&x, "12345678901234567890");
	fx_text_udec(&x, 98765);
	is("12345678901234567890987...");
	begin(40);
	fx_text_put(&x, "12345678901234567890");
	fx_text_hex(&x, 0xabcdef);
	is("123456789012345678900xa...");
}
END_TEST

START_TEST(a_member_follows_a_comma_but_the_first)
{
	begin(SIZE);
	buf[x.len++] = '{';
	fx_json_int(&x, "a", -5);
	fx_json_str(&x, "b", "say \"it\"");
	fx_json_hex(&x, "c", 0xbeef);
	fx_text_char(&x, '}');
	is("{\"a\":-5,\"b\":\"say \\\"it\\\"\",\"c\":\"0xbeef\"}");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, numbers_are_those_of_printf);
	tcase_add_test(tcase, all_hexadecimal_digits_stand_in_all_places);
	tcase_add_test(tcase, pieces_of_all_lengths_are_put_whole);
	tcase_add_test(tcase, each_byte_is_escaped_as_it_must_in_each_place);
	tcase_add_test(tcase, what_does_not_fit_is_cut_in_the_same_place);
	tcase_add_test(tcase, a_number_is_cut_like_text);
	tcase_add_test(tcase, a_member_follows_a_comma_but_the_first);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
