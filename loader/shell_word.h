/* SPDX-License-Identifier: MIT */
/* A text that a shell takes as one word, and a terminal as nothing but text. */
#ifndef LOADER_SHELL_WORD_H
#define LOADER_SHELL_WORD_H

#include <stddef.h>

/* Room for the word of a text of that size, both with their NUL. */
#define FX_SHELL_WORD(size) (4 * (size) + 4)

/* word: FX_SHELL_WORD bytes of the text's size. ASCII, quoted as bash and zsh read it if it must
 * be. */
void fx_shell_word(char *word, const char *text);

#endif
