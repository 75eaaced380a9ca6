/* SPDX-License-Identifier: ISC */
#include "relay/pickup/envelope.h"

#include "base/escape.h"
#include "base/mail/address.h"
#include "base/mail/duplicates.h"
#include "base/mail/idn.h"
#include "relay/pickup/rewrite.h"
#include "relay/route/sender.h"

#include <stdlib.h>

enum { SHOWN_MAX = 500 };   /* of what is not an address */

/* Arguments are one line: a list is looked for only in what could be one. */
static bool is_one_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* ---- sender ---- */

static int given_sender(const char *given, char **out, struct fault *f)
{
	struct span text = span_trim(span_of(given));
	struct address_list list = { 0 };
	struct buf ascii = { 0 };
	struct fault why = { 0 };
	char *found = NULL;

	if (text.len == 0 || span_eq(text, SPAN("<>"))) {
		found = mem_text("");
	} else if (address_check(text, &why) == 0) {
		found = mem_text_span(text);
	} else {
		/* "Name <a@b>" and "a@b (Name)", as callers put them after -f: the one address in there. */
		if (is_one_line(given) && address_list_parse(span_of(given), &list, NULL) == 0 && list.count == 1 &&
		    address_check(span_of(list.items[0].address), NULL) == 0)
			found = mem_text(list.items[0].address);
		address_list_free(&list);
	}
	if (found == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.1.7", "the sender given with -f is not an address: %s", why.text);
	int result = idn_address(span_of(found), &ascii, f);
	free(found);
	if (result < 0) {
		buf_free(&ascii);
		strcpy(f->status, "5.1.7");
		fault_prefix(f, "the sender given with -f");
		return -1;
	}
	*out = buf_take(&ascii);
	return 0;
}

/* The login name; where /etc/passwd does not know the uid, what sendmail found, which may be any name, if the caller may give any. */
static char *own_sender(const struct record *r, const struct submitter *who)
{
	struct buf name = { 0 };

	if (who->login[0] && address_check(span_of(who->login), NULL) == 0)
		buf_add_text(&name, who->login);
	else if (r->sender[0] && !who->restricted && address_check(span_of(r->sender), NULL) == 0)
		buf_add_text(&name, r->sender);
	else
		buf_printf(&name, "uid%u", who->uid);
	return buf_take(&name);
}

/* Who reads what nobody sent: the first reader of root's mail who is elsewhere. */
static char *reader_of_root(const struct alias_rules *rules)
{
	struct alias_expansion root = { 0 };
	char *reader = NULL;

	alias_expand(rules, SPAN("root"), 1, &root);
	for (size_t i = 0; i < root.count && reader == NULL; i++)
		if (root.items[i].verdict == ALIAS_LEAVES)
			reader = mem_text(root.items[i].address);
	alias_expansion_free(&root);
	return reader ? reader : mem_text(rules->settings->root[0] ? rules->settings->root : "root");
}

/* own: bare, or where there is no login name what stands for it. */
static bool is_ones_own(const struct settings *s, const struct submitter *who, struct span sender, const char *own)
{
	struct span domain = address_domain(sender), local = address_local(sender), login = span_of(who->login);
	char *leaving = rewrite_text(s, own, REWRITE_SENDER);
	bool is_own = span_eq_nocase(sender, span_of(leaving));

	free(leaving);
	if (is_own)
		return true;
	bool is_here = domain.len == 0 || span_eq_nocase(domain, span_of(s->domain)) || sender_is_account(s, sender);
	bool is_login = login.len > 0 && span_starts_nocase(local, login) && (local.len == login.len || local.at[login.len] == '+');
	return is_here && (is_login || span_eq(local, span_of(own)));
}

/* Of a caller who may not give any: it becomes the caller's own, or the message is refused. */
static int restrict_sender(const struct settings *s, const struct record *r, const struct submitter *who, struct envelope *out,
                           char **sender, struct fault *f)
{
	char *own = own_sender(r, who);

	if ((*sender)[0] == '\0' || is_ones_own(s, who, span_of(*sender), own)) {
		free(own);
		return 0;
	}
	if (strcmp(s->untrusted_sender, "refuse") == 0) {
		fault_set(f, FAULT_POLICY, "5.7.1", "uid %u (%s) may not send as %.200s: leave out -f %.200s, or have the owner add "
		          "\"%s\" to trusted_users in signet.conf", who->uid, own, *sender, *sender, own);
		free(own);
		return -1;
	}
	free(out->replaced);
	out->replaced = *sender;
	*sender = own;
	return 0;
}

static int make_sender(const struct alias_rules *rules, const struct record *r, const struct submitter *who,
                       struct envelope *out, struct fault *f)
{
	const struct settings *s = rules->settings;
	char *sender = NULL;

	if (!r->sender_given)
		sender = own_sender(r, who);
	else if (given_sender(r->sender, &sender, f) < 0)
		return -1;
	if (r->sender_given && who->restricted && restrict_sender(s, r, who, out, &sender, f) < 0) {
		free(sender);
		return -1;
	}
	out->author = rewrite_text(s, sender[0] ? sender : "MAILER-DAEMON", REWRITE_QUALIFY);
	out->own.staying.sender = mem_text(sender);
	out->own.leaving.sender = rewrite_text(s, sender, REWRITE_SENDER);
	out->own.refused.sender = out->own.leaving.sender[0] ? mem_text(out->own.leaving.sender) : reader_of_root(rules);
	free(sender);
	return 0;
}

/* ---- recipients ---- */

struct sorting {
	const struct alias_rules *rules;
	struct envelope *out;
	size_t count;                  /* of recipients, duplicates too */
	struct fault first_refusal;
	char *held;                    /* why the first that stays is */
};

static void add_recipient(struct envelope_group *g, struct submission_recipient r)
{
	if ((g->count & (g->count - 1)) == 0)
		g->recipients = mem_resize(g->recipients, g->count ? 2 * g->count : 1, sizeof r);
	g->recipients[g->count++] = r;
}

/* Bytes that nobody further on must meet in an address are escaped; a person needs only the beginning. */
static char *shown(const char *text)
{
	struct buf out = { 0 };

	escape(&out, (struct span){ text, strnlen(text, SHOWN_MAX) });
	return buf_take(&out);
}

static void add_refused(struct envelope_group *refused, const struct record_recipient *given, const char *address,
                        const char *original, const char *status, const char *why)
{
	add_recipient(refused, (struct submission_recipient){
		.address = shown(address), .original = shown(original), .notify = given->notify, .orcpt = mem_text(given->orcpt),
		.refused = mem_text(why), .refused_status = mem_text(status) });
}

static void refuse_recipient(struct sorting *to, const struct record_recipient *given, const struct fault *why)
{
	if (to->first_refusal.kind == FAULT_NONE)
		to->first_refusal = *why;
	to->count++;
	add_refused(&to->out->own.refused, given, given->address, given->address, "5.1.3", why->text);
}

/* ---- lists with an owner ---- */

static struct envelope_groups *groups_of_list(struct sorting *to, const struct alias *list)
{
	const struct settings *s = to->rules->settings;
	struct envelope *e = to->out;
	struct buf owner = { 0 };

	for (size_t i = 0; i < e->list_count; i++)
		if (e->lists[i].list == list)
			return &e->lists[i].of;
	if (e->list_count == ENVELOPE_OWNERS_MAX)
		return NULL;
	struct envelope_groups *groups = &e->lists[e->list_count].of;
	e->lists[e->list_count++].list = list;
	alias_owner(to->rules, list, &owner);
	groups->staying.sender = rewrite_text(s, buf_text(&owner), REWRITE_QUALIFY);
	groups->leaving.sender = rewrite_text(s, buf_text(&owner), REWRITE_SENDER);
	groups->refused.sender = mem_text(groups->leaving.sender);
	buf_free(&owner);
	return groups;
}

/* ---- where they go ---- */

/* What stays keeps a bare name bare: that it is local must still be seen when the queue looks again. */
static void place_recipient(struct sorting *to, const struct alias_recipient *r, const struct record_recipient *given,
                            const char *original)
{
	static const struct record_recipient unasked = { .orcpt = (char *)(uintptr_t)"" };
	struct envelope_groups *groups = r->list ? groups_of_list(to, r->list) : NULL;

	if (groups)
		given = &unasked;
	else
		groups = &to->out->own;
	if (r->verdict == ALIAS_REFUSED) {
		add_refused(&groups->refused, given, r->address, original, r->status, r->why);
		return;
	}
	if (r->verdict == ALIAS_STAYS && to->held == NULL)
		to->held = mem_text(r->why);
	add_recipient(r->verdict == ALIAS_LEAVES ? &groups->leaving : &groups->staying, (struct submission_recipient){
		.address = mem_text(r->address), .original = mem_text(original), .notify = given->notify,
		.orcpt = mem_text(given->orcpt), .refused = mem_text(""), .refused_status = mem_text("") });
}

/* Domains go by their A-labels from here on: that is what routes, DNS and servers without SMTPUTF8 know. */
static void place_transcribed(struct sorting *to, struct span address, const struct record_recipient *given)
{
	struct buf ascii = { 0 }, original = { 0 };
	struct alias_expansion all = { 0 };
	struct fault why = { 0 };

	buf_add_span(&original, address);
	if (idn_address(address, &ascii, &why) < 0) {
		refuse_recipient(to, given, &why);
	} else {
		alias_expand(to->rules, buf_span(&ascii), to->rules->settings->recipient_limit, &all);
		for (size_t i = 0; i < all.count; i++)
			place_recipient(to, &all.items[i], given, buf_text(&original));
		if (to->first_refusal.kind == FAULT_NONE && all.items[0].verdict == ALIAS_REFUSED)
			fault_set(&to->first_refusal, FAULT_PERMANENT, all.items[0].status, "%s", all.items[0].why);
		to->count += all.count;
		alias_expansion_free(&all);
	}
	buf_free(&ascii);
	buf_free(&original);
}

/* Beyond the limit nothing is placed: sort_recipients says it. */
static bool has_room(const struct sorting *to)
{
	return to->count <= to->rules->settings->recipient_limit;
}

/* An argument such as "Bob <bob@x>, al@y": each of its addresses; false when one of them is not an address. */
static bool place_list(struct sorting *to, const struct record_recipient *given)
{
	struct address_list list = { 0 };
	bool fine = is_one_line(given->address) && address_list_parse(span_of(given->address), &list, NULL) == 0 && list.count > 0;

	for (size_t i = 0; fine && i < list.count; i++)
		fine = address_check(span_of(list.items[i].address), NULL) == 0;
	for (size_t i = 0; fine && i < list.count && has_room(to); i++)
		place_transcribed(to, span_of(list.items[i].address), given);
	address_list_free(&list);
	return fine;
}

/* ---- duplicates ---- */

static void recipient_free(struct submission_recipient *r)
{
	free(r->address);
	free(r->original);
	free(r->orcpt);
	free(r->refused);
	free(r->refused_status);
	*r = (struct submission_recipient){ 0 };
}

/* Keeps the order given; what a duplicate asked to be told is added to the one that stays. */
static void finish_group(struct envelope_group *g, const char *held)
{
	struct span *addresses = mem_resize(NULL, g->count + 1, sizeof *addresses);
	size_t *first = mem_resize(NULL, g->count + 1, sizeof *first), *place = mem_resize(NULL, g->count + 1, sizeof *place);
	size_t left = 0;

	for (size_t i = 0; i < g->count; i++)
		addresses[i] = span_of(g->recipients[i].address);
	duplicates_find(addresses, g->count, first);
	for (size_t i = 0; i < g->count; i++) {
		if (first[i] == i) {
			place[i] = left;
			g->recipients[left++] = g->recipients[i];
		} else {
			uint8_t *kept = &g->recipients[place[first[i]]].notify, more = g->recipients[i].notify;
			*kept |= more == NOTIFY_NEVER ? 0 : more;     /* a copy that nobody is told of takes nothing from who is */
			recipient_free(&g->recipients[i]);
		}
	}
	g->count = left;
	free(addresses);
	free(first);
	free(place);
	/* NEVER stands alone (RFC 3461 section 4.1): one who asked to be told is told. */
	for (size_t i = 0; i < g->count; i++)
		if (g->recipients[i].notify & ~NOTIFY_NEVER)
			g->recipients[i].notify &= (uint8_t)~NOTIFY_NEVER;
	g->held = mem_text(held);
}

static int too_many(const struct settings *s, size_t count, struct fault *f)
{
	return fault_set(f, FAULT_PERMANENT, "5.5.3", "%zu recipients, and the setting recipient_limit allows %u", count,
	                 s->recipient_limit);
}

/* An argument may hold a list, and so may an alias: the limit is looked at again while they are sorted. */
static int sort_recipients(struct sorting *to, const struct record *r, struct fault *f)
{
	const struct envelope_groups *own = &to->out->own;

	for (size_t i = 0; i < r->recipient_count; i++) {
		const struct record_recipient *given = &r->recipients[i];
		struct fault why = { 0 };
		if (address_check(span_of(given->address), &why) == 0)
			place_transcribed(to, span_of(given->address), given);
		else if (!place_list(to, given))
			refuse_recipient(to, given, &why);
		if (!has_room(to))
			return too_many(to->rules->settings, to->count, f);
	}
	/* A reader who is elsewhere: address_domain of a bare name is empty. */
	if (own->refused.count < to->count || own->leaving.sender[0] || address_domain(span_of(own->refused.sender)).len > 0 ||
	    settings_root(to->rules->settings)[0])
		return 0;
	return fault_set(f, FAULT_PERMANENT, "5.1.3", "%s; there is no sender to return the message to, and root is not set",
	                 to->first_refusal.text);
}

/* ---- redirect and always_bcc ---- */

/* Borrows. */
static struct record_recipient told_of(const char *address, uint8_t notify)
{
	return (struct record_recipient){ .address = (char *)(uintptr_t)address, .notify = notify, .orcpt = (char *)(uintptr_t)"" };
}

static void take_away(struct envelope_group *g, struct text_list *redirected)
{
	for (size_t i = 0; i < g->count; i++) {
		struct span address = span_of(g->recipients[i].address);
		if (redirected->count < ENVELOPE_REDIRECTED_MAX && !text_list_has_nocase(redirected, address))
			text_list_add(redirected, address);
		recipient_free(&g->recipients[i]);
	}
	g->count = 0;
}

static void redirect(struct sorting *to)
{
	struct envelope *e = to->out;
	struct record_recipient instead = told_of(to->rules->settings->redirect, 0);

	take_away(&e->own.leaving, &e->redirected);
	take_away(&e->own.staying, &e->redirected);
	for (size_t i = 0; i < e->list_count; i++) {
		take_away(&e->lists[i].of.leaving, &e->redirected);
		take_away(&e->lists[i].of.staying, &e->redirected);
	}
	free(to->held);
	to->held = NULL;
	if (e->redirected.count > 0)
		place_transcribed(to, span_of(instead.address), &instead);
}

static void add_copy(struct sorting *to)
{
	struct record_recipient copy = told_of(to->rules->settings->always_bcc, NOTIFY_NEVER);
	const struct envelope *e = to->out;
	size_t taken = e->own.leaving.count + e->own.staying.count;

	for (size_t i = 0; i < e->list_count; i++)
		taken += e->lists[i].of.leaving.count + e->lists[i].of.staying.count;
	if (taken > 0 && e->own.leaving.sender[0])
		place_transcribed(to, span_of(copy.address), &copy);
}

/* Only so many are named in a report. The rest counts as one that wants what all of it asked for, else the usual. */
static void shorten_refused(struct envelope_group *g)
{
	struct buf number = { 0 };

	if (g->count <= ENVELOPE_REFUSED_MAX)
		return;
	buf_printf(&number, "%zu more", g->count - (ENVELOPE_REFUSED_MAX - 1));
	uint8_t notify = g->recipients[g->count - 1].notify;
	char *status = mem_text(g->recipients[g->count - 1].refused_status);
	while (g->count >= ENVELOPE_REFUSED_MAX) {
		struct submission_recipient *last = &g->recipients[--g->count];
		notify = last->notify == notify ? notify : 0;
		recipient_free(last);
	}
	g->recipients[g->count++] = (struct submission_recipient){
		.address = mem_text(buf_text(&number)), .original = mem_text(buf_text(&number)), .notify = notify,
		.orcpt = mem_text(""), .refused = mem_text("these recipients are not listed one by one"),
		.refused_status = status };
	buf_free(&number);
}

static void finish_groups(struct envelope_groups *g, const char *held)
{
	finish_group(&g->leaving, "");
	finish_group(&g->staying, held);
	finish_group(&g->refused, "");
	shorten_refused(&g->refused);
}

int envelope_make(const struct alias_rules *rules, const struct record *r, const struct submitter *who,
                  struct envelope *out, struct fault *f)
{
	struct sorting to = { .rules = rules, .out = out };

	*out = (struct envelope){ 0 };
	if (r->recipient_count == 0)
		return fault_set(f, FAULT_PERMANENT, "5.5.4",
		                 "no recipients: name them after the options, or use -t with To, Cc or Bcc in the message");
	if (r->recipient_count > rules->settings->recipient_limit)
		return too_many(rules->settings, r->recipient_count, f);
	int result = make_sender(rules, r, who, out, f);
	if (result == 0)
		result = sort_recipients(&to, r, f);
	if (result == 0 && rules->settings->redirect[0])
		redirect(&to);
	else if (result == 0 && rules->settings->always_bcc[0])
		add_copy(&to);
	if (result == 0)
		finish_groups(&out->own, to.held ? to.held : "");
	for (size_t i = 0; result == 0 && i < out->list_count; i++)
		finish_groups(&out->lists[i].of, to.held ? to.held : "");
	free(to.held);
	return result;
}

void envelope_refuse(const struct alias_rules *rules, const struct record *r, const struct submitter *who,
                     const struct fault *why, struct envelope *out)
{
	struct record callers = *r;
	struct record_recipient nobody = { .address = (char *)(uintptr_t)"(no recipient)", .orcpt = (char *)(uintptr_t)"" };
	struct envelope_group *refused = &out->own.refused;
	struct fault no_address;

	*out = (struct envelope){ 0 };
	if (make_sender(rules, r, who, out, &no_address) < 0) {
		callers.sender_given = false;
		make_sender(rules, &callers, who, out, &no_address);
	}
	for (size_t i = 0; i < r->recipient_count; i++)
		add_refused(refused, &r->recipients[i], r->recipients[i].address, r->recipients[i].address, why->status, why->text);
	if (r->recipient_count == 0)
		add_refused(refused, &nobody, nobody.address, nobody.address, why->status, why->text);
	finish_groups(&out->own, "");
}

static size_t group_bytes(const struct envelope_group *g)
{
	size_t bytes = g->count * sizeof *g->recipients;

	for (size_t i = 0; i < g->count; i++) {
		const struct submission_recipient *r = &g->recipients[i];
		bytes += strlen(r->address) + strlen(r->original) + strlen(r->orcpt) + strlen(r->refused);
	}
	return bytes;
}

static size_t groups_bytes(const struct envelope_groups *g)
{
	return group_bytes(&g->leaving) + group_bytes(&g->staying) + group_bytes(&g->refused);
}

size_t envelope_bytes(const struct envelope *e)
{
	size_t bytes = groups_bytes(&e->own);

	for (size_t i = 0; i < e->list_count; i++)
		bytes += groups_bytes(&e->lists[i].of);
	return bytes;
}

static void group_free(struct envelope_group *g)
{
	for (size_t i = 0; i < g->count; i++)
		recipient_free(&g->recipients[i]);
	free(g->recipients);
	free(g->sender);
	free(g->held);
}

static void groups_free(struct envelope_groups *g)
{
	group_free(&g->leaving);
	group_free(&g->staying);
	group_free(&g->refused);
}

void envelope_free(struct envelope *e)
{
	groups_free(&e->own);
	for (size_t i = 0; i < e->list_count; i++)
		groups_free(&e->lists[i].of);
	free(e->author);
	text_list_free(&e->redirected);
	free(e->replaced);
	*e = (struct envelope){ 0 };
}
