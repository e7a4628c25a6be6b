/* SPDX-License-Identifier: MIT */
#include "shim/calls/exec_check.h"

#include <linux/elf.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/proc_file.h"
#include "shim/calls/exe_busy.h"
#include "shim/calls/fd_room.h"
#include "shim/elf_rules.h"
#include "shim/script_line.h"

#define PATH_SIZE   4096
#define X_OK	    1
#define ST_NOSUID   2
#define ST_NOEXEC   8
#define MOST_MEMORY (1UL << 46)
#define CHUNK	    16 /* program headers that are read at once */

struct file_head {
	char byte[FX_SCRIPT_LINE_MAX];
	size_t length;
};

/* As the kernel has it. */
struct fs {
	long type, bsize;
	uint64_t blocks, bfree, bavail, files, ffree;
	int fsid[2];
	long namelen, frsize, flags, spare[4];
};

static long check_kind(int fd)
{
	struct statx st;
	struct fs fs;
	long r = fx_host(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st);

	if (r < 0)
		return r;
	if ((st.stx_mode & S_IFMT) == S_IFLNK)
		return -ELOOP;
	if ((st.stx_mode & S_IFMT) != S_IFREG)
		return -EACCES;
	r = fx_host(__NR_fstatfs, fd, &fs);
	if (r == 0 && (fs.flags & ST_NOEXEC))
		return -EACCES;
	return fx_host(__NR_faccessat2, fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH);
}

bool fx_exec_would_gain(int fd)
{
	const unsigned mask = STATX_MODE | STATX_UID | STATX_GID;
	struct statx st;
	struct fs fs;
	bool user, group;

	if (fx_host(__NR_statx, fd, "", AT_EMPTY_PATH, mask, &st) < 0 ||
	    !(st.stx_mode & (S_ISUID | S_ISGID)))
		return false;
	user = (st.stx_mode & S_ISUID) && st.stx_uid != (uint32_t)fx_host(__NR_geteuid);
	/* Without the right to execute it is for locks, as it once was. */
	group = (st.stx_mode & S_ISGID) && (st.stx_mode & S_IXGRP) &&
		st.stx_gid != (uint32_t)fx_host(__NR_getegid);
	return (user || group) && fx_host(__NR_fstatfs, fd, &fs) == 0 && !(fs.flags & ST_NOSUID);
}

static void put_spare_back(void)
{
	fx_host(__NR_dup3, fx_fd(FX_FD_EXE), fx_fd(FX_FD_SPARE), 0);
}

void fx_exec_close(int fd)
{
	struct fx_fd_room room;

	if (fd == fx_fd(FX_FD_SPARE)) {
		fx_fd_room_make(&room);
		put_spare_back();
		fx_fd_room_end(&room);
	} else if (fd >= 0) {
		fx_host(__NR_close, fd);
	}
}

/*
 * Where all descriptors are taken the spare one's place is free for a moment, and nobody else's to
 * have but for another thread that opens something in that very moment and on a full table.
 */
static long open_somewhere(int dirfd, const char *path, long flags)
{
	long fd = fx_host(__NR_openat, dirfd, path, flags | O_CLOEXEC, 0);
	struct fx_fd_room room;

	if (fd != -EMFILE)
		return fd;
	fx_fd_room_make(&room);
	fx_host(__NR_close, fx_fd(FX_FD_SPARE));
	fd = fx_host(__NR_openat, dirfd, path, flags | O_CLOEXEC, 0);
	if (fd != fx_fd(FX_FD_SPARE))
		put_spare_back();
	fx_fd_room_end(&room);
	return fd;
}

/* The place that it takes does not matter, but that other threads do not see it. */
static long copy_readable(int fd)
{
	long flags = fx_host(__NR_fcntl, fd, F_GETFL);

	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) == O_WRONLY)
		return -EACCES;
	return fx_host(__NR_fcntl, fd, F_DUPFD_CLOEXEC, 0);
}

/*
 * What a descriptor stands for. Anew, since an offset and locks are the guest's own; but in a root
 * without /proc a descriptor that can be read must do.
 */
