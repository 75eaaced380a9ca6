/* SPDX-License-Identifier: ISC */
/*
 * A way is read from the store as it was written there, whatever its names
 * and senders look like; and what is malformed is nobody's way.
 */
#include "relay/queue/via.h"
#include "tests/tap.h"

static const struct row {
	const char *text, *domain;      /* as in the store */
	enum via_kind kind;
	bool held_by_owner;
	const char *number;             /* in hex; NULL: not alone */
	const char *sender, *names;     /* names: for people */
	size_t count;
} rows[] = {
	{ "", "", VIA_HELD, false, NULL, NULL, "", 0 },
	{ "", "!", VIA_HELD, true, NULL, NULL, "", 0 },
	{ "", "example.com", VIA_HELD, false, NULL, NULL, "", 0 },
	{ "mx", "example.com", VIA_NAMES, false, NULL, NULL, "mx", 1 },
	{ "mx", "!", VIA_NAMES, false, NULL, NULL, "mx", 1 },
	{ "mx,isp", "example.com", VIA_NAMES, false, NULL, NULL, "mx,isp", 2 },
	{ "=isp", "", VIA_CHOSEN, false, NULL, NULL, "isp", 1 },
	{ "=isp,mx,b", "example.com", VIA_CHOSEN, false, NULL, NULL, "isp,mx,b", 3 },
	{ "?", "example.com", VIA_BY_MX, false, NULL, "", "", 0 },
	{ "?<>", "example.com", VIA_BY_MX, false, NULL, "<>", "", 0 },
	{ "?me@a.example", "example.com", VIA_BY_MX, false, NULL, "me@a.example", "", 0 },
	{ "#7f mx", "example.com", VIA_NAMES, false, "7f", NULL, "mx", 1 },
	{ "#7f =isp,mx", "example.com", VIA_CHOSEN, false, "7f", NULL, "isp,mx", 2 },
	{ "#7f ?<>", "example.com", VIA_BY_MX, false, "7f", "<>", "", 0 },
	{ "#0 mx", "example.com", VIA_NAMES, false, "0", NULL, "mx", 1 },
	{ "#ffffffffffffffff mx", "example.com", VIA_NAMES, false, "ffffffffffffffff", NULL, "mx", 1 },

	/* hostile senders and names */
	{ "??", "example.com", VIA_BY_MX, false, NULL, "?", "", 0 },
	{ "?=isp", "example.com", VIA_BY_MX, false, NULL, "=isp", "", 0 },
	{ "?#7f mx", "example.com", VIA_BY_MX, false, NULL, "#7f mx", "", 0 },
	{ "?\"a, b\"@a.example", "example.com", VIA_BY_MX, false, NULL, "\"a, b\"@a.example", "", 0 },
	{ "?!", "!", VIA_BY_MX, false, NULL, "!", "", 0 },
	{ "#isp", "", VIA_NAMES, false, NULL, NULL, "#isp", 1 },
	{ "#7f,mx", "", VIA_NAMES, false, NULL, NULL, "#7f,mx", 2 },
	{ "#7f #isp", "", VIA_NAMES, false, "7f", NULL, "#isp", 1 },
	{ "=#isp", "", VIA_CHOSEN, false, NULL, NULL, "#isp", 1 },
	{ "!", "", VIA_NAMES, false, NULL, NULL, "!", 1 },
	{ "a,?b,=c", "", VIA_NAMES, false, NULL, NULL, "a,?b,=c", 3 },
};

static const char malformed[][32] = {
	",", "isp,", ",isp", "isp,,mx", "=", "=,", "=isp,", "isp mx", "isp, mx", "=isp mx", " ", " isp",
	"# mx", "#7f ", "#7g mx", "#7F mx", "#-1 mx", "#+1 mx", "#0x1 mx", "#10000000000000000 mx", "#7f #8 mx", "#7f isp,", "#7f =",
	"#7f  mx",
};

static void is_value(const struct via *v, const struct row *r)
{
	struct buf names = { 0 };
	char number[17];

	snprintf(number, sizeof number, "%llx", (unsigned long long)v->number);
	is_int(v->kind, r->kind, "\"%s\": its kind", r->text);
	is_int(v->held_by_owner, r->held_by_owner, "\"%s\": held by the owner or not", r->text);
	is_text(v->alone ? number : NULL, r->number, "\"%s\": alone or not", r->text);
	is_text(v->sender ? v->sender : "none", r->sender ? r->sender : "none", "\"%s\": its sender", r->text);
	via_names_text(v, &names);
	is_text(buf_text(&names), r->names, "\"%s\": its names", r->text);
	is_int((long long)v->names.count, (long long)r->count, "\"%s\": so many", r->text);
	buf_free(&names);
}

static void there_and_back(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct via v;
		struct buf text = { 0 };
		ok(via_read(span_of(rows[i].text), span_of(rows[i].domain), &v) == 0, "\"%s\" is a way", rows[i].text);
		is_value(&v, &rows[i]);
		via_print(&v, &text);
		is_text(buf_text(&text), rows[i].text, "\"%s\" is written as it was", rows[i].text);
		is_text(via_print_domain(&v, rows[i].held_by_owner ? "" : rows[i].domain), rows[i].domain, "with its domain");
		buf_free(&text);
		via_free(&v);
	}
}

/* Each is itself and no other, where text or who holds it differs. */
static void compared(void)
{
	struct via a, b;
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
			via_read(span_of(rows[i].text), span_of(rows[i].domain), &a);
			via_read(span_of(rows[k].text), span_of(rows[k].domain), &b);
			bool same = strcmp(rows[i].text, rows[k].text) == 0 && rows[i].held_by_owner == rows[k].held_by_owner;
			if (via_eq(&a, &b) != same)
				wrong += (size_t)printf("# \"%s\" and \"%s\"\n", rows[i].text, rows[k].text);
			via_free(&a);
			via_free(&b);
		}
	is_int((long long)wrong, 0, "each equals itself, and no other");
}

static void refused(void)
{
	for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
		struct via v;
		struct buf names = { 0 };
		ok(via_read(span_of(malformed[i]), SPAN("!"), &v) < 0, "\"%s\" is malformed", malformed[i]);
		via_names_text(&v, &names);
		is_text(buf_text(&names), malformed[i], "and shown as it is");
		ok(v.kind == VIA_NAMES && v.names.count == 1 && !v.alone && !v.held_by_owner, "as one name, which is nobody's");
		buf_free(&names);
		via_free(&v);
	}
}

int main(void)
{
	tap_plan(316);
	there_and_back();
	compared();
	refused();
	return tap_done();
}
