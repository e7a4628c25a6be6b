/* SPDX-License-Identifier: MIT */
/*
 * What runs is not written, by any call and however it was started, until its last process has
 * ended; what is open for writing is not run. Neither is so for scripts, interpreters and libraries
 * that are in use.
 */
#include <linux/openat2.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "guest-progs/guest.h"

/* Volatile, or the compiler warns of what is meant. */
static char **volatile nowhere = (char **)8;
static char directory[] = "/tmp/guest-XXXXXX", program[64], script[64], other[64];

static void copy(const char *from, const char *to)
{
	char bytes[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t n;

	need(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		need(write(out, bytes, (size_t)n) == n);
	close(in);
	close(out);
}

static void say_open(const char *what, int fd)
{
	say(what, fd < 0 ? -1 : 0);
	if (fd >= 0)
		close(fd);
}

static long size(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : (long)st.st_size;
}

static void write_it(const char *what)
{
	struct open_how how = {.flags = O_WRONLY | O_TRUNC};
	long before = size(program);

	printf("- %s\n", what);
	say_open("read", open(program, O_RDONLY));
	say_open("write", open(program, O_WRONLY));
	say_open("read and write", open(program, O_RDWR | O_CREAT, 0700));
	say_open("write, append", openat(AT_FDCWD, program, O_WRONLY | O_APPEND));
	if (before && strcmp(what, "ended") != 0) {
		say_open("make empty", open(program, O_WRONLY | O_TRUNC));
		say_open("make empty, read", open(program, O_RDONLY | O_TRUNC));
		say_open("creat", creat(program, 0700));
		say_open("openat2",
			 (int)syscall(SYS_openat2, AT_FDCWD, program, &how, sizeof(how)));
		say("truncate", truncate(program, 1));
	}
	say_open("new", open(program, O_WRONLY | O_CREAT | O_EXCL, 0700));
	say("truncate to less than nothing", truncate(program, -1));
	printf("same size: %d\n", size(program) == before);
}

struct running {
	pid_t pid;
	int in;
};

/* Reads until its input ends; is known to run when it has read. */
static struct running start(const char *path, int by_descriptor)
{
	struct running r;
	int to[2], back[2];
	char byte;

	need(pipe2(to, O_CLOEXEC) == 0 && pipe2(back, O_CLOEXEC) == 0);
	r.pid = fork();
	if (r.pid == 0) {
		char *const argv[] = {"cat", NULL};

		dup2(to[0], 0);
		dup2(back[1], 1);
		if (by_descriptor)
			syscall(SYS_execveat, open(path, O_RDONLY | O_CLOEXEC), "", argv, environ,
				AT_EMPTY_PATH);
		else
			execve(path, argv, environ);
		_exit(1);
	}
	need(write(to[1], "x", 1) == 1 && read(back[0], &byte, 1) == 1);
	close(to[0]);
	close(back[0]);
	close(back[1]);
	r.in = to[1];
	return r;
}

static void end(struct running *r, int signal)
{
	if (signal)
		kill(r->pid, signal);
	close(r->in);
	need(waitpid(r->pid, NULL, 0) == r->pid);
}

static void run_and_write(void)
{
	struct running r = start(program, 0);
	struct running second;

	write_it("executed");
	end(&r, 0);
	write_it("ended");
	r = start(program, 1);
	write_it("executed by descriptor");
	end(&r, SIGKILL);
	write_it("ended");
	r = start(program, 0);
	second = start(program, 0);
	end(&r, SIGKILL);
	write_it("one of two has ended");
	need(rename(program, other) == 0);
	copy(other, program);
	say_open("another file of that name", open(program, O_WRONLY));
	say_open("the file by its new name", open(other, O_WRONLY));
	end(&second, 0);
	say_open("that, later", open(other, O_WRONLY));
	need(unlink(other) == 0);
}

/* A script is not protected; the program that reads it is. */
static void run_script(void)
{
	char line[80];
	int fd = open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	struct running r;

	snprintf(line, sizeof(line), "#!%s -\n", program);
	need(write(fd, line, strlen(line)) == (ssize_t)strlen(line) && close(fd) == 0);
	r = start(script, 0);
	printf("- a script\n");
	say_open("the script", open(script, O_WRONLY));
	say_open("its interpreter", open(program, O_WRONLY));
	end(&r, 0);
}

static void execute(const char *what, const char *path)
{
	char *const argv[] = {"cat", NULL};
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		need(dup2(open("/dev/null", O_RDONLY), 0) == 0);
		execve(path, argv, environ);
		say(what, -1);
		fflush(stdout);
		_exit(77);
	}
	need(waitpid(pid, &status, 0) == pid);
	printf("%s: status %d\n", what, WEXITSTATUS(status));
}

static void write_and_run(void)
{
	int fd = open(program, O_RDWR | O_CLOEXEC), script_fd;
	void *page;

	printf("- open for writing\n");
	execute("program", program);
	execute("script of it", script);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	execute("mapped for writing", program);
	munmap(page, 4096);
	execute("not any more", program);
	script_fd = open(script, O_WRONLY | O_CLOEXEC);
	execute("a script open for writing", script);
	close(script_fd);
	/* Kind and arguments are looked at later. */
	fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	execute("no program, open for writing", other);
	say("with bad arguments", execve(other, nowhere, environ));
	close(fd);
	unlink(other);
}

/* Opening what is no file, or nothing yet, is as it was. */
static void others(void)
{
	int fd = open(other, O_WRONLY | O_CREAT | O_TRUNC, 0640), both;
	struct stat st;

	need(fd >= 0 && fstat(fd, &st) == 0 && write(fd, "1234", 4) == 4);
	printf("- others\nmode of a new file: %o\n", st.st_mode & 07777);
	close(fd);
	say_open("emptied", open(other, O_RDONLY | O_TRUNC));
	printf("size %ld\n", size(other));
	say_open("a device", open("/dev/null", O_RDWR | O_CREAT | O_TRUNC, 0600));
	say_open("a directory", open(directory, O_WRONLY));
	say_open("a missing directory", creat("/no/such/file", 0600));
	unlink(other);
	need(mkfifo(other, 0600) == 0);
	both = open(other, O_RDWR | O_TRUNC);
	fd = open(other, O_WRONLY | O_TRUNC | O_NONBLOCK);
	say("a FIFO", fd >= 0 ? (long)write(fd, "x", 1) : -1);
	close(fd);
	close(both);
	say("truncate a FIFO", truncate(other, 0));
	unlink(other);
}

/* AT_EXECVE_CHECK, of Linux 6.14: what an exec would say of the file, not of what is in it. */
static long ask(const char *path, char *const *argv, int flags)
{
	char *envp[] = {NULL};

	return syscall(SYS_execveat, AT_FDCWD, path, argv, envp, 0x10000 | flags);
}

static void ask_only(void)
{
	char *argv[] = {"x", NULL};
	int fd = open(program, O_RDONLY | O_CLOEXEC);

	printf("- asked\n");
	say("a program", ask("/bin/cat", argv, 0));
	say("a script", ask(script, argv, 0));
	say("by descriptor", syscall(SYS_execveat, fd, "", argv, argv, 0x10000 | AT_EMPTY_PATH));
	close(fd);
	say("nothing", ask("/no/such/file", argv, 0));
	say("a directory", ask(directory, argv, 0));
	say("no name", ask("", argv, 0));
	say("another flag", ask("/bin/cat", argv, 0x4000));
	say("bad arguments", ask("/bin/cat", nowhere, 0));
	say("neither", ask("/no/such/file", nowhere, 0));
	need(chmod(script, 0644) == 0);
	say("not to be executed", ask(script, argv, 0));
	need(chmod(script, 0755) == 0);
	fd = open(script, O_WRONLY | O_CLOEXEC);
	say("open for writing", ask(script, argv, 0));
	close(fd);
	fd = open(script, O_WRONLY | O_TRUNC | O_CLOEXEC);
	close(fd);
	say("an empty file", ask(script, argv, 0));
}

int main(void)
{
	need(mkdtemp(directory));
	snprintf(program, sizeof(program), "%s/program", directory);
	snprintf(script, sizeof(script), "%s/script", directory);
	snprintf(other, sizeof(other), "%s/other", directory);
	copy("/bin/cat", program);
	run_and_write();
	run_script();
	write_and_run();
	others();
	ask_only();
	say_open("oneself", open("/proc/self/exe", O_WRONLY));
	say("oneself, shorter", truncate("/proc/self/exe", 5));
	unlink(program);
	unlink(script);
	rmdir(directory);
	return 0;
}
