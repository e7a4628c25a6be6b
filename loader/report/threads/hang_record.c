/* SPDX-License-Identifier: MIT */
#include "loader/report/threads/hang_record.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loader/report/ascii_json.h"
#include "loader/report/log_read.h"
#include "loader/report/threads/threads_json.h"

#define FLAGS (JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)

/* Of the line, when not all of it fits; threads have the rest. */
#define FINDINGS_MOST (FX_LOG_LINE_MOST / 4)
#define MISSING_MOST  (FX_LOG_LINE_MOST / 16)
#define OTHERS_MOST   (FX_LOG_LINE_MOST / 16)
#define NUMBERS_MOST  256 /* of what is left out */

/* More than the C library's own have, so that the program's are among them. */
#define FRAMES_FEW 8

static size_t length_of(struct json_object *o)
{
	size_t length;

	free(fx_ascii_json(o, FLAGS, &length));
	return length;
}

static struct json_object *member(struct json_object *o, const char *name)
{
	return json_object_object_get(o, name);
}

/* Takes frames from the outer ends; returns how many. */
static size_t cut_frames(struct json_object *threads, size_t most)
{
	size_t cut = 0;

	for (size_t i = 0; i < json_object_array_length(threads); i++) {
		struct json_object *thread = json_object_array_get_idx(threads, i);
		struct json_object *frames = member(thread, "frames");
		const size_t n = json_object_array_length(frames);

		if (n <= most)
			continue;
		json_object_array_del_idx(frames, most, n - most);
		json_object_object_add(thread, "more_frames", json_object_new_boolean(true));
		cut += n - most;
	}
	return cut;
}

/* Those that fit, first such as are important, in their order. Returns how many do not. */
static size_t cut_array(struct json_object *record, const char *name, size_t room,
			const bool *important)
{
	struct json_object *all = member(record, name), *kept = json_object_new_array();
	const size_t n = json_object_array_length(all);
	bool *fits = calloc(n + 1, sizeof(*fits));
	size_t cut = n;

	if (!fits)
		abort();
	for (int round = important ? 0 : 1; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			size_t length;

			if (fits[i] || (round == 0 && !important[i]))
				continue;
			length = length_of(json_object_array_get_idx(all, i)) + 1;
			if (length > room)
				break;
			room -= length;
			fits[i] = true;
			cut--;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (fits[i])
			json_object_array_add(kept,
					      json_object_get(json_object_array_get_idx(all, i)));
	}
	free(fits);
	json_object_object_add(record, name, kept);
	return cut;
}

static void put_left_out(struct json_object *record, const char *name, size_t n)
{
	if (n)
		json_object_object_add(record, name, json_object_new_int64((int64_t)n));
}

static void fit(struct json_object *record, const struct fx_threads_view *v)
{
	size_t frames = 0, findings, missing;

	for (size_t most = FX_FRAMES_MOST / 2;
	     length_of(record) >= FX_LOG_LINE_MOST - NUMBERS_MOST && most >= FRAMES_FEW; most /= 2)
		frames += cut_frames(member(record, "threads"), most);
	put_left_out(record, "frames_left_out", frames);
	if (length_of(record) < FX_LOG_LINE_MOST)
		return;
	findings = cut_array(record, "findings", FINDINGS_MOST, NULL);
	missing = cut_array(record, "missing_files", MISSING_MOST, NULL);
	put_left_out(record, "findings_left_out", findings);
	put_left_out(record, "files_left_out", missing);
	put_left_out(record, "threads_left_out",
		     cut_array(record, "threads",
			       FX_LOG_LINE_MOST - FINDINGS_MOST - MISSING_MOST - OTHERS_MOST,
			       v->findings->named));
}

static int64_t time_of(const struct fx_dump *dump)
{
	struct timespec now;

	if (dump->told)
		return (int64_t)(dump->process.realtime_ns / 1000);
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

struct json_object *fx_hang_record(const struct fx_threads_view *v)
{
	static const char *const told[] = {"head", "process", "threads", "findings",
					   "missing_files"};
	struct json_object *all = fx_threads_json(v), *record = json_object_new_object();
	struct json_object *process = member(all, "process");

	json_object_object_add(record, "type", json_object_new_string("hang"));
	json_object_object_add(record, "time_us", json_object_new_int64(time_of(v->threads->dump)));
	json_object_object_add(record, "pid", json_object_get(member(process, "pid")));
	json_object_object_add(record, "reason", json_object_get(member(process, "reason")));
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		json_object_object_add(record, told[i], json_object_get(member(all, told[i])));
	json_object_put(all);
	fit(record, v);
	return record;
}

int fx_hang_record_write(const struct fx_threads_view *v, int fd)
{
	struct json_object *record = fx_hang_record(v);
	size_t length;
	char *line = fx_ascii_json(record, FLAGS, &length);
	ssize_t n;

	json_object_put(record);
	line[length++] = '\n';
	/* A closed pipe or a limit is an error to be told. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	do
		n = write(fd, line, length);
	while (n < 0 && errno == EINTR);
	free(line);
	if (n == (ssize_t)length)
		return 0;
	dprintf(STDERR_FILENO, "fxbox: log: the threads of process %d are not %s: %s\n",
		v->threads->dump->process.pid, n < 0 ? "in it" : "whole in it",
		n < 0 ? strerror(errno) : "no room");
	return -1;
}
