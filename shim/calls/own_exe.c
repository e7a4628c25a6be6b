/* SPDX-License-Identifier: MIT */
#include "shim/calls/own_exe.h"

#include <linux/fcntl.h>
#include <linux/stat.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/memory/umem.h"

#define MOST_LINKS 40 /* MAXSYMLINKS of Linux */

/* As newfstatat(2) writes it, so far as it is looked at. */
struct status {
	uint64_t dev, ino, nlink;
	uint32_t mode;
	char rest[144 - 28];
};

static struct {
	uint64_t dev, ino;
	uint32_t major, minor;
	bool held; /* FX_FD_GUEST is open */
} own;

void fx_exe_init(void)
{
	struct status st;
	struct statx x;

	if (fx_host(__NR_newfstatat, fx_fd(FX_FD_EXE), "", &st, AT_EMPTY_PATH) < 0 ||
	    fx_host(__NR_statx, fx_fd(FX_FD_EXE), "", AT_EMPTY_PATH, STATX_INO, &x) < 0)
		return;
	own.dev = st.dev;
	own.ino = st.ino;
	own.major = x.stx_dev_major;
	own.minor = x.stx_dev_minor;
	own.held = fx_host(__NR_fcntl, fx_fd(FX_FD_GUEST), F_GETFD) >= 0;
}

bool fx_exe_is_fxbox(uint64_t dev, uint64_t ino)
{
	return ino == own.ino && dev == own.dev && ino;
}

bool fx_exe_is_fxbox_at(uint32_t major, uint32_t minor, uint64_t ino)
{
	return ino == own.ino && major == own.major && minor == own.minor && ino;
}

static bool leads_to_fxbox(const struct fx_exe_place *place)
{
	struct status st;

	return fx_host(__NR_newfstatat, place->dirfd, place->path, &st, 0) == 0 &&
	       fx_exe_is_fxbox(st.dev, st.ino);
}

/* Where the last component begins. */
static size_t last_component(const char *path)
{
	size_t n = fx_strlen(path);

	while (n && path[n - 1] != '/')
		n--;
	return n;
}

/* fd/N as the last component, which begins there. */
static bool put_descriptor(struct fx_exe_place *place, size_t at, enum fx_fd which)
{
	struct fx_text x;
	char name[64];

	fx_text_init(&x, name, sizeof(name));
	fx_text_put(&x, "fd/");
	fx_text_dec(&x, fx_fd(which));
	if (at + x.len + 1 > FX_PATH_SIZE)
		return false;
	memcpy(place->path + at, name, x.len + 1);
	return true;
}

/*
 * Another run may keep its descriptors elsewhere: where the first of them is fxbox, the others are
 * what they are here. If not, the place is as it was.
 */
static bool is_beside(struct fx_exe_place *place, size_t at)
{
	struct status st;

	if (put_descriptor(place, at, FX_FD_EXE) && leads_to_fxbox(place) &&
	    put_descriptor(place, at, FX_FD_GUEST) &&
	    fx_host(__NR_newfstatat, place->dirfd, place->path, &st, 0) == 0)
		return true;
	memcpy(place->path + at, "exe", sizeof("exe"));
	return false;
}

static bool is_exe_of_own_pid(const char *path)
{
	char own_exe[64];
	struct fx_text x;

	if (fx_str_equal(path, "/proc/self/exe") || fx_str_equal(path, "/proc/thread-self/exe"))
		return true;
	fx_text_init(&x, own_exe, sizeof(own_exe));
	fx_text_put(&x, "/proc/");
	fx_text_dec(&x, fx_host(__NR_getpid));
	fx_text_put(&x, "/exe");
	return fx_str_equal(path, own_exe);
}

/* One link further, from the directory that the link lies in. The host reads the path before it
 * writes. */
static bool follow(struct fx_exe_place *place, size_t at)
{
	char *target = place->path + at;
	size_t room = sizeof(place->path) - at - 1;
	long n = fx_host(__NR_readlinkat, place->dirfd, place->path, target, room);

	if (n <= 0 || (size_t)n == room)
		return false;
	target[n] = 0;
	if (target[0] == '/')
		memmove(place->path, target, (size_t)n + 1);
	return true;
}

bool fx_exe_find(struct fx_exe_place *place)
{
	if (!leads_to_fxbox(place))
		return false;
	for (int links = 0; links < MOST_LINKS; links++) {
		size_t at = last_component(place->path);

		if (fx_str_equal(place->path + at, "exe")) {
			if (!own.held && is_exe_of_own_pid(place->path)) {
				memcpy(place->path, fx_guest_exe, sizeof(place->path));
				return true;
			}
			if (is_beside(place, at))
				return true;
		}
		if (!follow(place, at))
			return false;
	}
	return false;
}

bool fx_exe_find_at(int dirfd, uintptr_t upath, struct fx_exe_place *place)
{
	place->dirfd = dirfd;
	return fx_umem_string(place->path, upath, sizeof(place->path)) > 0 && fx_exe_find(place);
}

bool fx_exe_named(int dirfd, uintptr_t upath, struct fx_exe_place *place)
{
	long n = fx_umem_string(place->path, upath, sizeof(place->path));
	const char *end = place->path + n;

	place->dirfd = dirfd;
	return n >= 3 && fx_str_equal(end - 3, "exe") && (n == 3 || end[-4] == '/') &&
	       fx_exe_find(place);
}
