# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# For fresh.sh and kernel.sh: where they make roots, which is gone in the end. From above: keep, a
# directory to stay, or empty. Leaves work.

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Nothing is mounted any more by then: mounts are in namespaces of their own.
clean_up() {
	[ -n "$keep" ] || as_root rm -rf --one-file-system "$work"
}

# make_work NAME
make_work() {
	if [ -n "$keep" ]; then
		mkdir -p "$keep"
		work=$(cd "$keep" && pwd)
	else
		work=$(mktemp -d "/var/tmp/fxbox-$1-XXXXXX")
	fi
	trap clean_up EXIT
}
