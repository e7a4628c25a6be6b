/* SPDX-License-Identifier: MIT */
/*
 * fxbox-oci: an OCI runtime for container engines. Of `create`, `run` and `exec` it changes what is
 * to be run, so that fxbox runs it; then it becomes the runtime that does the work (ADR 41).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/oci/bundle.h"
#include "loader/oci/command_line.h"
#include "loader/oci/config.h"
#include "loader/oci/container_log.h"
#include "loader/oci/document.h"
#include "loader/oci/places.h"
#include "loader/oci/process.h"
#include "loader/oci/program.h"
#include "loader/oci/runtime.h"
#include "loader/oci/settings.h"
#include "loader/oci/wishes.h"

/* Numbers below may be the container's: --preserve-fds counts from 3. */
#define OUT_OF_THE_WAY 100

struct session {
	struct fx_oci_call call;
	struct fx_oci_settings settings;
	char runtime[PATH_MAX], fxbox[PATH_MAX];
	int argc;
	char **argv; /* room for more behind it */
	struct fx_refusal why;
};

/* Engines look for the reason where they have told the runtime to write it. */
static void tell_engine(const struct fx_oci_call *call, const char *line)
{
	struct json_object *record = json_object_new_object();
	int fd = open(call->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	time_t now = time(NULL);
	struct tm parts;
	char when[32];

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &parts));
	json_object_object_add(record, "level", json_object_new_string("error"));
	json_object_object_add(record, "msg", json_object_new_string(line));
	json_object_object_add(record, "time", json_object_new_string(when));
	if (fd < 0 ||
	    (call->log_json ? fx_oci_document_write(record, fd) < 0
			    : dprintf(fd, "time=\"%s\" level=error msg=\"%s\"\n", when, line) < 0))
		dprintf(STDERR_FILENO, "fxbox-oci: %s: %s\n", call->log, strerror(errno));
	if (fd >= 0)
		close(fd);
	json_object_put(record);
}

static int failed(const struct session *s)
{
	char line[sizeof(s->why.line) + 32];

	snprintf(line, sizeof(line), "fxbox-oci: %s", s->why.line);
	dprintf(STDERR_FILENO, "%s\n", line);
	if (s->call.log)
		tell_engine(&s->call, line);
	return s->why.status;
}

static int check_root(struct session *s, const struct fx_oci_bundle *bundle)
{
	int root = fx_oci_bundle_open_root(bundle, fx_oci_config_root(bundle->config), &s->why);
	int result;

	if (root < 0)
		return -1;
	result = fx_oci_program_check(bundle->config, root, &s->why);
	close(root);
	return result;
}

static int rewrite_bundle(struct session *s, const struct fx_oci_bundle *bundle)
{
	struct json_object *words;
	char log_path[PATH_MAX];
	bool log = false;
	int result = -1;

	if (fx_oci_config_check(bundle->config, s->fxbox, &s->why) < 0 || check_root(s, bundle) < 0)
		return -1;
	words = fx_oci_config_words(bundle->config, &s->settings, &log, &s->why);
	if (!words)
		return -1;
	if (!log ||
	    fx_oci_log_make(s->settings.log_directory, s->call.id, log_path, &s->why) == 0) {
		fx_oci_config_rewrite(bundle->config, words, s->fxbox, log ? log_path : NULL);
		result = fx_oci_bundle_write(bundle, &s->why);
	}
	json_object_put(words);
	return result;
}

static int before_create(struct session *s)
{
	struct fx_oci_bundle bundle;
	int result;

	if (!s->call.id)
		return 0; /* a container without a name: the runtime says so */
	if (fx_oci_bundle_open(s->call.bundle, &bundle, &s->why) < 0)
		return -1;
	result = rewrite_bundle(s, &bundle);
	fx_oci_bundle_close(&bundle);
	return result;
}

/*
 * The words that the container was made with. Of one that the runtime does not know it is to speak
 * itself; should there be one by then, its program has the words all the same.
 */
static struct json_object *words_of(struct session *s)
{
	struct json_object *state, *notes = NULL, *value = NULL, *words = NULL;
	struct fx_refusal unused;
	bool log;

