#include "tests/tap.h"

#include "relay/esmtp_job.h"
#include "relay/smtp/transfer.h"

#include <stdlib.h>
#include <unistd.h>

#define P ESMTP_PREFACE

struct row {
	const char *message;
	struct span heard;       /* from libesmtp */
	int result;              /* of the last byte */
	const char *out;
	const char *text;        /* of the fault */
};

static const struct row rows[] = {
	{ "a: b\r\n\r\nc\r\n", { P "a: b\r\n\r\nc\r\n.\r\n", 0 }, 1, "a: b\r\n\r\nc\r\n", NULL },
	{ "", { P ".\r\n", 0 }, 1, "", NULL },
	{ ".\r\n..a\r\nb.\r\n", { P "..\r\n...a\r\nb.\r\n.\r\n", 0 }, 1, "..\r\n...a\r\nb.\r\n", NULL },
	{ "a\r\n", { P "a\r\n", 0 }, 0, "a\r\n", NULL },
	{ "a\r\n", { P "a\r\n.\r", 0 }, 0, "a\r\n", NULL },
	/* another message, another preface, more, less */
	{ "a\r\n", { P "b\r\n.\r\n", 0 }, -1, "", "not the message" },
	{ "a\r\n", { "Date: x\r\n", 0 }, -1, "", "not the message" },
	{ "a\r\n", { P "a\r\nb\r\n.\r\n", 0 }, -1, "a\r\n", "not the message" },
	{ "a\r\nb\r\n", { P "a\r\n.\r\n", 0 }, -1, "a\r\n", "not the message" },
	{ "a\r\n", { P "a\r\n..\r\n", 0 }, -1, "a\r\n", "not the message" },
	{ ".a\r\n", { P ".a\r\n.\r\n", 0 }, -1, NULL, "not the message" },
	/* not in normal form */
	{ "a\nb\r\n", { P "a\nb\r\n.\r\n", 0 }, -1, NULL, "bare CR or LF" },
	{ "a\rb\r\n", { P "a\rb\r\n.\r\n", 0 }, -1, NULL, "bare CR or LF" },
	{ "a\r\r\n", { P "a\r\r\n.\r\n", 0 }, -1, NULL, "bare CR or LF" },
	{ "\n", { P "\n.\r\n", 0 }, -1, NULL, "bare CR or LF" },
	{ "a", { P "a\r\n.\r\n", 0 }, -1, "a", "bare CR or LF" },
	{ "a\r", { P "a\r\r\n.\r\n", 0 }, -1, NULL, "bare CR or LF" },
};

/* Fed in pieces of so many bytes; the result of the last call. */
static int feed(struct transfer *t, struct span all, size_t piece, struct buf *out, struct fault *f)
{
	int result = 0;

	while (all.len > 0 && result == 0) {
		struct span in = { all.at, piece < all.len ? piece : all.len };
		size_t before = in.len;
		result = transfer_take(t, &in, out, f);
		all.at += before - in.len;
		all.len -= before - in.len;
		if (result == 0 && in.len > 0)
			abort();
	}
	return result;
}

static void check(const struct row *r, size_t piece, struct span fields, struct span message, int fd)
{
	struct transfer t = { 0 };
	struct buf out = { 0 };
	struct fault f = { 0 };

	transfer_begin(&t, fields, message, fd, false);
	is_int(feed(&t, span_of(r->heard.at), piece, &out, &f), r->result, "in pieces of %zu: %s", piece, r->message);
	if (r->out && r->result >= 0)
		is_span(buf_span(&out), span_of(r->out), "for the wire");
	if (r->result < 0)
		ok(strstr(f.text, r->text) != NULL, "fault: %s", f.text);
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

static void tables(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct span m = span_of(rows[i].message);
		int fd = file_of(m);
		for (size_t piece = 1; piece < 5; piece++) {
			check(&rows[i], piece, (struct span){ 0 }, m, -1);
			check(&rows[i], piece, (struct span){ 0 }, (struct span){ 0 }, fd);
		}
		check(&rows[i], 1000, (struct span){ m.at, m.len / 2 }, (struct span){ m.at + m.len / 2, m.len - m.len / 2 }, -1);
		close(fd);
	}
}

static void dot_alone(void)
{
	struct transfer t = { 0 };
	struct buf out = { 0 };
	struct fault f = { 0 };
	struct span in = SPAN(".\r\nQUIT\r\n");

	transfer_begin(&t, SPAN("a: b\r\n"), SPAN("c\r\n"), -1, true);
	is_int(transfer_take(&t, &in, &out, &f), 1, "without recipients the dot alone is right");
	is_span(in, SPAN("QUIT\r\n"), "what follows is left");
	is_int(out.len, 0, "nothing for the wire but the dot");
	transfer_free(&t);
	buf_free(&out);
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
		struct buf in = { 0 }, out = { 0 };
		struct fault f = { 0 };
		buf_add_text(&in, ESMTP_PREFACE);
		buf_add_text(&in, files[changed]);
		buf_add_text(&in, ".\r\n");
		transfer_begin(&t, SPAN(""), SPAN(""), fd, false);
		transfer_expect(&t, checksum_of(&stored));
		is_int(feed(&t, buf_span(&in), 7, &out, &f), changed ? -1 : 1, "%s", changed ? "other bytes" : "what was stored");
		is_int(t.damaged, changed > 0, "and is%s damaged", changed ? "" : " not");
		ok(!changed || strstr(f.text, "not what was stored"), "%s", f.text);
		transfer_free(&t);
		buf_free(&in);
		buf_free(&out);
		close(fd);
	}
}

int main(void)
{
	tap_plan(318);
	tables();
	dot_alone();
	sums();
	return tap_done();
}
