/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "sign/body_hash.h"
#include "sign/canon.h"

#include <stdlib.h>

/* ---- bodies: RFC 6376 sections 3.4.3 and 3.4.4 ---- */

struct row {
	const char *body, *simple, *relaxed, *what;
};

static const struct row rows[] = {
	{ "", "\r\n", "", "empty" },
	{ "\r\n", "\r\n", "", "one empty line" },
	{ "\r\n\r\n\r\n", "\r\n", "", "empty lines" },
	{ "a\r\n", "a\r\n", "a\r\n", "a line" },
	{ "a", "a\r\n", "a\r\n", "no final CRLF" },
	{ "a\r\n\r\n\r\n", "a\r\n", "a\r\n", "empty lines at the end" },
	{ "\r\na\r\n\r\nb\r\n", "\r\na\r\n\r\nb\r\n", "\r\na\r\n\r\nb\r\n", "empty lines elsewhere" },
	{ " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n", "the example of 3.4.5" },
	{ "a \t\r\n", "a \t\r\n", "a\r\n", "white space at the end of a line" },
	{ "a \t b\r\n", "a \t b\r\n", "a b\r\n", "within a line" },
	{ " \r\n\t\r\n", " \r\n\t\r\n", "", "nothing but white space" },
	{ "a\r\n \r\n", "a\r\n \r\n", "a\r\n", "a blank line at the end" },
	{ "a\r\n \r\nb\r\n", "a\r\n \r\nb\r\n", "a\r\n\r\nb\r\n", "a blank line elsewhere" },
	{ "a ", "a \r\n", "a\r\n", "white space without CRLF" },
	{ "  ", "  \r\n", "", "nothing else without CRLF" },
	{ "a\nb\n", "a\nb\n\r\n", "a\nb\n\r\n", "bare LF is content" },
	{ "a \nb\r\n", "a \nb\r\n", "a \nb\r\n", "and no line end" },
	{ "a\rb\r\n", "a\rb\r\n", "a\rb\r\n", "so is bare CR" },
	{ "a\r", "a\r\r\n", "a\r\r\n", "at the end" },
	{ "a\r\r\n", "a\r\r\n", "a\r\r\n", "before CRLF" },
	{ "a \r \r\n\r\n", "a \r \r\n", "a \r\r\n", "among white space" },
	{ "\r\r\n", "\r\r\n", "\r\r\n", "alone on a line" },
	{ "\r", "\r\r\n", "\r\r\n", "all there is" },
	{ "a\v\f \r\n", "a\v\f \r\n", "a\v\f\r\n", "VT and FF are no white space" },
	{ "\x80\xff \xfe\r\n", "\x80\xff \xfe\r\n", "\x80\xff \xfe\r\n", "eight bits" },
	{ "longer words than eight bytes, cut into eights\r\n", "longer words than eight bytes, cut into eights\r\n",
	  "longer words than eight bytes, cut into eights\r\n", "text" },
	{ "01234567 01234567  89abcdef\t\r\n", "01234567 01234567  89abcdef\t\r\n", "01234567 01234567 89abcdef\r\n",
	  "words of eight" },
};

static void collect(void *context, struct span piece)
{
	buf_add_span(context, piece);
}

static void check_cut(const struct row *r, enum canon kind, size_t first, size_t second, int *wrong)
{
	static struct canon_body b;
	struct buf got = { 0 };
	struct span whole = span_of(r->body);

	canon_body_begin(&b, kind, collect, &got);
	canon_body_feed(&b, span_between(whole.at, whole.at + first));
	canon_body_feed(&b, span_between(whole.at + first, whole.at + second));
	canon_body_feed(&b, span_between(whole.at + second, whole.at + whole.len));
	canon_body_end(&b);
	*wrong += !span_eq(buf_span(&got), span_of(kind == CANON_SIMPLE ? r->simple : r->relaxed));
	if (first == 0 && second == 0)
		is_text(buf_text(&got), kind == CANON_SIMPLE ? r->simple : r->relaxed, "%s: %s", canon_name(kind), r->what);
	buf_free(&got);
}

static void bodies(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int kind = CANON_SIMPLE; kind <= CANON_RELAXED; kind++) {
			size_t len = strlen(rows[i].body);
			int wrong = 0;
			for (size_t first = 0; first <= len; first++)
				for (size_t second = first; second <= len; second++)
					check_cut(&rows[i], (enum canon)kind, first, second, &wrong);
			is_int(wrong, 0, "and however it is cut");
		}
}

/* RFC 4870 section 3.4.2.2; the line between header and body is not the body's. */
static void bodies_nofws(void)
{
	static const struct { const char *body, *want; bool empty; } nofws[] = {
		{ "", "", true }, { "\r\n\r\n", "", true }, { " \t\r\n", "", true }, { "\r", "", true }, { "\n", "", true },
		{ "a", "a\r\n", false }, { " a\tb \r\n", "ab\r\n", false }, { "a\r\n\r\n\r\n", "a\r\n", false },
		{ "\r\na\r\n \r\nb", "\r\na\r\n\r\nb\r\n", false }, { "a\rb\nc\r\r\n", "abc\r\n", false },
		{ "a\v\r\n", "a\v\r\n", false }, { "longer than eight bytes\r\n", "longerthaneightbytes\r\n", false },
	};

	for (size_t i = 0; i < sizeof nofws / sizeof nofws[0]; i++) {
		static struct canon_body b;
		size_t len = strlen(nofws[i].body);
		int wrong = 0;
		for (size_t cut = 0; cut <= len; cut++) {
			struct buf got = { 0 };
			canon_body_begin(&b, CANON_NOFWS, collect, &got);
			canon_body_feed(&b, (struct span){ nofws[i].body, cut });
			canon_body_feed(&b, (struct span){ nofws[i].body + cut, len - cut });
			wrong += canon_body_is_empty(&b) != nofws[i].empty;
			canon_body_end(&b);
			wrong += !span_eq(buf_span(&got), span_of(nofws[i].want));
			buf_free(&got);
		}
		is_int(wrong, 0, "nofws: \"%s\"", nofws[i].body);
	}
}

