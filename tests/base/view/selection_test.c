/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "base/view/selection.h"

static void patterns(void)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} rows[] = {
		{ "a@example.org", "a@example.org", true },
		{ "a@example.org", "A@EXAMPLE.ORG", true },
		{ "a@example.org", "ba@example.org", false },
		{ "*@example.org", "a@example.org", true },
		{ "*@example.org", "@example.org", true },
		{ "*@example.org", "a@example.org.evil", false },
		{ "a@*", "a@example.org", true },
		{ "a@*", "aa@example.org", false },
		{ "*example*", "a@example.org", true },
		{ "*example*", "a@EXAMPLE", true },
		{ "*example*", "a@exampl", false },
		{ "*", "anything", true },
		{ "*", "", true },
		{ "**", "x", true },
		{ "<>", "", true },
		{ "<>", "<>", false },
		{ "a*b", "axb", false },
		{ "a*b", "a*b", true },
		{ "", "", true },
		{ "", "x", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		is_int(selection_pattern_fits(rows[i].pattern, span_of(rows[i].text)), rows[i].fits, "\"%s\" and \"%s\"",
		       rows[i].pattern, rows[i].text);
}

/* What lines say, and what they do not. */
static void lines(void)
{
	static const struct {
		const char *argument;
		const char *wrong;        /* NULL: taken */
		bool empty, of_recipients;
	} rows[] = {
		{ "", NULL, true, false },
		{ "ABC", NULL, false, false },
		{ "\n", "there is no filter", false, false },
		{ "all\n", NULL, false, false },
		{ "all yes\n", "takes no value", false, false },
		{ "by root\n", NULL, true, false },
		{ "dry-run\nbounce\nvia isp\nby root\n", NULL, true, false },
		{ "id A\nid B\n", NULL, false, false },
		{ "id \n", "empty queue id", false, false },
		{ "sender *@example.org\n", NULL, false, false },
		{ "sender \n", "needs one line of text", false, false },
		{ "sender a\tb\n", "needs one line of text", false, false },
		{ "domain example.org\n", NULL, false, true },
		{ "held\n", NULL, false, true },
		{ "reason over quota\n", NULL, false, true },
		{ "not-id A\nnot-sender a@*\n", NULL, false, false },
		{ "not-id \n", "empty queue id", false, false },
		{ "not-recipient *a*\n", NULL, false, true },
		{ "uid 0\n", NULL, false, false },
		{ "uid -1\n", "needs a number", false, false },
		{ "uid 4294967296\n", "needs a number", false, false },
		{ "older 2d\n", NULL, false, false },
		{ "older 2\n", "needs an age", false, false },
		{ "older 0s\n", "needs an age", false, false },
		{ "newer 99999999999999999999d\n", "needs an age", false, false },
		{ "size 5\n", "there is no filter \"size\"", false, false },
		{ "held\nsize 5\n", "there is no filter \"size\"", false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct selection s;
		struct fault f = { 0 };
		int result = selection_parse(span_of(rows[i].argument), &s, &f);
		is_int(result, rows[i].wrong ? -1 : 0, "line %zu: %s", i, f.text);
		if (rows[i].wrong) {
			ok(strstr(f.text, rows[i].wrong) != NULL, "says %s", rows[i].wrong);
			continue;
		}
		is_int(selection_is_empty(&s), rows[i].empty, "narrows something or not");
		is_int(selection_has_recipients(&s), rows[i].of_recipients, "recipients or not");
		selection_free(&s);
	}
}

static void too_many_ids(void)
{
	struct buf argument = { 0 };
	struct selection s;
	struct fault f = { 0 };

	for (int i = 0; i <= SELECTION_IDS_MAX; i++)
		buf_add_text(&argument, "id A\n");
	is_int(selection_parse(buf_span(&argument), &s, &f), -1, "too many ids: %s", f.text);
	argument.len -= 5;
	is_int(selection_parse(buf_span(&argument), &s, &f), 0, "one fewer is taken");
	is_int((long long)s.ids.count, SELECTION_IDS_MAX, "all of them");
	selection_free(&s);
	buf_free(&argument);
}

static bool message(const char *argument, uint32_t uid, const char *sender, int64_t age_ms)
{
	struct selection s;

	if (selection_parse(span_of(argument), &s, NULL) < 0)
		return false;
	struct selection_message m = { uid, sender, "cron.service", "lxc:web1", 1000 * 1000 * 1000 - age_ms };
	bool fits = selection_fits_message(&s, &m, 1000 * 1000 * 1000);
	selection_free(&s);
	return fits;
}

static void messages(void)
{
	ok(message("", 7, "a@example.org", 0), "nothing is asked");
	ok(message("all\n", 7, "a@example.org", 0), "all is");
	ok(message("uid 7\n", 7, "a@example.org", 0), "the uid");
	ok(!message("uid 7\n", 8, "a@example.org", 0), "another uid");
	ok(message("unit cron.service\n", 7, "", 0), "the unit");
	ok(!message("unit app.service\n", 7, "", 0), "another unit");
	ok(message("unit cron.*\ncontainer lxc:*\n", 7, "", 0), "patterns of unit and container");
	ok(!message("unit cron.*\ncontainer docker:*\n", 7, "", 0), "another container");
	ok(message("older 1m\n", 7, "", 61 * 1000), "older");
	ok(!message("older 1m\n", 7, "", 60 * 1000), "not older");
	ok(message("newer 1m\n", 7, "", 59 * 1000), "newer");
	ok(!message("newer 1m\n", 7, "", 60 * 1000), "not newer");
	ok(message("sender <>\nuid 7\n", 7, "", 0), "both fit");
	ok(!message("sender <>\nuid 8\n", 7, "", 0), "one does not");
	ok(message("not-sender *@example.org\n", 7, "a@example.net", 0), "the others' sender");
	ok(!message("not-sender *@example.org\n", 7, "a@example.org", 0), "the one that is left out");
	ok(!message("not-sender <>\n", 7, "", 0), "the null sender left out");
}

static bool recipient(const char *argument, struct selection_recipient r)
{
	struct selection s;

	if (selection_parse(span_of(argument), &s, NULL) < 0)
		return false;
	bool fits = selection_fits_recipient(&s, &r);
	selection_free(&s);
	return fits;
}

static void recipients(void)
{
	struct selection_recipient r = { "b@mail.example.net", "4.2.2", "mx.example.net said: 452 Over Quota", false, true };

	ok(recipient("all\n", r), "any");
	ok(recipient("recipient b@*\n", r), "the address");
	ok(!recipient("recipient c@*\n", r), "another");
	ok(recipient("not-recipient *@example.org\n", r), "the others");
	ok(!recipient("not-recipient *example*\n", r), "the one that is left out");
	ok(recipient("domain *.example.net\n", r), "the domain");
	ok(!recipient("domain example.net\n", r), "the domain is exact");
	ok(recipient("reason over quota\n", r), "a part of the reason");
	ok(recipient("reason 4.2.2\n", r), "its status");
	ok(!recipient("reason greylisted\n", r), "another reason");
	ok(recipient("deferred\n", r), "deferred");
	ok(!recipient("held\n", r), "not held");
	ok(!recipient("deferred\nheld\n", r), "not both");
	ok(!recipient("deferred\ndomain x\n", r), "all must fit");
}

int main(void)
{
	tap_plan(122);
	patterns();
	lines();
	too_many_ids();
	messages();
	recipients();
	return tap_done();
}
