/* SPDX-License-Identifier: MIT */
/*
 * execve(2), execveat(2). The program is opened and judged here, while the guest can
 * still be told; then fxbox executes itself with the guest's own argv and
 * envp, and the new fxbox loads the program from that descriptor. The host keeps what survives an
 * exec: pending signals, the mask, ignored signals, descriptors.
 */
#include <linux/fcntl.h>

#include "shim/audit/audit.h"
#include "shim/base/config.h"
#include "shim/base/host.h"
#include "shim/base/mem.h"
#include "shim/base/sigset.h"
#include "shim/base/text.h"
#include "shim/calls/exec_arguments.h"
#include "shim/calls/exec_check.h"
#include "shim/calls/handlers.h"
#include "shim/calls/sys_path.h"
#include "shim/memory/umem.h"
#include "shim/process/process.h"
#include "shim/threads/let_go.h"
#include "shim/threads/thread.h"

#define PATH_SIZE 4096

/* bprm->filename of Linux: what AT_EXECFN and a script's interpreter are told. */
static void name_of(const struct fx_exec_name *name, char *told)
{
	size_t length = fx_strlen(name->path);
	struct fx_text x;

	if (name->dirfd == AT_FDCWD || name->path[0] == '/') {
		memcpy(told, name->path, length + 1);
		return;
	}
	fx_text_init(&x, told, sizeof(((struct fx_handover *)0)->path));
	fx_text_put(&x, "/dev/fd/");
	fx_text_dec(&x, name->dirfd);
	if (!length) {
		told[x.len] = 0;
		return;
	}
	told[x.len] = '/';
	memcpy(told + x.len + 1, name->path, length + 1);
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

static long exec_program(struct fx_thread *t, struct fx_call *c, const struct fx_exec_name *name,
			 uintptr_t argv, uintptr_t envp)
{
	struct fx_handover h;
	long r, wrong;

	struct fx_exec_name opened = *name;

	memset(&h, 0, offsetof(struct fx_handover, path));
	h.fd = -1;
	if (fx_path_is_own_exe(name->path))
		opened.path = fx_guest_exe;
	r = fx_exec_open(&opened, &h.fd);
	if (r < 0)
		return r;
	r = judge(t, c, &opened, &h.fd);
	if (r < 0) {
		wrong = fx_exec_arguments(argv, envp);
		r = wrong < 0 ? wrong : r;
	} else {
		name_of(name, h.path);
		r = exec_opened(t, &h, argv, envp);
	}
	fx_exec_close(h.fd);
	return r;
}

long fx_sys_execve(struct fx_thread *t, struct fx_call *c)
{
	char path[PATH_SIZE];
	const struct fx_exec_name name = {.dirfd = AT_FDCWD, .path = path};
	long r = fx_umem_string(path, c->arg[0], sizeof(path));

	return r < 0 ? r : exec_program(t, c, &name, c->arg[1], c->arg[2]);
}

long fx_sys_execveat(struct fx_thread *t, struct fx_call *c)
{
	char path[PATH_SIZE];
	const struct fx_exec_name name = {
		.dirfd = (int)c->arg[0], .path = path, .at_flags = (int)c->arg[4]};
	long r;

	if (name.at_flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	r = fx_umem_string(path, c->arg[1], sizeof(path));
	if (r < 0)
		return r;
	if (name.dirfd != AT_FDCWD && path[0] != '/' && fx_fd_kept(name.dirfd))
		return -EBADF;
	return exec_program(t, c, &name, c->arg[2], c->arg[3]);
}
