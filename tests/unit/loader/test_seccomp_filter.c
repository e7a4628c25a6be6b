/* SPDX-License-Identifier: MIT */
/* The whole seccomp program, run in a small simulator of classic BPF. */
#include <check.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "loader/seccomp_filter.h"
#include "loader/seccomp_rules.h"
#include "shim/boot.h"

#define TEXT_START 0x70001000UL
#define TEXT_END   0x7009f123UL
#define OURS	   (TEXT_START + 0x500)
#define GUEST	   0x401000UL
#define REFUSED	   (SECCOMP_RET_ERRNO | EPERM)
#define X32_BIT	   0x40000000

enum verdict { EMULATED, PASSTHROUGH, PARTIAL, DENIED, UNSUPPORTED };

static const struct {
	int nr;
	enum verdict verdict;
} table[] = {
#define FX_SYSCALL(nr, name, verdict, handler, args, restart, man) {nr, verdict},
#include "shim/syscalls.tbl"
#undef FX_SYSCALL
};

static const struct sock_fprog *program(void)
{
	return fx_seccomp_filter(0, (struct fx_span){TEXT_START, TEXT_END});
}

static bool jumps(const struct sock_filter *f, uint32_t a)
{
	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return a == f->k;
	case BPF_JGE:
		return a >= f->k;
	case BPF_JGT:
		return a > f->k;
	case BPF_JSET:
		return (a & f->k) != 0;
	default:
		ck_abort_msg("jump %#x", f->code);
	}
}

/* Whether the last run looked at an argument. */
static bool looked;

/* What the kernel's own check allows of what libseccomp and we use, no more. */
static uint32_t run(const struct sock_fprog *prog, const struct seccomp_data *data)
{
	uint32_t a = 0;

	looked = false;
	for (size_t pc = 0; pc < prog->len; pc++) {
		const struct sock_filter *f = &prog->filter[pc];

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			looked = looked || f->k >= offsetof(struct seccomp_data, args);
			/* Not by ck_assert, which writes a line each time. */
			if (f->code != (BPF_LD | BPF_W | BPF_ABS) || f->k % 4 ||
			    f->k >= sizeof(*data))
				ck_abort_msg("load %#x of %u", f->code, f->k);
			memcpy(&a, (const char *)data + f->k, sizeof(a));
			break;
		case BPF_ALU:
			if (f->code != (BPF_ALU | BPF_AND | BPF_K))
				ck_abort_msg("instruction %#x", f->code);
			a &= f->k;
			break;
		case BPF_JMP:
			if (BPF_OP(f->code) == BPF_JA)
				pc += f->k;
			else
				pc += jumps(f, a) ? f->jt : f->jf;
			break;
		case BPF_RET:
			if (f->code != (BPF_RET | BPF_K))
				ck_abort_msg("return %#x", f->code);
			return f->k;
		default:
			ck_abort_msg("instruction %#x", f->code);
		}
	}
	ck_abort_msg("ran off the end");
}

static uint32_t action(uint32_t arch, uint64_t ip, long nr)
{
	const struct seccomp_data data = {
		.nr = (int)nr,
		.arch = arch,
		.instruction_pointer = ip,
		/* Arguments must not matter under this policy. */
		.args = {-1UL, 1, 2, -1UL, 4, 5},
	};

	return run(program(), &data);
}

