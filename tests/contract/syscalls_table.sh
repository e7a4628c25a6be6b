#!/bin/sh
# SPDX-License-Identifier: MIT
#
# shim/syscalls.tbl keeps the promises of its header: every number once and in
# order, the names of the installed kernel headers, known letters and words, and
# handlers that agree with the verdicts.
#
# Prints every broken promise and exits 1. CC names the compiler whose headers
# are compared; without one, that comparison alone is left out.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
table=${1:-$root/shim/syscalls.tbl}

# "NR name" for each system call that the installed headers know.
headers=$(echo '#include <asm/unistd_64.h>' | ${CC:-cc} -E -dM - 2>/dev/null |
	sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9]*\)$/\2 \1/p') || headers=
[ -n "$headers" ] || echo "note: no asm/unistd_64.h to compare with" >&2

{
	echo "$headers"
	echo "--"
	cat "$table"
} | awk '
function bad(text)
{
	printf "syscalls.tbl:%d: %s\n", line, text
	failed = 1
}

function trim(s)
{
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

function known(word, words)
{
	return index(" " words " ", " " word " ") > 0
}

!in_table && $0 == "--" { in_table = 1; next }
!in_table { if (NF == 2) expected[$2] = $1; next }

{ line++ }

/Why a call is UNSUPPORTED/ { legend = 1; next }
legend && /^ \*\// { legend = 0 }
legend && /^ \*   [a-z]+ / { why[$2] = line }

/^$/ || /^\/\*/ || /^ \*/ { next }

!/^FX_SYSCALL\([0-9]+, +[a-z_0-9]+, +[A-Z]+, +fx_sys_[a-z_0-9]+, +"[A-Za-z!]*", +[A-Z]+, +[a-z_0-9]+\)( +\/\* [a-z]+ \*\/)?$/ {
	bad("not a row: " $0)
	next
}

{
	row = $0
	sub(/^FX_SYSCALL\(/, "", row)
	tag = ""
	if (match(row, /\/\* [a-z]+ \*\//))
		tag = substr(row, RSTART + 3, RLENGTH - 6)
	sub(/\).*/, "", row)
	split(row, column, ",")
	nr = trim(column[1]) + 0
	name = trim(column[2])
	verdict = trim(column[3])
	handler = trim(column[4])
	args = trim(column[5])
	restart = trim(column[6])
	gsub(/"/, "", args)

	# Aligned: where the verdict, the arguments and the last column begin.
	columns = index($0, verdict) " " index($0, "\"") " " length($0) - length(substr($0, match($0, /[a-z_0-9]+\)/)))
	if (layout == "")
		layout = columns
	if (columns != layout)
		bad(name ": not aligned with the first row")

	if (rows++ == 0 && nr != 0)
		bad(name ": the first number is not 0")
	else if (rows > 1 && nr <= last)
		bad(name ": " nr " after " last ": not sorted, or twice")
	else if (rows > 1 && nr != last + 1 && !(last == 336 && nr == 424))
		bad(name ": a gap from " last " to " nr)
	last = nr

	if (name in seen)
		bad(name ": named twice")
	seen[name] = 1
	if (name in expected && expected[name] != nr)
		bad(name ": is " expected[name] " in asm/unistd_64.h")
	delete expected[name]

	if (!known(verdict, "EMULATED PASSTHROUGH PARTIAL UNSUPPORTED"))
		bad(name ": verdict " verdict)
	if ((verdict == "PASSTHROUGH") != (handler == "fx_sys_host"))
		bad(name ": " verdict " and " handler)
	if ((verdict == "UNSUPPORTED") != (handler == "fx_sys_unsupported"))
		bad(name ": " verdict " and " handler)

	if (args !~ /^[iuxopsfFdbwtgPMOlcU]*!?$/ || length(args) - (args ~ /!$/) > 6)
		bad(name ": arguments \"" args "\"")
	if (!known(restart, "NONE SYS NOHAND BLOCK EINTR RECV SEND"))
		bad(name ": restart class " restart)

	if ((verdict == "UNSUPPORTED") != (tag != ""))
		bad(name ": " verdict (tag == "" ? " without a reason" : " with a reason"))
	if (tag != "" && !(tag in why))
		bad(name ": reason \"" tag "\" is not explained in the header")
	used[tag] = 1
}

END {
	for (name in expected)
		bad(name " (" expected[name] "): in asm/unistd_64.h, not in the table")
	for (tag in why) {
		if (!(tag in used))
			bad("reason \"" tag "\": no row has it")
	}
	if (last < 470)
		bad("ends at " last + 0)
	exit failed
}
'
