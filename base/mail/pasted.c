/* SPDX-License-Identifier: ISC */
#include "base/mail/pasted.h"

#include "base/mail/message.h"
#include "base/mail/refusal_ip.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 4096 };

/* Words that are looked for in what stands before a line: it grows line by line, and is read once. */
struct hunt {
	const char *begin;           /* of what was read, */
	size_t read;                 /* so many bytes */
	bool found;
	size_t at;
};

enum { HUNTED_HOSTS = 0, HUNTED_SAID = 8, HUNTED_RECIPIENTS = 9, HUNTED_COMMANDS = 17, HUNTS = 40, NOT_HUNTED = -1 };

struct reading {
	struct pasted *out;
	const struct hearing *ours;
	bool at_beginning;           /* of the whole text: a success may stand here */

	/* the reply being gathered */
	bool open;
	unsigned code;               /* 0: our own words */
	bool code_made, goes_on;     /* goes_on: "550-": the next line is of it */
	bool takes_lines;            /* it may have been broken into lines */
	enum smtp_step step;
	char status[FAULT_STATUS_MAX];   /* of our own words */
	char relay[REPLY_RELAY_MAX], recipient[PASTED_ADDRESS_MAX + 1];
	struct buf text;

	struct hunt hunts[HUNTS];
};

/* ---- small pieces ---- */

static struct span tail(struct span s, size_t from)
{
	return from < s.len ? (struct span){ s.at + from, s.len - from } : (struct span){ s.at + s.len, 0 };
}

static size_t find(struct span s, const char *what)
{
	const char *at = s.len ? memmem(s.at, s.len, what, strlen(what)) : NULL;

	return at ? (size_t)(at - s.at) : s.len;
}

/* The same in what grows; hunted: which of r->hunts it is, NOT_HUNTED for a text of its own. */
static size_t hunt(struct reading *r, int hunted, struct span s, const char *words)
{
	if (hunted == NOT_HUNTED)
		return find(s, words);
	struct hunt *h = &r->hunts[hunted];
	size_t len = strlen(words);
	if (h->begin != s.at || h->read > s.len)
		*h = (struct hunt){ .begin = s.at };
	if (!h->found) {
		size_t from = h->read >= len ? h->read - len + 1 : 0;
		h->at = from + find(tail(s, from), words);
		h->found = h->at < s.len;
		h->read = s.len;
	}
	return h->found ? h->at : s.len;
}

static void set_text(char *into, size_t bytes, struct span s)
{
	snprintf(into, bytes, "%.*s", (int)(s.len < bytes ? s.len : bytes - 1), s.at);
}

/* What stands between two texts, the first of them; empty: nothing does. Two hunts, from hunted on. */
static struct span hunt_between(struct reading *r, int hunted, struct span s, const char *before, const char *after)
{
	size_t at = hunt(r, hunted, s, before);
	struct span rest = tail(s, at + strlen(before));

	if (at == s.len)
		return (struct span){ s.at, 0 };
	size_t len = hunt(r, hunted == NOT_HUNTED ? NOT_HUNTED : hunted + 1, rest, after);
	return len < rest.len ? (struct span){ rest.at, len } : (struct span){ s.at, 0 };
}

static struct span between(struct span s, const char *before, const char *after)
{
	return hunt_between(NULL, NOT_HUNTED, s, before, after);
}

/* "5.7.26" at the front: its length, 0 for none. */
static size_t status_length(struct span s)
{
	size_t i = 0, dots = 0, digits = 0;

	if (s.len == 0 || (s.at[0] != '2' && s.at[0] != '4' && s.at[0] != '5'))
		return 0;
	for (; i < s.len && (byte_is_digit(s.at[i]) || s.at[i] == '.'); i++) {
		if (s.at[i] == '.') {
			if (digits == 0 || (dots == 0 && digits > 1) || ++dots > 2)
				return 0;
			digits = 0;
		} else if (++digits > 3) {
			return 0;
		}
	}
	bool ends = i == s.len || byte_is_white(s.at[i]) || s.at[i] == ',' || s.at[i] == ':' || s.at[i] == ')';
	return dots == 2 && digits > 0 && ends ? i : 0;
}

