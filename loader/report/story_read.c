/* SPDX-License-Identifier: MIT */
#include "loader/report/story_read.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/exit_status.h"

#define STEPS_MOST     (1U << 20)
#define DECISIONS_MOST (1U << 20)
#define MAPS_MOST      (1U << 22)
#define MAPPINGS_MOST  4096

/* So many elements at a place of the file, and one of zeros behind them; for free(). */
static void *part(int fd, uint64_t size, uint64_t at, uint64_t count, size_t each)
{
	char *copy;

	if (at > size || count > (size - at) / each)
		return NULL;
	copy = calloc(count + 1, each);
	if (!copy)
		return NULL;
	for (size_t got = 0; got < count * each;) {
		ssize_t n = pread(fd, copy + got, count * each - got, (off_t)(at + got));

		if (n <= 0) {
			free(copy);
			return NULL;
		}
		got += (size_t)n;
	}
	return copy;
}

/* Turns what lies in a circle to the order in which it came. */
static bool read_steps(struct fx_story *s, int fd, uint64_t size, const struct fx_schedule *h)
{
	const uint64_t room = h->steps_room;
	const uint64_t kept = h->steps < room ? h->steps : room;
	struct fx_step *circle;

	if (room > STEPS_MOST)
		return false;
	circle = part(fd, size, h->steps_at, kept, sizeof(*circle));
	s->step = calloc(kept + 1, sizeof(*s->step));
	for (size_t i = 0; circle && s->step && i < kept; i++)
		s->step[i] = circle[kept < room ? i : (h->steps + i) % room];
	s->steps = circle && s->step ? kept : 0;
	s->left_out = h->steps - kept;
	free(circle);
	return s->steps == kept;
}

/* A line of /proc/self/maps; its text is cut where the path ends. */
static bool mapping(char *line, struct fx_mapped *m)
{
	int path = 0;
	char access[8];

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %*s %n", &m->start, &m->end,
		   access, &m->offset, &path) < 4 ||
	    path == 0 || line[path] != '/')
		return false;
	m->path = line + path;
	return true;
}

static void read_maps(struct fx_story *s)
{
	char *rest = s->maps, *line;

	s->mapped = calloc(MAPPINGS_MOST, sizeof(*s->mapped));
	while (s->mapped && rest && (line = strsep(&rest, "\n")) && s->mappings < MAPPINGS_MOST) {
		if (mapping(line, &s->mapped[s->mappings]))
			s->mappings++;
	}
}

int fx_story_read(struct fx_story *s, int fd, struct fx_refusal *why)
{
	struct fx_schedule h;
	struct stat st;
	uint64_t size;

	memset(s, 0, sizeof(*s));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h) || h.magic != FX_SCHEDULE_MAGIC)
		return fx_refuse(why, FX_EXIT_FAILED, "story",
				 "the file is not of a scheduled run");
	size = (uint64_t)st.st_size;
	s->threads = h.threads;
	if (h.decisions <= DECISIONS_MOST)
		s->decision = part(fd, size, h.decisions_at, h.decisions, sizeof(*s->decision));
	s->decisions = s->decision ? h.decisions : 0;
	if (h.maps_room && h.maps <= MAPS_MOST)
		s->maps = part(fd, size, h.maps_at, h.maps, 1);
	read_maps(s);
	if (read_steps(s, fd, size, &h))
		return 0;
	fx_story_free(s);
	return fx_refuse(why, FX_EXIT_FAILED, "story", "the file's steps cannot be read");
}

void fx_story_free(struct fx_story *s)
{
	free(s->step);
	free(s->decision);
	free(s->mapped);
	free(s->maps);
	memset(s, 0, sizeof(*s));
}

bool fx_story_site(const struct fx_story *s, uint64_t address, char *out, size_t size)
{
	for (size_t i = 0; i < s->mappings; i++) {
		const struct fx_mapped *m = &s->mapped[i];

		if (address >= m->start && address < m->end) {
			snprintf(out, size, "%s+0x%" PRIx64, m->path,
				 address - m->start + m->offset);
			return true;
		}
	}
	return false;
}

/* They are in the order of events; a file that has them otherwise is told wrongly. */
const struct fx_decision *fx_story_decision(const struct fx_story *s, uint64_t event)
{
	size_t low = 0, high = s->decisions;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (s->decision[mid].event < event)
			low = mid + 1;
		else
			high = mid;
	}
	return low < s->decisions && s->decision[low].event == event ? &s->decision[low] : NULL;
}
