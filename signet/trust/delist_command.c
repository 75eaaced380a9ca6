/* SPDX-License-Identifier: ISC */
/*
 * signet delist - a request to a receiver or a list that it trusts an address of
 * this host again: what it wants to be told, where, and whether to ask again.
 */
#include "base/clock.h"
#include "base/conf/config.h"
#include "base/json.h"
#include "base/view/trace.h"
#include "dns/dns.h"
#include "relay/route/receiver.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"
#include "signet/trust/last_run.h"
#include "signet/trust/notes.h"
#include "signet/trust/sent.h"
#include "signet/trust/trust_commands.h"
#include "signet/way/sticky.h"
#include "trust/delisting.h"
#include "trust/provider.h"
#include "trust/reverse.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

#define FILE_NAME "delistings"
#define FIRST_LINE "signet-delistings 1"

enum { SAMPLES_MAX = 5, DAYS = TRACE_HISTORY_DAYS, DAY_S = 24 * 60 * 60 };

struct arguments {
	bool asked, forget, list, json;
	const char *receiver;
	struct text_list addresses;      /* --address */
};

/* What is known of one receiver. */
struct delisting_case {
	const struct provider *provider;
	const struct settings *settings;
	struct text_list ours;
	int64_t asked_s;
	struct text_list asked_for;
	bool has_history;
	struct fault history_fault;
	uint64_t delivered, refused, waits;      /* to it, in the days of the history */
	uint64_t days[DAYS];                     /* recipients, today first */
	int64_t first_s, refused_s;
	const struct history_count *samples[SAMPLES_MAX];    /* refusals, of all; the newest first */
	size_t sample_count;
	const struct control_sticky *block;      /* of all; NULL: it is not passed by */
};

/* ---- what was asked ---- */

struct note { struct span name, addresses; int64_t when_s; };

/* NAME TAB SECONDS TAB ADDRESSES */
static bool parse_note(struct span line, struct note *out)
{
	struct span rest = line;
	unsigned long long when;

	out->name = span_cut(&rest, '\t');
	bool has_time = rest.at && span_number(span_cut(&rest, '\t'), INT64_MAX, &when);
	out->addresses = rest.at ? rest : SPAN("");
	out->when_s = has_time ? (int64_t)when : 0;
	return has_time && out->name.len > 0;
}

static void read_notes(struct delisting_case *c, struct span text)
{
	struct note n;

	while (text.len > 0)
		if (parse_note(span_cut(&text, '\n'), &n) && span_eq(n.name, span_of(c->provider->name))) {
			struct span word;
			c->asked_s = n.when_s;
			while ((word = span_word(&n.addresses)).len > 0)
				text_list_add(&c->asked_for, word);
		}
}

struct edit {
	const struct provider *provider;
	const struct text_list *addresses;       /* NULL: it is forgotten */
	bool was_there;
};

static void edit_notes(void *context, struct span old, struct buf *text)
{
	struct edit *e = context;
	struct note n;

	buf_add_text(text, FIRST_LINE "\n");
	if (e->addresses) {
		buf_printf(text, "%s\t%lld\t", e->provider->name, (long long)(clock_wall_ms() / 1000));
		for (size_t i = 0; i < e->addresses->count; i++)
			buf_printf(text, "%s%s", i ? " " : "", e->addresses->items[i]);
		buf_add_byte(text, '\n');
	}
	while (old.len > 0) {
		struct span line = span_cut(&old, '\n');
		if (!parse_note(line, &n))
			continue;
		bool is_this = span_eq(n.name, span_of(e->provider->name));
		e->was_there |= is_this;
		if (!is_this)
			buf_printf(text, "%.*s\n", (int)line.len, line.at);
	}
}

/* ---- what is known ---- */

static void add_address(struct text_list *list, const char *address)
{
	struct ip_address a;

	if (ip_address_parse(span_of(address), &a) && !text_list_has_nocase(list, span_of(address)))
		text_list_add(list, span_of(address));
}