static const struct {
	const char *name;
	uint32_t arch;
	uint64_t ip;
	long nr;
	uint32_t action;
} cases[] = {
	{"guest", AUDIT_ARCH_X86_64, GUEST, SYS_read, SECCOMP_RET_TRAP},
	{"guest's execve", AUDIT_ARCH_X86_64, GUEST, SYS_execve, SECCOMP_RET_TRAP},
	{"guest's nonsense", AUDIT_ARCH_X86_64, GUEST, -1, SECCOMP_RET_TRAP},
	{"vsyscall", AUDIT_ARCH_X86_64, 0xffffffffff600000, SYS_time, SECCOMP_RET_TRAP},
	{"vDSO", AUDIT_ARCH_X86_64, 0x7ffff7fc1000, SYS_clock_gettime, SECCOMP_RET_TRAP},
	{"i386", AUDIT_ARCH_I386, GUEST, 3, SECCOMP_RET_TRAP},
	{"i386 from our text", AUDIT_ARCH_I386, OURS, 3, SECCOMP_RET_TRAP},
	{"below our text", AUDIT_ARCH_X86_64, TEXT_START - 1, SYS_read, SECCOMP_RET_TRAP},
	{"first of our text", AUDIT_ARCH_X86_64, TEXT_START, SYS_read, SECCOMP_RET_ALLOW},
	{"last of our text", AUDIT_ARCH_X86_64, TEXT_END - 1, SYS_read, SECCOMP_RET_ALLOW},
	{"behind our text", AUDIT_ARCH_X86_64, TEXT_END, SYS_read, SECCOMP_RET_TRAP},
	{"our text plus 4 GiB", AUDIT_ARCH_X86_64, OURS + (1UL << 32), SYS_read, SECCOMP_RET_TRAP},
	{"our text in the upper half", AUDIT_ARCH_X86_64, OURS << 32, SYS_read, SECCOMP_RET_TRAP},
	{"zero", AUDIT_ARCH_X86_64, 0, SYS_read, SECCOMP_RET_TRAP},
	{"ours: futex", AUDIT_ARCH_X86_64, OURS, SYS_futex, SECCOMP_RET_ALLOW},
	{"ours: sigreturn", AUDIT_ARCH_X86_64, OURS, SYS_rt_sigreturn, SECCOMP_RET_ALLOW},
	{"ours: restart_syscall", AUDIT_ARCH_X86_64, OURS, SYS_restart_syscall, SECCOMP_RET_ALLOW},
	{"ours: execveat", AUDIT_ARCH_X86_64, OURS, SYS_execveat, SECCOMP_RET_ALLOW},
	{"ours: execve", AUDIT_ARCH_X86_64, OURS, SYS_execve, REFUSED},
	{"ours: ptrace", AUDIT_ARCH_X86_64, OURS, SYS_ptrace, REFUSED},
	{"ours: io_uring_setup", AUDIT_ARCH_X86_64, OURS, SYS_io_uring_setup, REFUSED},
	{"ours: no such call", AUDIT_ARCH_X86_64, OURS, 400, REFUSED},
	{"ours: far too high", AUDIT_ARCH_X86_64, OURS, 100000, REFUSED},
	{"ours: x32", AUDIT_ARCH_X86_64, OURS, SYS_read | X32_BIT, REFUSED},
	{"ours: negative", AUDIT_ARCH_X86_64, OURS, -1, REFUSED},
};

START_TEST(arch_address_and_number_decide)
{
	uint32_t got = action(cases[_i].arch, cases[_i].ip, cases[_i].nr);

	ck_assert_msg(got == cases[_i].action, "%s: %#x", cases[_i].name, got);
}
END_TEST

/* Also proves that no jump of the body was cut at 255 instructions. */
START_TEST(the_body_allows_exactly_what_the_table_supports_and_the_shim_needs)
{
	static const int own[] = {SYS_restart_syscall};
	bool allowed[512] = {false};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		allowed[table[i].nr] = table[i].verdict != UNSUPPORTED;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		allowed[own[i]] = true;
	allowed[SYS_execve] = false;

	for (int nr = 0; nr < 512; nr++) {
		uint32_t want = allowed[nr] ? SECCOMP_RET_ALLOW : REFUSED;

		ck_assert_msg(action(AUDIT_ARCH_X86_64, OURS, nr) == want, "number %d", nr);
		ck_assert_uint_eq(action(AUDIT_ARCH_X86_64, GUEST, nr), SECCOMP_RET_TRAP);
	}
}
END_TEST

#define HIGH (0xabcdUL << 32) /* bits that the kernel does not read */
#define NET  FX_CONFINE_NET
#define UNIX FX_CONFINE_UNIX
#define META FX_CONFINE_METADATA
#define IPC  FX_CONFINE_IPC
#define TCP  FX_CONFINE_TCP

/*
 * With each set of bits of which `with` is a part the call is allowed, with all others refused, but
 * for those with a bit of `or`.
 */
