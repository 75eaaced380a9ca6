#include "tests/tap.h"

#include "session_lab.h"

#include <sys/wait.h>

static const char *const one[] = { "r1@example.org", NULL };
static const char *const two[] = { "r1@example.org", "r2@example.org", NULL };
static const char *const three[] = { "r1@example.org", "r2@example.org", "r3@example.org", NULL };

#define TEXT "From: a@example.net\r\nTo: b@example.org\r\nSubject: s\r\n\r\nhello\r\n"
#define FIELDS "DKIM-Signature: v=1; a=x;\r\n\tb=y\r\n"

#define MESSAGE .sender = "s@example.net", .fields = SPAN(FIELDS), .message = SPAN(TEXT)

static const struct lab_message to_one = { MESSAGE, .recipients = one };
static const struct lab_message to_two = { MESSAGE, .recipients = two };
static const struct lab_message to_three = { MESSAGE, .recipients = three };

static struct lab_session session(const struct lab_message *m, double scale)
{
	return (struct lab_session){
		.scale = scale, .hop = "mx", .domain = "hostile.test", .tls = TLS_MAY, .messages = m, .message_count = 1,
	};
}

/* Patience: long enough for a busy machine, or so short that a stall is soon over. */
enum { CALM, HASTY };
static const double scales[] = { 0.1, 0.001 };

static void check_exit(const struct lab_result *r, const char *name)
{
	bool smtp = WIFEXITED(r->smtp_status) && WEXITSTATUS(r->smtp_status) == 0;
	bool esmtp = WIFEXITED(r->esmtp_status) && WEXITSTATUS(r->esmtp_status) == 0;

	ok(smtp && esmtp, "%s: both processes end well (%#x, %#x)", name, (unsigned)r->smtp_status,
	   (unsigned)r->esmtp_status);
}

/* ---- every step, every misfortune ---- */

struct step_case {
	const char *name, *script;
	const struct lab_message *message;
	size_t repeat;
	int pace;
	const char *summary, *text;    /* text: in the first fault, be it an outcome's or the end's */
};

