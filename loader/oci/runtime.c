/* SPDX-License-Identifier: MIT */
#include "loader/oci/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/oci/document.h"
#include "loader/path_lookup.h"

/* Engines may start us with nothing. */
#define SEARCH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool is_ourselves(const char *path)
{
	struct stat own, other;

	return stat("/proc/self/exe", &own) == 0 && stat(path, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

int fx_oci_runtime_find(const char *name, char path[static PATH_MAX], struct fx_refusal *why)
{
	const char *search = getenv("PATH") ? getenv("PATH") : SEARCH;
	struct fx_refusal unused;

	if (!name && fx_path_lookup("runc", search, path, &unused) < 0 &&
	    fx_path_lookup("crun", search, path, &unused) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "runtime",
				 "neither runc nor crun is in PATH; name one by --runtime or in %s",
				 "/etc/fxbox/oci.json");
	if (name && fx_path_lookup(name, search, path, why) < 0) {
		why->status = FX_EXIT_FAILED;
		return -1;
	}
	if (access(path, X_OK) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s (the runtime)", strerror(errno));
	if (is_ourselves(path))
		return fx_refuse(why, FX_EXIT_FAILED, path,
				 "is fxbox-oci itself; name the runtime that it is to call");
	return 0;
}

int fx_oci_fxbox_find(const char *chosen, char path[static PATH_MAX], struct fx_refusal *why)
{
	ssize_t got = chosen ? 0 : readlink("/proc/self/exe", path, PATH_MAX - sizeof("/fxbox"));
	struct stat st;

	if (got < 0)
		return fx_refuse(why, FX_EXIT_FAILED, "/proc/self/exe", "%s", strerror(errno));
	path[got] = '\0';
	if (chosen && snprintf(path, PATH_MAX, "%s", chosen) >= PATH_MAX)
		return fx_refuse(why, FX_EXIT_FAILED, chosen, "%s", strerror(ENAMETOOLONG));
	if (!chosen)
		strcpy(strrchr(path, '/'), "/fxbox");
	if (stat(path, &st) < 0)
		return fx_refuse(why, FX_EXIT_FAILED, path, "%s (fxbox, to be mounted)",
				 strerror(errno));
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) != 0111)
		return fx_refuse(why, FX_EXIT_FAILED, path,
				 "is no program that everybody may execute");
	return 0;
}

int fx_oci_runtime_become(const char *path, char **argv, struct fx_refusal *why)
{
	argv[0] = (char *)path;
	execv(path, argv);
	return fx_refuse(why, FX_EXIT_FAILED, path, "%s (the runtime)", strerror(errno));
}

/* Its messages are those of the command that comes afterwards: they are not said twice. */
static int spawn(const char *path, char **words, int output, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	int error = posix_spawn_file_actions_init(&files);

	if (error)
		return error;
	error = posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	if (!error)
		error = posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null",
							 O_WRONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null",
							 O_RDONLY, 0);
	if (!error)
		error = posix_spawn(pid, path, &files, NULL, words, environ);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

static char **state_words(const char *path, char **argv, int globals, const char *id)
{
	char **words = calloc((size_t)globals + 4, sizeof(*words));
	int n = 0;

	if (!words)
		return NULL;
	words[n++] = (char *)path;
	for (int i = 1; i < globals; i++)
		words[n++] = argv[i];
	words[n++] = (char *)"state";
	words[n++] = (char *)id;
	return words;
}

/* A memfd, for what comes out is a document as any other: read once, whole, and not too long. */
struct json_object *fx_oci_runtime_state(const char *path, char **argv, int globals, const char *id,
					 struct fx_refusal *why)
{
	char **words = state_words(path, argv, globals, id);
	int fd = memfd_create("state", MFD_CLOEXEC), status = -1, error;
	struct json_object *state = NULL;
	/* Where it is ignored, nobody can be waited for. */
	sighandler_t before = signal(SIGCHLD, SIG_DFL);
	pid_t pid;

	error = words && fd >= 0 ? spawn(path, words, fd, &pid) : errno;
	free(words);
	if (error)
		fx_refuse(why, FX_EXIT_FAILED, path, "%s", strerror(error));
	else if (waitpid(pid, &status, 0) < 0 || status != 0)
		fx_refuse(why, FX_EXIT_FAILED, id, "%s does not know the container", path);
	signal(SIGCHLD, before);
	if (!error && status == 0 && lseek(fd, 0, SEEK_SET) == 0)
		fx_oci_document_read_fd(fd, id, &state, NULL, why);
	if (fd >= 0)
		close(fd);
	return state;
}
