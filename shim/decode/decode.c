/* SPDX-License-Identifier: MIT */
#include "shim/decode/decode.h"

#include <linux/fcntl.h>
#include <linux/futex.h>

#include "shim/base/call.h"
#include "shim/base/host.h"
#include "shim/decode/decode_names.h"
#include "shim/decode/decode_sockopt.h"
#include "shim/memory/umem.h"

#define FUTEX_PRIVATE  FUTEX_PRIVATE_FLAG
#define FUTEX_REALTIME FUTEX_CLOCK_REALTIME
#define STRING_SHOWN   200

static void put_flags(struct fx_text *x, uint64_t v, const struct fx_flag_name *names,
		      const char *zero)
{
	bool any = false;

	for (; names->name; names++) {
		if ((v & names->value) != names->value)
			continue;
		if (any)
			fx_text_char(x, '|');
		fx_text_put(x, names->name);
		v &= ~names->value;
		any = true;
	}
	if (v || !any) {
		if (any)
			fx_text_char(x, '|');
		if (!v && zero)
			fx_text_put(x, zero);
		else
			fx_text_hex(x, v);
	}
}

static void put_pointer(struct fx_text *x, unsigned long v)
{
	if (v)
		fx_text_hex(x, v);
	else
		fx_text_put(x, "NULL");
}

static void put_string(struct fx_text *x, unsigned long uaddr)
{
	char s[STRING_SHOWN + 1];
	long n = fx_umem_string(s, uaddr, sizeof(s));

	if (n == -EFAULT) {
		put_pointer(x, uaddr);
		return;
	}
	if (n < 0)
		s[STRING_SHOWN] = 0;
	fx_text_quoted(x, s);
	if (n < 0)
		fx_text_put(x, "...");
}

static void put_time(struct fx_text *x, unsigned long uaddr)
{
	int64_t ts[2];

	if (!uaddr || fx_umem_copy_in(ts, uaddr, sizeof(ts)) < 0) {
		put_pointer(x, uaddr);
		return;
	}
	fx_text_char(x, '{');
	fx_text_dec(x, ts[0]);
	fx_text_put(x, "s, ");
	fx_text_dec(x, ts[1]);
	fx_text_put(x, "ns}");
}

static void put_named(struct fx_text *x, long v, const char *name)
{
	if (name)
		fx_text_put(x, name);
	else
		fx_text_dec(x, v);
}

static void put_clone_flags(struct fx_text *x, unsigned long v)
{
	unsigned sig = v & 0xff;

	put_flags(x, v & ~0xffUL, fx_clone_flags, "0");
	if (sig) {
		fx_text_char(x, '|');
		put_named(x, sig, fx_signal_name((int)sig));
	}
}

void fx_decode_futex_op(struct fx_text *x, int op)
{
	const char *name = fx_futex_op_name(op & ~(FUTEX_PRIVATE | FUTEX_REALTIME));

	if (name)
		fx_text_put(x, name);
	else
		fx_text_dec(x, op & ~(FUTEX_PRIVATE | FUTEX_REALTIME));
	if (op & FUTEX_PRIVATE)
		fx_text_put(x, "_PRIVATE");
	if (op & FUTEX_REALTIME)
		fx_text_put(x, "|FUTEX_CLOCK_REALTIME");
}

static void put_arg(struct fx_text *x, char kind, unsigned long v)
{
	switch (kind) {
	case 'i':
	case 'f':
	case 'd':
		fx_text_dec(x, (int)v);
		break;
	case 'F':
		put_named(x, (int)v, (int)v == AT_FDCWD ? "AT_FDCWD" : NULL);
		break;
	case 'u':
		fx_text_udec(x, v);
		break;
	case 'x':
		fx_text_hex(x, v);
		break;
	case 'o':
		fx_text_oct(x, v & 0xffffffff);
		break;
	case 's':
		put_string(x, v);
		break;
	case 't':
		put_time(x, v);
		break;
	case 'g':
		put_named(x, (int)v, fx_signal_name((int)v));
		break;
	case 'c':
		put_named(x, (int)v, fx_clock_name((int)v));
		break;
	case 'P':
		put_flags(x, v, fx_prot_flags, "PROT_NONE");
		break;
	case 'M':
		put_flags(x, v & 0xffffffff, fx_mmap_flags, NULL);
		break;
	case 'O':
		put_flags(x, v & 0xffffffff, fx_open_flags, "O_RDONLY");
		break;
	case 'l':
		put_clone_flags(x, v);
		break;
	case 'U':
		fx_decode_futex_op(x, (int)v);
		break;
	default:
		put_pointer(x, v);
		break;
	}
}

static bool is_sockopt(long nr)
{
	return nr == __NR_getsockopt || nr == __NR_setsockopt;
}

/* The first argument of most is an address or descriptor, the second a command with a name. */
static bool put_command(struct fx_text *x, const struct fx_call *c, int i)
{
	const char *name = NULL;

	if (c->nr == __NR_fcntl && i == 1)
		name = fx_fcntl_name((int)c->arg[1]);
	else if (c->nr == __NR_ioctl && i == 1)
		name = fx_ioctl_name((unsigned)c->arg[1]);
	else if (c->nr == __NR_prctl && i == 0)
		name = fx_prctl_name((int)c->arg[0]);
	else if (is_sockopt(c->nr) && i == 1)
		name = fx_sockopt_level_name((uint32_t)c->arg[1]);
	else if (is_sockopt(c->nr) && i == 2)
		name = fx_sockopt_name((uint32_t)c->arg[1], (uint32_t)c->arg[2]);
	if (name)
		fx_text_put(x, name);
	return name;
}

