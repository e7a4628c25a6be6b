/* SPDX-License-Identifier: MIT */
#include "loader/test/json_get.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/output.h"

#define DEPTH	  16
#define SIZE_MOST (256L << 20)

static char *read_all(int fd, size_t *length)
{
	struct stat st;
	char *text;
	size_t got = 0;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_size > SIZE_MOST) {
		errno = S_ISREG(st.st_mode) ? EFBIG : S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	text = malloc((size_t)st.st_size + 1);
	while (text && got < (size_t)st.st_size) {
		ssize_t n = read(fd, text + got, (size_t)st.st_size - got);

		if (n <= 0)
			break;
		got += (size_t)n;
	}
	*length = got;
	return text;
}

struct json_object *fx_json_file(const char *path, const char **damaged)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct json_tokener *tokener;
	struct json_object *o;
	size_t length = 0;
	char *text;
	int error;

	*damaged = NULL;
	if (fd < 0)
		return NULL;
	text = read_all(fd, &length);
	error = errno;
	close(fd);
	errno = error;
	if (!text)
		return NULL;
	tokener = json_tokener_new_ex(DEPTH);
	o = json_tokener_parse_ex(tokener, text, (int)length);
	if (!o)
		*damaged = json_tokener_get_error(tokener) == json_tokener_continue
				   ? "it is cut off"
				   : json_tokener_error_desc(json_tokener_get_error(tokener));
	json_tokener_free(tokener);
	free(text);
	return o;
}

int fx_json_write(struct json_object *o, const char *path)
{
	const char *text = json_object_to_json_string_ext(
		o,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t length = strlen(text), done = 0;
	int fd = fx_output_open(path, O_TRUNC | O_CLOEXEC), error;

	if (fd < 0)
		return -1;
	while (done < length) {
		ssize_t n = write(fd, text + done, length - done);

		if (n < 0) {
			error = errno;
			close(fd);
			errno = error;
			return -1;
		}
		done += (size_t)n;
	}
	if (write(fd, "\n", 1) < 0) {
		error = errno;
		close(fd);
		errno = error;
		return -1;
	}
	return close(fd);
}
