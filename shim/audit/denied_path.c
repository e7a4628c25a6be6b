/* SPDX-License-Identifier: MIT */
/*
 * Landlock answers EACCES, a mount that fxbox made read-only EROFS. Both are also
 * the kernel's own answers to who may not write. faccessat2(W_OK) tells them
 * apart: Landlock does not touch it, and it looks at the file's mode before the
 * mount, so EROFS means that the mode would have allowed it.
 */
#include "shim/audit/denied_path.h"

#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "shim/audit/place.h"
#include "shim/audit/shared_table.h"
#include "shim/base/call.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/text.h"
#include "shim/memory/umem.h"

#define W_OK 2

enum kind {
	OPEN,	  /* existing or new, by its flags */
	FILE_AT,  /* the file itself is written */
	ENTRY,	  /* an entry of its directory comes, goes or changes */
	METADATA, /* the owner's to change */
};

static const struct path_call {
	short nr;
	signed char dirfd; /* argument, or -1 for the current directory */
	signed char path;  /* argument */
	unsigned char kind;
} calls[] = {
	{__NR_open, -1, 0, OPEN},
	{__NR_openat, 0, 1, OPEN},
	{__NR_openat2, 0, 1, OPEN},
	{__NR_creat, -1, 0, OPEN},
	{__NR_truncate, -1, 0, FILE_AT},
	{__NR_mkdir, -1, 0, ENTRY},
	{__NR_mkdirat, 0, 1, ENTRY},
	{__NR_mknod, -1, 0, ENTRY},
	{__NR_mknodat, 0, 1, ENTRY},
	{__NR_rmdir, -1, 0, ENTRY},
	{__NR_unlink, -1, 0, ENTRY},
	{__NR_unlinkat, 0, 1, ENTRY},
	{__NR_symlink, -1, 1, ENTRY},
	{__NR_symlinkat, 1, 2, ENTRY},
	{__NR_link, -1, 1, ENTRY},
	{__NR_linkat, 2, 3, ENTRY},
	{__NR_rename, -1, 0, ENTRY},
	{__NR_rename, -1, 1, ENTRY},
	{__NR_renameat, 0, 1, ENTRY},
	{__NR_renameat, 2, 3, ENTRY},
	{__NR_renameat2, 0, 1, ENTRY},
	{__NR_renameat2, 2, 3, ENTRY},
	{__NR_chmod, -1, 0, METADATA},
	{__NR_fchmodat, 0, 1, METADATA},
	{__NR_chown, -1, 0, METADATA},
	{__NR_lchown, -1, 0, METADATA},
	{__NR_fchownat, 0, 1, METADATA},
	{__NR_utime, -1, 0, METADATA},
	{__NR_utimes, -1, 0, METADATA},
	{__NR_futimesat, 0, 1, METADATA},
	{__NR_utimensat, 0, 1, METADATA},
	{__NR_setxattr, -1, 0, METADATA},
	{__NR_lsetxattr, -1, 0, METADATA},
	{__NR_removexattr, -1, 0, METADATA},
	{__NR_lremovexattr, -1, 0, METADATA},
};

static bool writes(const struct fx_call *c)
{
	struct open_how how = {0};
	uint64_t flags = 0;

	switch (c->nr) {
	case __NR_open:
		flags = c->arg[1];
		break;
	case __NR_openat:
		flags = c->arg[2];
		break;
	case __NR_openat2:
		if (fx_umem_copy_in(&how, c->arg[2], sizeof(how)) < 0)
			return false;
		flags = how.flags;
		break;
	default:
		return true;
	}
	return !(flags & O_PATH) &&
	       ((flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC));
}

static const char *last_name(const char *path)
{
	const char *name = path;

	for (const char *s = path; *s; s++)
		if (*s == '/' && s[1] && s[1] != '/')
			name = s + 1;
	return name;
}

static bool is_owner(const struct fx_place *p)
{
	struct statx st;

	return fx_host(__NR_statx, p->dirfd, p->path, 0, STATX_UID, &st) == 0 &&
	       st.stx_uid == (uint32_t)fx_host(__NR_geteuid);
}

/* Would it have been allowed outside? */
static bool was_permitted(const struct fx_place *p, bool as_owner, const char *resolved)
{
	long r = fx_host(__NR_faccessat2, p->dirfd, p->path, W_OK, AT_EACCESS);

	if (as_owner)
		return is_owner(p) && !fx_shared_table_read_only(resolved);
	if (r == -EROFS)
		return !fx_shared_table_read_only(resolved);
	return r == 0;
}

static bool denied_entry(struct fx_place *p, struct fx_denied_path *out)
{
	char name[FX_DENIED_PATH];
	const char *last = last_name(p->path);

	memcpy(name, last, fx_strlen(last) + 1);
	fx_place_to_parent(p->path);
	if (!fx_place_resolve(p, out->allow) || !was_permitted(p, false, out->allow))
		return false;
	memcpy(out->path, out->allow, fx_strlen(out->allow) + 1);
	return fx_place_append(out->path, name);
}

static bool denied_file(const struct fx_place *p, bool as_owner, struct fx_denied_path *out)
{
	if (!fx_place_resolve(p, out->path) || !was_permitted(p, as_owner, out->path))
		return false;
	memcpy(out->allow, out->path, sizeof(out->allow));
	return true;
}

static bool denied(const struct path_call *row, struct fx_place *p, struct fx_denied_path *out)
{
	static const char *const what[] = {
		[OPEN] = "for writing",
		[FILE_AT] = "for writing",
		[ENTRY] = "in a directory that cannot be written",
		[METADATA] = "owner, mode, times or attributes",
	};

	out->what = what[row->kind];
	if (row->kind == ENTRY)
		return denied_entry(p, out);
	if (row->kind == OPEN &&
	    fx_host(__NR_faccessat2, p->dirfd, p->path, 0, AT_EACCESS) == -ENOENT)
		return denied_entry(p, out);
	return denied_file(p, row->kind == METADATA, out);
}

/* A process's own files there have another name in the next run. */
static void generalize(struct fx_denied_path *out)
{
	static const char proc[] = "/proc/";

	if (fx_str_starts(out->allow, proc) && out->allow[sizeof(proc) - 1] >= '0' &&
	    out->allow[sizeof(proc) - 1] <= '9')
		out->allow[sizeof(proc) - 2] = 0;
}

bool fx_denied_by_path(const struct fx_call *c, long result, struct fx_denied_path *out)
{
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct path_call *row = &calls[i];
		struct fx_place p;

		if (row->nr != c->nr)
			continue;
		if (row->kind == OPEN && !writes(c))
			return false;
		/* Without a mount namespace no option allows these. */
		if (row->kind == METADATA && !(fx_config.confine & FX_CONFINE_MOUNTS &&
					       (result == -EPERM || result == -EROFS)))
			return false;
		if (row->kind != METADATA && result == -EPERM)
			return false;
		p.dirfd = row->dirfd < 0 ? AT_FDCWD : (int)c->arg[row->dirfd];
		if (fx_umem_string(p.path, c->arg[row->path], sizeof(p.path)) > 0 &&
		    denied(row, &p, out)) {
			generalize(out);
			return true;
		}
	}
	return false;
}
