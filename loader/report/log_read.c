/* SPDX-License-Identifier: MIT */
#include "loader/report/log_read.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/exit_status.h"

#define FORMAT_VERSION 1
#define DEPTH	       16 /* of objects in a line; that of `hang` is 8, values included */
#define THREADS_TOLD   8  /* a count record tells no more apart */

const char *const fx_log_kind_names[FX_LOG_KINDS] = {"unsupported", "refused", "denied", "used"};

/* Where a record's repeats are counted: what joins it with count records. */
struct fx_log_point {
	int64_t pid;
	const char *nr_sub_address; /* owned */
	enum fx_log_kind kind;
	size_t entry;
};

struct fx_log_process {
	int64_t pid;
	uint64_t run; /* logs of several runs may have the same pid */
	bool ended;
};

void *fx_log_grow(void *array, size_t count, size_t size)
{
	/* Doubled at powers of two, so that the count alone tells the room. */
	if (count == 0 || (count & (count - 1)) == 0)
		array = reallocarray(array, count ? count * 2 : 1, size);
	if (!array) {
		perror("fxbox");
		exit(FX_EXIT_FAILED);
	}
	memset((char *)array + count * size, 0, size);
	return array;
}

const char *fx_log_string(struct json_object *record, const char *member)
{
	struct json_object *value;

	if (!json_object_object_get_ex(record, member, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

int64_t fx_log_int(struct json_object *record, const char *member, int64_t none)
{
	struct json_object *value;

	if (!json_object_object_get_ex(record, member, &value) ||
	    !json_object_is_type(value, json_type_int))
		return none;
	return json_object_get_int64(value);
}

static void add(uint64_t *sum, int64_t more)
{
	if (more > 0 && __builtin_add_overflow(*sum, (uint64_t)more, sum))
		*sum = UINT64_MAX;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

struct fx_log_entry *fx_log_find(const struct fx_log *log, const struct fx_log_entry *like)
{
	for (size_t i = 0; i < log->entries; i++) {
		struct fx_log_entry *e = &log->entry[i];

		if (e->kind == like->kind && strcmp(e->name, like->name) == 0 &&
		    same(e->what, like->what) && same(e->path, like->path))
			return e;
	}
	return NULL;
}

struct fx_log_entry *fx_log_find_call(const struct fx_log *log, enum fx_log_kind kind,
				      const char *name)
{
	return fx_log_find(log, &(struct fx_log_entry){.kind = kind, .name = name});
}

static void add_thread(struct fx_log_entry *e, int64_t tid)
{
	if (tid < 0)
		return;
	for (size_t i = 0; i < e->tids; i++) {
		if (e->tid[i] == tid)
			return;
	}
	e->tid = fx_log_grow(e->tid, e->tids, sizeof(*e->tid));
	e->tid[e->tids++] = tid;
	if (e->threads < e->tids)
		e->threads = (unsigned)e->tids;
}

static void note_threads(struct fx_log_entry *e, int64_t threads, bool more)
{
	if (threads > e->threads && threads <= INT32_MAX)
		e->threads = (unsigned)threads;
	e->more_threads |= more;
}

static struct fx_log_entry *entry_of(struct fx_log *log, enum fx_log_kind kind,
				     struct json_object *record)
{
	const struct fx_log_entry like = {.kind = kind,
					  .first = record,
					  .name = fx_log_string(record, "name"),
					  .what = fx_log_string(record, "what"),
					  .path = fx_log_string(record, "path"),
					  .site = fx_log_string(record, "site"),
					  .answer = fx_log_string(record, "errno"),
					  .nr = fx_log_int(record, "nr", -1)};
	struct fx_log_entry *e = fx_log_find(log, &like);

	if (e)
		return e;
	log->entry = fx_log_grow(log->entry, log->entries, sizeof(*log->entry));
	e = &log->entry[log->entries++];
	*e = like;
	json_object_get(record);
	return e;
}

static char *point_key(struct json_object *record)
{
	const char *sub = fx_log_string(record, "sub"), *at = fx_log_string(record, "address");
	char *key;

	if (asprintf(&key, "%lld %s %s", (long long)fx_log_int(record, "nr", -1), sub ? sub : "",
		     at ? at : "") < 0)
		abort();
	return key;
}

static bool calls_for(enum fx_log_kind kind, struct json_object *record, int64_t *calls)
{
	/* A merged log says how often; else a record is one call, and a used one none. */
	*calls = fx_log_int(record, "calls", kind == FX_LOG_USED ? 0 : 1);
	return *calls >= 0;
}

static void on_record(struct fx_log *log, enum fx_log_kind kind, struct json_object *record)
{
	int64_t calls, threads = fx_log_int(record, "threads", 0);
	struct fx_log_entry *e;

	if (!fx_log_string(record, "name") || !calls_for(kind, record, &calls))
		return;
	e = entry_of(log, kind, record);
	add(&e->calls, calls);
	if (kind == FX_LOG_USED) {
		log->has_used = true;
	} else {
		add_thread(e, fx_log_int(record, "tid", -1));
		log->point = fx_log_grow(log->point, log->points, sizeof(*log->point));
		log->point[log->points++] =
			(struct fx_log_point){fx_log_int(record, "pid", -1), point_key(record),
					      kind, (size_t)(e - log->entry)};
	}
	note_threads(e, threads, fx_log_int(record, "more_threads", 0) != 0);
}

/*
 * A forked child counts on where its parent stood, without a record of its
 * own: then the latest of another process at the same place is the one.
 */
static struct fx_log_entry *counted_entry(const struct fx_log *log, struct json_object *record)
{
	const char *of = fx_log_string(record, "of");
	int64_t pid = fx_log_int(record, "pid", -1);
	const struct fx_log_point *found = NULL;
	char *key = point_key(record);

	for (size_t i = log->points; i-- > 0;) {
		const struct fx_log_point *p = &log->point[i];

		if ((of && strcmp(of, fx_log_kind_names[p->kind]) != 0) ||
		    strcmp(p->nr_sub_address, key) != 0)
			continue;
		if (!found || p->pid == pid)
			found = p;
		if (p->pid == pid)
			break;
	}
	free(key);
	return found ? &log->entry[found->entry] : NULL;
}

static void on_count(struct fx_log *log, struct json_object *record)
{
	struct fx_log_entry *e = counted_entry(log, record);
	int64_t count = fx_log_int(record, "count", 0), threads = fx_log_int(record, "threads", 0);

	if (!e) {
		/* Its record is lost, or the log is not ours: not silently. */
		add(&log->uncounted, count);
		return;
	}
	add(&e->calls, count - 1);
	note_threads(e, threads, threads >= THREADS_TOLD);
}

/* By the words for the sub-operation, which begin with the name of the call. */
static struct fx_log_entry *find_sub(const struct fx_log *log, const char *what)
{
	for (size_t i = 0; i < log->entries; i++) {
		struct fx_log_entry *e = &log->entry[i];

		if (e->kind == FX_LOG_USED && e->what && strcmp(e->what, what) == 0)
			return e;
	}
	return NULL;
}

/* Counts of what has a used record in the log, for that came first. */
static void on_calls(struct fx_log *log, struct json_object *record)
{
	struct json_object *calls, *subs;

	add(&log->subs_lost, fx_log_int(record, "subs_lost", 0));
	if (json_object_object_get_ex(record, "calls", &calls) &&
	    json_object_is_type(calls, json_type_object)) {
		json_object_object_foreach(calls, name, value)
		{
			struct fx_log_entry *e = fx_log_find_call(log, FX_LOG_USED, name);

			if (json_object_is_type(value, json_type_int))
				add(e ? &e->calls : &log->uncounted, json_object_get_int64(value));
		}
	}
	if (json_object_object_get_ex(record, "subs", &subs) &&
	    json_object_is_type(subs, json_type_object)) {
		json_object_object_foreach(subs, what, value)
		{
			struct fx_log_entry *e = find_sub(log, what);

			if (json_object_is_type(value, json_type_int))
				add(e ? &e->calls : &log->subs_lost, json_object_get_int64(value));
		}
	}
}

/* A call record is one of the calls that `calls` counts: it tells the thread alone. */
static void on_call(struct fx_log *log, struct json_object *record)
{
	const char *name = fx_log_string(record, "name");
	struct fx_log_entry *e = name ? fx_log_find_call(log, FX_LOG_USED, name) : NULL;

	log->has_calls = true;
	if (e)
		add_thread(e, fx_log_int(record, "tid", -1));
}

static void on_program(struct fx_log *log, struct json_object *record)
{
	struct json_object *exe;

	if (!json_object_object_get_ex(record, "exe", &exe) ||
	    !json_object_is_type(exe, json_type_string))
		return;
	for (size_t i = 0; i < log->programs; i++) {
		if (json_object_equal(log->program[i], exe))
			return;
	}
	log->program = fx_log_grow(log->program, log->programs, sizeof(struct json_object *));
	log->program[log->programs++] = json_object_get(exe);
}

static void on_process(struct fx_log *log, struct json_object *record, uint64_t run, bool ended)
{
	int64_t pid = fx_log_int(record, "pid", -1);
	struct fx_log_process *p = NULL;

	for (size_t i = log->process_slots; i-- > 0 && log->process[i].run == run;) {
		if (log->process[i].pid == pid) {
			p = &log->process[i];
			break;
		}
	}
	/* Other threads may still write after the end; a second end is of another process. */
	if (p && p->ended) {
		log->processes += ended;
		return;
	}
	if (!p) {
		log->process = fx_log_grow(log->process, log->process_slots, sizeof(*p));
		p = &log->process[log->process_slots++];
		*p = (struct fx_log_process){.pid = pid, .run = run};
		log->processes++;
		log->unended++;
	}
	if (ended) {
		p->ended = true;
		log->unended--;
		add(&log->uncounted, fx_log_int(record, "uncounted", 0));
	}
}

static void on_merged(struct fx_log *log, struct json_object *record)
{
	add(&log->processes, fx_log_int(record, "processes", 0));
	add(&log->unended, fx_log_int(record, "unended", 0));
	add(&log->uncounted, fx_log_int(record, "uncounted", 0));
	add(&log->cut, fx_log_int(record, "cut", 0));
	add(&log->subs_lost, fx_log_int(record, "subs_lost", 0));
	add(&log->hangs_lost, fx_log_int(record, "hangs_lost", 0));
}

static void on_hang(struct fx_log *log, struct json_object *record)
{
	if (log->hangs < FX_LOG_HANGS)
		log->hang[log->hangs++] = json_object_get(record);
	else
		add(&log->hangs_lost, 1);
}

static void on_missing(struct fx_log *log, struct json_object *record)
{
	const char *path = fx_log_string(record, "path"), *advice = fx_log_string(record, "advice");
	struct fx_log_missing *m = log->missing, *end = m + log->missings;

	if (!path || !advice)
		return;
	while (m < end && strcmp(m->path, path) != 0)
		m++;
	if (m == end) {
		log->missing = fx_log_grow(log->missing, log->missings, sizeof(*m));
		m = &log->missing[log->missings++];
		*m = (struct fx_log_missing){json_object_get(record), path, advice, 0};
	}
	add(&m->count, fx_log_int(record, "count", 0));
}

struct reading {
	struct fx_log *log;
	const char *name;
	unsigned long line;
	uint64_t run;
	bool merged; /* this file is the output of fxbox audit merge */
};

static int refuse_line(const struct reading *r, struct fx_refusal *why, const char *text)
{
	return fx_refuse(why, FX_EXIT_FAILED, r->name, "line %lu: %s", r->line, text);
}

/* Logs of before have no word of it. */
static bool granted(struct json_object *start, const char *member)
{
	struct json_object *value;

	return !json_object_object_get_ex(start, member, &value) || json_object_get_boolean(value);
}

static int take_start(struct reading *r, struct json_object *record, struct fx_refusal *why)
{
	struct json_object *merged;

	if (fx_log_int(record, "version", -1) != FORMAT_VERSION)
		return refuse_line(r, why, "a version of the log that this fxbox does not know");
	r->merged = json_object_object_get_ex(record, "merged", &merged);
	if (!r->log->start)
		r->log->start = json_object_get(record);
	r->log->net |= granted(record, "net");
	r->log->unix_sockets |= granted(record, "unix");
	return 0;
}

static void take(struct reading *r, const char *type, struct json_object *record)
{
	struct fx_log *log = r->log;

	if (!r->merged)
		on_process(log, record, r->run, strcmp(type, "exit") == 0);
	for (int kind = 0; kind < FX_LOG_KINDS; kind++) {
		if (strcmp(type, fx_log_kind_names[kind]) == 0)
			on_record(log, (enum fx_log_kind)kind, record);
	}
	if (strcmp(type, "start") == 0 || strcmp(type, "exec") == 0)
		on_program(log, record);
	else if (strcmp(type, "count") == 0)
		on_count(log, record);
	else if (strcmp(type, "calls") == 0)
		on_calls(log, record);
	else if (strcmp(type, "call") == 0)
		on_call(log, record);
	else if (strcmp(type, "not_there") == 0)
		on_missing(log, record);
	else if (strcmp(type, "hang") == 0)
		on_hang(log, record);
	else if (strcmp(type, "merged") == 0)
		on_merged(log, record);
}

/* The object, or NULL if the line is none. */
static struct json_object *parse(const char *line, size_t length)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH);
	struct json_object *record = NULL;

	if (!tokener)
		return NULL;
	if (length <= FX_LOG_LINE_MOST)
		record = json_tokener_parse_ex(tokener, line, (int)length);
	if (record && (json_tokener_get_parse_end(tokener) != length ||
		       !json_object_is_type(record, json_type_object))) {
		json_object_put(record);
		record = NULL;
	}
	json_tokener_free(tokener);
	return record;
}

static int one_line(struct reading *r, const char *line, size_t length, bool whole,
		    fx_log_visit *visit, void *context, struct fx_refusal *why)
{
	struct json_object *record;
	const char *type;
	int status = 0;

	r->line++;
	record = parse(line, length);
	type = record ? fx_log_string(record, "type") : NULL;
	if (r->line == 1 && (!type || strcmp(type, "start") != 0))
		status = refuse_line(r, why, "not a log of fxbox, which begins with 'start'");
	else if (!type && !whole)
		r->log->cut++;
	else if (!type)
		status = refuse_line(r, why, "not an object with a type");
	else if (strcmp(type, "start") == 0 && r->line == 1)
		status = take_start(r, record, why);
	if (type && status == 0) {
		take(r, type, record);
		if (visit)
			visit(context, record);
	}
	json_object_put(record);
	return status;
}

void fx_log_init(struct fx_log *log)
{
	*log = (struct fx_log){0};
}

static int read_stream(struct reading *r, FILE *in, fx_log_visit *visit, void *context,
		       struct fx_refusal *why)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int status = 0;

	errno = 0;
	while (status == 0 && (length = getline(&line, &room, in)) > 0) {
		bool whole = line[length - 1] == '\n';

		status = one_line(r, line, (size_t)length - whole, whole, visit, context, why);
	}
	free(line);
	if (status == 0 && ferror(in))
		return fx_refuse(why, FX_EXIT_FAILED, r->name, "%s", strerror(errno));
	if (status == 0 && r->line == 0)
		return fx_refuse(why, FX_EXIT_FAILED, r->name, "empty, so not a log of fxbox");
	return status;
}

/* Processes of another file are others, whatever their numbers. */
static struct reading begin(struct fx_log *log, const char *name)
{
	uint64_t last = log->process_slots ? log->process[log->process_slots - 1].run : 0;

	return (struct reading){.log = log, .name = name, .run = last + 1};
}

int fx_log_read(struct fx_log *log, const char *path, fx_log_visit *visit, void *context,
		struct fx_refusal *why)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *in = standard ? stdin : fopen(path, "re");
	struct reading r = begin(log, path);
	int status;

	if (!in)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s", strerror(errno));
	status = read_stream(&r, in, visit, context, why);
	if (!standard)
		fclose(in);
	return status;
}

