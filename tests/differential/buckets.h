/* SPDX-License-Identifier: MIT */
/*
 * Chooses words that lie in different buckets of the kernel.
 *
 * A waiter that is requeued goes to the end of the second word's queue, unless both
 * words hash to the same bucket: then the kernel leaves it where it is (requeue_futex,
 * "no need to requeue"), and it may come out before others who waited longer on that
 * word. Which words share a bucket depends on addresses in the kernel and changes
 * from run to run. fxbox behaves as if none did.
 */
#ifndef TESTS_DIFFERENTIAL_BUCKETS_H
#define TESTS_DIFFERENTIAL_BUCKETS_H

/* After worker_init. */
void buckets_separate(void);

#endif
