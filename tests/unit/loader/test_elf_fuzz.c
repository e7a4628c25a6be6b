/* SPDX-License-Identifier: MIT */
/*
 * Spoils the headers of a sound file in many random ways: whatever comes out,
 * the check must return cleanly, and what it accepts must keep its promises to
 * map_guest. The sanitizers watch. Deterministic: argv[1] is the seed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/elf_image.h"
#include "loader/exec_file.h"
#include "loader/exit_status.h"
#include "tests/unit/loader/sample_elf.h"

#define ROUNDS 5000

static const struct fx_span own = {0x70000000, 0x70100000};

/* xorshift64: small, and the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Values at which comparisons and additions go wrong. */
static uint64_t interesting(uint64_t *state)
{
	static const uint64_t values[] = {
		0,
		1,
		7,
		8,
		0xfff,
		0x1000,
		0x1001,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x70000000,
		0x7fffffffefff,
		FX_USER_END,
		1UL << 47,
		INT64_MAX,
		1UL << 63,
		UINT64_MAX,
		UINT64_MAX - 0xfff,
		PT_LOAD,
		PT_INTERP,
		PT_GNU_STACK,
		SAMPLE_SIZE,
		SAMPLE_SIZE - 1,
	};

	return values[next_random(state) % (sizeof(values) / sizeof(values[0]))];
}

static void mutate(struct sample_elf *s, uint64_t *state)
{
	const size_t headers = sizeof(Elf64_Ehdr) + SAMPLE_PHNUM * sizeof(Elf64_Phdr);
	size_t at = next_random(state) % headers;

	switch (next_random(state) % 5) {
	case 0:
		s->bytes[at] = (unsigned char)next_random(state);
		break;
	case 1:
		s->bytes[at] ^= (unsigned char)(1U << (next_random(state) % 8));
		break;
	case 2: { /* a whole field of a program header */
		uint64_t value = interesting(state);
		size_t field = next_random(state) % (SAMPLE_PHNUM * sizeof(Elf64_Phdr) / 8);

		memcpy(s->bytes + sizeof(Elf64_Ehdr) + field * 8, &value, sizeof(value));
		break;
	}
	case 3: { /* e_phoff, e_shoff, the counts and sizes */
		uint64_t value = interesting(state);
		static const size_t fields[] = {24, 32, 40, 52, 54, 56, 58, 60, 62};

		memcpy(s->bytes + fields[next_random(state) % 9], &value,
		       next_random(state) % 2 ? 2 : 8);
		break;
	}
	default:
		s->size = next_random(state) % (SAMPLE_SIZE + 1);
		break;
	}
}

static const char *broken_promise(const struct fx_elf_image *image, const struct sample_elf *s)
{
	if (image->load_count > image->phnum)
		return "segment count";
	for (size_t i = 0; i < image->load_count; i++) {
		const Elf64_Phdr *ph = &image->loads[i];
		uint64_t last = ph->p_vaddr + ph->p_memsz;

		if (last <= ph->p_vaddr || last > FX_USER_END)
			return "user address space";
		if (ph->p_filesz > ph->p_memsz ||
		    (ph->p_filesz && ph->p_offset + ph->p_filesz > s->size && !image->is_cut))
			return "file size";
		if (image->fixed && ph->p_vaddr < own.end && last > own.start)
			return "fxbox's own range";
		if (FX_PAGE_DOWN(ph->p_vaddr) < image->span.start || last > image->span.end)
			return "span";
	}
	if (image->align & (image->align - 1))
		return "alignment";
	return NULL;
}

static int open_image(struct fx_elf_image *image, const char *path, struct fx_refusal *why)
{
	int fd = fx_exec_file_open(path, path, why);

	return fd < 0 ? -1 : fx_elf_image_read(image, fd, FX_ELF_PROGRAM, path, own, why);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 0x5eedf00d;
	uint64_t state = seed;
	unsigned int accepted = 0;
	int failed = 0;

	for (int round = 0; round < ROUNDS && !failed; round++) {
		static struct fx_refusal why;
		struct sample_elf s = round % 2 ? sample_elf() : sample_elf_fixed(0x6fffe000);
		struct fx_elf_image image;

		for (uint64_t n = 1 + next_random(&state) % 4; n > 0; n--)
			mutate(&s, &state);

		const char *path = sample_write("fuzz", s.bytes, s.size);

		if (open_image(&image, path, &why) == 0) {
			const char *broken = broken_promise(&image, &s);

			accepted++;
			fx_elf_image_close(&image);
			if (broken) {
				printf("seed %#lx round %d: accepted, but: %s\n", seed, round,
				       broken);
				failed = 1;
			}
		} else if (why.status != FX_EXIT_CANNOT_RUN || strchr(why.line, '\n')) {
			printf("seed %#lx round %d: status %d: %s\n", seed, round, why.status,
			       why.line);
			failed = 1;
		}
	}
	sample_clean();
	printf("%d files, %u accepted, seed %#lx\n", ROUNDS, accepted, seed);
	return failed || accepted == 0;
}
