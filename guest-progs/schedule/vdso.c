/* SPDX-License-Identifier: MIT */
/* Says whether the kernel's own code is there: a program that runs under a seed has none. */
#include <stdio.h>
#include <sys/auxv.h>

int main(void)
{
	return puts(getauxval(AT_SYSINFO_EHDR) ? "there is a vDSO" : "there is none") == EOF;
}
