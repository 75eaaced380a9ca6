/* SPDX-License-Identifier: ISC */
/*
 * A receiver is the same whatever order its hosts came in, is read from the
 * store as it was written there, and answers to its names.
 */
#include "relay/route/receiver.h"
#include "tests/tap.h"

enum { HOSTS_MAX = 4 };

static void make(const char *smarthost, const char *const hosts[HOSTS_MAX], struct receiver *out)
{
	struct target targets[HOSTS_MAX] = { { 0 } };
	size_t count = 0;

	for (; count < HOSTS_MAX && hosts[count]; count++)
		targets[count].host = (char *)(uintptr_t)hosts[count];
	receiver_make(smarthost, targets, count, out);
}

static const struct row {
	const char *smarthost, *hosts[HOSTS_MAX];
	const char *text, *name;
} rows[] = {
	{ NULL, { "a.example" }, "mx a.example", "a.example" },
	{ NULL, { "b.example", "a.example" }, "mx a.example b.example", "a.example b.example" },
	{ NULL, { "a.example", "a.example" }, "mx a.example a.example", "a.example a.example" },
	{ NULL, { "via" }, "mx via", "via" },
	{ NULL, { "[192.0.2.1]" }, "mx [192.0.2.1]", "[192.0.2.1]" },
	{ "isp", { "a.example" }, "via isp", "isp" },
	{ "a.example", { NULL }, "via a.example", "a.example" },
	{ "mx,via", { NULL }, "via mx,via", "mx,via" },
	{ "all", { NULL }, "via all", "all" },
};

static void there_and_back(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct receiver r, again, copy;
		struct buf text = { 0 }, name = { 0 };
		make(rows[i].smarthost, rows[i].hosts, &r);
		receiver_print(&r, &text);
		is_text(buf_text(&text), rows[i].text, "%s: as the store has it", rows[i].text);
		receiver_name(&r, &name);
		is_text(buf_text(&name), rows[i].name, "%s: for people", rows[i].text);
		ok(receiver_read(buf_span(&text), &again) == 0 && receiver_eq(&r, &again), "%s: read", rows[i].text);
		receiver_copy(&r, &copy);
		ok(receiver_eq(&copy, &again), "%s: copied", rows[i].text);
		for (size_t k = 0; k < i; k++) {
			struct receiver other;
			make(rows[k].smarthost, rows[k].hosts, &other);
			ok(!receiver_eq(&r, &other) && !receiver_eq(&other, &r), "%s is not %s", rows[i].text, rows[k].text);
			receiver_free(&other);
		}
		receiver_free(&r);
		receiver_free(&again);
		receiver_free(&copy);
		buf_free(&text);
		buf_free(&name);
	}
}

static void in_any_order(void)
{
	struct receiver a, b;

	make(NULL, (const char *const[HOSTS_MAX]){ "a.example", "b.example", "c.example" }, &a);
	make(NULL, (const char *const[HOSTS_MAX]){ "c.example", "a.example", "b.example" }, &b);
	ok(receiver_eq(&a, &b), "the same set in another order");
	receiver_free(&b);
	make(NULL, (const char *const[HOSTS_MAX]){ "c.example", "a.example" }, &b);
	ok(!receiver_eq(&a, &b), "a part of it is another");
	receiver_free(&a);
	receiver_free(&b);
}

static void malformed(void)
{
	static const char texts[][32] = {
		"", "mx", "mx ", "via", "via ", "mx b a", "mx a  b", "mx a ", "mx  a", "via a b", "via  a", "MX a", " mx a", "isp",
		"smtp a",
	};

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct receiver r;
		ok(receiver_read(span_of(texts[i]), &r) < 0, "\"%s\" is malformed", texts[i]);
		ok(r.smarthost == NULL && r.hosts.items == NULL, "and nothing is left of it");
	}
}

static void called(void)
{
	static const struct { const char *text, *name; bool is; } names[] = {
		{ "mx a.example b.example", "a.example", true },
		{ "mx a.example b.example", "B.Example", true },
		{ "mx a.example b.example", "a.example b.example", true },
		{ "mx a.example b.example", "mx a.example b.example", true },
		{ "mx a.example b.example", "mx", false },
		{ "mx a.example b.example", "a", false },
		{ "mx a.example b.example", "b.example a.example", false },
		{ "mx a.example b.example", "", false },
		{ "via isp", "isp", true },
		{ "via isp", "ISP", true },
		{ "via isp", "via isp", true },
		{ "via isp", "via", false },
		{ "via isp", "mx isp", false },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct receiver r;
		is_int(receiver_read(span_of(names[i].text), &r), 0, "%s", names[i].text);
		is_int(receiver_is_called(&r, span_of(names[i].name)), names[i].is, "is called \"%s\", or not", names[i].name);
		receiver_free(&r);
	}
}

int main(void)
{
	tap_plan(130);
	there_and_back();
	in_any_order();
	malformed();
	called();
	return tap_done();
}
