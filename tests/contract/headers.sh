#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every header compiles alone. headers.sh ROOT BUILD COMPILER...; prints TAP.
set -euo pipefail
root=$1 build=$2
shift 2
cd "$root"
mapfile -t headers < <(find shim manager loader -name '*.h' ! -name thread_layout.h | sort)
echo "1..$((${#headers[@]} * $#))"
number=0 status=0
for compiler in "$@"; do
	for header in "${headers[@]}"; do
		number=$((number + 1))
		if error=$("$compiler" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-function \
			-Wno-missing-field-initializers -fsyntax-only -I. -I"$build/loader" \
			-x c - <<<"#include \"$header\"" 2>&1); then
			echo "ok $number - $header with $compiler"
		else
			echo "not ok $number - $header with $compiler"
			echo "# ${error//$'\n'/$'\n'# }"
			status=1
		fi
	done
done
exit $status