	state = fx_oci_runtime_state(s->runtime, s->argv, s->call.globals, s->call.id, &unused);
	if (!state)
		return fx_oci_words(&s->settings, NULL, NULL, &log, &s->why);
	if (json_object_object_get_ex(state, "annotations", &notes) &&
	    json_object_is_type(notes, json_type_object) &&
	    json_object_object_get_ex(notes, FX_OCI_WORDS, &value) && fx_oci_string(value))
		words = json_tokener_parse(fx_oci_string(value));
	json_object_put(state);
	if (json_object_is_type(words, json_type_array) && json_object_array_length(words) > 0 &&
	    fx_oci_strings(words, FX_OCI_WORDS, &s->why) == 0)
		return words;
	fx_refuse(&s->why, FX_EXIT_FAILED, s->call.id,
		  "was not made by fxbox-oci; make it anew, or call %s itself", s->runtime);
	json_object_put(words);
	return NULL;
}

/* A sealed copy, which nobody changes between us and the runtime, and nobody has to remove. */
static int process_copy(struct json_object *process, char name[static 64])
{
	int first = memfd_create("process.json", MFD_ALLOW_SEALING | MFD_CLOEXEC), fd;

	if (first < 0)
		return -1;
	fd = fcntl(first, F_DUPFD, OUT_OF_THE_WAY);
	close(first);
	if (fd < 0 || fx_oci_document_write(process, fd) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	snprintf(name, 64, "/proc/self/fd/%d", fd);
	return 0;
}

static int rewrite_process(struct session *s, struct json_object *words)
{
	const char *path = fx_oci_value(s->argv, s->call.process);
	struct json_object *process;
	char name[64];
	int result = -1;

	if (fx_oci_document_read(AT_FDCWD, path, path, &process, NULL, &s->why) < 0)
		return -1;
	if (fx_oci_process_check(process, "process", &s->why) == 0) {
		fx_oci_process_rewrite(process, words);
		result = process_copy(process, name);
		if (result == 0)
			result = fx_oci_value_set(s->argv, s->call.process, name);
		if (result < 0)
			fx_refuse(&s->why, FX_EXIT_FAILED, path, "%s", strerror(errno));
	}
	json_object_put(process);
	return result;
}

static int insert_words(struct session *s, struct json_object *words)
{
	int count = (int)json_object_array_length(words), at = s->call.words;
	char **more = calloc((size_t)(s->argc + count + 1), sizeof(*more));

	if (!more)
		return fx_refuse(&s->why, FX_EXIT_FAILED, "exec", "%s", strerror(errno));
	memcpy(more, s->argv, (size_t)at * sizeof(*more));
	for (int i = 0; i < count; i++) {
		more[at + i] =
			strdup(json_object_get_string(json_object_array_get_idx(words, (size_t)i)));
		if (!more[at + i])
			return fx_refuse(&s->why, FX_EXIT_FAILED, "exec", "%s", strerror(errno));
	}
	memcpy(more + at + count, s->argv + at, (size_t)(s->argc - at) * sizeof(*more));
	s->argv = more;
	s->argc += count;
	return 0;
}

static int before_exec(struct session *s)
{
	struct json_object *words, *more;
	int result = 0;

	if (!s->call.id)
		return 0;
	words = words_of(s);
	if (!words)
		return -1;
	more = fx_oci_words_of_exec(words);
	if (s->call.process.word)
		result = rewrite_process(s, more);
	if (result == 0 && s->call.words < s->argc)
		result = insert_words(s, more);
	json_object_put(more);
	json_object_put(words);
	return result;
}

static int before(struct session *s)
{
	if (s->call.command == FX_OCI_EXEC)
		return before_exec(s);
	if (fx_oci_fxbox_find(s->settings.fxbox, s->fxbox, &s->why) < 0)
		return -1;
	return before_create(s);
}

int main(int argc, char **argv)
{
	static struct session s;

	s.argc = argc;
	s.argv = argv;
	if (fx_oci_call_read(&s.argc, s.argv, &s.call, &s.why) < 0 ||
	    fx_oci_settings_read(s.call.settings, &s.settings, &s.why) < 0 ||
	    fx_oci_runtime_find(s.call.runtime ? s.call.runtime : s.settings.runtime, s.runtime,
				&s.why) < 0 ||
	    (s.call.command != FX_OCI_OTHER && before(&s) < 0))
		return failed(&s);
	fx_oci_runtime_become(s.runtime, s.argv, &s.why);
	return failed(&s);
}
