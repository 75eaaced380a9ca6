/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "relay/pickup/envelope.h"

#include <stdlib.h>

static struct settings settings;

static void set_text(char **setting, const char *value)
{
	free(*setting);
	*setting = mem_text(value);
}
static struct alias_rules rules = { .settings = &settings };
static const struct submitter user = { .uid = 1000, .login = (char *)(uintptr_t)"user" };

/* Recipients separated by '|', as given; the groups as "address,address" with originals left out. */
static const struct row {
	const char *name, *given;
	const char *leaving, *staying;
	const char *root;
	bool held;               /* with local_delivery = "none" */
	const char *refused;
} rows[] = {
	{ "remote", "a@b.example", "a@b.example", "", "", false, "" },
	{ "bare goes to root", "bob", "me@isp.example", "", "me@isp.example", false, "" },
	{ "local domain goes to root", "bob@localhost|al@web1.example.org", "me@isp.example", "", "me@isp.example", false, "" },
	{ "no root: held, and still bare", "bob", "", "bob", "", true, "" },
	{ "remote and local are two", "a@b.example|bob|x@localhost", "a@b.example", "bob,x@localhost", "", true, "" },
	{ "root is local itself: held", "bob", "", "me@localhost", "me@localhost", true, "" },
	{ "root is bare: held", "bob", "", "me", "me", true, "" },
	{ "no root: to bob's mailbox, and still bare", "bob", "", "bob", "", false, "" },
	{ "remote and a mailbox are two", "a@b.example|bob|x@localhost", "a@b.example", "bob,x@localhost", "", false, "" },
	{ "root reads it here", "bob|al", "", "me@localhost", "me@localhost", false, "" },
	{ "the domain is not local by itself", "bob@example.org", "bob@example.org", "", "me@isp.example", false, "" },
	{ "duplicates", "a@b.example|c@d.example|a@B.Example|A@b.example|a@b.example", "a@b.example,c@d.example,A@b.example", "", "",
	  false, "" },
	{ "duplicates by way of root", "al|bob|me@isp.example", "me@isp.example", "", "me@isp.example", false, "" },
	{ "an unparsable one among good ones", "a@b.example|x y", "a@b.example", "", "", false, "x y" },
	{ "line ends in an address", "a@b.example|x@y.example\r\nRCPT TO:<z>", "a@b.example", "", "", false,
	  "x@y.example\\x0d\\x0aRCPT TO:<z>" },
	{ "names and brackets", "Bob <a@b.example>|<c@d.example>", "a@b.example,c@d.example", "", "", false, "" },
	{ "several in one argument", "a@b.example, C <c@d.example>", "a@b.example,c@d.example", "", "", false, "" },
	{ "a domain in UTF-8", "al@BÜCHER.example", "al@xn--bcher-kva.example", "", "", false, "" },
	{ "and once more with its A-label", "al@bücher.example|al@xn--bcher-kva.example", "al@xn--bcher-kva.example", "", "", false, "" },
	{ "a local part in UTF-8", "jörg@bücher.example", "jörg@xn--bcher-kva.example", "", "", false, "" },
	{ "a domain that cannot be", "a@b.example|al@ü..example", "a@b.example", "", "", false, "al@\\xc3\\xbc..example" },
	{ "a domain that has no A-label", "a@b.example|al@-ü.example", "a@b.example", "", "", false, "al@-\\xc3\\xbc.example" },
	{ "an unparsable one beside a local one", "bob|@", "", "bob", "", true, "@" },
	{ "none that can be read: returned", "x y|@|x y", "", "", "", false, "x y,@" },
};

static void add_all(struct record *r, const char *given)
{
	struct span rest = span_of(given);

	while (rest.at && given[0])
		record_add_recipient(r, span_cut(&rest, '|'), 0, SPAN(""));
}

static void describe(const struct envelope_group *g, struct buf *out)
{
	for (size_t i = 0; i < g->count; i++)
		buf_printf(out, "%s%s", i ? "," : "", g->recipients[i].address);
}

