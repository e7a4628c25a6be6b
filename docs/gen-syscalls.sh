#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Prints docs/syscalls.md, made from shim/syscalls.tbl:
#
#     docs/gen-syscalls.sh >docs/syscalls.md
#
# tests/contract/syscalls_doc.sh fails when the file and the table differ.
set -eu

table=${1:-$(dirname "$0")/../shim/syscalls.tbl}

awk '
function trim(s)
{
	gsub(/^[ \t]+|[ \t]+$/, "", s)
	return s
}

# "Why a call is UNSUPPORTED" in the header: one word, then the reason.
/Why a call is UNSUPPORTED/ { legend = 1; next }
legend && /^ \*\// { legend = 0 }
legend && /^ \*   [a-z]+ / {
	line = $0
	sub(/^ \* */, "", line)
	word = line
	sub(/ .*/, "", word)
	sub(/^[a-z]+ */, "", line)
	why[word] = line
}

/^FX_SYSCALL\(/ {
	row = $0
	sub(/^FX_SYSCALL\(/, "", row)
	tag = ""
	if (match(row, /\/\* [a-z]+ \*\//))
		tag = substr(row, RSTART + 3, RLENGTH - 6)
	sub(/\).*/, "", row)
	split(row, column, ",")
	n++
	nr[n] = trim(column[1])
	name[n] = trim(column[2])
	verdict[n] = tolower(trim(column[3]))
	restart[n] = trim(column[6])
	man[n] = trim(column[7])
	reason[n] = tag
	count[verdict[n]]++
}

END {
	after["NONE"] = ""
	after["SYS"] = "`SA_RESTART` decides"
	after["NOHAND"] = "EINTR"
	after["BLOCK"] = "EINTR"
	after["EINTR"] = "EINTR"
	after["RECV"] = "`SA_RESTART` decides; EINTR with SO_RCVTIMEO"
	after["SEND"] = "`SA_RESTART` decides; EINTR with SO_SNDTIMEO"

	print "<!-- Made by docs/gen-syscalls.sh from shim/syscalls.tbl. Do not edit. -->"
	print "# System calls"
	print ""
	print "What fxbox does with each of the " n " system calls of x86-64 Linux, numbers 0 to " nr[n] "."
	print "`fxbox syscalls` prints the same table for the version you have installed."
	print ""
	print "| verdict | calls | meaning |"
	print "|---|---:|---|"
	print "| emulated | " count["emulated"] " | answered by fxbox inside the process |"
	print "| partial | " count["partial"] " | answered by the host, but fxbox answers, changes or refuses" \
		" some sub-operations or arguments |"
	print "| passthrough | " count["passthrough"] " | answered by the host; arguments and result are not touched |"
	print "| unsupported | " count["unsupported"] " | fails with ENOSYS, and the audit log has a record of it |"
	print ""
	print "A number without a row, and every system call made through `int 0x80` or with the x32 bit,"
	print "is unsupported. Where a supported call differs from Linux, [limits.md](limits.md) says how."
	print ""
	print "*Interrupted* is what a signal handler of the guest does to the call while it sleeps, as on"
	print "Linux (signal(7)): the call fails with EINTR, or `SA_RESTART` decides between EINTR and beginning"
	print "anew. Empty: the call is not interrupted. Futex waits with a timeout give EINTR whatever"
	print "`SA_RESTART` says."
	print ""
	print "## By number"
	print ""
	print "| nr | name | verdict | interrupted | manual |"
	print "|---:|---|---|---|---|"
	for (i = 1; i <= n; i++) {
		page = man[i] == "none" ? "" : man[i] "(2)"
		printf "| %s | `%s` | %s | %s | %s |\n", nr[i], name[i], verdict[i], after[restart[i]], page
	}
	print ""
	print "## Why a call is unsupported"
	print ""
	print "| why | calls |"
	print "|---|---|"
	for (i = 1; i <= n; i++) {
		if (reason[i] == "")
			continue
		if (!(reason[i] in list))
			order[++groups] = reason[i]
		list[reason[i]] = list[reason[i]] (list[reason[i]] == "" ? "" : ", ") "`" name[i] "`"
	}
	for (g = 1; g <= groups; g++)
		print "| " why[order[g]] " | " list[order[g]] " |"
}
' "$table"
