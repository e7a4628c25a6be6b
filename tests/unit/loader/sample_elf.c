/* SPDX-License-Identifier: MIT */
#include "tests/unit/loader/sample_elf.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char interp[] = "/lib64/ld-linux-x86-64.so.2";

static void fill_ehdr(Elf64_Ehdr *ehdr)
{
	memcpy(ehdr->e_ident, ELFMAG, SELFMAG);
	ehdr->e_ident[EI_CLASS] = ELFCLASS64;
	ehdr->e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr->e_ident[EI_VERSION] = EV_CURRENT;
	ehdr->e_type = ET_DYN;
	ehdr->e_machine = EM_X86_64;
	ehdr->e_version = EV_CURRENT;
	ehdr->e_entry = 0x400;
	ehdr->e_phoff = sizeof(*ehdr);
	ehdr->e_ehsize = sizeof(*ehdr);
	ehdr->e_phentsize = sizeof(Elf64_Phdr);
	ehdr->e_phnum = SAMPLE_PHNUM;
}

struct sample_elf sample_elf(void)
{
	struct sample_elf s = {.size = SAMPLE_SIZE};

	fill_ehdr(&s.ehdr);
	s.phdr[SAMPLE_TEXT] = (Elf64_Phdr){.p_type = PT_LOAD,
					   .p_flags = PF_R | PF_X,
					   .p_filesz = 0x1000,
					   .p_memsz = 0x1000,
					   .p_align = 0x1000};
	s.phdr[SAMPLE_DATA] = (Elf64_Phdr){.p_type = PT_LOAD,
					   .p_flags = PF_R | PF_W,
					   .p_offset = SAMPLE_DATA_OFFSET,
					   .p_vaddr = SAMPLE_DATA_ADDRESS,
					   .p_filesz = SAMPLE_DATA_BYTES,
					   .p_memsz = SAMPLE_DATA_BYTES + SAMPLE_BSS_BYTES,
					   .p_align = 0x1000};
	s.phdr[SAMPLE_INTERP] = (Elf64_Phdr){.p_type = PT_INTERP,
					     .p_flags = PF_R,
					     .p_offset = SAMPLE_INTERP_OFFSET,
					     .p_vaddr = SAMPLE_INTERP_OFFSET,
					     .p_filesz = sizeof(interp),
					     .p_memsz = sizeof(interp),
					     .p_align = 1};
	s.phdr[SAMPLE_STACK] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
	memcpy(s.bytes + SAMPLE_INTERP_OFFSET, interp, sizeof(interp));
	memset(s.bytes + SAMPLE_DATA_OFFSET, 0xdd, SAMPLE_SIZE - SAMPLE_DATA_OFFSET);
	return s;
}

struct sample_elf sample_elf_fixed(Elf64_Addr base)
{
	struct sample_elf s = sample_elf();

	s.ehdr.e_type = ET_EXEC;
	s.ehdr.e_entry += base;
	for (int i = 0; i < SAMPLE_STACK; i++)
		s.phdr[i].p_vaddr += base;
	return s;
}

const char *sample_dir(void)
{
	static char dir[] = "/tmp/fxbox-test-XXXXXX";
	static int made;

	if (!made && !mkdtemp(dir)) {
		perror("mkdtemp");
		exit(1);
	}
	if (!made)
		chmod(dir, 0755);
	made = 1;
	return dir;
}

const char *sample_path(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", sample_dir(), name);
	return path;
}

const char *sample_write(const char *name, const void *bytes, size_t size)
{
	const char *path = sample_path(name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size || fchmod(fd, 0755) < 0) {
		perror(path);
		exit(1);
	}
	close(fd);
	return path;
}

void sample_clean(void)
{
	DIR *dir = opendir(sample_dir());
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	}
	if (dir)
		closedir(dir);
	rmdir(sample_dir());
}