static bool is_refused_alike(const struct envelope_group *g, bool refused)
{
	for (size_t i = 0; i < g->count; i++)
		if ((g->recipients[i].refused[0] != '\0') != refused)
			return false;
	return true;
}

static struct alias_file aliases;

static struct alias_place find_in_aliases(void *context, struct span name)
{
	const struct alias *a = alias_find(&aliases, name);

	(void)context;
	return (struct alias_place){ a ? "/etc/aliases" : NULL, a };
}

static const struct alias_source alias_source = { NULL, find_in_aliases, NULL };

/* As rows; in lists the groups of each owner, "SENDER: address,… / staying / refused". */
static const struct {
	const char *name, *aliases, *given;
	const char *leaving, *staying, *refused, *lists;
} alias_rows[] = {
	{ "an alias", "al: al@b.example", "al", "al@b.example", "", "", "" },
	{ "members and others", "al: al@b.example, bob\nbob: bob", "al|c@d.example", "al@b.example,c@d.example", "bob", "", "" },
	{ "duplicates by way of aliases", "al: bob, x@b.example\nbob: x@b.example", "al|bob|x@B.example", "x@b.example", "", "", "" },
	{ "a bad member among good ones", "al: x@b.example, y@z@q, |p", "al", "x@b.example", "", "y@z@q,p", "" },
	{ "an alias that loops", "al: bob\nbob: al", "al|c@d.example", "c@d.example", "", "al", "" },
	{ "an owner", "al: x@b.example, y@b.example, |p\nowner-al: o\no: o@c.example", "al|c@d.example", "c@d.example", "", "",
	  "owner-al@example.org: x@b.example,y@b.example//p" },
	{ "an owner at domain", "al: x@b.example\nowner-al: o@example.org", "al", "", "", "", "o@example.org: x@b.example//" },
	{ "two lists, one within the other", "al: x@b.example, bob\nowner-al: o\nbob: y@b.example, bob\nowner-bob: o", "al", "", "", "",
	  "owner-al@example.org: x@b.example// owner-bob@example.org: y@b.example/bob/" },
};

static void through_aliases(void)
{
	rules.source = &alias_source;
	for (size_t i = 0; i < sizeof alias_rows / sizeof alias_rows[0]; i++) {
		struct record r = { .program = mem_text(""), .sender = mem_text("me"), .sender_given = true, .full_name = mem_text(""),
			.envid = mem_text("") };
		struct envelope e;
		struct fault f = { 0 };
		struct buf got[4] = { { 0 } };
		alias_file_read(span_of(alias_rows[i].aliases), &aliases);
		add_all(&r, alias_rows[i].given);
		is_int(envelope_make(&rules, &r, &user, &e, &f), 0, "%s", alias_rows[i].name);
		describe(&e.own.leaving, &got[0]);
		describe(&e.own.staying, &got[1]);
		describe(&e.own.refused, &got[2]);
		for (size_t k = 0; k < e.list_count; k++) {
			buf_printf(&got[3], "%s%s: ", k ? " " : "", e.lists[k].of.leaving.sender);
			describe(&e.lists[k].of.leaving, &got[3]);
			buf_add_byte(&got[3], '/');
			describe(&e.lists[k].of.staying, &got[3]);
			buf_add_byte(&got[3], '/');
			describe(&e.lists[k].of.refused, &got[3]);
		}
		is_text(buf_text(&got[0]), alias_rows[i].leaving, "%s: leaving", alias_rows[i].name);
		is_text(buf_text(&got[1]), alias_rows[i].staying, "%s: staying", alias_rows[i].name);
		is_text(buf_text(&got[2]), alias_rows[i].refused, "%s: refused", alias_rows[i].name);
		is_text(buf_text(&got[3]), alias_rows[i].lists, "%s: lists", alias_rows[i].name);
		for (size_t k = 0; k < 4; k++)
			buf_free(&got[k]);
		envelope_free(&e);
		alias_file_free(&aliases);
		record_free(&r);
	}
	rules.source = NULL;
}

