# SPDX-License-Identifier: MIT
# Writes a C project of thirty files and its Makefile into the current directory.
parts=$(seq 30)
for i in $parts; do
	echo "int part$i(int x);" >"part$i.h"
	{
		echo "#include <stdio.h>"
		echo "#include <string.h>"
		echo "#include \"part$i.h\""
		echo "#include \"part$((i % 30 + 1)).h\""
		echo "int part$i(int x) { char text[32]; snprintf(text, sizeof(text), \"%d\", x);"
		echo "return x > 0 ? part$((i % 30 + 1))(x - 1) + (int)strlen(text) : $i; }"
	} >"part$i.c"
done
echo '#include <stdio.h>
#include "part1.h"
int main(void) { printf("%d\n", part1(1000)); return 0; }' >main.c
{
	echo "objects = main.o $(for i in $parts; do printf 'part%d.o ' "$i"; done)"
	echo 'CFLAGS = -O2 -MMD'
	echo 'program: $(objects)'
	printf '\t$(CC) -o $@ $(objects)\n'
	echo '-include $(objects:.o=.d)'
} >Makefile
