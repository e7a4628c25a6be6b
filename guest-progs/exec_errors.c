/* SPDX-License-Identifier: MIT */
/* Each way in which execve fails, after which the program goes on. */
#include <sys/stat.h>

#include "guest-progs/guest.h"

/* Volatile, or the compiler warns of what is meant. */
static char **volatile nowhere = (char **)8;
static char directory[] = "/tmp/guest-XXXXXX";

static const char *make(const char *name, mode_t mode, const void *content, size_t size)
{
	static char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	need(fd >= 0 && write(fd, content, size) == (ssize_t)size);
	close(fd);
	return path;
}

static void try(const char *what, const char *path)
{
	char *const argv[] = {"x", NULL};

	say(what, execve(path, argv, environ));
}

static void try_text(const char *what, const char *text)
{
	const char *path = make("file", 0755, text, strlen(text));

	try(what, path);
	unlink(path);
}

static void too_big(void)
{
	static char word[200000];
	static char *many[20000];
	char *const one[] = {"x", word, NULL};

	memset(word, 'a', sizeof(word) - 1);
	say("one argument too long", execve("/bin/true", one, environ));
	word[2000] = '\0';
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]) - 1; i++)
		many[i] = word;
	say("too much in all", execve("/bin/true", many, environ));
}

/* Arguments are looked at after the file's name, and before its kind. */
static void arguments_first(void)
{
	static char word[200000];
	char *const good[] = {"x", NULL}, *const bad[] = {(char *)nowhere, NULL},
		    *const large[] = {"x", word, NULL};
	const char *path = make("text", 0755, "hello\n", 6);

	memset(word, 'a', sizeof(word) - 1);
	say("no program, bad argv", execve(path, nowhere, environ));
	say("no program, bad argument", execve(path, bad, environ));
	say("no program, bad envp", execve(path, good, nowhere));
	say("no program, one argument too long", execve(path, large, environ));
	word[131071] = '\0';
	say("no program, the longest argument", execve(path, large, environ));
	say("missing, bad argv", execve("/no/such/file", nowhere, environ));
	say("a directory, bad argv", execve("/tmp", nowhere, environ));
	unlink(path);
}

int main(void)
{
	static const char elf32[64] = "\177ELF\1\1\1";
	char *const argv[] = {"x", NULL};
	char *bad_argv[] = {NULL, NULL};
	char long_path[5000];
	const char *path;

	need(mkdtemp(directory));
	try("missing", "/no/such/file");
	try("missing directory", "/no/such/directory/");
	try("empty", "");
	try("below a file", "/etc/passwd/x");
	try("a directory", "/tmp");
	try("a device", "/dev/null");
	memset(long_path, 'a', sizeof(long_path) - 1);
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	try("too long", long_path);
	try("bad pointer", (const char *)nowhere);
	bad_argv[0] = (char *)nowhere;
	say("bad argv", execve("/bin/true", nowhere, environ));
	say("bad argument", execve("/bin/true", bad_argv, environ));
	say("bad envp", execve("/bin/true", argv, nowhere));
	path = make("file", 0644, "#!/bin/sh\n", 10);
	try("not executable", path);
	unlink(path);
	try_text("no magic", "hello\n");
	try_text("empty file", "");
	try_text("short ELF", "\177ELF");
	try_text("script, missing interpreter", "#!/no/such/interpreter\n");
	try_text("script, nothing named", "#!\n");
	try_text("script, the file ends", "#!");
	try_text("script, the file ends behind blanks", "#! \t ");
	try_text("script, blanks named", "#!  \t \n");
	try_text("script, interpreter is a directory", "#!/tmp\n");
	path = make("elf", 0755, elf32, sizeof(elf32));
	try("bad ELF", path);
	unlink(path);
	too_big();
	arguments_first();
	snprintf(long_path, sizeof(long_path), "%s/loop", directory);
	need(symlink(long_path, long_path) == 0);
	try("loop of links", long_path);
	unlink(long_path);
	say("execveat, bad descriptor", syscall(SYS_execveat, 999, "x", argv, environ, 0));
	say("execveat, bad flag", syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, environ, 1));
	rmdir(directory);
	return 0;
}
