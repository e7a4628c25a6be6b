/* SPDX-License-Identifier: MIT */
/*
 * A futex without FUTEX_PRIVATE_FLAG in one kind of memory, named by the argument: all kinds that
 * other processes can map, and some that they no longer can. Says how a wake ended.
 */
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/shm.h>

#include "guest-progs/futex.h"

#define PAGE 4096

static void wake(void *word)
{
	say("wake", futex(word, FUTEX_WAKE, 1, NULL, NULL, 0));
}

static char *map(int fd, size_t pages, int flags)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		       flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	need(p != MAP_FAILED);
	return p;
}

static int memory_file(size_t pages)
{
	int fd = memfd_create("guest", 0);

	need(fd >= 0 && ftruncate(fd, (off_t)pages * PAGE) == 0);
	return fd;
}

static void anonymous(void)
{
	wake(map(-1, 1, MAP_SHARED));
}

static void dev_zero(void)
{
	int fd = open("/dev/zero", O_RDWR);

	need(fd >= 0);
	wake(map(fd, 1, MAP_SHARED));
}

static int file(void)
{
	char name[] = "/tmp/fxbox-guest-file-XXXXXX";
	int fd = mkstemp(name);

	need(fd >= 0 && ftruncate(fd, PAGE) == 0);
	unlink(name);
	return fd;
}

static void plain_file(void)
{
	wake(map(file(), 1, MAP_SHARED));
}

static void validated(void)
{
	wake(map(file(), 1, MAP_SHARED_VALIDATE));
}

/* A page that can only be read is one that others can write. */
static void file_read_only(void)
{
	char *p = map(file(), 1, MAP_SHARED);

	need(mprotect(p, PAGE, PROT_READ) == 0);
	wake(p);
}

static void file_private(void)
{
	wake(map(file(), 1, MAP_PRIVATE));
}

static void shm_object(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/fxbox-guest-object-%d", (int)getpid());
	fd = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	need(fd >= 0 && ftruncate(fd, PAGE) == 0);
	shm_unlink(name);
	wake(map(fd, 1, MAP_SHARED));
}

static void named_semaphore(void)
{
	char name[64];
	sem_t *sem;

	snprintf(name, sizeof(name), "/fxbox-guest-%d", (int)getpid());
	sem = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
	need(sem != SEM_FAILED);
	sem_unlink(name);
	wake(sem);
}

static void memfd(void)
{
	wake(map(memory_file(1), 1, MAP_SHARED));
}

static char *attach(size_t pages)
{
	int id = shmget(IPC_PRIVATE, pages * PAGE, 0600);
	char *p;

	need(id >= 0);
	p = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	need(p != (void *)-1);
	return p;
}

static void segment(void)
{
	wake(attach(4) + 3 * PAGE);
}

/* Moved and grown: in the part that is new. */
static void moved(void)
{
	char *p = map(memory_file(8), 2, MAP_SHARED), *to = map(-1, 16, MAP_PRIVATE);

	p = mremap(p, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 4 * PAGE);
	need(p == to + 4 * PAGE);
	wake(p + 7 * PAGE);
}

/* What it left behind is mapped anew, privately; so is what lay around its new place. */
static void moved_away(void)
{
	char *p = map(memory_file(2), 2, MAP_SHARED), *to = map(-1, 16, MAP_PRIVATE);

	need(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + 4 * PAGE) !=
	     MAP_FAILED);
	need(mmap(p, 2 * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == p);
	wake(p + PAGE);
	wake(to + 3 * PAGE);
	wake(to + 6 * PAGE);
}

/* A length of 0 maps the same pages a second time. */
static void doubled(void)
{
	char *p = map(memory_file(2), 2, MAP_SHARED), *twice;

	twice = mremap(p, 0, 2 * PAGE, MREMAP_MAYMOVE);
	need(twice != MAP_FAILED);
	wake(twice + PAGE);
	need(munmap(twice, 2 * PAGE) == 0);
	wake(p + PAGE);
}

/* Two mappings at once (since Linux 6.17); before, one by one. */
static void moved_with_a_neighbour(void)
{
	char *p = map(-1, 4, MAP_PRIVATE), *to = map(-1, 8, MAP_PRIVATE) + 2 * PAGE;

	need(mmap(p + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		  memory_file(2), 0) != MAP_FAILED);
	if (mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED)
		for (int i = 0; i < 4; i++)
			need(mremap(p + i * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
				    to + i * PAGE) != MAP_FAILED);
	wake(to);
	wake(to + 3 * PAGE);
}

static void unmapped_in_part(void)
{
	char *p = map(memory_file(3), 3, MAP_SHARED);

	need(munmap(p + PAGE, PAGE) == 0);
	wake(p);
	wake(p + 2 * PAGE);
	need(mmap(p + PAGE, PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == p + PAGE);
	wake(p + PAGE);
}

static void mapped_over(void)
{
	char *p = map(memory_file(3), 3, MAP_SHARED);

	need(mmap(p + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		  -1, 0) == p + PAGE);
	wake(p + PAGE);
	wake(p + 2 * PAGE);
}

/* Private memory where a segment was, which no longer is there. */
static void detached(void)
{
	char *p = attach(8);

	need(shmdt(p) == 0);
	need(mmap(p, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == p);
	wake(p);
	wake(p + 7 * PAGE);
}

/* Detached with a hole, in which other shared memory lies: that stays. */
static void detached_around(void)
{
	char *p = attach(4);

	need(mmap(p + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, memory_file(1),
		  0) == p + PAGE);
	need(shmdt(p) == 0);
	wake(p + PAGE);
	need(mmap(p + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		  0) == p + 2 * PAGE);
	wake(p + 2 * PAGE);
	wake(p + 3 * PAGE);
}

static void forked(void)
{
	char *p = map(memory_file(1), 1, MAP_SHARED), *own = map(-1, 1, MAP_PRIVATE);
	pid_t child = fork();

	if (child == 0) {
		wake(p);
		wake(own);
		need(munmap(p, PAGE) == 0);
		need(mmap(p, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		     p);
		wake(p);
		fflush(stdout);
		_exit(0);
	}
	say_end("child", child);
}

static const struct {
	const char *name;
	void (*play)(void);
} kinds[] = {
	{"anonymous", anonymous},
	{"dev-zero", dev_zero},
	{"file", plain_file},
	{"validated", validated},
	{"file-read-only", file_read_only},
	{"file-private", file_private},
	{"shm-object", shm_object},
	{"named-semaphore", named_semaphore},
	{"memfd", memfd},
	{"segment", segment},
	{"moved", moved},
	{"moved-away", moved_away},
	{"doubled", doubled},
	{"moved-with-a-neighbour", moved_with_a_neighbour},
	{"unmapped-in-part", unmapped_in_part},
	{"mapped-over", mapped_over},
	{"detached", detached},
	{"detached-around", detached_around},
	{"forked", forked},
};

int main(int argc, char **argv)
{
	need(argc > 1);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0) {
			kinds[i].play();
			return 0;
		}
	return 1;
}
