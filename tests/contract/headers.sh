#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every header compiles alone. headers.sh ROOT BUILD COMPILER [OTHER]; prints TAP. The other compiler
# has the header of the library only, which is for everyone's.
set -euo pipefail
root=$1 build=$2 compiler=$3 other=${4-}
cd "$root"
mapfile -t headers < <(find shim manager loader -name '*.h' ! -name thread_layout.h | sort)
number=0 status=0

# compile COMPILER OPTION...
compile() {
	"$1" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-function \
		-Wno-missing-field-initializers -fsyntax-only -I. -I"$build" -I"$build/loader" "${@:2}" 2>&1
}

# compiles COMPILER HEADER
compiles() {
	number=$((number + 1))
	if [ -n "$all" ] || error=$(compile "$1" -x c - <<<"#include \"$2\""); then
		echo "ok $number - $2 with $1"
	else
		echo "not ok $number - $2 with $1"
		echo "# ${error//$'\n'/$'\n'# }"
		status=1
	fi
}

# Each is a file of its own here too; which of them it is that does not compile is seen one by one.
all=
if compile "$compiler" -x c "${headers[@]}" >/dev/null; then all=yes; fi
for header in "${headers[@]}"; do
	compiles "$compiler" "$header"
done
all=
for any in "$compiler" ${other:+"$other"}; do
	compiles "$any" manager/fxfutex.h
done
echo "1..$number"
exit $status