static long open_again(int fd, int *opened)
{
	char link[FX_PROC_LINK];
	long r = check_kind(fd);

	if (r < 0)
		return r;
	fx_proc_link(fd, link);
	r = open_somewhere(AT_FDCWD, link, O_RDONLY);
	if (r >= 0)
		fx_exe_mark((int)r);
	if (r == -ENOENT || r == -ENOTDIR || r == -EACCES)
		r = copy_readable(fd);
	if (r < 0)
		return r;
	*opened = (int)r;
	return fx_exe_is_written(*opened);
}

/* First without opening it for anything: a device may do something then, a FIFO wait. */
long fx_exec_open(const struct fx_exec_name *name, int *fd)
{
	long nofollow = name->at_flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0;
	long r, opened;

	if (!name->path[0] && name->at_flags & AT_EMPTY_PATH)
		return open_again(name->dirfd, fd);
	opened = open_somewhere(name->dirfd, name->path, O_PATH | nofollow);
	if (opened < 0)
		return opened;
	r = check_kind((int)opened);
	fx_exec_close((int)opened);
	if (r < 0)
		return r;
	opened = open_somewhere(name->dirfd, name->path, O_RDONLY | nofollow);
	if (opened < 0)
		return opened;
	*fd = (int)opened;
	/* In this order: whoever opens it for writing before is seen, and whoever does it later
	 * sees the mark. */
	fx_exe_mark(*fd);
	return fx_exe_is_written(*fd);
}

/* From a place of the file; less only at its end. */
static long read_at(int fd, void *to, size_t size, uint64_t offset)
{
	size_t got = 0;
	long r;

	do {
		r = fx_host(__NR_pread64, fd, (char *)to + got, size - got, offset + got);
		if (r > 0)
			got += (size_t)r;
	} while (r > 0 && got < size);
	return r < 0 ? r : (long)got;
}

static bool has_table(int fd, const Elf64_Ehdr *e)
{
	char last;

	return fx_elf_takes_table(e->e_phentsize, e->e_phnum) &&
	       read_at(fd, &last, 1, e->e_phoff + e->e_phnum * sizeof(Elf64_Phdr) - 1) == 1;
}

/* What is mapped at fixed addresses and meets fxbox. What no host has memory for is not mapped. */
static bool is_in_the_way(const Elf64_Ehdr *e, const Elf64_Phdr *ph)
{
	return e->e_type == ET_EXEC && ph->p_type == PT_LOAD && ph->p_memsz < MOST_MEMORY &&
	       ph->p_vaddr < fx_own_image.end && ph->p_vaddr + ph->p_memsz > fx_own_image.start;
}

struct found {
	bool in_the_way;
	bool has_interp;
	Elf64_Phdr interp; /* the first of its kind */
};

/* The table that has been found to be there. */
static long read_table(int fd, const Elf64_Ehdr *e, struct found *found)
{
	Elf64_Phdr ph[CHUNK];

	memset(found, 0, sizeof(*found));
	for (size_t i = 0; i < e->e_phnum; i += CHUNK) {
		size_t n = e->e_phnum - i < CHUNK ? e->e_phnum - i : CHUNK;

		if (read_at(fd, ph, n * sizeof(*ph), e->e_phoff + i * sizeof(*ph)) !=
		    (long)(n * sizeof(*ph)))
			return -ENOEXEC;
		for (size_t k = 0; k < n; k++) {
			found->in_the_way = found->in_the_way || is_in_the_way(e, &ph[k]);
			if (ph[k].p_type != PT_INTERP || found->has_interp)
				continue;
			found->interp = ph[k];
			found->has_interp = true;
		}
	}
	return 0;
}

static long read_interp_name(int fd, const Elf64_Phdr *ph, char name[static PATH_SIZE])
{
	long r;

	if (ph->p_filesz < 2 || ph->p_filesz > PATH_SIZE)
		return -ENOEXEC;
	r = read_at(fd, name, ph->p_filesz, ph->p_offset);
	if (r < 0)
		return r;
	if ((size_t)r != ph->p_filesz)
		return -EIO;
	if (name[ph->p_filesz - 1])
		return -ENOEXEC;
	/* To the kernel, that is the current directory. */
	return name[0] ? 0 : -EACCES;
}