static bool has_family(const struct text_list *list, const char *address)
{
	for (size_t i = 0; i < list->count; i++)
		if ((strchr(list->items[i], ':') != NULL) == (strchr(address, ':') != NULL))
			return true;
	return false;
}

/* As named; else, of each family, as signet check saw it from outside, as configured, or that of the newest mail. */
static void find_ours(struct delisting_case *c, const struct arguments *a, const struct history *all)
{
	struct buf last = { 0 };

	for (size_t i = 0; i < a->addresses.count; i++)
		add_address(&c->ours, a->addresses.items[i]);
	last_run_read(c->settings, LAST_RUN_SEEN, &last);
	for (unsigned family = 4; family <= 6 && a->addresses.count == 0; family += 2) {
		char *seen = mem_text_span(last_run_address(buf_span(&last), family));
		add_address(&c->ours, seen);
		free(seen);
	}
	buf_free(&last);
	for (size_t i = 0; i < c->settings->mx_source.count && a->addresses.count == 0; i++)
		if (!has_family(&c->ours, c->settings->mx_source.items[i]))
			add_address(&c->ours, c->settings->mx_source.items[i]);
	for (;;) {
		const struct history_count *newest = NULL;
		for (size_t i = 0; i < all->count; i++) {
			const struct history_count *h = &all->items[i];
			if (!sent_is_local(h) && h->reply.source[0] && !has_family(&c->ours, h->reply.source) && (!newest || h->last_ms > newest->last_ms))
				newest = h;
		}
		if (newest == NULL || a->addresses.count > 0)
			return;
		size_t before = c->ours.count;
		add_address(&c->ours, newest->reply.source);
		if (c->ours.count == before)
			return;
	}
}

/* It refuses this host: as the owner of the MX host, or as the list that somebody else goes by. */
static bool refuses(const struct provider *p, bool is_its_host, const struct reply *r)
{
	if (r->code < 400 || r->reason == NULL)
		return false;
	if (provider_refuses_by(p, r->reason->name))
		return true;
	if (r->reason->about != REFUSAL_ADDRESS)
		return false;
	return is_its_host || (p->mx[0] == '\0' && strcasestr(r->text, p->name) != NULL);
}

static void add_sample(struct delisting_case *c, const struct history_count *h)
{
	size_t at = c->sample_count;

	while (at > 0 && c->samples[at - 1]->last_ms < h->last_ms)
		at--;
	if (at == SAMPLES_MAX)
		return;
	if (c->sample_count < SAMPLES_MAX)
		c->sample_count++;
	memmove(&c->samples[at + 1], &c->samples[at], (c->sample_count - 1 - at) * sizeof *c->samples);
	c->samples[at] = h;
}

static void count_history(struct delisting_case *c, const struct history *all)
{
	int64_t now_ms = clock_wall_ms();
	bool is_list = c->provider->mx[0] == '\0';       /* what it is told is the volume of this host */

	for (size_t i = 0; i < all->count; i++) {
		const struct history_count *h = &all->items[i];
		bool is_its_host = provider_of_mx(sent_relay_host(h)) == c->provider;
		int64_t day = (now_ms - h->last_ms) / 1000 / DAY_S;
		if (sent_is_local(h))
			continue;
		if (refuses(c->provider, is_its_host, &h->reply)) {
			add_sample(c, h);
			c->refused_s = h->last_ms / 1000 > c->refused_s ? h->last_ms / 1000 : c->refused_s;
		}
		if (!is_its_host && !is_list)
			continue;
		c->delivered += h->result == HISTORY_DELIVERED ? h->recipients : 0;
		c->refused += h->result == HISTORY_BOUNCED ? h->recipients : 0;
		c->waits += h->result == HISTORY_WAITS ? h->recipients : 0;
		if (day >= 0 && day < DAYS)
			c->days[day] += h->recipients;
		if (c->first_s == 0 || h->last_ms / 1000 < c->first_s)
			c->first_s = h->last_ms / 1000;
	}
}

