/* SPDX-License-Identifier: MIT */
#include "loader/ask_threads.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/find_table.h"
#include "shim/audit_table.h"

/* More than a dump of as many threads as one has (shim/hang/dump.c). */
#define LARGEST_DUMP (1UL << 30)

struct asked {
	pid_t pid;
	int fd;	     /* of the table */
	int process; /* /proc/PID */
	struct fx_audit_table *table;
	char name[64]; /* of the process, for messages */
	struct timespec end;
};

static int refuse(const struct asked *a, struct fx_refusal *why, const char *what)
{
	return fx_refuse(why, FX_EXIT_FAILED, a->name, "%s", what);
}

/* What /proc/PID/status has behind a name, or an empty string. */
static void read_status(pid_t pid, const char *field, char out[static 256])
{
	char path[64], line[256];
	size_t length = strlen(field);
	FILE *status;

	out[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	status = fopen(path, "re");
	if (!status)
		return;
	while (!out[0] && fgets(line, sizeof(line), status))
		if (strncmp(line, field, length) == 0 && line[length] == ':')
			snprintf(out, 256, "%s",
				 line + length + 1 + strspn(line + length + 1, "\t "));
	fclose(status);
}

/* Its number in the innermost of its PID namespaces. */
static int inner_pid(pid_t pid)
{
	char pids[256], *last = pids;

	read_status(pid, "NSpid", pids);
	for (char *at = pids; *at; at++)
		if ((*at == '\t' || *at == ' ') && at[1] >= '0' && at[1] <= '9')
			last = at + 1;
	return atoi(last);
}

static bool catches_trap(pid_t pid)
{
	char caught[256];

	read_status(pid, "SigCgt", caught);
	return strtoull(caught, NULL, 16) & 1ULL << (SIGTRAP - 1);
}

static bool is_stopped(pid_t pid)
{
	char state[256];

	read_status(pid, "State", state);
	return state[0] == 'T' || state[0] == 't';
}

static int find_table(struct asked *a, struct fx_refusal *why)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", (int)a->pid);
	a->process = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	a->table = fx_find_table(a->pid, &a->fd, why);
	if (a->table && a->process < 0)
		return refuse(a, why, "there is no such process");
	return a->table ? 0 : -1;
}

static bool time_is_over(const struct asked *a)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > a->end.tv_sec ||
	       (now.tv_sec == a->end.tv_sec && now.tv_nsec >= a->end.tv_nsec);
}

/* Sleeps while the word has that value, and a moment at most: who should wake may have died. */
static void wait_while(uint32_t *word, uint32_t value)
{
	const struct timespec moment = {.tv_nsec = 20000000};

	syscall(SYS_futex, word, FUTEX_WAIT, value, &moment, NULL, 0);
}

/* One asks at a time; who has died meanwhile asks no more. */
static bool take_turn(const struct asked *a)
{
	uint32_t own = (uint32_t)getpid(), other = 0;

	while (!__atomic_compare_exchange_n(&a->table->ask.owner, &other, own, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (kill((pid_t)other, 0) < 0 && errno == ESRCH)
			continue; /* now it is expected, and replaced */
		if (time_is_over(a))
			return false;
		wait_while(&a->table->ask.owner, other);
		other = 0;
	}
	return true;
}

static void end_turn(const struct asked *a)
{
	/* The memory of the answer; and who has not answered yet must not any more. */
	__atomic_store_n(&a->table->ask.state, FX_ASK_NONE, __ATOMIC_RELEASE);
	fallocate(a->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FX_ASK_FILE_AT,
		  (off_t)LARGEST_DUMP);
	__atomic_store_n(&a->table->ask.owner, 0, __ATOMIC_RELEASE);
	syscall(SYS_futex, &a->table->ask.owner, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static int ask(const struct asked *a)
{
	siginfo_t info = {.si_signo = SIGTRAP, .si_code = FX_ASK_CODE};

	info.si_pid = getpid();
	info.si_uid = getuid();
	a->table->ask.pid = inner_pid(a->pid);
	__atomic_store_n(&a->table->ask.state, FX_ASK_ASKED, __ATOMIC_RELEASE);
	return (int)syscall(SYS_pidfd_send_signal, a->process, SIGTRAP, &info, 0);
}

static bool await_answer(const struct asked *a)
{
	uint32_t state;

	while ((state = __atomic_load_n(&a->table->ask.state, __ATOMIC_ACQUIRE)) !=
	       FX_ASK_ANSWERED) {
		if (time_is_over(a) || !catches_trap(a->pid))
			return false;
		wait_while(&a->table->ask.state, state);
	}
	return true;
}

/* What the process has written there it may go on changing; the copy is ours. */
static int copy_answer(const struct asked *a, struct fx_refusal *why)
{
	uint64_t size = a->table->ask.size, done = 0;
	int out = memfd_create("fxbox-threads", MFD_CLOEXEC);
	char block[65536];

	if (out < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "memfd_create", "%s", strerror(errno));
	if (size > LARGEST_DUMP)
		size = LARGEST_DUMP;
	while (done < size) {
		size_t part = size - done < sizeof(block) ? (size_t)(size - done) : sizeof(block);
		ssize_t n = pread(a->fd, block, part, (off_t)(FX_ASK_FILE_AT + done));

		if (n <= 0 || write(out, block, (size_t)n) != n || time_is_over(a)) {
			close(out);
			return refuse(a, why, "its answer cannot be read");
		}
		done += (uint64_t)n;
	}
	return out;
}

static int take_answer(const struct asked *a, uint64_t *pause_ns, struct fx_refusal *why)
{
	const struct fx_ask *answer = &a->table->ask;

	if (answer->error < 0)
		return fx_refuse(why, FX_EXIT_FAILED, a->name, "cannot tell: %s",
				 strerror(-answer->error));
	*pause_ns = answer->pause_ns;
	return copy_answer(a, why);
}

/* To be called in turn. */
static int question(const struct asked *a, uint64_t *pause_ns, struct fx_refusal *why)
{
	if (is_stopped(a->pid))
		return refuse(a, why, "is stopped (SIGCONT lets it answer)");
	/* It dies of the signal that it has no handler for, before its program is loaded. */
	if (!catches_trap(a->pid))
		return refuse(a, why, "is just executing a program (ask again)");
	if (ask(a) < 0)
		return refuse(a, why, strerror(errno));
	if (!await_answer(a))
		return refuse(a, why,
			      "does not answer: it has ended, or its threads are where no "
			      "signal reaches them");
	return take_answer(a, pause_ns, why);
}

int fx_ask_threads(pid_t pid, unsigned int timeout_ms, uint64_t *pause_ns, struct fx_refusal *why)
{
	struct asked a = {.pid = pid, .fd = -1, .process = -1};
	int result = -1;

	snprintf(a.name, sizeof(a.name), "process %d", (int)pid);
	clock_gettime(CLOCK_MONOTONIC, &a.end);
	a.end.tv_sec += timeout_ms / 1000;
	a.end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (a.end.tv_nsec >= 1000000000) {
		a.end.tv_sec++;
		a.end.tv_nsec -= 1000000000;
	}
	if (find_table(&a, why) == 0) {
		if (!take_turn(&a))
			refuse(&a, why, "is being asked by somebody else");
		else {
			result = question(&a, pause_ns, why);
			end_turn(&a);
		}
	}
	if (a.table)
		munmap(a.table, sizeof(*a.table));
	if (a.table)
		close(a.fd);
	if (a.process >= 0)
		close(a.process);
	return result;
}
