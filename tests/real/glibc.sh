#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds glibc's own tests, of nptl or of another part, from Debian's glibc-source and runs them
# natively and under fxbox (glibc.py). Takes half an hour and 3 GB, so it is no part of the default
# tests.
#
#   glibc.sh FXBOX WORK_DIRECTORY [--part=NAME] [GLIBC.PY OPTION...]
set -euo pipefail
fxbox=$(realpath "$1")
work=$2
here=$(dirname "$(realpath "$0")")
part=nptl
shift 2
for word in "$@"; do
	case $word in --part=*) part=${word#*=} ;; esac
done

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

if ! compgen -G '/usr/src/glibc/glibc-*.tar.xz' >/dev/null; then
	as_root apt-get update -qq
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		glibc-source gcc g++ make bison gawk python3 gettext texinfo xz-utils binutils
fi
mkdir -p "$work"
cd "$work"
source_dir=$(tar tf /usr/src/glibc/glibc-*.tar.xz | sed -n '1s,/.*,,p;1q' || true)
if [ ! -f build/built ]; then
	tar xf /usr/src/glibc/glibc-*.tar.xz
	mkdir -p build
	cd build
	"../$source_dir/configure" --prefix=/usr --disable-werror --disable-profile --disable-nscd \
		--without-selinux >configure.log 2>&1
	make -j"$(nproc)" >make.log 2>&1
	touch built
	cd ..
fi
if [ ! -f "build/built-$part" ]; then
	cd build
	make -r -j"$(nproc)" -C "../$source_dir/$part" objdir="$PWD" tests run-built-tests=no >"tests-$part.log" 2>&1
	touch "built-$part"
	cd ..
fi
exec python3 "$here/glibc.py" "$PWD/build" "$fxbox" --timeout 600 "$@"