static void find_block(struct delisting_case *c, const struct sticky_list *blocked)
{
	for (size_t i = 0; i < blocked->count && c->block == NULL; i++) {
		const struct control_sticky *s = &blocked->items[i];
		struct receiver r;
		bool is_its_host = false;
		if (receiver_read(span_of(s->site), &r) < 0)
			continue;
		for (size_t k = 0; k < r.hosts.count; k++)
			is_its_host |= provider_of_mx(span_of(r.hosts.items[k])) == c->provider;
		receiver_free(&r);
		if (refuses(c->provider, is_its_host, &s->reply))
			c->block = s;
	}
	if (c->block && c->block->address[0] && !has_family(&c->ours, c->block->address))
		add_address(&c->ours, c->block->address);
}

static enum delisting next_of(const struct delisting_case *c, const char **new_address)
{
	struct delisting_facts f = {
		.asked_s = c->asked_s, .asked_for = &c->asked_for, .ours = &c->ours, .refused_s = c->refused_s, .blocked = c->block != NULL,
		.now_s = clock_wall_ms() / 1000,
	};

	return delisting_next(&f, new_address);
}

/* ---- told ---- */

static void say_state(const struct delisting_case *c)
{
	const char *new_address;
	char when[SAY_TIME_BYTES];
	struct buf asked = { 0 };
	enum delisting next = next_of(c, &new_address);

	if (c->asked_s) {
		buf_printf(&asked, "asked on %s for", say_time(c->asked_s, when));
		for (size_t i = 0; i < c->asked_for.count; i++)
			buf_printf(&asked, " %s", c->asked_for.items[i]);
	}
	switch (next) {
	case DELISTING_NO_NEED:
		say("state:     nothing here shows that it refuses this host%s", c->has_history ? "" : ", but the history is not known");
		break;
	case DELISTING_ASK:
		say("state:     it refuses this host, and was not asked: ask now");
		break;
	case DELISTING_ASK_ADDRESS:
		say("state:     %s, but mail goes out from %s now: ask again", buf_text(&asked), new_address);
		break;
	case DELISTING_ASK_LATE:
		say("state:     %s, and it refuses still after more than a week: ask again, and mention the first time", buf_text(&asked));
		break;
	case DELISTING_WAIT:
		say("state:     %s: wait; a second request within a week annoys more than it helps", buf_text(&asked));
		break;
	case DELISTING_DONE:
		say("state:     %s, and it has refused nothing since: signet delist %s --forget ends the case", buf_text(&asked), c->provider->name);
		break;
	}
	if (c->block)
		say("           signetd passes it by until %s%s%s: signet route --sticky", say_time(c->block->until_ms / 1000, when),
		    c->block->address[0] ? ", as it refuses " : "", c->block->address);
	buf_free(&asked);
}

/* An address of ours, as the receiver would look at it. */
struct address_look {
	bool is_private, asked, has_ptr, leads_back;     /* asked: the DNS has answered */
	struct buf host;                                 /* that the address leads to */
};

/* d may be NULL: the DNS is not asked. */
static void look_at_address(struct dns *d, const char *text, struct address_look *out)
{
	struct ip_address a;
	struct buf name = { 0 };
	struct dns_answer answer;

	*out = (struct address_look){ 0 };
	if (!ip_address_parse(span_of(text), &a) || (out->is_private = address_is_private(&a)) || d == NULL)
		return;
	reverse_name(&a, &name);
	dns_ask(d, buf_text(&name), DNS_PTR, &answer);
	out->asked = answer.fault.kind == FAULT_NONE;
	out->has_ptr = out->asked && answer.count > 0 && dns_read_name(answer.records[0], &out->host);
	dns_answer_free(&answer);
	buf_free(&name);
	if (!out->has_ptr)
		return;
	size_t bytes = a.family == 4 ? 4 : 16;
	dns_ask(d, buf_text(&out->host), a.family == 4 ? DNS_A : DNS_AAAA, &answer);
	for (size_t i = 0; i < answer.count; i++)
		out->leads_back |= answer.records[i].len == bytes && memcmp(answer.records[i].at, a.bytes, bytes) == 0;
	dns_answer_free(&answer);
}

