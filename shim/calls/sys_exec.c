/* SPDX-License-Identifier: MIT */
/*
 * execve(2), execveat(2). The program is opened and judged here, while the guest can
 * still be told; then fxbox executes itself with the guest's own argv and
 * envp, and the new fxbox loads the program from that descriptor. The host keeps what survives an
 * exec: pending signals, the mask, ignored signals, descriptors.
 */
#include <linux/fcntl.h>
#include <linux/sched.h>

#include "shim/audit/audit.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/base/text.h"
#include "shim/calls/exec_arguments.h"
#include "shim/calls/exe_busy.h"
#include "shim/calls/exec_check.h"
#include "shim/calls/handlers.h"
#include "shim/calls/own_exe.h"
#include "shim/exe_mark.h"
#include "shim/memory/umem.h"
#include "shim/process/process.h"
#include "shim/threads/let_go.h"
#include "shim/threads/thread.h"

/*
 * bprm->filename of Linux: what AT_EXECFN and a script's interpreter are told. It begins as the
 * path that the guest gave, which gets the directory's descriptor before it.
 */
static void tell_name(struct fx_handover *h, int dirfd)
{
	size_t length = fx_strlen(h->path);
	struct fx_text x;
	char before[64];

	h->unnamed = !length;
	if (dirfd == AT_FDCWD || h->path[0] == '/')
		return;
	fx_text_init(&x, before, sizeof(before));
	fx_text_put(&x, "/dev/fd/");
	fx_text_dec(&x, dirfd);
	if (length)
		fx_text_char(&x, '/');
	memmove(h->path + x.len, h->path, length + 1);
	memcpy(h->path, before, x.len);
}

/* A name that its interpreter could not open any more. */
static bool is_inaccessible(const struct fx_exec_name *name)
{
	return name->dirfd != AT_FDCWD && name->path[0] != '/' &&
	       (fx_host(__NR_fcntl, name->dirfd, F_GETFD) & FD_CLOEXEC);
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

static long judge(struct fx_thread *t, struct fx_call *c, const struct fx_exec_name *name, int *fd)
{
	bool is_script;
	long r = fx_exec_judge(name, fd, &is_script);

	if (is_script && is_inaccessible(name))
		return -ENOENT;
	if (r == -ENOMEM)
		fx_audit_refused(t, c, 0, "the program wants to be where fxbox is", r);
	/* Of a script Linux does not look at these either. */
	if (r == 0 && !is_script && fx_exec_would_gain(*fd))
		fx_audit_refused(t, c, 1, "a set-user-ID or set-group-ID program: it gains nothing",
				 r);
	return r;
}

static long exec_opened(struct fx_thread *t, struct fx_handover *h, uintptr_t argv, uintptr_t envp)
{
	struct fx_sighand *s = t->sighand;

	h->kind = FX_HANDOVER_EXEC;
	h->sigmask = t->mask;
	for (int sig = 1; sig <= FX_NSIG; sig++)
		if ((FX_SYNC_SIGNALS & FX_SIGBIT(sig)) && s->action[sig - 1].handler == 1)
			h->ignored_sync |= FX_SIGBIT(sig);
	return leave_to(t, h, argv, envp);
}

/*
 * Processes that share our table would keep what is opened for the next fxbox. The kernel gives an
 * exec a table of its own, so it may be had now, when nothing but a want of memory can go wrong any
 * more.
 */
static long leave_shared_files(const struct fx_exec_name *name, int *fd, uintptr_t argv,
			       uintptr_t envp)
{
	long r = fx_exec_arguments(argv, envp);

	if (r < 0)
		return r;
	fx_exec_close(*fd);
	*fd = -1;
	r = fx_host(__NR_unshare, CLONE_FILES);
	return r < 0 ? r : fx_exec_open(name, fd);
}

/* The handover has the guest's path. */
static long exec_program(struct fx_thread *t, struct fx_call *c, struct fx_handover *h, int dirfd,
			 int at_flags, uintptr_t argv, uintptr_t envp)
{
	struct fx_exe_place place = {.dirfd = dirfd};
	struct fx_exec_name name;
	long r, wrong;

	memset(h, 0, offsetof(struct fx_handover, path));
	name = (struct fx_exec_name){.dirfd = dirfd, .path = h->path, .at_flags = at_flags};
	h->fd = -1;
	memcpy(place.path, h->path, fx_strlen(h->path) + 1);
	if (h->path[0] && !(at_flags & AT_SYMLINK_NOFOLLOW) && fx_exe_find(&place)) {
		name.dirfd = place.dirfd;
		name.path = place.path;
	}
	r = fx_exec_open(&name, &h->fd);
	if (r < 0) {
		fx_exec_close(h->fd);
		return r;
	}
	/* What the file is for, is looked at when it is executed. */
	if (at_flags & FX_EXECVE_CHECK) {
		fx_exec_close(h->fd);
		return fx_exec_arguments(argv, envp);
	}
	r = judge(t, c, &name, &h->fd);
	if (r < 0) {
		wrong = fx_exec_arguments(argv, envp);
		r = wrong < 0 ? wrong : r;
	} else if (fx_process_shares_files) {
		r = leave_shared_files(&name, &h->fd, argv, envp);
	}
	if (r >= 0) {
		tell_name(h, dirfd);
		r = exec_opened(t, h, argv, envp);
	}
	fx_exec_close(h->fd);
	return r;
}

long fx_sys_execve(struct fx_thread *t, struct fx_call *c)
{
	struct fx_handover h;
	long r = fx_umem_string(h.path, c->arg[0], FX_PATH_SIZE);

	return r < 0 ? r : exec_program(t, c, &h, AT_FDCWD, 0, c->arg[1], c->arg[2]);
}

long fx_sys_execveat(struct fx_thread *t, struct fx_call *c)
{
	struct fx_handover h;
	int dirfd = (int)c->arg[0], at_flags = (int)c->arg[4];
	long r;

	if (at_flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | FX_EXECVE_CHECK) ||
	    (at_flags & FX_EXECVE_CHECK && !fx_exe_host_checks()))
		return -EINVAL;
	r = fx_umem_string(h.path, c->arg[1], FX_PATH_SIZE);
	if (r < 0)
		return r;
	if (dirfd != AT_FDCWD && h.path[0] != '/' && fx_fd_kept(dirfd))
		return -EBADF;
	return exec_program(t, c, &h, dirfd, at_flags, c->arg[2], c->arg[3]);
}