#define ALWAYS 0
#define NEVER  FX_CONFINE_BODIES
static const struct {
	const char *name;
	int nr;
	unsigned int with;
	uint64_t args[6];
	unsigned int or ;
} confined[] = {
	{"read", SYS_read, ALWAYS, {0}},
	{"openat for writing", SYS_openat, ALWAYS, {0, 0, 2}},
	{"execveat", SYS_execveat, ALWAYS, {0}},
	{"execve", SYS_execve, NEVER, {0}},
	{"mount_setattr", SYS_mount_setattr, NEVER, {0}},
	{"mount", SYS_mount, NEVER, {0}},
	{"umount2", SYS_umount2, NEVER, {0}},
	{"setns", SYS_setns, NEVER, {0}},
	{"chroot", SYS_chroot, NEVER, {0}},
	{"clone3", SYS_clone3, NEVER, {0}},
	{"open_by_handle_at", SYS_open_by_handle_at, NEVER, {0}},
	{"keyctl", SYS_keyctl, NEVER, {0}},
	{"clone of a thread", SYS_clone, ALWAYS, {0x3d0f00}},
	{"fork", SYS_clone, ALWAYS, {17}},
	{"clone into a user namespace", SYS_clone, NEVER, {0x10000000 | 17}},
	{"clone into a mount namespace", SYS_clone, NEVER, {0x00020000}},
	{"unshare of files", SYS_unshare, ALWAYS, {0x400}},
	{"unshare of users", SYS_unshare, NEVER, {HIGH | 0x10000000}},
	{"unshare of time", SYS_unshare, NEVER, {0x80}},
	{"TCGETS", SYS_ioctl, ALWAYS, {0, 0x5401}},
	{"TIOCSTI", SYS_ioctl, NEVER, {0, 0x5412}},
	{"TIOCSTI with high bits", SYS_ioctl, NEVER, {0, HIGH | 0x5412}},
	{"TIOCLINUX", SYS_ioctl, NEVER, {0, 0x541c}},
	{"FS_IOC_SETFLAGS", SYS_ioctl, META, {0, 0x40086602}},
	{"AF_INET", SYS_socket, NET, {2, 1, 0}, TCP},
	{"AF_INET with high bits", SYS_socket, NET, {HIGH | 2, 1, 0}, TCP},
	{"AF_INET6, TCP, close-on-exec", SYS_socket, NET, {10, 0x80001, 6}, TCP},
	{"AF_INET6", SYS_socket, NET, {10, 2, 0}},
	{"UDP named", SYS_socket, NET, {2, 2, 17}},
	{"MPTCP", SYS_socket, NET, {2, 1, 262}},
	{"SMC", SYS_socket, NET, {2, 1, 256}},
	{"SCTP", SYS_socket, NET, {10, 1, 132}},
	{"TCP by a packet's protocol", SYS_socket, NET, {2, 5, 6}},
	{"another protocol above TCP", SYS_setsockopt, NET, {0, HIGH | 6, 31}},
	{"TCP_NODELAY", SYS_setsockopt, ALWAYS, {0, 6, 1}},
	{"AF_UNIX", SYS_socket, UNIX, {1, 1, 0}},
	{"NETLINK_ROUTE", SYS_socket, NET, {16, 3, 0}, TCP},
	{"another netlink", SYS_socket, NEVER, {16, 3, 9}},
	{"AF_PACKET", SYS_socket, NEVER, {17, 3, 0}},
	{"AF_VSOCK", SYS_socket, NEVER, {40, 1, 0}},
	{"AF_ALG", SYS_socket, NEVER, {38, 5, 0}},
	{"a pair of streams", SYS_socketpair, ALWAYS, {1, 0x80001}},
	{"a pair of SEQPACKET", SYS_socketpair, ALWAYS, {1, 5}},
	{"a pair of datagram sockets", SYS_socketpair, UNIX, {1, 2}},
	{"sendto, connected", SYS_sendto, ALWAYS, {0, 0, 0, 0, 0, 0}},
	{"sendto by fast open", SYS_sendto, NET, {0, 0, 0, 0x20000000, 0, 0}},
	{"sendmsg", SYS_sendmsg, ALWAYS, {0, 0, 0x4000}},
	{"sendmsg by fast open", SYS_sendmsg, NET, {0, 0, 0x20000000}},
	{"sendmmsg by fast open", SYS_sendmmsg, NET, {0, 0, 1, 0x20004000}},
	{"chmod", SYS_chmod, META, {0}},
	{"utimensat", SYS_utimensat, META, {0}},
	{"fchmodat2", 452, META, {0}},
	{"shmget", SYS_shmget, IPC, {0}},
	{"mq_open", SYS_mq_open, IPC, {0}},
	{"own limits", SYS_prlimit64, ALWAYS, {0, 7, 1}},
	{"another's limits, to read", SYS_prlimit64, ALWAYS, {4711, 7, 0}},
	{"another's limits, to set", SYS_prlimit64, NEVER, {4711, 7, 1}},
	{"priority of a user", SYS_setpriority, NEVER, {2, 0}},
	{"kill of a process", SYS_kill, ALWAYS, {7, 15}},
	{"kill of a group by its number", SYS_kill, ALWAYS, {(uint32_t)-7, 15}},
	{"kill of the own group", SYS_kill, NEVER, {0, 15}},
	{"kill of the own group with high bits", SYS_kill, NEVER, {HIGH, 15}},
	{"a signal by a pidfd", SYS_pidfd_send_signal, ALWAYS, {3, 15, 0, 1}},
	{"a signal by a pidfd to the group", SYS_pidfd_send_signal, NEVER, {3, 15, 0, HIGH | 4}},
	{"personality, to read", SYS_personality, ALWAYS, {0xffffffff}},
	{"personality READ_IMPLIES_EXEC", SYS_personality, NEVER, {0x400000}},
};

