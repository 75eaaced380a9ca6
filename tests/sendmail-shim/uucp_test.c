/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "sendmail-shim/uucp.h"

static const struct {
	const char *message, *path;
	size_t bytes;
} lines[] = {
	{ "From uucp Mon Nov 30 10:00:00 2026 remote from near\n>From joe Mon Nov 30 09:00:00 2026 remote from far\nTo: x\n",
	  "near!far!joe", 52 + 51 },
	{ "From joe Mon Nov 30 10:00:00 2026 remote from near\nTo: x\n", "near!joe", 51 },
	{ "From joe Mon Nov 30 10:00:00 2026 remote from near\r\nTo: x\r\n", "near!joe", 52 },
	{ "From joe Mon Nov 30 10:00:00 2026\n\n", "joe", 34 },
	{ "From far!joe Mon Nov 30 10:00:00 2026 remote from near\n\n", "near!far!joe", 55 },
	{ "From joe remote from the house remote from near\n\n", "near!joe", 48 },
	{ "From joe remote from\n\n", "joe", 21 },
	{ "From <> Mon Nov 30 10:00:00 2026 remote from near\n\n", "", 50 },
	{ "From joe@example.org Mon Nov 30 10:00:00 2026 remote from near\n", "near!joe@example.org", 63 },
	/* no From_ lines: what was there before stays */
	{ "From: joe\n\n", "as it was", 0 },
	{ "From \n\n", "as it was", 0 },
	{ ">>From joe\n\n", "as it was", 0 },
	{ "To: x\nFrom joe remote from near\n", "as it was", 0 },
	{ "From joe remote from near", "as it was", 0 },
	{ "", "as it was", 0 },
};

static const struct {
	const char *path, *address;
} paths[] = {
	{ "host!user", "user@host" },
	{ "host.example!user", "user@host.example" },
	{ "near!far!user", "far!user@near" },
	{ "near!far.example!user", "user@far.example" },
	{ "a!b!c!user", "b!c!user@a" },
	{ "near!user@example.org", "user@example.org" },
	{ "user@example.org", "user@example.org" },
	{ "user", "user" },
	{ "", "" },
	{ "!user", "!user" },
	{ "host!", "host!" },
	{ "near!!user", "!user@near" },
	{ "!", "!" },
};

static void too_long(void)
{
	static const char line[] = ">From joe Mon Nov 30 10:00:00 2026 remote from near\n";
	struct buf message = { 0 }, path = { 0 };

	while (message.len <= UUCP_LINES_MAX)
		buf_add_text(&message, line);
	size_t taken = uucp_from_lines(buf_span(&message), &path);
	ok(taken <= UUCP_LINES_MAX && taken + 100 > UUCP_LINES_MAX, "of a message that is nothing else so much is taken");
	is_int((long long)(taken % (sizeof line - 1)), 0, "and no line in part");
	buf_free(&message);
	buf_free(&path);
}

int main(void)
{
	tap_plan(45);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		struct buf path = { 0 };
		buf_add_text(&path, "as it was");
		is_int((long long)uucp_from_lines(span_of(lines[i].message), &path), (long long)lines[i].bytes, "From_ lines, row %zu", i);
		is_text(buf_text(&path), lines[i].path, "their path");
		buf_free(&path);
	}
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		struct buf address = { 0 };
		uucp_address(span_of(paths[i].path), &address);
		is_text(buf_text(&address), paths[i].address, "\"%s\"", paths[i].path);
		buf_free(&address);
	}
	too_long();
	return tap_done();
}
