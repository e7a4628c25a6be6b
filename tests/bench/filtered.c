/* SPDX-License-Identifier: MIT */
/*
 * filtered PROGRAM ARGUMENT...: executes the program behind a seccomp program as long as fxbox's
 * own, of which nothing traps: the loads and jumps of the prologue, but so that all text is
 * trusted, then the body of --no-confine. What a call costs here it costs at least under fxbox if
 * it goes on to the host.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp_bodies.h"

#define FIELD(name)	    offsetof(struct seccomp_data, name)
#define LOAD(offset)	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define JUMP(op, k, jt, jf) BPF_JUMP(BPF_JMP | (op) | BPF_K, (k), (jt), (jf))

static const struct sock_filter prologue[] = {
	LOAD(FIELD(arch)),
	JUMP(BPF_JEQ, AUDIT_ARCH_X86_64, 0, 0),
	LOAD(FIELD(instruction_pointer) + 4),
	JUMP(BPF_JGE, 0, 0, 0),
	LOAD(FIELD(instruction_pointer)),
	JUMP(BPF_JGE, 0, 0, 0),
	/* The body refuses it, since fxbox makes another call in its place. */
	LOAD(FIELD(nr)),
	JUMP(BPF_JEQ, SYS_execve, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

#define PROLOGUE_LENGTH (sizeof(prologue) / sizeof(*prologue))

int main(int argc, char **argv)
{
	static struct sock_filter code[PROLOGUE_LENGTH + FX_SECCOMP_BODY_LONGEST];
	const struct fx_seccomp_body *body = &fx_seccomp_bodies[0];
	struct sock_fprog program = {(unsigned short)(PROLOGUE_LENGTH + body->size / sizeof(*code)),
				     code};

	if (argc < 2) {
		fputs("usage: filtered PROGRAM ARGUMENT...\n", stderr);
		return 2;
	}
	memcpy(code, prologue, sizeof(prologue));
	memcpy(code + PROLOGUE_LENGTH, body->code, body->size);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("filtered: seccomp");
		return 1;
	}
	execvp(argv[1], argv + 1);
	fprintf(stderr, "filtered: %s: %s\n", argv[1], strerror(errno));
	return 1;
}