/* "550 ", "550-" or "550" and no more at the front, or "550: 5.1.1"; 0: no code stands there. */
static unsigned code_at(struct span s)
{
	bool is_code = s.len >= 3 && (s.at[0] == '2' || s.at[0] == '4' || s.at[0] == '5') && s.at[1] >= '0' && s.at[1] <= '5' &&
	               byte_is_digit(s.at[2]);
	bool has_colon = is_code && s.len > 5 && s.at[3] == ':' && s.at[4] == ' ' && status_length(tail(s, 5)) > 0;

	if (!is_code || (s.len > 3 && s.at[3] != ' ' && s.at[3] != '-' && !has_colon))
		return 0;
	/* "550-5" is a reply, "550-" and a blank or letter too; "250-300" is a range. */
	if (s.len > 4 && s.at[3] == '-' && byte_is_digit(s.at[4]) && status_length(tail(s, 4)) == 0)
		return 0;
	return (unsigned)(s.at[0] - '0') * 100 + (unsigned)(s.at[1] - '0') * 10 + (unsigned)(s.at[2] - '0');
}

/* ---- what stands around a reply ---- */

static const struct { const char *words; enum smtp_step step; } commands[] = {
	{ "end of DATA", STEP_DOT }, { "end of data", STEP_DOT }, { "RCPT TO", STEP_RCPT }, { "RCPT To", STEP_RCPT },
	{ "MAIL FROM", STEP_MAIL }, { "MAIL From", STEP_MAIL }, { "initial connection", STEP_CONNECTION },
	{ "refused to talk to me", STEP_CONNECTION }, { "the connection", STEP_CONNECTION }, { "greeting", STEP_CONNECTION },
	{ "STARTTLS", STEP_STARTTLS }, { "EHLO", STEP_HELO }, { "HELO", STEP_HELO }, { "AUTH", STEP_AUTH },
	{ "DATA command", STEP_DATA }, { ">>> DATA", STEP_DATA }, { "after DATA", STEP_DATA },
};

static enum smtp_step hunt_step(struct reading *r, int hunted, struct span s)
{
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (hunt(r, hunted == NOT_HUNTED ? NOT_HUNTED : hunted + (int)i, s, commands[i].words) < s.len)
			return commands[i].step;
	return STEP_NONE;
}

static enum smtp_step step_in(struct span s)
{
	return hunt_step(NULL, NOT_HUNTED, s);
}

/* "mx.example.org[192.0.2.1]" up to what ends a word; a "[" belongs to it where one stands right behind. */
static struct span host_word(struct span s)
{
	size_t n = 0;

	while (n < s.len && !byte_is_white(s.at[n]) && strchr(",;()<>\"'", s.at[n]) == NULL)
		n++;
	while (n > 0 && (s.at[n - 1] == ':' || s.at[n - 1] == '.'))
		n--;
	return (struct span){ s.at, n };
}

/* grows: s is what stands before the line. */
static void note_in(struct reading *r, struct span s, bool grows)
{
	static const char *const hosts[] = { "relay=", "host ", "H=", "while talking to ", "Remote-MTA: dns; ", "Remote-MTA: dns;" };
	static const char *const recipients[][2] = { { "to=<", ">" }, { "RCPT TO:<", ">" }, { "RCPT To:<", ">" }, { "<", ">:" } };

	_Static_assert(sizeof hosts / sizeof hosts[0] <= HUNTED_SAID && HUNTED_RECIPIENTS + 2 * sizeof recipients / sizeof recipients[0] <= HUNTED_COMMANDS &&
	               HUNTED_COMMANDS + sizeof commands / sizeof commands[0] <= HUNTS, "each has a hunt of its own");
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0] && r->relay[0] == '\0'; i++) {
		size_t at = hunt(r, grows ? HUNTED_HOSTS + (int)i : NOT_HUNTED, s, hosts[i]);
		struct span name = host_word(tail(s, at + strlen(hosts[i])));
		if (at < s.len && memchr(name.at, '.', name.len))
			set_text(r->relay, sizeof r->relay, name);
	}
	/* "mx.example.org[192.0.2.1]:25 said:", as Signet has it. */
	size_t said = r->relay[0] ? s.len : hunt(r, grows ? HUNTED_SAID : NOT_HUNTED, s, " said");
	if (said < s.len) {
		size_t from = said;
		while (from > 0 && !byte_is_white(s.at[from - 1]) && s.at[from - 1] != '(')
			from--;
		struct span name = host_word((struct span){ s.at + from, said - from });
		if (name.len > 0 && memchr(name.at, '.', name.len))
			set_text(r->relay, sizeof r->relay, name);
	}
	for (size_t i = 0; i < sizeof recipients / sizeof recipients[0] && r->recipient[0] == '\0'; i++)
		set_text(r->recipient, sizeof r->recipient, hunt_between(r, grows ? HUNTED_RECIPIENTS + 2 * (int)i : NOT_HUNTED, s, recipients[i][0],
		                                                         recipients[i][1]));
	if (r->step == STEP_NONE)
		r->step = hunt_step(r, grows ? HUNTED_COMMANDS : NOT_HUNTED, s);
}

