/* SPDX-License-Identifier: ISC */
#include "tests/trust/world.h"

static struct sign_key *ours, *other, *ed;
static char *right, *wrong;

static char *record_of(const struct sign_key *k, const char *before, const char *behind)
{
	struct buf out = { 0 }, whole = { 0 };

	sign_key_record(k, SIGN_DKIM, &out);
	buf_printf(&whole, "%s%s%s", before, buf_text(&out), behind);
	buf_free(&out);
	return buf_take(&whole);
}

/* The record with one text in the place of another. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(right, from);
	struct buf out = { 0 };

	buf_printf(&out, "%.*s%s%s", (int)(at - right), right, to, at + strlen(from));
	return buf_take(&out);
}

static char *as_pem(void)
{
	struct buf pem = { 0 }, out = { 0 };

	sign_key_to_pem(ours, &pem);
	buf_add_text(&out, "v=DKIM1; k=rsa; p=");
	for (size_t i = 0; i < pem.len; i++)
		if (pem.at[i] != '\n')
			buf_add_byte(&out, pem.at[i]);
	buf_free(&pem);
	return buf_take(&out);
}

static char *cut(const char *text, size_t len)
{
	return mem_text_span((struct span){ text, len });
}

#define NAME "s1._domainkey.example.org"
#define ALL_THREE "dkim.record:fail dkim.probe:fail"

struct row {
	const char *what;
	struct world_row rows[3];
	const char *finds;      /* world_print */
	const char *says;       /* somewhere in the texts; NULL: nobody looks */
};

