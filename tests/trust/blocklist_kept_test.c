/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/span.h"
#include "trust/blocklist_kept.h"

#include <stdio.h>
#include <stdlib.h>

enum { NOW_S = 1790000000 };

static const char whole[] =
	"signet-blocklists 1\n"
	"7.2.0.192.zen.example 1790000000 127.0.0.2,127.0.0.11 see there, or there\n"
	"7.2.0.192.bl.example 1789999000 - \n";

static void text(void)
{
	struct blocklist_kept k;
	struct buf again = { 0 };

	ok(blocklist_kept_read(span_of(whole), &k), "is read");
	is_int((int)k.count, 2, "two answers");
	const struct blocklist_answer *a = blocklist_kept_find(&k, "7.2.0.192.zen.example", NOW_S);
	is_text(a ? a->codes.items[1] : "", "127.0.0.11", "a code");
	is_text(a ? a->reason : "", "see there, or there", "the reason, to the line's end");
	a = blocklist_kept_find(&k, "7.2.0.192.bl.example", NOW_S);
	is_int(a ? (int)a->codes.count : -1, 0, "not listed is an answer");
	blocklist_kept_print(&k, NOW_S, &again);
	is_text(buf_text(&again), whole, "and written as it was");
	blocklist_kept_free(&k);
	buf_free(&again);
	ok(blocklist_kept_read(SPAN(""), &k) && k.count == 0, "nothing is kept yet");
}

static void ages(void)
{
	static const struct { int64_t asked_s; bool counts; } rows[] = {
		{ NOW_S, true }, { NOW_S - BLOCKLIST_KEPT_S + 1, true }, { NOW_S - BLOCKLIST_KEPT_S, false }, { NOW_S + 1, false }, { 0, false },
	};
	const struct text_list none = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct blocklist_kept k = { 0 };
		struct buf out = { 0 };
		blocklist_kept_put(&k, "a.example", rows[i].asked_s, &none, "");
		is_int(blocklist_kept_find(&k, "a.example", NOW_S) != NULL, rows[i].counts, "asked %lld s ago", (long long)(NOW_S - rows[i].asked_s));
		blocklist_kept_print(&k, NOW_S, &out);
		is_int(strstr(buf_text(&out), "a.example") != NULL, rows[i].counts, "kept on, or not");
		blocklist_kept_free(&k);
		buf_free(&out);
	}
}

static void puts_and_bounds(void)
{
	struct blocklist_kept k = { 0 }, again;
	const struct text_list none = { 0 };
	struct text_list codes = { 0 };
	struct buf out = { 0 };
	char name[40], reason[2 * BLOCKLIST_REASON_MAX];

	text_list_add(&codes, SPAN("127.0.0.2"));
	memset(reason, 'x', sizeof reason - 1);
	reason[sizeof reason - 1] = '\0';
	reason[3] = '\n';
	blocklist_kept_put(&k, "a.example", NOW_S - 1000, &none, "");
	blocklist_kept_put(&k, "a.example", NOW_S, &codes, reason);
	is_int((int)k.count, 1, "the same name has one answer");
	is_int((int)k.items[0].codes.count, 1, "the newer one");
	is_int((int)strlen(k.items[0].reason), BLOCKLIST_REASON_MAX, "the reason is cut");
	ok(k.items[0].reason[3] == ' ', "and stays on its line");
	for (int i = 0; i < BLOCKLIST_KEPT_MAX + 10; i++) {
		snprintf(name, sizeof name, "n%d.example", i);
		blocklist_kept_put(&k, name, NOW_S - 1 - i, &none, "");
	}
	blocklist_kept_print(&k, NOW_S, &out);
	ok(blocklist_kept_read(buf_span(&out), &again), "so many are written as can be read");
	is_int((int)again.count, BLOCKLIST_KEPT_MAX, "and no more");
	ok(blocklist_kept_find(&again, "a.example", NOW_S) != NULL, "the newest are");
	blocklist_kept_free(&again);
	blocklist_kept_free(&k);
	text_list_free(&codes);
	buf_free(&out);
}

static void damaged(void)
{
	static const char *const rows[] = {
		"signet-blocklists 2\n", "signet-blocklists 1", "nonsense\n", "signet-blocklists 1\na.example\n", "signet-blocklists 1\na.example x - \n",
		"signet-blocklists 1\na.example -1 - \n", "signet-blocklists 1\na.example 1790000000 127.0.0 \n",
		"signet-blocklists 1\na.example 1790000000 127.0.0.1, \n", "signet-blocklists 1\n 1790000000 - \n", "signet-blocklists 1\n\n",
		"signet-blocklists 1\na.example 1790000000 -\n", "signet-blocklists 1\na.example 99999999999999999999 - \n",
	};
	struct blocklist_kept k;
	unsigned taken = 0;

	for (int i = 0; i < TAP_ROWS(rows); i++)
		ok(!blocklist_kept_read(span_of(rows[i]), &k) && k.count == 0 && k.items == NULL, "none: %.*s", (int)strcspn(rows[i], "\n"), rows[i]);
	for (size_t len = 1; len < sizeof whole - 1; len++) {
		bool line_end = whole[len - 1] == '\n';
		taken += !line_end && blocklist_kept_read((struct span){ whole, len }, &k);
		if (!line_end)
			blocklist_kept_free(&k);
	}
	is_int((int)taken, 0, "cut within a line it is none");
}

int main(void)
{
	tap_plan(7 + 10 + 7 + 13);
	text();
	ages();
	puts_and_bounds();
	damaged();
	return tap_done();
}
