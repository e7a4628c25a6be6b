#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# usage: package.sh SOURCE
#
# The Debian packages: they are built, lintian finds no error, they hold what
# they should, and what they hold works from a root of its own.

# The checks are called by name.
# shellcheck disable=SC2317
set -euo pipefail
cd "$1"

count=0 failed=0
check() {
	local name=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/said" 2>&1; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$work/said"
		failed=1
	fi
}

for tool in dpkg-buildpackage dh git; do
	if ! command -v "$tool" >/dev/null; then
		echo "1..0 # SKIP $tool is not installed"
		exit 0
	fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root deb=$work/deb
mkdir "$root"

field() {
	dpkg-deb -f "$deb"/"$1"_*.deb "$2"
}

version() {
	local upstream
	upstream=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" meson.build)
	[ "$(field fxbox Version)" = "$upstream-1" ] && 
		"$root/usr/bin/fxbox" --version | grep -qE "^fxbox $upstream \(commit [0-9a-f]{12}(-dirty)?\)$"
}

holds() {
	local package=$1 file status=0
	shift
	dpkg-deb -c "$deb/${package}"_*.deb | awk '{print $6}' >"$work/list"
	for file in "$@"; do
		grep -qx "\./$file" "$work/list" || {
			echo "not in $package: $file"
			status=1
		}
	done
	return "$status"
}

# Nothing of the tests, the build or the machine.
holds_no_more() {
	! grep -vE '/$|^\./usr/(bin/fxbox|libexec/fxbox/fxbox-report|share/(doc|man|fxbox|bash-completion|fish|zsh|lintian)/)' "$work/list"
}

needs_libraries() {
	local rest
	field fxbox Depends
	rest=$(field fxbox Depends | tr ',' '\n' | sed 's/ *(.*//; s/ //g' | grep -vxE 'lib(c6|dw1|elf1|dw1t64|elf1t64|json-c5|seccomp2)')
	[ -z "$rest" ]
}

manual() {
	zcat "$root/usr/share/man/man1/fxbox.1.gz" | grep -q '^\.Cm report' &&
		zcat "$root/usr/share/man/man5/fxbox-log.5.gz" | grep -q 'subs_lost'
}

runs() {
	"$root/usr/bin/fxbox" run --no-confine true &&
		[ "$("$root/usr/bin/fxbox" run --no-confine -- sh -c 'echo works | cat')" = works ]
}

# Where the machine permits no confinement at all, fxbox says so and ends with 125.
runs_confined() {
	"$root/usr/bin/fxbox" run true && ! "$root/usr/bin/fxbox" run sh -c "true > '$work/written'" &&
		! [ -e "$work/written" ]
}

reads_logs() {
	"$root/usr/bin/fxbox" run --no-confine --log="$work/log.jsonl" true &&
		"$root/usr/bin/fxbox" audit summary "$work/log.jsonl"
}

library() {
	local example=$root/usr/share/doc/libfxfutex-dev/examples/fxfutex_example.c

	PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$(echo "$root"/usr/lib/*/pkgconfig) \
		pkg-config --cflags --libs fxfutex >"$work/flags"
	# shellcheck disable=SC2046
	cc -o "$work/main" "$example" $(cat "$work/flags") && "$work/main"
}

no_errors() {
	lintian --fail-on error,warning "$deb"/fxbox_*.deb "$deb"/libfxfutex-dev_*.deb
}

check "the packages are built" docs/packaging/build.sh "$deb"
for package in fxbox libfxfutex-dev; do
	dpkg-deb -x "$deb/${package}"_*.deb "$root"
done
check "libfxfutex-dev has library and header" holds libfxfutex-dev usr/include/fxfutex.h \
	usr/lib/x86_64-linux-gnu/libfxfutex.a usr/lib/x86_64-linux-gnu/pkgconfig/fxfutex.pc
check "fxbox has programs, manual, completions, schemas, documents" holds fxbox usr/bin/fxbox usr/bin/fxbox-oci \
	usr/libexec/fxbox/fxbox-report \
	usr/share/man/man1/fxbox.1.gz usr/share/man/man5/fxbox-log.5.gz usr/share/man/man8/fxbox-oci.8.gz \
	usr/share/bash-completion/completions/fxbox usr/share/zsh/vendor-completions/_fxbox \
	usr/share/fish/vendor_completions.d/fxbox.fish usr/share/fxbox/fxbox-log.schema.json usr/share/fxbox/fxbox-threads.schema.json \
	usr/share/fxbox/profile.schema.json usr/share/fxbox/oci.schema.json usr/share/doc/fxbox/security.md.gz \
	usr/share/doc/fxbox/copyright
check "and no more" holds_no_more
check "it needs what fxbox-report is linked with, and no more" needs_libraries
check "it says what is linked in" grep -qE "(json-c|libcap2|glibc) \(= .*, .*, " <(field fxbox Built-Using)
check "its version is that of the source" version
check "the manual is this one" manual
check "the program runs" runs
check "the program confines" runs_confined
check "the program reads logs" reads_logs
check "the library can be linked" library
if command -v lintian >/dev/null; then
	check "lintian finds nothing" no_errors
else
	count=$((count + 1))
	echo "ok $count - lintian finds nothing # SKIP lintian is not installed"
fi
echo "1..$count"
exit "$failed"
