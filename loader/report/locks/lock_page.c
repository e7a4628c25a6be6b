/* SPDX-License-Identifier: MIT */
#include "loader/report/locks/lock_page.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "loader/report/html.h"
#include "loader/report/locks/lock_uses.h"

#define LOCKS_SHOWN 100
#define PATHS_SHOWN 5
#define NAME_SHOWN  200

struct page {
	const struct fx_locks *l;
	struct fx_lock_use *waited, *let_go;
	size_t waiteds, let_gos;
	FILE *out;
};

static void put_path(const struct fx_lock_path *path, FILE *out)
{
	fputs("<ol>\n", out);
	for (size_t i = 0; i < path->frames; i++) {
		const struct fx_lock_frame *f = &path->frame[i];

		fputs("<li><code>", out);
		fx_html_text_cut(out, f->name, NAME_SHOWN);
		fputs("</code>", out);
		if (f->where) {
			fputs(" ", out);
			fx_html_text_cut(out, f->where, NAME_SHOWN);
		}
		fputs(f->guessed ? " (found by a search of the stack)</li>\n" : "</li>\n", out);
	}
	fputs("</ol>\n", out);
}

static void put_use(const struct fx_lock_use *u, const char *not_told, FILE *out)
{
	fputs("<div class=\"stack\"><p>", out);
	fx_html_time(out, u->us);
	fputs(" in ", out);
	fx_html_count(out, u->waits);
	fprintf(out, " %s%s%s</p>\n", u->waits == 1 ? "wait" : "waits", u->path ? "" : ": ",
		u->path ? "" : not_told);
	if (u->path)
		put_path(u->path, out);
	fputs("</div>\n", out);
}

static void put_uses(const struct page *p, const struct fx_lock_use *use, size_t uses, size_t lock,
		     const char *title, const char *not_told)
{
	size_t first = 0, end;

	while (first < uses && use[first].lock < lock)
		first++;
	for (end = first; end < uses && use[end].lock == lock; end++)
		;
	fprintf(p->out, "<h3>%s</h3>\n<div class=\"stacks\">\n", title);
	for (size_t i = first; i < end && i < first + PATHS_SHOWN; i++)
		put_use(&use[i], not_told, p->out);
	fputs("</div>\n", p->out);
	if (end > first + PATHS_SHOWN)
		fprintf(p->out, "<p class=\"gap\">%zu more, with less time, are not shown.</p>\n",
			end - first - PATHS_SHOWN);
}

static void put_lock(const struct page *p, size_t index, bool held)
{
	const struct fx_lock *lock = &p->l->lock[index];
	FILE *out = p->out;

	fputs("<tr><th scope=\"row\"><details><summary><code>", out);
	fx_html_text_cut(out, lock->name, NAME_SHOWN);
	fputs("</code></summary>\n", out);
	put_uses(p, p->waited, p->waiteds, index, "Waited for", "the call path is not told");
	put_uses(p, p->let_go, p->let_gos, index, held ? "Released by" : "Woken by",
		 "who it was, or where, is not told");
	fputs("</details></th>", out);
	fx_html_td_text(out, fx_wait_kind_name(lock->kind));
	fprintf(out, "<td class=\"n\">%" PRId64 "</td>", p->l->log->image[lock->image].pid);
	fx_html_td_time(out, lock->total_us);
	fx_html_td_time(out, lock->longest_us);
	fx_html_td_count(out, lock->waits, "");
	fx_html_td_count(out, lock->failed, "");
	fputs("</tr>\n", out);
}

static void put_table(const struct page *p, bool held, const char *id, const char *title)
{
	static const struct {
		const char *title;
		int figures;
	} columns[] = {{"Kind", 0},	    {"Process", 1}, {"Time waited", 1},
		       {"Longest wait", 1}, {"Waits", 1},   {"Without success", 1}};
	size_t shown = 0, more = 0;

	fprintf(p->out,
		"<div class=\"wide\" role=\"region\" aria-labelledby=\"locks\" tabindex=\"0\">\n"
		"<table id=\"%s\">\n<thead><tr>",
		id);
	fx_html_th(p->out, title, 0);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		fx_html_th(p->out, columns[i].title, columns[i].figures);
	fputs("</tr></thead>\n<tbody>\n", p->out);
	for (size_t i = 0; i < p->l->locks; i++) {
		if (fx_lock_is_held(p->l->lock[i].kind) != held)
			continue;
		if (shown == LOCKS_SHOWN) {
			more++;
			continue;
		}
		put_lock(p, i, held);
		shown++;
	}
	fputs("</tbody></table></div>\n", p->out);
	if (more)
		fprintf(p->out, "<p class=\"gap\">%zu more, with less time, are not shown.</p>\n",
			more);
}

static bool has(const struct fx_locks *l, bool held)
{
	for (size_t i = 0; i < l->locks; i++) {
		if (fx_lock_is_held(l->lock[i].kind) == held)
			return true;
	}
	return false;
}

void fx_lock_page_put(const struct fx_locks *l, FILE *out)
{
	struct page p = {.l = l, .out = out};

	if (!l->locks)
		return;
	p.waited = fx_lock_uses(l, FX_LOCK_WAITED, &p.waiteds);
	p.let_go = fx_lock_uses(l, FX_LOCK_LET_GO, &p.let_gos);
	fputs("<section>\n<h2 id=\"locks\">Locks by time waited</h2>\n"
	      "<p>Waits of more than 20&nbsp;&#181;s. Open a lock to see from where it was waited "
	      "for, and from where whoever had it let go.</p>\n",
	      out);
	if (has(l, true))
		put_table(&p, true, "lock-table", "Lock");
	if (has(l, false)) {
		fputs("<p>What was waited for until it came, which is no contention:</p>\n", out);
		put_table(&p, false, "other-wait-table", "Waited for");
	}
	if (l->log->left_out)
		fprintf(out, "<p class=\"gap\">%" PRIu64 " records could not be read.</p>\n",
			l->log->left_out);
	fputs("</section>\n", out);
	free(p.waited);
	free(p.let_go);
}
