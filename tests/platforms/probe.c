/* SPDX-License-Identifier: MIT */
/* Whether a compiler has the headers of a C library. */
#include <pthread.h>
#include <stdio.h>
