/* SPDX-License-Identifier: ISC */
/*
 * signet explain - in plain words what a server said: a reply as it was pasted,
 * with the line of a log around it or in a bounce; or what a receiver thought of
 * a mail, from the header of the copy that it delivered.
 */
#include "base/clock.h"
#include "base/conf/config.h"
#include "base/json.h"
#include "base/mail/meaning.h"
#include "base/mail/message.h"
#include "base/mail/parts.h"
#include "base/mail/pasted.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"
#include "signet/trust/input.h"
#include "signet/trust/sent.h"
#include "signet/trust/trust_commands.h"
#include "signet/trust/verdicts.h"
#include "trust/delivered.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>

enum { NOT_UNDERSTOOD = 1, TEXT_PART_MAX = 1024 * 1024, LINKS_MAX = 5 };

struct arguments {
	bool json, verdicts;
	struct text_list servers;        /* authserv-ids that are believed besides */
	struct buf words;                /* the reply, or the name of a file, or "-" */
	size_t count;
};

struct explained {
	const struct arguments *arguments;
	const struct settings *settings;
	bool has_settings;               /* else those are the defaults */
	struct pasted pasted;
	bool is_bounce;
	struct delivered delivered;
	bool has_delivered;
};

/* ---- replies ---- */

/* The n-th link in it; empty: there are not so many. */
static struct span link_in(const char *text, size_t n)
{
	struct span link = { text, 0 };

	for (const char *at = text; (at = strstr(at, "http")) != NULL; at += 4) {
		if (strncmp(at, "http://", 7) != 0 && strncmp(at, "https://", 8) != 0)
			continue;
		link = (struct span){ at, strcspn(at, " \t\n\"'<>") };
		while (link.len > 0 && strchr(".,;)]", link.at[link.len - 1]))
			link.len--;
		if (n-- == 0)
			return link;
	}
	return (struct span){ text, 0 };
}

/* What is to be done: by whoever runs this host where it is for him, else by who wrote the mail. */
static const char *to_do(const struct reply *r, const struct meaning *m)
{
	if (r->reason && r->reason->advice[0])
		return r->reason->advice;
	return m->owner[0] ? m->owner : m->advice;
}

static bool is_understood(const struct pasted_reply *p)
{
	return p->reply.kind == FAULT_NONE || meaning_of(&p->reply).known;
}

static void say_contradiction(const struct reply *r)
{
	if (r->contradicts && r->kind == FAULT_PERMANENT)
		say("  note:     its words say that a later try may succeed, its code says that none will: the code counts");
}

static void say_reply(const struct pasted_reply *p)
{
	const struct reply *r = &p->reply;
	struct meaning m = meaning_of(r);
	struct buf words = { 0 };

	reply_print_words(r, &words);
	say("%s%s%s", r->relay[0] ? r->relay : r->code ? "the server" : "this", r->code ? " said: " : " was noted: ", buf_text(&words));
	buf_free(&words);
	if (p->times > 1)
		say("  times:    %u", p->times);
	if (p->recipient[0])
		say("  mail to:  %s", p->recipient);
	if (r->step != STEP_NONE)
		say("  at:       %s", smtp_step_name(r->step));
	say("  outcome:  %s%s", r->kind == FAULT_NONE ? "taken" : r->kind == FAULT_TEMPORARY ? "put off: it is to be tried again"
	    : "refused: trying again will not help", p->code_made ? " (by its status; the code was left out)" : "");
	if (r->kind == FAULT_NONE)
		return;
	if (!m.known) {
		say("  meaning:  not known: neither the words nor the status (%s%s) say why",
		    r->status_made ? "none, but by its code " : "", r->status);
		say_contradiction(r);
		return;
	}
	if (r->reason && meaning_subject(r->reason->about)[0])
		say("  about:    %s%s%s", meaning_subject(r->reason->about),
		    r->reason->about == REFUSAL_ADDRESS && r->source[0] ? ", " : "",
		    r->reason->about == REFUSAL_ADDRESS ? r->source : "");
	if (r->reason && r->reason->about == REFUSAL_ADDRESS)
		say("  concerns: %s", r->reach == REACH_DOMAIN ? "mail to the recipient's organisation only: it is a rule of theirs"
		                                              : "all mail from that address to this receiver");
	say("  meaning:  %s", m.means);
	say("  to do:    %s", to_do(r, &m));
	say_contradiction(r);
	if (p->row)
		say("  known as: a reply of %s; source: %s", p->row->receiver, p->row->source);
	for (size_t i = 0; i < LINKS_MAX && link_in(r->text, i).len > 0; i++)
		say("  link:     %.*s", (int)link_in(r->text, i).len, link_in(r->text, i).at);
}

