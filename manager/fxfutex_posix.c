/* SPDX-License-Identifier: MIT */
/* Linux with POSIX threads below libfxfutex. */
#include "manager/fxfutex_host.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "manager/platform_posix.h"

const struct fx_platform_ops *const fx_host_platform = &fx_platform_posix;

uint32_t fx_host_tid(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

/* Signal 0 reaches every thread of this process that lives. */
static bool alive(uint32_t tid)
{
	return syscall(SYS_tgkill, getpid(), tid, 0) == 0;
}

static int priority(uint32_t tid)
{
	struct sched_param param = {0};
	int policy = sched_getscheduler((pid_t)tid);

	if (policy != SCHED_FIFO && policy != SCHED_RR)
		return 120;
	sched_getparam((pid_t)tid, &param);
	return 99 - param.sched_priority;
}

static const struct fx_thread_ops own_threads = {
	.alive = alive,
	.priority = priority,
};

const struct fx_thread_ops *const fx_host_threads = &own_threads;

/* The list is the value of one key, so its destructor is where a thread ends. */
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

static void run(void *list)
{
	fx_host_run(list);
}

static void make_key(void)
{
	key_error = pthread_key_create(&key, run);
}

struct fxfutex_at_exit *fx_host_list(void)
{
	pthread_once(&key_once, make_key);
	return key_error ? NULL : pthread_getspecific(key);
}

bool fx_host_set_list(struct fxfutex_at_exit *list)
{
	pthread_once(&key_once, make_key);
	return !key_error && pthread_setspecific(key, list) == 0;
}
