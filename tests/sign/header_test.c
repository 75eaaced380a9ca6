/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "sign/fields.h"
#include "sign/header.h"
#include "sign/sign.h"

/* want: "name/raw length" of each field, then the body. */
static const struct {
	const char *message, *want, *body, *what;
} rows[] = {
	{ "A: 1\r\n\r\nbody", "A/4 ", "body", "one field" },
	{ "A: 1\r\nB:2\r\n\r\n", "A/4 B/3 ", "", "two" },
	{ "A: 1\r\n 2\r\n\t3\r\nB: x\r\n\r\nb", "A/12 B/4 ", "b", "folding" },
	{ "A \t: 1\r\n\r\n", "A/6 ", "", "blanks before the colon" },
	{ "\r\nbody", "", "body", "no header" },
	{ "", "", "", "nothing" },
	{ "A: 1\r\n", "A/4 ", "", "no empty line" },
	{ "A: 1", "A/4 ", "", "no line end" },
	{ "A: 1\r", "A/5 ", "", "half a line end" },
	{ "A: 1\nB: 2\r\n\r\nx", "A/9 ", "x", "a bare LF ends no line" },
	{ "A: 1\n\nB\r\n\r\nx", "A/7 ", "x", "two neither" },
	{ "A: 1\r\nno field\r\nB: 1\r\n\r\nx", "A/4 /8 B/4 ", "x", "a line that is not a field" },
	{ " folded\r\nA: 1\r\n\r\n", "/7 A/4 ", "", "folding nothing" },
	{ "A: 1\r\n \r\nB: 2\r\n\r\nx", "A/7 B/4 ", "x", "a line of white space folds" },
	{ "A:\r\n\r\n\r\nx", "A/2 ", "\r\nx", "the first empty line ends it" },
	{ ": x\r\n\r\n", "/3 ", "", "a field without a name" },
};

static void split_at(const char *message, size_t cut, struct buf *fields, struct buf *body)
{
	struct header *h = header_new();
	struct span parts[2] = { { message, cut }, { message + cut, strlen(message) - cut } };

	for (size_t i = 0; i < 2; i++)
		if (header_feed(h, &parts[i], NULL) == 1)
			buf_add_span(body, parts[i]);
	header_finish(h, NULL);
	for (size_t i = 0; i < header_count(h); i++)
		buf_printf(fields, "%.*s/%zu ", (int)header_at(h, i)->name.len, header_at(h, i)->name.at, header_at(h, i)->raw.len);
	header_free(h);
}

static void splitting(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int wrong = 0;
		for (size_t cut = 0; cut <= strlen(rows[i].message); cut++) {
			struct buf fields = { 0 }, body = { 0 };
			split_at(rows[i].message, cut, &fields, &body);
			if (cut == 0) {
				is_text(buf_text(&fields), rows[i].want, "%s: fields", rows[i].what);
				is_text(buf_text(&body), rows[i].body, "%s: body", rows[i].what);
			}
			wrong += !span_eq(buf_span(&fields), span_of(rows[i].want)) || !span_eq(buf_span(&body), span_of(rows[i].body));
			buf_free(&fields);
			buf_free(&body);
		}
		is_int(wrong, 0, "%s: however it is cut", rows[i].what);
	}
}

static struct header *header_of(struct span text)
{
	struct header *h = header_new();

	header_feed(h, &text, NULL);
	header_finish(h, NULL);
	return h;
}

