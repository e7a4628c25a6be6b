/* SPDX-License-Identifier: MIT */
/* `fxbox test` whose runs are those of another program: front RUNNER test ARGUMENT... */
#include "loader/test/cmd_test.h"
#include "loader/test/session.h"

int main(int argc, char **argv)
{
	if (argc < 3)
		return 125;
	fx_test_runner = argv[1];
	return fx_cmd_test(argc - 2, argv + 2);
}
