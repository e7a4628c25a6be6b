# SPDX-License-Identifier: MIT
# Builds a C project in this directory: the manager, as a library. ROOT is where it lies.
SOURCES := $(sort $(wildcard $(ROOT)/manager/*.c))
OBJECTS := $(notdir $(SOURCES:.c=.o))

libmanager.a: $(OBJECTS)
	ar rcs $@ $^

%.o: $(ROOT)/manager/%.c
	$(CC) -O2 -D_GNU_SOURCE -I$(ROOT) -c -o $@ $<
