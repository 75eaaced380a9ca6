/* SPDX-License-Identifier: ISC */
#include "tests/trust/world.h"

#define HOUR(n) ((n) * (int64_t)HISTORY_HOUR_MS)
enum { NOW_HOURS = 500000 };

static const struct world_row zone[] = {
	{ "example.org", "MX", "10 mail.example.org" },
	{ "example.org", "TXT", "v=spf1 ip4:198.18.0.1 -all" },
	{ "news.example.org", "MX", "10 mail.example.org" },
	{ "news.example.org", "TXT", "v=spf1 ip4:198.18.0.1 -all" },
	{ "customer.example", "MX", "10 mx.customer.example" },
	{ "customer.example", "TXT", "v=spf1 ip4:203.0.113.9 -all" },
	{ "_dmarc.customer.example", "TXT", "v=DMARC1; p=reject" },
	{ "lax.example", "A", "192.0.2.7" },
	{ "lax.example", "TXT", "v=spf1 ip4:198.18.0.1 -all" },
	{ "null.example", "MX", "0 " },
	{ "late.example", "MX", "SILENT" },
	{ "strict.example", "MX", "10 mail.example.org" },
	{ "strict.example", "TXT", "v=spf1 ip4:198.18.0.1 -all" },
	{ "_dmarc.strict.example", "TXT", "v=DMARC1; p=quarantine; adkim=s; aspf=s" },
	{ "www.strict.example", "MX", "10 mail.example.org" },
	{ "www.strict.example", "TXT", "v=spf1 ip4:198.18.0.1 -all" },
};

static const struct {
	const char *what;
	struct { const char *mail_from, *from; int days_ago; const char *to; } mail[3];
	const char *finds, *says;
} rows[] = {
	{ "no mail", { { 0 } }, "", NULL },
	{ "one of ours", { { "example.org", "example.org", 1, "gmail.com" } }, "senders.domains:info", "example.org: to 5 recipients" },
	{ "one below it", { { "news.example.org", "news.example.org", 1, "gmail.com" } }, "senders.domains:info", NULL },
	{ "a bounce, which has no sender", { { "", "example.org", 1, "gmail.com" } }, "senders.domains:info", NULL },
	{ "root of a host", { { "web1.local", "web1.local", 1, "gmail.com" } },
	  "senders.bounces:fail senders.signed:warn senders.domains:info", "signet.conf: masquerade = [ \"old.local\", \"web1.local\" ];" },
	{ "a program that forgot its sender", { { "web1.local", "example.org", 1, "gmail.com" } }, "senders.bounces:fail senders.domains:info", "signet trace Q7" },
	{ "a customer's domain", { { "customer.example", "customer.example", 1, "gmail.com" } },
	  "senders.spf:fail/4 senders.aligned:fail senders.signed:warn senders.domains:info",
	  "update add customer.example. 3600 TXT \"v=spf1 ip4:203.0.113.9 ip4:198.18.0.1 -all\"" },
	{ "as a customer, by our own sender", { { "example.org", "customer.example", 1, "gmail.com" } },
	  "senders.aligned:fail senders.signed:warn senders.domains:info", "signet key new --domain customer.example --configure" },
	{ "one without a key, whose SPF passes", { { "lax.example", "lax.example", 1, "gmail.com" } }, "senders.signed:warn senders.domains:info", NULL },
	{ "as another, without DMARC", { { "example.org", "lax.example", 1, "gmail.com" } }, "senders.aligned:warn senders.signed:warn senders.domains:info", NULL },
	{ "one that takes no mail", { { "null.example", "null.example", 1, "gmail.com" } },
	  "senders.bounces:fail senders.signed:warn senders.domains:info", "null MX" },
	{ "one that cannot be found out", { { "late.example", "late.example", 1, "gmail.com" } },
	  "senders.signed:warn senders.bounces:unknown senders.domains:info", NULL },
	{ "strict alignment", { { "www.strict.example", "strict.example", 1, "gmail.com" } },
	  "senders.aligned:fail senders.signed:warn senders.domains:info", "DMARC" },
	{ "it may be both ways in turn", { { "strict.example", "strict.example", 1, "gmail.com" }, { "www.strict.example", "strict.example", 2, "gmail.com" } },
	  "senders.aligned:fail senders.signed:warn senders.domains:info", NULL },
	{ "what is masqueraded now", { { "old.local", "old.local", 1, "gmail.com" } }, "", NULL },
	{ "what was 31 days ago", { { "web1.local", "web1.local", 31, "gmail.com" } }, "", NULL },
	{ "mail that stays here", { { "web1.local", "web1.local", 1, "" } }, "", NULL },
};

