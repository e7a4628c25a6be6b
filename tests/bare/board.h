/* SPDX-License-Identifier: MIT */
/*
 * What a board of qemu's offers to the tests: board_virt.c (aarch64, -M virt), board_pc.c
 * (x86-64). Its half in assembly brings up a core, with memory mapped one to one and a stack, and
 * calls board_main on the first, board_core on each other.
 */
#ifndef TESTS_BARE_BOARD_H
#define TESTS_BARE_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* One character to the serial line. */
void board_put(char c);

/* The command line, words with single spaces between; its first word is the program. */
const char *board_command_line(void);

/* Starts the other cores, each of which goes to board_core. Returns how many there are with us. */
unsigned board_start_cores(void);

/* Ends the machine with the status of the emulator that table.py knows as this one. */
_Noreturn void board_exit(int status);

/* main.c; core is 0 for the first. */
_Noreturn void board_main(void);
_Noreturn void board_core(unsigned core);

/* place_bare.c: what the guest may name is told to fx_memory_bare. */
void board_set_memory(void);

#define BOARD_STACK 16384 /* of a core; the assembly knows it too */

#endif
