/* SPDX-License-Identifier: ISC */
#include "base/mail/smtp_server.h"

#include "base/escape.h"
#include "base/mail/smtp_arguments.h"
#include "base/mail/smtp_dots.h"

#include <stdlib.h>

enum { REPLY_LINE_MAX = 512 };     /* with its CRLF: RFC 5321 section 4.5.3.1.5 */

enum phase { COMMANDS, MESSAGE, PENDING, ENDED };

struct smtp_server {
	struct smtp_server_owner owner;
	char *hostname;
	uint64_t size_limit;
	uint32_t recipient_limit;
	bool lenient;
	struct buf *out;
	struct buf helo;
	bool extended;             /* it came with EHLO */
	enum phase phase;
	unsigned errors;           /* commands that were not known, not done or malformed, since the last recipient */

	/* The command line that is being read. */
	struct buf line;
	bool after_cr;             /* its last byte was CR, whether it was kept or not */
	bool answered;             /* it was refused already: what follows up to its end is dropped */
	bool crlf_seen;            /* one of the session ended in CRLF */

	/* The transaction. */
	bool has_sender;           /* MAIL was taken: record is in use */
	bool has_offers;           /* RCPT came, whatever became of it */
	struct record record;
	size_t envelope_bytes;

	/* The message. */
	struct smtp_dots dots;
	uint64_t bytes;
	struct fault broken;       /* why the rest is dropped */
};

/* ---- replies ---- */

/* In as many lines as it takes. status is "" where none belongs (RFC 2034 section 3). */
static void reply(struct smtp_server *s, unsigned code, const char *status, const char *text)
{
	enum { LINE_TEXT_MAX = REPLY_LINE_MAX - sizeof "550-" - FAULT_STATUS_MAX - sizeof "\r\n" };
	struct buf printable = { 0 };

	escape(&printable, span_of(text));
	struct span rest = { buf_text(&printable), printable.len };
	do {
		/* A line ends at a blank if one is near. */
		const char *blank = rest.len > LINE_TEXT_MAX ? memrchr(rest.at, ' ', LINE_TEXT_MAX + 1) : NULL;
		bool is_near = blank && blank - rest.at > LINE_TEXT_MAX / 2;
		size_t len = rest.len <= LINE_TEXT_MAX ? rest.len : is_near ? (size_t)(blank - rest.at) : LINE_TEXT_MAX;
		struct span line = { rest.at, len };
		rest = span_trim(span_between(rest.at + line.len, rest.at + rest.len));
		buf_printf(s->out, "%u%c%s%s", code, rest.len > 0 ? '-' : ' ', status, status[0] ? " " : "");
		buf_add_span(s->out, line);
		buf_add_text(s->out, "\r\n");
	} while (rest.len > 0);
	buf_free(&printable);
}

void smtp_server_hang_up(struct smtp_server *s, const char *status, const char *text)
{
	if (s->phase == ENDED)
		return;
	if (s->phase == MESSAGE && s->broken.kind == FAULT_NONE)
		s->owner.message_dropped(s->owner.context);
	s->phase = ENDED;
	reply(s, 421, status, text);
}

/* To a command that is not known, not done or malformed; a session of nothing but those ends. */
static void reply_wrong(struct smtp_server *s, unsigned code, const char *status, const char *text)
{
	reply(s, code, status, text);
	if (++s->errors >= SMTP_SERVER_ERRORS_MAX)
		smtp_server_hang_up(s, "4.7.0", "too many commands that are not understood here; the session ends");
}

/* RFC 3463 status, the class digit left out, to the code for temporary and for other faults. The first that fits counts. */
static const struct {
	const char *subject;
	unsigned temporary, final;
} codes[] = {
	{ "1.",  450, 550 },
	{ "2.2", 452, 552 },
	{ "2.",  450, 550 },
	{ "3.1", 452, 552 },
	{ "3.4", 452, 552 },
	{ "5.3", 452, 552 },
	{ "7.",  450, 550 },
	{ "",    451, 554 },
};

static void reply_fault(struct smtp_server *s, const struct fault *f)
{
	bool temporary = f->kind == FAULT_TEMPORARY;
	struct buf status = { 0 };
	size_t i = 0;

	if (f->kind == FAULT_NONE)
		abort();
	const char *subject = f->status[0] && f->status[1] == '.' ? f->status + 2 : "0.0";
	while (strncmp(subject, codes[i].subject, strlen(codes[i].subject)) != 0)
		i++;
	buf_printf(&status, "%c.%s", temporary ? '4' : '5', subject);
	reply(s, temporary ? codes[i].temporary : codes[i].final, buf_text(&status), f->text);
	buf_free(&status);
}

