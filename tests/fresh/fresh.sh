#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The README's commands on a machine that has nothing: new minimal roots of Debian. TAP.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
	cat <<'TXT'
Usage: ./dev fresh [OPTION]... [SUITE]...

Makes a minimal root of a Debian release with mmdebstrap, puts a clean clone of the last commit
into it, and there runs `./dev demo`, `./dev test SUITE...` and `./dev package`, whose packages
are installed, used and removed in another new root. Once as root, once as an ordinary user with
sudo. Without a SUITE, those that need no large packages.

  --release=NAME  that release only (bookworm, trixie); may be repeated
  --as=root|user  one of the two only
  --demo-as=root|user
                  only the demo as this one
  --no-package    no packages
  --keep=DIR      make everything below DIR, and leave it there

Needs root or sudo, mmdebstrap, and Debian's package archive; where one is missing that is a skip.
TXT
}

all_suites=(unit sched contract loader guests confine hostile differential)
releases=() people=(root user) demo_only='' packages=yes keep='' suites=()
for word in "$@"; do
	case $word in
	--release=*) releases+=("${word#*=}") ;;
	--as=root | --as=user) people=("${word#*=}") ;;
	--demo-as=root | --demo-as=user) demo_only=${word#*=} ;;
	--no-package) packages='' ;;
	--keep=*) keep=${word#*=} ;;
	--help | -h)
		usage
		exit 0
		;;
	-*)
		echo "fresh: $word: this option is unknown" >&2
		usage >&2
		exit 125
		;;
	*) suites+=("$word") ;;
	esac
