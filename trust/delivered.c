/* SPDX-License-Identifier: ISC */
#include "trust/delivered.h"

#include "base/ip_network.h"
#include "base/mail/address.h"
#include "base/mail/message.h"
#include "trust/auth_results.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- what results mean (RFC 8601 section 2.7) ---- */

enum { GOOD = 1, BAD = 2 };

#define SPF_ADVICE "Let the SPF record of the envelope sender's domain name this host (signet dns prints it)."
#define SIGN_ADVICE "Check that a key signs for the domain (signet route ADDRESS), and that its record is published (signet dns --check)."
#define ALIGN_ADVICE "Sign with the domain in From: (dkim), or use that domain in the envelope too."

static const struct result_row {
	const char *mechanism, *result;    /* result "" is any other */
	unsigned how;
	const char *means, *advice;
} results[] = {
	{ "spf", "pass", GOOD, "The sender's domain allows the sending address.", "" },
	{ "spf", "softfail", BAD, "The SPF record does not name the sending address, and ends in ~all: the mail may be taken for spam.", SPF_ADVICE },
	{ "spf", "fail", BAD, "The SPF record forbids the sending address.", SPF_ADVICE },
	{ "spf", "hardfail", BAD, "The SPF record forbids the sending address.", SPF_ADVICE },
	{ "spf", "neutral", BAD, "The SPF record says nothing of the sending address.", SPF_ADVICE },
	{ "spf", "none", BAD, "The envelope sender's domain, or the name in HELO, has no SPF record.", SPF_ADVICE },
	{ "spf", "permerror", BAD, "The SPF record cannot be evaluated: there are two, it has a fault, or it needs more than ten look-ups.",
	  "Correct the SPF record: one record, at most ten look-ups." },
	{ "spf", "temperror", 0, "The receiver could not look the SPF record up.", "Look at the domain's name servers, and send another test." },
	{ "spf", "", 0, "The receiver came to no result.", "" },
	{ "dkim", "pass", GOOD, "The signature is good, and its key is published.", "" },
	{ "dkim", "none", BAD, "The mail has no DKIM signature.", SIGN_ADVICE },
	{ "dkim", "fail", BAD, "The signature does not match: the mail was changed after it was signed, or another key is published.",
	  "Compare the published key with ours (signet key list, signet dns --check); if they are the same, something changes mail on its way." },
	{ "dkim", "neutral", BAD, "The receiver found a signature that it cannot use.", SIGN_ADVICE },
	{ "dkim", "policy", BAD, "The receiver does not accept such a signature: often its key is too short, or it uses SHA-1.",
	  "Use a key of 2048 bits (signet key rotate)." },
	{ "dkim", "permerror", BAD, "The receiver found no usable key where the signature says that it is.",
	  "Publish the record of the signature's selector (signet dns), in one piece." },
	{ "dkim", "temperror", 0, "The receiver could not look the key up.", "Look at the domain's name servers, and send another test." },
	{ "dkim", "", 0, "The receiver came to no result.", "" },
	{ "dmarc", "pass", GOOD, "SPF or DKIM passes for the domain in From:.", "" },
	{ "dmarc", "fail", BAD, "Neither SPF nor DKIM passes for the domain in From:.", ALIGN_ADVICE },
	{ "dmarc", "none", 0, "The domain in From: has no DMARC record; those who send much need one.",
	  "Publish one that only asks for reports (signet dns prints it)." },
	{ "dmarc", "bestguesspass", 0, "The domain in From: has no DMARC record; with one the mail would have passed.",
	  "Publish one that only asks for reports (signet dns prints it)." },
	{ "dmarc", "permerror", BAD, "The DMARC record cannot be read.", "Correct the record at _dmarc.DOMAIN; there must be one." },
	{ "dmarc", "temperror", 0, "The receiver could not look the DMARC record up.", "Look at the domain's name servers, and send another test." },
	{ "dmarc", "", 0, "The receiver came to no result.", "" },
	{ "domainkeys", "pass", GOOD, "The DomainKeys signature is good; today's receivers go by DKIM.", "" },
	{ "domainkeys", "", 0, "The DomainKeys signature proves nothing here; today's receivers go by DKIM.", "" },
	{ "iprev", "pass", GOOD, "The sending address has a name that leads back to it (PTR).", "" },
	{ "iprev", "", BAD, "The sending address has no name that leads back to it (PTR).",
	  "Have whoever assigned the address set its PTR record to this host's name, and give that name the address." },
	{ "compauth", "pass", GOOD, "Microsoft takes the mail for authenticated, all in all.", "" },
	{ "compauth", "softpass", 0, "Microsoft takes the mail for authenticated, but not by its own records.", "Publish SPF, DKIM and DMARC (signet dns)." },
	{ "compauth", "none", 0, "Microsoft did not judge the mail as a whole.", "" },
	{ "compauth", "", BAD, "Microsoft does not believe that the mail is from its sender.", ALIGN_ADVICE },
};