static void note_context(struct reading *r, struct span before)
{
	note_in(r, before, true);
}

/* "(in reply to RCPT TO command)" and what a log line has behind it, off the end; and what closes a quotation. */
static struct span strip_end(struct reading *r, struct span s)
{
	size_t at = find(s, "(in reply to ");

	s.len = find(s, "', Port: ");       /* "Server Response: '550 ...', Port: 25", as Outlook says it */
	if (at < s.len) {
		enum smtp_step step = step_in(tail(s, at));
		if (step != STEP_NONE)
			r->step = step;
		s.len = at;
	}
	s = span_trim(s);
	if (s.len > 0 && (s.at[s.len - 1] == '\'' || s.at[s.len - 1] == '"'))
		s.len--;
	return span_trim(s);
}

/* ---- a reply is whole ---- */

/* "a 550-5.7.26 b 550 5.7.26 c", and "a\n550-5.7.26 b" as Exim logs it, become lines: the code that is repeated goes. */
static void part_lines(unsigned code, struct span s, struct buf *out)
{
	char again[4];

	snprintf(again, sizeof again, "%03u", code % 1000);
	for (size_t i = 0; i < s.len; i++) {
		size_t escaped = i > 0 && tail(s, i).len > 2 && memcmp(s.at + i, "\\n", 2) == 0 ? 2 : 0;
		struct span rest = tail(s, i + escaped);
		bool repeats = i > 0 && (escaped || byte_is_blank(s.at[i - 1])) && rest.len > 4 && memcmp(rest.at, again, 3) == 0 &&
		               (rest.at[3] == '-' || (rest.at[3] == ' ' && (escaped || status_length(tail(rest, 4)) > 0)));
		if (!repeats) {
			buf_add_byte(out, s.at[i] == '\r' || s.at[i] == '\0' ? ' ' : s.at[i]);
			continue;
		}
		while (out->len > 0 && byte_is_blank(out->at[out->len - 1]))
			out->len--;
		buf_add_byte(out, '\n');
		i += escaped + 3;
	}
}

/* The first address in the words: it is this end's, whoever pastes them. */
static void first_address(struct span text, char out[REPLY_SOURCE_MAX])
{
	const struct refusal_own unknown = { 0 };
	enum refusal_ip_of of;

	for (size_t i = 0; i < text.len; i++) {
		bool begins = i == 0 || !(byte_is_letter_or_digit(text.at[i - 1]) || strchr(".:-", text.at[i - 1]));
		size_t len = begins ? refusal_ip_at(tail(text, i), &unknown, &of) : 0;
		if (len > 0 && len < REPLY_SOURCE_MAX && of != IP_OF_NOBODY) {
			set_text(out, REPLY_SOURCE_MAX, (struct span){ text.at + i, len });
			return;
		}
	}
}

/* Is it text, as heard_reply keeps it: cut, and without NUL? */
static bool is_text(const char *kept, struct span text)
{
	size_t len = text.len < REPLY_TEXT_MAX ? text.len : REPLY_TEXT_MAX - 1;

	for (size_t i = 0; i < len; i++)
		if (kept[i] != (text.at[i] ? text.at[i] : ' '))
			return false;
	return kept[len] == '\0';
}

