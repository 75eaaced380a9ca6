/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/route/sender.h"

#include <stdlib.h>

static struct settings settings;

/* Rules as "FROM TO|FROM TO"; what the address becomes by them. hostname is web1.example.org, domain example.org. */
static const struct row {
	const char *what, *rules, *address, *want;
	const char *from;
} rows[] = {
	{ "no rule", "", "al@b.example", "al@b.example", "" },
	{ "no rule, at home", "", "root@web1", "root@example.org", "" },
	{ "an address", "al@b.example x@y.example", "al@b.example", "x@y.example", "" },
	{ "in any case", "Al@B.example x@y.example", "aL@b.EXAMPLE", "x@y.example", "" },
	{ "not another", "al@b.example x@y.example", "bob@b.example", "bob@b.example", "" },
	{ "not with a tag", "al@b.example x@y.example", "al+t@b.example", "al+t@b.example", "" },
	{ "a bare name, as at domain", "root@example.org x@y.example", "root", "x@y.example", "" },
	{ "a bare name, as at hostname", "root@web1.example.org x@y.example", "root", "x@y.example", "" },
	{ "a local name, as at hostname", "root@web1.example.org x@y.example", "root@localhost", "x@y.example", "" },
	{ "at hostname", "root@web1.example.org x@y.example", "root@web1.example.org", "x@y.example", "" },
	{ "at hostname, as at domain", "root@example.org x@y.example", "root@web1.example.org", "x@y.example", "" },
	{ "at domain, not as at hostname", "root@web1.example.org x@y.example", "root@example.org", "root@example.org", "" },
	{ "as it is written", "root@web1 x@y.example", "root@web1", "x@y.example", "" },
	{ "not as another writes it", "root@web1 x@y.example", "root@localhost", "root@example.org", "" },
	{ "a user", "root@ x@y.example", "root", "x@y.example", "" },
	{ "a user at hostname", "root@ x@y.example", "root@web1.example.org", "x@y.example", "" },
	{ "a user at domain", "root@ x@y.example", "root@example.org", "x@y.example", "" },
	{ "a user at a local domain", "root@ x@y.example", "root@local.example", "x@y.example", "" },
	{ "a user at a masqueraded one", "root@ x@y.example", "root@old.example", "x@y.example", "" },
	{ "a user elsewhere", "root@ x@y.example", "root@b.example", "root@b.example", "" },
	{ "a host", "@b.example x@y.example", "al@B.example", "x@y.example", "" },
	{ "a host, and its users stay", "@b.example @y.example", "al+t@b.example", "al+t@y.example", "" },
	{ "hostname, and its users stay", "@web1.example.org @y.example", "root", "root@y.example", "" },
	{ "not below it", "@b.example @y.example", "al@c.b.example", "al@c.b.example", "" },
	{ "a user at another host", "root@ @y.example", "root@localhost", "root@y.example", "" },
	{ "an address before a user", "root@ u@y.example|root@web1.example.org a@y.example", "root", "a@y.example", "" },
	{ "a user before a host", "@web1.example.org @h.example|root@ u@y.example", "root", "u@y.example", "" },
	{ "the first of equals", "@web1.example.org @h.example|@example.org @i.example", "root", "root@h.example", "" },
	{ "not again", "root@ al@example.org|al@ bob@example.org", "root", "al@example.org", "" },
	{ "not masqueraded", "root@ al@old.example", "root", "al@old.example", "" },
	{ "from", "", "root", "w@example.org", "w@example.org" },
	{ "a rule before from", "root@ x@y.example", "root", "x@y.example", "w@example.org" },
	{ "from for all others", "root@ x@y.example", "al", "w@example.org", "w@example.org" },
	{ "a dot at the end", "@b.example @y.example", "al@b.example.", "al@y.example", "" },
	{ "a quoted name", "\"a b\"@b.example x@y.example", "\"a b\"@b.example", "x@y.example", "" },
};

static const struct { const char *address; bool is_account; } accounts[] = {
	{ "root", true }, { "root@web1", true }, { "root@localhost", true }, { "root@web1.example.org", true },
	{ "root@local.example", true }, { "root@old.example", true }, { "root@example.org", false }, { "root@b.example", false },
};

static void set_text(char **setting, const char *value)
{
	free(*setting);
	*setting = mem_text(value);
}

static void set_rules(const char *text)
{
	static struct rewrite_rule rules[4];
	static struct buf texts[8];
	struct span rest = span_of(text);

	settings.rewrite = rules;
	settings.rewrite_count = 0;
	while (rest.len > 0) {
		struct span to = span_cut(&rest, '|');
		const char *blank = NULL;
		for (size_t i = 0; i < to.len; i++)
			if (to.at[i] == ' ')
				blank = to.at + i;
		struct buf *from = &texts[2 * settings.rewrite_count];
		buf_clear(from);
		buf_clear(from + 1);
		buf_add_span(from, span_between(to.at, blank));
		buf_add_span(from + 1, span_between(blank + 1, to.at + to.len));
		rules[settings.rewrite_count++] = (struct rewrite_rule){ from->at, (from + 1)->at };
	}
}

int main(void)
{
	tap_plan(TAP_ROWS(rows) + TAP_ROWS(accounts));
	settings_begin(&settings);
	set_text(&settings.hostname, "web1.example.org");
	set_text(&settings.domain, "example.org");
	text_list_add(&settings.local_domains, SPAN("local.example"));
	text_list_add(&settings.masquerade, SPAN("old.example"));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf got = { 0 };
		set_text(&settings.from, rows[i].from);
		set_rules(rows[i].rules);
		sender_rewrite(&settings, span_of(rows[i].address), &got);
		is_text(buf_text(&got), rows[i].want, "%s", rows[i].what);
		buf_free(&got);
	}
	set_rules("");
	settings.rewrite = NULL;
	for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++)
		is_int(sender_is_account(&settings, span_of(accounts[i].address)), accounts[i].is_account, "an account: %s",
		       accounts[i].address);
	settings_free(&settings);
	return tap_done();
}
