/* SPDX-License-Identifier: MIT */
/* A child is killed while it holds a robust mutex in shared memory; the parent is told. */
#include <signal.h>
#include <sys/mman.h>

#include "guest-progs/guest.h"

int main(void)
{
	pthread_mutex_t *mutex = mmap(NULL, sizeof(*mutex), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attr;
	pid_t child;

	need(mutex != MAP_FAILED);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(mutex, &attr);
	child = fork();
	if (child == 0) {
		pthread_mutex_lock(mutex);
		raise(SIGKILL);
	}
	say_end("child", child);
	printf("lock: %s\n", errno_name(pthread_mutex_lock(mutex)));
	printf("consistent: %s\n", errno_name(pthread_mutex_consistent(mutex)));
	printf("unlock: %s\n", errno_name(pthread_mutex_unlock(mutex)));
	return 0;
}
