/* SPDX-License-Identifier: MIT */
#include "loader/oci/config.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "loader/exit_status.h"
#include "loader/oci/document.h"
#include "loader/oci/places.h"
#include "loader/oci/process.h"
#include "loader/oci/wishes.h"

static const char *const members[] = {"process", "root",  "mounts",	"annotations",
				      "linux",	 "hooks", "ociVersion", NULL};
static const char *const mount_members[] = {"destination", "type", "source", "options", NULL};
static const char *const linux_members[] = {"devices",	  "maskedPaths", "readonlyPaths",
					    "namespaces", "seccomp",	 NULL};
static const char *const root_members[] = {"path", "readonly", NULL};
static const char *const device_members[] = {"path", NULL};

static bool has_parents(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2) {
		if ((p == path || p[-1] == '/') && (p[2] == '/' || !p[2]))
			return true;
	}
	return false;
}

/* The next name of a path; false at its end. */
static bool next_name(const char **path, const char **name, size_t *length)
{
	do {
		*path += strspn(*path, "/");
		*name = *path;
		*length = strcspn(*path, "/");
		*path += *length;
	} while (*length == 1 && **name == '.');
	return *length > 0;
}

/* Whether a path without `..` is one of ours, however it is written, or lies below it. */
static bool is_ours(const char *path)
{
	const char *name;
	size_t length;

	if (!next_name(&path, &name, &length))
		return false;
	return (length == strlen(FX_OCI_PROGRAM + 1) &&
		strncmp(name, FX_OCI_PROGRAM + 1, length) == 0) ||
	       (length == strlen(FX_OCI_LOG + 1) && strncmp(name, FX_OCI_LOG + 1, length) == 0);
}

/* Something that the runtime puts at a path in the container. */
static int check_place(struct json_object *value, const char *where, struct fx_refusal *why)
{
	const char *path = fx_oci_string(value);

	if (!path)
		return fx_refuse(why, FX_EXIT_FAILED, where, "is no path");
	if (has_parents(path))
		return fx_refuse(why, FX_EXIT_FAILED, where, "'%s' has a '..' in it", path);
	if (is_ours(path))
		return fx_refuse(why, FX_EXIT_FAILED, where,
				 "'%s' is where fxbox lies in a container", path);
	return 0;
}

/* An array of objects, of which each has a place in the container as one member. */
static int check_places(struct json_object *array, const char *name, const char *const *known,
			const char *member, struct fx_refusal *why)
{
	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		struct json_object *o = json_object_array_get_idx(array, i);
		char where[128];

		snprintf(where, sizeof(where), "%s[%zu]", name, i);
		if (!json_object_is_type(o, json_type_object))
			return fx_refuse(why, FX_EXIT_FAILED, where, "is no object");
		if (fx_oci_exact(o, known, where, why) < 0)
			return -1;
		snprintf(where, sizeof(where), "%s[%zu].%s", name, i, member);
		if (check_place(json_object_object_get(o, member), where, why) < 0)
			return -1;
	}
	return 0;
}

/* An array of paths that the runtime hides, or makes read-only. */
static int check_paths(struct json_object *o, const char *name, struct fx_refusal *why)
{
	struct json_object *paths;
	char where[128];

	snprintf(where, sizeof(where), "linux.%s", name);
	if (fx_oci_member(o, name, json_type_array, where, &paths, why) < 0)
		return -1;
	for (size_t i = 0; paths && i < json_object_array_length(paths); i++) {
		snprintf(where, sizeof(where), "linux.%s[%zu]", name, i);
		if (check_place(json_object_array_get_idx(paths, i), where, why) < 0)
			return -1;
	}
	return 0;
}

static int check_linux(struct json_object *config, struct fx_refusal *why)
{
	struct json_object *o, *devices;

	if (fx_oci_member(config, "linux", json_type_object, "linux", &o, why) < 0)
		return -1;
	if (!o)
		return 0;
	if (fx_oci_exact(o, linux_members, "linux", why) < 0 ||
	    fx_oci_member(o, "devices", json_type_array, "linux.devices", &devices, why) < 0)
		return -1;
	if (check_places(devices, "linux.devices", device_members, "path", why) < 0 ||
	    check_paths(o, "maskedPaths", why) < 0)
		return -1;
	return check_paths(o, "readonlyPaths", why);
}

static int check_root(struct json_object *config, struct fx_refusal *why)
{
	struct json_object *root;

	if (fx_oci_member(config, "root", json_type_object, "root", &root, why) < 0)
		return -1;
	if (!root)
		return fx_refuse(why, FX_EXIT_FAILED, "root", "is missing");
	if (fx_oci_exact(root, root_members, "root", why) < 0)
		return -1;
	if (!fx_oci_string(json_object_object_get(root, "path")))
		return fx_refuse(why, FX_EXIT_FAILED, "root.path", "is no path");
	return 0;
}

static int check_process(struct json_object *config, struct fx_refusal *why)
{
	struct json_object *process;

	if (fx_oci_member(config, "process", json_type_object, "process", &process, why) < 0)
		return -1;
	if (!process)
		return fx_refuse(why, FX_EXIT_FAILED, "process",
				 "is missing: there is no program to run under fxbox");
	return fx_oci_process_check(process, "process", why);
}