static void add_reply(struct json *j, const struct pasted_reply *p)
{
	const struct reply *r = &p->reply;
	struct meaning m = meaning_of(r);
	bool known = is_understood(p) && r->kind != FAULT_NONE;

	json_object(j, NULL);
	json_flag(j, "understood", is_understood(p));
	json_count(j, "code", r->code);
	json_text(j, "status", r->status);
	json_text(j, "text", r->text);
	json_text(j, "relay", r->relay);
	json_text(j, "recipient", p->recipient);
	json_text(j, "in_reply_to", smtp_step_name(r->step));
	json_text(j, "outcome", r->kind == FAULT_NONE ? "taken" : r->kind == FAULT_TEMPORARY ? "deferred" : "refused");
	json_text(j, "about", refusal_name(reply_about(r)));
	json_text(j, "reason", r->reason ? r->reason->name : "");
	json_text(j, "address", r->source);
	json_text(j, "reach", reply_about(r) != REFUSAL_ADDRESS ? "" : r->reach == REACH_DOMAIN ? "domain" : "site");
	json_text(j, "means", known ? m.means : "");
	json_text(j, "advice", known ? to_do(r, &m) : "");
	json_text(j, "receiver", p->row ? p->row->receiver : "");
	json_text(j, "source", p->row ? p->row->source : "");
	json_array(j, "links");
	for (size_t i = 0; i < LINKS_MAX && link_in(r->text, i).len > 0; i++)
		json_span(j, NULL, link_in(r->text, i));
	json_end(j);
	json_count(j, "times", p->times);
	json_end(j);
}

static int tell_replies(const struct explained *e)
{
	bool all = e->pasted.count > 0;

	for (size_t i = 0; i < e->pasted.count; i++)
		all &= is_understood(&e->pasted.items[i]);
	if (e->arguments->json) {
		struct buf out = { 0 };
		struct json j = { .out = &out };
		json_object(&j, NULL);
		json_text(&j, "kind", e->is_bounce ? "bounce" : "replies");
		json_array(&j, "replies");
		for (size_t i = 0; i < e->pasted.count; i++)
			add_reply(&j, &e->pasted.items[i]);
		json_end(&j);
		json_flag(&j, "more", e->pasted.cut);
		json_end(&j);
		buf_add_byte(&out, '\n');
		ask_print(&out);
	}
	for (size_t i = 0; i < e->pasted.count && !e->arguments->json; i++) {
		if (i > 0)
			say("%s", "");
		say_reply(&e->pasted.items[i]);
	}
	if (e->pasted.cut && !e->arguments->json)
		say("... and more: the first %d are shown", PASTED_MAX);
	return all ? EX_OK : NOT_UNDERSTOOD;
}

/* ---- headers ---- */

static const char *receiver_of(const struct delivered *d)
{
	return d->provider ? d->provider->name : d->server[0] ? d->server : "unknown";
}

/* Noted where this host sent the mail. */
static bool keep_verdict(const struct explained *e, struct sent_mail *mail, struct fault *f)
{
	const struct delivered *d = &e->delivered;

	*f = (struct fault){ 0 };
	sent_find(e->settings, d->message_id, mail);
	if (!mail->found && !mail->is_test)
		return false;
	struct verdict_note v = {
		.receiver = (char *)(uintptr_t)receiver_of(d), .when_s = clock_wall_ms() / 1000, .message_id = d->message_id,
		.recipient = mail->recipient, .address = d->address, .place = (char *)(uintptr_t)delivered_place_name(d->place),
		.spf = (char *)(uintptr_t)delivered_result(d, "spf"), .dkim = (char *)(uintptr_t)delivered_result(d, "dkim"),
		.dmarc = (char *)(uintptr_t)delivered_result(d, "dmarc"), .is_test = mail->is_test,
	};
	return verdict_keep(e->settings, &v, f) == 0;
}

static void say_check(const struct delivered_check *c)
{
	say("%s  %s=%s%s%s", c->good ? "good" : c->bad ? "BAD " : "-   ", c->mechanism, c->result, c->about[0] ? "  " : "", c->about);
	say("      %s", c->means);
	if (c->note[0])
		say("      %s", c->note);
	if (c->said[0])
		say("      it said: %s", c->said);
	if (c->advice[0])
		say("      to do: %s", c->advice);
}