/* ---- the transaction ---- */

static void reset(struct smtp_server *s)
{
	record_free(&s->record);
	s->record = (struct record){ 0 };
	s->has_sender = s->has_offers = false;
	s->envelope_bytes = 0;
}

static void keep_helo(struct smtp_server *s, struct span name, bool extended)
{
	buf_clear(&s->helo);
	buf_add_span(&s->helo, name);
	s->extended = extended;
}

struct span smtp_server_helo(const struct smtp_server *s, bool *extended)
{
	*extended = s->extended;
	return buf_span(&s->helo);
}

static void do_helo(struct smtp_server *s, struct span argument)
{
	if (argument.len == 0) {
		reply_wrong(s, 501, "5.5.4", "HELO needs the name of the host it is said by");
		return;
	}
	reset(s);
	keep_helo(s, argument, false);
	reply(s, 250, "", s->hostname);
}

static void do_ehlo(struct smtp_server *s, struct span argument)
{
	if (argument.len == 0) {
		reply_wrong(s, 501, "5.5.4", "EHLO needs the name of the host it is said by");
		return;
	}
	reset(s);
	keep_helo(s, argument, true);
	buf_printf(s->out, "250-%s\r\n250-PIPELINING\r\n250-SIZE", s->hostname);
	if (s->size_limit > 0)
		buf_printf(s->out, " %llu", (unsigned long long)s->size_limit);
	buf_add_text(s->out, "\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n250 HELP\r\n");
}

static void do_mail(struct smtp_server *s, struct span argument)
{
	struct fault f = { 0 };
	uint64_t size;

	if (s->has_sender) {
		reply_wrong(s, 503, "5.5.1", "MAIL was said already; DATA or RSET ends what it began");
		return;
	}
	unsigned code = smtp_arguments_mail(argument, &s->record, &size, &f);
	if (code != 0) {
		reply_wrong(s, code, f.status, f.text);
		reset(s);
	} else if (s->size_limit > 0 && size > s->size_limit) {
		reply(s, 552, "5.3.4", "the message is larger than is allowed here");
		reset(s);
	} else {
		s->has_sender = true;
		reply(s, 250, "2.1.0", "sender taken");
	}
}

/* Refused recipients do not count as errors: programs send many of them behind one MAIL that was refused. */
static void do_rcpt(struct smtp_server *s, struct span argument)
{
	struct record_recipient offered = { 0 };
	struct fault f = { 0 };

	if (!s->has_sender) {
		reply(s, 503, "5.5.1", "RCPT comes after a MAIL that was taken");
		return;
	}
	s->has_offers = true;
	unsigned code = smtp_arguments_rcpt(argument, &offered, &f);
	size_t bytes = code ? 0 : sizeof offered + strlen(offered.address) + strlen(offered.orcpt);
	if (code != 0) {
		reply(s, code, f.status, f.text);
	} else if (s->record.recipient_count >= s->recipient_limit || s->envelope_bytes + bytes > SMTP_SERVER_ENVELOPE_MAX) {
		reply(s, 452, "4.5.3", "the message has as many recipients as are allowed; send it to the others once more");
	} else if (s->owner.recipient && s->owner.recipient(s->owner.context, &s->record, &offered, &f) < 0) {
		reply_fault(s, &f);
	} else {
		record_add_recipient(&s->record, span_of(offered.address), offered.notify, span_of(offered.orcpt));
		s->envelope_bytes += bytes;
		s->errors = 0;
		reply(s, 250, "2.1.5", "recipient taken");
	}
	free(offered.address);
	free(offered.orcpt);
}

