/* SPDX-License-Identifier: MIT */
/*
 * Build-time program: lets libseccomp make a filter body from the table of
 * system calls, and prints it as a C header. Making it at run time would cost
 * every start of fxbox some two milliseconds.
 *
 *	gen_seccomp_body NAME > seccomp_body_NAME.h
 */
#include <errno.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NUMBERS 512

enum verdict { EMULATED, PASSTHROUGH, PARTIAL, DENIED, UNSUPPORTED };

struct row {
	int nr;
	enum verdict verdict;
};

static const struct row table[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) {nr, verdict},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
};

/* What our own code asks of the host, whether or not the guest may. */
static const int own[] = {
	SYS_arch_prctl,
	SYS_clone,
	SYS_clone3,
	SYS_execveat,
	SYS_exit,
	SYS_exit_group,
	SYS_futex,
	SYS_memfd_create,
	SYS_mmap,
	SYS_mprotect,
	SYS_munmap,
	SYS_prctl,
	SYS_rseq,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_set_robust_list,
	SYS_set_tid_address,
	SYS_sigaltstack,
	/* The kernel has our text make it when a stopped sleep goes on. */
	SYS_restart_syscall,
};

static void die(const char *what, int error)
{
	fprintf(stderr, "gen_seccomp_body: %s: %s\n", what, strerror(error));
	exit(1);
}

static void choose(bool allowed[static NUMBERS])
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].nr >= NUMBERS)
			die("table", ERANGE);
		if (table[i].verdict != UNSUPPORTED)
			allowed[table[i].nr] = true;
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		allowed[own[i]] = true;
	/* fxbox re-executes itself with execveat; what execve starts would die. */
	allowed[SYS_execve] = false;
}

static scmp_filter_ctx make_filter(void)
{
	bool allowed[NUMBERS] = {false};
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int error;

	if (!ctx)
		die("seccomp_init", ENOMEM);
	/* A binary tree instead of a list: the body runs for every call of the guest. */
	error = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!error)
		error = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM));
	if (error)
		die("seccomp_attr_set", -error);

	choose(allowed);
	for (int nr = 0; nr < NUMBERS; nr++) {
		if (allowed[nr])
			error = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
		if (error)
			die("seccomp_rule_add", -error);
	}
	return ctx;
}

static struct sock_filter *export_filter(scmp_filter_ctx ctx, size_t *length)
{
	int fd = memfd_create("body", MFD_CLOEXEC);
	int error = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);
	struct sock_filter *code;
	struct stat st;

	if (error)
		die("seccomp_export_bpf", -error);
	if (fstat(fd, &st) < 0)
		die("fstat", errno);
	code = malloc((size_t)st.st_size);
	if (!code || pread(fd, code, (size_t)st.st_size, 0) != st.st_size)
		die("pread", errno);
	close(fd);
	*length = (size_t)st.st_size / sizeof(*code);
	return code;
}

static void print_header(const char *name, const struct sock_filter *code, size_t length)
{
	printf("/* Made by gen_seccomp_body with libseccomp from shim/syscalls.tbl. */\n"
	       "#include <linux/filter.h>\n\n"
	       "enum { FX_SECCOMP_BODY_%s_LENGTH = %zu };\n\n"
	       "static const struct sock_filter fx_seccomp_body_%s[] = {\n",
	       name, length, name);
	for (size_t i = 0; i < length; i++)
		printf("\t{0x%04x, %u, %u, 0x%08x},\n", code[i].code, code[i].jt, code[i].jf,
		       code[i].k);
	printf("};\n");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		die("usage: gen_seccomp_body NAME", EINVAL);

	scmp_filter_ctx ctx = make_filter();
	size_t length;
	struct sock_filter *code = export_filter(ctx, &length);

	print_header(argv[1], code, length);
	free(code);
	seccomp_release(ctx);
	return fflush(stdout) == 0 ? 0 : 1;
}