static const struct row *rows(size_t *count)
{
	static struct row table[40];
	size_t n = 0;

#define ROW(...) table[n++] = (struct row){ __VA_ARGS__ }
	ROW("the right one", { { NAME, "TXT", right } }, "", NULL);
	ROW("in strings cut elsewhere", { { NAME, "TXT", changed("p=MII", "p=|MII") } }, "", NULL);
	ROW("none", { { "example.org", "TXT", "x" } }, "dkim.record:fail", "update add " NAME ". 3600 TXT \"v=DKIM1; k=rsa; p=MII");
	ROW("another key", { { NAME, "TXT", wrong } }, "dkim.match:fail dkim.probe:fail", "is not the one we sign with");
	ROW("the right one and another", { { NAME, "TXT", right }, { NAME, "TXT", wrong } }, "dkim.record:fail", "one of them is right");
	ROW("the right one and a stranger", { { NAME, "TXT", right }, { NAME, "TXT", "google-site-verification=x" } }, "dkim.record:fail",
	    "update delete " NAME ". TXT \"google-site-verification=x\"");
	ROW("quotes", { { NAME, "TXT", record_of(ours, "\"", "\"") } }, ALL_THREE, "at byte 1 stands a quotation mark");
	ROW("a backslash", { { NAME, "TXT", changed("v=DKIM1;", "v=DKIM1\\;") } }, ALL_THREE, "at byte 8 stands a backslash");
	ROW("U+200B", { { NAME, "TXT", changed("p=MII", "p=MI\xe2\x80\x8bI") } }, ALL_THREE, "zero width space (U+200B)");
	ROW("a no-break space", { { NAME, "TXT", changed("; p=", ";\xc2\xa0p=") } }, ALL_THREE, "a no-break space (U+00A0)");
	ROW("smart quotes", { { NAME, "TXT", record_of(ours, "\xe2\x80\x9c", "\xe2\x80\x9d") } }, ALL_THREE, "typographic quot");
	ROW("cut at 255", { { NAME, "TXT", cut(right, 255) } }, ALL_THREE, "it ends after byte 255, as in a form");
	ROW("cut elsewhere", { { NAME, "TXT", cut(right, 100) } }, ALL_THREE, "it ends after byte 100");
	ROW("the private key", { { NAME, "TXT", as_pem() } }, ALL_THREE, "signet key rotate --domain example.org --selector s1");
	ROW("no semicolons", { { NAME, "TXT", changed("v=DKIM1; k=rsa; p", "v=DKIM1 k=rsa p") } }, ALL_THREE, "semicolon is missing");
	ROW("twice in one record", { { NAME, "TXT", record_of(ours, right, "") } }, ALL_THREE, NULL);
	ROW("an SPF record", { { NAME, "TXT", "v=spf1 -all" } }, ALL_THREE, "it is an SPF record");
	ROW("revoked", { { NAME, "TXT", "v=DKIM1; p=" } }, "dkim.match:fail dkim.probe:fail", "is revoked");
	ROW("a test", { { NAME, "TXT", record_of(ours, "", "; t=y") } }, "dkim.flags:warn", "t=y");
	ROW("for another service", { { NAME, "TXT", record_of(ours, "", "; s=tlsrpt") } }, "dkim.flags:fail dkim.probe:fail", "s= is not for email");
	ROW("for another hash", { { NAME, "TXT", record_of(ours, "", "; h=sha1") } }, "dkim.flags:fail dkim.probe:fail", "h= does not allow");
	ROW("of another kind", { { NAME, "TXT", changed("k=rsa", "k=dsa") } }, "dkim.flags:fail dkim.probe:fail", "k= is not a known type");
	ROW("the domain twice", { { NAME ".example.org", "TXT", right } }, "dkim.record:fail", "the form adds the domain by itself");
	ROW("no _domainkey", { { "s1.example.org", "TXT", right } }, "dkim.record:fail", "update delete s1.example.org. TXT \"v=DKIM1");
	ROW("no underscore", { { "s1.domainkey.example.org", "TXT", right } }, "dkim.record:fail", "the underscore before \"domainkey\" is missing");
	ROW("no dot", { { "s1_domainkey.example.org", "TXT", right } }, "dkim.record:fail", "the dot before \"_domainkey\" is missing");
	ROW("no selector", { { "_domainkey.example.org", "TXT", right }, { "_domainkey.example.org", "TXT", "o=~" } }, "dkim.record:fail",
	    "update delete _domainkey.example.org. TXT \"v=DKIM1");
	ROW("at the domain itself", { { "example.org", "TXT", "v=spf1 -all" }, { "example.org", "TXT", right } }, "dkim.record:fail",
	    "update delete example.org. TXT \"v=DKIM1");
	ROW("an alias to nowhere", { { NAME, "CNAME", "gone.example.net" } }, "dkim.record:fail", NULL);
	ROW("an alias to the key", { { NAME, "CNAME", "s1.example.net" }, { "s1.example.net", "TXT", right }, { NAME, "@TXT", right } }, "", NULL);
	ROW("an alias in a circle", { { NAME, "CNAME", "a.example" }, { "a.example", "CNAME", NAME } }, "dkim.record:unknown", "in a circle");
	ROW("a server without it", { { NAME, "1TXT", right }, { NAME, "@TXT", right } }, "dkim.record:fail dkim.servers:warn",
	    "ns2.example[192.0.2.54]: no record");
	ROW("a server with the old one", { { NAME, "1TXT", right }, { NAME, "2TXT", wrong }, { NAME, "@TXT", right } },
	    "dkim.match:fail dkim.probe:fail dkim.servers:warn", "ns2");
	ROW("a silent server", { { NAME, "1TXT", right }, { NAME, "2TXT", "SILENT" }, { NAME, "@TXT", right } }, "", NULL);
	ROW("silence", { { NAME, "TXT", "SILENT" } }, "dkim.record:unknown", "no answer in time");
	ROW("a resolver that remembers", { { NAME, "1TXT", right }, { NAME, "2TXT", right }, { NAME, "@TXT", wrong } }, "dkim.cached:info",
	    "for 300 s at most");
	ROW("a resolver that remembers none", { { NAME, "1TXT", right }, { NAME, "2TXT", right } }, "dkim.cached:info", "no record");
#undef ROW
	*count = n;
	return table;
}

static void one_row(const struct row *r, const struct fact_key *key)
{
	struct settings settings = { 0 };
	struct world w = { .rows = r->rows, .facts = { .settings = &settings, .keys = key, .key_count = 1 } };

	while (w.count < 3 && r->rows[w.count].name)
		w.count++;
	world_finds(&w, "dkim", "example.org", r->what, r->finds, r->says);
}

/* What the printed fix publishes is the right record, and all that was there goes. */
static void fixed(void)
{
	struct fact_key key = { "example.org", "example.org", "s1", "/k.pem", SIGN_DKIM, ours, false, { 0 } };
	struct world_row before = { NAME, "TXT", "v=spf1 \xc2\xa0\"-all" };
	struct settings settings = { 0 };
	struct world w = { .rows = &before, .count = 1, .facts = { .settings = &settings, .keys = &key, .key_count = 1 } };
	struct buf want = { 0 };

	world_check(&w, "dkim", "example.org");
	const struct finding *first = findings_first(&w.found);
	buf_printf(&want, "replace the record at " NAME ", as signet dns --publish does, or with nsupdate:\n"
	           "update delete " NAME ". TXT \"v=spf1 \\194\\160\\034-all\"\n"
	           "update add " NAME ". 3600 TXT \"%.255s\" \"%s\"", right, right + 255);
	is_text(first ? first->fix : "", buf_text(&want), "a fix that can be copied");
	buf_free(&want);
	world_free(&w);
}

