/* SPDX-License-Identifier: MIT */
/*
 * A text that a shell takes as one word, and a terminal as nothing but text. Pure and freestanding:
 * the shim uses it for what a denial advises, the loader for what was not there.
 */
#ifndef SHIM_SHELL_WORD_H
#define SHIM_SHELL_WORD_H

#include <stddef.h>

/* Characters of the word of a text of that size, its NUL included, and a NUL. */
#define FX_SHELL_WORD(size) (4 * (size) + 4)

/*
 * Gives the characters of the word to put, one after the other, with `to`: printable ASCII, as it
 * is, in single quotes, or, with bytes that can only be told by their values, as $'...', which
 * bash, zsh and newer others read.
 */
void fx_shell_word(const char *text, void (*put)(void *to, char c), void *to);

#endif