/* RFC 6376 section 5.4.2 */
static void choosing(void)
{
	struct header *h = header_of(SPAN("To: 1\r\nFrom: 1\r\ntO: 2\r\nTO : 3\r\n\r\n"));

	is_int(header_instances(h, SPAN("to")), 3, "instances");
	is_span(header_next(h, SPAN("To"))->raw, SPAN("TO : 3"), "the lowest first");
	is_span(header_next(h, SPAN("From"))->raw, SPAN("From: 1"), "another name between");
	is_span(header_next(h, SPAN("to"))->raw, SPAN("tO: 2"), "then the next one up");
	is_span(header_next(h, SPAN("to"))->raw, SPAN("To: 1"), "then the highest");
	ok(header_next(h, SPAN("to")) == NULL, "then none");
	ok(header_next(h, SPAN("Cc")) == NULL && header_next(h, SPAN("")) == NULL, "none of other names");
	header_choose(h, 2);
	is_span(header_next(h, SPAN("to"))->raw, SPAN("TO : 3"), "a new choice starts below");
	is_span(header_next(h, SPAN("to"))->raw, SPAN("To: 1"), "and passes over what has no part");
	header_free(h);
}

static void limits(void)
{
	struct buf text = { 0 };
	struct fault f = { 0 };
	struct header *h = header_new();
	struct span piece;
	int result = 0;

	for (int i = 0; i < 1024; i++)
		buf_add_text(&text, "X: 0123456789 0123456789 0123456789 0123456789 0123456789 012\r\n");
	for (int i = 0; i < 200 && result == 0; i++) {
		piece = buf_span(&text);
		result = header_feed(h, &piece, &f);
	}
	is_int(result, -1, "a header section without end");
	is_text(f.status, "5.3.4", "is refused");
	header_free(h);
	buf_clear(&text);
	for (int i = 0; i <= HEADER_FIELDS_MAX; i++)
		buf_add_text(&text, "a:\r\n");
	h = header_new();
	piece = buf_span(&text);
	header_feed(h, &piece, NULL);
	f = (struct fault){ 0 };
	is_int(header_finish(h, &f), -1, "so are too many fields");
	is_text(f.status, "5.3.4", "with the same status");
	header_free(h);
	buf_free(&text);
}

/* ---- which fields are signed ---- */

#define USUAL "from reply-to subject date message-id to cc"

static const struct {
	const char *header, *want;
} signed_rows[] = {
	{ "", "from reply-to subject date message-id to cc" },
	{ "From: a\r\nTo: b\r\n", "from from reply-to subject date message-id to to cc" },
	{ "Cc: a\r\nCC: b\r\n", "from reply-to subject date message-id to cc cc cc" },
	{ "Sender: a\r\nReferences: b\r\nIn-Reply-To: c\r\n", USUAL " sender in-reply-to references" },
	{ "Content-Type: a\r\nMIME-VERSION: b\r\n", USUAL " mime-version content-type" },
	{ "Content-Transfer-Encoding: a\r\nContent-Transfer-Encoding: b\r\n",
	  USUAL " content-transfer-encoding content-transfer-encoding" },
	{ "List-Unsubscribe: a\r\nContent-Disposition: x\r\nList-Unsubscribe-Post: b\r\nResent-From: c\r\nResent-From: d\r\n",
	  USUAL " content-disposition resent-from resent-from list-unsubscribe list-unsubscribe-post" },
	/* Families are lists of names. */
	{ "List-Anything: a\r\nContent-Language: b\r\nContent-MD5: c\r\nResent-Anything: d\r\nX-Spam: e\r\n", USUAL },
};

/* What Postfix, Sendmail, Exim, Exchange, filters and mailboxes add, change or drop. */
static const char *const unsigned_names[] = {
	"Return-Path", "Received", "Received-SPF", "X-Received", "X400-Received", "Via", "Mail-From", "Delivered-To",
	"X-Original-To", "Envelope-To", "X-Envelope-To", "X-Envelope-From", "Delivery-Date", "Apparently-To", "Bcc",
	"Resent-Bcc", "Content-Length", "Full-Name", "X-Authentication-Warning", "Lines", "Status", "X-Status", "X-Keywords",
	"X-UID", "X-UIDL", "X-IMAP", "X-IMAPbase", "X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys", "Comments",
	"Keywords", "DKIM-Signature", "DomainKey-Signature", "Authentication-Results", "ARC-Seal", "ARC-Message-Signature",
	"ARC-Authentication-Results", "X-MS-Exchange-Organization-SCL", "X-MS-Exchange-CrossTenant-Id", "X-Spam-Status",
	"X-Virus-Scanned", "X-Amavis-Alert", "X-Rspamd-Server",
};

