/* SPDX-License-Identifier: ISC */
/*
 * Sessions as tables: what is said, what is replied, what the owner was told.
 * Each session is held in one piece, byte by byte and cut at random places, and
 * must come to the same; all replies must have the form of RFC 5321 and 2034.
 */
#include "tests/tap.h"

#include "base/mail/smtp_server.h"

#include <stdlib.h>

enum { CUTS = 50, SIZE_LIMIT = 1000, RECIPIENT_LIMIT = 3 };

/* ---- an owner that writes down what it is told ---- */

struct owner {
	struct smtp_server *server;
	struct buf told;
	bool pending;       /* message_ends() waits for an answer */
	bool answers_late;
	char sender[100];
};

static const char *or_dash(const char *text)
{
	return text && text[0] ? text : "-";
}

static int offered(void *context, const struct record *r, const struct record_recipient *recipient, struct fault *f)
{
	(void)context, (void)r;
	if (span_starts_nocase(span_of(recipient->address), SPAN("unknown")))
		return fault_set(f, FAULT_PERMANENT, "5.1.1", "nobody has that name");
	if (span_starts_nocase(span_of(recipient->address), SPAN("later")))
		return fault_set(f, FAULT_TEMPORARY, "4.2.1", "not now");
	return 0;
}

static int begins(void *context, struct record *r, struct fault *f)
{
	struct owner *o = context;

	if (strcmp(r->sender, "notnow@example.org") == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.2", "not now");
	snprintf(o->sender, sizeof o->sender, "%s", r->sender);
	buf_printf(&o->told, "[%s%s", r->sender_given ? "" : "not given: ", r->sender);
	if (r->envid[0] || r->ret || r->body_type || r->require_tls)
		buf_printf(&o->told, " envid=%s ret=%d body=%d tls=%d", or_dash(r->envid), r->ret, r->body_type, r->require_tls);
	for (size_t i = 0; i < r->recipient_count; i++) {
		buf_printf(&o->told, "|%s", r->recipients[i].address);
		if (r->recipients[i].notify || r->recipients[i].orcpt[0])
			buf_printf(&o->told, " notify=%d orcpt=%s", r->recipients[i].notify, or_dash(r->recipients[i].orcpt));
	}
	buf_add_text(&o->told, "]");
	return 0;
}

static int bytes(void *context, struct span piece, struct fault *f)
{
	struct owner *o = context;

	if (piece.len == 0)
		abort();
	if (strcmp(o->sender, "diskfull@example.org") == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.1", "the disk is full");
	buf_add_span(&o->told, piece);
	return 0;
}

static void answer(struct owner *o)
{
	static const struct fault busy = { FAULT_TEMPORARY, "4.3.2", "too much to do", 0 };
	static const struct fault bad = { FAULT_POLICY, "5.7.1", "such\tmail is \303\274ble\r\n250 2.0.0 forged", 0 };

	o->pending = false;
	if (strcmp(o->sender, "busy@example.org") == 0)
		smtp_server_refused(o->server, &busy);
	else if (strcmp(o->sender, "bad@example.org") == 0)
		smtp_server_refused(o->server, &bad);
	else
		smtp_server_stored(o->server, "queued as 4ABC");
}

static void ends(void *context, struct record *r)
{
	struct owner *o = context;

	if (strcmp(r->sender, o->sender) != 0)
		abort();
	buf_add_text(&o->told, "$");
	o->pending = true;
	if (!o->answers_late)
		answer(o);
}

static void dropped(void *context)
{
	struct owner *o = context;

	buf_add_text(&o->told, "!");
}

/* ---- a session ---- */

enum owner_kind { AT_ONCE, LATE };

struct held {
	struct buf out, told;
	enum smtp_server_state state;
	size_t taken;
};

static unsigned long long random_state;

static size_t random_below(size_t n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (size_t)(random_state >> 33) % n;
}

static const struct smtp_server_rules strict = { "mx.example.org", SIZE_LIMIT, RECIPIENT_LIMIT, SMTP_LINES_STRICT };
static const struct smtp_server_rules lenient = { "mx.example.org", SIZE_LIMIT, RECIPIENT_LIMIT, SMTP_LINES_LENIENT };

/* Pieces of at most `most` bytes; 0: each of a random length. */
static struct held hold(const struct smtp_server_rules *rules, struct span in, size_t most, enum owner_kind kind)
{
	struct owner o = { .answers_late = kind == LATE };
	struct smtp_server_owner table = { &o, offered, begins, bytes, ends, dropped };
	struct held h = { 0 };

	o.server = smtp_server_begin(rules, &table, &h.out);
	while (in.len > 0) {
		size_t piece = most ? most : 1 + random_below(random_below(2) ? 4 : 100);
		size_t n = smtp_server_feed(o.server, (struct span){ in.at, piece < in.len ? piece : in.len });
		in = span_between(in.at + n, in.at + in.len);
		h.taken += n;
		if (o.pending) {
			if (smtp_server_feed(o.server, in) != 0)
				abort();
			answer(&o);
		} else if (n == 0) {
			break;
		}
	}
	h.state = smtp_server_state(o.server);
	smtp_server_free(o.server);
	h.told = o.told;
	return h;
}

static void held_free(struct held *h)
{
	buf_free(&h->out);
	buf_free(&h->told);
}

/* What of a reply's form is wrong, or NULL. lines: all replies there were. codes: "220|250 2.1.0|...". */
static const char *read_replies(struct span lines, struct buf *codes)
{
	bool begins_reply = true, is_ehlo = false;
	char code[4] = "";

	while (lines.len > 0) {
		const char *lf = memchr(lines.at, '\n', lines.len);
		if (lf == NULL || lf - lines.at < 5 || lf[-1] != '\r')
			return "a line does not end in CRLF, or is too short";
		struct span line = span_between(lines.at, lf - 1);
		lines = span_between(lf + 1, lines.at + lines.len);
		if (line.len + 2 > 512)
			return "a line is too long";
		for (size_t i = 0; i < line.len; i++)
			if (line.at[i] < ' ' || line.at[i] > '~')
				return "a byte that is not printable";
		if (!begins_reply && memcmp(code, line.at, 3) != 0)
			return "another code within a reply";
		if (begins_reply && codes->len > 0)
			buf_add_byte(codes, '|');
		if (begins_reply)
			buf_add(codes, line.at, 3);
		memcpy(code, line.at, 3);
		struct span text = span_between(line.at + 4, line.at + line.len);
		is_ehlo = begins_reply ? codes->len > 3 && span_eq(text, SPAN("mx.example.org")) : is_ehlo;
		bool bare = code[0] == '3' || is_ehlo || codes->len == 3;
		if (!bare && (text.len < 6 || text.at[0] != code[0] || text.at[1] != '.' || text.at[3] != '.' || text.at[5] != ' '))
			return "no status that fits the code";
		if (begins_reply && !bare)
			buf_printf(codes, " %.5s", text.at);
		begins_reply = line.at[3] == ' ';
		if (!begins_reply && line.at[3] != '-')
			return "neither blank nor dash after the code";
	}
	return begins_reply ? NULL : "a reply that does not end";
}

static bool same(const struct held *a, const struct held *b)
{
	return span_eq(buf_span(&a->out), buf_span(&b->out)) && span_eq(buf_span(&a->told), buf_span(&b->told)) &&
	       a->state == b->state && a->taken == b->taken;
}

/* Four tests. */
static void check(const char *name, const struct smtp_server_rules *rules, struct span in, const char *replies, struct span told)
{
	struct held whole = hold(rules, in, in.len, AT_ONCE);
	struct buf codes = { 0 };
	int differ = 0;

	const char *fault = read_replies(buf_span(&whole.out), &codes);
	if (fault)
		fprintf(stderr, "# %s: %s\n", name, fault);
	ok(fault == NULL, "%s: the form of the replies", name);
	is_text(buf_text(&codes), replies, "%s: replies", name);
	is_span(buf_span(&whole.told), told, "%s: what is told", name);
	for (size_t i = 0; i < CUTS; i++) {
		struct held cut = hold(rules, in, i == 0, i % 2 ? LATE : AT_ONCE);
		differ += !same(&whole, &cut);
		held_free(&cut);
	}
	is_int(differ, 0, "%s: the same when it is cut", name);
	buf_free(&codes);
	held_free(&whole);
}

/* ---- what is said ---- */

#define BEGIN "EHLO me\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
#define BEGUN "220|250|250 2.1.0|250 2.1.5|354|"
#define TOLD  "[a@example.org|b@example.org]"
#define LF_BEGIN "EHLO me\nMAIL FROM:<a@example.org>\nRCPT TO:<b@example.org>\nDATA\n"
#define XTEXT_100 "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890"

struct row {
	const char *name;
	const struct smtp_server_rules *rules;
	const char *in, *replies, *told;
};

static const struct row rows[] = {
	/* Commands */
	{ "one message", &strict, BEGIN "Subject: x\r\n\r\nhello\r\n.\r\nQUIT\r\n",
	  BEGUN "250 2.0.0|221 2.0.0", TOLD "Subject: x\r\n\r\nhello\r\n$" },
	{ "nothing", &strict, "", "220", "" },
	{ "nothing after QUIT", &strict, "QUIT\r\nNOOP\r\nMAIL FROM:<>\r\n", "220|221 2.0.0", "" },
	{ "case does not matter", &strict, "ehlo me\r\nMail From:<a@example.org>\r\nrcpt tO:<b@example.org>\r\nData\r\n.\r\nquit\r\n",
	  BEGUN "250 2.0.0|221 2.0.0", TOLD "$" },
	{ "the small ones", &strict, "NOOP\r\nNOOP x y\r\nHELP\r\nHELP MAIL\r\nVRFY root\r\nVRFY\r\nRSET\r\nRSET x\r\nQUIT now \r\n",
	  "220|250 2.0.0|250 2.0.0|214 2.0.0|214 2.0.0|252 2.0.0|501 5.5.4|250 2.0.0|501 5.5.4|221 2.0.0", "" },
	{ "not known, not done", &strict, "FOO\r\nEXPN x\r\nETRN x\r\nTURN\r\nAUTH PLAIN x\r\nSTARTTLS\r\nBDAT 3 LAST\r\n\r\n NOOP\r\nMAILX\r\n",
	  "220|500 5.5.2|502 5.5.1|502 5.5.1|502 5.5.1|502 5.5.1|502 5.5.1|502 5.5.1|500 5.5.2|250 2.0.0|500 5.5.2", "" },
	{ "a message that was not asked for", &strict, "MAIL FROM:<a@example.org>\r\nRCPT TO:<unknown>\r\nDATA\r\nSubject: x\r\nMAIL FROM:<evil@example.org>\r\n",
	  "220|250 2.1.0|550 5.1.1|554 5.5.1|421 4.7.0", "" },
	{ "HELO and EHLO need a name", &strict, "HELO\r\nEHLO \r\nHELO me\r\nEHLO [127.0.0.1]\r\n", "220|501 5.5.4|501 5.5.4|250|250", "" },
	{ "no greeting is needed", &strict, "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nx\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|354|250 2.0.0", TOLD "x\r\n$" },
	{ "two messages", &strict, BEGIN "1\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n2\r\n.\r\n",
	  BEGUN "250 2.0.0|250 2.1.0|250 2.1.5|354|250 2.0.0", TOLD "1\r\n$[|c@example.org]2\r\n$" },
	{ "HTTP", &strict, "POST / HTTP/1.1\r\nHost: localhost:25\r\n\r\nMAIL FROM:<a@example.org>\r\n", "220|421 4.7.0", "" },

	/* Order */
	{ "RCPT first", &strict, "RCPT TO:<b@example.org>\r\nDATA\r\n", "220|503 5.5.1|503 5.5.1", "" },
	{ "MAIL twice", &strict, "MAIL FROM:<a@example.org>\r\nMAIL FROM:<c@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|503 5.5.1|250 2.1.5|354|250 2.0.0", TOLD "$" },
	{ "DATA without RCPT", &strict, "MAIL FROM:<a@example.org>\r\nDATA\r\nRCPT TO:<b@example.org>\r\nDATA x\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|503 5.5.1|250 2.1.5|501 5.5.4|354|250 2.0.0", TOLD "$" },
	{ "DATA when none was taken", &strict, "MAIL FROM:<a@example.org>\r\nRCPT TO:<unknown>\r\nRCPT TO:<later>\r\nDATA\r\nRSET\r\n",
	  "220|250 2.1.0|550 5.1.1|450 4.2.1|554 5.5.1|250 2.0.0", "" },
	{ "one of two was taken", &strict, "MAIL FROM:<a@example.org>\r\nRCPT TO:<unknown>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|550 5.1.1|250 2.1.5|354|250 2.0.0", TOLD "$" },
	{ "pipelined behind a MAIL that is refused", &strict,
	  "EHLO me\r\nMAIL FROM:<a@example.org> SIZE=1001\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\nDATA\r\nQUIT\r\n",
	  "220|250|552 5.3.4|503 5.5.1|503 5.5.1|503 5.5.1|221 2.0.0", "" },
	{ "RSET and EHLO begin again", &strict, "MAIL FROM:<a@example.org>\r\nRSET\r\nRCPT TO:<b@example.org>\r\nMAIL FROM:<a@example.org>\r\n"
	  "RCPT TO:<c@example.org>\r\nEHLO me\r\nDATA\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.0.0|503 5.5.1|250 2.1.0|250 2.1.5|250|503 5.5.1|250 2.1.0|250 2.1.5|354|250 2.0.0", TOLD "$" },
	{ "too many recipients", &strict, "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c>\r\nRCPT TO:<d>\r\nRCPT TO:<e>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|250 2.1.5|250 2.1.5|452 4.5.3|354|250 2.0.0", "[a@example.org|b@example.org|c|d]$" },

	/* Paths */
	{ "forms of a path", &strict, "MAIL FROM: <a@example.org> \r\nRCPT TO : < b@example.org >\r\nRCPT TO:root\r\nRCPT TO:<@x.example,@y.example:c@example.org>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|250 2.1.5|250 2.1.5|354|250 2.0.0", "[a@example.org|b@example.org|root|c@example.org]$" },
	{ "without brackets, with a parameter", &strict, "MAIL FROM:a@example.org SIZE=10\r\nRCPT TO:\"b c\"@example.org NOTIFY=NEVER\r\nRCPT\tTO:<root>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|250 2.1.5|354|250 2.0.0", "[a@example.org|\"b c\"@example.org notify=1 orcpt=-|root]$" },
	{ "quotes and brackets", &strict, "MAIL FROM:<\"a>b\"@example.org>\r\nRCPT TO:<\"c\\\">\"@example.org>\r\nRCPT TO:<d\\@e@example.org>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|250 2.1.5|354|250 2.0.0", "[\"a>b\"@example.org|\"c\\\">\"@example.org|\"d@e\"@example.org]$" },
	{ "UTF-8", &strict, "MAIL FROM:<\303\274@example.org> SMTPUTF8 BODY=8BITMIME\r\nRCPT TO:<b@b\303\274cher.example>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|354|250 2.0.0", "[\303\274@example.org envid=- ret=0 body=2 tls=0|b@b\303\274cher.example]$" },
	{ "not a sender", &strict, "MAIL\r\nMAIL FROM\r\nMAIL FROM:\r\nMAIL a@example.org\r\nMAIL FROM:<a@example.org\r\nMAIL FROM:<a b@example.org>\r\n"
	  "MAIL FROM:<a@example.org>x\r\nMAIL FROM:<a@ex_ample..org>\r\nMAIL FROM:<a@example.org,b@example.org>\r\nMAIL FROM:<a\1@example.org>\r\nMAIL TO:<a@example.org>\r\n",
	  "220|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.1.7|501 5.5.4|501 5.1.7|501 5.1.7|501 5.1.7|501 5.5.4", "" },
	{ "not a recipient", &strict, "MAIL FROM:<>\r\nRCPT TO:<>\r\nRCPT TO:<a@>\r\nRCPT TO:<@example.org>\r\nRCPT TO:a@example.org,b@example.org\r\nRCPT TO:<a@b:c>\r\nRCPT\r\nRCPT FROM:<a>\r\nRCPT TO:<a@[1.2.3]>\r\n",
	  "220|250 2.1.0|501 5.1.3|501 5.1.3|501 5.1.3|501 5.1.3|501 5.1.3|501 5.5.4|501 5.5.4|501 5.1.3", "" },

	/* Parameters */
	{ "all parameters", &strict, "MAIL FROM:<a@example.org> SIZE=1000 BODY=7bit RET=hdrs ENVID=QQ+2B1 AUTH=<> SMTPUTF8 REQUIRETLS\r\n"
	  "RCPT TO:<b@example.org> NOTIFY=success,FAILURE,Delay ORCPT=rfc822;Bob+2Bx@example.net\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|354|250 2.0.0",
	  "[a@example.org envid=QQ+2B1 ret=2 body=1 tls=1|b@example.org notify=14 orcpt=rfc822;Bob+2Bx@example.net]$" },
	{ "an ORCPT in UTF-8", &strict, "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org> ORCPT=utf-8;\303\274@example.net NOTIFY=NEVER\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|354|250 2.0.0", "[a@example.org|b@example.org notify=1 orcpt=utf-8;\\x{FC}@example.net]$" },
	{ "wrong values of MAIL", &strict, "MAIL FROM:<a> SIZE=x\r\nMAIL FROM:<a> SIZE\r\nMAIL FROM:<a> SIZE=99999999999999999999\r\nMAIL FROM:<a> BODY=BINARYMIME\r\n"
	  "MAIL FROM:<a> RET=\r\nMAIL FROM:<a> ENVID=\r\nMAIL FROM:<a> ENVID=+2b\r\nMAIL FROM:<a> ENVID=" XTEXT_100 "1\r\nMAIL FROM:<a> SMTPUTF8=1\r\n"
	  "MAIL FROM:<a> AUTH=\r\nMAIL FROM:<a> ENVID=" XTEXT_100 "\r\n",
	  "220|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|250 2.1.0", "" },
	{ "wrong values of RCPT", &strict, "MAIL FROM:<a>\r\nRCPT TO:<b> NOTIFY=NEVER,DELAY\r\nRCPT TO:<b> NOTIFY=\r\nRCPT TO:<b> NOTIFY\r\nRCPT TO:<b> NOTIFY=DELAY,\r\n"
	  "RCPT TO:<b> ORCPT=utf-8;a\1b\r\nRCPT TO:<b> ORCPT=utf-8;\377\r\nRCPT TO:<b> ORCPT=b\r\nRCPT TO:<b> ORCPT=rfc822;a=b\r\nRCPT TO:<b> ORCPT=;b\r\nRCPT TO:<b> ORCPT=rfc822;" XTEXT_100 XTEXT_100 XTEXT_100 XTEXT_100 XTEXT_100 "\r\n",
	  "220|250 2.1.0|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4|501 5.5.4", "" },
	{ "parameters that are not known", &strict, "MAIL FROM:<a> BY=10\r\nMAIL FROM:<a> NOTIFY=NEVER\r\nMAIL FROM:<a> x\377\r\nMAIL FROM:<a>\r\nRCPT TO:<b> SIZE=1\r\nRCPT TO:<b> =\r\n",
	  "220|555 5.5.4|555 5.5.4|555 5.5.4|250 2.1.0|555 5.5.4|555 5.5.4", "" },

	/* The owner's words */
	{ "a message that may not begin", &strict, "MAIL FROM:<notnow@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nNOOP\r\n",
	  "220|250 2.1.0|250 2.1.5|451 4.3.2|250 2.0.0", "" },
	{ "busy at the end", &strict, "MAIL FROM:<busy@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nx\r\n.\r\nNOOP\r\nDATA\r\n",
	  "220|250 2.1.0|250 2.1.5|354|451 4.3.2|250 2.0.0|503 5.5.1", "[busy@example.org|b@example.org]x\r\n$" },
	{ "words that would forge a reply", &strict, "MAIL FROM:<bad@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|354|550 5.7.1", "[bad@example.org|b@example.org]$" },
	{ "a disk that is full", &strict, "MAIL FROM:<diskfull@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nx\r\n..\r\ny\r\n.\r\nNOOP\r\n",
	  "220|250 2.1.0|250 2.1.5|354|452 4.3.1|250 2.0.0", "[diskfull@example.org|b@example.org]" },
	{ "a message without an end", &strict, BEGIN "x\r\n.\r", "220|250|250 2.1.0|250 2.1.5|354", TOLD "x\r\n!" },

	/* Dots */
	{ "dots are taken off", &strict, BEGIN "..\r\n..html\r\n...\r\n.x\r\nx.\r\n.\r\n", BEGUN "250 2.0.0", TOLD ".\r\n.html\r\n..\r\nx\r\nx.\r\n$" },
	{ "empty lines", &strict, BEGIN "\r\n\r\n.\r\n", BEGUN "250 2.0.0", TOLD "\r\n\r\n$" },
	{ "CR and LF in a message", &strict, BEGIN "a\rb\nc\r\r\n.\r\n", BEGUN "250 2.0.0", TOLD "a\rb\nc\r\r\n$" },

	/* What must not end a message: RFC 5321 section 4.1.1.4 */
#define SMUGGLED(what) BEGIN "x" what "MAIL FROM:<evil@example.org>\r\n.\r\n"
	{ "LF.LF", &strict, SMUGGLED("\n.\n"), BEGUN "250 2.0.0", TOLD "x\n.\nMAIL FROM:<evil@example.org>\r\n$" },
	{ "LF.CRLF", &strict, SMUGGLED("\n.\r\n"), BEGUN "250 2.0.0", TOLD "x\n.\r\nMAIL FROM:<evil@example.org>\r\n$" },
	{ "CRLF.LF", &strict, SMUGGLED("\r\n.\n"), BEGUN "250 2.0.0", TOLD "x\r\n\nMAIL FROM:<evil@example.org>\r\n$" },
	{ "CR.CR", &strict, SMUGGLED("\r.\r"), BEGUN "250 2.0.0", TOLD "x\r.\rMAIL FROM:<evil@example.org>\r\n$" },
	{ "CRLF.CR", &strict, SMUGGLED("\r\n.\r"), BEGUN "250 2.0.0", TOLD "x\r\n\rMAIL FROM:<evil@example.org>\r\n$" },
	{ "CR.CRLF", &strict, SMUGGLED("\r.\r\n"), BEGUN "250 2.0.0", TOLD "x\r.\r\nMAIL FROM:<evil@example.org>\r\n$" },
	{ "CRLF.CRCRLF", &strict, SMUGGLED("\r\n.\r\r\n"), BEGUN "250 2.0.0", TOLD "x\r\n\r\r\nMAIL FROM:<evil@example.org>\r\n$" },
	{ "a dot and more", &strict, BEGIN "x\r\n.x\r\n", "220|250|250 2.1.0|250 2.1.5|354", TOLD "x\r\nx\r\n!" },
	{ "LF.LF where commands end in CRLF", &lenient, SMUGGLED("\n.\n"), BEGUN "250 2.0.0", TOLD "x\n.\nMAIL FROM:<evil@example.org>\r\n$" },
	{ "LF.CRLF there", &lenient, SMUGGLED("\n.\r\n"), BEGUN "250 2.0.0", TOLD "x\n.\r\nMAIL FROM:<evil@example.org>\r\n$" },
	{ "CRLF.LF there", &lenient, SMUGGLED("\r\n.\n"), BEGUN "250 2.0.0", TOLD "x\r\n\nMAIL FROM:<evil@example.org>\r\n$" },
	{ "one CRLF, and messages end in it", &lenient, "NOOP\r\n" LF_BEGIN "x\n.\nNOOP\n\r\n.\r\n", "220|250 2.0.0|250|250 2.1.0|250 2.1.5|354|250 2.0.0",
	  TOLD "x\n.\nNOOP\n\r\n$" },
	{ "DATA in CRLF alone", &lenient, "MAIL FROM:<a@example.org>\nRCPT TO:<b@example.org>\nDATA\r\nx\n.\ny\r\n.\r\n",
	  "220|250 2.1.0|250 2.1.5|354|250 2.0.0", TOLD "x\n.\ny\r\n$" },

	/* LF on a pipe */
	{ "all in LF", &lenient, LF_BEGIN "..a\n.\nNOOP\nQUIT\n", BEGUN "250 2.0.0|250 2.0.0|221 2.0.0", TOLD ".a\n$" },
	{ "commands in LF, the message in CRLF", &lenient, LF_BEGIN "..a\r\nb\n.\r\nQUIT\n", BEGUN "250 2.0.0|221 2.0.0", TOLD ".a\r\nb\n$" },
	{ "all in CRLF", &lenient, BEGIN "..a\r\n.\r\nQUIT\r\n", BEGUN "250 2.0.0|221 2.0.0", TOLD ".a\r\n$" },
	{ "two messages in LF", &lenient, LF_BEGIN ".\nMAIL FROM:<>\nRCPT TO:<c>\nDATA\nx\n.\n", BEGUN "250 2.0.0|250 2.1.0|250 2.1.5|354|250 2.0.0", TOLD "$[|c]x\n$" },

	{ "a CR in a command on a pipe", &lenient, "NOOP a\rb\r\n\nNOOP\n", "220|250 2.0.0|500 5.5.2|250 2.0.0", "" },

	/* LF and CR in commands on a port */
	{ "a command in LF", &strict, "NOOP\nNOOP\r\nNOOP\r\n", "220|500 5.5.2|250 2.0.0", "" },
	{ "a LF behind CRLF", &strict, "NOOP\r\n\nNOOP\r\nNOOP\r\n", "220|250 2.0.0|500 5.5.2|250 2.0.0", "" },
	{ "a recipient behind LF", &strict, "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\nRCPT TO:<evil>\n\r\nRCPT TO:<b@example.org>\r\nDATA\r\n.\r\n",
	  "220|250 2.1.0|500 5.5.2|250 2.1.5|354|250 2.0.0", TOLD "$" },
	{ "a CR in a command", &strict, "NOOP a\rb\r\nNOOP\r\r\nNOOP\r\n", "220|500 5.5.2|500 5.5.2|250 2.0.0", "" },
};

static void table(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(rows[i].name, rows[i].rules, span_of(rows[i].in), rows[i].replies, span_of(rows[i].told));
}

static void nul_bytes(void)
{
	check("NUL in an address", &strict, SPAN("MAIL FROM:<a\0b@example.org>\r\nMAIL FROM:<a>\r\nRCPT TO:<b\0>\r\nNOOP\0\r\n"),
	      "220|501 5.1.7|250 2.1.0|501 5.1.3|500 5.5.2", SPAN(""));
	check("NUL in a message", &strict, SPAN(BEGIN "\0.\r\n.\r\n"), BEGUN "250 2.0.0", SPAN(TOLD "\0.\r\n$"));
}

/* ---- limits ---- */

static void add_times(struct buf *b, const char *text, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_add_text(b, text);
}

/* A NOOP of that many bytes without its line end. */
static void line_of(size_t len, const char *replies, const char *name)
{
	struct buf in = { 0 };

	buf_add_text(&in, "NOOP ");
	add_times(&in, "x", len - 5);
	buf_add_text(&in, "\r\nNOOP\r\n");
	check(name, &strict, buf_span(&in), replies, SPAN(""));
	buf_free(&in);
}

static void long_lines(void)
{
	line_of(SMTP_SERVER_LINE_MAX - 1, "220|250 2.0.0|250 2.0.0", "as long as a line may be");
	line_of(SMTP_SERVER_LINE_MAX + 1, "220|500 5.5.2|250 2.0.0", "longer");
	line_of(100 * SMTP_SERVER_LINE_MAX, "220|500 5.5.2|250 2.0.0", "much longer");
}

/* A message of that many bytes, besides the dots that are taken off. */
static void message_of(size_t len, const char *replies, bool fits, const char *name)
{
	struct buf in = { 0 }, told = { 0 };

	buf_add_text(&in, BEGIN);
	buf_add_text(&told, TOLD);
	for (size_t i = 0; i + 4 <= len; i += 4) {
		buf_add_text(&in, "..x\r\n");
		buf_add_text(&told, ".x\r\n");
	}
	buf_add_text(&in, ".\r\nNOOP\r\n");
	buf_add_text(&told, "$");
	struct held h = hold(&strict, buf_span(&in), 7, AT_ONCE);
	struct buf codes = { 0 };
	ok(read_replies(buf_span(&h.out), &codes) == NULL, "%s: the form of the replies", name);
	is_text(buf_text(&codes), replies, "%s: replies", name);
	is_int(span_eq(buf_span(&h.told), buf_span(&told)), fits, "%s: all of it is told, or not", name);
	is_int(h.told.len > 0 && h.told.at[h.told.len - 1] == '!', !fits, "%s: it is dropped, or not", name);
	buf_free(&codes);
	held_free(&h);
	buf_free(&in);
	buf_free(&told);
}

static void too_large(void)
{
	message_of(SIZE_LIMIT, BEGUN "250 2.0.0|250 2.0.0", true, "as large as is allowed");
	message_of(SIZE_LIMIT + 4, BEGUN "552 5.3.4|250 2.0.0", false, "larger");
	message_of(100 * SIZE_LIMIT, BEGUN "552 5.3.4|250 2.0.0", false, "much larger");
}

static void errors(void)
{
	struct buf in = { 0 }, codes = { 0 }, want = { 0 };

	add_times(&in, "FOO\r\n", SMTP_SERVER_ERRORS_MAX - 1);
	buf_add_text(&in, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nRSET\r\n");
	add_times(&in, "RCPT TO:<b>\r\nDATA\r\n", 100);
	add_times(&in, "FOO\r\n", SMTP_SERVER_ERRORS_MAX + 10);
	struct held h = hold(&strict, buf_span(&in), in.len, AT_ONCE);
	read_replies(buf_span(&h.out), &codes);
	buf_add_text(&want, "220");
	add_times(&want, "|500 5.5.2", SMTP_SERVER_ERRORS_MAX - 1);
	buf_add_text(&want, "|250 2.1.0|250 2.1.5|250 2.0.0");
	add_times(&want, "|503 5.5.1", 200);
	add_times(&want, "|500 5.5.2", SMTP_SERVER_ERRORS_MAX);
	buf_add_text(&want, "|421 4.7.0");
	ok(span_eq(buf_span(&codes), buf_span(&want)), "a session of errors ends; a recipient that is taken, and what programs pipeline, count otherwise");
	is_int(h.state, SMTP_SERVER_ENDED, "and it has ended");
	is_int(in.len - h.taken, 10 * strlen("FOO\r\n"), "what came after that is not taken");
	buf_free(&in);
	buf_free(&codes);
	buf_free(&want);
	held_free(&h);
}

static void envelope_bytes(void)
{
	struct smtp_server_rules many = { "mx.example.org", 0, 1000000, SMTP_LINES_STRICT };
	struct buf in = { 0 }, codes = { 0 }, line = { 0 };
	size_t each = 400;

	buf_add_text(&line, "RCPT TO:<b> ORCPT=rfc822;");
	add_times(&line, "x", each);
	buf_add_text(&line, "\r\n");
	buf_add_text(&in, "MAIL FROM:<a> SIZE=18446744073709551615\r\n");
	add_times(&in, buf_text(&line), SMTP_SERVER_ENVELOPE_MAX / each);
	buf_add_text(&in, "DATA\r\n.\r\nEHLO me\r\n");
	struct owner o = { 0 };
	struct smtp_server_owner table_of = { &o, NULL, begins, bytes, ends, dropped };
	struct buf out = { 0 };
	o.server = smtp_server_begin(&many, &table_of, &out);
	size_t at = 0, most_unsent = 0;
	while (at < in.len) {
		size_t n = smtp_server_feed(o.server, (struct span){ in.at + at, in.len - at });
		most_unsent = out.len > most_unsent ? out.len : most_unsent;
		buf_clear(&line);
		buf_add_span(&line, buf_span(&out));
		buf_clear(&out);
		if (n == 0)
			break;
		at += n;
	}
	is_int(at, in.len, "all is taken, once the replies are sent");
	ok(most_unsent < SMTP_SERVER_UNSENT_MAX + 1024, "and no more replies wait than may: %zu", most_unsent);
	ok(strstr(buf_text(&line), "452 4.5.3 ") != NULL, "an envelope has so many bytes and no more");
	ok(strstr(buf_text(&line), "250 2.0.0 queued as 4ABC\r\n") != NULL, "and goes with those that it has");
	ok(strstr(buf_text(&line), "250-SIZE\r\n") != NULL, "where there is no limit of size, none is said");
	smtp_server_free(o.server);
	buf_free(&o.told);
	buf_free(&out);
	buf_free(&in);
	buf_free(&codes);
	buf_free(&line);
}

/* ---- the session ---- */

static void said_of_itself(void)
{
	struct held h = hold(&strict, SPAN("EHLO me\r\n"), 100, AT_ONCE);

	is_text(buf_text(&h.out), "220 mx.example.org ESMTP Signet\r\n250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n"
	        "250-SMTPUTF8\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n250 HELP\r\n", "the greeting and what is offered");
	held_free(&h);
}

static void long_words(void)
{
	struct owner o = { .answers_late = true };
	struct smtp_server_owner table_of = { &o, NULL, begins, bytes, ends, dropped };
	struct buf out = { 0 }, codes = { 0 };
	struct fault f = { FAULT_TEMPORARY, "5.3.0", "", 0 };

	memset(f.text, 'x', sizeof f.text - 1);
	memset(f.text, '\377', 60);
	memcpy(f.text + 280, "words and words", 15);
	o.server = smtp_server_begin(&strict, &table_of, &out);
	smtp_server_feed(o.server, SPAN(BEGIN ".\r\n"));
	smtp_server_refused(o.server, &f);
	ok(read_replies(buf_span(&out), &codes) == NULL, "long words come in several lines");
	is_text(buf_text(&codes), BEGUN "451 4.3.0", "with the class that the fault has, whatever its status said");
	ok(strstr(buf_text(&out), "xwords and\r\n451 4.3.0 words") != NULL, "cut at a blank");
	smtp_server_free(o.server);
	buf_free(&o.told);
	buf_free(&out);
	buf_free(&codes);
}

static void pending(void)
{
	struct owner o = { .answers_late = true };
	struct smtp_server_owner table_of = { &o, offered, begins, bytes, ends, dropped };
	struct buf out = { 0 }, codes = { 0 };
	struct span in = SPAN(BEGIN "x\r\n.\r\nNOOP\r\nQUIT\r\n");

	o.server = smtp_server_begin(&strict, &table_of, &out);
	size_t n = smtp_server_feed(o.server, in);
	is_int(smtp_server_state(o.server), SMTP_SERVER_PENDING, "the message is not stored yet");
	is_int(in.len - n, strlen("NOOP\r\nQUIT\r\n"), "what comes after it waits");
	smtp_server_feed(o.server, span_between(in.at + n, in.at + in.len));
	read_replies(buf_span(&out), &codes);
	is_text(buf_text(&codes), "220|250|250 2.1.0|250 2.1.5|354", "and is not answered");
	smtp_server_stored(o.server, "kept");
	smtp_server_stored(o.server, "kept twice");
	smtp_server_feed(o.server, span_between(in.at + n, in.at + in.len));
	buf_clear(&codes);
	read_replies(buf_span(&out), &codes);
	is_text(buf_text(&codes), BEGUN "250 2.0.0|250 2.0.0|221 2.0.0", "but is when it is stored, once");
	smtp_server_free(o.server);
	is_text(buf_text(&o.told), TOLD "x\r\n$", "the owner was told no more");
	buf_free(&o.told);
	buf_free(&out);
	buf_free(&codes);
}

static void hang_up(const char *name, struct span in, const char *replies, const char *told)
{
	struct owner o = { .answers_late = true };
	struct smtp_server_owner table_of = { &o, offered, begins, bytes, ends, dropped };
	struct buf out = { 0 }, codes = { 0 };

	o.server = smtp_server_begin(&strict, &table_of, &out);
	smtp_server_feed(o.server, in);
	smtp_server_hang_up(o.server, "4.4.2", "idle for too long");
	smtp_server_hang_up(o.server, "4.4.2", "idle for too long");
	smtp_server_stored(o.server, "too late");
	is_int(smtp_server_feed(o.server, SPAN("NOOP\r\n")), 0, "%s: nothing is taken any more", name);
	smtp_server_free(o.server);
	read_replies(buf_span(&out), &codes);
	is_text(buf_text(&codes), replies, "%s: replies", name);
	is_text(buf_text(&o.told), told, "%s: what is told", name);
	buf_free(&o.told);
	buf_free(&out);
	buf_free(&codes);
}

static void who_says_it(void)
{
	static const struct {
		struct span in;
		const char *name;
		bool extended;
	} said[] = {
		{ SPAN("NOOP\r\n"), "", false },
		{ SPAN("HELO me.example\r\n"), "me.example", false },
		{ SPAN("EHLO me.example\r\n"), "me.example", true },
		{ SPAN("EHLO me\r\nMAIL FROM:<>\r\nRSET\r\nHELO \377 x\r\nEHLO\r\n"), "\377 x", false },
	};
	bool extended;

	for (size_t i = 0; i < TAP_ROWS(said); i++) {
		struct owner o = { 0 };
		struct buf out = { 0 };
		o.server = smtp_server_begin(&strict, &(struct smtp_server_owner){ &o, offered, begins, bytes, ends, dropped }, &out);
		smtp_server_feed(o.server, said[i].in);
		struct span name = smtp_server_helo(o.server, &extended);
		ok(span_eq(name, span_of(said[i].name)) && extended == said[i].extended, "who says it: %zu", i);
		smtp_server_free(o.server);
		buf_free(&o.told);
		buf_free(&out);
	}
}

int main(void)
{
	tap_plan(4 * (TAP_ROWS(rows) + 2 + 3 + 3) + 3 + 5 + 1 + 3 + 5 + 4 + 3 * 4);
	table();
	nul_bytes();
	long_lines();
	too_large();
	errors();
	envelope_bytes();
	said_of_itself();
	long_words();
	pending();
	who_says_it();
	hang_up("idle between commands", SPAN("EHLO me\r\nMAIL FR"), "220|250|421 4.4.2", "");
	hang_up("idle within a message", SPAN(BEGIN "x\r\n.x"), "220|250|250 2.1.0|250 2.1.5|354|421 4.4.2", TOLD "x\r\nx!");
	hang_up("idle while it is stored", SPAN(BEGIN ".\r\n"), "220|250|250 2.1.0|250 2.1.5|354|421 4.4.2", TOLD "$");
	hang_up("after QUIT", SPAN("QUIT\r\n"), "220|221 2.0.0", "");
	smtp_server_free(NULL);
	return tap_done();
}
