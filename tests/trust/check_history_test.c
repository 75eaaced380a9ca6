/* SPDX-License-Identifier: ISC */
#include "tests/trust/world.h"

#define HOUR(n) ((n) * (int64_t)HISTORY_HOUR_MS)
enum { NOW_HOURS = 500000 };

struct row {
	int hours_ago;
	const char *from, *to;
	enum history_result result;
	uint64_t recipients;
	const char *relay;      /* "" is none */
	unsigned code;
	enum refusal about;
};

#define GMAIL "gmail-smtp-in.l.google.com[192.0.2.9]:25"
#define TAKEN GMAIL, 250, REFUSAL_UNKNOWN

static const struct {
	const char *what, *area;
	struct row rows[4];
	const char *finds, *says;
} table[] = {
	{ "a little", "bulk", { { 1, "example.org", "gmail.com", HISTORY_DELIVERED, 4999, TAKEN } }, "", "at most 4999 messages a day" },
	{ "much", "bulk", { { 1, "example.org", "gmail.com", HISTORY_DELIVERED, 5000, TAKEN } }, "bulk.volume:warn", "List-Unsubscribe-Post" },
	{ "much in two hours", "bulk", { { 3, "example.org", "gmail.com", HISTORY_DELIVERED, 2500, TAKEN }, { 2, "example.org", "googlemail.com", HISTORY_DELIVERED, 2500, TAKEN } },
	  "bulk.volume:warn", "5000 messages in a day" },
	{ "much in two days", "bulk", { { 50, "example.org", "gmail.com", HISTORY_DELIVERED, 2500, TAKEN }, { 2, "example.org", "gmail.com", HISTORY_DELIVERED, 2500, TAKEN } },
	  "", "at most 2500" },
	{ "as below it", "bulk", { { 1, "news.example.org", "hotmail.com", HISTORY_DELIVERED, 6000, TAKEN } }, "bulk.volume:warn", "Microsoft" },
	{ "as another of which nobody asked", "bulk", { { 1, "other.example", "gmail.com", HISTORY_DELIVERED, 6000, TAKEN } }, "bulk.volume:warn", NULL },
	{ "to others", "bulk", { { 1, "example.org", "else.example", HISTORY_DELIVERED, 6000, TAKEN } }, "", NULL },

	{ "nothing", "queue", { { 0 } }, "", NULL },
	{ "what waits since now", "queue", { { 1, "example.org", "gmail.com", HISTORY_WAITS, 5, GMAIL, 451, REFUSAL_GREYLISTING } }, "", NULL },
	{ "what waits for long", "queue", { { 6, "example.org", "gmail.com", HISTORY_WAITS, 5, GMAIL, 451, REFUSAL_RATE } }, "queue.waits:warn", "gmail.com, 5" },
	{ "distrust", "queue", { { 6, "example.org", "gmail.com", HISTORY_BOUNCED, 5, GMAIL, 550, REFUSAL_ADDRESS } }, "queue.distrust:warn", "signet delist" },
	{ "distrust long ago", "queue", { { 200, "example.org", "gmail.com", HISTORY_BOUNCED, 5, GMAIL, 550, REFUSAL_ADDRESS } }, "", NULL },
	{ "a few who do not exist", "queue", { { 6, "example.org", "gmail.com", HISTORY_BOUNCED, 5, GMAIL, 550, REFUSAL_USER }, { 6, "example.org", "gmail.com", HISTORY_DELIVERED, 100, TAKEN } },
	  "", "5 of 105" },
	{ "many", "queue", { { 6, "example.org", "gmail.com", HISTORY_BOUNCED, 6, GMAIL, 550, REFUSAL_USER }, { 6, "example.org", "gmail.com", HISTORY_DELIVERED, 100, TAKEN } },
	  "queue.unknown:warn", "6 of 106" },
};

/* One hour of 6000 messages as from to Gmail. */
static void bulk_of(struct world *w, struct history *history, struct history_count *h, const char *from)
{
	*h = (struct history_count){ .hour_ms = HOUR(NOW_HOURS - 1), .last_ms = HOUR(NOW_HOURS - 1), .sender_domain = "", .from_domain = (char *)from,
		.domain = "gmail.com", .result = HISTORY_DELIVERED, .recipients = 6000, .reply.relay = GMAIL };
	*history = (struct history){ .items = h, .count = 1 };
	w->facts.history = history;
	w->facts.now_ms = HOUR(NOW_HOURS) + 1;
}