enum { UNSIGNED_NAMES = sizeof unsigned_names / sizeof unsigned_names[0] };

static void join_names(struct field_names *names, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < names->count; i++) {
		buf_add_text(out, i ? " " : "");
		buf_add_span(out, names->items[i]);
	}
	field_names_free(names);
}

/* Neither by the usual rules, nor by a prefix, nor by its name, nor oversigned; in DKIM as in DomainKeys. */
static void never_signed(void)
{
	static const char *const alphabet[] = { "a*", "b*", "c*", "d*", "e*", "f*", "k*", "l*", "m*", "r*", "s*", "v*", "x*" };
	struct sign_fields *all = sign_fields_new(alphabet, sizeof alphabet / sizeof alphabet[0], NULL, 0, NULL);

	for (size_t i = 0; i < UNSIGNED_NAMES; i++) {
		const char *name = unsigned_names[i];
		struct buf text = { 0 }, got = { 0 };
		struct field_names names;
		struct fault f = { 0 };
		buf_printf(&text, "%s: 1\r\nX-Mine: 2\r\n", name);
		struct header *h = header_of(buf_span(&text));
		fields_to_sign(NULL, h, &names, NULL);
		join_names(&names, &got);
		is_text(buf_text(&got), USUAL, "%s: not usually signed", name);
		fields_to_sign(all, h, &names, NULL);
		join_names(&names, &got);
		is_text(buf_text(&got), USUAL " X-Mine", "%s: passed over by a prefix", name);
		fields_present(all, h, &names, NULL);
		join_names(&names, &got);
		is_text(buf_text(&got), "X-Mine", "%s: by DomainKeys too", name);
		ok(sign_fields_new(&name, 1, NULL, 0, &f) == NULL && strstr(f.text, name), "refused by its name: %s", f.text);
		ok(sign_fields_new(NULL, 0, &name, 1, &f) == NULL, "and so to oversign %s", name);
		header_free(h);
		buf_free(&text);
		buf_free(&got);
	}
	sign_fields_free(all);
}

static void to_sign(void)
{
	for (size_t i = 0; i < sizeof signed_rows / sizeof signed_rows[0]; i++) {
		struct header *h = header_of(span_of(signed_rows[i].header));
		struct field_names names;
		struct buf got = { 0 };
		fields_to_sign(NULL, h, &names, NULL);
		join_names(&names, &got);
		is_text(buf_text(&got), signed_rows[i].want, "what is signed");
		buf_free(&got);
		header_free(h);
	}
}

static void too_many_to_sign(void)
{
	struct buf text = { 0 };
	struct field_names names;
	struct fault f = { 0 };

	for (int i = 0; i < FIELDS_MAX + 1; i++)
		buf_add_text(&text, "List-Id: x\r\n");
	struct header *h = header_of(buf_span(&text));
	is_int(fields_to_sign(NULL, h, &names, &f), -1, "a crowd of fields to sign");
	is_text(f.status, "5.6.0", "is refused");
	header_free(h);
	buf_free(&text);
}