/* ---- what filters leave ---- */

#define MICROSOFT_HEADERS "https://learn.microsoft.com/defender-office-365/message-headers-eop-mdo"
#define RSPAMD_HEADERS "https://docs.rspamd.com/modules/milter_headers"
#define SPAMASSASSIN "https://spamassassin.apache.org, Mail::SpamAssassin::Conf"
#define SEEN "seen in delivered mail"
#define YAHOO_BULK "http://www.scripts4webmasters.com/autoresponder-blog/email-deliverability/x-yahoofilteredbulk-ip-blocked-and-yahoo-flagged-your-email-as-spam/"

#define IS_SPAM "The filter took the mail for spam."
#define NO_SPAM "The filter found no spam in it."
#define DO_ALL "Look at what fails above; then at the text and its links, and at how many of its recipients want the mail."

/* The first row that fits counts. */
static const struct mark_row {
	const char *field, *key;           /* key: of "KEY:VALUE;" words; "" is the whole value */
	const char *value;                 /* as fits_value() reads it */
	enum delivered_place place;
	const char *means, *advice;
	const char *source;
} marks[] = {
	{ "X-YahooFilteredBulk", "", "*", PLACED_SPAM, "Yahoo put the mail into the spam folder because of the sending address.",
	  "Publish SPF and DKIM, then ask Yahoo to look at the address again: signet delist yahoo.", YAHOO_BULK },

	{ "X-Forefront-Antispam-Report", "SFV", "NSPM", PLACED_INBOX, NO_SPAM, "", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SFV", "SPM", PLACED_SPAM, IS_SPAM, DO_ALL, MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SFV", "SKS", PLACED_SPAM, "A rule of the recipient's organisation marked the mail as spam.",
	  "Ask the recipient's administrator.", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SFV", "SKB", PLACED_SPAM, "The sender is on the organisation's list of blocked senders.",
	  "Ask the recipient's administrator.", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SFV", "BLK", PLACED_SPAM, "The recipient has blocked the sender.", "Ask the recipient.", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SFV", "SFE", PLACED_INBOX, "The recipient trusts the sender, so that nothing was filtered.", "",
	  MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SFV", "SK*", PLACED_INBOX, "The mail was let past the filter.", "", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "NONE", PLACED_UNKNOWN, "", "", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "BULK", PLACED_SPAM, "Taken for mass mail.",
	  "Let people leave the list by one click (List-Unsubscribe), and send only to those who asked for it.", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "SPM", PLACED_SPAM, "Taken for spam.", DO_ALL, MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "OSPM", PLACED_SPAM, "Taken for spam that somebody inside sends out.", DO_ALL, MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "HSPM", PLACED_SPAM, "Taken for spam with high confidence.", DO_ALL, MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "*PHSH", PLACED_SPAM, "Taken for phishing.", "Look at the links and at the name in From:.",
	  MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "*PHISH", PLACED_SPAM, "Taken for phishing.", "Look at the links and at the name in From:.",
	  MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "SPOOF", PLACED_SPAM, "Taken for a forgery of its sender.", ALIGN_ADVICE, MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "?IMP", PLACED_SPAM, "Taken for somebody who pretends to be another.",
	  "Look at the name in From:; it is like that of somebody whom the organisation protects.", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "CAT", "*", PLACED_SPAM, "Something in it is not wanted there.", "Look at the attachments and links.",
	  MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SCL", "-1", PLACED_INBOX, "Not filtered at all: the sender is trusted.", "", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SCL", "0..4", PLACED_INBOX, "Spam confidence level: not spam.", "", MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SCL", "5..6", PLACED_SPAM, "Spam confidence level: spam.", DO_ALL, MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "SCL", "7..9", PLACED_SPAM, "Spam confidence level: spam for certain.", DO_ALL, MICROSOFT_HEADERS },
	{ "X-Forefront-Antispam-Report", "IPV", "CAL", PLACED_INBOX, "The sending address is on the organisation's list of allowed ones.", "",
	  MICROSOFT_HEADERS },
	{ "X-MS-Exchange-Organization-SCL", "", "-1", PLACED_INBOX, "Not filtered at all: the sender is trusted.", "", MICROSOFT_HEADERS },
	{ "X-MS-Exchange-Organization-SCL", "", "0..4", PLACED_INBOX, "Spam confidence level: not spam.", "", MICROSOFT_HEADERS },
	{ "X-MS-Exchange-Organization-SCL", "", "5..9", PLACED_SPAM, "Spam confidence level: spam.", DO_ALL, MICROSOFT_HEADERS },
	{ "X-Microsoft-Antispam", "BCL", "0", PLACED_UNKNOWN, "Not from one who sends to many.", "", MICROSOFT_HEADERS },
	{ "X-Microsoft-Antispam", "BCL", "1..3", PLACED_UNKNOWN, "From one who sends to many, with few complaints.", "", MICROSOFT_HEADERS },
	{ "X-Microsoft-Antispam", "BCL", "4..7", PLACED_UNKNOWN, "From one who sends to many, with some complaints.",
	  "Send only to those who asked for it; from 7 on it is spam by default.", MICROSOFT_HEADERS },
	{ "X-Microsoft-Antispam", "BCL", "8..9", PLACED_SPAM, "From one who sends to many, with many complaints.",
	  "Send only to those who asked for it.", MICROSOFT_HEADERS },
	{ "X-Microsoft-Antispam-Mailbox-Delivery", "dest", "I", PLACED_INBOX, "Delivered into the inbox.", "", SEEN },
	{ "X-Microsoft-Antispam-Mailbox-Delivery", "dest", "J", PLACED_SPAM, "Delivered into the junk folder.", DO_ALL, SEEN },

	{ "X-Apple-MoveToFolder", "", "INBOX", PLACED_INBOX, "Delivered into the inbox.", "", SEEN },
	{ "X-Apple-MoveToFolder", "", "*", PLACED_SPAM, "Moved into that folder by the filter.", DO_ALL, SEEN },
	{ "X-Suspected-Spam", "", "true*", PLACED_SPAM, IS_SPAM, DO_ALL, SEEN },
	{ "X-Suspected-Spam", "", "yes*", PLACED_SPAM, IS_SPAM, DO_ALL, SEEN },
	{ "X-Gmail-Labels", "", "*spam*", PLACED_SPAM, "Gmail put the mail into the spam folder.", DO_ALL, "Google Takeout" },
	{ "X-Gmail-Labels", "", "*inbox*", PLACED_INBOX, "Gmail put the mail into the inbox.", "", "Google Takeout" },
	{ "X-GMX-Antispam", "", "0*", PLACED_INBOX, NO_SPAM, "", SEEN },
	{ "X-GMX-Antispam", "", "-*", PLACED_UNKNOWN, "The filter was not asked.", "", SEEN },
	{ "X-GMX-Antispam", "", "*", PLACED_SPAM, IS_SPAM, DO_ALL, SEEN },
	{ "X-UI-Filterresults", "", "notjunk*", PLACED_INBOX, NO_SPAM, "", SEEN },
	{ "X-UI-Filterresults", "", "junk*", PLACED_SPAM, IS_SPAM, DO_ALL, SEEN },
	{ "X-TWC-Junkmail-Folder", "", "true*", PLACED_SPAM, "Delivered into the junk folder.", DO_ALL, SEEN },
	{ "X-SES-Spam-Verdict", "", "PASS*", PLACED_INBOX, NO_SPAM, "", "https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html" },
	{ "X-SES-Spam-Verdict", "", "FAIL*", PLACED_SPAM, IS_SPAM, DO_ALL,
	  "https://docs.aws.amazon.com/ses/latest/dg/receiving-email-notifications-contents.html" },
	{ "X-Proofpoint-Spam-Details", "", "*rule=notspam*", PLACED_INBOX, NO_SPAM, "", SEEN },
	{ "X-Proofpoint-Spam-Details", "", "*rule=spam*", PLACED_SPAM, IS_SPAM, DO_ALL, SEEN },
	{ "X-Barracuda-Spam-Status", "", "No*", PLACED_INBOX, NO_SPAM, "", SEEN },
	{ "X-Barracuda-Spam-Status", "", "Yes*", PLACED_SPAM, IS_SPAM, DO_ALL, SEEN },
	{ "X-VR-SPAMSTATE", "", "OK*", PLACED_INBOX, NO_SPAM, "", SEEN },
	{ "X-VR-SPAMSTATE", "", "SPAM*", PLACED_SPAM, IS_SPAM, DO_ALL, SEEN },

	{ "X-Spam-Status", "", "Yes*", PLACED_SPAM, "The filter took the mail for spam; its tests are named in the field.", DO_ALL, SPAMASSASSIN },
	{ "X-Spam-Status", "", "No*", PLACED_INBOX, NO_SPAM, "", SPAMASSASSIN },
	{ "X-Spam-Flag", "", "YES*", PLACED_SPAM, IS_SPAM, DO_ALL, SPAMASSASSIN },
	{ "X-Spam-Flag", "", "NO*", PLACED_INBOX, NO_SPAM, "", SPAMASSASSIN },
	{ "X-Spam", "", "Yes*", PLACED_SPAM, IS_SPAM, DO_ALL, RSPAMD_HEADERS },
	{ "X-Spamd-Result", "", "default: True*", PLACED_SPAM, "The filter took the mail for spam; its tests are named in the field.", DO_ALL,
	  RSPAMD_HEADERS },
	{ "X-Spamd-Result", "", "default: False*", PLACED_INBOX, NO_SPAM, "", RSPAMD_HEADERS },
	{ "X-Rspamd-Action", "", "no action*", PLACED_INBOX, NO_SPAM, "", RSPAMD_HEADERS },
	{ "X-Rspamd-Action", "", "add header*", PLACED_SPAM, IS_SPAM, DO_ALL, RSPAMD_HEADERS },
};

/* '*' at either end is anything there, '?' is one byte; "0..4" a number of these. */
static bool fits_value(const char *pattern, struct span value)
{
	const char *range = strstr(pattern, "..");
	struct span p = span_of(pattern);
	unsigned long long n;

	if (range)
		return span_number(value, 1000, &n) && n >= (unsigned)(pattern[0] - '0') && n <= (unsigned)(range[2] - '0');
	bool front = p.len > 0 && p.at[0] == '*', back = p.len > 1 && p.at[p.len - 1] == '*';
	if (p.len == 1 && front)
		return value.len > 0;
	p = (struct span){ p.at + front, p.len - front - back };
	for (size_t i = 0; i + p.len <= value.len; i++) {
		bool here = true;
		for (size_t k = 0; k < p.len && here; k++)
			here = p.at[k] == '?' || byte_lower(p.at[k]) == byte_lower(value.at[i + k]);
		if (here && (front || i == 0) && (back || i + p.len == value.len))
			return true;
		if (!front)
			return false;
	}
	return false;
}

/* ---- taking them ---- */

static char *text_of(struct span s)
{
	struct buf out = { 0 };
	bool blank = false;

	/* Folds and rows of blanks are one blank. */
	for (size_t i = 0; i < s.len && out.len < DELIVERED_TEXT_MAX; i++) {
		if (byte_is_white(s.at[i]) || s.at[i] == '\0') {
			blank = out.len > 0;
			continue;
		}
		if (blank)
			buf_add_byte(&out, ' ');
		blank = false;
		buf_add_byte(&out, s.at[i]);
	}
	return buf_take(&out);
}

static void add_mark(struct delivered *d, const struct mark_row *row, struct span value)
{
	struct buf shown = { 0 };

	if (d->mark_count == DELIVERED_MAX)
		return;
	buf_printf(&shown, "%s%s%.*s", row->key, row->key[0] ? ":" : "", (int)value.len, value.at);
	d->marks = mem_resize(d->marks, d->mark_count + 1, sizeof *d->marks);
	d->marks[d->mark_count++] = (struct delivered_mark){
		.field = mem_text(row->field), .value = text_of(buf_span(&shown)), .place = row->place, .means = row->means, .advice = row->advice,
	};
	if (row->place == PLACED_SPAM || d->place == PLACED_UNKNOWN)
		d->place = row->place;
	buf_free(&shown);
}

/* The first row of the key that fits: "SCL:1" of "CIP:192.0.2.25;SCL:1;...". */
static void take_words(struct delivered *d, const struct field *f)
{
	struct span rest = f->value;

	while (rest.at && rest.len > 0) {
		struct span value = span_trim(span_cut(&rest, ';')), key = span_trim(span_cut(&value, ':'));
		value = span_trim(value);
		if (span_eq(key, SPAN("CIP")) && d->address[0] == '\0') {
			free(d->address);
			d->address = text_of(value);
		}
		for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
			if (marks[i].key[0] && span_eq_nocase(f->name, span_of(marks[i].field)) && span_eq_nocase(key, span_of(marks[i].key)) &&
			    fits_value(marks[i].value, value)) {
				if (marks[i].means[0])
					add_mark(d, &marks[i], value);
				break;
			}
	}
}

static bool is_ip(struct span s)
{
	struct ip_network n;

	return ip_network_parse(s, &n) && memchr(s.at, '/', s.len) == NULL;
}

static void take_mark(struct delivered *d, const struct field *f)
{
	struct span value = span_trim(f->value);

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		if (!span_eq_nocase(f->name, span_of(marks[i].field)))
			continue;
		if (marks[i].key[0]) {
			take_words(d, f);
			return;
		}
		if (fits_value(marks[i].value, value)) {
			add_mark(d, &marks[i], value);
			if (span_eq_nocase(f->name, SPAN("X-YahooFilteredBulk")) && is_ip(value)) {
				free(d->address);
				d->address = text_of(value);
			}
			return;
		}
	}
}