/* A plain model of 3.4.4 on the whole body, for bodies too large for the table. */
static void model_relaxed(struct span body, struct buf *out)
{
	size_t keep = 0;

	for (size_t i = 0; i < body.len; i++) {
		char c = body.at[i];
		if (c == '\r' && i + 1 < body.len && body.at[i + 1] == '\n') {
			while (out->len > 0 && out->at[out->len - 1] == ' ')
				out->len--;
			buf_add_text(out, "\r\n");
			i++;
		} else if (c == ' ' || c == '\t') {
			if (out->len == 0 || out->at[out->len - 1] != ' ')
				buf_add_byte(out, ' ');
		} else {
			buf_add_byte(out, c);
			keep = out->len;
		}
	}
	out->len = keep;
	if (keep > 0)
		buf_add_text(out, "\r\n");
}

static void large(void)
{
	static const char *const parts[] = { "word", " ", "  \t", "\r\n", "\r\n\r\n", "0123456789abcdef0123456789", "\xe4", "x ",
	                                   "\r", "\n", "\v", "a b c d e f g h i j k l m n o p", " \r", "\t" };
	static struct canon_body b;
	struct buf body = { 0 }, want = { 0 }, got = { 0 };

	srandom(20);
	while (body.len < 300000)
		buf_add_text(&body, parts[(size_t)random() % (sizeof parts / sizeof parts[0])]);
	model_relaxed(buf_span(&body), &want);
	canon_body_begin(&b, CANON_RELAXED, collect, &got);
	for (size_t at = 0; at < body.len;) {
		size_t len = (size_t)random() % 9000;
		len = len < body.len - at ? len : body.len - at;
		canon_body_feed(&b, (struct span){ body.at + at, len });
		at += len;
	}
	canon_body_end(&b);
	ok(span_eq(buf_span(&got), buf_span(&want)), "300,000 random bytes, cut at random, are as the model says");
	buf_free(&body);
	buf_free(&want);
	buf_free(&got);
}

/* ---- fields: sections 3.4.1 and 3.4.2 ---- */

static const struct {
	const char *field, *relaxed;
} fields[] = {
	{ "A: X", "a:X" },
	{ "B : Y\t\r\n\tZ  ", "b:Y Z" },
	{ "SUBJect:  AbC  ", "subject:AbC" },
	{ "X:", "x:" },
	{ "X: ", "x:" },
	{ "X \t:\r\n ", "x:" },
	{ "X:a\r\n b\r\n\tc", "x:a b c" },
	{ "X: a:b : c", "x:a:b : c" },
	{ "X: \va\f", "x:\va\f" },
	{ "X: a\rb\nc", "x:a\rb\nc" },
	{ "X: \xff", "x:\xff" },
};

static void header_fields(void)
{
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct buf out = { 0 };
		canon_field(CANON_RELAXED, span_of(fields[i].field), &out);
		is_text(buf_text(&out), fields[i].relaxed, "relaxed field");
		buf_clear(&out);
		canon_field(CANON_SIMPLE, span_of(fields[i].field), &out);
		is_text(buf_text(&out), fields[i].field, "simple leaves it");
		buf_free(&out);
	}
}

/* ---- body hashes that share the work ---- */

static struct digest digest_of(struct span s)
{
	EVP_MD_CTX *c = digest_begin(DIGEST_SHA256);
	struct digest d;

	digest_feed(c, s);
	digest_now(c, &d);
	EVP_MD_CTX_free(c);
	return d;
}

static void shared_hashes(void)
{
	static const uint64_t lengths[] = { 5, BODY_WHOLE, 0, 12, 5, 13, 7 };
	enum { COUNT = sizeof lengths / sizeof lengths[0] };
	struct span body = SPAN("Hello \r\nyou\r\n\r\n");   /* relaxed: 12 bytes */
	struct body_hash *b = body_hash_new();

	for (size_t i = 0; i < COUNT; i++)
		body_hash_want(b, CANON_RELAXED, DIGEST_SHA256, lengths[i]);
	size_t simple = body_hash_want(b, CANON_SIMPLE, DIGEST_SHA256, BODY_WHOLE);
	size_t sha1 = body_hash_want(b, CANON_SIMPLE, DIGEST_SHA1, 3);
	for (size_t i = 0; i < body.len; i++)
		body_hash_feed(b, (struct span){ body.at + i, 1 });
	body_hash_end(b);
	for (size_t i = 0; i < COUNT; i++) {
		size_t len = lengths[i] == BODY_WHOLE ? 12 : (size_t)lengths[i];
		const struct digest *got = body_hash_digest(b, i);
		if (len > 12) {
			ok(got == NULL, "more than there is");
			continue;
		}
		struct digest want = digest_of((struct span){ "Hello\r\nyou\r\n", len });
		ok(got && span_eq(digest_span(got), digest_span(&want)), "the first %zu bytes", len);
	}
	struct digest want = digest_of(SPAN("Hello \r\nyou\r\n"));
	ok(span_eq(digest_span(body_hash_digest(b, simple)), digest_span(&want)), "simple beside relaxed");
	is_int(body_hash_digest(b, sha1)->len, 20, "SHA-1 beside SHA-256");
	body_hash_free(b);
}

int main(void)
{
	tap_plan(152);
	bodies();
	bodies_nofws();
	large();
	header_fields();
	shared_hashes();
	return tap_done();
}
