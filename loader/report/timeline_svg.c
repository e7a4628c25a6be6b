/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "loader/report/html.h"
#include "loader/report/timeline.h"

#define BINS	      430 /* two units each */
#define LABELS	      130 /* units; the plot is beside them */
#define PLOT	      860
#define WIDTH	      (LABELS + PLOT + 26)
#define HEAD	      26
#define LANE	      24
#define BAR	      16
#define TICKS	      8 /* at most */
#define PROGRAM_SHOWN 11
#define LEAST	      1.0 /* so that what took no time is seen */

static double x_of(const struct fx_timeline *t, const struct fx_lane *l, int64_t us)
{
	double length = t->length_us > 0 ? (double)t->length_us : 1;

	return LABELS + (double)(us - t->run_us[l->run]) / length * PLOT;
}

/* The least of 1, 2 and 5 times a power of ten that makes no more ticks than that. */
static int64_t step_of(int64_t length)
{
	static const int64_t factors[] = {1, 2, 5};

	for (int64_t power = 1; power <= length; power *= 10) {
		for (size_t i = 0; i < sizeof(factors) / sizeof(factors[0]); i++) {
			if (length / (factors[i] * power) < TICKS)
				return factors[i] * power;
		}
	}
	return length > 0 ? length : 1;
}

static void put_axis(const struct fx_timeline *t, int height, FILE *out)
{
	int64_t step = step_of(t->length_us);
	double length = t->length_us > 0 ? (double)t->length_us : 1;
	const char *unit = step < 1000 ? "&#181;s" : step < 1000000 ? "ms" : "s";
	double of_unit = step < 1000 ? 1 : step < 1000000 ? 1e3 : 1e6;

	fputs("<g class=\"axis\">\n", out);
	for (int64_t at = 0; at <= t->length_us; at += step) {
		double x = LABELS + (double)at / length * PLOT;

		fprintf(out, "<path d=\"M%.1f %d V%d\"/><text x=\"%.1f\" y=\"%d\">", x, HEAD - 6,
			height, x, HEAD - 12);
		if (at == 0)
			fputs("0", out);
		else
			fprintf(out, "%.15g&#8239;%s", (double)at / of_unit, unit);
		fputs("</text>\n", out);
	}
	fputs("</g>\n", out);
}

static bool is_call(const struct fx_event *e)
{
	return e->kind == FX_EVENT_CALL || e->kind == FX_EVENT_FUTEX;
}

static void put_title(const struct fx_event *e, FILE *out)
{
	fputs("<title>", out);
	fx_html_text(out, e->title ? e->title : "");
	if (is_call(e) || e->kind == FX_EVENT_OPEN) {
		fputs(", ", out);
		fx_html_time(out, e->took_us);
	}
	fputs("</title>", out);
}

static void put_bar(const struct fx_timeline *t, const struct fx_lane *l, const struct fx_event *e,
		    double y, FILE *out)
{
	double x = x_of(t, l, e->begin_us), end = x_of(t, l, e->begin_us + e->took_us);

	fprintf(out, "<rect class=\"%s\" x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" height=\"%d\">",
		e->kind == FX_EVENT_OPEN    ? "o"
		: e->kind == FX_EVENT_FUTEX ? "f"
					    : "c",
		x, y, end - x > LEAST ? end - x : LEAST, BAR);
	put_title(e, out);
	fputs("</rect>\n", out);
}

/* How much of each bin was spent in calls; a bar of no length still counts a little. */
static void fill(const struct fx_timeline *t, const struct fx_lane *l, const struct fx_event *e,
		 double bin[BINS])
{
	double from = (x_of(t, l, e->begin_us) - LABELS) / PLOT * BINS;
	double to = (x_of(t, l, e->begin_us + e->took_us) - LABELS) / PLOT * BINS;

	if (to - from < 0.02)
		to = from + 0.02;
	for (int i = (int)from; i < BINS && i < to; i++) {
		double begin = from > i ? from : i, end = to < i + 1 ? to : i + 1;

		bin[i] += end - begin;
	}
}

/* Heights in whole units; equal ones that touch are one bar. */
static void put_bars(const int height[BINS], const int above[BINS], const char *class, int y,
		     FILE *out)
{
	bool any = false;

	for (int i = 0, end; i < BINS; i = end) {
		for (end = i + 1; end < BINS && height[end] == height[i] && above[end] == above[i];
		     end++)
			;
		if (!height[i])
			continue;
		if (!any)
			fprintf(out, "<path class=\"%s\" d=\"", class);
		any = true;
		fprintf(out, "M%d %dh%dv-%dh-%dz", LABELS + i * PLOT / BINS, y + BAR - above[i],
			(end - i) * PLOT / BINS, height[i], (end - i) * PLOT / BINS);
	}
	if (any)
		fputs("\"/>\n", out);
}

static int units(double share)
{
	int n = (int)(share * BAR + 0.5);

	if (share > 0 && n < 1)
		n = 1;
	return n < BAR ? n : BAR;
}

static void put_binned(const struct fx_timeline *t, const struct fx_lane *l, int y, FILE *out)
{
	static const int zero[BINS];
	double futex[BINS] = {0}, call[BINS] = {0};
	int futex_height[BINS], call_height[BINS];

	for (size_t i = l->first; i < l->first + l->events; i++) {
		if (is_call(&t->event[i]))
			fill(t, l, &t->event[i], t->event[i].kind == FX_EVENT_FUTEX ? futex : call);
	}
	for (int i = 0; i < BINS; i++) {
		futex_height[i] = units(futex[i]);
		call_height[i] = units(call[i]);
		if (futex_height[i] + call_height[i] > BAR)
			futex_height[i] = BAR - call_height[i];
	}
	put_bars(futex_height, zero, "f", y, out);
	put_bars(call_height, futex_height, "c", y, out);
}