static void say_headers(const struct delivered *d)
{
	static const char *const places[] = {
		[PLACED_UNKNOWN] = "not to be seen from the header", [PLACED_INBOX] = "the inbox, or nothing speaks against it",
		[PLACED_SPAM] = "the spam folder",
	};

	say("receiver:  %s%s%s", d->provider ? d->provider->title : d->server[0] ? d->server : "not named",
	    d->provider && d->server[0] ? ", as " : "", d->provider ? d->server : "");
	if (!d->server_known && d->check_count > 0)
		say("           Signet does not know that server: believe it only if it is the recipient's (--server %s)", d->server);
	if (d->address[0])
		say("address:   %s, as the receiver saw this host", d->address);
	if (d->from_domain[0])
		say("From:      %s", d->from_domain);
	say("went into: %s", places[d->place]);
	for (size_t i = 0; i < d->check_count; i++)
		say_check(&d->checks[i]);
	for (size_t i = 0; i < d->mark_count; i++) {
		const struct delivered_mark *m = &d->marks[i];
		say("%s  %s: %s", m->place == PLACED_SPAM ? "BAD " : m->place == PLACED_INBOX ? "good" : "-   ", m->field, m->value);
		say("      %s", m->means);
		if (m->advice[0])
			say("      to do: %s", m->advice);
	}
	if (delivered_result(d, "dkim")[0] == '\0' && d->check_count > 0)
		say("-     nothing is said of DKIM there");
	if (d->passed_over > 0)
		say("(%zu Authentication-Results field%s of other hosts or of the sender %s left out)", d->passed_over,
		    d->passed_over == 1 ? "" : "s", d->passed_over == 1 ? "is" : "are");
}

static void add_headers(struct json *j, const struct delivered *d)
{
	json_text(j, "receiver", receiver_of(d));
	json_text(j, "server", d->server);
	json_flag(j, "server_known", d->server_known);
	json_text(j, "message_id", d->message_id);
	json_text(j, "from_domain", d->from_domain);
	json_text(j, "address", d->address);
	json_text(j, "placed", delivered_place_name(d->place));
	json_array(j, "checks");
	for (size_t i = 0; i < d->check_count; i++) {
		const struct delivered_check *c = &d->checks[i];
		json_object(j, NULL);
		json_text(j, "mechanism", c->mechanism);
		json_text(j, "result", c->result);
		json_text(j, "judged", c->good ? "good" : c->bad ? "bad" : "neutral");
		json_text(j, "of", c->about);
		json_text(j, "said", c->said);
		json_text(j, "means", c->means);
		json_text(j, "note", c->note);
		json_text(j, "advice", c->advice);
		json_end(j);
	}
	json_end(j);
	json_array(j, "marks");
	for (size_t i = 0; i < d->mark_count; i++) {
		const struct delivered_mark *m = &d->marks[i];
		json_object(j, NULL);
		json_text(j, "field", m->field);
		json_text(j, "value", m->value);
		json_text(j, "placed", delivered_place_name(m->place));
		json_text(j, "means", m->means);
		json_text(j, "advice", m->advice);
		json_end(j);
	}
	json_end(j);
}

static int tell_headers(const struct explained *e)
{
	const struct delivered *d = &e->delivered;
	struct sent_mail mail = { 0 };
	struct fault f;
	bool kept = keep_verdict(e, &mail, &f);

	if (e->arguments->json) {
		struct buf out = { 0 };
		struct json j = { .out = &out };
		json_object(&j, NULL);
		json_text(&j, "kind", "headers");
		add_headers(&j, d);
		json_text(&j, "queue_id", mail.queue_id ? mail.queue_id : "");
		json_flag(&j, "test", mail.is_test);
		json_flag(&j, "kept", kept);
		json_end(&j);
		buf_add_byte(&out, '\n');
		ask_print(&out);
	} else {
		say_headers(d);
		if (kept)
			say("Noted for %s, of %s%s%s: signet explain --verdicts shows it.", receiver_of(d),
			    mail.is_test ? "the test mail" : "the mail", mail.recipient[0] ? " to " : "", mail.recipient);
		else if (f.kind == FAULT_NONE)
			say("Not noted: %s", !e->has_settings ? "the configuration cannot be read"
			    : d->message_id[0] == '\0' ? "it has no Message-ID"
			    : !mail.asked ? "signetd does not answer, so that it is not known whether this host sent it"
			                  : "this host has not sent it, or no longer knows of it");
	}
	if (f.kind != FAULT_NONE)
		complain(&f);
	sent_mail_free(&mail);
	return EX_OK;
}

