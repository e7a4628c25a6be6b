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

/* Of the line, when not all of it fits; threads have what is left. */
#define FINDINGS_MOST (FX_LOG_LINE_MOST / 4)
#define MISSING_MOST  (FX_LOG_LINE_MOST / 16)
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

/* Takes the frames of libraries from among the program's. */
static size_t cut_libraries(struct json_object *threads)
{
	size_t cut = 0;

	for (size_t i = 0; i < json_object_array_length(threads); i++) {
		struct json_object *thread = json_object_array_get_idx(threads, i);
		struct json_object *frames = member(thread, "frames");
		struct json_object *own = json_object_new_array();
		const size_t n = json_object_array_length(frames);

		for (size_t k = 0; k < n; k++) {
			struct json_object *frame = json_object_array_get_idx(frames, k);

			if (member(frame, "own"))
				json_object_array_add(own, json_object_get(frame));
		}
		if (json_object_array_length(own) < n)
			json_object_object_add(thread, "more_frames",
					       json_object_new_boolean(true));
		cut += n - json_object_array_length(own);
		json_object_object_add(thread, "frames", own);
	}
	return cut;
}

/* Those that fit, first such as are important, in their order. Returns how many do not. */
static size_t cut_array(struct json_object *record, const char *name, size_t room,
			const bool *important)
{
	struct json_object *all = member(record, name), *kept = json_object_new_array();
	const size_t n = json_object_array_length(all);
	bool *has_room = calloc(n + 1, sizeof(*has_room));
	size_t cut = n;

	if (!has_room)
		abort();
	for (int round = important ? 0 : 1; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			size_t length;

			if (has_room[i] || (round == 0 && !important[i]))
				continue;
			length = length_of(json_object_array_get_idx(all, i)) + 1;
			if (length > room)
				break;
			room -= length;
			has_room[i] = true;
			cut--;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (has_room[i])
			json_object_array_add(kept,
					      json_object_get(json_object_array_get_idx(all, i)));
	}
	free(has_room);
	json_object_object_add(record, name, kept);
	return cut;
}

static void put_left_out(struct json_object *record, const char *name, size_t n)
{
	if (n)
		json_object_object_add(record, name, json_object_new_int64((int64_t)n));
}

static bool fits(struct json_object *record)
{
	return length_of(record) < FX_LOG_LINE_MOST - NUMBERS_MOST;
}

static void fit(struct json_object *record, const struct fx_threads_view *v)
{
	size_t frames = 0, findings, missing, threads;

	for (size_t most = FX_FRAMES_MOST / 2; !fits(record) && most >= FRAMES_FEW; most /= 2)
		frames += cut_frames(member(record, "threads"), most);
	if (!fits(record))
		frames += cut_libraries(member(record, "threads"));
	put_left_out(record, "frames_left_out", frames);
	if (length_of(record) < FX_LOG_LINE_MOST)
		return;
	findings = cut_array(record, "findings", FINDINGS_MOST, NULL);
	missing = cut_array(record, "missing_files", MISSING_MOST, NULL);
	threads = FX_LOG_LINE_MOST - NUMBERS_MOST - length_of(record) +
		  length_of(member(record, "threads"));
	threads = cut_array(record, "threads", threads, v->findings->named);
	put_left_out(record, "findings_left_out", findings);
	put_left_out(record, "files_left_out", missing);
	put_left_out(record, "threads_left_out", threads);
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
