/* SPDX-License-Identifier: ISC */
#include "trust/blocklist.h"

#include "trust/reverse.h"

static const struct blocklist_code zen_codes[] = {
	{ 2, 2, BLOCKLIST_LISTED, "SBL: Spamhaus has seen spam from it or its network" },
	{ 3, 3, BLOCKLIST_LISTED, "CSS: it has sent mail like that of spammers, or has no sound HELO or PTR" },
	{ 4, 7, BLOCKLIST_LISTED, "XBL: it is infected or abused, such as by malware or an open proxy" },
	{ 9, 9, BLOCKLIST_LISTED, "DROP: the whole network is taken for hijacked or criminal" },
	{ 10, 10, BLOCKLIST_POLICY, "PBL: the provider says that its customers send no mail directly" },
	{ 11, 11, BLOCKLIST_POLICY, "PBL: the network is taken for one of customers' lines" },
	{ 30, 30, BLOCKLIST_LISTED, "listed by Spamhaus" },
};

static const struct blocklist_code dbl_codes[] = {
	{ 2, 2, BLOCKLIST_LISTED, "a domain of spam" },
	{ 4, 4, BLOCKLIST_LISTED, "a domain of phishing" },
	{ 5, 5, BLOCKLIST_LISTED, "a domain of malware" },
	{ 6, 6, BLOCKLIST_LISTED, "a domain that controls bots" },
	{ 102, 106, BLOCKLIST_ABUSED, "a legitimate domain that is abused, such as by a web site that was broken into" },
};

static const struct blocklist_code spamcop_codes[] = {
	{ 2, 2, BLOCKLIST_LISTED, "SpamCop's users have reported mail from it" },
};

#define CODES(table) .codes = table, .code_count = sizeof (table) / sizeof (table)[0]
static const struct blocklist lists[] = {
	{ "zen.spamhaus.org", "Spamhaus ZEN", .by_default = true, .removal = "https://check.spamhaus.org/", CODES(zen_codes) },
	{ "bl.spamcop.net", "SpamCop", .by_default = true, .ipv4_alone = true, .removal = "https://www.spamcop.net/bl.shtml", CODES(spamcop_codes) },
	{ "dbl.spamhaus.org", "Spamhaus DBL", .of_domains = true, .by_default = true, .test = "dbltest.com", .clean = "invalid",
	  .removal = "https://check.spamhaus.org/", CODES(dbl_codes) },
	{ "dnsbl.sorbs.net", "SORBS", .ended = "in June 2024" },
	{ "ix.dnsbl.manitu.net", "NiX Spam", .ended = "in January 2025" },
	{ "db.wpbl.info", "WPBL", .ended = "some years ago" },
	{ "bl.virbl.bit.nl", "VIRBL", .ended = "some years ago" },
	{ "virbl.dnsbl.bit.nl", "VIRBL", .ended = "some years ago" },
	{ "combined.rbl.msrbl.net", "MSRBL", .ended = "some years ago" },
};
#undef CODES

enum { LISTS = sizeof lists / sizeof lists[0] };

const struct blocklist *blocklist_known(const char *zone)
{
	for (size_t i = 0; i < LISTS; i++)
		if (strcmp(lists[i].zone, zone) == 0)
			return &lists[i];
	return NULL;
}

const struct blocklist *blocklist_default(size_t i)
{
	for (size_t k = 0; k < LISTS; k++)
		if (lists[k].by_default && i-- == 0)
			return &lists[k];
	return NULL;
}

static enum blocklist_meaning refusal(uint8_t code, const char **words)
{
	*words = code == 252 ? "it says that its name is mistyped (127.255.255.252): correct blocklists in signet.conf" :
	         code == 254 ? "it does not answer public resolvers (127.255.255.254): ask it through a resolver of this host's own, by "
	                       "forwarders or resolv.conf" :
	         code == 255 ? "it has been asked too often from here (127.255.255.255)" : "it refuses to answer (127.255.255.0/24)";
	return BLOCKLIST_REFUSED;
}

enum blocklist_meaning blocklist_read(const struct blocklist *list, const char *answer, const char **words)
{
	struct ip_address a;

	*words = "the answer is not one that a blocklist gives: the list is gone, or somebody answers in its place";
	if (!ip_address_parse(span_of(answer), &a) || a.family != 4 || a.bytes[0] != 127)
		return BLOCKLIST_STRANGE;
	if (a.bytes[1] == 255 && a.bytes[2] == 255)
		return refusal(a.bytes[3], words);
	if (list && list->of_domains && a.bytes[2] == 1 && a.bytes[3] == 255) {
		*words = "it was asked about an address, which it does not know";
		return BLOCKLIST_STRANGE;
	}
	if (list == NULL || list->code_count == 0) {
		*words = "listed";
		return BLOCKLIST_LISTED;
	}
	*words = "the answer is not a code that this list has defined";
	if (a.bytes[1] != 0 || a.bytes[2] != (list->of_domains ? 1 : 0))
		return BLOCKLIST_STRANGE;
	for (size_t i = 0; i < list->code_count; i++)
		if (a.bytes[3] >= list->codes[i].first && a.bytes[3] <= list->codes[i].last) {
			*words = list->codes[i].words;
			return list->codes[i].meaning;
		}
	return BLOCKLIST_STRANGE;
}

void blocklist_name(const char *zone, const struct ip_address *a, struct buf *out)
{
	reverse_labels(a, out);
	buf_printf(out, ".%s", zone);
}

void blocklist_test_points(uint8_t family, struct ip_address *listed, struct ip_address *clean)
{
	if (family == 4) {
		*listed = (struct ip_address){ 4, { 127, 0, 0, 2 } };
		*clean = (struct ip_address){ 4, { 127, 0, 0, 1 } };
		return;
	}
	*listed = (struct ip_address){ 6, { [10] = 0xff, [11] = 0xff, [12] = 0x7f, [15] = 2 } };
	*clean = (struct ip_address){ 6, { [10] = 0xff, [11] = 0xff, [12] = 0x7f, [15] = 1 } };
}
