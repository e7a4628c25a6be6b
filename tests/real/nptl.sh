#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds glibc's nptl tests from Debian's glibc-source and runs them natively and under
# fxbox (nptl.py). Takes half an hour and 3 GB, so it is no part of the default tests.
#
#   nptl.sh FXBOX WORK_DIRECTORY [NPTL.PY OPTION...]
set -euo pipefail
fxbox=$(realpath "$1")
work=$2
here=$(dirname "$(realpath "$0")")
shift 2

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
	make -r -j"$(nproc)" -C "../$source_dir/nptl" objdir="$PWD" tests run-built-tests=no >tests.log 2>&1
	touch built
	cd ..
fi
exec python3 "$here/nptl.py" "$PWD/build" "$fxbox" --timeout 600 "$@"
