#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs/syscalls.md is what docs/gen-syscalls.sh makes of shim/syscalls.tbl.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)

if ! "$root/docs/gen-syscalls.sh" "$root/shim/syscalls.tbl" | diff -u "$root/docs/syscalls.md" - >&2; then
	echo "docs/syscalls.md is stale: run docs/gen-syscalls.sh >docs/syscalls.md" >&2
	exit 1
fi
