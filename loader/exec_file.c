/* SPDX-License-Identifier: MIT */
#include "loader/exec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "shim/exe_mark.h"

static int refuse_open(const char *path, const char *subject, int error, struct fx_refusal *why)
{
	switch (error) {
	case ENOENT:
		return fx_refuse(why, FX_EXIT_NOT_FOUND, subject,
				 "does not exist (check the name, or a dangling link)");
	case EACCES:
		if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0)
			return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
					 "may be executed but not read, and fxbox must read it "
					 "(chmod +r)");
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
				 "permission denied (neither the file nor its directory may be "
				 "barred to you)");
	case ENXIO:
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
				 "is not a regular file (name a program)");
	default:
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject, "cannot be opened: %s",
				 strerror(error));
	}
}

static int check_kind(int fd, const char *subject, struct fx_refusal *why)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject, "cannot be examined: %s",
				 strerror(errno));
	if (S_ISDIR(st.st_mode))
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
				 "is a directory (name a program in it)");
	if (!S_ISREG(st.st_mode))
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
				 "is not a regular file (name a program)");
	if (st.st_size == 0)
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
				 "is empty (was it copied or built completely?)");
	return 0;
}

static int check_permission(int fd, const char *subject, struct fx_refusal *why)
{
	struct statvfs fs;

	/* One call answers both: X_OK also fails on a noexec mount. */
	if (faccessat(fd, "", X_OK, AT_EMPTY_PATH | AT_EACCESS) == 0)
		return 0;
	if (errno != EACCES)
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject, "cannot be executed: %s",
				 strerror(errno));
	if (fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_NOEXEC))
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
				 "lies on a file system mounted noexec (copy it elsewhere)");
	return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
			 "has no permission to be executed (chmod +x)");
}

/* Never mind what cannot be: a file system without locks. */
static void mark(int fd)
{
	struct flock running = {
		.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = FX_EXE_MARK_AT, .l_len = 1};

	fcntl(fd, F_OFD_SETLK, &running);
}

int fx_exec_file_open(const char *path, const char *subject, struct fx_refusal *why)
{
	/* O_NONBLOCK: a FIFO must not stop us before it is recognised. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return refuse_open(path, subject, errno, why);
	mark(fd);
	if (check_kind(fd, subject, why) < 0 || check_permission(fd, subject, why) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Where Landlock lets nothing be executed, or the host does not know the flag, that is another
 * error. Arguments are read after the file has been opened to be executed: where they cannot be, it
 * stays at that, and half of the time is saved. */
int fx_exec_file_written(int fd, const char *subject, struct fx_refusal *why)
{
	char **unreadable = (char **)sizeof(char *), *envp[] = {NULL};

	if (syscall(SYS_execveat, fd, "", unreadable, envp, AT_EMPTY_PATH | FX_EXECVE_CHECK) < 0 &&
	    errno == ETXTBSY)
		return fx_refuse(why, FX_EXIT_CANNOT_RUN, subject,
				 "is open for writing somewhere (wait until it is complete)");
	return 0;
}