/* One that is there already is counted, and need not be judged: a log may have it a million times. */
static bool count_again(struct pasted *out, unsigned code, struct span text, const char *relay, const char *recipient)
{
	for (size_t i = 0; i < out->count; i++) {
		struct pasted_reply *o = &out->items[i];
		bool same = o->reply.code == code && is_text(o->reply.text, text) && strcmp(o->reply.relay, relay) == 0 &&
		            strcmp(o->recipient, recipient) == 0;
		o->times += same;
		if (same)
			return true;
	}
	return false;
}

static void keep(struct pasted *out, const struct pasted_reply *p)
{
	if (count_again(out, p->reply.code, span_of(p->reply.text), p->reply.relay, p->recipient))
		return;
	if (out->count == PASTED_MAX) {
		out->cut = true;
		return;
	}
	if (out->items == NULL)
		out->items = mem_resize(NULL, PASTED_MAX, sizeof *out->items);
	out->items[out->count++] = *p;
}

static void close_reply(struct reading *r)
{
	struct pasted_reply p = { .code_made = r->code_made, .times = 1 };
	struct hearing at = *r->ours;
	struct buf lines = { 0 };
	char server[REPLY_RELAY_MAX];

	if (!r->open)
		return;
	r->open = r->at_beginning = false;
	struct span text = strip_end(r, buf_span(&r->text));
	part_lines(r->code, text, &lines);
	if (count_again(r->out, r->code, r->code ? buf_span(&lines) : text, r->relay, r->recipient)) {
		buf_free(&lines);
		return;
	}
	snprintf(server, sizeof server, "%.*s", (int)strcspn(r->relay, "["), r->relay);
	at.relay = r->relay;
	at.server = server;
	at.smarthost = at.has_login = false;
	/* Not known for sure: any address in the words may be this end's. */
	at.own_address = "";
	if (r->code)
		p.row = heard_reply(r->code, buf_span(&lines), &at, r->step, &p.reply);
	else
		reply_set(&p.reply, r->status[0] == '5' ? FAULT_PERMANENT : FAULT_TEMPORARY, r->status, r->step, r->relay, "%.*s", (int)text.len, text.at);
	first_address(text, p.reply.source);
	memcpy(p.recipient, r->recipient, sizeof p.recipient);
	keep(r->out, &p);
	buf_free(&lines);
}

static void open_reply(struct reading *r, unsigned code, struct span text, bool takes_lines)
{
	r->open = true;
	r->code = code;
	r->code_made = r->goes_on = false;
	r->takes_lines = takes_lines;
	r->step = STEP_NONE;
	r->status[0] = r->relay[0] = r->recipient[0] = '\0';
	buf_clear(&r->text);
	buf_add(&r->text, text.at, text.len < TEXT_MAX ? text.len : TEXT_MAX);
}

static void add_line(struct reading *r, struct span text, char between_them)
{
	if (r->text.len + text.len > TEXT_MAX)
		return;
	buf_add_byte(&r->text, between_them);
	buf_add_span(&r->text, text);
}

/* ---- lines ---- */

/* Words behind which a reply stands in somebody else's line, with the code following right away or in quotes. */
static const char *const tellers[] = {
	"said:", "says:", "responded:", "smtp;", ">:", "<<<", "returned", "was:", "responded with", "response:", "error:", "with:", "to me:", "to:",
	"greeting:", "answered", "failed:", "reply:", "Reason:",
};

static bool ends_in_teller(struct span before)
{
	struct span s = span_trim(before);

	while (s.len > 0 && strchr("'\"([", s.at[s.len - 1]))
		s.len--;
	s = span_trim(s);
	for (size_t i = 0; i < sizeof tellers / sizeof tellers[0]; i++)
		if (span_ends_nocase(s, span_of(tellers[i])))
			return true;
	return false;
}

