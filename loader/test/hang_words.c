/* SPDX-License-Identifier: MIT */
#include "loader/test/hang_words.h"

#include <ctype.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/test/fnv.h"

#define MARK	  "\"type\":\"hang\""
#define SENTENCES 64
#define FRAMES	  3 /* of a crash, that make it another */

/* What one thread does: for a person, and without what differs from run to run. */
struct sentence {
	char text[256];
	char key[256];
};

struct words {
	struct sentence sentence[SENTENCES];
	size_t count;
};

static struct json_object *member(struct json_object *o, const char *name, enum json_type type)
{
	struct json_object *value;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, name, &value) || !json_object_is_type(value, type))
		return NULL;
	return value;
}

static const char *string(struct json_object *o, const char *name)
{
	struct json_object *value = member(o, name, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

static int64_t integer(struct json_object *o, const char *name)
{
	struct json_object *value = member(o, name, json_type_int);

	return value ? json_object_get_int64(value) : 0;
}

static size_t length(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

static struct json_object *thread_of(struct json_object *hang, int64_t tid)
{
	struct json_object *threads = member(hang, "threads", json_type_array);

	for (size_t i = 0; i < length(threads); i++) {
		struct json_object *thread = json_object_array_get_idx(threads, i);

		if (integer(thread, "tid") == tid)
			return thread;
	}
	return NULL;
}

/* The n-th frame of the program's own, or, where it has none, of any. */
static struct json_object *frame_of(struct json_object *thread, size_t n)
{
	struct json_object *frames = member(thread, "frames", json_type_array);
	size_t own = 0;

	for (size_t i = 0; i < length(frames); i++) {
		struct json_object *frame = json_object_array_get_idx(frames, i);

		if (member(frame, "own", json_type_boolean) && own++ == n)
			return frame;
	}
	return own || n >= length(frames) ? NULL : json_object_array_get_idx(frames, n);
}

/* "transfer (bank.c:30)", or as much of it as is known. */
static void put_frame(struct json_object *frame, char *out, size_t size)
{
	const char *function = string(frame, "function"), *file = string(frame, "file");
	const char *slash = file ? strrchr(file, '/') : NULL;

	if (file && integer(frame, "line") > 0)
		snprintf(out, size, "%.60s (%.28s:%" PRId64 ")", function ? function : "?",
			 slash ? slash + 1 : file, integer(frame, "line"));
	else
		snprintf(out, size, "%s", function ? function : "?");
}

/*
 * A thread's name, if it has one of its own; else "main", or which it is by the order of their
 * numbers. For the key, in which numbers say nothing, without that.
 */
static void put_name(struct json_object *hang, struct json_object *thread, bool counted, char *out,
		     size_t size)
{
	struct json_object *threads = member(hang, "threads", json_type_array);
	const int64_t main_tid = integer(member(hang, "process", json_type_object), "pid");
	const int64_t tid = integer(thread, "tid");
	const char *name = string(thread, "name"), *others;
	unsigned before = 0;

	others = string(thread_of(hang, main_tid), "name");
	if (tid == main_tid) {
		snprintf(out, size, "main");
		return;
	}
	if (name && (!others || strcmp(name, others) != 0)) {
		snprintf(out, size, "%.40s", name);
		return;
	}
	for (size_t i = 0; i < length(threads); i++)
		before += integer(json_object_array_get_idx(threads, i), "tid") < tid;
	if (counted)
		snprintf(out, size, "thread %u", before);
	else
		snprintf(out, size, "a thread");
}

/* Numbers of threads become their names. */
static void put_text(struct json_object *hang, const char *text, bool counted, char *out,
		     size_t size)
{
	static const char before[] = "thread ";
	size_t used = 0;

	while (*text && used + 1 < size) {
		struct json_object *thread = NULL;
		char *end = NULL;

		if (strncmp(text, before, sizeof(before) - 1) == 0 &&
		    isdigit((unsigned char)text[sizeof(before) - 1]))
			thread = thread_of(hang, strtoll(text + sizeof(before) - 1, &end, 10));
		if (thread) {
			put_name(hang, thread, counted, out + used, size - used);
			used += strlen(out + used);
			text = end;
		} else {
			out[used++] = *text++;
		}
	}
	out[used] = '\0';
}

/* Without addresses and long numbers. */
static void plain(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		size_t run = 0;

		if (from[0] == '0' && from[1] == 'x')
			run = 2 + strspn(from + 2, "0123456789abcdef");
		else if (strspn(from, "0123456789") >= 4)
			run = strspn(from, "0123456789");
		*to++ = run ? '#' : *from;
		from += run ? run : 1;
	}
	*to = '\0';
}

static void put_thread(struct json_object *hang, struct json_object *thread, struct words *w)
{
	struct json_object *wait = member(thread, "wait", json_type_object);
	struct json_object *frame = frame_of(thread, 0);
	const char *does = string(wait, "text"), *function = string(frame, "function"), *call;
	struct sentence s;
	char name[48], text[128], at[100];

	call = string(member(thread, "call", json_type_object), "name");
	if (!does)
		does = call;
	put_name(hang, thread, true, name, sizeof(name));
	put_text(hang, does ? does : "nothing", true, text, sizeof(text));
	put_frame(frame, at, sizeof(at));
	snprintf(s.text, sizeof(s.text), "%.40s %s %.90s%s%s", name,
		 wait	? "waits for"
		 : call ? "is in"
			: "runs",
		 wait || call ? text : "", frame ? " in " : "", frame ? at : "");
	put_text(hang, does ? does : "nothing", false, text, sizeof(text));
	snprintf(s.key, sizeof(s.key), "%.120s|%.120s", text, function ? function : "?");
	plain(s.key);
	for (size_t i = 0; i < w->count; i++) {
		if (strcmp(w->sentence[i].key, s.key) == 0)
			return;
	}
	if (w->count < SENTENCES)
		w->sentence[w->count++] = s;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct sentence *)a)->key, ((const struct sentence *)b)->key);
}

