/* SPDX-License-Identifier: MIT */
/* One line of the log: a JSON object, built in a buffer and written at once. */
#ifndef SHIM_AUDIT_LOG_H
#define SHIM_AUDIT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "shim/base/text.h"

#define FX_LOG_LINE 6144

/* As fx_clock_us, and never earlier than what the thread was told before. */
int64_t fx_log_now(void);

/* buf: of FX_LOG_LINE bytes. Puts the members that all lines have. */
void fx_log_begin(struct fx_text *x, char *buf, const char *type);
void fx_log_end(struct fx_text *x);
/* The same for one of very many: only gathered, where lines of --trace are (gather.h). */
void fx_log_end_gathered(struct fx_text *x);

/* One line with its newline, behind those that the thread has gathered. */
void fx_log_write_line(int fd, const char *line, uint64_t length);

void fx_log_after_fork(void);

/* `FILE+0xOFFSET`, or the address itself where no file is. Reads the maps, if
 * they have changed or the last site was in another mapping. */
void fx_log_site(struct fx_text *x, uintptr_t site, bool whole_path);

#endif
