# SPDX-License-Identifier: MIT
# Builds a C project in this directory: the manager, as a library, or its first FILES files. ROOT is where it lies.
SOURCES := $(wordlist 1,$(FILES),$(filter-out %_win32.c,$(sort $(wildcard $(ROOT)/manager/*.c))))
OBJECTS := $(notdir $(SOURCES:.c=.o))

libmanager.a: $(OBJECTS)
	ar rcs $@ $^

%.o: $(ROOT)/manager/%.c
	$(CC) -O2 -D_GNU_SOURCE -I$(ROOT) -I$(ROOT)/manager -c -o $@ $<
