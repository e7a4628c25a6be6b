/* SPDX-License-Identifier: MIT */
/*
 * What a story of the run needs besides its steps: where files are mapped, and which line of the
 * program called what is told of. Whoever has the baton may call these.
 */
#ifndef SHIM_SCHEDULE_STORY_H
#define SHIM_SCHEDULE_STORY_H

#include <stddef.h>
#include <stdint.h>

struct fx_thread;

/* /proc/self/maps, as much as there is room for: how many bytes. */
uint64_t fx_story_maps(char *room, uint64_t size);

/* Where the stack is of who comes to an event outside a call; it is forgotten with that event. */
void fx_story_stack(uintptr_t rsp);

/* The program's own code lies there. */
void fx_story_text(uintptr_t start, uintptr_t end);

/*
 * From where t makes its call, as a number: the same for threads that are made in one place of the
 * program. By what fx_story_caller finds, and the next such words.
 */
uint32_t fx_story_place(const struct fx_thread *t);

/*
 * Where the program itself, not a library, goes on behind what t does at ip: the first word of its
 * stack that points behind a call in the program's text, if ip is in none. It may be an old one. 0:
 * there is none near.
 */
uint64_t fx_story_caller(const struct fx_thread *t, uintptr_t ip);

#endif