/* "sender IP is 192.0.2.25", "designates 192.0.2.25 as", "client-ip=192.0.2.25" */
static void take_address(struct delivered *d, struct span words)
{
	static const char *const before[] = { "IP is ", "designate ", "designates ", "client-ip=", "permitted sender " };

	for (size_t i = 0; i < sizeof before / sizeof before[0] && d->address[0] == '\0'; i++) {
		const char *at = memmem(words.at, words.len, before[i], strlen(before[i]));
		if (at == NULL)
			continue;
		struct span rest = span_between(at + strlen(before[i]), words.at + words.len), word = span_word(&rest);
		while (word.len > 0 && strchr(");,", word.at[word.len - 1]))
			word.len--;
		if (!is_ip(word))
			continue;
		free(d->address);
		d->address = text_of(word);
	}
}

/* ---- the results ---- */

static const char *first_of(const struct auth_result *r, const char *const *names)
{
	for (; *names; names++)
		if (auth_property(r, *names)[0])
			return auth_property(r, *names);
	return "";
}

static void add_check(struct delivered *d, const struct auth_result *r)
{
	static const char *const spf[] = { "smtp.mailfrom", "smtp.helo", "smtp.mail", NULL };
	static const char *const dkim[] = { "header.d", "header.i", "header.from", "header.sender", NULL };
	const struct result_row *row = NULL;
	struct buf about = { 0 }, said = { 0 };

	for (size_t i = 0; i < sizeof results / sizeof results[0] && row == NULL; i++)
		if (strcmp(results[i].mechanism, r->method) == 0 && (results[i].result[0] == '\0' || strcmp(results[i].result, r->result) == 0))
			row = &results[i];
	if (row == NULL || d->check_count == DELIVERED_MAX)
		return;
	bool is_dkim = strcmp(r->method, "dkim") == 0 || strcmp(r->method, "domainkeys") == 0;
	const char *name = is_dkim ? first_of(r, dkim) : strcmp(r->method, "spf") == 0 ? first_of(r, spf) : auth_property(r, "header.from");
	buf_add_text(&about, name + (name[0] == '@'));
	if (is_dkim && auth_property(r, "header.s")[0])
		buf_printf(&about, "%sselector %s", about.len ? ", " : "", auth_property(r, "header.s"));
	buf_printf(&said, "%s%s%s", r->comment, r->comment[0] && r->reason[0] ? "; " : "", r->reason);
	take_address(d, buf_span(&said));
	d->checks = mem_resize(d->checks, d->check_count + 1, sizeof *d->checks);
	d->checks[d->check_count++] = (struct delivered_check){
		.mechanism = mem_text(r->method), .result = mem_text(r->result), .about = text_of(buf_span(&about)), .said = text_of(buf_span(&said)),
		.good = row->how & GOOD, .bad = row->how & BAD, .means = row->means, .advice = row->advice, .note = "",
	};
	buf_free(&about);
	buf_free(&said);
}