/* The groups as in alias_rows; then whom it would have gone to. */
static const struct {
	const char *name, *redirect, *always_bcc, *sender, *given;
	const char *leaving, *staying, *refused, *redirected;
} elsewhere_rows[] = {
	{ "neither", "", "", "me", "a@b.example", "a@b.example", "", "", "" },
	{ "a redirect", "i@s.example", "", "me", "a@b.example|c@d.example|al|bob", "i@s.example", "", "",
	  "a@b.example c@d.example bob x@b.example y@b.example " },
	{ "of the null sender's, too", "i@s.example", "", "<>", "a@b.example", "i@s.example", "", "", "a@b.example " },
	{ "to itself", "i@s.example", "", "me", "i@s.example", "i@s.example", "", "", "i@s.example " },
	{ "of what can be read", "i@s.example", "", "me", "a@b.example|x y", "i@s.example", "", "x y", "a@b.example " },
	{ "and nothing can", "i@s.example", "", "me", "x y", "", "", "x y", "" },
	{ "to a name of this host", "carl@localhost", "", "me", "a@b.example", "", "carl@localhost", "", "a@b.example " },
	{ "comes before a copy", "i@s.example", "k@s.example", "me", "a@b.example", "i@s.example", "", "", "a@b.example " },
	{ "a copy", "", "k@s.example", "me", "a@b.example", "a@b.example,k@s.example", "", "", "" },
	{ "of what stays", "", "k@s.example", "me", "bob", "k@s.example", "bob", "", "" },
	{ "of a list's", "", "k@s.example", "me", "al", "k@s.example", "", "", "" },
	{ "not of the null sender's", "", "k@s.example", "<>", "a@b.example", "a@b.example", "", "", "" },
	{ "not of its own", "", "k@s.example", "me", "K@S.example|k@s.example", "K@S.example,k@s.example", "", "", "" },
	{ "not of nothing", "", "k@s.example", "me", "x y", "", "", "x y", "" },
};

static void go_elsewhere(void)
{
	rules.source = &alias_source;
	alias_file_read(SPAN("al: x@b.example, bob, y@b.example\nbob: bob\nowner-al: o@c.example"), &aliases);
	for (size_t i = 0; i < sizeof elsewhere_rows / sizeof elsewhere_rows[0]; i++) {
		struct record r = { .program = mem_text(""), .sender = mem_text(elsewhere_rows[i].sender), .sender_given = true,
			.full_name = mem_text(""), .envid = mem_text("") };
		struct buf got[4] = { { 0 } };
		struct envelope e;
		struct fault f = { 0 };
		set_text(&settings.redirect, elsewhere_rows[i].redirect);
		set_text(&settings.always_bcc, elsewhere_rows[i].always_bcc);
		add_all(&r, elsewhere_rows[i].given);
		is_int(envelope_make(&rules, &r, &user, &e, &f), 0, "%s: %s", elsewhere_rows[i].name, f.text);
		describe(&e.own.leaving, &got[0]);
		describe(&e.own.staying, &got[1]);
		describe(&e.own.refused, &got[2]);
		for (size_t k = 0; k < e.redirected.count; k++)
			buf_printf(&got[3], "%s ", e.redirected.items[k]);
		is_text(buf_text(&got[0]), elsewhere_rows[i].leaving, "%s: leaving", elsewhere_rows[i].name);
		is_text(buf_text(&got[1]), elsewhere_rows[i].staying, "%s: staying", elsewhere_rows[i].name);
		is_text(buf_text(&got[2]), elsewhere_rows[i].refused, "%s: refused", elsewhere_rows[i].name);
		is_text(buf_text(&got[3]), elsewhere_rows[i].redirected, "%s: redirected", elsewhere_rows[i].name);
		size_t last = e.own.leaving.count;
		ok(!elsewhere_rows[i].always_bcc[0] || elsewhere_rows[i].redirect[0] || last == 0 ||
		   (e.own.leaving.recipients[last - 1].notify == NOTIFY_NEVER) == (strstr(elsewhere_rows[i].name, "not ") == NULL),
		   "%s: nobody is told of a copy alone", elsewhere_rows[i].name);
		for (size_t k = 0; k < 4; k++)
			buf_free(&got[k]);
		envelope_free(&e);
		record_free(&r);
	}
	set_text(&settings.redirect, "");
	set_text(&settings.always_bcc, "");
	alias_file_free(&aliases);
	rules.source = NULL;
}

