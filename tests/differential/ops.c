/* SPDX-License-Identifier: MIT */
#include "tests/differential/ops.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

/* Newer than the headers of Debian 12. */
#ifndef SYS_futex_wake
#define SYS_futex_wake	  454
#define SYS_futex_wait	  455
#define SYS_futex_requeue 456
#endif
#ifndef FUTEX_LOCK_PI2
#define FUTEX_LOCK_PI2 13
#endif

/* clang-format off */
const struct op_row op_rows[] = {
	{"WAIT",            OPS_BASE,   22, SYS_futex, FUTEX_WAIT,            "aovt--", .relative = true},
	{"WAIT_BITSET",     OPS_BASE,   20, SYS_futex, FUTEX_WAIT_BITSET,     "aovt-b", .realtime = true},
	{"WAKE",            OPS_BASE,   12, SYS_futex, FUTEX_WAKE,            "aon---"},
	{"WAKE_BITSET",     OPS_BASE,   10, SYS_futex, FUTEX_WAKE_BITSET,     "aon--b"},
	{"REQUEUE",         OPS_BASE,    7, SYS_futex, FUTEX_REQUEUE,         "aonmA-"},
	{"CMP_REQUEUE",     OPS_BASE,    9, SYS_futex, FUTEX_CMP_REQUEUE,     "aonmAv"},
	{"WAKE_OP",         OPS_BASE,    9, SYS_futex, FUTEX_WAKE_OP,         "aonmAe"},
	{"FD",              OPS_BASE,    1, SYS_futex, FUTEX_FD,              "aovtAb"},
	{"op 14",           OPS_BASE,    1, SYS_futex, 14,                    "aovtAb"},
	{"op 127",          OPS_BASE,    1, SYS_futex, 127,                   "aovtAb"},
	{"set_robust_list", OPS_BASE,    1, SYS_set_robust_list, 0,           "hl"},
	{"get_robust_list", OPS_BASE,    1, SYS_get_robust_list, 0,           "pHL"},
	{"LOCK_PI",         OPS_PI,     12, SYS_futex, FUTEX_LOCK_PI,         "ao-t--", .pi = 'l'},
	{"LOCK_PI2",        OPS_PI,      6, SYS_futex, FUTEX_LOCK_PI2,        "ao-t--", .pi = 'l', .realtime = true},
	{"TRYLOCK_PI",      OPS_PI,      5, SYS_futex, FUTEX_TRYLOCK_PI,      "ao----", .pi = 'l'},
	{"UNLOCK_PI",       OPS_PI,     10, SYS_futex, FUTEX_UNLOCK_PI,       "ao----", .pi = 'l'},
	{"WAIT_REQUEUE_PI", OPS_PI,     10, SYS_futex, FUTEX_WAIT_REQUEUE_PI, "aovtAb", .pi = 'q', .realtime = true},
	{"CMP_REQUEUE_PI",  OPS_PI,     10, SYS_futex, FUTEX_CMP_REQUEUE_PI,  "aonmAv", .pi = 'q'},
	{"futex_waitv",     OPS_WAITV,  14, SYS_futex_waitv, 0,               "VN0tC"},
	{"futex_wake",      OPS_FUTEX2,  8, SYS_futex_wake, 0,                "abnf"},
	{"futex_wait",      OPS_FUTEX2, 10, SYS_futex_wait, 0,                "avbftC"},
	{"futex_requeue",   OPS_FUTEX2,  7, SYS_futex_requeue, 0,             "R0nm"},
};
/* clang-format on */

const size_t op_rows_count = sizeof(op_rows) / sizeof(op_rows[0]);

unsigned ops_parse(const char *list)
{
	static const struct {
		const char *name;
		unsigned sets;
	} names[] = {
		{"base", OPS_BASE},	{"pi", OPS_PI},	  {"waitv", OPS_WAITV},
		{"futex2", OPS_FUTEX2}, {"all", OPS_ALL},
	};
	unsigned sets = 0;

	for (;;) {
		size_t length = strcspn(list, ",");
		unsigned found = 0;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i].name) == length && !strncmp(names[i].name, list, length))
				found = names[i].sets;
		if (!found)
			return 0;
		sets |= found;
		if (!list[length])
			return sets;
		list += length + 1;
	}
}
