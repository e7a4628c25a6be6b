/* SPDX-License-Identifier: MIT */
/*
 * Where a thread stands, told for who reads the log: what in a slice of its stack is an address of
 * code or of that slice, to be unwound afterwards, for here is nothing that reads tables. Nothing
 * else of the program's data is told. What is alike is told once, and referred to by a number.
 */
#ifndef SHIM_HANG_CALL_PATH_H
#define SHIM_HANG_CALL_PATH_H

#include <stdbool.h>
#include <stdint.h>

struct fx_call;
struct fx_thread;

/* Before the guest runs, if there will be any; false: no memory. */
bool fx_call_path_init(void);

/*
 * The number of the call path that leads to c, the call that t, the calling thread, is in. If it
 * is a new one, `stack` records tell it, and `module` records what lies where. 0: there is no room
 * for more of them, or nothing is known of the stack. Two paths are one if the same addresses of
 * code lie at the same places of their stacks. Reads guest memory, so no lock may be held; takes
 * none. Does not wait but for who looks at the mappings for the first time.
 */
uint64_t fx_call_path_tell(const struct fx_thread *t, const struct fx_call *c);

/* In a forked child, which tells its own; also without fx_call_path_init. */
void fx_call_path_after_fork(void);

#endif
