/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/output.h"
#include "loader/test/result.h"

/* Text of XML 1.0: of the control characters it has three. Bytes that are no ASCII go as they are.
 */
static void put_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if (c == '<')
			fputs("&lt;", out);
		else if (c == '>')
			fputs("&gt;", out);
		else if (c == '&')
			fputs("&amp;", out);
		else if (c == '"')
			fputs("&quot;", out);
		else if (c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f))
			fputc(c, out);
		else
			fputc('?', out);
	}
}

static void put_group(FILE *out, const struct fx_group *g)
{
	char name[40];

	fx_verdict_text(&g->verdict, name, sizeof(name));
	fprintf(out, "    <testcase name=\"%s, seed %" PRIu64 "\" classname=\"fxbox\">\n", name,
		g->seeds_count ? g->seeds[0] : 0);
	fprintf(out, "      <failure type=\"%s\" message=\"", fx_verdict_word(g->verdict.kind));
	put_text(out, *g->what ? g->what : name);
	fprintf(out, "\">%" PRIu64 " times", g->count);
	if (g->replay) {
		fputs("\nfxbox test --replay ", out);
		put_text(out, g->replay);
	}
	fputs("</failure>\n", out);
	if (g->output && *g->output) {
		fputs("      <system-out>", out);
		put_text(out, g->output);
		fputs("</system-out>\n", out);
	}
	fputs("    </testcase>\n", out);
}

static void put_all(FILE *out, const struct fx_result *r)
{
	const double seconds = (double)r->took_us / 1e6;
	const size_t kinds = r->groups.count;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	fprintf(out, "<testsuites tests=\"%zu\" failures=\"%zu\" time=\"%.3f\">\n",
		kinds ? kinds : 1, kinds, seconds);
	fputs("  <testsuite name=\"", out);
	put_text(out, r->program[0]);
	fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.3f\">\n",
		kinds ? kinds : 1, kinds, seconds);
	if (kinds == 0)
		fprintf(out,
			"    <testcase name=\"%" PRIu64 " schedules\" classname=\"fxbox\" "
			"time=\"%.3f\"/>\n",
			r->done, seconds);
	for (size_t i = 0; i < kinds; i++)
		put_group(out, &r->groups.group[i]);
	fputs("  </testsuite>\n</testsuites>\n", out);
}

int fx_junit_write(const struct fx_result *r, const char *path)
{
	const int fd = fx_output_open(path, O_TRUNC | O_CLOEXEC);
	FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
	int error;

	if (!out) {
		error = errno;
		if (fd >= 0)
			close(fd);
		errno = error;
		return -1;
	}
	put_all(out, r);
	return fclose(out) == 0 ? 0 : -1;
}