/* Received-SPF (RFC 7208 section 9.1), where Authentication-Results has no SPF. */
static void take_received_spf(struct delivered *d, const struct field *f)
{
	struct span rest = span_trim(f->value), word = span_word(&rest);
	struct buf value = { 0 };
	struct auth_results r;

	if (delivered_result(d, "spf")[0] || word.len == 0 || word.len > 20)
		return;
	buf_printf(&value, "x; spf=%.*s %.*s", (int)word.len, word.at, (int)rest.len, rest.at ? rest.at : "");
	take_address(d, rest.at ? rest : SPAN(""));
	if (auth_results_read(buf_span(&value), &r) && r.count > 0)
		add_check(d, &r.items[0]);
	auth_results_free(&r);
	buf_free(&value);
}

/* Where DMARC fails, notes at each pass of SPF or DKIM that it is for another domain. */
static void note_alignment(struct delivered *d)
{
	bool fails = strcmp(delivered_result(d, "dmarc"), "fail") == 0;

	for (size_t i = 0; i < d->check_count && d->from_domain[0] && fails; i++) {
		struct delivered_check *c = &d->checks[i];
		struct span about = span_of(c->about), name = span_cut(&about, ','), at = name;
		if (!c->good || (strcmp(c->mechanism, "spf") != 0 && strcmp(c->mechanism, "dkim") != 0))
			continue;
		const char *sign = name.len ? memchr(name.at, '@', name.len) : NULL;
		if (sign)
			at = span_between(sign + 1, name.at + name.len);
		if (!domain_is_within(at, span_of(d->from_domain)) && !domain_is_within(span_of(d->from_domain), at))
			c->note = "It passes for another domain than that in From:, so that DMARC does not count it.";
	}
}

