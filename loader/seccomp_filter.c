/* SPDX-License-Identifier: MIT */
#include "loader/seccomp_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>

#include "seccomp_bodies.h"
#include "shim/boot.h"

#define PROLOGUE_LENGTH 8
#define PROGRAM_MAX	(PROLOGUE_LENGTH + FX_SECCOMP_BODY_LONGEST)

_Static_assert(PROGRAM_MAX <= BPF_MAXINSNS, "the kernel takes no longer program");

/* Little-endian halves of seccomp_data.instruction_pointer. */
#define IP_LOW		    offsetof(struct seccomp_data, instruction_pointer)
#define IP_HIGH		    (IP_LOW + sizeof(uint32_t))

#define LOAD(offset)	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define JUMP(op, k, jt, jf) BPF_JUMP(BPF_JMP | (op) | BPF_K, (k), (jt), (jf))

/* Jumps in BPF are relative, so a body made for position 0 runs behind this as well. */
static void write_prologue(struct sock_filter out[static PROLOGUE_LENGTH], struct fx_span text)
{
	const struct sock_filter prologue[PROLOGUE_LENGTH] = {
		/* int 0x80: the numbers are another table's. */
		LOAD(offsetof(struct seccomp_data, arch)),
		JUMP(BPF_JEQ, AUDIT_ARCH_X86_64, 0, 5),
		LOAD(IP_HIGH),
		JUMP(BPF_JEQ, (uint32_t)(text.start >> 32), 0, 3),
		LOAD(IP_LOW),
		JUMP(BPF_JGE, (uint32_t)text.start, 0, 1),
		JUMP(BPF_JGE, (uint32_t)text.end, 0, 1),
		/* Falls in here, or jumps behind it into the body. */
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};

	memcpy(out, prologue, sizeof(prologue));
}

const struct sock_fprog *fx_seccomp_filter(unsigned int confine, struct fx_span text)
{
	static struct sock_filter code[PROGRAM_MAX];
	static struct sock_fprog program = {.filter = code};
	const struct fx_seccomp_body *body = &fx_seccomp_bodies[confine % FX_CONFINE_BODIES];

	write_prologue(code, text);
	memcpy(code + PROLOGUE_LENGTH, body->code, body->size);
	program.len = (unsigned short)(PROLOGUE_LENGTH + body->size / sizeof(*code));
	return &program;
}