int fx_log_read_text(struct fx_log *log, const char *name, const char *text, size_t size,
		     fx_log_visit *visit, void *context, struct fx_refusal *why)
{
	struct reading r = begin(log, name);

	for (const char *end; size > 0; text = end) {
		const char *newline = memchr(text, '\n', size);
		size_t length = newline ? (size_t)(newline - text) : size;

		if (one_line(&r, text, length, newline != NULL, visit, context, why) < 0)
			return -1;
		end = text + length + (newline != NULL);
		size -= length + (newline != NULL);
	}
	return 0;
}

void fx_log_free(struct fx_log *log)
{
	for (size_t i = 0; i < log->entries; i++) {
		json_object_put(log->entry[i].first);
		free(log->entry[i].tid);
	}
	for (size_t i = 0; i < log->hangs; i++)
		json_object_put(log->hang[i]);
	for (size_t i = 0; i < log->programs; i++)
		json_object_put(log->program[i]);
	for (size_t i = 0; i < log->missings; i++)
		json_object_put(log->missing[i].first);
	for (size_t i = 0; i < log->points; i++)
		free((char *)log->point[i].nr_sub_address);
	json_object_put(log->start);
	free(log->entry);
	free(log->program);
	free(log->missing);
	free(log->point);
	free(log->process);
	*log = (struct fx_log){0};
}
