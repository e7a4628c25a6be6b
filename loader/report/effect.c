/* SPDX-License-Identifier: MIT */
#include "loader/report/effect.h"

#include <stddef.h>
#include <string.h>

/* The first row that fits: both words are the beginnings of the log's. */
static const struct {
	const char *name;
	const char *what; /* NULL: any */
	const char *effect;
} effects[] = {
	{"futex", "shared futex", "locks between processes fail; the program often aborts"},
	{"io_uring_", NULL, "falls back to epoll, threads or plain reads"},
	{"landlock_", NULL, "goes on without restricting itself"},
	{"seccomp", NULL, "goes on without restricting itself, or says so and ends"},
	{"prctl", "prctl PR_SET_SECCOMP",
	 "goes on without restricting itself, or says so and ends"},
	{"prctl", NULL, "the setting is taken as not available"},
	{"arch_prctl", NULL, "goes on without shadow stacks"},
	{"map_shadow_stack", NULL, "goes on without shadow stacks"},
	{"clone3", NULL, "falls back to clone, or the child is not placed as wanted"},
	{"userfaultfd", NULL, "falls back to page faults by signal, or does without"},
	{"perf_event_open", NULL, "no hardware counters; profilers do not work"},
	{"bpf", NULL, "no tracing, no socket programs; often optional"},
	{"ptrace", NULL, "debuggers and tracers do not work"},
	{"process_vm_", NULL, "debuggers and crash reporters read memory otherwise"},
	{"process_madvise", NULL, "a hint that is lost"},
	{"pidfd_getfd", NULL, "descriptors cannot be taken from another process"},
	{"mount", NULL, "file systems cannot be mounted"},
	{"umount", NULL, "file systems cannot be unmounted"},
	{"open_tree", NULL, "falls back to mount, which fails too"},
	{"move_mount", NULL, "falls back to mount, which fails too"},
	{"fs", NULL, "falls back to mount, which fails too"},
	{"pivot_root", NULL, "no change of the root; containers do not start"},
	{"modify_ldt", NULL, "16-bit and 32-bit segments are missing; wine and old runtimes"},
	{"set_thread_area", NULL, "32-bit code does not run"},
	{"remap_file_pages", NULL, "falls back to mmap"},
	{"iopl", NULL, "no access to ports"},
	{"ioperm", NULL, "no access to ports"},
	{"kexec", NULL, "no administration of the machine from inside"},
	{"reboot", NULL, "no administration of the machine from inside"},
	{"swap", NULL, "no administration of the machine from inside"},
	{"acct", NULL, "no administration of the machine from inside"},
	{"quotactl", NULL, "no administration of the machine from inside"},
	{"init_module", NULL, "no administration of the machine from inside"},
	{"finit_module", NULL, "no administration of the machine from inside"},
	{"delete_module", NULL, "no administration of the machine from inside"},
	{"syscall_", NULL, "as on a kernel that does not have it"},
};

static int begins(const char *word, const char *beginning)
{
	return strncmp(word, beginning, strlen(beginning)) == 0;
}

const char *fx_effect(const char *name, const char *what)
{
	if (what && (begins(what, "int 0x80") || begins(what, "x32")))
		return "code of another ABI does not run";
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++) {
		if (begins(name, effects[i].name) &&
		    (!effects[i].what || (what && begins(what, effects[i].what))))
			return effects[i].effect;
	}
	return "the program takes another way, or says what it misses";
}
