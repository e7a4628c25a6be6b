/* SPDX-License-Identifier: MIT */
#include "loader/report/audit_diff.h"

#include <json-c/json.h>
#include <string.h>

#include "loader/report/audit_summary.h"
#include "loader/report/hang_read.h"
#include "loader/report/log_read.h"
#include "loader/report/symbol.h"

static void put_text(FILE *out, char sign, const struct fx_log_entry *e)
{
	char symbol[300];

	fprintf(out, "%c %s ", sign, fx_log_kind_names[e->kind]);
	fx_audit_put_name(out, e);
	fputs(" at ", out);
	fx_audit_put_clean(out, e->site ? e->site : "?");
	if (fx_symbol_of_site(e->site, symbol, sizeof(symbol))) {
		fputs(" (", out);
		fx_audit_put_clean(out, symbol);
		fputc(')', out);
	}
	fputc('\n', out);
}

/*
 * One difference, one line: no call that is told as not supported, and no sub-operation of a
 * call that is new itself. Which futex operations there are hangs on which thread came first.
 */
static bool told_otherwise(const struct fx_log *a, const struct fx_log *b,
			   const struct fx_log_entry *e)
{
	if (e->kind != FX_LOG_USED)
		return false;
	if (!e->what)
		return fx_log_find_call(a, FX_LOG_UNSUPPORTED, e->name);
	return strcmp(e->name, "futex") == 0 || !fx_log_find_call(b, FX_LOG_USED, e->name);
}

/* Those of a that b does not have. */
static bool one_side(const struct fx_log *a, const struct fx_log *b, char sign,
		     struct json_object *list, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < a->entries; i++) {
		const struct fx_log_entry *e = &a->entry[i];
		struct json_object *o;

		if (fx_log_find(b, e) || told_otherwise(a, b, e))
			continue;
		any = true;
		if (!list) {
			put_text(out, sign, e);
			continue;
		}
		o = fx_audit_entry_json(e);
		json_object_object_add(o, "kind",
				       json_object_new_string(fx_log_kind_names[e->kind]));
		json_object_array_add(list, o);
	}
	return any;
}

/* Whether a process stood, in one log and in none of the other: who and where is by chance. */
static bool hangs(const struct fx_log *a, const struct fx_log *b, char sign,
		  struct json_object *list, FILE *out)
{
	struct json_object *o;

	if (!a->hangs || b->hangs)
		return false;
	if (!list) {
		fprintf(out, "%c hang ", sign);
		fx_audit_put_clean(out, fx_hang_head(a->hang[0]));
		fputc('\n', out);
		return true;
	}
	o = json_object_new_object();
	json_object_object_add(o, "kind", json_object_new_string("hang"));
	json_object_object_add(o, "head", json_object_new_string(fx_hang_head(a->hang[0])));
	json_object_array_add(list, o);
	return true;
}

bool fx_audit_diff(const struct fx_log *a, const struct fx_log *b, bool json, FILE *out)
{
	struct json_object *only_a = json ? json_object_new_array() : NULL;
	struct json_object *only_b = json ? json_object_new_array() : NULL;
	bool minus = one_side(a, b, '-', only_a, out), plus = one_side(b, a, '+', only_b, out);

	minus |= hangs(a, b, '-', only_a, out);
	plus |= hangs(b, a, '+', only_b, out);
	if (json) {
		struct json_object *o = json_object_new_object();

		json_object_object_add(o, "only_in_first", only_a);
		json_object_object_add(o, "only_in_second", only_b);
		fprintf(out, "%s\n",
			json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(o);
	}
	return minus || plus;
}
