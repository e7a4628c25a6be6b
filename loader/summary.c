/* SPDX-License-Identifier: MIT */
#include "loader/summary.h"

#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shim/audit_table.h"

/* As a shell reports a death by signal, should the signal not kill us. */
#define STATUS_OF_SIGNAL 128

/* Makes one line of a slot's text: bounded, and free of what a terminal would act upon. */
static void clean(const struct fx_audit_slot *slot, char out[static FX_AUDIT_TEXT])
{
	size_t len = strnlen(slot->text, FX_AUDIT_TEXT - 1);

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)slot->text[i];

		out[i] = c < ' ' || c >= 0x7f ? '?' : (char)c;
	}
	out[len] = '\0';
}

static const char denial[] = "denied: ";

static bool is_kind(const struct fx_audit_slot *slot, bool denied)
{
	return slot->state == FX_AUDIT_READY &&
	       (strncmp(slot->text, denial, sizeof(denial) - 1) == 0) == denied;
}

static unsigned int count_kind(const struct fx_audit_table *table, bool denied)
{
	unsigned int count = 0;

	for (size_t i = 0; i < FX_AUDIT_SLOTS; i++)
		count += is_kind(&table->slot[i], denied);
	return count;
}

/* A slot has the first of a directory's files, and how many came to the same there. */
static const char *others(const char *text)
{
	return strstr(text, "\" ") ? ", and others beside it (all: --rw of the directory)"
				   : ", and others like it";
}

static void print_kind(const struct fx_audit_table *table, bool denied, int fd)
{
	for (size_t i = 0; i < FX_AUDIT_SLOTS; i++) {
		const struct fx_audit_slot *slot = &table->slot[i];
		char text[FX_AUDIT_TEXT];

		if (!is_kind(slot, denied))
			continue;
		clean(slot, text);
		dprintf(fd, "fxbox: %7" PRIu64 "x %s%s\n", slot->count, text,
			slot->others ? others(text) : "");
	}
}

void fx_summary_print(const struct fx_audit_table *table, int fd)
{
	unsigned int unsupported = count_kind(table, false);

	if (unsupported > 0)
		dprintf(fd,
			"fxbox: %u kind%s of system call that the program made %s not supported:\n",
			unsupported, unsupported == 1 ? "" : "s", unsupported == 1 ? "is" : "are");
	print_kind(table, false, fd);
	print_kind(table, true, fd);
	if (table->dropped > 0)
		dprintf(fd, "fxbox: and %" PRIu64 " calls more of further kinds\n", table->dropped);
	if (table->lost > 0)
		dprintf(fd,
			"fxbox: %" PRIu64 " line%s of the log or trace could not be written: %s\n",
			table->lost, table->lost == 1 ? "" : "s",
			table->lost_errno ? strerror((int)table->lost_errno)
					  : "the file takes no more");
}

void fx_summary_of_run(const struct fx_config *config)
{
	/* A private copy: processes of the guest that live on may still write to the table. */
	struct fx_audit_table *table = config->quiet ? NULL : calloc(1, sizeof(*table));

	if (table && pread(config->fd_base + FX_FD_AUDIT, table, sizeof(*table), 0) ==
			     (ssize_t)sizeof(*table))
		fx_summary_print(table, config->fd_base + FX_FD_REPORT);
	free(table);
}

static void die_of(int signal)
{
	static const struct rlimit no_core;
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, signal);
	setrlimit(RLIMIT_CORE, &no_core);
	if (sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL) < 0 &&
	    signal != SIGKILL)
		return;
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(signal);
}

int fx_report_and_end(const struct fx_handover *handover)
{
	fx_summary_of_run(&handover->config);
	if (handover->signal > 0) {
		die_of(handover->signal);
		return STATUS_OF_SIGNAL + handover->signal;
	}
	return handover->status & 0xff;
}
