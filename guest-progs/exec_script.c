/* SPDX-License-Identifier: MIT */
/* Scripts are executed as the kernel does it: one argument, nested interpreters, exec by
 * descriptor. */
#include "guest-progs/guest.h"

static char directory[] = "/tmp/guest-XXXXXX";
static char first[64], second[64];

static void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	need(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void run(const char *what, const char *path)
{
	pid_t child;

	printf("%s\n", what);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		execl(path, "argv0", "one", "two words", NULL);
		printf("%s\n", errno_name(errno));
		fflush(stdout);
		_exit(1);
	}
	say_end("script", child);
}

int main(void)
{
	char text[128];

	need(mkdtemp(directory));
	need(chdir(directory) == 0);
	snprintf(first, sizeof(first), "%s/first", directory);
	snprintf(second, sizeof(second), "%s/second", directory);

	make("plain", "#!/bin/sh\necho \"plain: $0: $#: $1, $2\"; exit 4\n");
	run("relative", "./plain");
	make("plain", "#! \t/bin/sh -e \t\necho \"$#: $-\" | tr -d hm; false; echo no\n");
	run("with an argument", "./plain");
	make("plain", "#!/bin/echo  one argument only \n");
	run("blanks", "./plain");
	make("plain", "#!/bin/echo");
	run("no line end", "./plain");
	make("first", "#!/bin/sh\necho \"first: $#: $2, $3\"\n");
	snprintf(text, sizeof(text), "#!%s nested\n", first);
	make("second", text);
	run("nested", "./second");
	snprintf(text, sizeof(text), "#!%s\n", second);
	make("first", text);
	run("nested without end", "./second");
	run("a program", "/bin/echo");
	unlink("plain");
	unlink("first");
	unlink("second");
	need(chdir("/") == 0 && rmdir(directory) == 0);
	return 0;
}