/* The place of a mount of ours, as this program writes them; -1: there is none. */
static int find_mount(struct json_object *mounts, const char *destination, const char *source)
{
	for (size_t i = 0; mounts && i < json_object_array_length(mounts); i++) {
		struct json_object *o = json_object_array_get_idx(mounts, i);
		struct json_object *at = NULL, *from = NULL;

		if (!json_object_is_type(o, json_type_object) ||
		    !json_object_object_get_ex(o, "destination", &at) || !fx_oci_string(at) ||
		    strcmp(fx_oci_string(at), destination) != 0)
			continue;
		if (!source || (json_object_object_get_ex(o, "source", &from) &&
				fx_oci_string(from) && strcmp(fx_oci_string(from), source) == 0))
			return (int)i;
	}
	return -1;
}

/*
 * What we wrote before begins with the words that the annotation tells, and mounts our own fxbox.
 * Who writes the same by hand gets the same: the words are taken away, and others put in their
 * place.
 */
static int take_back(struct json_object *config, struct json_object *annotations,
		     struct json_object *mounts, const char *fxbox, struct fx_refusal *why)
{
	const char *text = fx_oci_string(json_object_object_get(annotations, FX_OCI_WORDS));
	struct json_object *process = json_object_object_get(config, "process");
	struct json_object *words = text ? json_tokener_parse(text) : NULL;
	int at = find_mount(mounts, FX_OCI_PROGRAM, fxbox), log;
	bool ours = json_object_is_type(words, json_type_array) && at >= 0 &&
		    fx_oci_process_strip(process, words) == 0;

	json_object_put(words);
	if (!ours)
		return fx_refuse(why, FX_EXIT_FAILED, FX_OCI_WORDS,
				 "this annotation is fxbox-oci's own, and the document is not as "
				 "it wrote it with %s: have the engine write it anew",
				 fxbox);
	json_object_array_del_idx(mounts, (size_t)at, 1);
	log = find_mount(mounts, FX_OCI_LOG, NULL);
	if (log >= 0)
		json_object_array_del_idx(mounts, (size_t)log, 1);
	json_object_object_del(annotations, FX_OCI_WORDS);
	return 0;
}

int fx_oci_config_check(struct json_object *config, const char *fxbox, struct fx_refusal *why)
{
	struct json_object *annotations, *mounts;

	if (fx_oci_exact(config, members, "config.json", why) < 0 ||
	    check_process(config, why) < 0 || check_root(config, why) < 0 ||
	    check_linux(config, why) < 0 ||
	    fx_oci_member(config, "mounts", json_type_array, "mounts", &mounts, why) < 0 ||
	    fx_oci_member(config, "annotations", json_type_object, "annotations", &annotations,
			  why) < 0)
		return -1;
	if (annotations && json_object_object_get_ex(annotations, FX_OCI_WORDS, NULL) &&
	    take_back(config, annotations, mounts, fxbox, why) < 0)
		return -1;
	return check_places(mounts, "mounts", mount_members, "destination", why);
}

const char *fx_oci_config_root(struct json_object *config)
{
	return fx_oci_string(
		json_object_object_get(json_object_object_get(config, "root"), "path"));
}

struct json_object *fx_oci_config_words(struct json_object *config,
					const struct fx_oci_settings *settings, bool *log,
					struct fx_refusal *why)
{
	struct json_object *process = json_object_object_get(config, "process");

	return fx_oci_words(settings, json_object_object_get(config, "annotations"),
			    json_object_object_get(process, "env"), log, why);
}

static void add_mount(struct json_object *mounts, const char *destination, const char *source,
		      const char *access)
{
	static const char *const always[] = {"bind", "nosuid", "nodev", "private"};
	struct json_object *o = json_object_new_object(), *options = json_object_new_array();

	json_object_object_add(o, "destination", json_object_new_string(destination));
	json_object_object_add(o, "type", json_object_new_string("bind"));
	json_object_object_add(o, "source", json_object_new_string(source));
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		json_object_array_add(options, json_object_new_string(always[i]));
	json_object_array_add(options, json_object_new_string(access));
	json_object_object_add(o, "options", options);
	json_object_array_add(mounts, o);
}

/* The member, made if it is not there, or null. */
static struct json_object *member(struct json_object *config, const char *name,
				  struct json_object *(*make)(void))
{
	if (!json_object_object_get(config, name))
		json_object_object_add(config, name, make());
	return json_object_object_get(config, name);
}

void fx_oci_config_rewrite(struct json_object *config, struct json_object *words, const char *fxbox,
			   const char *log)
{
	struct json_object *mounts = member(config, "mounts", json_object_new_array);
	struct json_object *notes = member(config, "annotations", json_object_new_object);
	const char *text = json_object_to_json_string_ext(
		words, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	fx_oci_process_rewrite(json_object_object_get(config, "process"), words);
	json_object_object_add(notes, FX_OCI_WORDS, json_object_new_string(text));
	/* Behind all others, of which none lies over them then. */
	add_mount(mounts, FX_OCI_PROGRAM, fxbox, "ro");
	if (log)
		add_mount(mounts, FX_OCI_LOG, log, "rw");
}
