#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The freestanding object (DESIGN: life 2) runs on the guest's threads, where FS,
# the libc and the vector registers are the guest's. This fails on what would break
# that promise. Without --self-test it looks at OBJECT; with it, it compiles an object
# that breaks each rule and expects each to be found.
#
#   object.sh OBJECT
#   object.sh --self-test CC
set -euo pipefail

# The functions, all of assembly, that may enter the host.
trusted='fx_host_call|fx_host_call_park|fx_park_window|fx_park_window_end|fx_sigsys_entry|fx_signal_entry|fx_fault_entry|fx_leave|fx_leave_window|fx_restorer|fx_host_clone'
# These find the thread's block where every register is the guest's.
own='fx_point_(window|tail|slow|resume)'

# Prints one line a breach.
breaches() {
	local object=$1
	nm --undefined-only "$object" | sed -n 's/^ *U /undefined symbol: /p'
	readelf -SW "$object" | grep -oE ' \.(tdata|tbss|init_array|fini_array|ctors|dtors|preinit_array)[^ ]*' |
		sed 's/^ /section: /' || true
	readelf -rW "$object" | grep -oE 'R_X86_64_(TLS|TPOFF|GOTTPOFF|DTPOFF|IRELATIVE)[A-Z0-9]*' | sort -u |
		sed 's/^/relocation: /' || true
	objdump -d --no-show-raw-insn "$object" | awk -v trusted="^($trusted)$" -v own="^($own)$" '
		/^[0-9a-f]+ <.*>:$/ { name = $2; gsub(/[<>:]/, "", name); next }
		/%[fg]s:/ && name !~ own { print "segment register in " name ": " $0 }
		/%[xyz]mm|%mm[0-7]|%st|%k[0-7]|\t(f[a-z0-9]+|emms|ldmxcsr|stmxcsr|vzero[a-z]+)( |$)/ { print "vector register in " name ": " $0 }
		/\t(syscall|sysenter|int +\$0x80)/ { if (name !~ trusted) print "system call in " name ": " $0 }'
}

self_test() {
	local cc=$1 dir rule failed=0 number=0
	dir=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$dir'" EXIT
	expect() {
		rule=$1
		number=$((number + 1))
		"$cc" -O1 -fno-pic -c -o "$dir/bad.o" -x c - 2>/dev/null
		if [[ $'\n'$(breaches "$dir/bad.o") == *$'\n'"$rule"* ]]; then
			echo "ok $number - finds a breach: $rule"
		else
			echo "not ok $number - does not find: $rule"
			failed=1
		fi
	}
	echo 1..7
	expect 'undefined symbol' <<<'int puts(const char *); int f(void) { return puts("x"); }'
	expect 'section: .tbss' <<<'__thread int x; int f(void) { return x; }'
	expect 'section: .init_array' <<<'int x; __attribute__((constructor)) void f(void) { x = 1; }'
	expect 'segment register' <<<'long f(void) { long x; __asm__ volatile("movq %%fs:0, %0" : "=r"(x)); return x; }'
	expect 'vector register' <<<'double f(double a, double b) { return a * b; }'
	expect 'vector register' <<<'void f(void) { __asm__ volatile("fninit"); }'
	expect 'system call' <<<'void f(void) { __asm__ volatile("syscall"); }'
	return $failed
}

if [ "$1" = --self-test ]; then
	self_test "$2"
	exit
fi
found=$(breaches "$1")
if [ -n "$found" ]; then
	echo "$found"
	exit 1
fi
exported=$(nm --defined-only -g "$1" | awk '{print $3}' | sort | tr '\n' ' ')
if [ "$exported" != 'fx_script_line_parse fx_shell_word fx_start ' ]; then
	echo "exported symbols: $exported"
	exit 1
fi
