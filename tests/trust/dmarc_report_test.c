/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/dmarc_report.h"

#define METADATA "<report_metadata><org_name>google.com</org_name><email>noreply@google.com</email><report_id>1</report_id>" \
	"<date_range><begin>1796000000</begin><end> 1796086399 </end></date_range></report_metadata>"
#define POLICY "<policy_published><domain>example.org</domain><adkim>r</adkim><aspf>s</aspf><p>none</p><sp>reject</sp>" \
	"<pct>50</pct></policy_published>"
#define ROW(source, count, dkim, spf) "<row><source_ip>" source "</source_ip><count>" count "</count><policy_evaluated>" \
	"<disposition>none</disposition><dkim>" dkim "</dkim><spf>" spf "</spf></policy_evaluated></row>"
#define FROM "<identifiers><header_from>example.org</header_from></identifiers>"
#define DKIM(domain, selector, result) "<dkim><domain>" domain "</domain><selector>" selector "</selector><result>" result "</result></dkim>"
#define SPF(domain, result) "<spf><domain>" domain "</domain><result>" result "</result></spf>"
#define RECORD(row, auth) "<record>" row FROM "<auth_results>" auth "</auth_results></record>"

static const char whole[] =
	"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<feedback>" METADATA POLICY
	RECORD(ROW("192.0.2.1", "98", "pass", "pass"), DKIM("example.org", "s1", "pass") SPF("example.org", "pass"))
	RECORD(ROW(" 2001:db8::1 ", "2", "fail", "fail"), DKIM("example.org", "s1", "fail") SPF("host.example", "pass"))
	"</feedback>";

/* RFC 9990, with a namespace, its new elements and an extension. */
static const char modern[] =
	"<?xml version=\"1.0\"?><d:feedback xmlns:d=\"urn:ietf:params:xml:ns:dmarc-2.0\"><d:version>1.0</d:version>"
	"<d:report_metadata><d:org_name>x</d:org_name><d:generator>g</d:generator></d:report_metadata><d:policy_published>"
	"<d:domain>example.org</d:domain><d:discovery_method>treewalk</d:discovery_method><d:p>quarantine</d:p><d:np>reject</d:np>"
	"<d:testing>y</d:testing></d:policy_published><d:extension><a><b>c</b></a></d:extension><d:record><d:row>"
	"<d:source_ip>192.0.2.1</d:source_ip><d:count>3</d:count><d:policy_evaluated><d:disposition>pass</d:disposition>"
	"<d:dkim>pass</d:dkim><d:spf>fail</d:spf><d:reason><d:type>local_policy</d:type></d:reason><d:reason><d:type>other</d:type>"
	"</d:reason></d:policy_evaluated></d:row><d:identifiers><d:header_from>example.org</d:header_from><d:envelope_to>y.example"
	"</d:envelope_to></d:identifiers><d:auth_results/></d:record></d:feedback>";

static void values(void)
{
	struct dmarc_report r;
	struct fault f = { 0 };

	ok(dmarc_report_read(SPAN(""), &r, &f) < 0, "nothing: %s", f.text);
	if (!ok(dmarc_report_read(span_of(whole), &r, &f) == 0, "a report: %s", f.text))
		return;
	ok(strcmp(r.org_name, "google.com") == 0 && strcmp(r.id, "1") == 0 && r.begin_s == 1796000000 && r.end_s == 1796086399, "whose");
	ok(strcmp(r.domain, "example.org") == 0 && strcmp(r.policy, "none") == 0 && strcmp(r.subdomains, "reject") == 0 &&
	   strcmp(r.aspf, "s") == 0 && strcmp(r.testing, "50") == 0 && r.missing[0] == '\0', "its policy");
	is_int(r.row_count, 2, "its records");
	ok(r.rows[0].count == 98 && dmarc_row_passes(&r.rows[0]) && r.rows[0].auth_count == 2, "the first");
	ok(strcmp(r.rows[1].source, "2001:db8::1") == 0 && !dmarc_row_passes(&r.rows[1]) && strcmp(r.rows[1].header_from, "example.org") == 0,
	   "the second");
	ok(r.rows[1].auths[0].is_dkim && strcmp(r.rows[1].auths[0].selector, "s1") == 0 && r.rows[1].auths[1].selector[0] == '\0', "how it was judged");
	dmarc_report_free(&r);

	ok(dmarc_report_read(span_of(modern), &r, &f) == 0, "one of RFC 9990: %s", f.text);
	ok(strcmp(r.missing, "reject") == 0 && strcmp(r.testing, "y") == 0 && r.row_count == 1 && r.rows[0].count == 3 &&
	   strcmp(r.rows[0].reason, "local_policy, other") == 0 && strcmp(r.rows[0].envelope_to, "y.example") == 0, "its own elements");
	dmarc_report_free(&r);
}

