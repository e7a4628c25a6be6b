/* SPDX-License-Identifier: MIT */
#ifndef LOADER_CONFINE_OWN_NAMES_H
#define LOADER_CONFINE_OWN_NAMES_H

/*
 * Puts into etc of an empty root what passwd(5) and group(5) of this one tell of root, of nobody,
 * and of the user and group that the program runs as: no other user of the host. A list that is
 * there, or that this root has not, is left out. root: a directory with an etc. 0, or -1 and errno.
 */
int fx_own_names(int root);

#endif