/* The threads of the first finding, if that names those who cannot go on; or all that wait. */
static const char *gather(struct json_object *hang, struct words *w)
{
	struct json_object *findings = member(hang, "findings", json_type_array);
	struct json_object *finding =
		length(findings) ? json_object_array_get_idx(findings, 0) : NULL;
	struct json_object *tids = member(finding, "threads", json_type_array);
	struct json_object *threads = member(hang, "threads", json_type_array);
	const char *kind = string(finding, "what"), *title = string(finding, "title");

	const bool named = kind && strcmp(kind, "chain") != 0 && strcmp(kind, "nobody") != 0;

	for (size_t i = 0; named && i < length(tids); i++) {
		struct json_object *tid = json_object_array_get_idx(tids, i);

		put_thread(hang, thread_of(hang, json_object_get_int64(tid)), w);
	}
	for (size_t i = 0; !named && i < length(threads); i++)
		put_thread(hang, json_object_array_get_idx(threads, i), w);
	return title ? title : "for ever";
}

static uint64_t put_hang(struct json_object *hang, char what[static FX_HANG_WORDS])
{
	struct words *w = calloc(1, sizeof(*w));
	uint64_t key = FX_FNV_BEGIN;
	const char *title;
	int used;

	if (!w)
		return 0;
	title = gather(hang, w);
	qsort(w->sentence, w->count, sizeof(w->sentence[0]), by_key);
	used = snprintf(what, FX_HANG_WORDS, "%.60s", title);
	key = fx_fnv(key, title, strlen(title));
	for (size_t i = 0; i < w->count; i++) {
		key = fx_fnv(key, w->sentence[i].key, strlen(w->sentence[i].key) + 1);
		if (used < FX_HANG_WORDS)
			used += snprintf(what + used, FX_HANG_WORDS - (size_t)used, "%s%s",
					 i ? "; " : ": ", w->sentence[i].text);
	}
	free(w);
	return key;
}

/* A function by which a program ends itself: who called it is what matters. */
static bool is_way_to_abort(const char *function)
{
	static const char *const names[] = {"__pthread_kill", "pthread_kill", "raise",
					    "gsignal",	      "abort",	      "__assert_fail",
					    "__restore_sigs", "tkill",	      "__GI_"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const size_t length = strlen(names[i]);

		if (strncmp(function, names[i], length) == 0 &&
		    (names[i][0] == '_' || strchr("@.", function[length])))
			return true;
	}
	return false;
}

/* Whose crash it is comes first. */
static uint64_t put_crash(struct json_object *hang, char what[static FX_HANG_WORDS])
{
	struct json_object *threads = member(hang, "threads", json_type_array);
	struct json_object *thread = length(threads) ? json_object_array_get_idx(threads, 0) : NULL;
	const char *signal = string(member(hang, "process", json_type_object), "signal");
	uint64_t key = FX_FNV_BEGIN;
	int used = snprintf(what, FX_HANG_WORDS, "%s", signal ? signal : "a signal");

	key = fx_fnv(key, what, strlen(what));
	for (size_t i = 0, n = 0; i < FRAMES; n++) {
		struct json_object *frame = frame_of(thread, n);
		const char *function = string(frame, "function");
		char at[110];

		if (!frame)
			break;
		if (i == 0 && function && is_way_to_abort(function))
			continue;
		put_frame(frame, at, sizeof(at));
		used += snprintf(what + used, FX_HANG_WORDS - (size_t)used, "%s %s",
				 i ? ", called by" : " in", at);
		i++;
		key = fx_fnv(key, function ? function : "?", function ? strlen(function) : 1);
	}
	return key;
}

/* The last line with the mark, as an object to put. */
static struct json_object *last_hang(const char *log)
{
	const char *found = NULL, *next = log, *begin, *end;
	struct json_tokener *tokener;
	struct json_object *hang;

	while ((next = strstr(next, MARK))) {
		found = next;
		next += sizeof(MARK) - 1;
	}
	if (!found)
		return NULL;
	for (begin = found; begin > log && begin[-1] != '\n'; begin--)
		;
	end = strchrnul(found, '\n');
	tokener = json_tokener_new();
	hang = json_tokener_parse_ex(tokener, begin, (int)(end - begin));
	json_tokener_free(tokener);
	return hang;
}

bool fx_hang_words(const char *log, char what[static FX_HANG_WORDS], uint64_t *key)
{
	struct json_object *hang = last_hang(log);
	const char *reason = string(hang, "reason");

	*key = !reason			      ? 0
	       : strcmp(reason, "crash") == 0 ? put_crash(hang, what)
					      : put_hang(hang, what);
	json_object_put(hang);
	for (char *c = what; *key && *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	return *key != 0;
}