static const struct {
	const char *name, *record, *dkim, *spf;
} failures[] = {
	{ "nothing", RECORD(ROW("1", "1", "fail", "fail"), ""), "DKIM: no signature", "SPF: no result" },
	{ "both pass", RECORD(ROW("1", "1", "pass", "pass"), ""), "", "" },
	{ "a broken signature", RECORD(ROW("1", "1", "fail", "pass"), DKIM("example.org", "s1", "fail")),
	  "DKIM: the signature of example.org, selector s1, does not verify (fail)", "" },
	{ "signed by another", RECORD(ROW("1", "1", "fail", "fail"), DKIM("esp.example", "k", "pass") SPF("esp.example", "pass")),
	  "DKIM: signed by esp.example only, which is not aligned with example.org",
	  "SPF: passes for esp.example only, which is not aligned with example.org" },
	{ "another's broken signature", RECORD(ROW("1", "1", "fail", "fail"), DKIM("esp.example", "k", "permerror") SPF("example.org", "softfail")),
	  "DKIM: a signature of esp.example, which does not verify (permerror)", "SPF: softfail for example.org" },
	{ "strict alignment", RECORD(ROW("1", "1", "fail", "fail"), DKIM("mail.example.org", "k", "pass") SPF("mail.example.org", "pass")),
	  "DKIM: the signature of mail.example.org verifies, and strict alignment wants example.org itself",
	  "SPF: passes for mail.example.org, and strict alignment wants example.org itself" },
	{ "no signature, which some say so", RECORD(ROW("1", "1", "fail", "pass"), DKIM("", "", "none")), "DKIM: no signature", "" },
};

static void words(void)
{
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		struct buf xml = { 0 }, dkim = { 0 }, spf = { 0 };
		struct dmarc_report r;
		struct fault f;

		buf_printf(&xml, "<feedback>%s</feedback>", failures[i].record);
		if (dmarc_report_read(buf_span(&xml), &r, &f) == 0) {
			dmarc_row_dkim(&r.rows[0], &dkim);
			dmarc_row_spf(&r.rows[0], &spf);
			dmarc_report_free(&r);
		}
		is_text(buf_text(&dkim), failures[i].dkim, "%s: DKIM", failures[i].name);
		is_text(buf_text(&spf), failures[i].spf, "%s: SPF", failures[i].name);
		buf_free(&xml);
		buf_free(&dkim);
		buf_free(&spf);
	}
}

static const struct { const char *name, *xml, *why; } refused[] = {
	{ "text", "Dear Sir", "not XML" },
	{ "cut off", "<feedback><report_metadata>", "cut off" },
	{ "HTML", "<html><body></body></html>", "not a DMARC report" },
	{ "an empty one", "<feedback></feedback>", "empty" },
	{ "a document type", "<!DOCTYPE feedback><feedback></feedback>", "document type" },
	{ "entities that grow",
	  "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><feedback>&b;</feedback>", "document type" },
	{ "a file from outside", "<!DOCTYPE f [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><feedback>&x;</feedback>", "document type" },
	{ "an entity that is not known", "<feedback>&x;</feedback>", "not XML" },
	{ "a charset that is not known", "<?xml version=\"1.0\" encoding=\"x-klingon\"?><feedback/>", "unknown encoding" },
	{ "bytes that are not of the charset", "<feedback>\xff\xfe\xfd</feedback>", "not XML" },
};

static void bad(void)
{
	struct dmarc_report r;
	struct buf xml = { 0 };
	struct fault f;

	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		f = (struct fault){ 0 };
		bool fails = dmarc_report_read(span_of(refused[i].xml), &r, &f) < 0;
		ok(fails && strstr(f.text, refused[i].why), "%s: %s", refused[i].name, f.text);
	}
	for (int i = 0; i < 100000; i++)
		buf_add_text(&xml, i == 0 ? "<feedback>" : "<a>");
	ok(dmarc_report_read(buf_span(&xml), &r, &f) < 0 && strstr(f.text, "too deeply"), "depth: %s", f.text);
	buf_clear(&xml);
	buf_add_text(&xml, "<feedback>");
	for (int i = 0; i < DMARC_ROWS_MAX + 1; i++)
		buf_add_text(&xml, "<record/>");
	buf_add_text(&xml, "</feedback>");
	ok(dmarc_report_read(buf_span(&xml), &r, &f) < 0 && strstr(f.text, "too many"), "records: %s", f.text);
	buf_clear(&xml);
	buf_add_text(&xml, "<?xml version=\"1.0\" encoding=\"windows-1252\"?><feedback><report_metadata><org_name>M\xfcller ");
	for (int i = 0; i < 100000; i++)
		buf_add_byte(&xml, 'x');
	buf_add_text(&xml, "</org_name></report_metadata></feedback>");
	ok(dmarc_report_read(buf_span(&xml), &r, &f) == 0 && strlen(r.org_name) == DMARC_TEXT_MAX && strncmp(r.org_name, "M\xc3\xbcller", 7) == 0,
	   "a long text is cut, whatever its charset");
	dmarc_report_free(&r);
	buf_free(&xml);
}

int main(void)
{
	tap_plan(10 + 2 * TAP_ROWS(failures) + TAP_ROWS(refused) + 3);
	values();
	words();
	bad();
	return tap_done();
}