static const struct step_case steps[] = {
	{ "all is well", "", &to_one, 1, CALM, "done: =2.0.0", "250 2.0.0 queued as" },
	{ "three messages", "", &to_three, 3, CALM,
	  "done: =2.0.0,=2.0.0,=2.0.0 =2.0.0,=2.0.0,=2.0.0 =2.0.0,=2.0.0,=2.0.0", NULL },
	{ "no extensions at all", "noword", &to_three, 2, CALM, "done: =2.0.0,=2.0.0,=2.0.0 =2.0.0,=2.0.0,=2.0.0", NULL },
	{ "no pipelining", "word SIZE", &to_two, 2, CALM, "done: =2.0.0,=2.0.0 =2.0.0,=2.0.0", NULL },

	/* the connection and the greeting */
	{ "closes at once", "on connect close", &to_one, 1, CALM, "no unreachable:", "connection closed at the greeting" },
	{ "resets at once", "on connect reset", &to_one, 1, CALM, "no unreachable:", "at the greeting" },
	{ "says nothing", "on connect stall", &to_one, 1, HASTY, "no unreachable:", "no reply in time at the greeting" },
	{ "drips a greeting", "on connect drip 0.005 220-x\\r\\n", &to_one, 1, HASTY, "no unreachable:", "no reply in time" },
	{ "greets with 421", "on connect reply 421 4.7.0 busy ; close", &to_one, 1, CALM, "no refused:", "421 4.7.0 busy" },
	{ "greets with 554", "on connect reply 554 5.7.1 go away", &to_one, 1, CALM, "no refused:", "554 5.7.1 go away" },
	{ "greets with 250", "on connect reply 250 hi", &to_one, 1, CALM, "no refused:", "250 hi" },
	{ "greets in several lines", "on connect raw 220-a\\r\\n220-b\\r\\n220 c\\r\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "greets without text", "on connect raw 220\\r\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "speaks HTTP", "on connect reply HTTP/1.1 400 Bad Request", &to_one, 1, CALM, "no unreachable:", "no SMTP reply" },
	{ "greets with a line of 1 MB", "on connect long 1000000", &to_one, 1, CALM, "no unreachable:", "no SMTP reply" },
	{ "greets twice", "on connect raw 220 a\\r\\n220 b\\r\\n", &to_one, 1, CALM, "no unreachable:", "more than it was asked" },
	{ "greets with NUL and 0xff", "on connect raw 220 \\x00\\xff\\r\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },

	/* EHLO */
	{ "closes at EHLO", "on ehlo close", &to_one, 1, CALM, "no unreachable:", "connection closed at EHLO" },
	{ "stalls at EHLO", "on ehlo stall", &to_one, 1, HASTY, "no unreachable:", "no reply in time at EHLO" },
	{ "421 to EHLO", "on ehlo reply 421 bye", &to_one, 1, CALM, "no refused:", "421 bye" },
	{ "450 to EHLO", "on ehlo reply 450 4.3.2 later", &to_one, 1, CALM, "no refused:", "450 4.3.2 later" },
	{ "knows HELO only", "on ehlo reply 502 what", &to_two, 2, CALM, "done: =2.0.0,=2.0.0 =2.0.0,=2.0.0", NULL },
	{ "550 to EHLO and HELO", "on ehlo reply 550 no\non helo reply 550 5.7.1 no", &to_one, 1, CALM, "no refused:",
	  "550 5.7.1 no (in reply to HELO)" },
	{ "EHLO lines without end", "on ehlo flood 100000", &to_one, 1, CALM, "no unreachable:", "no SMTP reply" },
	{ "354 to EHLO", "on ehlo reply 354 go", &to_one, 1, CALM, "no refused:", "354 go" },

	/* MAIL */
	{ "450 to MAIL", "on mail reply 450 4.1.8 no", &to_two, 1, CALM, "done: T4.1.8,T4.1.8", "(in reply to MAIL FROM)" },
	{ "550 to MAIL", "on mail reply 550 5.7.1 no", &to_two, 1, CALM, "done: P5.7.1,P5.7.1", "550 5.7.1 no" },
	{ "550 to the second MAIL of three", "on mail:2 reply 550 5.7.1 no", &to_one, 3, CALM, "done: =2.0.0 P5.7.1 =2.0.0",
	  NULL },
	{ "421 to MAIL", "on mail reply 421 4.7.0 too many ; close", &to_one, 1, CALM, "lost: T4.7.0", "421 4.7.0 too many" },
	{ "421 to the second MAIL", "on mail:2 reply 421 4.7.0 enough ; close", &to_one, 3, CALM, "lost: =2.0.0 T4.7.0", NULL },
	{ "closes at MAIL", "on mail close", &to_one, 1, CALM, "lost: T4.4.2", "before the reply to MAIL FROM" },
	{ "resets at MAIL", "on mail reset", &to_one, 1, CALM, "lost: T4.4.2", NULL },
	{ "stalls at MAIL", "on mail stall", &to_one, 1, HASTY, "lost: T4.4.2", "no reply in time to MAIL FROM" },
	{ "354 to MAIL", "on mail reply 354 go", &to_one, 1, CALM, "lost: T4.5.0", "no answer to it" },
	{ "garbage to MAIL", "on mail reply \\xff\\xfe", &to_one, 1, CALM, "lost: T4.5.0", "no SMTP reply" },
	{ "999 to MAIL", "on mail reply 999 x", &to_one, 1, CALM, "lost: T4.5.0", NULL },
	{ "a line of 1 MB to MAIL", "on mail long 1000000", &to_one, 1, CALM, "lost: T4.5.0", NULL },
	{ "250 without text to MAIL", "on mail raw 250\\r\\n", &to_one, 2, CALM, "done: =2.0.0 =2.0.0", NULL },
	{ "bare LF to MAIL", "on mail raw 250 ok\\n", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "a long reply to MAIL", "on mail flood 500", &to_one, 2, CALM, "done: =2.0.0 =2.0.0", NULL },
	{ "drips a reply to MAIL", "on mail drip 0.01 250-x\\r\\n", &to_one, 1, HASTY, "lost: T4.4.2", "no reply in time" },
	{ "two replies to MAIL", "on mail many 3", &to_one, 1, CALM, "lost: T4.5.0", "nothing had been asked" },

	/* RCPT */
	{ "550 to all RCPT", "on rcpt reply 550 5.1.1 who", &to_two, 2, CALM, "done: P5.1.1,P5.1.1 P5.1.1,P5.1.1",
	  "(in reply to RCPT TO)" },
	{ "450 to all RCPT", "on rcpt reply 450 4.2.0 grey", &to_one, 3, CALM, "done: T4.2.0 T4.2.0 T4.2.0", NULL },
	{ "550 to the second of three", "on rcpt:2 reply 550 5.1.1 who", &to_three, 2, CALM,
	  "done: =2.0.0,P5.1.1,=2.0.0 =2.0.0,=2.0.0,=2.0.0", NULL },
	{ "mixed RCPT without pipelining", "noword\non rcpt:1 reply 450 later\non rcpt:3 reply 550 who", &to_three, 1, CALM,
	  "done: T4.2.0,=2.0.0,P5.0.0", NULL },
	{ "too many recipients as 552", "on rcpt:3 reply 552 5.5.3 too many", &to_three, 1, CALM, "done: =2.0.0,=2.0.0,T4.5.3",
	  NULL },
	{ "421 to the second RCPT", "on rcpt:2 reply 421 4.3.2 bye ; close", &to_three, 1, CALM, "lost: T4.3.2,T4.3.2,T4.3.2",
	  NULL },
	{ "550, then 421 to RCPT", "on rcpt:1 reply 550 5.1.1 who\non rcpt:2 reply 421 4.3.2 bye ; close", &to_three, 1, CALM,
	  "lost: P5.1.1,T4.3.2,T4.3.2", NULL },
	{ "closes at the second RCPT", "on rcpt:2 close", &to_three, 1, CALM, "lost: T4.4.2,T4.4.2,T4.4.2",
	  "before the reply to RCPT TO" },
	{ "stalls at RCPT", "on rcpt stall", &to_three, 1, HASTY, "lost: T4.4.2,T4.4.2,T4.4.2", "no reply in time to RCPT TO" },
	{ "garbage to RCPT", "on rcpt:2 reply ok", &to_three, 1, CALM, "lost: T4.5.0,T4.5.0,T4.5.0", NULL },
	{ "too many replies to RCPT", "on rcpt:2 many 9", &to_two, 1, CALM, "lost: T4.5.0,T4.5.0", NULL },

	/* DATA */
	{ "451 to DATA", "on data reply 451 4.3.0 disk", &to_two, 2, CALM, "done: T4.3.0,T4.3.0 T4.3.0,T4.3.0", "(in reply to DATA)" },
	{ "554 to the first DATA", "on data:1 reply 554 5.6.0 no", &to_one, 3, CALM, "done: P5.6.0 =2.0.0 =2.0.0", NULL },
	{ "250 to DATA", "on data reply 250 ok", &to_one, 1, CALM, "lost: T4.5.0", NULL },
	{ "421 to DATA", "on data reply 421 bye", &to_one, 1, CALM, "lost: T4.3.2", NULL },
	{ "closes at DATA", "on data close", &to_two, 1, CALM, "lost: T4.4.2,T4.4.2", "before the reply to DATA" },
	{ "stalls at DATA", "on data stall", &to_one, 1, HASTY, "lost: T4.4.2", "no reply in time to DATA" },
	{ "354 without a recipient", "on rcpt reply 550 5.1.1 who\non data reply 354 go", &to_two, 2, CALM,
	  "done: P5.1.1,P5.1.1 P5.1.1,P5.1.1", NULL },
	{ "354 and 250 without a recipient", "on rcpt reply 450 4.2.0 grey\non data reply 354 go\non dot reply 250 ok", &to_two,
	  2, CALM, "done: T4.2.0,T4.2.0 T4.2.0,T4.2.0", NULL },

	/* the dot */
	{ "451 to the dot", "on dot reply 451 4.3.0 later", &to_two, 2, CALM, "done: T4.3.0,T4.3.0 T4.3.0,T4.3.0",
	  "(in reply to end of DATA)" },
	{ "550 to the first dot", "on dot:1 reply 550 5.7.1 spam", &to_one, 3, CALM, "done: P5.7.1 =2.0.0 =2.0.0", NULL },
	{ "a refused RCPT stays refused", "on rcpt:1 reply 450 4.2.1 later\non dot reply 550 5.7.1 spam", &to_two, 1, CALM,
	  "done: T4.2.1,P5.7.1", NULL },
	{ "421 to the dot", "on dot reply 421 4.3.2 bye ; close", &to_one, 1, CALM, "lost: T4.3.2", NULL },
	{ "closes behind the dot", "on dot close", &to_two, 1, CALM, "lost: T4.4.2?,T4.4.2?", "before the reply to end of DATA" },
	{ "resets behind the dot", "on dot reset", &to_one, 1, CALM, "lost: T4.4.2?", NULL },
	{ "stalls behind the dot", "on dot stall", &to_one, 1, HASTY, "lost: T4.4.2?", "no reply in time to end of DATA" },
	{ "garbage to the dot", "on dot reply delivered", &to_one, 1, CALM, "lost: T4.5.0?", NULL },
	{ "354 to the dot", "on dot reply 354 more", &to_one, 1, CALM, "lost: T4.5.0?", NULL },
	{ "a refused RCPT is certain behind the dot", "on rcpt:1 reply 550 5.1.1 who\non dot close", &to_two, 1, CALM,
	  "lost: P5.1.1,T4.4.2?", NULL },
	{ "several lines to the dot", "on dot raw 250-2.0.0 a\\r\\n250 2.0.0 b\\r\\n", &to_one, 1, CALM, "done: =2.0.0",
	  "250 2.0.0 a 2.0.0 b" },

	/* between messages, and the end */
	{ "closes behind the first message", "on dot normal ; close", &to_one, 1, CALM, "done: =2.0.0", NULL },
	{ "421 in one breath with the first 250", "on dot raw 250 2.0.0 ok\\r\\n421 4.4.2 enough\\r\\n ; close", &to_one, 1, CALM,
	  "lost: =2.0.0", NULL },
	{ "refuses RSET", "on data reply 451 4.3.0 disk\non rset reply 500 no", &to_one, 1, CALM, "lost: T4.3.0", NULL },
	{ "closes at RSET", "on data reply 451 4.3.0 disk\non rset close", &to_one, 2, CALM, "lost: T4.3.0", NULL },
	{ "says nothing to QUIT", "on quit stall", &to_one, 1, HASTY, "done: =2.0.0", NULL },
	{ "closes at QUIT", "on quit close", &to_one, 1, CALM, "done: =2.0.0", NULL },
};

static const char *first_text(const struct lab_result *r)
{
	if (r->outcome_count > 0 && r->outcomes[0].recipient_count > 0)
		return r->outcomes[0].recipients[0].fault.text;
	return r->ended ? r->end.fault.text : "";
}

static void check_run(const struct lab_session *s, const char *name, const char *summary, const char *text)
{
	struct lab_result r;
	struct buf got = { 0 };

	lab_run(s, &r);
	lab_summary(&r, &got);
	is_text(buf_text(&got), summary, "%s", name);
	if (text && !ok(strstr(first_text(&r), text) != NULL, "%s: the fault says \"%s\"", name, text))
		printf("# it says: %s\n", first_text(&r));
	check_exit(&r, name);
	buf_free(&got);
	lab_result_free(&r);
}

static void every_step(void)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		const struct step_case *c = &steps[i];
		struct lab_session s = session(c->message, scales[c->pace]);

		s.repeat = c->repeat;
		lab_script(c->script);
		check_run(&s, c->name, c->summary, c->text);
	}
}

