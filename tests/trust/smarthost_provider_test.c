/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/smarthost_provider.h"
#include "trust/spf_merge.h"

#include <stdlib.h>

static const struct {
	const char *host, *title;     /* "": nobody's */
} hosts[] = {
	{ "smtp.fastmail.com", "Fastmail" },
	{ "SMTP.Mail.RU", "Mail.ru" },
	{ "example-org.mail.protection.outlook.com", "Microsoft 365" },
	{ "email-smtp.eu-west-1.amazonaws.com", "Amazon SES" },
	{ "ec2-192-0-2-1.compute.amazonaws.com", "" },     /* somebody's own server */
	{ "email-smtp.amazonaws.com.example.org", "" },
	{ "email-smtp.amazonaws.com", "" },
	{ "smtp.fastmail.com.example.org", "" },
	{ "mail.smtp.fastmail.com", "" },
	{ "", "" },
};

int main(void)
{
	tap_plan(TAP_ROWS(hosts) + 2 * (int)smarthost_provider_rows);
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		const struct smarthost_provider *p = smarthost_provider_of(span_of(hosts[i].host));
		is_text(p ? p->title : "", hosts[i].title, "\"%s\"", hosts[i].host);
	}
	for (size_t i = 0; i < smarthost_provider_rows; i++) {
		const struct smarthost_provider *p = &smarthost_provider_table[i];
		struct span rest = span_of(p->hosts), word = span_word(&rest);
		bool is_one = memchr(word.at, '*', word.len) || word.at[0] == '.' || smarthost_provider_of(word) == p;
		char *wrong = spf_mechanism_error(span_of(p->spf));
		is_text(wrong ? wrong : "", "", "%s: %s is a mechanism", p->title, p->spf);
		ok(is_one && p->source[0], "and its hosts are no other's");
		free(wrong);
	}
	return tap_done();
}