static void do_data(struct smtp_server *s, struct span argument)
{
	struct fault f = { 0 };

	if (argument.len > 0) {
		reply_wrong(s, 501, "5.5.4", "DATA has no argument");
	} else if (!s->has_sender) {
		reply(s, 503, "5.5.1", "DATA comes after a MAIL and a RCPT that were taken");
	} else if (s->record.recipient_count == 0) {
		reply(s, s->has_offers ? 554 : 503, "5.5.1", s->has_offers ? "no recipient was taken" : "DATA comes after RCPT");
	} else if (s->owner.message_begins && s->owner.message_begins(s->owner.context, &s->record, &f) < 0) {
		reply_fault(s, &f);
	} else {
		s->dots = (struct smtp_dots){ .lf_lines = s->lenient && !s->crlf_seen };
		s->bytes = 0;
		s->broken = (struct fault){ 0 };
		s->phase = MESSAGE;
		reply(s, 354, "", "the message, and then a line with a dot alone");
	}
}

static void do_rset(struct smtp_server *s, struct span argument)
{
	if (argument.len > 0) {
		reply_wrong(s, 501, "5.5.4", "RSET has no argument");
		return;
	}
	reset(s);
	reply(s, 250, "2.0.0", "nothing is left of what MAIL began");
}

static void do_noop(struct smtp_server *s, struct span argument)
{
	(void)argument;
	reply(s, 250, "2.0.0", "nothing was done");
}

/* RFC 5321 section 3.5.3: who the recipients are is known once a message is stored. */
static void do_vrfy(struct smtp_server *s, struct span argument)
{
	if (argument.len == 0)
		reply_wrong(s, 501, "5.5.4", "VRFY needs an address");
	else
		reply(s, 252, "2.0.0", "not verified; send the message, and it will be tried");
}

static void do_help(struct smtp_server *s, struct span argument)
{
	(void)argument;
	reply(s, 214, "2.0.0", "EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT; see RFC 5321");
}

static void do_quit(struct smtp_server *s, struct span argument)
{
	(void)argument;
	s->phase = ENDED;
	reply(s, 221, "2.0.0", "goodbye");
}

static void not_done(struct smtp_server *s, struct span argument)
{
	(void)argument;
	reply_wrong(s, 502, "5.5.1", "this command is not done here");
}

/* A web page may have a browser send a form to any port, with a command in each of its lines. */
static void do_http(struct smtp_server *s, struct span argument)
{
	(void)argument;
	smtp_server_hang_up(s, "4.7.0", "this is a server of SMTP, not HTTP");
}

static const struct command {
	const char *verb;
	void (*run)(struct smtp_server *s, struct span argument);
} commands[] = {
	{ "MAIL", do_mail }, { "RCPT", do_rcpt }, { "DATA", do_data }, { "RSET", do_rset }, { "EHLO", do_ehlo },
	{ "HELO", do_helo }, { "NOOP", do_noop }, { "VRFY", do_vrfy }, { "HELP", do_help }, { "QUIT", do_quit },
	{ "EXPN", not_done }, { "ETRN", not_done }, { "ATRN", not_done }, { "TURN", not_done }, { "AUTH", not_done },
	{ "STARTTLS", not_done }, { "BDAT", not_done }, { "SEND", not_done }, { "SOML", not_done }, { "SAML", not_done },
	{ "GET", do_http }, { "HEAD", do_http }, { "POST", do_http }, { "PUT", do_http }, { "DELETE", do_http },
	{ "CONNECT", do_http }, { "OPTIONS", do_http }, { "TRACE", do_http }, { "PATCH", do_http },
};

/* A client that goes on with its message after DATA was refused must not have its lines taken for commands. */
static void run_command(struct smtp_server *s, struct span line)
{
	struct span argument = line, verb = span_word(&argument);

	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (span_eq_nocase(verb, span_of(commands[i].verb))) {
			commands[i].run(s, span_trim(argument));
			return;
		}
	}
	if (verb.len > 0 && memchr(verb.at, ':', verb.len))
		smtp_server_hang_up(s, "4.7.0", "a header field where a command belongs: the message was not asked for");
	else
		reply_wrong(s, 500, "5.5.2", "this command is not known");
}

/* ---- bytes ---- */

/* Once for a line, however it goes on. */
static void refuse_line(struct smtp_server *s, const char *why)
{
	if (!s->answered)
		reply_wrong(s, 500, "5.5.2", why);
	s->answered = true;
}

