#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run_mutant.sh SOURCE_ROOT PATCH SCENARIO WORK_DIR ALL_ARCHIVE LOCK_ARCHIVE COMPILER...
#
# Applies a seeded bug to a copy of the manager's file that it is in, and succeeds if the
# scheduler finds it in the scenario and its replay string reproduces it. A patch that does not
# apply is a failure: the bug has to be seeded anew in the code as it now is.
set -eu

root=$1
patch=$2
scenario=$3
work=$4/$(basename "$patch" .patch)
all=$(realpath "$5")
lock=$(realpath "$6")
shift 6

file=$(sed -n 's|^+++ b/||p' "$patch")
case $file in
manager/*.c) ;;
*)
	echo "one file of manager/*.c can be changed by a patch, not: $file"
	exit 1
	;;
esac
rm -rf "$work"
mkdir -p "$work/manager"
cp "$root/$file" "$work/manager"
cd "$work"
patch --batch --quiet --fuzz=0 -p1 <"$patch"

flags="-std=gnu11 -O2 -w -I. -DFX_STEP_HOOK -U_FORTIFY_SOURCE"
[ "$file" != manager/lock.c ] || flags="$flags -Dfx_lock=fx_lock_real -Dfx_unlock=fx_unlock_real"
# The archives have the file as it was, too: what is named first is taken.
# shellcheck disable=SC2086 # the flags are words
"$@" $flags -I"$root" -o explore "$file" "$all" "$lock"

status=0
./explore "$scenario" >found.txt 2>&1 || status=$?
if [ "$status" -ne 1 ] || ! grep '^VIOLATION' found.txt; then
	cat found.txt
	echo "not found: $(head -n 1 "$patch")"
	exit 1
fi
schedule=$(sed -n 's/^replay: //p' found.txt)
./explore --replay "$schedule" >replayed.txt 2>&1 && status=0 || status=$?
if [ "$(grep '^VIOLATION' found.txt)" != "$(grep '^VIOLATION' replayed.txt)" ]; then
	cat replayed.txt
	echo "found, but the replay of $schedule is another"
	exit 1
fi
echo "replayed: $schedule"
