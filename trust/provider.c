/* SPDX-License-Identifier: ISC */
#include "trust/provider.h"

#include "base/mail/refusal_links.h"

const struct provider provider_table[] = {
	{ .name = "gmail", .title = "Gmail, Google Workspace", .also = "google googlemail workspace",
	  .servers = "mx.google.com", .mx = ".google.com .googlemail.com", .reporters = "google.com google", .reasons = "",
	  .ask = "https://support.google.com/mail/contact/gmail_bulk_sender_escalation", .watch = "https://postmaster.google.com",
	  .wants = WANTS_ADDRESS | WANTS_DOMAIN | WANTS_HEADER | WANTS_REPLY | WANTS_CONTACT,
	  .advice = "Google takes nobody off a list by hand: the form is for senders who keep its guidelines already. An address that "
	            "was refused for its reputation recovers in days of little, wanted, authenticated mail.",
	  .source = "https://support.google.com/a/answer/81126" },
	{ .name = "outlook", .title = "Outlook.com, Hotmail, Live, MSN", .also = "hotmail live msn outlook.com",
	  .servers = "", .mx = ".olc.protection.outlook.com", .reporters = "outlook.com", .reasons = "listed-outlook",
	  .ask = LINK_OUTLOOK, .watch = "https://substrate.office.com/ip-domain-management-snds/snds",
	  .wants = WANTS_ADDRESS | WANTS_DOMAIN | WANTS_CONTACT | WANTS_REPLY | WANTS_VOLUME,
	  .advice = "The first answer comes from a program and often says that nothing was found: answer that mail, and a person looks. "
	            "A reply with S3150 or S3140 is about the whole network: ask the hosting company to write as well.",
	  .source = "https://help.ishosting.com/en/microsoft-blacklists" },
	{ .name = "microsoft", .title = "Microsoft 365, Exchange Online", .also = "office365 m365 exchange",
	  .servers = "", .mx = ".mail.protection.outlook.com .mx.microsoft", .reporters = "enterprise outlook",
	  .reasons = "listed-microsoft banned-microsoft suspended-microsoft",
	  .ask = LINK_MICROSOFT, .watch = "", .wants = WANTS_ADDRESS | WANTS_CONTACT,
	  .advice = "The page takes one address at a time and answers by mail; a removal takes up to a day.",
	  .source = "https://learn.microsoft.com/defender-office-365/use-the-delist-portal-to-remove-yourself-from-the-office-365-blocked-senders-lis" },
	{ .name = "yahoo", .title = "Yahoo, AOL, Rogers, AT&T, Sky", .also = "aol rogers ymail att.net",
	  .servers = ".yahoo.com .aol.com .yahoodns.net", .mx = ".yahoodns.net", .reporters = "yahoo yahoo.com aol", .reasons = "distrusted-yahoo",
	  .ask = LINK_YAHOO, .watch = "https://senders.yahooinc.com",
	  .wants = WANTS_ADDRESS | WANTS_DOMAIN | WANTS_CONTACT | WANTS_REPLY | WANTS_HEADER | WANTS_REASON,
	  .advice = "Sign with DKIM and publish DMARC first: requests for addresses whose mail proves nothing are turned down.",
	  .source = "https://senders.yahooinc.com/smtp-error-codes" },
	{ .name = "icloud", .title = "Apple iCloud", .also = "apple me mac", .servers = ".icloud.com .apple.com", .mx = ".mail.icloud.com",
	  .reporters = "apple icloud", .reasons = "", .ask = "icloudadmin@apple.com", .watch = "",
	  .wants = WANTS_ADDRESS | WANTS_DOMAIN | WANTS_REPLY | WANTS_CONTACT,
	  .advice = "Apple rests on Proofpoint and Spamhaus: where the reply names one of them, ask there first.",
	  .source = "https://support.apple.com/en-us/102322" },
	{ .name = "gmx", .title = "GMX, WEB.DE, mail.com, IONOS", .also = "web.de webde ionos 1und1 mail.com",
	  .servers = ".gmx.net gmx.net .web.de web.de .kundenserver.de kundenserver.de", .mx = ".gmx.net .web.de .kundenserver.de .emig.gmx.net",
	  .reporters = "gmx.net web.de 1&1", .reasons = "listed-gmx", .ask = "https://postmaster.gmx.net/en/error-messages", .watch = "",
	  .wants = WANTS_ADDRESS | WANTS_PTR | WANTS_REPLY | WANTS_CONTACT,
	  .advice = "Follow the link in the reply itself: it carries the address and what was wrong, and leads to the form.",
	  .source = "https://postmaster.gmx.net/en/error-messages" },
	{ .name = "t-online", .title = "T-Online, Deutsche Telekom", .also = "telekom magenta tonline", .servers = ".t-online.de",
	  .mx = ".t-online.de", .reporters = "t-online.de", .reasons = "distrusted-telekom", .ask = LINK_TELEKOM, .watch = "",
	  .wants = WANTS_ADDRESS | WANTS_PTR | WANTS_HELO | WANTS_REPLY | WANTS_CONTACT | WANTS_IMPRINT,
	  .advice = "A short mail is enough, and a person answers. The host's name must lead to a page that says who runs it.",
	  .source = "https://postmaster.t-online.de/index.en.html" },
	{ .name = "comcast", .title = "Comcast, Xfinity", .also = "xfinity", .servers = ".comcast.net", .mx = ".comcast.net",
	  .reporters = "comcast.net comcast", .reasons = "distrusted-comcast", .ask = LINK_COMCAST, .watch = "",
	  .wants = WANTS_ADDRESS | WANTS_PTR | WANTS_REPLY | WANTS_CONTACT, .advice = "A reply with RL or BL names the reason by a code.",
	  .source = "https://postmaster.comcast.net/mail-error-codes.html" },
	{ .name = "spamhaus", .title = "Spamhaus (SBL, CSS, XBL, PBL, DBL)", .also = "zen sbl xbl pbl css", .servers = "", .mx = "", .reporters = "",
	  .reasons = "listed-spamhaus", .ask = LINK_SPAMHAUS, .watch = LINK_SPAMHAUS, .wants = WANTS_ADDRESS | WANTS_PTR | WANTS_CONTACT | WANTS_REASON,
	  .advice = "The page says which list it is. PBL is a policy of the network and no listing: a static address is taken off at once. "
	            "SBL is asked for by the hosting company, not by its customer.",
	  .source = "https://www.spamhaus.org/blocklists" },
	{ .name = "spamcop", .title = "SpamCop", .also = "", .servers = "", .mx = "", .reporters = "", .reasons = "listed-spamcop", .ask = LINK_SPAMCOP,
	  .watch = LINK_SPAMCOP, .wants = WANTS_ADDRESS,
	  .advice = "A listing ends by itself about a day after the last report: find what was reported, and wait.", .source = LINK_SPAMCOP },
	{ .name = "barracuda", .title = "Barracuda", .also = "brbl barracudacentral", .servers = ".barracudanetworks.com",
	  .mx = ".barracudanetworks.com", .reporters = "barracuda", .reasons = "", .ask = LINK_BARRACUDA, .watch = "https://www.barracudacentral.org/lookups",
	  .wants = WANTS_ADDRESS | WANTS_CONTACT | WANTS_REASON,
	  .advice = "The form asks for a telephone number too. An answer takes about a day; a second request meanwhile begins it again.",
	  .source = "https://www.barracudacentral.org/lookups" },
	{ .name = "proofpoint", .title = "Proofpoint", .also = "pphosted", .servers = ".pphosted.com .ppe-hosted.com", .mx = ".pphosted.com .ppe-hosted.com",
	  .reporters = "proofpoint", .reasons = "listed-proofpoint", .ask = LINK_PROOFPOINT, .watch = LINK_PROOFPOINT,
	  .wants = WANTS_ADDRESS | WANTS_CONTACT | WANTS_REASON,
	  .advice = "The page first says whether the address is blocked at all; only then does it show the form.", .source = LINK_PROOFPOINT },
	{ .name = "cloudmark", .title = "Cloudmark (used by Orange, Spectrum and others)", .also = "csi orange spectrum", .servers = "",
	  .mx = ".orange.fr", .reporters = "", .reasons = "listed-cloudmark", .ask = LINK_CLOUDMARK, .watch = LINK_CLOUDMARK,
	  .wants = WANTS_ADDRESS | WANTS_CONTACT, .advice = "The reset is quick, and does not last where the complaints go on.",
	  .source = "https://csi.cloudmark.com/en/reset" },
	{ .name = "mimecast", .title = "Mimecast", .also = "", .servers = ".mimecast.com .mimecast.co.za", .mx = ".mimecast.com .mimecast.co.za",
	  .reporters = "mimecast mimecast.com", .reasons = "", .ask = "https://www.mimecast.com/senderfeedback", .watch = "",
	  .wants = WANTS_ADDRESS | WANTS_DOMAIN | WANTS_REPLY | WANTS_CONTACT,
	  .advice = "Much of what Mimecast refuses is a rule of its customer: the recipient's administrator can allow the host at once.",
	  .source = "https://community.mimecast.com/s/article/email-security-cloud-gateway-mimecast-smtp-error-codes" },
	{ .name = "cisco", .title = "Cisco Talos", .also = "talos ironport senderbase", .servers = ".iphmx.com", .mx = ".iphmx.com", .reporters = "cisco",
	  .reasons = "listed-cisco", .ask = LINK_CISCO, .watch = LINK_CISCO, .wants = WANTS_ADDRESS | WANTS_PTR | WANTS_DOMAIN | WANTS_REASON,
	  .advice = "Look the address up and open a dispute there; it needs an account.", .source = "https://talosintelligence.com" },
	{ .name = "trendmicro", .title = "Trend Micro", .also = "trend ers", .servers = ".trendmicro.com .trendmicro.eu", .mx = ".trendmicro.com .trendmicro.eu",
	  .reporters = "trendmicro", .reasons = "listed-trend-micro", .ask = LINK_TREND_MICRO, .watch = LINK_TREND_MICRO,
	  .wants = WANTS_ADDRESS | WANTS_CONTACT | WANTS_REASON, .advice = "A dynamic range (DUL) is taken off for the network's owner only.",
	  .source = "https://servicecentral.trendmicro.com" },
};