static void say_address(struct dns *d, const char *text)
{
	struct address_look look;

	look_at_address(d, text, &look);
	if (look.is_private)
		say("  address:   %s, which is private: the receiver sees another one; name it with --address", text);
	else if (d == NULL)
		say("  address:   %s", text);
	else if (!look.asked)
		say("  address:   %s; its PTR record cannot be looked up now", text);
	else if (!look.has_ptr)
		say("  address:   %s; it has NO PTR record: have whoever assigned it set one first, or the request is turned down", text);
	else
		say("  address:   %s, PTR %s, which %s", text, buf_text(&look.host),
		    look.leads_back ? "leads back to it" : "does NOT lead back to it: correct that first");
	buf_free(&look.host);
}

static uint64_t most_in_a_day(const struct delisting_case *c)
{
	uint64_t most = 0;

	for (size_t i = 0; i < DAYS; i++)
		most = c->days[i] > most ? c->days[i] : most;
	return most;
}

static void say_volume(const struct delisting_case *c)
{
	char first[SAY_TIME_BYTES];

	if (!c->has_history) {
		say("  volume:    not known: %s", c->history_fault.text);
		return;
	}
	say("  volume:    %" PRIu64 " mails%s in " TRACE_HISTORY ", of which %" PRIu64 " were taken, %" PRIu64 " refused, %" PRIu64 " wait; at most %" PRIu64
	    " in a day", c->delivered + c->refused + c->waits, c->provider->mx[0] ? " to this receiver" : " in all", c->delivered, c->refused, c->waits,
	    most_in_a_day(c));
	if (c->first_s)
		say("  since:     %s at the latest", say_time(c->first_s, first));
}

static void say_samples(const struct delisting_case *c)
{
	char when[SAY_TIME_BYTES];

	if (c->block) {
		struct buf words = { 0 };
		reply_print(&c->block->reply, &words);
		say("  reply:     %s  %s", say_time(c->block->since_ms / 1000, when), buf_text(&words));
		buf_free(&words);
	}
	for (size_t i = 0; i < c->sample_count; i++) {
		struct buf words = { 0 };
		reply_print(&c->samples[i]->reply, &words);
		say("  reply:     %s  %s: %s", say_time(c->samples[i]->last_ms / 1000, when), c->samples[i]->queue_id, buf_text(&words));
		buf_free(&words);
	}
	if (c->sample_count == 0 && c->block == NULL)
		say("  reply:     none is known here; paste the one you have (signet explain tells what it means)");
}

/* NULL: the receiver does not look at names of addresses, or there is no resolver. */
static struct dns *dns_for_addresses(const struct delisting_case *c)
{
	struct fault f;

	return c->provider->wants & (WANTS_PTR | WANTS_ADDRESS) ? dns_new(c->settings, &f) : NULL;
}

static void say_answers(const struct delisting_case *c)
{
	const struct provider *p = c->provider;
	const struct settings *s = c->settings;
	struct dns *d = dns_for_addresses(c);

	say("What it wants to be told:");
	for (size_t i = 0; i < c->ours.count; i++)
		say_address(d, c->ours.items[i]);
	if (c->ours.count == 0)
		say("  address:   not known here: name it with --address");
	if (d)
		dns_free(d);
	say("  host:      %s, as it says in EHLO", s->hostname);
	if (p->wants & WANTS_DOMAIN)
		say("  domain:    %s", s->domain);
	if (p->wants & WANTS_CONTACT)
		say("  contact:   your name, and an address that is not behind this server; postmaster@%s must be read", s->domain);
	if (p->wants & WANTS_IMPRINT)
		say("  imprint:   https://%s must say who runs the server", s->hostname);
	say_volume(c);
	if (p->wants & WANTS_HEADER)
		say("  header:    that of a mail in the spam folder, whole (signet test ADDRESS sends one)");
	if (p->wants & WANTS_REASON)
		say("  reason:    what sent the unwanted mail, and what you have done so that it does not happen again");
	say_samples(c);
}

