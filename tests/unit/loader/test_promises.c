/* SPDX-License-Identifier: MIT */
/* Which promise holds on which host, as docs/security.md has it. */
#include <check.h>
#include <string.h>

#include "loader/promises.h"

static const struct {
	struct fx_layers layers;
	const char *broken; /* names, each with a blank behind it */
} hosts[] = {
	{{7, true, true}, ""},
	{{6, true, true}, ""},
	{{6, false, false}, "terminals "},
	{{5, true, true}, ""},
	{{3, false, false}, "terminals signals "},
	{{2, true, true}, ""},
	{{2, false, false}, "files terminals signals "},
	{{1, true, false}, "signals "},
	{{0, true, true}, "devices "},
	{{0, true, false}, "devices signals "},
	{{0, false, false}, "files devices terminals signals "},
};

START_TEST(what_does_not_hold)
{
	struct fx_promise promise[FX_PROMISES];
	char broken[200] = "";

	fx_promises(&hosts[_i].layers, promise);
	for (size_t i = 0; i < FX_PROMISES; i++) {
		ck_assert_ptr_nonnull(promise[i].what);
		ck_assert_ptr_nonnull(promise[i].by);
		if (!promise[i].holds) {
			strcat(broken, promise[i].name);
			strcat(broken, " ");
		}
	}
	ck_assert_str_eq(broken, hosts[_i].broken);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("promises");
	TCase *tc = tcase_create("promises");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, what_does_not_hold, 0, sizeof(hosts) / sizeof(hosts[0]));
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
