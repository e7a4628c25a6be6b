/* SPDX-License-Identifier: MIT */
#include "loader/oci/settings.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "loader/exit_status.h"
#include "loader/oci/document.h"
#include "loader/oci/option_words.h"

#define VERSION	       1
#define VERSION_MEMBER "fxbox_oci"

const char *const fx_oci_wish_names[FX_OCI_WISHES] = {
	[FX_OCI_WISH_OPTIONS] = "options",
	[FX_OCI_WISH_LOG] = "log",
	[FX_OCI_WISH_SHARED_FUTEX] = "shared-futex",
	[FX_OCI_WISH_CONFINE] = "confine",
};

static bool set_flag(bool *flag, struct json_object *value)
{
	*flag = json_object_get_boolean(value);
	return json_object_is_type(value, json_type_boolean);
}

static bool set_absolute(const char **path, struct json_object *value)
{
	*path = fx_oci_string(value);
	return *path && **path == '/';
}

static bool set_allowed(struct fx_oci_settings *settings, struct json_object *value)
{
	if (!json_object_is_type(value, json_type_array))
		return false;
	memset(settings->allowed, 0, sizeof(settings->allowed));
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		const char *name = fx_oci_string(json_object_array_get_idx(value, i));
		int wish = 0;

		while (wish < FX_OCI_WISHES &&
		       (!name || strcmp(name, fx_oci_wish_names[wish]) != 0))
			wish++;
		if (wish == FX_OCI_WISHES)
			return false;
		settings->allowed[wish] = true;
	}
	return true;
}

/* *why is filled only where more can be said than that the value cannot be. */
static bool set(struct fx_oci_settings *s, const char *name, struct json_object *value, bool *known,
		struct fx_refusal *why)
{
	*known = true;
	if (strcmp(name, VERSION_MEMBER) == 0)
		return json_object_is_type(value, json_type_int) &&
		       json_object_get_int(value) == VERSION;
	if (strcmp(name, "runtime") == 0)
		return (s->runtime = fx_oci_string(value)) && *s->runtime;
	if (strcmp(name, "fxbox") == 0)
		return set_absolute(&s->fxbox, value);
	if (strcmp(name, "log_directory") == 0)
		return set_absolute(&s->log_directory, value);
	if (strcmp(name, "log") == 0)
		return set_flag(&s->log, value);
	if (strcmp(name, "confine") == 0)
		return set_flag(&s->confine, value);
	if (strcmp(name, "environment") == 0)
		return set_flag(&s->environment, value);
	if (strcmp(name, "annotations") == 0)
		return set_allowed(s, value);
	*known = strcmp(name, "options") == 0;
	s->options = *known ? value : NULL;
	return *known && json_object_is_type(value, json_type_array) &&
	       fx_oci_strings(value, name, why) == 0 &&
	       fx_oci_options_check(value, true, s->path, why) == 0;
}

static int take(struct fx_oci_settings *settings, struct json_object *document,
		struct fx_refusal *why)
{
	const char *path = settings->path;

	if (!json_object_object_get(document, VERSION_MEMBER))
		return fx_refuse(why, FX_EXIT_FAILED, path, "has no member \"%s\"", VERSION_MEMBER);
	json_object_object_foreach(document, name, value)
	{
		bool known;

		if (set(settings, name, value, &known, why))
			continue;
		if (!known)
			return fx_refuse(why, FX_EXIT_FAILED, path, "\"%s\" is not known", name);
		if (why->line[0])
			return -1;
		return fx_refuse(why, FX_EXIT_FAILED, path, "\"%s\" cannot be %s", name,
				 json_object_to_json_string(value));
	}
	return 0;
}

int fx_oci_settings_read(const char *path, struct fx_oci_settings *settings, struct fx_refusal *why)
{
	struct json_object *document;

	*settings = (struct fx_oci_settings){
		.path = path ? path : FX_OCI_SETTINGS,
		.log_directory = "/var/log/fxbox",
		.log = true,
	};
	memset(settings->allowed, true, sizeof(settings->allowed));
	if (!path && faccessat(AT_FDCWD, FX_OCI_SETTINGS, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (fx_oci_document_read(AT_FDCWD, settings->path, settings->path, &document, NULL, why) <
	    0)
		return -1;
	why->line[0] = '\0';
	return take(settings, document, why);
}