static void say_case(const struct delisting_case *c)
{
	const struct provider *p = c->provider;

	say("%s", p->title);
	say_state(c);
	say("ask:       %s", p->ask);
	if (p->watch[0])
		say("see also:  %s", p->watch);
	say("how:       %s", p->advice);
	say_answers(c);
	say("When you have asked: signet delist %s --asked", p->name);
	say("(source: %s)", p->source);
}

/* ---- for programs ---- */

static void add_time(struct json *j, const char *key, int64_t when_s)
{
	if (when_s)
		json_number(j, key, when_s);
	else
		json_null(j, key);
}

static void add_state(struct json *j, const struct delisting_case *c)
{
	static const char *const words[] = {
		[DELISTING_NO_NEED] = "no-need", [DELISTING_ASK] = "ask", [DELISTING_ASK_ADDRESS] = "ask-for-address",
		[DELISTING_ASK_LATE] = "ask-again", [DELISTING_WAIT] = "wait", [DELISTING_DONE] = "done",
	};
	const char *new_address = NULL;
	enum delisting next = next_of(c, &new_address);

	json_text(j, "name", c->provider->name);
	json_text(j, "title", c->provider->title);
	json_text(j, "state", words[next]);
	json_flag(j, "history_known", c->has_history);
	add_time(j, "asked", c->asked_s);
	json_array(j, "asked_for");
	for (size_t i = 0; i < c->asked_for.count; i++)
		json_text(j, NULL, c->asked_for.items[i]);
	json_end(j);
	if (next == DELISTING_ASK_ADDRESS)
		json_text(j, "new_address", new_address);
}

static void add_addresses(struct json *j, const struct delisting_case *c)
{
	struct dns *d = dns_for_addresses(c);

	json_array(j, "addresses");
	for (size_t i = 0; i < c->ours.count; i++) {
		struct address_look look;
		look_at_address(d, c->ours.items[i], &look);
		json_object(j, NULL);
		json_text(j, "address", c->ours.items[i]);
		json_flag(j, "private", look.is_private);
		json_flag(j, "ptr_known", look.asked);
		if (look.has_ptr) {
			json_text(j, "ptr", buf_text(&look.host));
			json_flag(j, "leads_back", look.leads_back);
		} else {
			json_null(j, "ptr");
		}
		json_end(j);
		buf_free(&look.host);
	}
	json_end(j);
	if (d)
		dns_free(d);
}

static void add_wants(struct json *j, unsigned wants)
{
	static const struct { unsigned bit; const char *word; } rows[] = {
		{ WANTS_ADDRESS, "address" }, { WANTS_PTR, "ptr" }, { WANTS_HELO, "helo" }, { WANTS_DOMAIN, "domain" }, { WANTS_CONTACT, "contact" },
		{ WANTS_VOLUME, "volume" }, { WANTS_REPLY, "reply" }, { WANTS_HEADER, "header" }, { WANTS_REASON, "reason" }, { WANTS_IMPRINT, "imprint" },
	};

	json_array(j, "wants");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (wants & rows[i].bit)
			json_text(j, NULL, rows[i].word);
	json_end(j);
}

static void add_volume(struct json *j, const struct delisting_case *c)
{
	if (!c->has_history) {
		json_null(j, "volume");
		json_text(j, "history_fault", c->history_fault.text);
		return;
	}
	json_object(j, "volume");
	json_text(j, "of", c->provider->mx[0] ? "receiver" : "host");
	json_number(j, "days", DAYS);
	json_count(j, "mails", c->delivered + c->refused + c->waits);
	json_count(j, "taken", c->delivered);
	json_count(j, "refused", c->refused);
	json_count(j, "waiting", c->waits);
	json_count(j, "most_in_a_day", most_in_a_day(c));
	add_time(j, "since", c->first_s);
	json_end(j);
}