/*
 * futex(2) has six arguments of which each operation uses some: the letters of
 * those it uses, after address and operation. '-' is one that it does not.
 */
static const char *futex_kinds(int op)
{
	switch (op & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) {
	case FUTEX_WAIT:
		return "pUut";
	case FUTEX_WAKE:
		return "pUi";
	case FUTEX_REQUEUE:
		return "pUiip";
	case FUTEX_CMP_REQUEUE:
	case FUTEX_CMP_REQUEUE_PI:
		return "pUiipu";
	case FUTEX_WAKE_OP:
		return "pUiipx";
	case FUTEX_WAIT_BITSET:
		return "pUut-x";
	case FUTEX_WAKE_BITSET:
		return "pUi--x";
	case FUTEX_WAIT_REQUEUE_PI:
		return "pUutp";
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return "pU-t";
	case FUTEX_UNLOCK_PI:
	case FUTEX_TRYLOCK_PI:
		return "pU";
	default:
		return "pUxxxx";
	}
}

static const struct row {
	const char *name; /* NULL: no such number */
	const char *args;
} rows[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) [nr] = {#name, args},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
};

/* NULL for a number without a row. */
static const struct row *row_of(long nr)
{
	if (nr < 0 || nr >= (long)(sizeof(rows) / sizeof(rows[0])) || !rows[nr].name)
		return NULL;
	return &rows[nr];
}

void fx_decode_args(struct fx_text *x, const struct fx_call *c)
{
	const struct row *row = row_of(c->nr);
	const char *kinds = row ? row->args : "xxxxxx";

	if (c->nr == __NR_futex)
		kinds = futex_kinds((int)c->arg[1]);

	for (int i = 0; i < 6 && kinds[i] && kinds[i] != '!'; i++) {
		if (kinds[i] == '-')
			continue;
		if (i)
			fx_text_put(x, ", ");
		if (!put_command(x, c, i))
			put_arg(x, kinds[i], c->arg[i]);
	}
}

void fx_decode_result(struct fx_text *x, const struct fx_call *c, long result)
{
	if (result < 0 && result > -4096) {
		const char *name = fx_errno_name((int)-result);

		fx_text_put(x, "-1 ");
		put_named(x, -result, name);
	} else if (c->nr == __NR_mmap || c->nr == __NR_mremap || c->nr == __NR_brk ||
		   c->nr == __NR_shmat) {
		fx_text_hex(x, (uint64_t)result);
	} else {
		fx_text_dec(x, result);
	}
}

void fx_decode_name(struct fx_text *x, long nr)
{
	const struct row *row = row_of(nr);

	if (row) {
		fx_text_put(x, row->name);
	} else {
		fx_text_put(x, "syscall_");
		fx_text_dec(x, nr);
	}
}

#define SUB_NR	  48 /* a key is the number, the level and the command */
#define SUB_LEVEL 32
#define NO_LEVEL  0xffffU

static uint64_t sub_key(long nr, unsigned long level, unsigned long command)
{
	return (uint64_t)nr << SUB_NR |
	       (uint64_t)((uint32_t)level < NO_LEVEL ? level : NO_LEVEL) << SUB_LEVEL |
	       (uint32_t)command;
}

uint64_t fx_sub_of(const struct fx_call *c)
{
	switch (c->nr) {
	case __NR_futex:
	case __NR_fcntl:
	case __NR_ioctl:
		return sub_key(c->nr, 0, c->arg[1]);
	case __NR_prctl:
		return sub_key(c->nr, 0, c->arg[0]);
	case __NR_getsockopt:
	case __NR_setsockopt:
		return sub_key(c->nr, c->arg[1], c->arg[2]);
	default:
		return 0;
	}
}

uint64_t fx_sub_argument(uint64_t sub)
{
	return sub & ((1ULL << SUB_NR) - 1);
}

void fx_decode_sub(struct fx_text *x, uint64_t sub)
{
	uint32_t level = (uint32_t)(sub >> SUB_LEVEL & NO_LEVEL), command = (uint32_t)sub;
	long nr = (long)(sub >> SUB_NR);
	const char *name = NULL;

	fx_decode_name(x, nr);
	fx_text_char(x, ' ');
	if (nr == __NR_futex) {
		fx_decode_futex_op(x, (int)command);
		return;
	}
	if (nr == __NR_fcntl)
		name = fx_fcntl_name((int)command);
	else if (nr == __NR_ioctl)
		name = fx_ioctl_name(command);
	else if (nr == __NR_prctl)
		name = fx_prctl_name((int)command);
	else if (is_sockopt(nr)) {
		put_named(x, level, fx_sockopt_level_name(level));
		fx_text_char(x, ' ');
		name = fx_sockopt_name(level, command);
	}
	if (name)
		fx_text_put(x, name);
	else if (nr == __NR_ioctl)
		fx_text_hex(x, command);
	else
		fx_text_dec(x, (int32_t)command);
}
