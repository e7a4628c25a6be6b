/* SPDX-License-Identifier: MIT */
#include "loader/test/workers.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/test/run.h"
#include "loader/test/run_source.h"

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

unsigned fx_workers_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	return (unsigned)CPU_COUNT(&set);
}

/* The i-th processor that may be used, or -1. */
static int processor(unsigned i)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0 || CPU_COUNT(&set) == 0)
		return -1;
	i %= (unsigned)CPU_COUNT(&set);
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &set) && i-- == 0)
			return (int)cpu;
	}
	return -1;
}

static int open_run(struct fx_run *run, int cpu, uint64_t follow_room, bool uses)
{
	run->cpu = cpu;
	run->out = memfd_create("fxbox-output", MFD_CLOEXEC);
	run->log = memfd_create("fxbox-log", MFD_CLOEXEC);
	if (run->out < 0 || run->log < 0)
		return -1;
	return fx_schedule_file_make(&run->schedule, follow_room, uses);
}

int fx_workers_open(struct fx_workers *w, const struct fx_command *command, unsigned count,
		    uint64_t follow_room, struct fx_refusal *why)
{
	/* Fewer than there are processors: whoever else runs here may want the first ones, too. */
	const bool spread = count >= fx_workers_processors();
	size_t words = FX_RUN_OWN_WORDS + command->options_count;
	sigset_t set;

	for (char *const *word = command->program; *word; word++)
		words++;
	fx_run_watched(&set);
	*w = (struct fx_workers){
		.command = *command,
		.run = calloc(count, sizeof(*w->run)),
		.argv = calloc(words, sizeof(*w->argv)),
		.await = calloc(count + 1, sizeof(*w->await)),
		.count = count,
	};
	sigprocmask(SIG_BLOCK, &set, NULL);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!w->run || !w->argv || !w->await || w->signals < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "test", "%s", strerror(errno));
	for (unsigned i = 0; i < count; i++)
		w->run[i].schedule.fd = w->run[i].out = w->run[i].log = -1;
	for (unsigned i = 0; i < count; i++) {
		if (open_run(&w->run[i], spread ? processor(i) : -1, follow_room, command->uses) <
		    0)
			return fx_refuse(why, FX_EXIT_FAILED, "test",
					 "no room for run %u of %u: %s (--jobs: fewer at once)",
					 i + 1, count, strerror(errno));
	}
	return 0;
}

void fx_workers_close(struct fx_workers *w)
{
	sigset_t set;

	for (unsigned i = 0; i < w->count && w->run; i++) {
		fx_run_kill(&w->run[i]);
		if (w->run[i].pid > 0 && !w->run[i].of)
			waitpid(w->run[i].pid, NULL, 0);
		for (unsigned p = 0; p < FX_POINTS_MIX; p++)
			for (unsigned uses = 0; uses < 2; uses++)
				fx_run_source_end(&w->run[i].source[p][uses]);
		if (w->run[i].out >= 0)
			close(w->run[i].out);
		if (w->run[i].log >= 0)
			close(w->run[i].log);
		fx_schedule_file_close(&w->run[i].schedule);
	}
	free(w->run);
	free(w->argv);
	free(w->await);
	if (w->signals >= 0)
		close(w->signals);
	fx_run_watched(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	w->run = NULL;
	w->argv = NULL;
	w->signals = -1;
}

struct fx_run *fx_workers_idle(struct fx_workers *w)
{
	for (unsigned i = 0; i < w->count; i++) {
		if (!w->run[i].busy)
			return &w->run[i];
	}
	return NULL;
}

static bool emptied(int fd)
{
	return ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0;
}

int fx_workers_start(struct fx_workers *w, struct fx_run *run, const struct fx_order *order,
		     struct fx_refusal *why)
{
	int result;

	if (!fx_schedule_file_order(&run->schedule, order))
		return fx_refuse(why, FX_EXIT_FAILED, "test", "more decisions than there is room");
	if (!emptied(run->out) || !emptied(run->log))
		return fx_refuse(why, FX_EXIT_FAILED, "test", "%s", strerror(errno));
	run->order = *order;
	run->timed_out = run->copied = false;
	run->locks = FX_LOCKS_IN_ORDER;
	run->began_us = now_us();
	run->of = fx_run_source(w, run);
	if (run->of && run->of->ready && !fx_source_order(run->of, run->out)) {
		w->command.copies = fx_run_source_end(run->of);
		run->of = fx_run_source(w, run);
	}
	if (!run->of)
		result = fx_run_begin(w, run, -1, why);
	else if (run->of->ready)
		result = 0;
	else
		result = fx_run_source_begin(w, run, why);
	if (run->of)
		run->pid = run->of->pid;
	run->busy = result == 0;
	return result;
}

static struct fx_run *is_over(struct fx_run *run)
{
	run->pid = 0;
	run->took_us = now_us() - run->began_us;
	fx_schedule_file_outcome(&run->schedule, &run->outcome);
	return run;
}

/* Its process has: what is left of it is killed before its number can be another's. */
static struct fx_run *process_ended(struct fx_workers *w, struct fx_run *run)
{
	struct fx_source *s = run->of;
	struct fx_refusal why;
	bool lost, worth;

	kill(-run->pid, SIGKILL);
	waitpid(run->pid, &run->status, 0);
	if (!s)
		return is_over(run);
	fx_schedule_file_status(&run->schedule, &run->status);
	lost = s->ready ? !fx_schedule_file_ended(&run->schedule)
			: !fx_schedule_file_begun(&run->schedule);
	worth = fx_source_gone(s);
	if (!run->timed_out && (lost || !worth))
		w->command.copies = false;
	/* It has ended before it followed the order, or cannot be started so: as a run of its own.
	 */
	if (lost && !run->timed_out && fx_workers_start(w, run, &run->order, &why) == 0)
		return NULL;
	return is_over(run);
}

/* A source has said something: it is ready, or the copy has ended. */
static struct fx_run *answered(struct fx_run *run)
{
	switch (fx_source_answered(run->of, run->out)) {
	case 1:
		run->copied = true;
		fx_schedule_file_status(&run->schedule, &run->status);
		return is_over(run);
	case 0:
		/* The order that it was started with. */
		fx_schedule_file_order(&run->schedule, &run->order);
		fx_source_order(run->of, run->out);
		return NULL;
	default:
		return NULL;
	}
}

/* A run that has ended. */
static struct fx_run *ended(struct fx_workers *w)
{
	for (unsigned i = 0; i < w->count; i++) {
		struct fx_run *run = &w->run[i];
		siginfo_t info = {.si_pid = 0};
		struct fx_run *over = NULL;

		if (run->pid <= 0)
			continue;
		if (run->of)
			over = answered(run);
		if (!over &&
		    waitid(P_PID, (id_t)run->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    info.si_pid != 0)
			over = process_ended(w, run);
		if (over)
			return over;
	}
	return NULL;
}

/* Ends those whose time is over; how long until the next one's is, in ms, or -1. */
static int end_late(struct fx_workers *w)
{
	const uint64_t now = now_us();
	int64_t soonest = -1;

	for (unsigned i = 0; i < w->count; i++) {
		struct fx_run *run = &w->run[i];
		int64_t left;

		if (run->pid <= 0 || run->timed_out)
			continue;
		left = (int64_t)(run->began_us + w->command.timeout_ms * 1000) - (int64_t)now;
		if (left <= 0) {
			run->timed_out = true;
			fx_run_kill(run);
			continue;
		}
		if (soonest < 0 || left < soonest)
			soonest = left;
	}
	return soonest < 0 ? -1 : (int)(soonest / 1000 + 1);
}

static void take_signals(struct fx_workers *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo != SIGCHLD)
			w->interrupted = (int)info.ssi_signo;
	}
}

