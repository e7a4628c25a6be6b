/* SPDX-License-Identifier: MIT */
#include "loader/confine/capabilities.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "loader/exit_status.h"

/* All but what is in left. */
static int give_up(cap_t left, struct fx_refusal *why)
{
	int result = left ? cap_set_proc(left) : -1;

	if (result < 0)
		fx_refuse(why, FX_EXIT_FAILED, "capabilities", "cannot be dropped: %s",
			  strerror(errno));
	cap_free(left);
	return result;
}

int fx_capabilities_give_up(struct fx_refusal *why)
{
	return give_up(cap_init(), why);
}

/* All but that one, if it is there. */
static int keep(cap_value_t one, struct fx_refusal *why)
{
	cap_t now = cap_get_proc(), left = cap_init();
	cap_flag_value_t has = CAP_CLEAR;

	if (now && left && cap_get_flag(now, one, CAP_EFFECTIVE, &has) == 0 && has == CAP_SET &&
	    (cap_set_flag(left, CAP_PERMITTED, 1, &one, CAP_SET) < 0 ||
	     cap_set_flag(left, CAP_EFFECTIVE, 1, &one, CAP_SET) < 0)) {
		cap_free(left);
		left = NULL;
	}
	cap_free(now);
	return give_up(left, why);
}

int fx_capabilities_keep_files(struct fx_refusal *why)
{
	return keep(CAP_DAC_OVERRIDE, why);
}

int fx_capabilities_keep_ids(struct fx_refusal *why)
{
	return keep(CAP_CHECKPOINT_RESTORE, why);
}

/* Who may not (an ordinary user) gets nothing by it either: no_new_privs is set. */
static void drop_bounding(void)
{
	cap_value_t cap = 0;

	/* The first that cannot be dropped is behind the last, or nothing may be. */
	while (cap_drop_bound(cap) == 0)
		cap++;
}

int fx_capabilities_drop(struct fx_refusal *why)
{
	drop_bounding();
	/* By one call; libcap's looks at each before. Linux before 4.3 has no such set. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return fx_capabilities_give_up(why);
}