/* ---- what it is ---- */

static void read_text_parts(struct explained *e, const struct part_list *parts, const struct hearing *ours)
{
	for (size_t i = 0; i < parts->count && e->pasted.count == 0; i++) {
		const struct part *p = &parts->items[i];
		struct buf text = { 0 };
		if (p->type.len == 0 || span_eq_nocase(p->type, SPAN("text/plain"))) {
			part_decode(p, TEXT_PART_MAX, &text);
			pasted_read(buf_span(&text), ours, &e->pasted);
		}
		buf_free(&text);
	}
}

/* A mail that tells of another: RFC 3464, or whatever programs write without it. */
static void read_bounce(struct explained *e, struct span message, const struct hearing *ours)
{
	static const char *const types[] = { "message/delivery-status", "message/global-delivery-status" };
	struct part_list parts;
	struct field f;

	parts_read(message, &parts);
	for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
		size_t at = 0;
		const struct part *p;
		while ((p = part_of_type(&parts, span_of(types[t]), &at)) != NULL) {
			struct buf status = { 0 };
			part_decode(p, TEXT_PART_MAX, &status);
			e->is_bounce |= pasted_read_status(buf_span(&status), ours, &e->pasted);
			buf_free(&status);
		}
	}
	bool is_report = message_find_field(message, SPAN("X-Failed-Recipients"), 0, &f) ||
	                 (message_find_field(message, SPAN("Return-Path"), 0, &f) && span_eq(span_trim(f.value), SPAN("<>")));
	if (message_find_field(message, SPAN("From"), 0, &f) && memmem(f.value.at, f.value.len, "MAILER-DAEMON", 13))
		is_report = true;
	if (!e->is_bounce && is_report) {
		read_text_parts(e, &parts, ours);
		e->is_bounce = e->pasted.count > 0;
	}
	part_list_free(&parts);
}

static bool begins_with_field(struct span text)
{
	struct span rest = message_skip_mbox(text);
	struct field f;

	return message_next_field(&rest, &f);
}

static void read_input(struct explained *e, struct span input)
{
	struct hearing ours = { .relay = "", .server = "", .own_address = "", .own_name = e->settings->hostname };
	struct span text = input;

	while (text.len > 0 && byte_is_white(text.at[0]))
		text = (struct span){ text.at + 1, text.len - 1 };
	if (begins_with_field(text)) {
		read_bounce(e, text, &ours);
		if (!e->is_bounce)
			e->has_delivered = delivered_read(text, &e->arguments->servers, &e->delivered);
		if (e->is_bounce || e->has_delivered)
			return;
	}
	pasted_read(text, &ours, &e->pasted);
	if (e->pasted.count == 0 && begins_with_field(text)) {
		struct part_list parts;
		parts_read(text, &parts);
		read_text_parts(e, &parts, &ours);
		part_list_free(&parts);
	}
}

/* A word that can hardly be but a path is not blamed for its words. */
static int say_not_understood(const struct arguments *a, const char *words)
{
	struct stat st;
	struct fault f;
	bool is_path = a->count == 1 && strchr(words, '/') && !byte_is_digit(words[0]) && strpbrk(words, " \t\n") == NULL;

	if (is_path && (stat(words, &st) < 0 || S_ISDIR(st.st_mode))) {
		struct buf ignored = { 0 };
		if (input_read(words, &ignored, &f) == 0)
			fault_set(&f, FAULT_PERMANENT, "5.6.0", "cannot read %s: it is not a file", words);
		buf_free(&ignored);
		return complain(&f);
	}
	fprintf(stderr, "signet: not understood: no reply of a server is in it (\"550 5.7.1 ...\"), no bounce, and no header in which a "
	        "receiver says what it thought of the mail (Authentication-Results)\n");
	return NOT_UNDERSTOOD;
}

