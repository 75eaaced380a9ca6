/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/route/route_table.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NO "no hop after the pattern; write \"mx\" or the name of a smarthost there"
#define COMMA "hops are separated by commas, with a hop on each side of a comma"
#define NAME "the line does not begin with a domain, \".domain\" or \"*\""

static const struct {
	const char *line;
	const char *read;    /* "PATTERN VIA", "" for nothing, or why */
	int result;
} lines[] = {
	{ "example.org isp", "example.org isp", 1 },
	{ "  Example.ORG.\tisp , mx  ", "example.org isp,mx", 1 },
	{ ".example.org isp,mx", ".example.org isp,mx", 1 },
	{ "* mx", "* mx", 1 },
	{ "[192.0.2.1] mx", "[192.0.2.1] mx", 1 },
	{ "[IPv6:2001:DB8::1] mx", "[ipv6:2001:db8::1] mx", 1 },
	{ "b\xc3\xbc.example isp # why", "xn--b-eha.example isp", 1 },
	{ ".B\xc3\x9c.example. isp", ".xn--b-eha.example isp", 1 },
	{ "example.org isp#1", "example.org isp#1", 1 },
	{ "example.org isp\r", "example.org isp", 1 },
	{ "", "", 0 },
	{ " \t\r", "", 0 },
	{ "# example.org isp", "", 0 },
	{ "  # comment", "", 0 },
	{ "example.org", NO, -1 },
	{ "example.org # isp", NO, -1 },
	{ "example.org isp mx", COMMA, -1 },
	{ "example.org isp,,mx", COMMA, -1 },
	{ "example.org isp,", COMMA, -1 },
	{ "example.org ,isp", COMMA, -1 },
	{ ". isp", NAME, -1 },
	{ "*.example.org isp", NAME, -1 },
	{ "a..b isp", NAME, -1 },
	{ "-! isp", NAME, -1 },
	{ "\xff.example isp", NAME, -1 },
	{ "[] isp", NAME, -1 },
	{ "me@example.org isp", "a table cannot contain an address; write its domain or, for a sender, a rule in routes with "
	  "from", -1 },
	{ "mx:.example.net isp", "a table cannot contain a pattern of MX hosts; write a rule in routes for it", -1 },
	{ "example.org i\x01p", "a control character in the line", -1 },
};

static void read_lines(void)
{
	struct route_line l = { { 0 }, { 0 } };
	char *long_line = mem_alloc(ROUTE_LINE_MAX + 10);
	const char *why;

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct buf read = { 0 };
		int result = route_line_read(span_of(lines[i].line), &l, &why);
		is_int(result, lines[i].result, "\"%s\": route, nothing or fault", lines[i].line);
		if (result > 0)
			buf_printf(&read, "%s %s", buf_text(&l.pattern), buf_text(&l.via));
		is_text(why ? why : buf_text(&read), lines[i].read, "\"%s\": what", lines[i].line);
		buf_free(&read);
	}
	is_int(route_line_read(SPAN("a\0b isp"), &l, &why), -1, "a NUL is a fault");
	memset(long_line, ' ', ROUTE_LINE_MAX + 5);
	memcpy(long_line, "a isp", 5);
	is_int(route_line_read((struct span){ long_line, ROUTE_LINE_MAX }, &l, &why), 1, "as long as it may be");
	is_int(route_line_read((struct span){ long_line, ROUTE_LINE_MAX + 1 }, &l, &why), -1, "and a byte too long");
	free(long_line);
	route_line_free(&l);
}

static void gather(void *context, unsigned number, struct route_line *l, const char *why)
{
	buf_printf(context, "%u %s\n", number, why ? "fault" : buf_text(&l->pattern));
}

static void read_text(struct span text, const char *want, const char *name)
{
	char path[] = "/tmp/route-table-test-XXXXXX";
	int fd = mkstemp(path);
	struct buf seen = { 0 };
	struct fault f;

	if (fd < 0 || write(fd, text.at, text.len) != (ssize_t)text.len)
		abort();
	is_int(route_table_read(path, gather, &seen, &f), 0, "%s is read", name);
	is_text(buf_text(&seen), want, "%s", name);
	close(fd);
	unlink(path);
	buf_free(&seen);
}

static void read_files(void)
{
	struct buf huge = { 0 };
	struct fault f;

	read_text(SPAN(""), "", "an empty file");
	read_text(SPAN("\xef\xbb\xbf" "a mx\r\n\r\nb mx"), "1 a\n3 b\n", "a byte order mark, CRLF, no end of the last line");
	read_text(SPAN("a mx\nb\nc mx\n"), "1 a\n2 fault\n3 c\n", "a fault in between");
	while (huge.len < 3 * 1024 * 1024)
		buf_add_text(&huge, "0123456789");
	buf_add_text(&huge, " mx\nb mx\n");
	read_text(buf_span(&huge), "1 fault\n2 b\n", "a line of megabytes");
	buf_clear(&huge);
	for (int i = 0; i < 20000; i++)
		buf_add_text(&huge, "# 0123456789\n");
	buf_add_text(&huge, "b mx");
	read_text(buf_span(&huge), "20001 b\n", "many lines");
	buf_free(&huge);
	is_int(route_table_read("/nonexistent/table", gather, NULL, &f), -1, "none");
	is_text(f.text, "cannot be read: No such file or directory", "says so");
	is_int(route_table_read("/dev/zero", gather, NULL, &f), -1, "a device");
	is_text(f.text, "cannot be read: it is not a file", "is refused");
}

int main(void)
{
	tap_plan(75);
	read_lines();
	read_files();
	return tap_done();
}