static void keys(void)
{
	struct sign_key *small = sign_key_generate(KEY_RSA, 1024, NULL);
	char *small_record = record_of(small, "", ""), *ed_record = record_of(ed, "", "");
	struct settings settings = { 0 };
	const struct {
		const char *what, *record, *finds;
		struct fact_key key;
	} table[] = {
		{ "a key of 1024 bits", small_record, "dkim.bits:warn", { "example.org", "example.org", "s1", "/k", SIGN_DKIM, small, false, { 0 } } },
		{ "Ed25519 alone", ed_record, "dkim.bits:warn", { "example.org", "example.org", "s1", "/k", SIGN_DKIM, ed, false, { 0 } } },
		{ "for a domain above", right, "", { "example.org", "example.org", "s1", "/k", SIGN_DKIM, ours, false, { 0 } } },
		{ "a key that cannot be read", right, "dkim.key:fail",
		  { "example.org", "example.org", "s1", "/k", SIGN_DKIM, NULL, false, { .kind = FAULT_PERMANENT } } },
		{ "a key for root alone", right, "dkim.key:skipped",
		  { "example.org", "example.org", "s1", "/k", SIGN_DKIM, NULL, true, { .kind = FAULT_PERMANENT } } },
		{ "damage is seen without the key", "v=DKIM1; k=rsa; p=AAAA", "dkim.record:fail dkim.key:skipped",
		  { "example.org", "example.org", "s1", "/k", SIGN_DKIM, NULL, true, { .kind = FAULT_PERMANENT } } },
		{ "no key for the domain", right, "dkim.key:warn", { "example.net", "example.net", "s1", "/k", SIGN_DKIM, ours, false, { 0 } } },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct world_row row = { NAME, "TXT", table[i].record };
		struct world w = { .rows = &row, .count = 1, .facts = { .settings = &settings, .keys = &table[i].key, .key_count = 1 } };
		struct buf got = { 0 };
		world_check(&w, "dkim", "example.org");
		world_print(&w, &got);
		is_text(buf_text(&got), table[i].finds, "%s", table[i].what);
		buf_free(&got);
		world_free(&w);
	}
	sign_key_free(small);
	free(small_record);
	free(ed_record);
}

static void domainkeys(void)
{
	static const struct {
		const char *what, *policy, *finds;
	} table[] = {
		{ "without a policy", NULL, "domainkeys.policy:info domainkeys.use:info" },
		{ "with one", "o=~; r=postmaster@example.org", "domainkeys.use:info" },
		{ "with a damaged one", "\"o=~\"", "domainkeys.policy:warn domainkeys.use:info" },
	};
	struct settings settings = { 0 };
	struct fact_key key = { "example.org", "example.org", "dk", "/k", SIGN_DOMAINKEYS, ours, false, { 0 } };
	struct buf record = { 0 };

	sign_key_record(ours, SIGN_DOMAINKEYS, &record);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct world_row both[] = { { "dk._domainkey.example.org", "TXT", buf_text(&record) },
		                            { "_domainkey.example.org", "TXT", table[i].policy } };
		struct world w = { .rows = both, .count = table[i].policy ? 2 : 1,
		                   .facts = { .settings = &settings, .keys = &key, .key_count = 1 } };
		struct buf got = { 0 };
		world_check(&w, "domainkeys", "example.org");
		world_print(&w, &got);
		is_text(buf_text(&got), table[i].finds, "DomainKeys %s", table[i].what);
		buf_free(&got);
		world_free(&w);
	}
	buf_free(&record);
}

int main(void)
{
	size_t count;

	ours = sign_key_generate(KEY_RSA, 2048, NULL);
	other = sign_key_generate(KEY_RSA, 2048, NULL);
	ed = sign_key_generate(KEY_ED25519, 0, NULL);
	right = record_of(ours, "", "");
	wrong = record_of(other, "", "");
	const struct row *table = rows(&count);
	struct fact_key key = { "example.org", "example.org", "s1", "/k.pem", SIGN_DKIM, ours, false, { 0 } };
	tap_plan(2 * (int)count + 1 + 7 + 3);
	for (size_t i = 0; i < count; i++)
		one_row(&table[i], &key);
	fixed();
	keys();
	domainkeys();
	sign_key_free(ours);
	sign_key_free(other);
	sign_key_free(ed);
	return tap_done();
}
