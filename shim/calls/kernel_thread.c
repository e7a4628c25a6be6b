/* SPDX-License-Identifier: MIT */
#include "shim/calls/kernel_thread.h"

#include "shim/base/proc_file.h"

#define PF_KTHREAD  0x00200000UL
#define FLAGS_FIELD 6 /* of /proc/PID/stat, counted from the state, which is 0 */

bool fx_is_kernel_thread(uint32_t tid)
{
	char stat[512];
	const char *s;
	uint64_t flags = 0;

	fx_proc_file_read(FX_PROC_PROCESSES, tid, "stat", stat, sizeof(stat));
	s = fx_proc_file_behind_name(stat);
	for (int field = 0; field < FLAGS_FIELD && *s; s++)
		field += *s == ' ';
	for (; *s >= '0' && *s <= '9'; s++)
		flags = flags * 10 + (uint64_t)(*s - '0');
	return flags & PF_KTHREAD;
}