const size_t provider_rows = sizeof provider_table / sizeof provider_table[0];

static bool has_word(const char *words, struct span name)
{
	struct span rest = span_of(words), word;

	while ((word = span_word(&rest)).len > 0)
		if (word.at[0] == '.' ? span_ends_nocase(name, word) : span_eq_nocase(name, word))
			return true;
	return false;
}

const struct provider *provider_named(struct span name)
{
	for (size_t i = 0; i < provider_rows; i++)
		if (span_eq_nocase(name, span_of(provider_table[i].name)) || has_word(provider_table[i].also, name))
			return &provider_table[i];
	return NULL;
}

/* Microsoft leaves its name out (RFC 8601 has none without): who asks decides whether that counts. */
const struct provider *provider_of_server(struct span authserv_id)
{
	for (size_t i = 0; i < provider_rows; i++)
		if (has_word(provider_table[i].servers, authserv_id))
			return &provider_table[i];
	return NULL;
}

const struct provider *provider_of_mx(struct span host)
{
	for (size_t i = 0; i < provider_rows; i++)
		if (has_word(provider_table[i].mx, host))
			return &provider_table[i];
	return NULL;
}

const struct provider *provider_of_report(struct span org_name)
{
	struct span rest = org_name, first = span_word(&rest);

	for (size_t i = 0; i < provider_rows; i++)
		if (has_word(provider_table[i].reporters, org_name) || has_word(provider_table[i].reporters, first))
			return &provider_table[i];
	return NULL;
}

bool provider_refuses_by(const struct provider *p, const char *reason)
{
	return reason[0] && has_word(p->reasons, span_of(reason));
}
