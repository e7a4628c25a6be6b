/* SPDX-License-Identifier: MIT */
/*
 * Files that `fxbox test` reads, of anybody: a replay, and a result that is to be merged. What is
 * read can be written, and is then read as the same; what is not gets one line.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loader/test/replay_file.h"
#include "loader/test/result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int good)
{
	if (!good)
		abort();
}

static void must_be_line(const struct fx_refusal *why)
{
	must(why->line[0] && !strchr(why->line, '\n'));
}

static const char *written(char name[static 64])
{
	snprintf(name, 64, "/tmp/fuzz_replay.%d", getpid());
	return name;
}

static void replay(const char *path)
{
	struct fx_replay one, again;
	struct fx_refusal why = {0};
	char name[64];

	if (fx_replay_read(&one, path, &why) < 0) {
		must_be_line(&why);
		return;
	}
	must(fx_replay_write(&one, written(name)) == 0);
	must(fx_replay_read(&again, name, &why) == 0);
	must(one.seed == again.seed && one.count == again.count && one.hash == again.hash &&
	     one.points == again.points && one.events == again.events);
	must(one.count == 0 ||
	     memcmp(one.decisions, again.decisions, one.count * sizeof(*one.decisions)) == 0);
	fx_replay_free(&again);
	fx_replay_free(&one);
	unlink(name);
}

static void result(const char *path, FILE *null)
{
	struct fx_result one, again;
	struct fx_refusal why = {0};
	char name[64];

	if (fx_result_read(&one, path, &why) < 0) {
		must_be_line(&why);
		return;
	}
	fx_result_print(&one, null);
	must(fx_junit_write(&one, "/dev/null") == 0);
	must(fx_result_write(&one, written(name)) == 0);
	must(fx_result_read(&again, name, &why) == 0);
	must(one.done == again.done && one.failed == again.failed &&
	     one.groups.count == again.groups.count);
	if (fx_result_merge(&one, &again, name, &why) < 0)
		must_be_line(&why);
	fx_result_free(&again);
	fx_result_free(&one);
	unlink(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *null;
	int fd = memfd_create("fuzz", 0);
	char path[64];

	if (!null)
		null = fopen("/dev/null", "w");
	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	replay(path);
	result(path, null);
	close(fd);
	return 0;
}