/* Rules of the settings in the place of the usual ones: "cover | oversigned", and what they make of a header. */
static const struct {
	const char *cover, *over, *want, *present;
} rule_rows[] = {
	{ "", "", "from from reply-to subject subject date message-id to to cc sender resent-from list-id",
	  "Sender From To Subject List-Id Resent-From" },
	{ "sender", "from subject subject", "from from subject subject sender", "Sender From Subject" },
	{ "x-*", "from", "from from X-Mine X-Yours X-Spammer X-Mine", "From X-Mine X-Yours X-Spammer X-Mine" },
	{ "resent-* x-mine", "from", "from from x-mine x-mine Resent-From", "From X-Mine Resent-From X-Mine" },
	{ "r* x-spam* content-*", "from", "from from Resent-From X-Spammer", "From Resent-From X-Spammer" },
	{ "from", "subject", "subject subject from from", "From Subject" },
	{ "list-id", "", "from from reply-to subject subject date message-id to to cc list-id",
	  "From To Subject List-Id" },
	/* What is not oversigned any more is covered as it is there. */
	{ "", "from subject", "from from subject subject to sender resent-from list-id",
	  "Sender From To Subject List-Id Resent-From" },
	{ "", "list-unsubscribe", "list-unsubscribe from from subject to sender resent-from list-id",
	  "Sender From To Subject List-Id Resent-From" },
	{ "arc-*", "", "\"arc-*\" is added", NULL },
	{ "X-Spam-*", "", "\"X-Spam-*\" is added", NULL },
	{ "", "x-*", "\"x-*\": only whole names", NULL },
	{ "a:b", "", "\"a:b\" is not the name", NULL },
	{ "*", "", "\"*\" is not the name", NULL },
};

static size_t words_of(const char *text, char *copy, const char **out)
{
	size_t count = 0;

	for (char *at = strtok(strcpy(copy, text), " "); at; at = strtok(NULL, " "))
		out[count++] = at;
	return count;
}

static void rules(void)
{
	struct header *h = header_of(SPAN("Sender: s\r\nFrom: f\r\nTo: t\r\nSubject: s\r\nX-Mine: 1\r\nX-Yours: 2\r\nList-Id: l\r\n"
	                                  "Resent-From: r\r\nResent-Bcc: b\r\nReceived: x\r\nX-Spam-Status: y\r\nX-Spammer: z\r\n"
	                                  "Content-Length: 5\r\nX-Mine: 3\r\n"));

	for (size_t i = 0; i < sizeof rule_rows / sizeof rule_rows[0]; i++) {
		char copies[2][100];
		const char *cover[8], *over[8];
		size_t covers = words_of(rule_rows[i].cover, copies[0], cover), overs = words_of(rule_rows[i].over, copies[1], over);
		struct fault f = { 0 };
		struct field_names names;
		struct buf got = { 0 };
		struct sign_fields *s = sign_fields_new(cover, covers, over, overs, &f);
		if (rule_rows[i].present == NULL) {
			ok(s == NULL && span_starts_nocase(span_of(f.text), span_of(rule_rows[i].want)), "refused: %s", f.text);
			continue;
		}
		fields_to_sign(s, h, &names, NULL);
		join_names(&names, &got);
		is_text(buf_text(&got), rule_rows[i].want, "\"%s\" and \"%s\"", rule_rows[i].cover, rule_rows[i].over);
		fields_present(s, h, &names, NULL);
		join_names(&names, &got);
		is_text(buf_text(&got), rule_rows[i].present, "those that are there");
		sign_fields_free(s);
		buf_free(&got);
	}
	header_free(h);
}

static void marking(void)
{
	struct header *h = header_of(SPAN("A: 1\r\nB: 2\r\na: 3\r\nC: 4\r\n"));

	header_choose(h, 0);
	header_mark(h, SPAN("a"));
	header_mark(h, SPAN("x"));
	header_mark(h, SPAN(""));
	ok(!header_is_marked(h, 0) && !header_is_marked(h, 1) && header_is_marked(h, 2) && !header_is_marked(h, 3),
	   "a mark is for all of that name, but for the one left out");
	header_choose(h, SIZE_MAX);
	ok(!header_is_marked(h, 0) && !header_is_marked(h, 2), "and goes with the next choice");
	header_free(h);
}

int main(void)
{
	tap_plan(316);
	splitting();
	choosing();
	limits();
	to_sign();
	never_signed();
	too_many_to_sign();
	rules();
	marking();
	return tap_done();
}