/* ---- the wire ---- */

#define HOSTILE_HEADER \
	"Return-Path: <x@example.net>\r\nOriginal-Recipient: rfc822;a\r\nOriginal-From: b\r\nDate : Tue, 1 Jan 2030 00:00:00 +0000\r\n" \
	"Date: Tue, 1 Jan 2030 00:00:00 +0000\r\nDate: again\r\nFrom: a@example.net\r\nFrom: b@example.net\r\n" \
	"Resent-Reply-To: c\r\nMessage-Id: <1@x>\r\nmessage-id:<2@x>\r\nSubject:\r\n folded\r\n\tmore \r\nBcc: d\r\n" \
	"Sender: e\r\nX:\r\n"

#define WIRE(bytes) { .sender = "s@example.net", .recipients = one, .fields = SPAN(FIELDS), .message = SPAN(bytes) }

static const struct lab_message wires[] = {
	WIRE(TEXT),
	WIRE(HOSTILE_HEADER "\r\nbody\r\n"),
	WIRE(HOSTILE_HEADER),
	WIRE("\r\nno header\r\n"),
	WIRE("no header at all\r\n"),
	WIRE("\r\n"),
	WIRE(""),
	{ .sender = "", .recipients = one, .message = SPAN("") },
	{ .sender = "", .recipients = one, .message = SPAN(TEXT) },
	WIRE("A: b\r\n\r\n.\r\n"),
	WIRE("A: b\r\n\r\n..\r\n...\r\n.a\r\nb.\r\n"),
	WIRE(".a: b\r\n.\r\n"),
	WIRE("A: b\r\n\r\n\r\n\r\n\r\n"),
	WIRE("A: b\r\n\r\na\0b\r\n\0\r\n"),
	WIRE("A: b\r\n\r\n\xff\xfe\x80 \t\x01\x7f\r\n"),
	WIRE("A: b\r\n\r\nMAIL FROM:<x>\r\nQUIT\r\n"),
	WIRE(" folded first line\r\nA: b\r\n\r\nx\r\n"),
	WIRE("Date: -\r\nFrom: -\r\nMessage-Id: -\r\n\r\nx\r\n"),
	WIRE("A: b\r\n\r\nFrom me\r\n>From you\r\nend of line \r\n"),
};

