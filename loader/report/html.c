/* SPDX-License-Identifier: MIT */
#include "loader/report/html.h"

#include <inttypes.h>
#include <string.h>

/* What is not printable ASCII is shown as '?', as on a terminal: it could turn text around. */
static void put_char(FILE *out, unsigned char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		fputc(c < ' ' || c >= 0x7f ? '?' : c, out);
	}
}

void fx_html_text_cut(FILE *out, const char *s, size_t most)
{
	for (size_t i = 0; s[i]; i++) {
		if (i == most) {
			fputs("...", out);
			return;
		}
		put_char(out, (unsigned char)s[i]);
	}
}

void fx_html_text(FILE *out, const char *s)
{
	fx_html_text_cut(out, s, SIZE_MAX);
}

void fx_html_time(FILE *out, int64_t us)
{
	if (us < 1000)
		fprintf(out, "%" PRId64 "&nbsp;&#181;s", us);
	else if (us < 1000000)
		fprintf(out, "%" PRId64 ".%02" PRId64 "&nbsp;ms", us / 1000, us % 1000 / 10);
	else
		fprintf(out, "%" PRId64 ".%02" PRId64 "&nbsp;s", us / 1000000,
			us % 1000000 / 10000);
}

void fx_html_count(FILE *out, uint64_t n)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < length; i++) {
		if (i > 0 && length > 4 && (length - i) % 3 == 0)
			fputs("&#8239;", out);
		fputc(digits[i], out);
	}
}

void fx_html_th(FILE *out, const char *title, int figures)
{
	fprintf(out, "<th scope=\"col\"%s>%s</th>", figures ? " class=\"n\"" : "", title);
}

void fx_html_td_count(FILE *out, uint64_t n, const char *after)
{
	fputs("<td class=\"n\">", out);
	if (n)
		fx_html_count(out, n);
	fprintf(out, "%s</td>", n ? after : "&ndash;");
}

void fx_html_td_time(FILE *out, int64_t us)
{
	fputs("<td class=\"n\">", out);
	fx_html_time(out, us);
	fputs("</td>", out);
}

void fx_html_td_text(FILE *out, const char *s)
{
	fputs("<td>", out);
	fx_html_text(out, s);
	fputs("</td>", out);
}