/* Where a reply begins within the line; line.len: nowhere. */
static size_t reply_in(struct span line)
{
	for (size_t i = 1; i + 3 <= line.len; i++) {
		struct span rest = tail(line, i);
		if (!byte_is_white(line.at[i - 1]) && strchr("'\"(;:", line.at[i - 1]) == NULL)
			continue;
		unsigned code = code_at(rest);
		if (code < 400)
			continue;
		size_t status = rest.len > 4 ? status_length(tail(rest, 4)) : 0;
		bool has_status = status > 0 && rest.at[4] == rest.at[0];
		struct span before = { line.at, i };
		if (has_status || ends_in_teller(before) || (i > 1 && line.at[i - 2] == ':' && line.at[i - 1] == ' '))
			return i;
	}
	return line.len;
}

/* A log line that says what became of mail and quotes nobody: "dsn=4.4.1, status=deferred (connect to ...)". */
static void take_own_words(struct reading *r, struct span line)
{
	struct span dsn = between(line, "dsn=", ","), rest = tail(line, find(line, "status="));
	size_t paren = find(rest, "(");

	if (status_length(dsn) == 0 || dsn.at[0] == '2' || paren == rest.len)
		return;
	struct span words = tail(rest, paren + 1);
	if (words.len > 0 && words.at[words.len - 1] == ')')
		words.len--;
	open_reply(r, 0, words, false);
	set_text(r->status, sizeof r->status, dsn);
	note_in(r, (struct span){ line.at, (size_t)(rest.at - line.at) }, false);
	r->step = STEP_NONE;
	close_reply(r);
}

/* Where a status stands that should follow a code: "The mail server responded:  5.7.1 ..". line.len: nowhere. */
static size_t status_in(struct span line)
{
	for (size_t i = 1; i < line.len; i++)
		if (byte_is_white(line.at[i - 1]) && status_length(tail(line, i)) > 0 && line.at[i] != '2')
			return ends_in_teller((struct span){ line.at, i }) ? i : line.len;
	return line.len;
}

/* A status without a code, whoever says it: read as a reply whose code has the same first digit. */
static void open_by_status(struct reading *r, struct span text, bool is_temporary, bool takes_lines)
{
	open_reply(r, is_temporary ? 450 : 550, text, takes_lines);
	r->code_made = true;
}

/* Sendmail's log: "relay=mx.example.org. [192.0.2.9], dsn=5.7.1, stat=Service unavailable". */
static bool take_sendmail_log(struct reading *r, struct span line)
{
	struct span dsn = between(line, "dsn=", ","), rest = tail(line, find(line, ", stat="));

	if (rest.len == 0 || status_length(dsn) == 0 || dsn.at[0] == '2')
		return false;
	struct buf words = { 0 };
	buf_add_span(&words, dsn);
	buf_add_byte(&words, ' ');
	buf_add_span(&words, tail(rest, strlen(", stat=")));
	open_by_status(r, buf_span(&words), dsn.at[0] == '4', false);
	buf_free(&words);
	note_in(r, (struct span){ line.at, (size_t)(rest.at - line.at) }, false);
	close_reply(r);
	return true;
}

/* qmail has the status at the end: "Sorry, no mailbox here by that name. (#5.1.1)". */
static bool take_qmail_line(struct reading *r, struct span line, struct span before)
{
	size_t at = find(line, "(#");
	size_t len = at < line.len ? status_length(tail(line, at + 2)) : 0;

	if (len == 0 || at == 0 || line.at[at + 2] == '2' || tail(line, at + 2 + len).len != 1)
		return false;
	open_reply(r, 0, (struct span){ line.at, at }, false);
	set_text(r->status, sizeof r->status, (struct span){ line.at + at + 2, len });
	note_context(r, before);
	close_reply(r);
	return true;
}

/* qmail's log: "delivery 5: failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/Giving_up_on_192.0.2.9./". */
static bool qmail_log(struct span line, struct buf *plain)
{
	bool is_log = find(line, ": failure: ") < line.len || find(line, ": deferral: ") < line.len;

	if (!is_log || !memchr(line.at, '_', line.len))
		return false;
	line.len = find(line, "/Giving_up_on_");
	line = span_trim(line);
	while (line.len > 0 && line.at[line.len - 1] == '/')
		line.len--;
	for (size_t i = 0; i < line.len; i++)
		buf_add_byte(plain, line.at[i] == '_' ? ' ' : line.at[i]);
	return true;
}

