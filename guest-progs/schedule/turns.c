/* SPDX-License-Identifier: MIT */
/* Which of four threads comes when: nothing but their turns decides. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turns;

static void *take(void *name)
{
	for (int i = 0; i < 3; i++) {
		pthread_mutex_lock(&lock);
		turns++;
		printf("%s%d ", (const char *)name, turns);
		fflush(stdout);
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

/* What else is another one in each run. */
static void show_chance(void)
{
	unsigned char bytes[4];
	struct timespec now;
	void *heap = malloc(100);
	int local;

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		abort();
	clock_gettime(CLOCK_REALTIME, &now);
	printf("%02x%02x%02x%02x %ld.%09ld %p %p\n", bytes[0], bytes[1], bytes[2], bytes[3],
	       (long)now.tv_sec, now.tv_nsec, heap, (void *)&local);
	free(heap);
}

int main(void)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	pthread_t thread[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&thread[i], NULL, take, (void *)names[i]);
	pthread_mutex_lock(&lock);
	while (turns < 12)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	show_chance();
	return 0;
}