static void check(size_t n, const struct settings *settings, bool direct, const char *finds)
{
	struct history history = { 0 };
	struct history_count counts[3];
	struct world w = { .rows = zone, .count = TAP_ROWS(zone), .facts = { .settings = settings, .history = &history, .now_ms = HOUR(NOW_HOURS) + 1,
	                   .direct = direct } };

	w.facts.egress[0] = (struct fact_egress){ .wanted = direct, .heard = true, .address = { 4, { 198, 18, 0, 1 } } };
	for (; history.count < 3 && rows[n].mail[history.count].from; history.count++) {
		int64_t at_ms = HOUR(NOW_HOURS - 24 * rows[n].mail[history.count].days_ago);
		counts[history.count] = (struct history_count){ .hour_ms = at_ms, .last_ms = at_ms, .sender_domain = (char *)rows[n].mail[history.count].mail_from,
			.from_domain = (char *)rows[n].mail[history.count].from, .domain = (char *)rows[n].mail[history.count].to, .result = HISTORY_DELIVERED,
			.recipients = 5, .queue_id = "Q7" };
	}
	history.items = counts;
	world_finds(&w, "senders", "example.org", rows[n].what, finds, direct ? rows[n].says : NULL);
}

/* More than are looked at one by one: those that send most are. */
static void many(const struct settings *settings)
{
	enum { MANY = 200 };
	struct history history = { .items = mem_alloc(MANY * sizeof *history.items), .count = MANY };
	struct world w = { .rows = zone, .count = TAP_ROWS(zone), .facts = { .settings = settings, .history = &history, .now_ms = HOUR(NOW_HOURS), .direct = true } };
	struct buf got = { 0 };

	for (int i = 0; i < MANY; i++) {
		struct buf name = { 0 };
		buf_printf(&name, "d%d.example", i);
		history.items[i] = (struct history_count){ .hour_ms = HOUR(NOW_HOURS - 1), .last_ms = HOUR(NOW_HOURS - 1), .from_domain = buf_take(&name), .domain = "gmail.com", .result = HISTORY_DELIVERED, .recipients = (uint64_t)(MANY - i) };
		history.items[i].sender_domain = history.items[i].from_domain;
	}
	world_check(&w, "senders", "example.org");
	world_say(&w, &got);
	ok(strstr(buf_text(&got), "d0.example") && strstr(buf_text(&got), "only the 40 most used"), "of many the most used are looked at");
	world_free(&w);
	buf_free(&got);
	for (int i = 0; i < MANY; i++)
		free(history.items[i].from_domain);
	free(history.items);
}

int main(void)
{
	struct dkim_key key = { .domain = "example.org", .selector = "s1" };
	char *old[] = { "old.local" };
	struct settings settings = { .hostname = "mail.example.org", .domain = "example.org", .dkim = &key, .dkim_count = 1, .masquerade = { old, 1 } };

	tap_plan(2 * TAP_ROWS(rows) + 2 + 1);
	for (size_t i = 0; i < TAP_ROWS(rows); i++)
		check(i, &settings, true, rows[i].finds);
	check(6, &settings, false, "senders.signed:warn senders.domains:info");     /* by smarthosts alone: their addresses count */
	many(&settings);
	return tap_done();
}
