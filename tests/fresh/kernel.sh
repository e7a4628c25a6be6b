#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The tests on a kernel of Debian's, in an emulated machine.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
	cat <<'TXT'
Usage: ./dev kernel [OPTION]... SUITE...

Runs the suites on Debian's own kernel (Linux 6.1 of bookworm, 6.12 of trixie) and an emulated
processor, which has what this one may lack: int 0x80, hardware breakpoints, FSGSBASE, protection
keys. Uses the build here, and ends with the counts of `./dev test`. Emulated, a call takes some
twenty times as long.

  --release=NAME  bookworm (default) or trixie
  --memory=MIB    of the machine (2048)
  --keep=DIR      make root and disk in DIR and leave them; a root that is there is used again

Needs root or sudo, mmdebstrap, qemu-system-x86, and Debian's package archive.
TXT
}

release=bookworm memory=2048 keep='' suites=()
for word in "$@"; do
	case $word in
	--release=*) release=${word#*=} ;;
	--memory=*) memory=${word#*=} ;;
	--keep=*) keep=${word#*=} ;;
	--help | -h)
		usage
		exit 0
		;;
	-*)
		echo "kernel: $word: this option is unknown" >&2
		usage >&2
		exit 125
		;;
	*) suites+=("$word") ;;
	esac
done
[ ${#suites[@]} != 0 ] || {
	usage >&2
	exit 125
}

# shellcheck source=tests/fresh/work.sh
. tests/fresh/work.sh
make_work kernel

# The tests have this place in them, so they lie there too.
here=$PWD root=$work/root
# What the suites start; what is not there is skipped by name.
packages=(linux-image-cloud-amd64 meson python3 util-linux procps iproute2 e2fsprogs strace git gcc libc6-dev
	check libelf1 libdw1 libjson-c-dev libseccomp-dev musl perl)

if ! [ -d "$root" ]; then
	echo "A root of $release, with its kernel" >&2
	as_root mmdebstrap --variant=minbase --quiet --include="$(IFS=, && echo "${packages[*]}")" "$release" "$work/root.tar"
	mkdir "$root"
	as_root tar -x -C "$root" -f "$work/root.tar" --exclude='./dev/*'
	as_root rm "$work/root.tar"
fi
echo "Its disk" >&2
as_root rm -rf "${root:?}$here" "$work/disk"
as_root mkdir -p "$root$here"
git ls-files -z | as_root tar --null -T - -c | as_root tar -x -C "$root$here"
as_root cp -r build "$root$here/build"
# Where the build has found another python3 than Debian's, that is in its place.
while read -r python; do
	[ -e "$root$python" ] && continue
	as_root mkdir -p "$root$(dirname "$python")"
	as_root ln -s /usr/bin/python3 "$root$python"
done < <(grep -o '"/[^"]*/python3[.0-9]*"' build/meson-info/intro-tests.json | tr -d '"' | sort -u)
as_root tee "$root/run.sh" >/dev/null <<TXT
#!/bin/bash
mount -t proc proc /proc
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
echo "+memory +pids" >/sys/fs/cgroup/cgroup.subtree_control
ip link set lo up
export HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd "$here"
uname -srm
meson test -C build --no-rebuild --num-processes 2 --timeout-multiplier 20 $(printf -- '--suite %s ' "${suites[@]}") </dev/null
python3 tests/count.py build/meson-logs/testlog.json
sync
echo o >/proc/sysrq-trigger
sleep 1000
TXT
as_root chmod 755 "$root/run.sh"
as_root mke2fs -q -F -t ext4 -d "$root" -r 1 "$work/disk" 4G
as_root chmod 644 "$work/disk"
as_root chown "$(id -u)" "$work/disk"

boot() {
	# Of more than one, the newest.
	local kernel
	kernel=$(find "$root/boot" -name 'vmlinuz-*' | sort -V | tail -n 1)
	qemu-system-x86_64 -M q35 -accel tcg,thread=multi -cpu max -smp 2 -m "$memory" -display none -serial stdio \
		-monitor none -no-reboot -kernel "$kernel" -initrd "${kernel/vmlinuz/initrd.img}" \
		-append "root=/dev/vda rw console=ttyS0 panic=-1 init=/run.sh quiet" \
		-drive "file=$work/disk,format=raw,if=virtio,cache=unsafe" -nic none </dev/null
}
boot | tr -d '\r' | tee "$work/said"
grep -qE '^[1-9][0-9]* passed, 0 failed' "$work/said"
