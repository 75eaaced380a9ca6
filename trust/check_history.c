/* SPDX-License-Identifier: ISC */
/*
 * What the history of this host's own mail says: how much is sent, and how
 * receivers take it. Of mail that leaves; names of this host do not count.
 * trust/check_senders.c looks at who sends.
 */
#include "base/mail/address.h"
#include "trust/check.h"

#include <stdlib.h>

enum {
	BULK_A_DAY = 5000,      /* Gmail since 2024, Microsoft since 2025 */
	WAITS_LONG_MS = 4 * HISTORY_HOUR_MS,
	UNKNOWN_LEAST = 100, UNKNOWN_PERCENT = 5,
	LISTED_MAX = 8,
};
#define RECENT_MS (INT64_C(7) * 24 * HISTORY_HOUR_MS)
#define DAY_MS (INT64_C(24) * HISTORY_HOUR_MS)

/* "mx.example.org[192.0.2.1]:25" has an address; a mailbox of this host has none. */
bool history_has_left(const struct history_count *h)
{
	return h->domain[0] && (h->reply.relay[0] == '\0' || strchr(h->reply.relay, '['));
}

/* True: it is known; else one finding says that it is not. */
bool history_is_known(const struct facts *facts, const char *id, const char *domain, struct findings *out)
{
	if (facts->history)
		return true;
	struct finding *f = finding_add(out, id, FINDING_SKIPPED, domain, 0, "the history of this host's mail is not known");
	finding_evidence(f, "%s", facts->history_fault.kind ? facts->history_fault.text : "it was not asked for");
	return false;
}

/* ---- counts by a name ---- */

struct tally {
	const char *name;
	uint64_t count;
	const struct history_count *newest;
};

struct tallies {
	struct tally *items;
	size_t count;
};

static void tally(struct tallies *t, const char *name, const struct history_count *h)
{
	size_t i = 0;

	while (i < t->count && strcmp(t->items[i].name, name) != 0)
		i++;
	if (i == t->count) {
		t->items = mem_resize(t->items, t->count + 1, sizeof *t->items);
		t->items[t->count++] = (struct tally){ .name = name, .newest = h };
	}
	t->items[i].count += h->recipients;
	if (h->last_ms > t->items[i].newest->last_ms)
		t->items[i].newest = h;
}

static int most_first(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;

	return x->count > y->count ? -1 : x->count < y->count ? 1 : strcmp(x->name, y->name);
}

static void order(struct tallies *t)
{
	if (t->count > 1)
		qsort(t->items, t->count, sizeof t->items[0], most_first);
}

/* ---- bulk ---- */

/* Whose rules begin at a number, and the domains of their mailboxes. */
static const struct {
	const char *name, *domains, *asks;
} receivers[] = {
	{ "Gmail", "gmail.com googlemail.com", "SPF, DKIM and DMARC (p=none will do), From aligned with one of them, one-click unsubscribing "
	  "(List-Unsubscribe and List-Unsubscribe-Post, RFC 8058) in mailings, and complaints below 0.3 %" },
	{ "Microsoft", "outlook.com hotmail.com live.com msn.com", "SPF, DKIM and DMARC (p=none will do), From aligned with one of them" },
};

static bool is_at(const char *domain, const char *domains)
{
	struct span rest = span_of(domains);

	while (rest.at)
		if (span_eq_nocase(span_cut(&rest, ' '), span_of(domain)))
			return true;
	return false;
}

/* The most in a day (of UTC). The history is in the order of its hours. */
static uint64_t most_in_a_day(const struct history *all, const char *from, const char *domains)
{
	uint64_t most = 0, today = 0;
	int64_t day = -1;

	for (size_t i = 0; i < all->count; i++) {
		const struct history_count *h = &all->items[i];
		if (!is_at(h->domain, domains) || !domain_is_within(span_of(h->from_domain), span_of(from)))
			continue;
		today = h->hour_ms / DAY_MS == day ? today : 0;
		day = h->hour_ms / DAY_MS;
		today += h->recipients;
		most = today > most ? today : most;
	}
	return most;
}

/* How many receivers' rules apply; a finding for each. */
static size_t judge_volume(struct facts *facts, const char *domain, struct findings *out)
{
	size_t apply = 0;

	for (size_t i = 0; i < sizeof receivers / sizeof receivers[0]; i++) {
		uint64_t most = most_in_a_day(facts->history, domain, receivers[i].domains);
		if (most < BULK_A_DAY)
			continue;
		struct finding *f = finding_add(out, "bulk.volume", FINDING_WARN, domain, 0, "the rules of %s for bulk senders apply: %llu messages in a "
		                                "day, and they begin at %d", receivers[i].name, (unsigned long long)most, BULK_A_DAY);
		finding_evidence(f, "they ask for %s", receivers[i].asks);
		finding_fix(f, "do what spf, dkim and dmarc say here; and see to it that mailings have both fields");
		apply++;
	}
	return apply;
}