static void make_of(const char *text, const char *sender, const char *given, uint8_t notify, struct envelope *e, int result)
{
	struct record r = { .program = mem_text(""), .sender = mem_text(sender), .sender_given = true, .full_name = mem_text(""),
		.envid = mem_text("") };
	struct span rest = span_of(given);
	struct fault f = { 0 };

	alias_file_read(span_of(text), &aliases);
	while (rest.at)
		record_add_recipient(&r, span_cut(&rest, '|'), notify, SPAN("rfc822;al@y"));
	rules.source = &alias_source;
	is_int(envelope_make(&rules, &r, &user, e, &f), result, "\"%s\" to %s: %s", text, given, f.text);
	rules.source = NULL;
	record_free(&r);
}

static void end_of(struct envelope *e)
{
	envelope_free(e);
	alias_file_free(&aliases);
}

/* What is asked goes on with an alias, and ends at a list. */
static void requests(void)
{
	struct envelope e;

	make_of("al: x@b.example, y@b.example", "me", "al", NOTIFY_SUCCESS, &e, 0);
	for (size_t i = 0; i < 2; i++) {
		const struct submission_recipient *r = &e.own.leaving.recipients[i];
		is_int(r->notify, NOTIFY_SUCCESS, "a report is asked for");
		is_text(r->orcpt, "rfc822;al@y", "of whom the sender knows");
		is_text(r->original, "al", "by the name that was given");
	}
	end_of(&e);
	make_of("al: x@b.example\nowner-al: o", "me", "al", NOTIFY_NEVER, &e, 0);
	is_int(e.lists[0].of.leaving.recipients[0].notify, 0, "a list's members are not asked for");
	is_text(e.lists[0].of.leaving.recipients[0].orcpt, "", "nor is their sender told whom");
	end_of(&e);
}

static void alias_bounds(void)
{
	struct buf text = { 0 }, given = { 0 };
	struct envelope e;

	for (int i = 0; i < ENVELOPE_OWNERS_MAX + 2; i++) {
		buf_printf(&text, "l%d: m%d@b.example\nowner-l%d: o\n", i, i, i);
		buf_printf(&given, "%sl%d", i ? "|" : "", i);
	}
	make_of(buf_text(&text), "me", buf_text(&given), 0, &e, 0);
	is_int(e.list_count, ENVELOPE_OWNERS_MAX, "so many owners");
	is_int(e.own.leaving.count, 2, "other lists keep the sender");
	end_of(&e);
	buf_clear(&text);
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "%s m %d m", i ? "," : "al:", i);
	buf_add_text(&text, "\nowner-al: o\n");
	make_of(buf_text(&text), "me", "al", 0, &e, 0);
	is_int(e.lists[0].of.refused.count, ENVELOPE_REFUSED_MAX, "of many bad members a report names some");
	end_of(&e);
	buf_clear(&text);
	for (int i = 0; i < 300; i++)
		buf_printf(&text, "%s m%d@b.example", i ? "," : "al:", i);
	settings.recipient_limit = 250;
	make_of(buf_text(&text), "me", "al", 0, &e, -1);
	settings.recipient_limit = 50000;
	end_of(&e);
	buf_free(&text);
	buf_free(&given);
}

/* What the null sender's mail lacks is told to whom root's mail goes. */
static void null_senders(void)
{
	static const struct { const char *aliases, *reader; } table[] = {
		{ "root: r@b.example", "r@b.example" },
		{ "root: al, |p\nal: \\root, r@b.example", "r@b.example" },
		{ "*: r@b.example", "r@b.example" },
	};
	struct envelope e;

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		make_of(table[i].aliases, "<>", "x y z", 0, &e, 0);
		is_text(e.own.refused.sender, table[i].reader, "the reader");
		end_of(&e);
	}
	set_text(&settings.local_delivery, "none");
	make_of("root: root", "<>", "x y z", 0, &e, -1);
	set_text(&settings.local_delivery, "mbox");
	end_of(&e);
}

