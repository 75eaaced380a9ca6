/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/once/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_login;

/* What a server says, judged as where it is heard (relay/smtp/heard.c). */
static struct reply said(enum smtp_step step, unsigned code, const char *status, const char *text)
{
	struct reply r = { .kind = code < 300 ? FAULT_NONE : code < 500 ? FAULT_TEMPORARY : FAULT_PERMANENT, .code = code, .step = step };
	struct refusal_heard heard = { .code = code, .text = span_of(text), .step = step, .own_address = "192.0.2.1",
		.own_name = "web.example.org", .server = "relay.example.org", .smarthost = true,
		.has_login = has_login };
	struct refusal_verdict verdict;

	snprintf(r.status, sizeof r.status, "%s", status);
	snprintf(r.relay, sizeof r.relay, "relay.example.org[192.0.2.20]:587");
	snprintf(r.text, sizeof r.text, "%s", text);
	if (code >= 400) {
		refusal_classify(&heard, &verdict);
		r.reason = verdict.reason;
		r.contradicts = verdict.contradicts;
	}
	return r;
}

static struct reply ours(enum fault_kind kind, const char *status, enum smtp_step step, const char *text)
{
	struct reply r;

	reply_set(&r, kind, status, step, "relay.example.org[192.0.2.20]:587", "%s", text);
	return r;
}

#define UNSENT ours(FAULT_TEMPORARY, "4.5.0", STEP_NONE, "not sent, since another recipient was refused")

static void check(const struct reply *replies, size_t count, int exit_code, const char *text, const char *name)
{
	struct recipient_outcome of[64];
	struct delivery_recipient to[64];
	static char addresses[64][40];
	struct outcome o = { .recipients = of, .recipient_count = count };
	struct delivery d = { .recipients = to, .recipient_count = count };
	struct fault f;

	for (size_t i = 0; i < count; i++) {
		snprintf(addresses[i], sizeof addresses[i], "r%zu@example.net", i + 1);
		to[i] = (struct delivery_recipient){ .address = addresses[i] };
		of[i] = (struct recipient_outcome){ .id = i + 1, .reply = replies[i] };
	}
	verdict_of_outcome(&o, &d, &f);
	is_int(fault_exit_code(&f), exit_code, "%s: exit code", name);
	if (!ok(strstr(f.text, text) != NULL, "%s: it says \"%s\"", name, text))
		fprintf(stderr, "# it says: %s\n", f.text);
}