/* ---- the header ---- */

enum { SERVERS_MAX = 20 };

struct candidate {
	struct auth_results results;
	bool known;
};

/* Results without a server's name are Microsoft's if they look like Microsoft's. */
static const struct provider *provider_of(const struct auth_results *r)
{
	if (r->server[0])
		return provider_of_server(span_of(r->server));
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->items[i].method, "compauth") == 0 || strstr(r->items[i].comment, "sender IP is"))
			return provider_named(SPAN("microsoft"));
	return NULL;
}

static void choose(struct delivered *d, const struct candidate *c, size_t count)
{
	const struct candidate *chosen = count > 0 ? &c[0] : NULL;

	for (size_t i = count; i-- > 0;)
		if (c[i].known)
			chosen = &c[i];
	if (chosen == NULL)
		return;
	free(d->server);
	d->server = mem_text(chosen->results.server);
	d->server_known = chosen->known;
	d->provider = provider_of(&chosen->results);
	for (size_t i = 0; i < count; i++) {
		const struct auth_results *r = &c[i].results;
		bool counts = d->provider ? provider_of(r) == d->provider : strcmp(r->server, d->server) == 0;
		for (size_t k = 0; k < r->count && counts; k++)
			add_check(d, &r->items[k]);
		d->passed_over += !counts;
	}
}

