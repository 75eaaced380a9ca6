/* SPDX-License-Identifier: ISC */
/*
 * Routing tables: any bytes end in routes or in faults. A route's pattern and
 * hops, written as a line again, are read as the same; and a file gives what
 * its lines give.
 */
#include "relay/route/route_table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

struct seen {
	unsigned routes, faults;
};

static void take(void *context, unsigned number, struct route_line *l, const char *why)
{
	struct seen *seen = context;
	struct route_line again = { 0 };
	struct buf line = { 0 };
	const char *ignored;

	if (number == 0 || (why == NULL && (l->pattern.len == 0 || l->via.len == 0)))
		abort();
	seen->routes += why == NULL;
	seen->faults += why != NULL;
	if (why == NULL) {
		buf_printf(&line, "%s\t%s", buf_text(&l->pattern), buf_text(&l->via));
		int result = route_line_read(buf_span(&line), &again, &ignored);
		if (line.len <= ROUTE_LINE_MAX && (result != 1 || !span_eq(buf_span(&again.pattern), buf_span(&l->pattern)) ||
		                                   !span_eq(buf_span(&again.via), buf_span(&l->via))))
			abort();
	}
	route_line_free(&again);
	buf_free(&line);
}

static void take_lines(struct span rest, struct seen *seen)
{
	struct route_line l = { 0 };
	const char *why;
	unsigned number = 0;

	if (span_starts_nocase(rest, SPAN("\xef\xbb\xbf")))
		rest = (struct span){ rest.at + 3, rest.len - 3 };
	while (rest.at) {
		struct span line = span_cut(&rest, '\n');
		number++;
		if (route_line_read(line, &l, &why) != 0)
			take(seen, number, &l, why);
	}
	route_line_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct seen by_line = { 0 }, by_file = { 0 };
	struct fault f;
	char path[64];
	int fd = memfd_create("table", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (route_table_read(path, take, &by_file, &f) < 0)
		abort();
	close(fd);
	take_lines((struct span){ (const char *)bytes, len }, &by_line);
	if (by_line.routes != by_file.routes || by_line.faults != by_file.faults)
		abort();
	return 0;
}
