/* SPDX-License-Identifier: MIT */
/* What openat2 is stricter about than openat; also for a confined program, for which openat does
 * it. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

#include "guest-progs/guest.h"

#define VER0	 24
#define TMPFILE_ 020000000UL /* O_TMPFILE without O_DIRECTORY */

static char made[64];

static void try_sized(const char *what, const char *path, struct open_how how, unsigned long more,
		      size_t size)
{
	struct {
		struct open_how how;
		unsigned long more[600];
	} given = {how, {0, more}};
	long fd = syscall(SYS_openat2, AT_FDCWD, path, &given, size);

	say(what, fd < 0 ? fd : 0);
	if (fd >= 0)
		close((int)fd);
	unlink(made);
}

static void try_it(const char *what, const char *path, unsigned long flags, unsigned long mode,
		   unsigned long resolve)
{
	try_sized(what, path, (struct open_how){flags, mode, resolve}, 0, VER0);
}

int main(void)
{
	const struct open_how plain = {O_RDONLY, 0, 0};
	const char *file = "/etc/passwd", *place = getenv("PLACE") ? getenv("PLACE") : "/tmp";

	snprintf(made, sizeof(made), "%s/openat2-%d", place, getpid());
	try_it("plain", file, O_RDONLY, 0, 0);
	try_it("a mode for nothing", file, O_RDONLY, 0600, 0);
	try_it("made", made, O_CREAT | O_RDWR, 0600, 0);
	try_it("made with more than a mode", made, O_CREAT | O_RDWR, 0100600, 0);
	try_it("a flag above 32 bits", file, 1UL << 33, 0, 0);
	try_it("path only", file, O_PATH | O_CLOEXEC, 0, 0);
	try_it("path only and more", file, O_PATH | O_RDWR, 0, 0);
	try_it("no access mode", file, O_ACCMODE, 0, 0);
	try_it("without a name", place, O_TMPFILE | O_RDWR, 0600, 0);
	try_it("without a name, to read", place, O_TMPFILE | O_RDONLY, 0600, 0);
	try_it("without a name, no directory", place, TMPFILE_ | O_RDWR, 0600, 0);
	try_it("a directory made", made, O_DIRECTORY | O_CREAT, 0600, 0);
	try_it("a resolve flag that is none", file, O_RDONLY, 0, 1UL << 40);
	try_it("resolve flags that exclude each other", file, O_RDONLY, 0,
	       RESOLVE_BENEATH | RESOLVE_IN_ROOT);
	try_it("no path", NULL, O_RDONLY, 0, 0);
	try_sized("too small", file, plain, 0, 8);
	try_sized("larger, zero", file, plain, 0, VER0 + 16);
	try_sized("larger, not zero", file, plain, 1, VER0 + 16);
	try_sized("larger than a page", file, plain, 0, 4104);
	say("nowhere", syscall(SYS_openat2, AT_FDCWD, file, NULL, VER0));
	return 0;
}
