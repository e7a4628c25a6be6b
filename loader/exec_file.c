/* SPDX-License-Identifier: MIT */
#include "loader/exec_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "loader/exit_status.h"

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

int fx_exec_file_open(const char *path, const char *subject, struct fx_refusal *why)
{
	/* O_NONBLOCK: a FIFO must not stop us before it is recognised. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return refuse_open(path, subject, errno, why);
	if (check_kind(fd, subject, why) < 0 || check_permission(fd, subject, why) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}