/* Whether h= covers both fields depends on signed_fields. */
static void unsubscribes(struct settings *settings)
{
	char *some[] = { "subject", "list-unsubscribe" }, *names[] = { "example.org" };
	struct text_list domains = { .items = names, .count = 1 };
	static const struct { const char *what; int kind; const char *finds, *says; } rows[] = {
		{ "the fields that are usual", 0, "bulk.volume:warn", NULL },
		{ "fields of one's own", 1, "bulk.unsubscribe:fail bulk.volume:warn",
		  "signet.conf: signed_fields = [ \"subject\", \"list-unsubscribe\", \"list-unsubscribe-post\" ];" },
	};
	struct sign_key *pair = sign_key_generate(KEY_ED25519, 0, NULL);

	for (size_t i = 0; i < 2; i++) {
		struct history history;
		struct history_count h;
		struct fact_key key = { .from = "example.org", .domain = "example.org", .selector = "s1", .scheme = SIGN_DKIM, .key = pair };
		struct world w = { .facts = { .settings = settings, .domains = &domains, .keys = &key, .key_count = 1 } };
		settings->signed_fields = rows[i].kind ? (struct text_list){ .items = some, .count = 2 } : (struct text_list){ 0 };
		bulk_of(&w, &history, &h, "example.org");
		world_finds(&w, "bulk", "example.org", rows[i].what, rows[i].finds, rows[i].says);
	}
	settings->signed_fields = (struct text_list){ 0 };
	sign_key_free(pair);
}

/* Much as a domain that nobody asked to be checked; what is below one that was is counted there. */
static void strangers(const struct settings *settings)
{
	char *names[] = { "example.org" };
	struct text_list domains = { .items = names, .count = 1 };
	static const struct { const char *from, *finds; } rows[] = { { "news.customer.example", "bulk.volume:warn" }, { "news.example.org", "bulk.volume:warn" } };

	for (size_t i = 0; i < 2; i++) {
		struct history history;
		struct history_count h;
		struct world w = { .facts = { .settings = settings, .domains = &domains } };
		bulk_of(&w, &history, &h, rows[i].from);
		world_finds(&w, "bulk", "example.org", rows[i].from, rows[i].finds, "6000 messages");
	}
}

int main(void)
{
	struct dkim_key key = { .domain = "example.org", .selector = "s1" };
	struct settings settings = { .hostname = "mail.example.org", .domain = "example.org", .dkim = &key, .dkim_count = 1 };
	char *names[] = { "example.org" };
	struct text_list domains = { .items = names, .count = 1 };
	static struct refusal_reason reasons[REFUSAL_COUNT];

	tap_plan(2 * TAP_ROWS(table) + 3 + 4 + 4);
	for (int i = 0; i < REFUSAL_COUNT; i++)
		reasons[i].about = (enum refusal)i;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct history history = { 0 };
		struct history_count counts[4];
		struct world w = { .facts = { .settings = &settings, .domains = &domains, .history = &history, .now_ms = HOUR(NOW_HOURS) + 1 } };
		for (; history.count < 4 && table[i].rows[history.count].from; history.count++) {
			const struct row *r = &table[i].rows[history.count];
			struct history_count *h = &counts[history.count];
			*h = (struct history_count){ .hour_ms = HOUR(NOW_HOURS - r->hours_ago), .last_ms = HOUR(NOW_HOURS - r->hours_ago), .sender_domain = "",
				.from_domain = (char *)r->from, .domain = (char *)r->to, .result = r->result, .recipients = r->recipients,
				.reply = { .code = r->code, .reason = r->code >= 400 ? &reasons[r->about] : NULL } };
			snprintf(h->reply.relay, sizeof h->reply.relay, "%s", r->relay);
		}
		history.items = counts;
		world_finds(&w, table[i].area, "example.org", table[i].what, table[i].finds, table[i].says);
	}
	unsubscribes(&settings);
	strangers(&settings);
	static const char *const areas[] = { "senders", "bulk", "queue" };
	for (size_t i = 0; i < 3; i++) {
		struct world w = { .facts = { .settings = &settings, .history_fault = { .kind = FAULT_TEMPORARY, .text = "signetd does not answer" } } };
		struct buf got = { 0 };
		world_check(&w, areas[i], "example.org");
		world_print(&w, &got);
		ok(strstr(buf_text(&got), ":skipped") != NULL, "%s: without signetd: %s", areas[i], buf_text(&got));
		buf_free(&got);
		world_free(&w);
	}
	return tap_done();
}