/* A line that follows a reply and is not part of it. */
static bool ends_reply(struct span s)
{
	static const char *const begins[] = { "giving up on ", "Remote system:", "DSN generated by:" };

	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
		if (span_starts_nocase(s, span_of(begins[i])))
			return true;
	return find(s, "--> ") < s.len;
}

/* Sendmail closes its transcript with words of its own. */
static bool is_sendmails_own(const struct reading *r, unsigned code, struct span s)
{
	return code == 554 && (r->open || r->out->count > 0) && span_eq(tail(s, 4), SPAN("5.0.0 Service unavailable"));
}

static bool is_field(struct span line)
{
	struct span rest = line;
	struct field f;

	return line.len > 0 && line.at[0] >= 'A' && line.at[0] <= 'Z' && message_next_field(&rest, &f);
}

/* Without the marks of quotation in front. */
static struct span without_quoting(struct span line)
{
	struct span s = span_trim(line);

	while (s.len > 0 && (s.at[0] == '>' || s.at[0] == '|') && !span_starts_nocase(s, SPAN(">>>")))
		s = span_trim(tail(s, 1));
	if (span_starts_nocase(s, SPAN("<<<")) || span_starts_nocase(s, SPAN("...")))
		s = span_trim(tail(s, 3));
	while (s.len > 0 && strchr("\"'(", s.at[0]))
		s = tail(s, 1);
	/* Exchange: "#550 5.1.1 ...". */
	return s.len > 1 && s.at[0] == '#' && code_at(tail(s, 1)) ? tail(s, 1) : s;
}

/* "550-5.7.1 no": a reply, or the next line of the one before. */
static void take_coded_line(struct reading *r, unsigned code, struct span s, struct span before)
{
	struct span text = tail(s, s.len > 3 && s.at[3] == ':' ? 5 : 4);

	if (r->open && r->code == code && r->goes_on) {
		add_line(r, text, '\n');
	} else {
		close_reply(r);
		open_reply(r, code, text, true);
		note_context(r, before);
	}
	r->goes_on = s.len > 3 && s.at[3] == '-';
}

/* "host mx.example.org said: 550 5.7.1 no", the reply at at; in_parens: "(reason: 550 no)". */
static void take_quoting_line(struct reading *r, struct span s, size_t at, bool in_parens, struct span before)
{
	struct span rest = tail(s, at), front = { s.at, at };
	bool log_line = find(front, "status=") < front.len || find(front, " H=") < front.len;

	close_reply(r);
	open_reply(r, code_at(rest), tail(rest, 4), !log_line);
	if ((log_line || in_parens) && r->text.len > 0 && r->text.at[r->text.len - 1] == ')')
		r->text.len--;
	r->goes_on = rest.len > 3 && rest.at[3] == '-';
	note_in(r, front, false);
	note_context(r, before);
}

/* A line that has no code. False: it is none of them. */
static bool take_uncoded_line(struct reading *r, struct span s, struct span before)
{
	size_t at = status_in(s);

	if (at < s.len) {
		close_reply(r);
		open_by_status(r, tail(s, at), s.at[at] == '4', true);
		note_context(r, before);
		return true;
	}
	if (find(s, ", stat=") < s.len || find(s, "status=") < s.len) {
		close_reply(r);
		if (!take_sendmail_log(r, s))
			take_own_words(r, s);
		return true;
	}
	return !r->open && take_qmail_line(r, s, before);
}

static void take_line(struct reading *r, struct span line, struct span before)
{
	struct span s = without_quoting(line);
	bool is_subject = span_starts_nocase(s, SPAN("Subject:"));
	unsigned code = code_at(s);
	size_t at, status = status_length(s);

	if (is_sendmails_own(r, code, s))
		close_reply(r);
	else if (code >= 400 || (code && r->at_beginning))
		take_coded_line(r, code, s, before);
	else if (!r->open && status > 0 && s.at[0] != '2' && s.len > status)
		open_by_status(r, s, s.at[0] == '4', true);
	else if (!is_subject && (at = reply_in(s)) < s.len)
		take_quoting_line(r, s, at, span_starts_nocase(span_trim(line), SPAN("(")), before);
	else if (!take_uncoded_line(r, s, before) && r->open) {
		if (s.len == 0 || !r->takes_lines || is_field(line) || line.at[0] == '<' || line.at[0] == '-' || ends_reply(s))
			close_reply(r);
		else
			add_line(r, s, ' ');
	}
	if (s.len > 0)
		r->at_beginning = false;
}