/* ---- what unsubscribing by one click asks for (RFC 8058 section 4): both fields in h= ---- */

static const char *const unsubscribe_fields[] = { "list-unsubscribe", "list-unsubscribe-post" };

/* The h= of a mailing that this key signs, as the settings have it: false where it cannot be made. */
static bool probe_mailing(const struct facts *facts, const struct fact_key *key, struct buf *out)
{
	const struct settings *s = facts->settings;
	struct fault f = { 0 };
	struct sign_fields *fields = sign_fields_new((const char *const *)s->signed_fields.items, s->signed_fields.count,
	                                             (const char *const *)s->oversigned_fields.items, s->oversigned_fields.count, &f);
	struct sign_options sign = { .scheme = key->scheme, .key = key->key, .domain = key->domain, .selector = key->selector, .fields = fields,
	                             .header = CANON_RELAXED, .body = CANON_RELAXED, .now_s = -1, .expires_s = -1 };
	struct signer *signer = fields ? signer_new(&sign, 1, &f) : NULL;
	struct buf message = { 0 }, made = { 0 };

	buf_printf(&message, "From: probe@%s\r\nTo: probe@%s\r\nSubject: probe\r\nList-Unsubscribe: <https://%s/u>\r\n"
	           "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nThis message is not sent.\r\n", key->from, key->from, key->from);
	bool done = signer && signer_feed(signer, buf_span(&message), &f) == 0 && signer_finish(signer, &made, &f) == 0;
	const char *at = done ? strstr(buf_text(&made), "h=") : NULL;
	while (at && at[-1] == 'b')      /* bh= is another tag */
		at = strstr(at + 1, "h=");
	for (; at && *at && *at != ';'; at++)
		if (*at > ' ')
			buf_add_byte(out, *at == '=' ? ':' : byte_lower(*at));
	buf_add_byte(out, ':');
	signer_free(signer);
	sign_fields_free(fields);
	buf_free(&message);
	buf_free(&made);
	return done;
}

static bool covers(struct buf *names, const char *name)
{
	struct buf word = { 0 };

	buf_printf(&word, ":%s:", name);
	bool found = strstr(buf_text(names), buf_text(&word)) != NULL;
	buf_free(&word);
	return found;
}

static void fix_signed_fields(const struct settings *s, struct finding *f)
{
	struct buf list = { 0 };

	for (size_t i = 0; i < s->signed_fields.count; i++)
		buf_printf(&list, "\"%s\", ", s->signed_fields.items[i]);
	for (size_t i = 0; i < 2; i++)
		if (!text_list_has_nocase(&s->signed_fields, span_of(unsubscribe_fields[i])))
			buf_printf(&list, "\"%s\", ", unsubscribe_fields[i]);
	finding_fix(f, "signet.conf: signed_fields = [ %.*s ];", (int)list.len - 2, buf_text(&list));      /* libconfig takes no last comma */
	buf_free(&list);
}

static void judge_unsubscribing(struct facts *facts, const char *domain, struct findings *out)
{
	size_t keys = 0;

	for (size_t i = 0; i < facts->key_count; i++) {
		const struct fact_key *k = &facts->keys[i];
		struct buf names = { 0 };
		if (k->scheme != SIGN_DKIM || strcmp(k->from, domain) != 0 || k->key == NULL || !probe_mailing(facts, k, &names)) {
			buf_free(&names);
			continue;
		}
		keys++;
		for (size_t n = 0; n < 2; n++) {
			if (covers(&names, unsubscribe_fields[n]))
				continue;
			struct finding *f = finding_add(out, "bulk.unsubscribe", FINDING_FAIL, domain, 0, "the signature by %s does not cover %s: receivers do "
			                                "not offer to unsubscribe by one click", k->selector, unsubscribe_fields[n]);
			finding_evidence(f, "%s", buf_text(&names));
			fix_signed_fields(facts->settings, f);
			keys = 0;
			break;
		}
		buf_free(&names);
	}
	if (keys > 0)
		finding_add(out, "bulk.unsubscribe", FINDING_PASS, domain, 0, "signatures cover List-Unsubscribe and List-Unsubscribe-Post, where a "
		            "message has them");
}

/* Is it, or a domain that it is below, looked at by itself? */
static bool is_looked_at(const struct facts *facts, const char *domain)
{
	for (size_t i = 0; facts->domains && i < facts->domains->count; i++)
		if (domain_is_within(span_of(domain), span_of(facts->domains->items[i])))
			return true;
	return false;
}

/* Others' domains that much is sent as: of those that are below each other the shortest, as receivers count. */
void check_bulk_senders(struct facts *facts, const char *domain, struct findings *out)
{
	struct tallies all = { 0 };

	(void)domain;
	for (size_t i = 0; facts->history && i < facts->history->count; i++) {
		const struct history_count *h = &facts->history->items[i];
		if (h->from_domain[0] && history_has_left(h) && !is_looked_at(facts, h->from_domain))
			tally(&all, h->from_domain, h);
	}
	order(&all);
	for (size_t i = 0; i < all.count; i++) {
		bool is_below = false;
		for (size_t k = 0; k < all.count; k++)
			is_below |= k != i && domain_is_within(span_of(all.items[i].name), span_of(all.items[k].name));
		if (!is_below && all.items[i].count >= BULK_A_DAY)
			judge_volume(facts, all.items[i].name, out);
	}
	free(all.items);
}