done
[ ${#releases[@]} != 0 ] || releases=(bookworm trixie)
[ ${#suites[@]} != 0 ] || suites=("${all_suites[@]}")

# shellcheck source=tests/fresh/work.sh
. tests/fresh/work.sh
make_work fresh

number=0 failed=0 skipped=0
ok() {
	number=$((number + 1))
	echo "ok $number - $1"
}
not_ok() { # NAME LOG
	number=$((number + 1)) failed=$((failed + 1))
	echo "not ok $number - $1"
	# The counts of a suite are told apart.
	grep -vE "$counts" "$2" | tail -n 30 | sed 's/^/# /'
}
skip() {
	number=$((number + 1)) skipped=$((skipped + 1))
	echo "ok $number - $1 # SKIP $2"
}

# Runs a command and tells how it went, with its time; what it said is in a file.
check() { # NAME COMMAND...
	local name=$1 log=$work/log start=$SECONDS
	shift
	if "$@" </dev/null >"$log" 2>&1; then
		ok "$name ($((SECONDS - start)) s)"
	else
		not_ok "$name ($((SECONDS - start)) s, status $?)" "$log"
		return 1
	fi
}

# Runs a line of shell in a root, as one of its users, in namespaces that end with it. The root is
# that of its mount namespace: in a mere chroot an ordinary user cannot make a user namespace.
inside() { # ROOT USER LINE
	# What is expanded is to be expanded inside.
	# shellcheck disable=SC2016
	as_root unshare --mount --pid --fork --kill-child -- bash -c '
		set -e
		mount --bind "$1" "$1"
		cd "$1"
		mount -t proc proc proc
		mount --rbind /sys sys
		mount --rbind /dev dev
		mount --bind "$2" var/cache/apt/archives
		cp /etc/resolv.conf etc/resolv.conf
		pivot_root . .
		umount -l .
		cd /
		export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
		HOME=$(getent passwd "$3" | cut -d: -f6)
		export HOME
		cd "$HOME"
		exec setpriv --reuid="$3" --regid="$(id -g "$3")" --init-groups bash -c "$4"' \
		bash "$1" "$work/archives" "$2" "$3"
}

# The archive cannot be had, which says nothing of fxbox.
unreachable='Failed to fetch|Could not resolve|Could not connect|Unable to connect|Connection timed out|Connection refused|Network is unreachable'

make_tree() { # RELEASE
	mkdir -p "$work/archives/partial"
	if as_root mmdebstrap --variant=minbase --quiet "$1" "$work/$1.tar" >"$work/log" 2>&1; then
		return 0
	fi
	if grep -qE "$unreachable" "$work/log"; then
		skip "$1" "the package archive cannot be reached"
	else
		not_ok "$1: a minimal root" "$work/log"
	fi
	return 1
}

new_root() { # RELEASE NAME
	as_root rm -rf --one-file-system "${work:?}/$1-$2"
	mkdir "$work/$1-$2"
	as_root tar -x -C "$work/$1-$2" -f "$work/$1.tar"
	# It is thrown away: what is installed need not be on the disk at once.
	echo force-unsafe-io | as_root tee "$work/$1-$2/etc/dpkg/dpkg.cfg.d/unsafe-io" >/dev/null
}

# The clone, with shared/ beside it as it lies beside this one, belongs to who works there.
give_source() { # ROOT USER HOME
	as_root cp -r "$work/fxbox" "$1$3/fxbox"
	if [ -d ../shared ]; then as_root cp -r ../shared "$1$3/shared"; fi
	as_root chroot "$1" chown -R "$2:$2" "$3"
}

new_machine() { # RELEASE WHO: a root with the clone, and for a user with sudo
	local root=$work/$1-$2
	new_root "$1" "$2"
	if [ "$2" = root ]; then
		give_source "$root" root /root
	else
		as_root chroot "$root" useradd --create-home --user-group --shell /bin/bash user
		give_source "$root" user /home/user
		inside "$root" root 'apt-get update -qq && apt-get install -y -qq --no-install-recommends sudo &&
			echo "user ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/user' >"$work/log" 2>&1 || {
			not_ok "$1: a user with sudo" "$work/log"
			return 1
		}
	fi
}

# What the suites said in the end, as a comment.
counts='^(skipped|failed): |^ +[0-9]+ skipped: |^[0-9]+ passed'
tell_counts() {
	grep -E "$counts" "$work/log" | sed 's/^/# /' || true
}

try_as() { # RELEASE WHO
	local root=$work/$1-$2 line
	new_machine "$1" "$2" || return
	check "$1, as $2: ./dev demo" inside "$root" "$2" 'cd fxbox && ./dev demo' || return
	[ "$demo_only" != "$2" ] || return 0
	line="./dev test ${suites[*]}"
	check "$1, as $2: $line" inside "$root" "$2" "cd fxbox && $line" || true
	tell_counts
}

# What a package is to do once it is installed, as anybody.
# shellcheck disable=SC2016
use='set -e
	fxbox --version
	fxbox run true
	[ "$(fxbox run --no-confine --log=log.jsonl -- sh -c "echo works | cat")" = works ]
	fxbox audit summary log.jsonl
	fxbox report -o page.html log.jsonl
	grep -q "<html" page.html
	rm log.jsonl page.html'
gone='set -e
	apt-get purge -y -qq fxbox libfxfutex-dev
	! command -v fxbox
	! ls -d /usr/libexec/fxbox /usr/share/fxbox /usr/share/doc/fxbox /usr/include/fxfutex.h'

try_packages() { # RELEASE
	local root=$work/$1-package
	[ -d "$work/$1-root" ] || new_machine "$1" root || return 0
	check "$1: ./dev package" inside "$work/$1-root" root 'cd fxbox && ./dev package' || return 0
	new_root "$1" package
	as_root mkdir "$root/debs"
	# shellcheck disable=SC2016
	as_root sh -c 'cp "$1"/root/fxbox/build/*.deb "$2"' sh "$work/$1-root" "$root/debs"
	as_root chroot "$root" useradd --create-home --user-group --shell /bin/bash user
	check "$1: the packages are installed" inside "$root" root \
		'apt-get update -qq && apt-get install -y -qq /debs/fxbox_*.deb /debs/libfxfutex-dev_*.deb' || return 0
	check "$1: what they hold is used by root" inside "$root" root "$use" || true
	check "$1: what they hold is used by a user" inside "$root" user "$use" || true
	check "$1: the packages are removed, and nothing stays" inside "$root" root "$gone" || true
}

try_release() { # RELEASE
	local who
	make_tree "$1" || return 0
	for who in "${people[@]}"; do
		try_as "$1" "$who" || true
	done
	[ -z "$packages" ] || try_packages "$1"
	[ -n "$keep" ] || as_root rm -rf --one-file-system "${work:?}/$1"* "${work:?}/archives"
}

for tool in mmdebstrap unshare setpriv git; do
	command -v "$tool" >/dev/null || why="$tool is not installed"
done
[ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null || [ -t 0 ] || why="neither root nor sudo"
if [ -n "${why-}" ]; then
	skip "${releases[*]}" "$why"
else
	git clone -q --no-hardlinks . "$work/fxbox"
	for release in "${releases[@]}"; do
		try_release "$release"
	done
fi
echo "1..$number"
echo "$((number - failed - skipped)) passed, $failed failed$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
[ "$failed" = 0 ]
