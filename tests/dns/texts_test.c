/* SPDX-License-Identifier: ISC */
#include "tests/dns/responder.h"
#include "tests/tap.h"

#include "base/clock.h"
#include "dns/texts.h"

#include <stdlib.h>

enum { CROWD = 64, PATIENCE_MS = 15000 };

static const struct responder_row known[] = {
	{ "one.example", "TXT", "v=DKIM1; p=" },
	{ "two.example", "TXT", "first" },
	{ "two.example", "TXT", "second" },
	{ "alias.example", "CNAME", "one.example" },
	{ "other.example", "A", "192.0.2.1" },
	{ "broken.example", "RCODE", "2" },
	{ "silent.example", "SILENT", "" },
};

/* texts: joined by "|", those of an answer in any order sorted. */
static const struct {
	const char *name, *status, *texts;
} rows[] = {
	{ "one.example", "", "v=DKIM1; p=" },
	{ "two.example", "", "first|second" },
	{ "ONE.example.", "", "v=DKIM1; p=" },
	{ "alias.example", "", "v=DKIM1; p=" },
	{ "other.example", "", "" },
	{ "gone.example", "", "" },
	{ "broken.example", "4.4.3", "" },
	{ "silent.example", "4.4.3", "" },
	{ "no name", "5.1.2", "" },
	{ "", "5.1.2", "" },
};

enum { ROWS = sizeof rows / sizeof rows[0], KNOWN = sizeof known / sizeof known[0] };

static char crowd_names[CROWD][40];
static struct responder server;

static void start_server(void)
{
	struct responder_row zone[KNOWN + CROWD];

	memcpy(zone, known, sizeof known);
	for (int i = 0; i < CROWD; i++) {
		snprintf(crowd_names[i], sizeof crowd_names[i], "n%d.silent.example", i);
		zone[KNOWN + i] = (struct responder_row){ crowd_names[i], "SILENT", "" };
	}
	server = responder_start(zone, KNOWN + CROWD);
}

static struct dns *open_dns(struct settings *s)
{
	struct fault f = { 0 };

	settings_defaults(s);
	free(s->trust_anchor_file);
	s->trust_anchor_file = mem_text("/dev/null");
	s->time_scale = 0.1;
	text_list_add(&s->forwarders, span_of(server.server));
	struct dns *d = dns_new(s, &f);
	if (d == NULL)
		abort();
	return d;
}

static int by_text(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static void answers(struct dns *d)
{
	struct texts_lookup lookups[ROWS] = { 0 };

	for (size_t i = 0; i < ROWS; i++)
		lookups[i].name = rows[i].name;
	texts_ask(d, lookups, ROWS, PATIENCE_MS);
	for (size_t i = 0; i < ROWS; i++) {
		struct buf got = { 0 };
		if (lookups[i].texts.count > 0)
			qsort(lookups[i].texts.items, lookups[i].texts.count, sizeof(char *), by_text);
		for (size_t j = 0; j < lookups[i].texts.count; j++)
			buf_printf(&got, "%s%s", j ? "|" : "", lookups[i].texts.items[j]);
		is_text(lookups[i].fault.status, rows[i].status, "\"%s\": %s", rows[i].name, lookups[i].fault.text);
		is_text(buf_text(&got), rows[i].texts, "what is there");
		text_list_free(&lookups[i].texts);
		buf_free(&got);
	}
}

/* Each name is silent, and all of them together take no longer than one; those that answer are heard. */
static void crowd(struct dns *d)
{
	struct texts_lookup lookups[CROWD] = { 0 };
	int faults = 0, texts = 0;

	for (int i = 0; i < CROWD; i++)
		lookups[i].name = i == CROWD - 1 ? "two.example" : crowd_names[i];
	int64_t begun_ms = clock_boot_ms();
	texts_ask(d, lookups, CROWD, PATIENCE_MS);
	int64_t took_ms = clock_boot_ms() - begun_ms;
	for (int i = 0; i < CROWD; i++) {
		faults += lookups[i].fault.kind == FAULT_TEMPORARY;
		texts += (int)lookups[i].texts.count;
		text_list_free(&lookups[i].texts);
	}
	is_int(faults, CROWD - 1, "a crowd of silent servers: all are temporary trouble");
	is_int(texts, 2, "but for the one that answers");
	ok(took_ms >= 1000 && took_ms < 2 * PATIENCE_MS / 10, "by one deadline: %lld ms", (long long)took_ms);
}

int main(void)
{
	struct settings s;

	tap_plan(23);
	start_server();
	struct dns *d = open_dns(&s);
	answers(d);
	crowd(d);
	dns_free(d);
	settings_free(&s);
	responder_stop(&server);
	return tap_done();
}
