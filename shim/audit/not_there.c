/* SPDX-License-Identifier: MIT */
/*
 * What is not there in a directory that is shown is not there outside either. So only two things
 * are worth a look: a name in a directory that is but a place on the way, on the mount of the
 * root; and a link that leads nowhere.
 */
#include "shim/audit/not_there.h"

#include <linux/fcntl.h>
#include <linux/stat.h>

#include "shim/audit/place.h"
#include "shim/audit/shared_table.h"
#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/memory/umem.h"

#define AF_UNIX		 1
#define FX_NR_FACCESSAT2 439

static const struct named_call {
	short nr;
	signed char dirfd; /* argument, or -1 for the current directory */
	signed char path;  /* argument */
} calls[] = {
	{__NR_open, -1, 0},	 {__NR_openat, 0, 1},	   {__NR_openat2, 0, 1},
	{__NR_creat, -1, 0},	 {__NR_stat, -1, 0},	   {__NR_lstat, -1, 0},
	{__NR_newfstatat, 0, 1}, {__NR_statx, 0, 1},	   {__NR_access, -1, 0},
	{__NR_faccessat, 0, 1},	 {FX_NR_FACCESSAT2, 0, 1}, {__NR_readlink, -1, 0},
	{__NR_readlinkat, 0, 1}, {__NR_chdir, -1, 0},	   {__NR_execve, -1, 0},
	{__NR_execveat, 0, 1},	 {__NR_statfs, -1, 0},	   {__NR_mkdir, -1, 0},
	{__NR_mkdirat, 0, 1},	 {__NR_truncate, -1, 0},   {__NR_inotify_add_watch, -1, 1},
};

static bool look(const struct fx_place *p, int flags, struct statx *st)
{
	return fx_host(__NR_statx, p->dirfd, p->path, flags, STATX_TYPE | STATX_MNT_ID, st) == 0;
}

static bool is_link(const struct statx *st)
{
	return (st->stx_mode & S_IFMT) == S_IFLNK;
}

/* Whether it lies where the root does, which nothing is laid on. */
static bool is_bare(const struct statx *st)
{
	const struct fx_place root = {.dirfd = AT_FDCWD, .path = "/"};
	struct statx bare;

	return look(&root, 0, &bare) && st->stx_mnt_id == bare.stx_mnt_id;
}

/* Cuts off what is not there; false if that says nothing. */
static bool to_what_is_there(struct fx_place *p)
{
	struct statx st;

	while (!look(p, AT_SYMLINK_NOFOLLOW, &st)) {
		if (fx_str_equal(p->path, "/") || fx_str_equal(p->path, "."))
			return false;
		fx_place_to_parent(p->path);
	}
	if (is_link(&st) && !look(p, 0, &st)) {
		fx_place_to_parent(p->path);
		return true;
	}
	return is_bare(&st);
}

static const char *what_was_cut(const char *path, const char *left)
{
	size_t n = fx_strlen(left);

	if (fx_str_equal(left, ".") && (path[0] != '.' || (path[1] && path[1] != '/')))
		n = 0;
	path += n;
	while (*path == '/')
		path++;
	return path;
}

static void note(const char *path)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (const char *s = path; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 0x100000001b3ULL;
	fx_shared_table_not_there(hash, path);
}

/* struct sockaddr_un, and an end. */
struct fx_socket_name {
	uint16_t family;
	char path[108 + 1];
};

/* The path of what was to be connected to. */
static bool take_socket(const struct fx_call *c, struct fx_place *p)
{
	struct fx_socket_name name = {0};
	size_t size = c->arg[2] < sizeof(name) - 1 ? c->arg[2] : sizeof(name) - 1;

	if (fx_umem_copy_in(&name, c->arg[1], size) < 0 || name.family != AF_UNIX || !name.path[0])
		return false;
	p->dirfd = AT_FDCWD;
	memcpy(p->path, name.path, sizeof(name.path));
	return true;
}

/* The path that the call names. */
static bool take_path(const struct fx_call *c, struct fx_place *p)
{
	const struct named_call *row = calls, *end = calls + sizeof(calls) / sizeof(calls[0]);

	if (c->nr == __NR_connect)
		return take_socket(c, p);
	while (row < end && row->nr != c->nr)
		row++;
	if (row == end)
		return false;
	p->dirfd = row->dirfd < 0 ? AT_FDCWD : (int)c->arg[row->dirfd];
	return fx_umem_string(p->path, c->arg[row->path], sizeof(p->path)) > 0;
}

void fx_not_there(const struct fx_call *c)
{
	char path[FX_PLACE_PATH], whole[FX_PLACE_PATH];
	struct fx_place p;

	if (!take_path(c, &p))
		return;
	memcpy(path, p.path, fx_strlen(p.path) + 1);
	if (to_what_is_there(&p) && fx_place_resolve(&p, whole) &&
	    fx_place_append(whole, what_was_cut(path, p.path)))
		note(whole);
}