static void take_names(struct delivered *d, const struct field *f)
{
	struct address_list from;

	if (span_eq_nocase(f->name, SPAN("Message-ID")) && d->message_id[0] == '\0') {
		struct span id = span_trim(f->value);
		if (id.len > 2 && id.at[0] == '<' && id.at[id.len - 1] == '>')
			id = (struct span){ id.at + 1, id.len - 2 };
		free(d->message_id);
		d->message_id = text_of(id);
	}
	if (!span_eq_nocase(f->name, SPAN("From")) || d->from_domain[0])
		return;
	if (address_list_parse(f->value, &from, NULL) == 0 && from.count > 0) {
		free(d->from_domain);
		d->from_domain = text_of(address_domain(span_of(from.items[0].address)));
	}
	address_list_free(&from);
}

bool delivered_read(struct span header, const struct text_list *servers, struct delivered *out)
{
	struct candidate found[SERVERS_MAX];
	struct span rest = message_skip_mbox(header);
	struct field f, received_spf = { 0 };
	size_t count = 0;
	bool is_ours = false;        /* below the topmost signature: the sender's own bytes */

	*out = (struct delivered){
		.server = mem_text(""), .message_id = mem_text(""), .from_domain = mem_text(""), .address = mem_text(""),
	};
	while (message_next_field(&rest, &f)) {
		is_ours |= span_eq_nocase(f.name, SPAN("DKIM-Signature")) || span_eq_nocase(f.name, SPAN("DomainKey-Signature"));
		take_names(out, &f);
		if (span_eq_nocase(f.name, SPAN("Authentication-Results"))) {
			if (is_ours || count == SERVERS_MAX || !auth_results_read(f.value, &found[count].results)) {
				if (!is_ours && count < SERVERS_MAX)
					auth_results_free(&found[count].results);
				out->passed_over++;
				continue;
			}
			struct candidate *c = &found[count++];
			bool is_named = servers && c->results.server[0] && text_list_has_nocase(servers, span_of(c->results.server));
			c->known = is_named || provider_of(&c->results) != NULL;
		} else if (!is_ours && span_eq_nocase(f.name, SPAN("Received-SPF")) && received_spf.name.len == 0) {
			received_spf = f;
		} else {
			take_mark(out, &f);
		}
	}
	choose(out, found, count);
	if (received_spf.name.len > 0)
		take_received_spf(out, &received_spf);
	note_alignment(out);
	for (size_t i = 0; i < count; i++)
		auth_results_free(&found[i].results);
	return out->check_count > 0 || out->mark_count > 0;
}

void delivered_free(struct delivered *d)
{
	for (size_t i = 0; i < d->check_count; i++) {
		free(d->checks[i].mechanism);
		free(d->checks[i].result);
		free(d->checks[i].about);
		free(d->checks[i].said);
	}
	for (size_t i = 0; i < d->mark_count; i++) {
		free(d->marks[i].field);
		free(d->marks[i].value);
	}
	free(d->checks);
	free(d->marks);
	free(d->server);
	free(d->message_id);
	free(d->from_domain);
	free(d->address);
	*d = (struct delivered){ 0 };
}

const char *delivered_place_name(enum delivered_place place)
{
	static const char *const names[] = { [PLACED_UNKNOWN] = "unknown", [PLACED_INBOX] = "inbox", [PLACED_SPAM] = "spam" };

	return names[place];
}

const char *delivered_result(const struct delivered *d, const char *mechanism)
{
	const char *first = "";

	for (size_t i = 0; i < d->check_count; i++) {
		if (strcmp(d->checks[i].mechanism, mechanism) != 0)
			continue;
		if (d->checks[i].good)
			return d->checks[i].result;
		if (first[0] == '\0')
			first = d->checks[i].result;
	}
	return first;
}
