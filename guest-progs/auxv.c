/* SPDX-License-Identifier: MIT */
/* Which keys the auxiliary vector has, and whether they say the truth. */
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

#include "guest-progs/guest.h"

static const char *key_name(unsigned long key)
{
	static const char *const names[] = {
		[AT_EXECFD] = "EXECFD",
		[AT_PHDR] = "PHDR",
		[AT_PHENT] = "PHENT",
		[AT_PHNUM] = "PHNUM",
		[AT_PAGESZ] = "PAGESZ",
		[AT_BASE] = "BASE",
		[AT_FLAGS] = "FLAGS",
		[AT_ENTRY] = "ENTRY",
		[AT_UID] = "UID",
		[AT_EUID] = "EUID",
		[AT_GID] = "GID",
		[AT_EGID] = "EGID",
		[AT_PLATFORM] = "PLATFORM",
		[AT_HWCAP] = "HWCAP",
		[AT_CLKTCK] = "CLKTCK",
		[AT_SECURE] = "SECURE",
		[AT_RANDOM] = "RANDOM",
		[AT_HWCAP2] = "HWCAP2",
		[27] = "RSEQ_FEATURE_SIZE",
		[28] = "RSEQ_ALIGN",
		[AT_EXECFN] = "EXECFN",
		[AT_SYSINFO_EHDR] = "SYSINFO_EHDR",
		[AT_MINSIGSTKSZ] = "MINSIGSTKSZ",
	};

	return key < sizeof(names) / sizeof(names[0]) && names[key] ? names[key] : "?";
}

/* Is the page of this address mapped with these permissions? */
static int mapped(unsigned long address, const char *perms)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512], have[8];
	unsigned long from, to;
	int found = 0;

	need(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, have) == 3 && address >= from &&
		    address < to)
			found = strncmp(have, perms, strlen(perms)) == 0;
	}
	fclose(maps);
	return found;
}

static void check_headers(void)
{
	const ElfW(Phdr) *phdr = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM);
	unsigned long bias = 0;
	int interpreter = 0, entry_inside = 0;

	for (unsigned long i = 0; i < count; i++) {
		if (phdr[i].p_type == PT_PHDR)
			bias = (unsigned long)phdr - phdr[i].p_vaddr;
		interpreter |= phdr[i].p_type == PT_INTERP;
	}
	for (unsigned long i = 0; i < count; i++) {
		if (phdr[i].p_type == PT_LOAD && phdr[i].p_flags & PF_X)
			entry_inside |=
				getauxval(AT_ENTRY) - bias - phdr[i].p_vaddr < phdr[i].p_memsz;
	}
	printf("PHENT %lu\n", getauxval(AT_PHENT));
	printf("PHNUM %lu\n", count);
	printf("interpreter %d\n", interpreter);
	printf("ENTRY lies in an executable segment: %d\n", entry_inside);
	printf("ENTRY is mapped r-xp: %d\n", mapped(getauxval(AT_ENTRY), "r-xp"));
	printf("BASE is there with an interpreter only: %d\n",
	       (getauxval(AT_BASE) != 0) == interpreter);
	if (interpreter)
		printf("BASE begins an ELF file: %d\n",
		       memcmp((void *)getauxval(AT_BASE), ELFMAG, SELFMAG) == 0);
}

int main(int argc, char **argv, char **envp)
{
	const unsigned char *random = (const unsigned char *)getauxval(AT_RANDOM);
	char **p = envp;
	int sum = 0;

	(void)argc;
	while (*p)
		p++;
	for (const ElfW(auxv_t) *a = (const ElfW(auxv_t) *)(p + 1);; a++) {
		if (a->a_type == AT_NULL)
			break;
		printf("has %lu %s\n", (unsigned long)a->a_type, key_name(a->a_type));
	}
	check_headers();
	for (int i = 0; i < 16; i++)
		sum |= random[i];
	printf("RANDOM is not zero: %d\n", sum != 0);
	printf("EXECFN %s\n", (const char *)getauxval(AT_EXECFN));
	printf("EXECFN is argv[0]: %d\n", strcmp((const char *)getauxval(AT_EXECFN), argv[0]) == 0);
	printf("PLATFORM %s\n", (const char *)getauxval(AT_PLATFORM));
	printf("PAGESZ %lu, CLKTCK %lu, FLAGS %lu, SECURE %lu\n", getauxval(AT_PAGESZ),
	       getauxval(AT_CLKTCK), getauxval(AT_FLAGS), getauxval(AT_SECURE));
	printf("HWCAP %lx, HWCAP2 %lx\n", getauxval(AT_HWCAP), getauxval(AT_HWCAP2));
	printf("MINSIGSTKSZ %lu\n", getauxval(AT_MINSIGSTKSZ));
	printf("RSEQ %lu %lu\n", getauxval(27), getauxval(28));
	printf("ids %d\n", getauxval(AT_UID) == getuid() && getauxval(AT_EUID) == geteuid() &&
				   getauxval(AT_GID) == getgid() &&
				   getauxval(AT_EGID) == getegid());
	printf("SYSINFO_EHDR begins an ELF file: %d\n",
	       memcmp((void *)getauxval(AT_SYSINFO_EHDR), ELFMAG, SELFMAG) == 0);
	return 0;
}
