/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "trust/answers.h"

static const struct responder_row known[] = {
	{ "one.example", "TXT", "v=spf1 -all" },
	{ "one.example", "MX", "20 second.example" },
	{ "one.example", "MX", "10 First.example" },
	{ "one.example", "A", "192.0.2.1" },
	{ "alias.example", "CNAME", "one.example" },
	{ "4.3.2.1.in-addr.arpa", "PTR", "Host.example" },
	{ "broken.example", "RCODE", "2" },
	{ "silent.example", "SILENT", "" },
};

/* records: joined by "|", addresses in hexadecimal. */
static const struct { const char *name; enum dns_type type; enum answer_state state; const char *records; } rows[] = {
	{ "one.example", DNS_TXT, ANSWER_FOUND, "v=spf1 -all" },
	{ "ONE.example.", DNS_TXT, ANSWER_FOUND, "v=spf1 -all" },
	{ "one.example", DNS_MX, ANSWER_FOUND, "first.example|second.example" },
	{ "one.example", DNS_A, ANSWER_FOUND, "c0000201" },
	{ "one.example", DNS_AAAA, ANSWER_NO_DATA, "" },
	{ "alias.example", DNS_A, ANSWER_FOUND, "c0000201" },
	{ "4.3.2.1.in-addr.arpa", DNS_PTR, ANSWER_FOUND, "host.example" },
	{ "gone.example", DNS_A, ANSWER_NO_NAME, "" },
	{ "no name", DNS_A, ANSWER_NO_NAME, "" },
	{ "broken.example", DNS_TXT, ANSWER_TROUBLE, "" },
	{ "silent.example", DNS_TXT, ANSWER_TROUBLE, "" },
};

static void join(const struct answer *r, struct buf *out)
{
	for (size_t i = 0; i < r->count; i++) {
		buf_add_text(out, i ? "|" : "");
		for (size_t b = 0; b < r->records[i].len && (r->type == DNS_A || r->type == DNS_AAAA); b++)
			buf_printf(out, "%02x", (unsigned char)r->records[i].at[b]);
		if (r->type != DNS_A && r->type != DNS_AAAA)
			buf_add_span(out, buf_span(&r->records[i]));
	}
}

int main(void)
{
	struct responder server = responder_start(known, sizeof known / sizeof known[0]);
	struct settings s;
	struct fault f = { 0 };
	struct answers a = { 0 };
	size_t index = 0;

	tap_plan(2 * TAP_ROWS(rows) + 6);
	settings_defaults(&s);
	free(s.trust_anchor_file);
	s.trust_anchor_file = mem_text("/dev/null");
	s.time_scale = 0.1;
	text_list_add(&s.forwarders, span_of(server.server));
	struct dns *d = dns_new(&s, &f);
	for (int i = 0; i < TAP_ROWS(rows); i++)
		answers_get(&a, rows[i].name, rows[i].type);
	is_int(a.open, TAP_ROWS(rows) - 1, "a name is the same in either case and with a final dot");
	ok(answers_get(&a, "one.example", DNS_TXT) == NULL, "nothing is known yet");
	answers_ask(&a, d, 15000);
	is_int(a.open, 0, "all has been answered");
	ok(answers_next_open(&a, &index) == NULL, "nothing is open");
	for (int i = 0; i < TAP_ROWS(rows); i++) {
		const struct answer *r = answers_get(&a, rows[i].name, rows[i].type);
		struct buf got = { 0 };
		is_int(r ? r->state : ANSWER_OPEN, rows[i].state, "%s, type %d", rows[i].name, rows[i].type);
		if (r)
			join(r, &got);
		is_text(buf_text(&got), rows[i].records, "its records");
		buf_free(&got);
	}
	const struct answer *kept = answers_get(&a, "one.example", DNS_A);
	for (int i = 0; i < 1000; i++) {
		char name[32];
		snprintf(name, sizeof name, "n%d.example", i);
		answers_get(&a, name, DNS_A);
	}
	ok(kept == answers_get(&a, "one.example", DNS_A), "an answer stays where it is");
	is_int(a.open, 1000, "others are open");
	answers_free(&a);
	dns_free(d);
	responder_stop(&server);
	settings_free(&s);
	return tap_done();
}
