/* SPDX-License-Identifier: MIT */
#include "loader/oci/document.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json_visit.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "loader/exit_status.h"

static int refuse(const char *subject, const char *text, struct fx_refusal *why)
{
	return fx_refuse(why, FX_EXIT_FAILED, subject, "%s", text);
}

/* The size was asked of the open file; one that grows meanwhile is read to where it ended. */
static char *read_whole(int fd, size_t size)
{
	char *text = malloc(size + 1);
	size_t used = 0;
	ssize_t n = 1;

	while (text && n > 0 && used < size) {
		n = read(fd, text + used, size - used);
		used += n > 0 ? (size_t)n : 0;
	}
	if (text && n < 0) {
		int error = errno;

		free(text);
		errno = error;
		return NULL;
	}
	if (text)
		text[used] = '\0';
	return text;
}

/* Members of a text that is JSON: each has the only colon that is not inside a string. */
static size_t members_in(const char *text)
{
	size_t colons = 0;
	bool quoted = false;

	for (; *text; text++) {
		if (quoted && *text == '\\' && text[1])
			text++;
		else if (*text == '"')
			quoted = !quoted;
		else
			colons += !quoted && *text == ':';
	}
	return colons;
}

/* Those of the tree, where a member that comes twice is one. */
static int count_member(struct json_object *o, int flags, struct json_object *parent,
			const char *key, size_t *index, void *count)
{
	(void)o;
	(void)parent;
	(void)index;
	if (key && flags != JSON_C_VISIT_SECOND)
		++*(size_t *)count;
	return JSON_C_VISIT_RETURN_CONTINUE;
}

static int parse(const char *text, size_t size, const char *subject, struct json_object **document,
		 struct fx_refusal *why)
{
	struct json_tokener *tokener = json_tokener_new();
	enum json_tokener_error error;
	size_t members = 0;

	if (!tokener)
		return refuse(subject, strerror(ENOMEM), why);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*document = json_tokener_parse_ex(tokener, text, (int)size);
	error = json_tokener_get_error(tokener);
	json_tokener_free(tokener);
	if (error != json_tokener_success)
		return fx_refuse(why, FX_EXIT_FAILED, subject, "is not JSON: %s",
				 error == json_tokener_continue ? "ends too early"
								: json_tokener_error_desc(error));
	json_c_visit(*document, 0, count_member, &members);
	if (strlen(text) != size)
		refuse(subject, "is not JSON: has a NUL byte", why);
	else if (!json_object_is_type(*document, json_type_object))
		refuse(subject, "is no JSON object", why);
	else if (members != members_in(text))
		refuse(subject,
		       "has a member twice in one object, of which readers take different ones",
		       why);
	else
		return 0;
	json_object_put(*document);
	*document = NULL;
	return -1;
}

static const char *why_not(int error)
{
	return error == ELOOP ? "is a symbolic link, where a file should be" : strerror(error);
}

int fx_oci_document_read_fd(int fd, const char *subject, struct json_object **document,
			    struct stat *st, struct fx_refusal *why)
{
	struct stat own;
	char *text;
	int result;

	*document = NULL;
	if (!st)
		st = &own;
	if (fstat(fd, st) < 0)
		return refuse(subject, strerror(errno), why);
	if (!S_ISREG(st->st_mode))
		return refuse(subject, "is no regular file", why);
	if (st->st_size > FX_OCI_DOCUMENT_MOST)
		return fx_refuse(why, FX_EXIT_FAILED, subject,
				 "has %lld bytes, and more than %d are not read",
				 (long long)st->st_size, FX_OCI_DOCUMENT_MOST);
	text = read_whole(fd, (size_t)st->st_size);
	if (!text)
		return refuse(subject, strerror(errno), why);
	result = parse(text, (size_t)st->st_size, subject, document, why);
	free(text);
	return result;
}

int fx_oci_document_read(int directory, const char *name, const char *subject,
			 struct json_object **document, struct stat *st, struct fx_refusal *why)
{
	/* A FIFO would keep us waiting. */
	int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return refuse(subject, why_not(errno), why);
	result = fx_oci_document_read_fd(fd, subject, document, st, why);
	close(fd);
	return result;
}

int fx_oci_document_write(struct json_object *document, int fd)
{
	size_t length, done = 0;
	const char *text = json_object_to_json_string_length(
		document, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &length);

	if (!text) {
		errno = ENOMEM;
		return -1;
	}
	while (done < length) {
		ssize_t n = write(fd, text + done, length - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return write(fd, "\n", 1) == 1 ? 0 : -1;
}

int fx_oci_member(struct json_object *o, const char *name, enum json_type type, const char *where,
		  struct json_object **value, struct fx_refusal *why)
{
	*value = NULL;
	if (!json_object_object_get_ex(o, name, value) || !*value ||
	    json_object_is_type(*value, type))
		return 0;
	return fx_refuse(why, FX_EXIT_FAILED, where, "is %s, and should be %s",
			 json_type_to_name(json_object_get_type(*value)), json_type_to_name(type));
}

const char *fx_oci_string(struct json_object *value)
{
	const char *text =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;

	return text && strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

int fx_oci_strings(struct json_object *array, const char *where, struct fx_refusal *why)
{
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *value = json_object_array_get_idx(array, i);

		if (!fx_oci_string(value))
			return fx_refuse(why, FX_EXIT_FAILED, where, "element %zu is %s", i,
					 json_object_is_type(value, json_type_string)
						 ? "a string with a NUL in it"
						 : "no string");
	}
	return 0;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text > 0x7e)
			return false;
	}
	return true;
}

int fx_oci_exact(struct json_object *o, const char *const *names, const char *where,
		 struct fx_refusal *why)
{
	json_object_object_foreach(o, key, value)
	{
		(void)value;
		if (!is_ascii(key))
			return fx_refuse(why, FX_EXIT_FAILED, where,
					 "has the member \"%s\", which is not known", key);
		for (const char *const *name = names; *name; name++) {
			if (strcasecmp(key, *name) == 0 && strcmp(key, *name) != 0)
				return fx_refuse(why, FX_EXIT_FAILED, where,
						 "has \"%s\", which some readers take for \"%s\"",
						 key, *name);
		}
	}
	return 0;
}