START_TEST(a_confined_body_allows_what_its_bits_say)
{
	for (unsigned int bits = FX_CONFINED; bits < FX_CONFINE_BODIES; bits += 2) {
		struct seccomp_data data = {.nr = confined[_i].nr,
					    .arch = AUDIT_ARCH_X86_64,
					    .instruction_pointer = OURS};
		bool allowed = (bits & confined[_i].with) == confined[_i].with ||
			       (bits & confined[_i].or) != 0;
		uint32_t got;

		memcpy(data.args, confined[_i].args, sizeof(data.args));
		got = run(fx_seccomp_filter(bits, (struct fx_span){TEXT_START, TEXT_END}), &data);
		ck_assert_msg(got == (allowed ? SECCOMP_RET_ALLOW : REFUSED), "%s, bits %u: %#x",
			      confined[_i].name, bits, got);
		data.instruction_pointer = GUEST;
		got = run(fx_seccomp_filter(bits, (struct fx_span){TEXT_START, TEXT_END}), &data);
		ck_assert_uint_eq(got, SECCOMP_RET_TRAP);
	}
}
END_TEST

/* An address given: only where something may be connected to. */
START_TEST(a_confined_body_allows_addresses_only_with_net_or_unix)
{
	static const int calls[] = {SYS_sendto, SYS_connect, SYS_bind};

	for (unsigned int bits = FX_CONFINED; bits < FX_CONFINE_BODIES; bits += 2) {
		const struct seccomp_data data = {.nr = calls[_i],
						  .arch = AUDIT_ARCH_X86_64,
						  .instruction_pointer = OURS,
						  .args = {0, 0, 0, 0, 1UL << 32, 16}};
		uint32_t got =
			run(fx_seccomp_filter(bits, (struct fx_span){TEXT_START, TEXT_END}), &data);

		ck_assert_uint_eq(got, bits & (NET | UNIX | TCP) ? SECCOMP_RET_ALLOW : REFUSED);
	}
}
END_TEST

/* What the program compares arguments with: enough to come to each of its ends. */
#define VALUES_MOST 512
static uint32_t value[VALUES_MOST];
static size_t values;

static void gather_values(const struct sock_fprog *prog)
{
	bool of_argument = false;

	values = 0;
	for (size_t pc = 0; pc < prog->len; pc++) {
		const struct sock_filter *f = &prog->filter[pc];

		if (BPF_CLASS(f->code) == BPF_LD)
			of_argument = f->k >= offsetof(struct seccomp_data, args);
		else if (of_argument && BPF_OP(f->code) != BPF_JA && values + 2 < VALUES_MOST)
			value[values++] = f->k;
	}
	value[values++] = 0;
	value[values++] = ~0U;
}

static uint64_t next_random(void)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return state >> 33;
}

