/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/smtp/transfer.h"

#include <stdlib.h>
#include <unistd.h>

static const struct {
	const char *message;
	int result;
	const char *out;         /* for the wire, where the result is 1 */
} rows[] = {
	{ "a: b\r\n\r\nc\r\n", 1, "a: b\r\n\r\nc\r\n" },
	{ "", 1, "" },
	{ ".\r\n..a\r\nb.\r\n", 1, "..\r\n...a\r\nb.\r\n" },
	{ "\r\n\r\n.\r\n\r\n", 1, "\r\n\r\n..\r\n\r\n" },
	{ "a.b\r\n.c", -1, NULL },
	/* not in normal form */
	{ "a\nb\r\n", -1, NULL },
	{ "a\rb\r\n", -1, NULL },
	{ "a\r\r\n", -1, NULL },
	{ "a\r\n\nb\r\n", -1, NULL },
	{ "a\r\n.\nb\r\n", -1, NULL },
	{ "\n", -1, NULL },
	{ "\r", -1, NULL },
	{ "a", -1, NULL },
	{ "a\r", -1, NULL },
};

static int make_all(struct transfer *t, struct buf *out, struct fault *f)
{
	int result;

	while ((result = transfer_make(t, out, f)) == 0)
		;
	return result;
}

static void check(size_t row, struct span fields, struct span message, int fd, const char *how)
{
	struct transfer t = { 0 };
	struct buf out = { 0 };
	struct fault f = { 0 };

	transfer_begin(&t, fields, message, fd);
	is_int(make_all(&t, &out, &f), rows[row].result, "row %zu, %s", row, how);
	if (rows[row].result > 0)
		is_span(buf_span(&out), span_of(rows[row].out), "row %zu, %s: for the wire", row, how);
	else
		ok(strstr(f.text, "bare CR or LF") != NULL, "row %zu, %s: %s", row, how, f.text);
	transfer_free(&t);
	buf_free(&out);
}

static int file_of(struct span s)
{
	char name[] = "/tmp/transfer_test_XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	if (fd < 0 || write(fd, s.at, s.len) != (ssize_t)s.len)
		abort();
	return fd;
}

/* Inline, in a file, and cut in two at each byte. */
static int tables(bool count_only)
{
	int count = 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct span m = span_of(rows[i].message);
		count += 2 * (int)(2 + m.len);
		if (count_only)
			continue;
		int fd = file_of(m);
		check(i, (struct span){ 0 }, m, -1, "inline");
		check(i, (struct span){ 0 }, (struct span){ 0 }, fd, "in a file");
		for (size_t cut = 0; cut < m.len; cut++)
			check(i, (struct span){ m.at, cut }, (struct span){ m.at + cut, m.len - cut }, -1, "cut");
		close(fd);
	}
	return count;
}

/* Lines of all lengths around the size of a block, each with a dot in front. */
static void large(void)
{
	enum { BLOCK = 64 * 1024 };
	struct transfer t = { 0 };
	struct buf in = { 0 }, want = { 0 }, out = { 0 };
	struct fault f = { 0 };

	for (size_t len = 0; len < 700; len++) {
		buf_add_byte(&in, '.');
		buf_add_text(&want, "..");
		for (size_t i = 0; i < len; i++) {
			buf_add_byte(&in, 'x');
			buf_add_byte(&want, 'x');
		}
		buf_add_text(&in, "\r\n");
		buf_add_text(&want, "\r\n");
	}
	int fd = file_of(buf_span(&in));
	transfer_begin(&t, SPAN(""), SPAN(""), fd);
	ok(in.len > 3 * BLOCK && make_all(&t, &out, &f) == 1, "%zu bytes in blocks", in.len);
	ok(out.len == want.len && memcmp(out.at, want.at, want.len) == 0, "stuffed, wherever a block ends");
	transfer_begin(&t, SPAN(""), SPAN("a: b\r\n"), -1);
	buf_clear(&out);
	ok(make_all(&t, &out, &f) == 1, "another message with the same");
	is_span(buf_span(&out), SPAN("a: b\r\n"), "has nothing of it");
	transfer_free(&t);
	buf_free(&in);
	buf_free(&want);
	buf_free(&out);
	close(fd);
}

/* The file's bytes are summed on their way, and before the dot it is known whether they are those that were stored. */
static void sums(void)
{
	struct span message = SPAN("a: b\r\n\r\nbody\r\n");
	struct checksum stored = { 0 };

	checksum_add(&stored, message);
	for (int changed = 0; changed < 3; changed++) {
		static const char *const files[] = { "a: b\r\n\r\nbody\r\n", "a: b\r\n\r\nbodx\r\n", "a: b\r\n\r\nbody\r\nmore\r\n" };
		int fd = file_of(span_of(files[changed]));
		struct transfer t = { 0 };
		struct buf out = { 0 };
		struct fault f = { 0 };
		transfer_begin(&t, SPAN(""), SPAN(""), fd);
		transfer_expect(&t, checksum_of(&stored));
		is_int(make_all(&t, &out, &f), changed ? -1 : 1, "%s", changed ? "other bytes" : "what was stored");
		is_int(t.damaged, changed > 0, "and is%s damaged", changed ? "" : " not");
		ok(!changed || strstr(f.text, "not what was stored"), "%s", f.text);
		transfer_free(&t);
		buf_free(&out);
		close(fd);
	}
}

int main(void)
{
	tap_plan(tables(true) + 13);
	tables(false);
	large();
	sums();
	return tap_done();
}