/* A signal, or an answer of a source; ms as of poll(2). */
static void await(struct fx_workers *w, int ms)
{
	struct pollfd *fds = w->await;
	nfds_t n = 1;

	fds[0] = (struct pollfd){.fd = w->signals, .events = POLLIN};
	for (unsigned i = 0; i < w->count; i++) {
		const struct fx_run *run = &w->run[i];

		if (run->pid > 0 && run->of)
			fds[n++] = (struct pollfd){.fd = run->of->orders, .events = POLLIN};
	}
	if (poll(fds, n, ms) > 0 && fds[0].revents)
		take_signals(w);
}

struct fx_run *fx_workers_wait(struct fx_workers *w, int ms)
{
	const uint64_t until = now_us() + (uint64_t)(ms < 0 ? 0 : ms) * 1000;

	for (;;) {
		struct fx_run *run = ended(w);
		const uint64_t now = now_us();
		int wait, late;

		if (run || w->interrupted)
			return run;
		if (ms >= 0 && now >= until)
			return NULL;
		late = end_late(w);
		wait = ms < 0 ? -1 : (int)((until - now) / 1000 + 1);
		if (late >= 0 && (wait < 0 || late < wait))
			wait = late;
		await(w, wait);
	}
}

void fx_workers_free(struct fx_run *run)
{
	run->busy = false;
}

struct fx_run *fx_workers_once(struct fx_workers *w, const struct fx_order *order,
			       struct fx_refusal *why)
{
	struct fx_run *run = fx_workers_idle(w), *done;

	if (!run || fx_workers_start(w, run, order, why) < 0)
		return NULL;
	done = fx_workers_wait(w, -1);
	if (!done) {
		fx_refuse(why, 0, "test", "interrupted");
		fx_run_kill(run);
		if (run->of)
			fx_run_source_end(run->of);
		else if (run->pid > 0)
			waitpid(run->pid, NULL, 0);
		run->pid = 0;
		fx_workers_free(run);
	}
	return done;
}

struct fx_run *fx_workers_stopping(struct fx_workers *w, const struct fx_order *order,
				   struct fx_refusal *why)
{
	struct fx_run *run = fx_workers_idle(w);
	sigset_t set;
	int status;

	if (!run || fx_workers_start(w, run, order, why) < 0)
		return NULL;
	fx_run_watched(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	while (waitpid(run->pid, &status, WUNTRACED) == run->pid && WIFSTOPPED(status)) {
		printf("process %d has stopped; for example: gdb -p %d; it goes on by: kill -CONT "
		       "%d\n",
		       (int)run->pid, (int)run->pid, (int)run->pid);
		fflush(stdout);
	}
	run->pid = 0;
	run->status = status;
	fx_schedule_file_outcome(&run->schedule, &run->outcome);
	return run;
}

char *fx_run_text(int fd, size_t most, size_t *length)
{
	struct stat st;
	size_t size = fstat(fd, &st) == 0 ? (size_t)st.st_size : 0, begin, got = 0;
	char *text;

	begin = size > most ? size - most : 0;
	size -= begin;
	text = malloc(size + 1);
	if (!text)
		return NULL;
	while (got < size) {
		ssize_t n = pread(fd, text + got, size - got, (off_t)(begin + got));

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	text[got] = '\0';
	*length = got;
	return text;
}
