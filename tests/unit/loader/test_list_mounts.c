/* SPDX-License-Identifier: MIT */
/* Which mounts are read-only: by either way the same. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/confine/list_mounts.h"

#define MOST 1000

struct list {
	size_t count;
	char *place[MOST];
};

static bool note(void *context, const char *place)
{
	struct list *list = context;

	ck_assert_uint_lt(list->count, MOST);
	list->place[list->count++] = strdup(place);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void drop(struct list *list)
{
	while (list->count > 0)
		free(list->place[--list->count]);
}

static bool has(const struct list *list, const char *place)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->place[i], place) == 0)
			return true;
	}
	return false;
}

/* Both ways; false where the kernel knows only the older one. */
static bool compare(const char *one_of_them)
{
	struct list calls = {0}, proc = {0};
	bool known = fx_read_only_mounts_by_calls(note, &calls) == 0;

	ck_assert(known || errno == ENOSYS || errno == EPERM);
	ck_assert_int_eq(fx_read_only_mounts_by_proc(note, &proc), 0);
	if (one_of_them)
		ck_assert(has(&proc, one_of_them));
	if (known) {
		ck_assert_uint_eq(calls.count, proc.count);
		qsort(calls.place, calls.count, sizeof(char *), by_name);
		qsort(proc.place, proc.count, sizeof(char *), by_name);
		for (size_t i = 0; i < proc.count; i++)
			ck_assert_str_eq(calls.place[i], proc.place[i]);
	}
	drop(&calls);
	drop(&proc);
	return known;
}

START_TEST(both_ways_tell_the_same_of_this_host)
{
	compare(NULL);
}
END_TEST

/* With what mountinfo writes otherwise in its name, and both kinds of read-only. */
START_TEST(both_ways_tell_the_same_of_odd_mounts)
{
	char top[] = "/tmp/fxbox-mounts-XXXXXX", place[128];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(mount("tmpfs", top, "tmpfs", 0, NULL), 0);
	for (int i = 0; i < 100; i++) {
		snprintf(place, sizeof(place), "%s/a b\\\n\t#%d", top, i);
		ck_assert_int_eq(mkdir(place, 0755), 0);
		ck_assert_int_eq(mount("tmpfs", place, "tmpfs", i & 1 ? MS_RDONLY : 0, "size=4k"),
				 0);
		if (i % 4 == 2)
			ck_assert_int_eq(
				mount(NULL, place, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL),
				0);
	}
	compare(place);
	ck_assert_int_eq(umount2(top, MNT_DETACH), 0);
	rmdir(top);
}
END_TEST

/* A directory of a mount: what that lies on is outside. */
START_TEST(both_ways_tell_the_same_in_a_chroot)
{
	char top[] = "/tmp/fxbox-mounts-XXXXXX", place[128];
	int root;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	root = open("/", O_PATH | O_CLOEXEC);
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(mount("tmpfs", top, "tmpfs", 0, NULL), 0);
	snprintf(place, sizeof(place), "%s/in", top);
	ck_assert(mkdir(place, 0755) == 0 && chdir(place) == 0);
	ck_assert(mkdir("proc", 0755) == 0 && mkdir("ro", 0755) == 0);
	ck_assert_int_eq(mount("/proc", "proc", NULL, MS_BIND | MS_REC, NULL), 0);
	ck_assert_int_eq(mount("tmpfs", "ro", "tmpfs", MS_RDONLY, NULL), 0);
	ck_assert_int_eq(mount(NULL, top, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	ck_assert_int_eq(chroot("."), 0);
	compare("/ro");
	ck_assert(fchdir(root) == 0 && chroot(".") == 0 && umount2(top, MNT_DETACH) == 0);
	close(root);
	rmdir(top);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list_mounts");
	TCase *tcase = tcase_create("list_mounts");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tcase, both_ways_tell_the_same_of_this_host);
	tcase_add_test(tcase, both_ways_tell_the_same_of_odd_mounts);
	tcase_add_test(tcase, both_ways_tell_the_same_in_a_chroot);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
