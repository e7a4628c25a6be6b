/* SPDX-License-Identifier: MIT */
#include "loader/oci/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/oci/document.h"
#include "loader/oci/places.h"

#define FILE_NAME "config.json"
#define NEW_NAME  ".config.json.fxbox"

int fx_oci_bundle_open(const char *path, struct fx_oci_bundle *bundle, struct fx_refusal *why)
{
	bundle->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bundle->directory < 0)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s (the bundle)", strerror(errno));
	snprintf(bundle->name, sizeof(bundle->name), "%s/" FILE_NAME, path);
	if (fx_oci_document_read(bundle->directory, FILE_NAME, bundle->name, &bundle->config,
				 &bundle->file, why) == 0)
		return 0;
	close(bundle->directory);
	return -1;
}

static int check_name(int root, const char *path, const char *root_name, struct fx_refusal *why)
{
	struct stat st;

	if (fstatat(root, path + 1, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : fx_refuse(why, FX_EXIT_FAILED, path, "in %s: %s",
						   root_name, strerror(errno));
	if (S_ISREG(st.st_mode) && st.st_size == 0)
		return 0;
	return fx_refuse(why, FX_EXIT_FAILED, path,
			 "in %s: the image has a file there that is no empty one; that is where "
			 "fxbox has to lie",
			 root_name);
}

int fx_oci_bundle_open_root(const struct fx_oci_bundle *bundle, const char *root,
			    struct fx_refusal *why)
{
	int fd = openat(bundle->directory, root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fx_refuse(why, FX_EXIT_FAILED, root, "%s (root.path)", strerror(errno));
	if (check_name(fd, FX_OCI_PROGRAM, root, why) == 0 &&
	    check_name(fd, FX_OCI_LOG, root, why) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A new file, in all like the old one but for what is in it. */
static int write_new(const struct fx_oci_bundle *bundle)
{
	int fd = openat(bundle->directory, NEW_NAME,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int result = -1, error;

	if (fd < 0)
		return -1;
	if (fx_oci_document_write(bundle->config, fd) == 0 &&
	    fchown(fd, bundle->file.st_uid, bundle->file.st_gid) == 0 &&
	    fchmod(fd, bundle->file.st_mode & 07777) == 0)
		result = 0;
	error = errno;
	if (close(fd) < 0 && result == 0)
		return -1;
	errno = error;
	return result;
}

int fx_oci_bundle_write(const struct fx_oci_bundle *bundle, struct fx_refusal *why)
{
	int error;

	/* One that was left behind by a call that was killed. */
	if (unlinkat(bundle->directory, NEW_NAME, 0) < 0 && errno != ENOENT)
		return fx_refuse(why, FX_EXIT_FAILED, bundle->name, "cannot be written: %s",
				 strerror(errno));
	if (write_new(bundle) == 0 &&
	    renameat(bundle->directory, NEW_NAME, bundle->directory, FILE_NAME) == 0)
		return 0;
	error = errno;
	unlinkat(bundle->directory, NEW_NAME, 0);
	return fx_refuse(why, FX_EXIT_FAILED, bundle->name, "cannot be written: %s",
			 strerror(error));
}

void fx_oci_bundle_close(struct fx_oci_bundle *bundle)
{
	json_object_put(bundle->config);
	close(bundle->directory);
}
