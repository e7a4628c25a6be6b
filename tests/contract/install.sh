#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# usage: install.sh MESON BUILD
#
# What `meson install` puts where: all of it, and the installed program works.
set -euo pipefail

meson=$1 build=$2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

"$meson" install -C "$build" --no-rebuild --quiet --destdir "$root" >&2
prefix=$("$meson" introspect "$build" --buildoptions |
	python3 -c 'import json, sys; print({o["name"]: o["value"] for o in json.load(sys.stdin)}["prefix"])')

status=0
for file in bin/fxbox libexec/fxbox/fxbox-report include/fxfutex.h share/man/man1/fxbox.1 share/man/man5/fxbox-log.5 \
	share/bash-completion/completions/fxbox share/zsh/site-functions/_fxbox \
	share/fish/vendor_completions.d/fxbox.fish share/fxbox/fxbox-log.schema.json share/fxbox/fxbox-threads.schema.json \
	share/fxbox/profile.schema.json; do
	if ! [ -s "$root$prefix/$file" ]; then
		echo "not installed: $file" >&2
		status=1
	fi
done
find "$root" -name libfxfutex.a | grep -q . || status=1
find "$root" -name fxfutex.pc | grep -q . || status=1
cmp "$root$prefix/bin/fxbox" "$build/fxbox" >&2 || status=1
[ "$("$root$prefix/bin/fxbox" run --no-confine -- /bin/echo works)" = works ] || status=1
"$root$prefix/bin/fxbox" audit --help >/dev/null || status=1
exit $status