void pasted_read(struct span text, const struct hearing *ours, struct pasted *out)
{
	struct reading r = { .out = out, .ours = ours, .at_beginning = true };
	struct span rest = text, before = { text.at, 0 };

	while (rest.len > 0 && !out->cut) {
		struct span line = span_cut(&rest, '\n');
		struct buf plain = { 0 };
		take_line(&r, qmail_log(line, &plain) ? buf_span(&plain) : line, before);
		buf_free(&plain);
		/* Two lines back are read for who said it: "host mx.example.org [192.0.2.1]", then the command. */
		struct span trimmed = span_trim(line);
		if (trimmed.len == 0)
			before = (struct span){ rest.at ? rest.at : line.at, 0 };
		else
			before = span_between(before.len && before.len < 2 * TEXT_MAX ? before.at : line.at, line.at + line.len);
	}
	close_reply(&r);
	buf_free(&r.text);
}

void pasted_free(struct pasted *p)
{
	free(p->items);
	*p = (struct pasted){ 0 };
}

/* ---- delivery reports ---- */

/* "rfc822; user@example.org": what follows the type. */
static struct span behind_type(struct span value)
{
	size_t at = find(value, ";");

	return span_trim(at < value.len ? tail(value, at + 1) : value);
}

static bool group_field(struct span group, const char *name, struct span *out)
{
	struct field f;

	if (!message_find_field(group, span_of(name), 0, &f))
		return false;
	*out = span_trim(f.value);
	return true;
}

static bool take_group(struct reading *r, struct span group)
{
	struct span value, code = { 0 };
	struct buf words = { 0 };

	if (!group_field(group, "Action", &value) || (!span_eq_nocase(value, SPAN("failed")) && !span_eq_nocase(value, SPAN("delayed"))))
		return false;
	if (group_field(group, "Diagnostic-Code", &value)) {
		struct span rest = behind_type(value);
		while (rest.at && rest.len > 0) {       /* unfolded */
			struct span line = span_trim(span_cut(&rest, '\n'));
			buf_printf(&words, "%s%.*s", words.len ? " " : "", (int)line.len, line.at);
		}
	}
	struct span text = buf_span(&words);
	size_t at = code_at(text) ? 0 : reply_in(text);
	if (text.len > 0 && at < text.len) {
		open_reply(r, code_at(tail(text, at)), tail(text, at + 4), false);
		r->step = step_in((struct span){ text.at, at });
	} else {
		open_reply(r, 0, text.len ? text : SPAN("the report gives no reason"), false);
		if (group_field(group, "Status", &code) && status_length(host_word(code)) > 0)
			set_text(r->status, sizeof r->status, host_word(code));
		else
			set_text(r->status, sizeof r->status, SPAN("5.0.0"));
	}
	if (group_field(group, "Remote-MTA", &value))
		set_text(r->relay, sizeof r->relay, host_word(behind_type(value)));
	if (group_field(group, "Final-Recipient", &value))
		set_text(r->recipient, sizeof r->recipient, behind_type(value));
	close_reply(r);
	buf_free(&words);
	return true;
}

bool pasted_read_status(struct span status, const struct hearing *ours, struct pasted *out)
{
	struct reading r = { .out = out, .ours = ours };
	struct span rest = status;
	bool any = false;

	/* Groups of fields, between empty lines; the first is of the message. */
	while (rest.len > 0 && !out->cut) {
		struct span group = { rest.at, message_body_offset(rest) };
		if (group.len == 0)
			group.len = find(rest, "\n") + (find(rest, "\n") < rest.len);
		any |= take_group(&r, group);
		rest = tail(rest, group.len);
	}
	buf_free(&r.text);
	return any;
}