/* Up to the next LF. */
static void feed_command(struct smtp_server *s, struct span *in)
{
	const char *lf = memchr(in->at, '\n', in->len), *end = lf ? lf : in->at + in->len;
	struct span piece = span_between(in->at, end);

	*in = span_between(lf ? lf + 1 : end, in->at + in->len);
	if (piece.len > 0)
		s->after_cr = piece.at[piece.len - 1] == '\r';
	if (!s->answered && s->line.len + piece.len > SMTP_SERVER_LINE_MAX)
		refuse_line(s, "the line is too long for a command");
	if (!s->answered)
		buf_add_span(&s->line, piece);
	bool crlf = lf && s->after_cr;
	if (lf && !crlf && !s->lenient)
		refuse_line(s, "a line ends with CR LF; a LF alone ends nothing here");
	if (!crlf && !(lf && s->lenient))
		return;
	s->crlf_seen |= crlf;
	struct span line = { buf_text(&s->line), s->line.len - (crlf && !s->answered) };
	if (!s->answered && !s->lenient && memchr(line.at, '\r', line.len))
		refuse_line(s, "a CR alone does not belong into a command");
	if (!s->answered)
		run_command(s, line);
	buf_clear(&s->line);
	s->answered = s->after_cr = false;
}

static void feed_message(struct smtp_server *s, struct span *in)
{
	struct span bytes;
	enum smtp_dots_found found;

	while ((found = smtp_dots_next(&s->dots, in, &bytes)) == SMTP_DOTS_BYTES) {
		if (s->broken.kind != FAULT_NONE)
			continue;
		s->bytes += bytes.len;
		if (s->size_limit > 0 && s->bytes > s->size_limit) {
			fault_set(&s->broken, FAULT_PERMANENT, "5.3.4", "the message is larger than the %llu bytes that are allowed here; "
			          "nothing was sent", (unsigned long long)s->size_limit);
			s->owner.message_dropped(s->owner.context);
		} else if (s->owner.message_bytes(s->owner.context, bytes, &s->broken) < 0 && s->broken.kind == FAULT_NONE) {
			abort();
		}
	}
	if (found != SMTP_DOTS_END)
		return;
	s->phase = PENDING;
	if (s->broken.kind != FAULT_NONE)
		smtp_server_refused(s, &s->broken);
	else
		s->owner.message_ends(s->owner.context, &s->record);
}

size_t smtp_server_feed(struct smtp_server *s, struct span in)
{
	const char *start = in.at;

	while (in.len > 0 && (s->phase == COMMANDS || s->phase == MESSAGE) && s->out->len <= SMTP_SERVER_UNSENT_MAX) {
		if (s->phase == MESSAGE)
			feed_message(s, &in);
		else
			feed_command(s, &in);
	}
	return (size_t)(in.at - start);
}

/* ---- the session ---- */

void smtp_server_stored(struct smtp_server *s, const char *words)
{
	if (s->phase != PENDING)
		return;
	s->phase = COMMANDS;
	reset(s);
	reply(s, 250, "2.0.0", words);
}

void smtp_server_refused(struct smtp_server *s, const struct fault *f)
{
	if (s->phase != PENDING)
		return;
	s->phase = COMMANDS;
	reset(s);
	reply_fault(s, f);
}

enum smtp_server_state smtp_server_state(const struct smtp_server *s)
{
	static const enum smtp_server_state states[] = {
		[COMMANDS] = SMTP_SERVER_READING, [MESSAGE] = SMTP_SERVER_READING, [PENDING] = SMTP_SERVER_PENDING,
		[ENDED] = SMTP_SERVER_ENDED,
	};

	return states[s->phase];
}

struct smtp_server *smtp_server_begin(const struct smtp_server_rules *rules, const struct smtp_server_owner *owner,
                                      struct buf *out)
{
	struct smtp_server *s = mem_alloc(sizeof *s);
	struct buf name = { 0 };

	escape(&name, span_of(rules->hostname));
	s->owner = *owner;
	s->hostname = buf_take(&name);
	s->size_limit = rules->size_limit;
	s->recipient_limit = rules->recipient_limit;
	s->lenient = rules->lines == SMTP_LINES_LENIENT;
	s->out = out;
	buf_printf(out, "220 %s ESMTP Signet\r\n", s->hostname);
	return s;
}

void smtp_server_free(struct smtp_server *s)
{
	if (s == NULL)
		return;
	if (s->phase == MESSAGE && s->broken.kind == FAULT_NONE)
		s->owner.message_dropped(s->owner.context);
	record_free(&s->record);
	buf_free(&s->line);
	buf_free(&s->helo);
	free(s->hostname);
	free(s);
}