static void wires_equal(const char *what, const struct lab_message *m, size_t count)
{
	int connection = lab_connections();
	struct buf got = { 0 }, want = { 0 }, how = { 0 };

	lab_await_end(connection, &how);
	for (size_t i = 0; i < count; i++) {
		char name[32];
		snprintf(name, sizeof name, "%zu.data", i + 1);
		lab_read(connection, name, &got);
		buf_clear(&want);
		lab_wire_form(&m[i], &want);
		if (got.len < 4096)
			is_span(buf_span(&got), buf_span(&want), "%s %zu: the wire equals fields and message", what, i);
		else
			ok(span_eq(buf_span(&got), buf_span(&want)), "%s %zu: the wire equals fields and message", what, i);
	}
	buf_free(&got);
	buf_free(&want);
	buf_free(&how);
}

static void hostile_messages(void)
{
	enum { COUNT = sizeof wires / sizeof wires[0] };
	struct lab_message copy[COUNT];
	struct lab_session s = session(wires, scales[CALM]);

	for (int round = 0; round < 3; round++) {
		struct lab_result r;
		struct buf got = { 0 };

		lab_script(round == 1 ? "noword" : "");
		memcpy(copy, wires, sizeof wires);
		for (size_t i = 0; i < COUNT; i++)
			copy[i].as_file = round == 2;
		s.messages = copy;
		s.message_count = COUNT;
		lab_run(&s, &r);
		is_int(r.outcome_count, COUNT, "round %d: an outcome for each", round);
		lab_summary(&r, &got);
		ok(strchr(buf_text(&got), 'T') == NULL && strchr(buf_text(&got), 'P') == NULL, "round %d: all delivered", round);
		check_exit(&r, "hostile messages");
		wires_equal(round == 1 ? "without pipelining" : round == 2 ? "from a file" : "inline", wires, COUNT);
		lab_result_free(&r);
		buf_free(&got);
	}
}

