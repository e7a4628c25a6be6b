#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: run.sh TARGET CORPUS [libFuzzer option...]
#
# Fuzzes for FUZZ_SECONDS (3), from the corpus; what is found new stays in a
# temporary directory. An input that fails is printed and kept.
set -eu

target=$1 corpus=$2
shift 2
new=$(mktemp -d)
status=0
"$target" -seed="${FUZZ_SEED:-1}" -max_total_time="${FUZZ_SECONDS:-3}" -timeout=20 -verbosity=0 -print_final_stats=1 \
	-artifact_prefix="$PWD/" "$@" "$new" "$corpus" || status=$?
rm -rf "$new"
exit $status
