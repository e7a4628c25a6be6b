/* SPDX-License-Identifier: MIT */
/*
 * Code with a busy call site, of two kinds, that is unmapped, mapped over, moved, made writable and
 * changed, thrown away, inherited by processes; each time the calls must do what the
 * code says that is there then.
 */
#include <sys/mman.h>

#include "guest-progs/site.h"

static const struct site_code *code;

static void *map_code(void *at, int fd, int prot)
{
	void *page = mmap(at, 4096, prot, MAP_PRIVATE | (at ? MAP_FIXED : 0), fd, 0);

	need(page != MAP_FAILED);
	return page;
}

static void unmapped(int getppid_fd, int getpid_fd)
{
	void *page = map_code(NULL, getppid_fd, PROT_READ | PROT_EXEC);

	say("mapped", site_wrong(site_at(page), getppid()));
	need(munmap(page, 4096) == 0);
	map_code(page, getpid_fd, PROT_READ | PROT_EXEC);
	say("unmapped, another there", site_wrong(site_at(page), getpid()));
	map_code(page, getppid_fd, PROT_READ | PROT_EXEC);
	say("mapped over", site_wrong(site_at(page), getppid()));
	need(mmap(page, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		  0) == page);
	memcpy((char *)page + SITE_OFFSET, code->getpid, sizeof(code->getpid));
	need(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
	say("made at run time", site_wrong(site_at(page), getpid()));
	munmap(page, 4096);
}

static void moved(int fd)
{
	void *room = mmap(NULL, 16 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *page = map_code(NULL, fd, PROT_READ | PROT_EXEC), *to;

	need(room != MAP_FAILED);
	say("before", site_wrong(site_at(page), getppid()));
	to = mremap(page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, (char *)room + 4096);
	need(to == (char *)room + 4096);
	say("moved", site_wrong(site_at(to), getppid()));
	page = map_code(NULL, fd, PROT_READ | PROT_EXEC);
	say("a second one", site_wrong(site_at(page), getppid()));
	need(mremap(page, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	say("moved over the first", site_wrong(site_at(to), getppid()));
	munmap(room, 16 * 4096);
}

static void rewritten(int fd)
{
	unsigned char *page = map_code(NULL, fd, PROT_READ | PROT_EXEC);

	for (int round = 0; round < 6; round++) {
		say("as it was", site_wrong(site_at(page), getppid()));
		need(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
		say("its bytes", memcmp(page + SITE_OFFSET, code->getppid, sizeof(code->getppid)));
		page[SITE_OFFSET + 1] = 39;
		need(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
		say("changed", site_wrong(site_at(page), getpid()));
		need(mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) == 0);
		page[SITE_OFFSET + 1] = 110;
		say("changed while executable", site_wrong(site_at(page), getppid()));
		need(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
	}
	munmap(page, 4096);
	page = map_code(NULL, fd, PROT_READ | PROT_EXEC);
	say("mapped again", site_wrong(site_at(page), getppid()));
	need(madvise(page, 4096, MADV_DONTNEED) == 0);
	say("thrown away", site_wrong(site_at(page), getppid()));
	munmap(page, 4096);
}

static void jumped_into(int fd)
{
	char *page = map_code(NULL, fd, PROT_READ | PROT_EXEC);
	int wrong = 0;

	say("as a whole", site_wrong(site_at(page), getppid()));
	for (int i = 0; i < SITE_CALLS; i++) {
		long result = 39;

		__asm__ volatile("call *%1"
				 : "+a"(result)
				 : "r"(page + SITE_OFFSET + code->syscall)
				 : "rcx", "rdx", "r11", "memory");
		wrong += result != getpid();
	}
	say("from the syscall on", wrong);
	munmap(page, 4096);
}

static void end_of(const char *what, pid_t child)
{
	int status;

	need(child > 0 && waitpid(child, &status, 0) == child);
	say(what, status);
}

static void in_processes(int fd)
{
	void *page = map_code(NULL, fd, PROT_READ | PROT_EXEC);
	pid_t parent = getpid(), child;

	say("parent", site_wrong(site_at(page), getppid()));
	fflush(stdout);
	child = fork();
	if (child == 0) {
		int wrong = site_wrong(site_at(page), parent);

		munmap(page, 4096);
		map_code(page, fd, PROT_READ | PROT_EXEC);
		_exit(wrong + site_wrong(site_at(page), parent));
	}
	end_of("child", child);
	child = vfork();
	if (child == 0)
		_exit(site_wrong(site_at(page), parent));
	end_of("child that shares memory", child);
	child = vfork();
	if (child == 0) {
		site_wrong(site_at(page), parent);
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	end_of("child that executes", child);
	say("parent", site_wrong(site_at(page), getppid()));
	munmap(page, 4096);
}

static void *call_it(void *page)
{
	return (void *)(long)site_wrong(site_at(page), getppid());
}

static void in_threads(int fd)
{
	long wrong = 0;

	for (int round = 0; round < 20; round++) {
		void *page = map_code(NULL, fd, PROT_READ | PROT_EXEC), *result;
		pthread_t thread[4];

		for (int i = 0; i < 4; i++)
			thread[i] = start_thread(call_it, page);
		for (int i = 0; i < 4; i++) {
			need(pthread_join(thread[i], &result) == 0);
			wrong += (long)result;
		}
		munmap(page, 4096);
	}
	say("threads", wrong);
}

static void all_changes(void)
{
	int getppid_fd = site_file(code->getppid), getpid_fd = site_file(code->getpid);

	unmapped(getppid_fd, getpid_fd);
	moved(getppid_fd);
	rewritten(getppid_fd);
	jumped_into(getpid_fd);
	in_processes(getppid_fd);
	in_threads(getppid_fd);
	close(getppid_fd);
	close(getpid_fd);
}

int main(void)
{
	for (int i = 0; i < SITE_CODES; i++) {
		code = &site_codes[i];
		printf("patched %s:\n", code->name);
		all_changes();
	}
	return 0;
}
