/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/buf.h"
#include "base/conf/receiver_limits.h"
#include "base/mail/address.h"

static const struct {
	const char *host, *receiver;   /* "": none */
} hosts[] = {
	{ "smtp-in.orange.fr", "Orange" }, { "SMTP-IN.Orange.FR.", "Orange" }, { "orange.fr", "Orange" },
	{ "smtp-in.wanadoo.fr", "Orange" }, { "notorange.fr", "" }, { "orange.fr.example", "" }, { "fr", "" }, { "", "" },
	{ ".", "" }, { "gmail-smtp-in.l.google.com", "Google" }, { "aspmx2.googlemail.com", "Google" }, { "google.co", "" },
	{ "mta5.am0.yahoodns.net", "Yahoo and AOL" }, { "mx-aol.mail.gm0.yahoodns.net", "Yahoo and AOL" },
	{ "mx1.mail.yahoo.co.jp", "Yahoo Japan" }, { "hotmail-com.olc.protection.outlook.com", "Microsoft" },
	{ "example-org.mail.protection.outlook.com", "Microsoft" }, { "example-org.x-v1.mx.microsoft", "Microsoft" },
	{ "protection.outlook.com", "" }, { "mx01.mail.icloud.com", "iCloud" }, { "mx2h1.comcast.net", "Comcast" },
	{ "mx00.gmx.net", "GMX and WEB.DE" }, { "mx-ha03.web.de", "GMX and WEB.DE" }, { "xweb.de", "" },
	{ "mx00.mail.com", "mail.com" }, { "mx00.hotmail.com", "" }, { "eu-smtp-inbound-1.mimecast.com", "Mimecast" },
	{ "d123.ess.barracudanetworks.com", "Barracuda" }, { "mx.kpnmail.nl", "KPN" }, { "mx3.qq.com", "QQ" },
	{ "163mx01.mxmail.netease.com", "NetEase (163, 126)" }, { "smtp-in.laposte.net", "La Poste" },
	{ "mx.netvigator.com", "Netvigator" }, { "mx.example.net", "" }, { "[192.0.2.1]", "" },
};

static void found_by_whole_labels(void)
{
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		const struct receiver_limits *r = receiver_limits_of(span_of(hosts[i].host));
		is_text(r ? r->receiver : "", hosts[i].receiver, "%s", hosts[i].host);
	}
}

/* What the settings themselves would take, and a place where a person can look it up. */
static void each_row_is_complete(void)
{
	const struct receiver_limits *r;
	size_t count = 0;

	for (; (r = receiver_limits_row(count)) != NULL; count++) {
		bool rate_fits = (r->rate.count > 0) == (r->rate.window_ms > 0);
		ok(r->receiver[0] && r->suffixes[0], "row %zu: %s", count, r->receiver);
		ok(strstr(r->source, "shaping.toml") || strstr(r->source, ".com") || strstr(r->source, ".net"), "%s: its source: %s",
		   r->receiver, r->source);
		ok(r->sessions + r->messages + r->recipients + r->rate.count > 0, "%s: it says something", r->receiver);
		ok(r->sessions <= 1000 && r->messages <= 1000000 && r->recipients <= 1000 && rate_fits, "%s: in bounds", r->receiver);
		for (size_t k = 0; k < RECEIVER_SUFFIXES_MAX && r->suffixes[k]; k++) {
			struct buf domain = { 0 };
			bool normal = domain_normalise(span_of(r->suffixes[k]), &domain) == 0;
			ok(normal && strcmp(buf_text(&domain), r->suffixes[k]) == 0, "%s: a domain", r->suffixes[k]);
			ok(receiver_limits_of(span_of(r->suffixes[k])) == r, "%s: no row before it has it", r->suffixes[k]);
			buf_free(&domain);
		}
	}
	is_int(count, 16, "so many receivers");
}

int main(void)
{
	tap_plan(146);
	found_by_whole_labels();
	each_row_is_complete();
	return tap_done();
}