static void add_reply(struct json *j, const struct reply *reply, int64_t when_ms, const char *queue_id)
{
	struct buf words = { 0 };

	reply_print(reply, &words);
	json_number(j, "time", when_ms / 1000);
	if (queue_id)
		json_text(j, "queue_id", queue_id);
	json_text(j, "reply", buf_text(&words));
	buf_free(&words);
}

static void add_replies(struct json *j, const struct delisting_case *c)
{
	if (c->block) {
		json_object(j, "blocked");
		json_number(j, "until", c->block->until_ms / 1000);
		json_text(j, "address", c->block->address);
		add_reply(j, &c->block->reply, c->block->since_ms, NULL);
		json_end(j);
	} else {
		json_null(j, "blocked");
	}
	json_array(j, "replies");
	for (size_t i = 0; i < c->sample_count; i++) {
		json_object(j, NULL);
		add_reply(j, &c->samples[i]->reply, c->samples[i]->last_ms, c->samples[i]->queue_id);
		json_end(j);
	}
	json_end(j);
}

/* All of a case, or its line of the list. */
static void add_case(struct json *j, const struct delisting_case *c, bool whole)
{
	const struct provider *p = c->provider;

	json_object(j, NULL);
	add_state(j, c);
	if (whole) {
		json_text(j, "ask", p->ask);
		json_text(j, "watch", p->watch);
		json_text(j, "advice", p->advice);
		json_text(j, "source", p->source);
		add_wants(j, p->wants);
		add_addresses(j, c);
		json_text(j, "helo", c->settings->hostname);
		json_text(j, "domain", c->settings->domain);
		add_volume(j, c);
		add_replies(j, c);
	}
	json_end(j);
}

/* ---- at a glance ---- */

/* One line of the list. */
static void say_short(const struct delisting_case *c)
{
	static const char *const words[] = {
		[DELISTING_NO_NEED] = "-", [DELISTING_ASK] = "refuses this host: ask", [DELISTING_ASK_ADDRESS] = "asked for another address: ask again",
		[DELISTING_ASK_LATE] = "asked long ago, refuses still: ask again", [DELISTING_WAIT] = "asked: wait",
		[DELISTING_DONE] = "asked, and refuses nothing since",
	};
	const char *new_address;
	struct buf name = { 0 };

	buf_printf(&name, "%-12s %s", c->provider->name, words[next_of(c, &new_address)]);
	say("%s", buf_text(&name));
	buf_free(&name);
}

/* ---- the command ---- */

static int change_note(const struct settings *s, const struct provider *p, const struct text_list *addresses)
{
	struct edit e = { .provider = p, .addresses = addresses };
	struct fault f;
	struct buf old = { 0 }, ignored = { 0 };
	int result = notes_read(s, FILE_NAME, &old, &f);

	if (result == 0 && addresses == NULL)
		edit_notes(&e, buf_span(&old), &ignored);
	bool nothing_to_forget = result == 0 && addresses == NULL && !e.was_there;
	if (result == 0 && !nothing_to_forget)
		result = notes_change(s, FILE_NAME, edit_notes, &e, &f);
	buf_free(&old);
	buf_free(&ignored);
	if (result < 0)
		return complain(&f);
	if (nothing_to_forget) {
		fprintf(stderr, "signet: %s was not asked, as far as is noted\n", p->name);
		return 1;
	}
	if (addresses)
		say("Noted: %s was asked today for %s%s. signet delist %s says when to ask again.", p->name, addresses->items[0],
		    addresses->count > 1 ? " and others" : "", p->name);
	else
		say("Forgotten: the case with %s is over.", p->name);
	return EX_OK;
}