/* A text with many addresses is not kept with each of them, nor one that is none for long. */
static void bounds(void)
{
	struct record r = { .program = mem_text(""), .sender = mem_text(""), .full_name = mem_text(""), .envid = mem_text("") };
	struct buf list = { 0 }, noise = { 0 };
	struct envelope e;
	struct fault f = { 0 };

	for (int i = 0; i < 1000; i++)
		buf_printf(&list, "a%d@b.example,", i);
	for (int i = 0; i < 1000; i++)
		buf_add_text(&noise, "\x01\x01\x01\x01");
	record_add_recipient(&r, buf_span(&list), 0, SPAN(""));
	record_add_recipient(&r, buf_span(&noise), 0, SPAN(""));
	is_int(envelope_make(&rules, &r, &user, &e, &f), 0, "a long list and a long text that is no address");
	is_int(e.own.leaving.count, 1000, "all of them");
	is_text(e.own.leaving.recipients[0].original, "a0@b.example", "each with its own original");
	ok(strlen(e.own.refused.recipients[0].original) <= 4 * 500, "and no address not for long");
	ok(envelope_bytes(&e) > 1000 * 24 && envelope_bytes(&e) < 512 * 1024, "which is what it says it takes");
	envelope_free(&e);
	record_free(&r);
	buf_free(&list);
	buf_free(&noise);
}

static void recipients(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct record r = { .program = mem_text(""), .sender = mem_text(""), .full_name = mem_text(""), .envid = mem_text("") };
		struct envelope e;
		struct fault f = { 0 };
		set_text(&settings.local_delivery, rows[i].held ? "none" : "mbox");
		struct buf leaving = { 0 }, staying = { 0 }, refused = { 0 };
		set_text(&settings.root, rows[i].root);
		add_all(&r, rows[i].given);
		is_int(envelope_make(&rules, &r, &user, &e, &f), 0, "%s", rows[i].name);
		describe(&e.own.leaving, &leaving);
		describe(&e.own.staying, &staying);
		describe(&e.own.refused, &refused);
		is_text(buf_text(&leaving), rows[i].leaving, "%s: leaving", rows[i].name);
		is_text(buf_text(&staying), rows[i].staying, "%s: staying", rows[i].name);
		is_text(buf_text(&refused), rows[i].refused, "%s: refused", rows[i].name);
		ok(is_refused_alike(&e.own.leaving, false) && is_refused_alike(&e.own.staying, false) && is_refused_alike(&e.own.refused, true),
		   "%s: and no other", rows[i].name);
		is_int(e.own.staying.held && e.own.staying.held[0], rows[i].held, "%s: held", rows[i].name);
		ok(e.own.leaving.held[0] == '\0', "%s: what leaves is not", rows[i].name);
		buf_free(&leaving);
		buf_free(&staying);
		buf_free(&refused);
		envelope_free(&e);
		record_free(&r);
	}
	set_text(&settings.root, "");
}

/* Whoever sent it, what is refused has a reader. */
static void readers(void)
{
	static const struct {
		const char *given;          /* NULL: no -f */
		const char *root, *reader;
	} table[] = {
		{ NULL, "", "user@example.org" },
		{ "a@b.example", "me@isp.example", "a@b.example" },
		{ "x@web1.example.org", "", "x@example.org" },
		{ "", "me@isp.example", "me@isp.example" },
		{ "<>", "me", "me" },
		{ "<>", "", "root" },
		{ "a b", "", "user@example.org" },         /* only envelope_refuse takes it */
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct record r = { .program = mem_text(""), .full_name = mem_text(""), .envid = mem_text(""),
			.sender = mem_text(table[i].given ? table[i].given : ""), .sender_given = table[i].given != NULL };
		struct envelope e;
		struct fault why = { .kind = FAULT_PERMANENT, .status = "5.6.0", .text = "two From fields" }, f = { 0 };
		set_text(&settings.root, table[i].root);
		add_all(&r, "a@b.example|x y");
		if (envelope_make(&rules, &r, &user, &e, &f) == 0)
			is_text(e.own.refused.sender, table[i].reader, "reader %zu of one that cannot be read", i);
		else
			is_text(f.status, "5.1.7", "reader %zu: %s", i, f.text);
		envelope_free(&e);
		envelope_refuse(&rules, &r, &user, &why, &e);
		is_text(e.own.refused.sender, table[i].reader, "reader %zu of a refused message", i);
		ok(e.own.refused.count == 2 && e.own.leaving.count + e.own.staying.count == 0, "none of whose recipients gets it");
		is_text(e.own.refused.recipients[0].refused, "two From fields", "for that reason");
		envelope_free(&e);
		record_free(&r);
	}
	set_text(&settings.root, "");
}

