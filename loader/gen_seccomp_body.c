/* SPDX-License-Identifier: MIT */
/*
 * Build-time program: prints the filter bodies as a C header, as libseccomp makes them of the
 * rules, but shorter. Making one at run time would cost every start of fxbox some two milliseconds,
 * and the kernel's taking it as it is another 0.15.
 *
 *	gen_seccomp_body > seccomp_bodies.h
 *
 * A body is what the shim may ask of the host: one for --no-confine, one for each
 * combination of enum fx_confine_bits.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader/seccomp_rules.h"
#include "loader/shorten_filter.h"
#include "shim/boot.h"

static void print_code(const struct sock_filter *code, size_t length)
{
	for (size_t i = 0; i < length; i++)
		printf("\t{0x%04x, %u, %u, 0x%08x},\n", code[i].code, code[i].jt, code[i].jf,
		       code[i].k);
}

static size_t print_body(unsigned int bits)
{
	struct sock_filter shorter[FX_FILTER_SHORT];
	size_t length, lines;
	struct sock_filter *code = fx_seccomp_rules(bits, &length);

	lines = fx_shorten_filter(code, length, shorter);
	printf("/* Of %zu instructions. */\n"
	       "static const struct sock_filter fx_seccomp_body_%u[] = {\n",
	       length, bits);
	/* One that cannot be shortened is as good, and takes longer to install. */
	print_code(lines ? shorter : code, lines ? lines : length);
	free(code);
	printf("};\n\n");
	return lines ? lines : length;
}

int main(void)
{
	size_t longest = 0;

	printf("/* Made by gen_seccomp_body with libseccomp from shim/syscalls.tbl. */\n"
	       "#include <linux/filter.h>\n\n");
	for (unsigned int bits = 0; bits < FX_CONFINE_BODIES; bits++) {
		bool made = fx_seccomp_rules_of(bits) == bits && (bits == 0 || bits & FX_CONFINED);
		size_t length = made ? print_body(bits) : 0;

		longest = length > longest ? length : longest;
	}
	printf("enum { FX_SECCOMP_BODY_LONGEST = %zu };\n\n"
	       "#define BODY(n) {fx_seccomp_body_##n, sizeof(fx_seccomp_body_##n)}\n"
	       "static const struct fx_seccomp_body {\n"
	       "\tconst struct sock_filter *code;\n\tsize_t size;\n} fx_seccomp_bodies[] = {\n",
	       longest);
	for (unsigned int bits = 0; bits < FX_CONFINE_BODIES; bits++) {
		if (bits == 0 || bits & FX_CONFINED)
			printf("\t[%u] = BODY(%u),\n", bits, fx_seccomp_rules_of(bits));
	}
	printf("};\n#undef BODY\n");
	return fflush(stdout) == 0 ? 0 : 1;
}
