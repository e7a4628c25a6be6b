#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# usage: build.sh OUTPUT
#
# Debian packages of this source, into the directory OUTPUT. Built in a copy,
# for dpkg-buildpackage wants debian/ at the top and leaves much behind.
set -euo pipefail
mkdir -p "$1"
output=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/fxbox"
git ls-files -z | tar --null -T - -c | tar -x -C "$work/fxbox"
cp -r docs/packaging/debian "$work/fxbox/debian"
FXBOX_COMMIT=$(git describe --always --dirty --abbrev=12 --exclude='*')
export FXBOX_COMMIT
(cd "$work/fxbox" && dpkg-buildpackage -us -uc -b)
mv "$work"/*.deb "$output/"