/* Some MB with every kind of line, and one very long one. */
static void add_big(struct buf *b, int lines)
{
	buf_add_text(b, "From: a@example.net\r\n\r\n");
	for (int i = 0; i < lines; i++)
		buf_printf(b, "%s%d%.*s\r\n", i % 7 == 0 ? "." : "", i, i % 90,
		           "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
	for (int i = 0; i < 100000; i++)
		buf_add_byte(b, 'y');
	buf_add_text(b, "\r\n.\r\n");
}

static void big_messages(void)
{
	struct buf big = { 0 };
	add_big(&big, 40000);
	struct lab_message m[] = {
		{ .sender = "s@example.net", .recipients = two, .fields = SPAN(FIELDS), .message = buf_span(&big), .as_file = true },
		{ .sender = "s@example.net", .recipients = two, .message = buf_span(&big), .as_file = true },
	};
	struct lab_session s = session(m, scales[CALM]);

	lab_script("");
	s.message_count = 2;
	check_run(&s, "a big message from a file", "done: =2.0.0,=2.0.0 =2.0.0,=2.0.0", NULL);
	wires_equal("big", m, 2);

	s.message_count = 1;
	lab_script("on body close");
	check_run(&s, "closes during the message", "lost: T4.4.2,T4.4.2", NULL);
	lab_script("on body reset");
	check_run(&s, "resets during the message", "lost: T4.4.2,T4.4.2", NULL);
	lab_script("on body reply 552 5.3.4 too big ; sleep 0.2 ; close");
	check_run(&s, "refuses during the message", "lost: P5.3.4,P5.3.4", "552 5.3.4 too big");
	lab_script("on body reply 421 4.3.2 going down ; sleep 0.2 ; close");
	check_run(&s, "421 during the message", "lost: T4.3.2,T4.3.2", "421 4.3.2 going down");
	/* More than the kernel takes in our place. */
	add_big(&big, 400000);
	m[0].message = buf_span(&big);
	s.scale = scales[HASTY];
	lab_script("on body:2 sleep 3");
	check_run(&s, "takes no more of the message", "lost: T4.4.2,T4.4.2", "too long to take the message");
	buf_free(&big);
}

/* What is not in normal form is our own fault and does not reach the wire. */
static void not_normal(void)
{
	static const struct lab_message bad[] = {
		WIRE("A: b\r\n\r\nbare\nlf\r\n"), WIRE("A: b\r\n\r\nbare\rcr\r\n"), WIRE("A: b\r\n\r\n\n.\r\n"),
		WIRE("A: b\r\n\r\nx\r\r\n"), WIRE("A: b\r\n\r\nno end"), WIRE("A: b\r\n\r\nno end\r"), WIRE("A: b\n.\nB: c\r\n"),
	};

	lab_script("");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct lab_session s = session(&bad[i], scales[CALM]);
		struct buf how = { 0 }, data = { 0 };

		check_run(&s, "a message with bare CR or LF", "lost: T4.3.0", "bare CR or LF");
		lab_await_end(lab_connections(), &how);
		ok(!lab_exists(lab_connections(), "1.data"), "no dot was sent (%s)", buf_text(&how));
		buf_free(&how);
		buf_free(&data);
	}
}

