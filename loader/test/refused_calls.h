/* SPDX-License-Identifier: MIT */
/*
 * What fxbox did not let a run do: a program that fails for that reason has no bug, and its user
 * has to hear of it.
 */
#ifndef LOADER_TEST_REFUSED_CALLS_H
#define LOADER_TEST_REFUSED_CALLS_H

#define FX_REFUSED_WORDS 480

/*
 * The calls that the text of a log (fxbox-log(5)) says were denied, or are not supported, as lines
 * for a person, each kind once and a few at most; empty: none.
 */
void fx_refused_calls(const char *log, char lines[static FX_REFUSED_WORDS]);

#endif