static void one_recipient(void)
{
	static const struct {
		const char *name;
		enum smtp_step step;
		unsigned code;
		const char *status, *text;
		int exit_code;
	} cases[] = {
		{ "taken", STEP_DOT, 250, "2.0.0", "2.0.0 Ok: queued as 4FZ", 0 },
		{ "no such user", STEP_RCPT, 550, "5.1.1", "5.1.1 no such user", 67 },
		{ "no such user, by a status of policy", STEP_RCPT, 550, "5.7.1", "5.7.1 user unknown", 67 },
		{ "a mailbox that is full", STEP_RCPT, 552, "5.2.2", "5.2.2 mailbox full", 69 },
		{ "relaying denied to who does not log in", STEP_RCPT, 554, "5.7.1", "5.7.1 relay access denied", 75 },
		{ "relaying denied to who does", STEP_RCPT, 554, "5.7.1", "5.7.1 relay access denied", 69 },
		{ "put off", STEP_RCPT, 450, "4.2.0", "4.2.0 try again", 75 },
		{ "greylisting", STEP_RCPT, 450, "4.7.1", "4.7.1 greylisted", 75 },
		{ "greylisting by a 5xx", STEP_RCPT, 550, "5.7.1", "5.7.1 greylisted, try again later", 75 },
		{ "too fast", STEP_MAIL, 550, "5.7.1", "5.7.1 rate limit exceeded", 75 },
		{ "the sender refused", STEP_MAIL, 553, "5.7.1", "5.7.1 sender address rejected: not owned by user", 69 },
		{ "the owner's login is lacking", STEP_MAIL, 530, "5.7.0", "5.7.0 authentication required", 75 },
		{ "TLS is wanted", STEP_MAIL, 530, "5.7.0", "5.7.0 must issue a STARTTLS command first", 75 },
		{ "the disk there is full", STEP_MAIL, 452, "4.3.1", "4.3.1 insufficient system storage", 75 },
		{ "DATA refused", STEP_DATA, 554, "5.5.1", "5.5.1 no valid recipients", 69 },
		{ "spam", STEP_DOT, 554, "5.7.1", "5.7.1 message rejected as spam", 65 },
		{ "too large", STEP_DOT, 552, "5.3.4", "5.3.4 message size exceeds fixed limit", 65 },
		{ "a loop", STEP_DOT, 554, "5.4.6", "5.4.6 too many hops", 65 },
		{ "failed after the dot", STEP_DOT, 554, "5.0.0", "5.0.0 transaction failed", 69 },
		{ "later, after the dot", STEP_DOT, 451, "4.3.0", "4.3.0 queue file write error", 75 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		has_login = strstr(cases[i].name, "who does") && !strstr(cases[i].name, "who does not");
		struct reply r = said(cases[i].step, cases[i].code, cases[i].status, cases[i].text);
		check(&r, 1, cases[i].exit_code, cases[i].text, cases[i].name);
	}
}

static void own_words(void)
{
	struct reply large = ours(FAULT_PERMANENT, "5.3.4", STEP_MAIL, "the message has 7 bytes and the server takes at most 6");
	struct reply utf8 = ours(FAULT_PERMANENT, "5.6.7", STEP_MAIL, "the message needs SMTPUTF8");
	struct reply lost = ours(FAULT_TEMPORARY, "4.4.2", STEP_DOT, "connection closed before the reply to end of DATA");

	check(&large, 1, 65, "at most 6", "larger than SIZE allows");
	check(&utf8, 1, 65, "SMTPUTF8", "no SMTPUTF8");
	check(&lost, 1, 75, "connection closed", "lost");
}

static void many_recipients(void)
{
	has_login = true;
	struct reply good = said(STEP_DOT, 250, "2.0.0", "2.0.0 Ok"), unknown = said(STEP_RCPT, 550, "5.1.1", "5.1.1 no such user");
	struct reply later = said(STEP_RCPT, 450, "4.2.0", "4.2.0 later"), relaying = said(STEP_RCPT, 554, "5.7.1", "5.7.1 relay access denied");

	check((struct reply[]){ good, good }, 2, 0, "relay.example.org[192.0.2.20]:587: 250 2.0.0 Ok", "both taken");
	check((struct reply[]){ UNSENT, unknown }, 2, 67, "nothing was sent: <r2@example.net>: relay.example.org[192.0.2.20]:587 said: 550 5.1.1",
	      "one of two refused");
	check((struct reply[]){ UNSENT, later }, 2, 75, "<r2@example.net>", "one of two put off");
	check((struct reply[]){ later, unknown, UNSENT }, 3, 67, "<r1@example.net>: relay.example.org[192.0.2.20]:587 said: 450",
	      "one put off and one refused: both are named");
	check((struct reply[]){ later, unknown, UNSENT }, 3, 67, "; <r2@example.net>", "and the refusal decides");
	check((struct reply[]){ unknown, relaying }, 2, 67, "<r2@example.net>", "the first of two refusals decides");
	struct reply all[40];
	for (size_t i = 0; i < 40; i++)
		all[i] = unknown;
	check(all, 40, 67, " more", "of very many it says how many");
}

static void ends(void)
{
	struct session_end silent = { .scope = SESSION_UNREACHABLE }, unmet = { .scope = SESSION_UNMET }, none = { .scope = SESSION_LOST };
	struct fault f;

	silent.reply = ours(FAULT_TEMPORARY, "4.4.1", STEP_CONNECTION, "cannot connect: Connection refused");
	verdict_of_end(&silent, &f);
	is_int(fault_exit_code(&f), 75, "nobody there: try again");
	ok(strstr(f.text, "nothing was sent: ") && strstr(f.text, "Connection refused"), "and why: %s", f.text);
	unmet.reply = ours(FAULT_PERMANENT, "5.7.30", STEP_HELO, "REQUIRETLS is not offered");
	verdict_of_end(&unmet, &f);
	ok(f.kind == FAULT_PERMANENT && fault_exit_code(&f) != 75, "a need that no host meets is final");
	verdict_of_end(&none, &f);
	is_int(fault_exit_code(&f), 75, "an end without words is temporary");
}

static void arrived_perhaps(void)
{
	struct recipient_outcome of = { .id = 1, .unknown = true };
	struct delivery_recipient to = { .address = mem_text("a@example.net") };
	struct outcome o = { .recipients = &of, .recipient_count = 1 }, short_one = { .recipients = &of, .recipient_count = 0 };
	struct delivery d = { .recipients = &to, .recipient_count = 1 };
	struct fault f;

	of.reply = ours(FAULT_TEMPORARY, "4.4.2", STEP_DOT, "no reply in time");
	verdict_of_outcome(&o, &d, &f);
	ok(f.kind == FAULT_TEMPORARY && strstr(f.text, "; the message may have arrived"), "lost after the dot: %s", f.text);
	verdict_of_outcome(&short_one, &d, &f);
	is_int(f.kind, FAULT_TEMPORARY, "an outcome of other recipients is no outcome");
	free(to.address);
}

int main(void)
{
	tap_plan(20 * 2 + 3 * 2 + 7 * 2 + 4 + 2);
	one_recipient();
	own_words();
	many_recipients();
	ends();
	arrived_perhaps();
	return tap_done();
}