/* Those that fall on the same place as the one before are not seen. */
static void put_marks(const struct fx_timeline *t, const struct fx_lane *l, int y, FILE *out)
{
	int last[2] = {-1, -1};

	for (size_t i = l->first; i < l->first + l->events; i++) {
		const struct fx_event *e = &t->event[i];
		int missed = e->kind == FX_EVENT_MISSED, x = (int)x_of(t, l, e->begin_us);

		if (is_call(e) || e->kind == FX_EVENT_OPEN || (t->calls && !missed) ||
		    x == last[missed])
			continue;
		last[missed] = x;
		fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"2\" height=\"%d\">",
			missed ? "x" : "m", x, missed ? y - 3 : y, missed ? BAR + 6 : BAR);
		put_title(e, out);
		fputs("</rect>\n", out);
	}
}

static void put_label(const struct fx_lane *l, int y, FILE *out)
{
	const char *slash = l->program ? strrchr(l->program, '/') : NULL;

	fprintf(out, "<text x=\"%d\" y=\"%d\">", LABELS - 8, y + BAR - 3);
	if (l->program) {
		fputs("<tspan class=\"p\">", out);
		fx_html_text_cut(out, slash ? slash + 1 : l->program, PROGRAM_SHOWN);
		fputs("</tspan> ", out);
	}
	fprintf(out, "%" PRId64 "</text>\n", l->tid);
}

static void put_lane(const struct fx_timeline *t, const struct fx_lane *l, int y, FILE *out)
{
	fprintf(out, "<g class=\"lane\" data-pid=\"%" PRId64 "\" data-tid=\"%" PRId64 "\">\n",
		l->pid, l->tid);
	put_label(l, y, out);
	fprintf(out, "<path class=\"b\" d=\"M%.1f %d H%.1f\"/>\n", x_of(t, l, l->begin_us), y + BAR,
		x_of(t, l, l->end_us));
	if (t->calls > FX_EVENTS_DRAWN) {
		put_binned(t, l, y, out);
	} else {
		for (size_t i = l->first; i < l->first + l->events; i++) {
			if (is_call(&t->event[i]))
				put_bar(t, l, &t->event[i], y, out);
		}
	}
	put_marks(t, l, y, out);
	for (size_t i = l->first; i < l->first + l->events && l->open; i++) {
		if (t->event[i].kind == FX_EVENT_OPEN)
			put_bar(t, l, &t->event[i], y, out);
	}
	fputs("</g>\n", out);
}

static size_t lane_of(const struct fx_timeline *t, const struct fx_wake *w, int64_t tid)
{
	for (size_t i = 0; i < t->shown; i++) {
		if (t->lane[i].run == w->run && t->lane[i].pid == w->pid && t->lane[i].tid == tid)
			return i;
	}
	return t->shown;
}

/* From the bar of the wake to where the wait ends. */
static void put_wake(const struct fx_timeline *t, const struct fx_wake *w, FILE *out)
{
	const size_t from = lane_of(t, w, w->by_tid), to = lane_of(t, w, w->tid);
	double x1, x2;
	int y1, y2, tip;

	if (from == t->shown || to == t->shown || from == to)
		return;
	tip = to > from ? 5 : -5;
	x1 = x_of(t, &t->lane[from], w->at_us);
	x2 = x_of(t, &t->lane[to], w->end_us);
	y1 = HEAD + (int)from * LANE + 4 + (to > from ? BAR : 0);
	y2 = HEAD + (int)to * LANE + 4 + (to > from ? 0 : BAR);
	fprintf(out,
		"<g class=\"wake\"><path d=\"M%.2f %dL%.2f %d\"/>"
		"<path class=\"tip\" d=\"M%.2f %dl-3 %dh6z\"/><title>thread %" PRId64
		" wakes thread %" PRId64 "</title></g>\n",
		x1, y1, x2, y2 - tip, x2, y2, -tip, w->by_tid, w->tid);
}

static void put_legend(const struct fx_timeline *t, FILE *out)
{
	fputs("<ul class=\"legend\">", out);
	if (t->calls)
		fputs("<li><i class=\"f\"></i>in a futex call</li>"
		      "<li><i class=\"c\"></i>in another call</li>",
		      out);
	else
		fputs("<li><i class=\"m\"></i>a record of the log</li>", out);
	if (t->open)
		fputs("<li><i class=\"o\"></i>in a call that never ended</li>", out);
	fputs("<li><i class=\"x\"></i>not supported, denied or refused</li></ul>\n", out);
}

void fx_timeline_svg(const struct fx_timeline *t, FILE *out)
{
	int height = HEAD + (int)t->shown * LANE + 4;

	put_legend(t, out);
	fprintf(out,
		"<div class=\"wide\" role=\"region\" aria-labelledby=\"timeline\" tabindex=\"0\">\n"
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"svg-title svg-desc\">\n"
		"<title id=\"svg-title\">System calls of each thread over time</title>\n"
		"<desc id=\"svg-desc\">%zu threads, one below the other; time runs to the right, ",
		WIDTH, height, t->shown);
	fx_html_time(out, t->length_us);
	fputs(" in all. The table below has the figures.</desc>\n", out);
	put_axis(t, height, out);
	for (size_t i = 0; i < t->shown; i++)
		put_lane(t, &t->lane[i], HEAD + (int)i * LANE + 4, out);
	for (size_t i = 0; i < t->wakes && t->calls <= FX_EVENTS_DRAWN; i++)
		put_wake(t, &t->wake[i], out);
	fputs("</svg></div>\n", out);
}
