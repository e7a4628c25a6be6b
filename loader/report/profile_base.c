/* SPDX-License-Identifier: MIT */
#include "loader/report/profile_base.h"

#include <string.h>

#define DOCKER_DEFAULT "docker-default"

/*
 * Docker 24, x86-64, with the capabilities that a container has by default: what its profile
 * refuses of the calls that there were, the last of which it allows; newer ones it does not know.
 */
#define DOCKER_LAST 449 /* futex_waitv */
static const char *const refused[] = {
	"_sysctl",
	"acct",
	"add_key",
	"afs_syscall",
	"bpf",
	"clock_settime",
	"clone3",
	"create_module",
	"delete_module",
	"fanotify_init",
	"finit_module",
	"fsconfig",
	"fsmount",
	"fsopen",
	"fspick",
	"get_kernel_syms",
	"get_mempolicy",
	"getpmsg",
	"init_module",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mbind",
	"migrate_pages",
	"mount",
	"mount_setattr",
	"move_mount",
	"move_pages",
	"nfsservctl",
	"open_by_handle_at",
	"open_tree",
	"perf_event_open",
	"pidfd_getfd",
	"pivot_root",
	"process_madvise",
	"putpmsg",
	"query_module",
	"quotactl",
	"quotactl_fd",
	"reboot",
	"request_key",
	"security",
	"set_mempolicy",
	"setdomainname",
	"sethostname",
	"setns",
	"settimeofday",
	"swapoff",
	"swapon",
	"sysfs",
	"syslog",
	"tuxcall",
	"umount2",
	"unshare",
	"uprobe",
	"uretprobe",
	"uselib",
	"userfaultfd",
	"ustat",
	"vhangup",
	"vserver",
};

/* And what it allows with some arguments only. */
static const char *const in_part[] = {"clone", "personality", "socket"};

static const struct {
	int nr;
	const char *name;
} table[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) {nr, #name},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
};

#define ROWS (sizeof(table) / sizeof(table[0]))

static bool among(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

static bool base_allows(size_t row)
{
	return table[row].nr <= DOCKER_LAST &&
	       !among(table[row].name, refused, sizeof(refused) / sizeof(refused[0]));
}

bool fx_profile_base_known(const char *name)
{
	return strcmp(name, DOCKER_DEFAULT) == 0;
}

/* One line of the names. */
static void put(const char *what, const struct fx_names *names, FILE *out)
{
	fprintf(out, "%s %zu%s", what, names->count, names->count ? ":" : "");
	for (size_t i = 0; i < names->count; i++)
		fprintf(out, " %s", names->name[i]);
	fputc('\n', out);
}

void fx_profile_base_compare(const struct fx_names *allowed, FILE *out)
{
	struct fx_names adds = {.count = 0}, takes = {.count = 0}, whole = {.count = 0};

	for (size_t row = 0; row < ROWS; row++) {
		const char *name = table[row].name;
		bool has = fx_names_have(allowed, name), had = base_allows(row);

		if (has && !had)
			fx_names_add(&adds, name);
		if (had && !has)
			fx_names_add(&takes, name);
		if (has && among(name, in_part, sizeof(in_part) / sizeof(in_part[0])))
			fx_names_add(&whole, name);
	}
	fx_names_sort(&adds);
	fx_names_sort(&takes);
	fx_names_sort(&whole);
	put("beside " DOCKER_DEFAULT " it adds", &adds, out);
	put("it allows with any arguments, there only with some,", &whole, out);
	put("it takes away", &takes, out);
}
