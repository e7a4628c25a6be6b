/* SPDX-License-Identifier: MIT */
/*
 * execve(2), execveat(2). The program is checked here, while the guest can
 * still be told; then fxbox executes itself with the guest's own argv and
 * envp, and the new fxbox loads the program. The host keeps what survives an
 * exec: pending signals, the mask, ignored signals, descriptors.
 */
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/base/text.h"
#include "shim/calls/handlers.h"
#include "shim/calls/sys_path.h"
#include "shim/memory/umem.h"
#include "shim/process/process.h"
#include "shim/script_line.h"
#include "shim/threads/let_go.h"
#include "shim/threads/thread.h"

#define PATH_SIZE 4096
#define ELF_HEAD  20 /* e_ident, e_type, e_machine */
#define X_OK	  1
#define ST_NOEXEC 8

struct file_head {
	char byte[FX_SCRIPT_LINE_MAX];
	size_t length;
};

static long check_kind(int fd)
{
	struct statx st;
	struct {
		long type, bsize;
		uint64_t blocks, bfree, bavail, files, ffree;
		int fsid[2];
		long namelen, frsize, flags, spare[4];
	} fs;
	long r = fx_host(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &st);

	if (r < 0)
		return r;
	if ((st.stx_mode & S_IFMT) != S_IFREG)
		return -EACCES;
	r = fx_host(__NR_fstatfs, fd, &fs);
	if (r == 0 && (fs.flags & ST_NOEXEC))
		return -EACCES;
	return fx_host(__NR_faccessat2, fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH);
}

struct file_check {
	const char *path;
	long nofollow; /* O_NOFOLLOW, or 0 */
	struct file_head *head;
};

/* May it be executed, and what does it begin with? */
static long read_head(const struct file_check *check)
{
	struct file_head *head = check->head;
	long fd = fx_host(__NR_openat, AT_FDCWD, check->path, O_PATH | O_CLOEXEC | check->nofollow,
			  0);
	long r;

	if (fd < 0)
		return fd;
	r = check_kind((int)fd);
	fx_host(__NR_close, fd);
	if (r < 0)
		return r;
	fd = fx_host(__NR_openat, AT_FDCWD, check->path, O_RDONLY | O_CLOEXEC | check->nofollow, 0);
	if (fd < 0)
		return fd;
	head->length = 0;
	do {
		r = fx_host(__NR_read, fd, head->byte + head->length,
			    sizeof(head->byte) - head->length);
		if (r > 0)
			head->length += (size_t)r;
	} while (r > 0 && head->length < sizeof(head->byte));
	fx_host(__NR_close, fd);
	return r < 0 ? r : 0;
}

/*
 * The same where all descriptors are taken, for Linux needs none. The spare one's place is free
 * for a moment, and nobody else's to have but for another thread that opens something in that
 * very moment and on a full table.
 */
static long read_head_in_spare_place(const struct file_check *check)
{
	long r;

	fx_process_exec_lock();
	fx_host(__NR_close, fx_fd(FX_FD_SPARE));
	r = read_head(check);
	fx_host(__NR_dup3, fx_fd(FX_FD_EXE), fx_fd(FX_FD_SPARE), 0);
	fx_process_exec_unlock();
	return r;
}

static bool is_elf64(const struct file_head *h)
{
	static const char ident[] = {0x7f, 'E', 'L', 'F', 2, 1};
	const unsigned char *b = (const unsigned char *)h->byte;

	return h->length >= ELF_HEAD && memcmp(h->byte, ident, sizeof(ident)) == 0 &&
	       (b[16] == 2 || b[16] == 3) && b[17] == 0 && b[18] == 62 && b[19] == 0;
}