static int explain_input(const struct arguments *a, const struct settings *s, bool has_settings)
{
	struct explained e = { .arguments = a, .settings = s, .has_settings = has_settings };
	const char *words = a->words.at ? a->words.at : "";
	struct buf input = { 0 };
	struct fault f;
	struct stat st;
	int status;

	if (a->count == 1 && (strcmp(words, "-") == 0 || (stat(words, &st) == 0 && !S_ISDIR(st.st_mode)))) {
		if (input_read(words, &input, &f) < 0) {
			buf_free(&input);
			return complain(&f);
		}
	} else {
		buf_add_span(&input, buf_span(&a->words));
	}
	read_input(&e, buf_span(&input));
	if (e.has_delivered) {
		status = tell_headers(&e);
	} else if (e.pasted.count > 0) {
		status = tell_replies(&e);
	} else {
		if (a->json)
			puts("{\"kind\": \"unknown\"}");
		status = say_not_understood(a, words);
	}
	pasted_free(&e.pasted);
	delivered_free(&e.delivered);
	buf_free(&input);
	return status;
}

/* ---- verdicts ---- */

static void say_verdict(const struct verdict_note *v)
{
	const struct provider *p = provider_named(span_of(v->receiver));
	char when[SAY_TIME_BYTES];

	say("%s: %s, spf=%s dkim=%s dmarc=%s", p ? p->title : v->receiver, strcmp(v->place, "unknown") == 0 ? "place unknown" : v->place,
	    v->spf[0] ? v->spf : "?", v->dkim[0] ? v->dkim : "?", v->dmarc[0] ? v->dmarc : "?");
	say("  %s, %s%s%s, <%s>%s%s", say_time(v->when_s, when), v->is_test ? "the test mail" : "a mail", v->recipient[0] ? " to " : "",
	    v->recipient, v->message_id, v->address[0] ? ", seen from " : "", v->address);
}

static int show_verdicts(const struct settings *s, bool as_json)
{
	struct verdict_list l;
	struct buf out = { 0 };
	struct fault f;

	if (verdict_list_read(s, &l, &f) < 0)
		return complain(&f);
	for (size_t i = 0; i < l.count; i++) {
		const struct verdict_note *v = &l.items[i];
		struct json j = { .out = &out };
		if (!as_json) {
			say_verdict(v);
			continue;
		}
		json_object(&j, NULL);
		json_text(&j, "receiver", v->receiver);
		json_number(&j, "when", v->when_s);
		json_text(&j, "message_id", v->message_id);
		json_text(&j, "recipient", v->recipient);
		json_text(&j, "address", v->address);
		json_text(&j, "placed", v->place);
		json_text(&j, "spf", v->spf);
		json_text(&j, "dkim", v->dkim);
		json_text(&j, "dmarc", v->dmarc);
		json_flag(&j, "test", v->is_test);
		json_end(&j);
		buf_add_byte(&out, '\n');
	}
	ask_print(&out);
	if (l.count == 0 && !as_json)
		say("nothing is noted: send a mail with signet test, and show signet explain its header as it arrived");
	verdict_list_free(&l);
	return EX_OK;
}

/* ---- the command ---- */

static bool take_arguments(int argc, char **argv, struct arguments *a)
{
	bool only_words = false;

	for (int i = 1; i < argc; i++) {
		bool is_option = !only_words && argv[i][0] == '-' && argv[i][1] != '\0';
		if (is_option && strcmp(argv[i], "--json") == 0) {
			a->json = true;
		} else if (is_option && strcmp(argv[i], "--verdicts") == 0) {
			a->verdicts = true;
		} else if (is_option && strcmp(argv[i], "--server") == 0 && i + 1 < argc) {
			text_list_add(&a->servers, span_of(argv[++i]));
		} else if (is_option && strcmp(argv[i], "--") == 0) {
			only_words = true;
		} else if (is_option) {
			return false;
		} else {
			buf_printf(&a->words, "%s%s", a->count++ ? " " : "", argv[i]);
		}
	}
	return a->verdicts ? a->count == 0 : a->count > 0;
}

int command_explain(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct settings s;
	struct fault f = { 0 };
	int status = EX_USAGE;

	if (!take_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet explain [--json] [--server AUTHSERV-ID] REPLY|FILE|-\n"
		                "       signet explain [--json] --verdicts\n");
	} else {
		/* A reply is explained whatever the configuration is like. */
		bool has_settings = config_load(config_file(NULL), &s, &f) == 0;
		if (!has_settings)
			settings_defaults(&s);
		else
			text_list_add(&a.servers, span_of(s.hostname));
		status = !a.verdicts ? explain_input(&a, &s, has_settings) : has_settings ? show_verdicts(&s, a.json) : complain(&f);
		settings_free(&s);
	}
	text_list_free(&a.servers);
	buf_free(&a.words);
	return status;
}
