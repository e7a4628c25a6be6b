/* SPDX-License-Identifier: MIT */
#include "loader/confine/capabilities.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>

#include "loader/exit_status.h"

int fx_capabilities_give_up(struct fx_refusal *why)
{
	cap_t none = cap_init();
	int result = none ? cap_set_proc(none) : -1;

	if (result < 0)
		fx_refuse(why, FX_EXIT_FAILED, "capabilities", "cannot be dropped: %s",
			  strerror(errno));
	cap_free(none);
	return result;
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
	cap_reset_ambient();
	return fx_capabilities_give_up(why);
}
