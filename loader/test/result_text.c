/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "loader/test/result.h"
#include "loader/test/words.h"

#define LINES_OF_OUTPUT 6

/* 1,234,567 */
static const char *with_commas(uint64_t n, char out[static 32])
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, n), to = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			out[to++] = ',';
		out[to++] = digits[i];
	}
	out[to] = '\0';
	return out;
}

/* Lines from the end, without what a terminal would act upon. */
static void print_output(const char *output, FILE *out)
{
	size_t length = strlen(output), begin;
	int lines = 0;

	while (length > 0 && isspace((unsigned char)output[length - 1]))
		length--;
	for (begin = length; begin > 0; begin--) {
		if (output[begin - 1] == '\n' && ++lines == LINES_OF_OUTPUT)
			break;
	}
	if (begin == length)
		return;
	fputs("      | ", out);
	for (size_t i = begin; i < length; i++) {
		const unsigned char c = (unsigned char)output[i];

		if (c == '\n')
			fputs("\n      | ", out);
		else
			fputc((c < ' ' && c != '\t') || c == 0x7f ? '?' : c, out);
	}
	fputc('\n', out);
}

void fx_print_indented(const char *what, const char *indent, FILE *out)
{
	for (; *what; what++) {
		fputc(*what, out);
		if (*what == '\n')
			fputs(indent, out);
	}
	fputc('\n', out);
}

static void print_replay(const struct fx_group *g, FILE *out)
{
	if (!g->replay)
		return;
	fprintf(out, "      fxbox test --replay %s\n", g->replay);
	if (g->again == FX_AGAIN_PASSES)
		fputs("      (its schedule was tried again and passed: a seed does not decide all of "
		      "it)\n",
		      out);
	if (g->again == FX_AGAIN_SAME_KIND)
		fputs("      (tried again it failed likewise, by another schedule)\n", out);
}

static void print_group(const struct fx_group *g, FILE *out)
{
	char name[40], count[32];
	const bool named = g->verdict.kind == FX_VERDICT_CRASH && *g->what;

	fx_verdict_text(&g->verdict, name, sizeof(name));
	fprintf(out, "\n  %s %sx", named ? "crash" : name, with_commas(g->count, count));
	if (g->seeds_count && g->seeds[0])
		fprintf(out, ", first seed %" PRIu64, g->seeds[0]);
	fputs(*g->what ? ": " : "", out);
	fx_print_indented(g->what, "      ", out);
	if (g->output)
		print_output(g->output, out);
	if (*g->refused) {
		fputs("      what fxbox did not let it do, which may be why:\n        ", out);
		fx_print_indented(g->refused, "        ", out);
	}
	print_replay(g, out);
}

static void print_unforeseen(const struct fx_result *r, FILE *out)
{
	bool any = r->unsteady;

	if (r->unsteady)
		fputs("\nA seed does not decide all of a run: two runs of the plain schedule "
		      "differed.\n",
		      out);
	for (uint32_t bit = 1; bit; bit <<= 1) {
		const char *word = r->unforeseen & bit ? fx_unforeseen_word(bit) : NULL;

		if (!word)
			continue;
		if (!any)
			fputs("\nA seed does not decide all of a run:\n", out);
		any = true;
		fprintf(out, "  %s\n", word);
	}
}

static void print_how(const struct fx_result *r, FILE *out)
{
	char events[32];

	fprintf(out, "  some %s events and %" PRIu64 " threads each; points: %s; ",
		with_commas(r->events, events), r->threads, fx_points_word(r->points));
	if (r->strategy == FX_STRATEGY_WALK)
		fputs("random walks\n", out);
	else if (r->strategy == FX_STRATEGY_PCT)
		fprintf(out, "PCT of depth %u\n", r->depth);
	else
		fprintf(out, "two random walks to one PCT of depth %u\n", r->depth);
}

static void print_locks(const struct fx_result *r, FILE *out)
{
	char looked[32], left[32];

	if (!r->lock_order || r->plain_failed || r->alone)
		return;
	fprintf(out, "  orders of locks looked at in %s of the runs",
		r->locks_looked ? with_commas(r->locks_looked, looked) : "none");
	if (r->locks_left)
		fprintf(out, "; %s had too much to be looked through",
			with_commas(r->locks_left, left));
	fputc('\n', out);
}

/* The first line: what was done, and how it went. */
static void print_head(const struct fx_result *r, FILE *out)
{
	const double seconds = (double)r->took_us / 1e6;
	char done[32], failed[32];

	if (r->plain_failed) {
		fputs("the program fails already by the plain schedule, where a thread goes on "
		      "until it sleeps; no seed was tried\n",
		      out);
		return;
	}
	if (r->alone) {
		fputs("passed; it has one thread, so there is nothing to schedule\n", out);
		return;
	}
	fprintf(out, "%s seed%s", with_commas(r->done, done), r->done == 1 ? "" : "s");
	if (r->shards > 1)
		fprintf(out, " (shard %u of %u)", r->shard, r->shards);
	fprintf(out, ", %.1f s, %.0f/s: ", seconds, seconds > 0 ? (double)r->done / seconds : 0.0);
	if (r->failed)
		fprintf(out, "%s failed", with_commas(r->failed, failed));
	else
		fputs("none failed", out);
	fprintf(out, "%s\n", r->interrupted ? " (interrupted)" : "");
}

void fx_result_print(const struct fx_result *r, FILE *out)
{
	char number[32];

	print_head(r, out);
	if (!r->plain_failed && !r->alone)
		print_how(r, out);
	print_locks(r, out);
	for (size_t i = 0; i < r->groups.count; i++)
		print_group(&r->groups.group[i], out);
	if (r->unsorted)
		fprintf(out, "\n  and %s more, of further kinds\n",
			with_commas(r->unsorted, number));
	print_unforeseen(r, out);
}
