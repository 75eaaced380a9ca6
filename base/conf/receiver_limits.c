/* SPDX-License-Identifier: ISC */
#include "base/conf/receiver_limits.h"

#include "base/mail/address.h"
#include "base/units.h"

#define KUMO_SHAPING   "KumoMTA, assets/policy-extras/shaping.toml"
#define KUMO_COMMUNITY "KumoMTA, assets/community/shaping.toml"

/* Where a receiver publishes no numbers, those that another MTA's authors have for it. */
static const struct receiver_limits rows[] = {
	{ { "orange.fr", "wanadoo.fr" }, "Orange", .sessions = 2, .messages = 100,
	  .source = "suped.com, limits of wanadoo.fr and orange.fr: OFR004_104 (too many connections) from 3 on; "
	            "postmastery.com says 3 a host" },
	{ { "laposte.net" }, "La Poste", .sessions = 2, .messages = 100, .source = "bentonow.com/smtp-errors/laposte" },
	{ { "google.com", "googlemail.com" }, "Google", .sessions = 5, .messages = 50, .source = KUMO_SHAPING },
	{ { "yahoodns.net" }, "Yahoo and AOL", .messages = 20, .source = "help.yahoo.com/kb/SLN3433.html" },
	{ { "yahoo.co.jp" }, "Yahoo Japan", .sessions = 2, .messages = 20, .rate = { 10, SECOND_MS }, .source = KUMO_COMMUNITY },
	{ { "olc.protection.outlook.com", "mail.protection.outlook.com", "mx.microsoft" }, "Microsoft",
	  .sessions = 5, .messages = 50, .source = KUMO_SHAPING },
	{ { "icloud.com" }, "iCloud", .sessions = 10, .messages = 5, .source = KUMO_SHAPING },
	{ { "comcast.net" }, "Comcast", .sessions = 25, .messages = 1000, .recipients = 100,
	  .source = "postmaster.comcast.net (sessions, recipients); " KUMO_SHAPING " (messages)" },
	{ { "gmx.net", "web.de" }, "GMX and WEB.DE", .sessions = 4, .messages = 20, .source = KUMO_COMMUNITY },
	{ { "mail.com" }, "mail.com", .messages = 100, .source = KUMO_SHAPING },
	{ { "mimecast.com", "mimecast.co.za", "mimecast-offshore.com" }, "Mimecast", .sessions = 10, .messages = 100,
	  .source = KUMO_SHAPING },
	{ { "barracudanetworks.com" }, "Barracuda", .sessions = 10, .messages = 15, .source = KUMO_COMMUNITY },
	{ { "kpnmail.nl" }, "KPN", .sessions = 10, .messages = 10, .source = KUMO_COMMUNITY },
	{ { "netvigator.com" }, "Netvigator", .sessions = 5, .messages = 10, .source = KUMO_COMMUNITY },
	{ { "qq.com" }, "QQ", .sessions = 4, .messages = 8, .source = KUMO_COMMUNITY },
	{ { "netease.com" }, "NetEase (163, 126)", .sessions = 4, .messages = 7, .source = KUMO_COMMUNITY },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

const struct receiver_limits *receiver_limits_of(struct span host)
{
	host = domain_without_dot(host);
	for (size_t i = 0; i < ROWS; i++)
		for (size_t k = 0; k < RECEIVER_SUFFIXES_MAX && rows[i].suffixes[k]; k++)
			if (domain_is_within(host, span_of(rows[i].suffixes[k])))
				return &rows[i];
	return NULL;
}

const struct receiver_limits *receiver_limits_row(size_t number)
{
	return number < ROWS ? &rows[number] : NULL;
}