/* ---- the envelope ---- */

struct envelope_case {
	const char *name, *script;
	struct lab_message message;
	const char *summary, *has, *has_not;    /* in what the server was told */
};

static const char *const odd[] = { "\"a b\"@example.org", "a'b=c+d@[192.0.2.1]", NULL };
static const char *const with_crlf[] = { "r1@example.org", "x@example.org>\r\nRCPT TO:<y@example.org", NULL };
static const char *const with_more[] = { "r1@example.org> NOTIFY=NEVER", "r1@example.org", NULL };
static const char *const in_utf8[] = { "r1@example.org", "\xc3\xa9@example.org", NULL };
static char long_address[1200];
static const char *const too_long[] = { "r1@example.org", long_address, NULL };

static const struct envelope_case envelopes[] = {
	{ "SIZE is of fields and message", "", { MESSAGE, .recipients = one }, "done: =2.0.0",
	  "MAIL FROM:<s@example.net> SIZE=94\r\n", "BODY" },
	{ "8BITMIME", "", { MESSAGE, .recipients = one, .eight_bit = true }, "done: =2.0.0", " BODY=8BITMIME", NULL },
	{ "no 8BITMIME: as it is", "word SIZE", { MESSAGE, .recipients = one, .eight_bit = true }, "done: =2.0.0", "SIZE=94\r\n",
	  "BODY" },
	{ "DSN", "", { MESSAGE, .recipients = one, .ret = DSN_RET_HEADERS, .envid = "e+1 x", .orcpt = "rfc822;a+2Bb@c",
	               .notify = NOTIFY_FAILURE | NOTIFY_DELAY }, "done: =2.0.0",
	  " RET=HDRS ENVID=e+2B1+20x\r\nRCPT TO:<r1@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb@c\r\n", NULL },
	{ "DSN not offered", "word SIZE", { MESSAGE, .recipients = one, .ret = DSN_RET_FULL, .envid = "e", .orcpt = "rfc822;a",
	                                    .notify = NOTIFY_NEVER }, "done: =2.0.0", "RCPT TO:<r1@example.org>\r\n", "RET=" },
	{ "NOTIFY=NEVER", "", { MESSAGE, .recipients = one, .notify = NOTIFY_NEVER }, "done: =2.0.0", " NOTIFY=NEVER\r\n", NULL },
	{ "the null sender", "", { .sender = "", .recipients = one, .message = SPAN(TEXT) }, "done: =2.0.0", "MAIL FROM:<> SIZE", NULL },
	{ "odd addresses", "", { MESSAGE, .recipients = odd }, "done: =2.0.0,=2.0.0", "RCPT TO:<\"a b\"@example.org>\r\n", NULL },
	{ "CRLF in an address", "", { MESSAGE, .recipients = with_crlf }, "done: =2.0.0,P5.1.3", "RCPT TO:<r1@example.org>", "y@example" },
	{ "parameters in an address", "", { MESSAGE, .recipients = with_more }, "done: P5.1.3,=2.0.0", NULL, "NOTIFY" },
	{ "CRLF in the sender", "", { .sender = "a@b\r\nQUIT", .recipients = two, .message = SPAN(TEXT) }, "done: P5.1.7,P5.1.7", NULL,
	  "MAIL" },
	{ "a long address", "", { MESSAGE, .recipients = too_long }, "done: =2.0.0,P5.1.3", NULL, "xxxx" },
	{ "too big for the server", "word SIZE 93", { MESSAGE, .recipients = two }, "done: P5.3.4,P5.3.4", NULL, "MAIL" },
	{ "just not too big", "word SIZE 94", { MESSAGE, .recipients = one }, "done: =2.0.0", "MAIL", NULL },
	{ "SMTPUTF8 offered", "word SMTPUTF8\nword 8BITMIME", { MESSAGE, .recipients = in_utf8, .utf8 = true, .eight_bit = true },
	  "done: =2.0.0,=2.0.0", " SMTPUTF8\r\n", NULL },
	{ "SMTPUTF8 not offered", "", { MESSAGE, .recipients = in_utf8, .utf8 = true }, "done: P5.6.7,P5.6.7", NULL, "MAIL" },
	{ "one address needs SMTPUTF8", "", { MESSAGE, .recipients = in_utf8 }, "done: =2.0.0,P5.6.7", NULL, "SMTPUTF8" },
	{ "STARTTLS in what libesmtp sees", "word STARTTLS\nword CHUNKING\nword BINARYMIME\nword XUSR\nword ETRN\nword AUTH PLAIN\n"
	  "on starttls reply 454 no", { MESSAGE, .recipients = three }, "done: =2.0.0,=2.0.0,=2.0.0", "DATA", "BDAT" },
};

static void envelopes_are_right(void)
{
	struct buf told = { 0 }, how = { 0 };

	memset(long_address, 'x', sizeof long_address - 1);
	memcpy(long_address + 1100, "@example.org", 13);
	for (size_t i = 0; i < sizeof envelopes / sizeof envelopes[0]; i++) {
		const struct envelope_case *c = &envelopes[i];
		struct lab_session s = session(&c->message, scales[CALM]);

		lab_script(c->script);
		check_run(&s, c->name, c->summary, NULL);
		lab_await_end(lab_connections(), &how);
		lab_read(lab_connections(), "commands", &told);
		if (c->has && !ok(strstr(buf_text(&told), c->has) != NULL, "%s: says %s", c->name, c->has))
			tap_quote("said", buf_span(&told));
		if (c->has_not && !ok(strstr(buf_text(&told), c->has_not) == NULL, "%s: does not say %s", c->name, c->has_not))
			tap_quote("said", buf_span(&told));
	}
	buf_free(&told);
	buf_free(&how);
}

int main(void)
{
	lab_open();
	every_step();
	hostile_messages();
	big_messages();
	not_normal();
	envelopes_are_right();
	lab_close();
	return tap_done();
}