/* Follows `#!` lines to a program that can be loaded. */
static long check_program(const char *path, int at_flags)
{
	char interp[FX_SCRIPT_LINE_MAX + 1];
	struct file_head head;
	struct fx_script_line line;
	long r;

	for (int depth = 0; depth <= FX_SCRIPT_NEST_MAX; depth++) {
		const struct file_check check = {
			.path = path,
			.nofollow = at_flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0,
			.head = &head,
		};

		r = read_head(&check);
		if (r == -EMFILE)
			r = read_head_in_spare_place(&check);
		if (r < 0)
			return r;
		if (is_elf64(&head))
			return 0;
		r = fx_script_line_parse(head.byte, head.length, &line);
		if (r < 0)
			return r;
		memcpy(interp, head.byte + line.interp, line.interp_len);
		interp[line.interp_len] = 0;
		path = interp;
		at_flags = 0;
	}
	return -ELOOP;
}

/* The path of a program that is named by a descriptor, or by one and a path below it. */
static long path_at(int dirfd, char *path, int at_flags)
{
	char link[64], base[PATH_SIZE];
	struct fx_text x;
	long n;
	size_t length = fx_strlen(path);

	if (path[0] == '/' || dirfd == AT_FDCWD)
		return length || path[0] ? 0 : -ENOENT;
	if (!length && !(at_flags & AT_EMPTY_PATH))
		return -ENOENT;
	if (fx_fd_kept(dirfd))
		return -EBADF;
	fx_text_init(&x, link, sizeof(link));
	fx_text_put(&x, "/proc/self/fd/");
	fx_text_dec(&x, dirfd);
	n = fx_host(__NR_readlinkat, AT_FDCWD, link, base, sizeof(base) - 1);
	if (n < 0)
		return n == -ENOENT ? -EBADF : n;
	base[n] = 0;
	if (!length) {
		memcpy(path, base, (size_t)n + 1);
		return 0;
	}
	if ((size_t)n + 1 + length >= PATH_SIZE)
		return -ENAMETOOLONG;
	memmove(path + n + 1, path, length + 1);
	memcpy(path, base, (size_t)n);
	path[n] = '/';
	return 0;
}

/*
 * A process that shares memory with others leaves them its cleared id word. This has to come
 * first, since fx_process_reexec is the last that can be done in this memory, and is undone if
 * the exec fails.
 */
static long leave_to(struct fx_thread *t, struct fx_handover *h, uintptr_t argv, uintptr_t envp)
{
	uintptr_t word = t->clear_child_tid;
	uint32_t value = 0;
	bool clears = t->own_process && !t->vfork && word && fx_umem_load32(word, &value) == 0;
	long r;

	if (clears)
		fx_let_go_exit_word(t);
	r = fx_process_reexec(t, h, argv, envp);
	if (clears) {
		t->clear_child_tid = word;
		fx_umem_store32(word, value);
	}
	return r;
}

static long exec_program(struct fx_thread *t, int dirfd, uintptr_t upath, uintptr_t argv,
			 uintptr_t envp, int at_flags)
{
	struct fx_handover h;
	struct fx_sighand *s = t->sighand;
	long r;

	if (at_flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	memset(&h, 0, offsetof(struct fx_handover, path));
	r = fx_umem_string(h.path, upath, sizeof(h.path));
	if (r < 0)
		return r;
	r = path_at(dirfd, h.path, at_flags);
	if (r < 0)
		return r;
	if (fx_path_is_own_exe(h.path))
		memcpy(h.path, fx_guest_exe, sizeof(h.path));
	r = check_program(h.path, at_flags);
	if (r < 0)
		return r;
	h.kind = FX_HANDOVER_EXEC;
	h.sigmask = t->mask;
	for (int sig = 1; sig <= FX_NSIG; sig++)
		if ((FX_SYNC_SIGNALS & FX_SIGBIT(sig)) && s->action[sig - 1].handler == 1)
			h.ignored_sync |= FX_SIGBIT(sig);
	return leave_to(t, &h, argv, envp);
}

long fx_sys_execve(struct fx_thread *t, struct fx_call *c)
{
	return exec_program(t, AT_FDCWD, c->arg[0], c->arg[1], c->arg[2], 0);
}

long fx_sys_execveat(struct fx_thread *t, struct fx_call *c)
{
	return exec_program(t, (int)c->arg[0], c->arg[1], c->arg[2], c->arg[3], (int)c->arg[4]);
}
