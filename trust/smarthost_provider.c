/* SPDX-License-Identifier: ISC */
#include "trust/smarthost_provider.h"

const struct smarthost_provider smarthost_provider_table[] = {
	{ "Gmail, Google Workspace", "smtp.gmail.com smtp-relay.gmail.com", "include:_spf.google.com", "https://support.google.com/a/answer/33786" },
	{ "Microsoft 365", "smtp.office365.com .mail.protection.outlook.com", "include:spf.protection.outlook.com",
	  "https://learn.microsoft.com/defender-office-365/email-authentication-spf-configure" },
	{ "iCloud", "smtp.mail.me.com", "include:icloud.com", "https://mxhelper.com/fr/mail-providers/icloud" },
	{ "Fastmail", "smtp.fastmail.com", "include:spf.messagingengine.com", "https://www.fastmail.help/hc/en-us/articles/360060591153" },
	{ "Proton Mail", "smtp.protonmail.ch", "include:_spf.protonmail.ch", "https://proton.me/support/anti-spoofing-custom-domain" },
	{ "mailbox.org", "smtp.mailbox.org", "include:mailbox.org",
	  "https://kb.mailbox.org/de/privat/e-mail-mit-eigener-domain/spam-reputation-der-eigenen-domain-verbessern-mit-spf-dkim-und-dmarc" },
	{ "Migadu", "smtp.migadu.com", "include:spf.migadu.com", "records of its customers" },
	{ "Infomaniak", "mail.infomaniak.com mail.infomaniak.ch", "include:spf.infomaniak.ch",
	  "https://www.infomaniak.com/en/support/faq/2199/manage-spf-records" },
	{ "OVHcloud", "ssl0.ovh.net smtp.mail.ovh.net pro1.mail.ovh.net pro2.mail.ovh.net ex.mail.ovh.net", "include:mx.ovh.com",
	  "https://github.com/ovh/docs/blob/develop/pages/web_cloud/domains/dns_zone_spf/guide.en-gb.md" },
	{ "IONOS", "smtp.ionos.de smtp.ionos.fr smtp.ionos.es smtp.ionos.it smtp.ionos.co.uk", "include:_spf-eu.ionos.com",
	  "https://www.ionos.de/hilfe/domains/mailserver-und-verwandte-records-konfigurieren/spam-versand-vermeiden-mit-spf-record" },
	{ "Yandex", "smtp.yandex.ru smtp.yandex.com smtp.yandex.net", "include:_spf.yandex.net", "help of Yandex Mail for domains: SPF record" },
	{ "Mail.ru", "smtp.mail.ru", "include:_spf.mail.ru", "records of its customers" },
	{ "Amazon SES", "email-smtp.*.amazonaws.com", "include:amazonses.com", "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-spf.html" },
	{ "Mailgun", "smtp.mailgun.org smtp.eu.mailgun.org", "include:mailgun.org", "https://www.mailgun.com/blog/white-labeling-dns-records-your-customers-tips-tricks" },
	{ "Mailjet", "in-v3.mailjet.com", "include:spf.mailjet.com", "https://www.mailjet.com/support/what-s-the-meaning-of-spf-sender-policy-framework,20.htm" },
};

const size_t smarthost_provider_rows = sizeof smarthost_provider_table / sizeof smarthost_provider_table[0];

static bool fits(struct span host, struct span word)
{
	struct span after = word, before = span_cut(&after, '*');

	if (after.at == NULL)
		return word.at[0] == '.' ? span_ends_nocase(host, word) : span_eq_nocase(host, word);
	return host.len > word.len && span_starts_nocase(host, before) && span_ends_nocase(host, after);
}

const struct smarthost_provider *smarthost_provider_of(struct span host)
{
	for (size_t i = 0; i < smarthost_provider_rows; i++) {
		struct span rest = span_of(smarthost_provider_table[i].hosts), word;
		while ((word = span_word(&rest)).len > 0)
			if (fits(host, word))
				return &smarthost_provider_table[i];
	}
	return NULL;
}
