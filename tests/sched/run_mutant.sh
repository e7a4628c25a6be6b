#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run_mutant.sh SOURCE_ROOT PATCH WORK_DIR COMPILER...
#
# Applies a seeded bug to a copy of the manager, and succeeds if the scheduler
# finds it and its replay string reproduces it. A patch that does not apply is a
# failure: the bug has to be seeded anew in the code as it now is.
set -eu

root=$1
patch=$2
work=$3/$(basename "$patch" .patch)
shift 3

rm -rf "$work"
mkdir -p "$work/tests"
cp -R "$root/manager" "$work/manager"
cp -R "$root/tests/sched" "$work/tests/sched"
cd "$work"
patch --batch --quiet --fuzz=0 -p1 <"$patch"

flags='-std=gnu11 -O1 -w -I. -DFX_STEP_HOOK -U_FORTIFY_SOURCE'
# shellcheck disable=SC2086 # the flags are words
"$@" $flags -c -Dfx_lock=fx_lock_real -Dfx_unlock=fx_unlock_real manager/lock.c -o lock.o
# What is hosted, and the lock, which is compiled above.
rm manager/platform_*.c manager/fxfutex.c manager/lock.c
# shellcheck disable=SC2086
"$@" $flags -o explore tests/sched/*.c lock.o manager/*.c

status=0
./explore >found.txt 2>&1 || status=$?
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
