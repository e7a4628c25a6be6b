/* SPDX-License-Identifier: MIT */
/* Reaches a System V shared memory segment of others. */
#include <sys/ipc.h>
#include <sys/shm.h>
#include "tests/hostile/hostile.h"

bool attack(void)
{
	long id = attempt(SYS_shmget, atoi(from_runner("SHM_KEY")), 0, 0);
	long at = id < 0 ? -1 : attempt(SYS_shmat, id, 0, 0);

	if (at < 0 && at > -4096)
		return false;
	memcpy((char *)at, "harmed", 6);
	return true;
}