static uint64_t some_argument(void)
{
	static const uint32_t high[] = {0, 0, 0, 1, ~0U};
	uint32_t low = value[next_random() % values];

	if (next_random() % 4 == 0)
		low |= value[next_random() % values];
	if (next_random() % 16 == 0)
		low ^= 1U << (next_random() % 32);
	return (uint64_t)high[next_random() % 5] << 32 | low;
}

#define TRIES 4000

/* Of the numbers whose arguments count some thousand calls, of all others one says it all. */
static void compare(const struct sock_fprog *one, const struct sock_fprog *other, uint32_t nr)
{
	struct seccomp_data data = {
		.nr = (int)nr, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = OURS};
	bool look = false;

	for (int i = 0; i == 0 || (look && i < TRIES); i++) {
		uint32_t a = run(one, &data), b;

		look = look || looked;
		b = run(other, &data);
		look = look || looked;
		if (a != b)
			ck_abort_msg("number %#x, %#llx %#llx %#llx %#llx: %#x and %#x", nr,
				     data.args[0], data.args[1], data.args[2], data.args[3], a, b);
		for (size_t n = 0; n < 6; n++)
			data.args[n] = some_argument();
	}
}

START_TEST(a_body_decides_as_what_libseccomp_makes_of_the_rules)
{
	unsigned int bits = (unsigned int)_i;
	const struct sock_fprog *ours =
		fx_seccomp_filter(bits, (struct fx_span){TEXT_START, TEXT_END});
	size_t length;
	struct sock_filter *code = fx_seccomp_rules(bits, &length);
	const struct sock_fprog theirs = {.len = (unsigned short)length, .filter = code};
	static const uint32_t odd[] = {0x3fffffff, 0x7fffffff, 0x80000000, 0xbfffffff, 0xffffffff};

	ck_assert_uint_lt(ours->len, length / 2);
	gather_values(&theirs);
	for (uint32_t nr = 0; nr < 1024; nr++) {
		compare(ours, &theirs, nr);
		compare(ours, &theirs, nr | X32_BIT);
		compare(ours, &theirs, (uint32_t)next_random() << 1);
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
		compare(ours, &theirs, odd[i]);
	free(code);
}
END_TEST

START_TEST(every_jump_lands_inside_the_program)
{
	const struct sock_fprog *prog =
		fx_seccomp_filter((unsigned int)_i, (struct fx_span){TEXT_START, TEXT_END});

	ck_assert_uint_le(prog->len, BPF_MAXINSNS);
	for (size_t pc = 0; pc < prog->len; pc++) {
		const struct sock_filter *f = &prog->filter[pc];
		size_t farthest = f->jt > f->jf ? f->jt : f->jf;

		if (BPF_CLASS(f->code) != BPF_JMP)
			continue;
		if (BPF_OP(f->code) == BPF_JA)
			farthest = f->k;
		ck_assert_uint_lt(pc + 1 + farthest, prog->len);
	}
	ck_assert_uint_eq(BPF_CLASS(prog->filter[prog->len - 1].code), BPF_RET);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seccomp_filter");
	TCase *tcase = tcase_create("seccomp_filter");
	SRunner *runner = srunner_create(suite);

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, arch_address_and_number_decide, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, the_body_allows_exactly_what_the_table_supports_and_the_shim_needs);
	tcase_add_loop_test(tcase, a_confined_body_allows_what_its_bits_say, 0,
			    sizeof(confined) / sizeof(confined[0]));
	tcase_add_loop_test(tcase, a_confined_body_allows_addresses_only_with_net_or_unix, 0, 3);
	tcase_add_loop_test(tcase, a_body_decides_as_what_libseccomp_makes_of_the_rules, 0, 1);
	for (int bits = FX_CONFINED; bits < FX_CONFINE_BODIES; bits += 2)
		tcase_add_loop_test(tcase, a_body_decides_as_what_libseccomp_makes_of_the_rules,
				    bits, bits + 1);
	for (int bits = FX_CONFINED; bits < FX_CONFINE_BODIES; bits += 2)
		tcase_add_loop_test(tcase, every_jump_lands_inside_the_program, bits, bits + 1);
	tcase_add_loop_test(tcase, every_jump_lands_inside_the_program, 0, 1);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