void check_bulk(struct facts *facts, const char *domain, struct findings *out)
{
	if (!history_is_known(facts, "bulk.volume", domain, out))
		return;
	if (judge_volume(facts, domain, out) > 0)
		judge_unsubscribing(facts, domain, out);
	else
		finding_add(out, "bulk.volume", FINDING_PASS, domain, 0, "the rules for bulk senders do not apply: at most %llu messages a day to Gmail, "
		            "and they begin at %d", (unsigned long long)most_in_a_day(facts->history, domain, receivers[0].domains), BULK_A_DAY);
}

/* ---- queue ---- */

static void judge_waiting(const struct facts *facts, struct findings *out)
{
	struct tallies waits = { 0 };
	uint64_t all = 0;

	for (size_t i = 0; i < facts->history->count; i++) {
		const struct history_count *h = &facts->history->items[i];
		if (h->result != HISTORY_WAITS || facts->now_ms - h->hour_ms < WAITS_LONG_MS)
			continue;
		tally(&waits, h->domain[0] ? h->domain : "this host", h);
		all += h->recipients;
	}
	order(&waits);
	if (all == 0) {
		finding_add(out, "queue.waits", FINDING_PASS, "", 0, "nothing waits for long");
	} else {
		struct finding *f = finding_add(out, "queue.waits", FINDING_WARN, "", 0, "mail to %llu recipients has waited for hours",
		                                (unsigned long long)all);
		for (size_t i = 0; i < waits.count && i < LISTED_MAX; i++) {
			struct buf words = { 0 };
			reply_print(&waits.items[i].newest->reply, &words);
			finding_evidence(f, "%s, %llu: %s", waits.items[i].name, (unsigned long long)waits.items[i].count, buf_text(&words));
			buf_free(&words);
		}
		finding_fix(f, "look at what waits, and why: signet queue list");
	}
	free(waits.items);
}

/* What receivers have said in the last days: distrust of this host, and addresses that nobody has. */
static void judge_refusals(const struct facts *facts, struct findings *out)
{
	struct tallies distrust = { 0 };
	uint64_t ended = 0, unknown = 0;

	for (size_t i = 0; i < facts->history->count; i++) {
		const struct history_count *h = &facts->history->items[i];
		if (!history_has_left(h) || facts->now_ms - h->last_ms > RECENT_MS)
			continue;
		if (h->result != HISTORY_WAITS && h->result != HISTORY_DELETED)
			ended += h->recipients;
		if (h->reply.code >= 400 && reply_about(&h->reply) == REFUSAL_ADDRESS)
			tally(&distrust, h->domain, h);
		if (h->result == HISTORY_BOUNCED && reply_about(&h->reply) == REFUSAL_USER)
			unknown += h->recipients;
	}
	order(&distrust);
	if (distrust.count > 0) {
		struct finding *f = finding_add(out, "queue.distrust", FINDING_WARN, "", 0, "%zu domains have refused mail in the last week because of "
		                                "where it comes from", distrust.count);
		for (size_t i = 0; i < distrust.count && i < LISTED_MAX; i++) {
			struct buf words = { 0 };
			reply_print(&distrust.items[i].newest->reply, &words);
			finding_evidence(f, "%s, %llu: %s", distrust.items[i].name, (unsigned long long)distrust.items[i].count, buf_text(&words));
			buf_free(&words);
		}
		finding_fix(f, "fix what else stands here; then ask for removal, as signet delist prepares it; until then mail goes another way where "
		            "via has one (signet route --sticky)");
	} else {
		finding_add(out, "queue.distrust", FINDING_PASS, "", 0, "nobody has refused mail in the last week because of where it comes from");
	}
	if (ended >= UNKNOWN_LEAST && unknown * 100 > ended * UNKNOWN_PERCENT) {
		struct finding *f = finding_add(out, "queue.unknown", FINDING_WARN, "", 0, "%llu of %llu recipients of the last week do not exist",
		                                (unsigned long long)unknown, (unsigned long long)ended);
		finding_fix(f, "take addresses that bounce out of lists, and ask new ones to confirm");
	} else {
		finding_add(out, "queue.unknown", FINDING_PASS, "", 0, "%llu of %llu recipients of the last week do not exist",
		            (unsigned long long)unknown, (unsigned long long)ended);
	}
	free(distrust.items);
}

void check_queue(struct facts *facts, const char *domain, struct findings *out)
{
	if (!history_is_known(facts, "queue.waits", domain, out))
		return;
	judge_waiting(facts, out);
	judge_refusals(facts, out);
}