/* One report a record, whatever it holds; and none at all where none of its recipients wants one. */
static void many_refused(void)
{
	static const struct {
		size_t count, named;
		uint8_t first, last;        /* NOTIFY of all but the last, and of the last */
		uint8_t summed;
	} table[] = {
		{ 0, 1, 0, 0, 0 },
		{ 100, 100, 0, 0, 0 },
		{ 101, 100, NOTIFY_NEVER, NOTIFY_NEVER, NOTIFY_NEVER },
		{ 50000, 100, NOTIFY_NEVER, NOTIFY_FAILURE, 0 },
		{ 50000, 100, 0, NOTIFY_NEVER, 0 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct record r = { .program = mem_text(""), .sender = mem_text("a"), .full_name = mem_text(""), .envid = mem_text("") };
		struct envelope e;
		struct fault why = { .kind = FAULT_PERMANENT, .text = "too many" };
		for (size_t n = 0; n < table[i].count; n++) {
			char text[40];
			snprintf(text, sizeof text, "no address %zu", n);
			record_add_recipient(&r, span_of(text), n + 1 < table[i].count ? table[i].first : table[i].last, SPAN(""));
		}
		envelope_refuse(&rules, &r, &user, &why, &e);
		is_int(e.own.refused.count, table[i].named, "%zu refused recipients: %zu are told of", table[i].count, table[i].named);
		const struct submission_recipient *last = &e.own.refused.recipients[e.own.refused.count - 1];
		is_int(last->notify, table[i].summed, "what they asked for, together");
		if (table[i].count > table[i].named) {
			is_int((long)strtoul(last->address, NULL, 10), (long)(table[i].count - 99), "with their number: %s", last->address);
			ok(last->refused[0] != '\0', "refused as well");
		}
		envelope_free(&e);
		record_free(&r);
	}
}

static void senders(void)
{
	static const struct {
		const char *given;          /* NULL: no -f */
		const char *login, *hint, *from;
		const char *leaving, *staying, *author;
	} table[] = {
		{ NULL, "user", "", "", "user@example.org", "user", "user@example.org" },
		{ NULL, "", "ldapuser", "", "ldapuser@example.org", "ldapuser", "ldapuser@example.org" },
		{ NULL, "", "", "", "uid1000@example.org", "uid1000", "uid1000@example.org" },
		{ NULL, "", "bad name", "", "uid1000@example.org", "uid1000", "uid1000@example.org" },
		{ "root", "user", "", "", "root@example.org", "root", "root@example.org" },
		{ "a@b.example", "user", "", "", "a@b.example", "a@b.example", "a@b.example" },
		{ "A <a@b.example>", "user", "", "", "a@b.example", "a@b.example", "a@b.example" },
		{ "", "user", "", "w@example.org", "", "", "MAILER-DAEMON@example.org" },
		{ "<>", "user", "", "", "", "", "MAILER-DAEMON@example.org" },
		{ "x@web1.example.org", "user", "", "", "x@example.org", "x@web1.example.org", "x@web1.example.org" },
		{ "x@bücher.example", "user", "", "", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example" },
		{ "x@b.example", "user", "", "w@example.org", "w@example.org", "x@b.example", "x@b.example" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const char *name = table[i].given ? table[i].given : "(none)";
		struct record r = { .program = mem_text(""), .full_name = mem_text(""), .envid = mem_text(""),
			.sender = mem_text(table[i].given ? table[i].given : table[i].hint), .sender_given = table[i].given != NULL };
		struct envelope e;
		struct fault f = { 0 };
		set_text(&settings.from, table[i].from);
		add_all(&r, "a@b.example");
		is_int(envelope_make(&rules, &r, &(struct submitter){ .uid = 1000, .login = (char *)(uintptr_t)table[i].login }, &e, &f), 0, "sender %s", name);
		is_text(e.own.leaving.sender, table[i].leaving, "sender %s: leaving", name);
		is_text(e.own.staying.sender, table[i].staying, "sender %s: staying", name);
		is_text(e.author, table[i].author, "sender %s: author", name);
		envelope_free(&e);
		record_free(&r);
	}
	set_text(&settings.from, "");
}

/* Of a caller who may give only senders of his own; leaving NULL: given as it is, for "refuse" as well. */
static void restricted(void)
{
	static const struct {
		const char *given;          /* NULL: no -f, but for a hint */
		const char *login, *hint, *from, *leaving;
	} table[] = {
		{ NULL, "user", "", "", NULL },
		{ "user", "user", "", "", NULL },
		{ "user@example.org", "user", "", "", NULL },
		{ "User@EXAMPLE.org", "user", "", "", NULL },
		{ "User+News@localhost", "user", "", "", NULL },
		{ "user+news@example.org", "user", "", "", NULL },
		{ "user@web1.example.org", "user", "", "", NULL },
		{ "user@localhost", "user", "", "", NULL },
		{ "User <user@example.org>", "user", "", "", NULL },
		{ "", "user", "", "", NULL },
		{ "<>", "user", "", "", NULL },
		{ "shop@example.org", "shopper", "", "", NULL },           /* by a rule of rewrite */
		{ "w@example.org", "user", "", "w@example.org", NULL },
		{ "uid1000@example.org", "", "", "", NULL },
		{ "root", "user", "", "", "user@example.org" },
		{ "users@example.org", "user", "", "", "user@example.org" },
		{ "use@example.org", "user", "", "", "user@example.org" },
		{ "user@b.example", "user", "", "", "user@example.org" },
		{ "user@xexample.org", "user", "", "", "user@example.org" },
		{ "a@b.example", "user", "", "w@example.org", "w@example.org" },
		{ "a@b.example", "", "", "", "uid1000@example.org" },
		{ "a@b.example", "shopper", "", "", "shop@example.org" },
		{ NULL, "", "root", "", "uid1000@example.org" },
	};
	struct rewrite_rule rule = { .from = (char *)(uintptr_t)"shopper@", .to = (char *)(uintptr_t)"shop@example.org" };

	settings.rewrite = &rule;
	settings.rewrite_count = 1;
	for (size_t i = 0; i < 2 * TAP_ROWS(table); i++) {
		bool refuses = i % 2;
		const char *given = table[i / 2].given, *name = given ? given : "(none)";
		struct record r = { .program = mem_text(""), .full_name = mem_text(""), .envid = mem_text(""),
			.sender = mem_text(given ? given : table[i / 2].hint), .sender_given = given != NULL };
		struct submitter who = { .uid = 1000, .login = (char *)(uintptr_t)table[i / 2].login, .restricted = true };
		struct submitter trusted = { .uid = 1000, .login = who.login };
		struct envelope e, free_one;
		struct fault f = { 0 };
		set_text(&settings.untrusted_sender, refuses ? "refuse" : "rewrite");
		set_text(&settings.from, table[i / 2].from);
		add_all(&r, "a@b.example");
		int result = envelope_make(&rules, &r, &who, &e, &f);
		envelope_make(&rules, &r, &trusted, &free_one, NULL);
		const char *want = table[i / 2].leaving ? table[i / 2].leaving : free_one.own.leaving.sender;
		if (refuses && given && table[i / 2].leaving) {
			is_text(result < 0 ? f.status : "", "5.7.1", "sender %s of %s: %s", name, who.login, f.text);
			is_int(fault_exit_code(&f), 77, "with the exit code for that");
			envelope_free(&e);
			envelope_refuse(&rules, &r, &who, &f, &e);
			is_text(e.own.refused.sender, want, "and a report goes to whose it is");
		} else {
			is_text(result == 0 ? e.own.leaving.sender : f.text, want, "sender %s of %s is %s", name, who.login, want);
			is_text(e.own.staying.sender, table[i / 2].leaving ? (who.login[0] ? who.login : "uid1000") : free_one.own.staying.sender,
			        "here as well");
			is_int(e.replaced != NULL, given && table[i / 2].leaving, "and it is known whether that was asked for");
		}
		envelope_free(&e);
		envelope_free(&free_one);
		record_free(&r);
	}
	settings.rewrite = NULL;
	settings.rewrite_count = 0;
	set_text(&settings.untrusted_sender, "keep");
	set_text(&settings.from, "");
}

static void check_fault(const char *sender, const char *given, const char *status, const char *name)
{
	struct record r = { .program = mem_text(""), .full_name = mem_text(""), .envid = mem_text(""),
		.sender = mem_text(sender), .sender_given = true };
	struct envelope e;
	struct fault f = { 0 };

	add_all(&r, given);
	is_int(envelope_make(&rules, &r, &user, &e, &f), -1, "%s is refused", name);
	is_text(f.status, status, "%s: %s", name, f.text);
	envelope_free(&e);
	record_free(&r);
}

static void refusals(void)
{
	check_fault("a b", "a@b.example", "5.1.7", "a sender that is no address");
	check_fault("a@b.example\r\nRCPT TO:<x>", "a@b.example", "5.1.7", "line ends in a sender");
	check_fault("a@-ü.example", "a@b.example", "5.1.7", "a sender whose domain has no A-label");
	check_fault("a", "", "5.5.4", "no recipient");
	set_text(&settings.local_delivery, "none");
	check_fault("<>", "x y|@", "5.1.3", "what cannot be read, from nobody, where nobody reads root's mail");
	set_text(&settings.local_delivery, "mbox");
	settings.recipient_limit = 2;
	check_fault("a", "a@b|c@d|e@f", "5.5.3", "too many recipients");
	check_fault("a", "a@b, c@d, e@f", "5.5.3", "too many in one argument");
	settings.recipient_limit = 50000;
}

/* Many, in little time: O(n log n). */
static void many(void)
{
	struct record r = { .program = mem_text(""), .sender = mem_text("a"), .full_name = mem_text(""), .envid = mem_text("") };
	struct envelope e;
	struct fault f = { 0 };

	for (int i = 0; i < 50000; i++) {
		char address[40];
		snprintf(address, sizeof address, "u%d@d%d.example", i % 40000, i % 40000 % 7);
		record_add_recipient(&r, span_of(address), i < 40000 ? 0 : NOTIFY_SUCCESS, SPAN(""));
	}
	is_int(envelope_make(&rules, &r, &user, &e, &f), 0, "50,000 recipients");
	is_int(e.own.leaving.count, 40000, "without their duplicates");
	is_int(e.own.leaving.recipients[0].notify, NOTIFY_SUCCESS, "which keep what was asked");
	is_text(e.own.leaving.recipients[39999].address, "u39999@d1.example", "in the order given");
	envelope_free(&e);
	record_free(&r);
}

int main(void)
{
	tap_plan(283 + 2 * 3 * 23 + 5 * TAP_ROWS(alias_rows) + 6 * TAP_ROWS(elsewhere_rows) + 10 + 6 + 7);
	settings_defaults(&settings);
	set_text(&settings.domain, "example.org");
	settings.masquerade.items = mem_alloc(sizeof(char *));
	settings.masquerade.items[0] = mem_text("web1.example.org");
	settings.masquerade.count = 1;
	settings.local_domains.items = mem_alloc(sizeof(char *));
	settings.local_domains.items[0] = mem_text("web1.example.org");
	settings.local_domains.count = 1;
	recipients();
	restricted();
	through_aliases();
	go_elsewhere();
	requests();
	alias_bounds();
	null_senders();
	readers();
	many_refused();
	bounds();
	senders();
	refusals();
	many();
	settings_free(&settings);
	return tap_done();
}