static long judge_open_interp(int fd)
{
	Elf64_Ehdr e;
	struct found found;
	long r = read_at(fd, &e, sizeof(e), 0);

	if (r < 0)
		return r;
	if (r != sizeof(e))
		return -EIO;
	if (memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 || e.e_machine != FX_ELF_X86_64 ||
	    !has_table(fd, &e) || read_table(fd, &e, &found) < 0)
		return -ELIBBAD;
	return found.in_the_way ? -ENOMEM : 0;
}

static long judge_interp(const char *path)
{
	const struct fx_exec_name name = {.dirfd = AT_FDCWD, .path = path};
	int fd = -1;
	long r = fx_exec_open(&name, &fd);

	if (r == 0)
		r = judge_open_interp(fd);
	fx_exec_close(fd);
	return r;
}

/* With the last descriptor given away for as long as that takes. */
static long judge_interp_in_place_of(const struct fx_exec_name *program, int *fd, const char *path)
{
	long r;

	fx_exec_close(*fd);
	*fd = -1;
	r = judge_interp(path);
	return r < 0 ? r : fx_exec_open(program, fd);
}

static long judge_elf(const struct fx_exec_name *name, int *fd, const struct file_head *head)
{
	char path[PATH_SIZE];
	struct found found;
	Elf64_Ehdr e;
	long r;

	memcpy(&e, head->byte, sizeof(e));
	if (!fx_elf_is_program(e.e_type, e.e_machine) || !has_table(*fd, &e))
		return -ENOEXEC;
	r = read_table(*fd, &e, &found);
	if (r == 0 && found.has_interp)
		r = read_interp_name(*fd, &found.interp, path);
	if (r == 0 && found.has_interp)
		r = *fd == fx_fd(FX_FD_SPARE) ? judge_interp_in_place_of(name, fd, path)
					      : judge_interp(path);
	if (r < 0)
		return r;
	return found.in_the_way ? -ENOMEM : 0;
}

/* Zero behind the end of a short file, as the kernel has it. */
static long read_head(int fd, struct file_head *head)
{
	long r;

	memset(head->byte, 0, sizeof(head->byte));
	r = read_at(fd, head->byte, sizeof(head->byte), 0);
	head->length = r < 0 ? 0 : (size_t)r;
	return r < 0 ? r : 0;
}

/* The file itself, if it is an ELF file; else *interp is the script's. */
static long judge_one(const struct fx_exec_name *name, int *fd,
		      char interp[static FX_SCRIPT_LINE_MAX + 1])
{
	struct file_head head;
	struct fx_script_line line;
	long r = read_head(*fd, &head);

	interp[0] = 0;
	if (r < 0)
		return r;
	if (memcmp(head.byte, ELFMAG, SELFMAG) == 0)
		return judge_elf(name, fd, &head);
	r = fx_script_line_parse(head.byte, head.length, &line);
	if (r < 0)
		return r;
	memcpy(interp, head.byte + line.interp, line.interp_len);
	interp[line.interp_len] = 0;
	return 0;
}

/* The interpreters of a script, the first of which is named already. */
static long judge_interpreters(char interp[static FX_SCRIPT_LINE_MAX + 1])
{
	char path[FX_SCRIPT_LINE_MAX + 1];
	const struct fx_exec_name name = {.dirfd = AT_FDCWD, .path = path};

	for (int depth = 0; interp[0]; depth++) {
		int fd = -1;
		long r;

		memcpy(path, interp, sizeof(path));
		r = fx_exec_open(&name, &fd);
		/* The kernel opens it, and only then finds that it is one too many. */
		if (r == 0 && depth == FX_SCRIPT_NEST_MAX)
			r = -ELOOP;
		if (r == 0)
			r = judge_one(&name, &fd, interp);
		fx_exec_close(fd);
		if (r < 0)
			return r;
	}
	return 0;
}

long fx_exec_judge(const struct fx_exec_name *name, int *fd, bool *is_script)
{
	char interp[FX_SCRIPT_LINE_MAX + 1];
	long r = judge_one(name, fd, interp);

	*is_script = interp[0] != 0;
	if (r < 0 || !*is_script)
		return r;
	if (*fd != fx_fd(FX_FD_SPARE))
		return judge_interpreters(interp);
	fx_exec_close(*fd);
	*fd = -1;
	r = judge_interpreters(interp);
	return r < 0 ? r : fx_exec_open(name, fd);
}