static int run(const struct settings *s, const struct arguments *a, const struct provider *only)
{
	struct history all;
	struct sticky_list blocked;
	struct fault f, history_fault = { 0 };
	struct buf notes = { 0 }, text = { 0 };
	struct json j = { .out = &text };
	int status = EX_OK;

	if (notes_read(s, FILE_NAME, &notes, &f) < 0)
		return complain(&f);
	bool has_history = history_ask(s->control, 0, &all, &history_fault) == 0;
	if (!has_history)
		all = (struct history){ 0 };
	sticky_ask(s->control, &blocked);
	json_object(&j, NULL);
	json_count(&j, "version", 1);
	json_number(&j, "time", clock_wall_ms() / 1000);
	json_array(&j, "receivers");
	for (size_t i = 0; i < provider_rows; i++) {
		struct delisting_case c = { .provider = &provider_table[i], .settings = s, .has_history = has_history, .history_fault = history_fault };
		if (only && only != c.provider)
			continue;
		find_ours(&c, a, &all);
		read_notes(&c, buf_span(&notes));
		count_history(&c, &all);
		find_block(&c, &blocked);
		if (a->asked && c.ours.count == 0) {
			fprintf(stderr, "signet: no address of this host is known: say for which one you asked: signet delist %s --asked "
			        "--address ADDRESS\n", c.provider->name);
			status = EX_USAGE;
		} else if (a->asked) {
			status = change_note(s, c.provider, &c.ours);
		} else if (a->json) {
			add_case(&j, &c, only != NULL);
		} else if (only) {
			say_case(&c);
		} else {
			say_short(&c);
		}
		text_list_free(&c.ours);
		text_list_free(&c.asked_for);
	}
	json_end(&j);
	json_end(&j);
	if (a->json)
		printf("%s\n", buf_text(&text));
	sticky_list_free(&blocked);
	history_free(&all);
	buf_free(&notes);
	buf_free(&text);
	return status;
}

static bool take_arguments(int argc, char **argv, struct arguments *a)
{
	struct ip_address address;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--asked") == 0) {
			a->asked = true;
		} else if (strcmp(argv[i], "--forget") == 0) {
			a->forget = true;
		} else if (strcmp(argv[i], "--list") == 0) {
			a->list = true;
		} else if (strcmp(argv[i], "--json") == 0) {
			a->json = true;
		} else if (strcmp(argv[i], "--address") == 0 && i + 1 < argc) {
			if (!ip_address_parse(span_of(argv[++i]), &address)) {
				fprintf(stderr, "signet: --address %.100s: it is not an IP address\n", argv[i]);
				return false;
			}
			text_list_add(&a->addresses, span_of(argv[i]));
		} else if (argv[i][0] != '-' && a->receiver == NULL) {
			a->receiver = argv[i];
		} else {
			return false;
		}
	}
	if (a->json && (a->asked || a->forget))
		return false;
	return a->list ? !a->receiver && !a->asked && !a->forget : a->receiver && !(a->asked && a->forget);
}

int command_delist(int argc, char **argv)
{
	struct arguments a = { 0 };
	const struct provider *p = NULL;
	struct settings s;
	struct fault f = { 0 };
	int status = EX_USAGE;

	if (!take_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet delist [--address ADDRESS]... [--asked | --forget | --json] RECEIVER\n       signet delist --list [--json]\n");
	} else if (!a.list && (p = provider_named(span_of(a.receiver))) == NULL) {
		fprintf(stderr, "signet: \"%.100s\" is not a receiver or list that is known here; these are:", a.receiver);
		for (size_t i = 0; i < provider_rows; i++)
			fprintf(stderr, " %s", provider_table[i].name);
		fprintf(stderr, "\n");
	} else if (config_load(config_file(NULL), &s, &f) < 0) {
		status = complain(&f);
	} else {
		status = a.forget ? change_note(&s, p, NULL) : run(&s, &a, p);
		settings_free(&s);
	}
	text_list_free(&a.addresses);
	return status;
}
