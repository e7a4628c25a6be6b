#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# usage: install.sh MESON BUILD SOURCE
#
# What `meson install` puts where: all of it; the installed program works, and so does the library,
# of whose names a program sees none but those of fxfutex.symbols.
set -euo pipefail

meson=$1 build=$2 source=$3
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

"$meson" install -C "$build" --no-rebuild --quiet --destdir "$root" >&2
prefix=$("$meson" introspect "$build" --buildoptions |
	python3 -c 'import json, sys; print({o["name"]: o["value"] for o in json.load(sys.stdin)}["prefix"])')

status=0
for file in bin/fxbox bin/fxbox-oci libexec/fxbox/fxbox-report include/fxfutex.h share/man/man1/fxbox.1 share/man/man5/fxbox-log.5 share/man/man8/fxbox-oci.8 \
	share/bash-completion/completions/fxbox share/zsh/site-functions/_fxbox \
	share/fish/vendor_completions.d/fxbox.fish share/fxbox/fxbox-log.schema.json share/fxbox/fxbox-threads.schema.json \
	share/fxbox/fxbox-replay.schema.json share/fxbox/fxbox-test.schema.json share/fxbox/profile.schema.json \
	share/fxbox/oci.schema.json; do
	if ! [ -s "$root$prefix/$file" ]; then
		echo "not installed: $file" >&2
		status=1
	fi
done
cmp "$root$prefix/bin/fxbox" "$build/fxbox" >&2 || status=1
[ "$("$root$prefix/bin/fxbox" run --no-confine -- /bin/echo works)" = works ] || status=1
"$root$prefix/bin/fxbox" audit --help >/dev/null || status=1

library=$(find "$root" -name libfxfutex.a)
names=$(nm --defined-only -g "$library" | awk 'NF == 3 && $3 !~ /^fxfutex_/ { print $3 }')
if [ -n "$names" ]; then
	echo "names of libfxfutex.a that are not its own:" "$names" >&2
	status=1
fi

# uses COMPILER OPTION... FILE: it compiles with what is installed, and nothing else of the source.
uses() {
	# shellcheck disable=SC2086
	if ! "$@" $flags -o "$root/program" >&2; then
		echo "does not compile: $*" >&2
		status=1
	fi
}
PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$(dirname "$(find "$root" -name fxfutex.pc)")
export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR
flags=$(pkg-config --cflags --libs fxfutex)
echo '#include <fxfutex.h>' >"$root/alone.c"
cp "$root/alone.c" "$root/alone.cc"
uses cc -std=c99 -D_POSIX_C_SOURCE=200112L -pedantic -Wall -Wextra -Werror -c "$root/alone.c"
if command -v c++ >/dev/null; then
	uses c++ -pedantic -Wall -Wextra -Werror -c "$root/alone.cc"
else
	echo "fxfutex.h in C++: no compiler" >&2
fi
cp "$source/guest-progs/fxfutex_example.c" "$root/example.c"
uses cc "$root/example.c"
"$root/program" >&2 || status=1
exit $status
