/* SPDX-License-Identifier: MIT */
/* A program of anybody: what is accepted can be mapped where it says. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "loader/elf_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct fx_span own = {0x70000000, 0x70200000};
	int fd = memfd_create("fuzz", 0);
	struct fx_elf_image image;
	struct fx_refusal why = {0};

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (fx_elf_image_read(&image, fd, FX_ELF_PROGRAM, "fuzz", own, &why) == 0) {
		if (image.span.start > image.span.end || (image.span.start & 4095) ||
		    (image.span.end & 4095))
			abort();
		fx_elf_image_close(&image);
	} else if (!why.line[0]) {
		abort();
	}
	return 0;
}
