/* SPDX-License-Identifier: ISC */
#include "base/mail/refusal_table.h"

#include <stdio.h>

/* ---- sources ---- */

#define POSTFIX    "Postfix, postconf(5) and access(5)"
#define YAHOO      "https://senders.yahooinc.com/smtp-error-codes"
#define AOL        "https://postmaster.aol.com/error-codes"
#define OUTLOOK    "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx"
#define EXCHANGE   "https://learn.microsoft.com/exchange/mail-flow-best-practices/" \
                   "non-delivery-reports-in-exchange-online"
#define GOOGLE     "https://support.google.com/a/answer/3726730"
#define GOOGLE_OLD "https://support.google.com/mail/answer/81126"
#define SPAMCOP    "https://www.spamcop.net/bl.shtml"
#define TRENDMICRO "https://servicecentral.trendmicro.com"
#define SPAMHAUS   "https://www.spamhaus.org/blocklists"
#define MIMECAST   "https://community.mimecast.com/s/article/email-security-cloud-gateway-mimecast-smtp-error-codes"
#define PROOFPOINT "https://ipcheck.proofpoint.com"
#define TELEKOM    "https://postmaster.t-online.de/index.en.html"
#define GMX        "https://postmaster.gmx.net/en/error-messages"
#define APPLE      "https://support.apple.com/en-us/102322"
#define COMCAST    "https://postmaster.comcast.net/mail-error-codes.html"
#define ATT        "http://rbl.att.net/block_enduser.html"
#define ORANGE     "https://www.postmastery.com/orange-postmaster-smtp-error-codes-ofr"
#define COX        "https://www.cox.com/residential/support/email-error-codes.html"
#define SPECTRUM   "https://www.spectrum.net/support/internet/understanding-email-error-codes"
#define GODADDY    "https://www.godaddy.com/help/fix-rejected-email-with-a-bounce-error-40685"
#define QQ         "https://service.mail.qq.com"
#define NETEASE    "http://mail.163.com/help/help_spam_16.htm"
#define COREMAIL   "https://blog.sina.com.cn/s/blog_8dc13ec50101fxxr.html (Coremail, list of codes)"
#define FACEBOOK   "https://www.facebook.com/postmaster/response_codes"
#define SYMANTEC   "https://knowledge.broadcom.com/external/article/164955"
#define EXIM       "Exim, specification, chapter 43 (access control lists)"
#define SENDMAIL   "Sendmail, srvrsmtp.c and cf/m4/proto.m4"
#define QMAIL      "qmail, qmail-smtpd.c"
#define RACKSPACE  "https://smtp.codes/rackspace"
#define RSPAMD     "https://docs.rspamd.com/modules/greylisting"
#define CISCO      "https://talosintelligence.com"
#define BOUNCES    "https://github.com/zone-eu/zone-mta/blob/master/config/bounces.txt"
#define SISIMAI    "https://github.com/sisimai/p5-sisimai/tree/master/lib/Sisimai/Reason"
#define FIELD      "https://smtpfieldmanual.com"
#define KUMO       "https://github.com/KumoCorp/kumomta/blob/main/assets/community/bounces.toml"
#define RFC_AUTH   "RFC 7372 section 3"
#define RFC_TLS    "RFC 3207 section 4"

/*
 * Lists of domains come first: they are about the mail or its sender, even
 * where the reply speaks of a blocked client. Then what is about the address
 * beyond doubt; then all the rest, the particular before the general. What any
 * server may say in its own words is not here but in refusal_words.c.
 */
const struct known_refusal refusal_table[] = {
	/* ---- a list that does not answer the receiver: nothing is known of the mail ---- */
	{ "", "", "query refused", "unknown", "URIBL", "https://uribl.com/refused.shtml" },
	{ "", "", "open resolver", "unknown", "Spamhaus", SPAMHAUS },
	{ "", "", "spamhaus.org/returnc/", "unknown", "Spamhaus", SPAMHAUS },
	{ "", "", "dnsbl lookup fail", "unknown", "many", EXIM },
	{ "", "", "rbl lookup fail", "unknown", "many", EXIM },
	{ "", "", "blacklist lookup err", "unknown", "many", EXIM },
	{ "", "", "blacklist lookup fail", "unknown", "many", EXIM },
	{ "", "", "dnsbl lookup err", "unknown", "many", EXIM },
	{ "", "", "temporary lookup failure of", "unknown", "Sendmail", SENDMAIL },
	{ "", "", "excessive number of queries", "unknown", "Spamhaus", SPAMHAUS },

	/* ---- lists of domains ---- */
	{ "", "", "sender address [*blocked using", "domain-listed", "Postfix", POSTFIX },
	{ "", "", "recipient address [*blocked using", "recipient-domain-listed", "Postfix", POSTFIX },
	{ "", "", "helo command [*blocked using", "helo-listed", "Postfix", POSTFIX },
	{ "", "", "helo domain is listed", "helo-listed", "Microsoft 365", FIELD },
	{ "", "", "mailfrom domain is listed", "domain-listed", "Microsoft 365", FIELD },
	{ "", "", "dbl.spamhaus.org", "link", "Spamhaus DBL", SPAMHAUS },
	{ "", "", "spamhaus dbl", "link", "Apple", APPLE },
	{ "", "", "spamhaus.org/dbl", "link", "Spamhaus DBL", SPAMHAUS },
	{ "", "", "spamhaus.org/query/d", "link", "Spamhaus DBL", SPAMHAUS },
	{ "", "", "surbl", "link", "SURBL", "https://surbl.org" },
	{ "", "", "uribl", "link", "URIBL", "https://uribl.com" },
	{ "", "", "unusual rate of*containing one of your url domains", "link", "Gmail", GOOGLE },
	{ "", "", "unusual rate of*originating from your dkim domain", "domain-distrusted", "Gmail", GOOGLE },
	{ "", "", "unusual rate of*originating from your spf domain", "domain-distrusted", "Gmail", GOOGLE },
	{ "", "", "very low reputation of the sending domain", "domain-distrusted", "Gmail", GOOGLE },
	{ "", "", "poor reputation of a domain", "domain-distrusted", "Cisco", KUMO },
	{ "5##", "", "invalid sender. your domain has been blacklisted", "domain-listed", "Orange", KUMO },

	/* ---- rates that speak of reputation too ---- */
	{ "4##", "", "has exceeded the rate limit allowed", "rate", "Outlook.com", OUTLOOK },
	{ "4##", "", "organization queue quota exceeded", "unknown", "Microsoft 365", FIELD },

	/* ---- the address: Yahoo, AOL ---- */
	{ "", "", "[tss##] messages from*deferred", "distrusted", "Yahoo", YAHOO },
	{ "", "", "[tss##] all messages from*deferred", "distrusted-yahoo", "Yahoo", YAHOO },
	{ "", "", "[tss##] connections*not*accepted from", "listed-spamhaus", "Yahoo", BOUNCES },
	{ "", "", "[ts##] messages from*deferred", "distrusted", "Yahoo", YAHOO },
	{ "", "", "[ts##] all messages from*deferred", "distrusted-yahoo", "Yahoo", YAHOO },
	{ "", "", "[ipts##] messages from*deferred", "distrusted", "Yahoo", YAHOO },
	{ "5##", "", "[bl##] connections*not*accepted from", "listed-spamhaus", "Yahoo", YAHOO },
	{ "", "", "(rtr:rd", "no-ptr", "AOL", AOL },
	{ "", "", "(rtr:ch", "content", "AOL", AOL },
	{ "", "", "(rtr:ge", "unknown", "AOL", AOL },
	{ "", "", "(rtr:du", "dynamic", "AOL", AOL },
	{ "", "", "(rtr:bb", "dynamic", "AOL", AOL },
	{ "", "", "(rtr:", "distrusted", "AOL", AOL },
	{ "", "", "(con:b", "distrusted", "AOL", AOL },
	{ "", "", "(rly:ir", "dynamic", "AOL", AOL },
	{ "", "", "(rly:b1", "rate", "AOL", AOL },
	{ "", "", "(rly:bl", "distrusted", "AOL", AOL },
	{ "", "", "(rly:ch", "spam", "AOL", AOL },
	{ "", "", "(rly:sn", "sender-refused", "AOL", AOL },
	{ "4##", "", "\bvs1-ip\b", "open-relay", "Yahoo", BOUNCES },
	{ "4##", "", "\bvs1-mf\b", "sender-refused", "Yahoo", BOUNCES },
	{ "", "", "(dns:n", "no-ptr", "AOL", AOL },
	{ "", "", "(dyn:t", "rate", "AOL", AOL },
	{ "", "", "(hvu:b", "link", "AOL", AOL },
	{ "", "", "(dmarc:", "dmarc", "AOL", AOL },

	/* ---- the address: Microsoft ---- */
	{ "5##", "", "messages from*weren't sent*on our block list", "listed-outlook", "Outlook.com", OUTLOOK },
	{ "5##", "", "we generally do not accept email from dynamic ip", "dynamic", "Outlook.com", OUTLOOK },
	{ "5##", "", "\bdy-00#", "dynamic", "Outlook.com", OUTLOOK },
	{ "5##", "", "\bou-001", "listed-outlook", "Outlook.com", OUTLOOK },
	{ "5##", "", "\bsc-00#", "listed-outlook", "Outlook.com", OUTLOOK },
	{ "5##", "", "\bou-002", "spam", "Outlook.com", OUTLOOK },
	{ "4##", "", "has been temporarily rate limited due to ip reputation", "listed-outlook", "Outlook.com", OUTLOOK },
	{ "5##", "", "access denied, banned sending ip", "listed-microsoft", "Microsoft 365", EXCHANGE },
	{ "5##", "", "access denied, banned sender[", "banned-microsoft", "Microsoft 365", EXCHANGE },
	{ "5##", "", "access denied, banned sender", "sender-refused", "Microsoft 365", EXCHANGE },
	{ "4##", "4.7.###", "access denied, please try again later", "suspended-microsoft", "Microsoft 365", EXCHANGE },
	{ "5##", "", "blocked from sending from unregistered domains", "sender-refused", "Microsoft 365", EXCHANGE },
	{ "5##", "", "access denied, traffic not accepted from this ip", "not-known", "Microsoft 365", EXCHANGE },
	{ "5##", "5.7.507", "access denied, rejected by recipient", "refused-by-recipient", "Microsoft 365", EXCHANGE },
	{ "5##", "", "client host [*blocked*using customer block list", "refused-by-recipient", "Microsoft 365", EXCHANGE },
	{ "5##", "", "the sending ipv6 address*must have a reverse dns record", "no-ptr", "Microsoft 365", EXCHANGE },
	{ "5##", "", "does not accept email over ipv6", "no-ipv6", "Microsoft 365", EXCHANGE },

	/* ---- the address: Gmail ---- */
	{ "", "", "unusual rate of*originating from your ip", "distrusted", "Gmail", GOOGLE },
	{ "", "", "very low reputation of the sending ip", "distrusted", "Gmail", GOOGLE },
	{ "", "", "ip address sending this message does not have a ptr record", "no-ptr", "Gmail", GOOGLE },
	{ "5##", "", "is not authorized to send*mail directly to our servers", "dynamic", "Gmail", GOOGLE },
	{ "4##", "", "ip not in whitelist for rcpt domain", "not-on-allowlist", "Gmail", GOOGLE },
	{ "", "", "ipv6 sending guidelines", "ipv6-guidelines", "Gmail", GOOGLE_OLD },

	/* ---- the address: filters and lists ---- */
	{ "5##", "", "mail from ip*was rejected due to listing in spamhaus", "listed-spamhaus", "Apple", APPLE },
	{ "5##", "", "blocked - see*spamcop.net/bl.shtml", "listed-spamcop", "SpamCop", SPAMCOP },
	{ "", "", "blocked - see https://ipcheck.proofpoint.com/?ip=", "listed-proofpoint", "Proofpoint", PROOFPOINT },
	{ "", "", "blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=", "listed-proofpoint",
	  "Apple with Proofpoint", APPLE },
	{ "", "", "\bers-qil\b", "listed-trend-micro", "Trend Micro", TRENDMICRO },
	{ "", "", "\bers-rbl\b", "listed-trend-micro", "Trend Micro", TRENDMICRO },
	{ "", "", "\bers-dul\b", "dynamic", "Trend Micro", TRENDMICRO },
	{ "", "", "blocked using trend micro", "listed-trend-micro", "Trend Micro", TRENDMICRO },
	{ "", "", "csi.cloudmark.com", "listed-cloudmark", "Cloudmark", "https://csi.cloudmark.com/en/reset" },
	{ "", "", "client host [*blocked using", "listed", "Postfix with a blocklist", POSTFIX },
	{ "", "", "client [*blocked using", "listed", "postscreen with a blocklist", POSTFIX },
	{ "", "", "client host blocked using", "listed", "Barracuda", "https://www.barracudacentral.org/lookups" },
	{ "", "", "client host rejected: blocked using", "listed", "Postfix with a policy server", SISIMAI },
	{ "5##", "", "junkmail rejected*is in an rbl", "listed", "Exim with cPanel", EXIM },
	{ "5##", "", "rejected because*is in a black list at", "listed", "Exim", EXIM },
	{ "", "", "due to the sending mta's poor reputation", "listed-cisco", "Cisco", CISCO },
	{ "5##", "", "your access to submit messages to this e-mail system has been rejected", "listed-cisco", "Cisco",
	  BOUNCES },
	{ "5##", "", "local ct ip reputation", "not-known", "Mimecast", MIMECAST },
	{ "5##", "", "csi.mimecast.org poor reputation sender", "not-known", "Mimecast", MIMECAST },
	{ "4##", "", "ip temporarily blacklisted", "distrusted", "Mimecast", MIMECAST },
	{ "5##", "", "host network*not allowed", "network-refused", "Mimecast", MIMECAST },
	{ "5##", "", "ip address blacklisted by recipient", "refused-by-recipient", "Sendmail with a filter", SISIMAI },
	{ "5##", "", "rejected because bad ip", "listed", "many", "https://github.com/zone-eu/zone-mta/pull/239" },
	{ "5##", "", "spamblock.outblaze.com/" OUR_ADDRESS_MARK, "listed", "Outblaze", BOUNCES },
	{ "5##", "", "policy matched for " OUR_ADDRESS_MARK, "refused-host", "many",
	  "https://hardwaresecrets.com/understanding-email-bounce-messages/4" },
	{ "", "", "a domain, an ip address, or an email address", "unknown", "Sophos", "https://docs.sophos.com" },
	{ "", "", "currently sending spam see", "listed", "SORBS", BOUNCES },

	/* ---- the address: other receivers ---- */
	{ "5##", "", "ip=*none/bad reputation", "distrusted-telekom", "T-Online", TELEKOM },
	{ "", "", "\bip=*a problem occurred", "distrusted-telekom", "T-Online", TELEKOM },
	{ "5##", "", "\bip:*a problem occurred", "distrusted-telekom", "T-Online", TELEKOM },
	{ "5##", "", "ip address is black listed", "listed-gmx", "GMX, WEB.DE", GMX },
	{ "5##", "", "ip address is block listed", "listed-gmx", "GMX, WEB.DE", GMX },
	{ "", "", "bad dns ptr resource record", "no-ptr", "GMX, WEB.DE", GMX },
	{ "5##", "", "no smtp service reject due to policy restrictions", "listed-gmx", "GMX, WEB.DE",
	  "https://hilfe.udmedia.de (GMX, WEB.DE)" },
	{ "", "", "invalid dns mx or a/aaaa resource record", "sender-domain", "GMX, WEB.DE", GMX },
	{ "", "", "comcast block for spam", "distrusted-comcast", "Comcast", COMCAST },
	{ "", "", "comcast requires that all mail servers must have a ptr record", "no-ptr", "Comcast", COMCAST },
	{ "", "", "\bbl0000##", "distrusted-comcast", "Comcast", COMCAST },
	{ "5##", "", "dnsbl:*521*is_blocked", "distrusted-att", "AT&T", ATT },
	{ "5##", "", "connections not accepted from servers without a valid sender*fix reverse dns", "no-ptr", "AT&T",
	  ATT },
	{ "", "", "client host blocked for spamming issues", "listed-cloudmark", "Orange", ORANGE },
	{ "", "", "ofr*_102\b", "listed-cloudmark", "Orange", ORANGE },
	{ "", "", "ofr*_405\b", "sender-refused", "Orange", ORANGE },
	{ "", "", "lpn###_421\b", "sender-refused", "La Poste", ORANGE },
	{ "", "", "ofr*_103\b", "distrusted", "Orange", ORANGE },
	{ "", "", "lpn###_102\b", "distrusted", "La Poste", ORANGE },
	{ "", "", "lpn###_510\b", "distrusted", "La Poste", ORANGE },
	{ "", "", "\bsfr_in_103\b", "distrusted", "SFR", "https://github.com/AssoConnect (BounceTypeResolver)" },
	{ "", "", "\bgu_eib_##", "distrusted", "SFR", SISIMAI },
	{ "", "", "too many spams from your ip", "distrusted", "Free", "https://postmaster.free.fr" },
	{ "4##", "", "received too many messages from a new or untrusted ip", "distrusted", "Rackspace", RACKSPACE },
	{ "", "", "\baup*cxbl", "distrusted-cox", "Cox", COX },
	{ "", "", "\baup*cdrbl", "distrusted-cox", "Cox", COX },
	{ "", "", "\baup*cxdns", "no-ptr", "Cox", COX },
	{ "", "", "\baup*cxsndr", "unproved", "Cox", COX },
	{ "", "", "\baup*cxcnct", "rate", "Cox", COX },
	{ "", "", "\baup*cxmxrt", "rate", "Cox", COX },
	{ "", "", "\baup*cxinrcp", "unknown", "Cox", COX },
	{ "", "", "\baup*mms", "sender-refused", "AT&T", KUMO },
	{ "", "", "\baup*ipbl", "listed", "Cox", COX },
	{ "", "", "\baup*urlbl", "link", "Cox", COX },
	{ "", "", "\baup*-1000\b", "distrusted", "Spectrum", SPECTRUM },
	{ "", "", "" OUR_ADDRESS_MARK " blocked*\baup*-10#0\b", "distrusted", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1090\b", "unknown", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-10#0\b", "sender-refused", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1160\b", "unknown", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1170\b", "unknown", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1180\b", "unknown", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1190\b", "unknown", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-11#0\b", "no-ptr", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1200", "listed-cloudmark", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1210", "listed-cloudmark", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1260\b", "no-ipv6", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-12#0\b", "listed", "Spectrum", SPECTRUM },
	{ "", "", "sender rejected*\baup*-13#0\b", "sender-refused", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-13#0\b", "rate", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-14#0\b", "rate", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1500\b", "sender-refused", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1520\b", "sender-refused", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1530\b", "size", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1540\b", "rate", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1550\b", "recipients", "Spectrum", SPECTRUM },
	{ "", "", "\baup*-1580\b", "rate", "Spectrum", SPECTRUM },
	{ "", "", "\bib103\b", "listed-cloudmark", "GoDaddy", GODADDY },
	{ "", "", "\bib104\b", "listed-spamhaus", "GoDaddy", GODADDY },
	{ "", "", "\bib105\b", "listed-spamhaus", "GoDaddy", GODADDY },
	{ "", "", "\bib106\b", "listed-spamhaus", "GoDaddy", GODADDY },
	{ "", "", "\bib108\b", "no-ptr", "GoDaddy", GODADDY },
	{ "", "", "\bib11#\b", "distrusted", "GoDaddy", GODADDY },
	{ "", "", "\bib212\b", "spam", "GoDaddy", GODADDY },
	{ "", "", "\bib501\b", "form", "GoDaddy", GODADDY },
	{ "", "", "\bib502\b", "form", "GoDaddy", GODADDY },
	{ "", "", "\bib506\b", "sender-domain", "GoDaddy", GODADDY },
	{ "", "", "\bib508\b", "spf", "GoDaddy", GODADDY },
	{ "4##", "", "\bcon-t#\b", "rate", "Facebook", FACEBOOK },
	{ "", "", "\bmsg-p1\b", "size", "Facebook", FACEBOOK },
	{ "", "", "\bmsg-p2\b", "attachment", "Facebook", FACEBOOK },
	{ "", "", "\bmsg-p3\b", "form", "Facebook", FACEBOOK },
	{ "", "", "\bmsg-t1\b", "recipients", "Facebook", FACEBOOK },
	{ "", "", "\bdns-t1\b", "sender-domain", "Facebook", FACEBOOK },
	{ "", "", "\bpol-p1\b", "listed-spamhaus", "Facebook", FACEBOOK },
	{ "", "", "\bpol-p2\b", "distrusted", "Facebook", FACEBOOK },
	{ "", "", "\bpol-p3\b", "distrusted", "Facebook", FACEBOOK },
	{ "", "", "\bpol-p4\b", "distrusted", "Facebook", FACEBOOK },
	{ "", "", "\bpol-t#\b", "distrusted", "Facebook", FACEBOOK },
	{ "", "", "\bpol-p5\b", "virus", "Facebook", FACEBOOK },
	{ "", "", "\bpol-p6\b", "link", "Facebook", FACEBOOK },
	{ "", "", "\bpol-p7\b", "content", "Facebook", FACEBOOK },
	{ "", "", "\bdns-p3\b", "no-ptr", "Facebook", FACEBOOK },
	{ "", "", "\bdns-t2\b", "no-ptr", "Facebook", FACEBOOK },
	{ "", "", "\bdns-p#\b", "sender-domain", "Facebook", FACEBOOK },
	{ "", "", "\brcp-p1\b", "no-mailbox", "Facebook", FACEBOOK },
	{ "", "", "\brcp-p#\b", "unknown", "Facebook", FACEBOOK },
	{ "", "", "\brcp-t#\b", "unknown", "Facebook", FACEBOOK },
	{ "5##", "", "connection rejected by policy", "distrusted", "Symantec", SYMANTEC },
	{ "", "", "hl:icc", "rate", "NetEase", NETEASE },
	{ "", "", "hl:if", "rate", "NetEase", NETEASE },
	{ "", "", "hl:itc", "rate", "NetEase", NETEASE },
	{ "", "", "\bhl:", "distrusted", "NetEase", NETEASE },
	{ "", "", "dt:rbl", "listed", "NetEase", NETEASE },
	{ "", "", "dt:sum", "spoofed", "NetEase", NETEASE },
	{ "", "", "dt:spm", "spam", "NetEase", NETEASE },
	{ "", "", "wm:bli", "distrusted", "NetEase", NETEASE },
	{ "", "", "wm:blu", "sender-refused", "NetEase", NETEASE },
	{ "", "", "mi:spb", "sender-refused", "NetEase", NETEASE },
	{ "", "", "mi:dmc", "rate", "NetEase", NETEASE },
	{ "", "", "mi:stc", "rate", "NetEase", NETEASE },
	{ "", "", "mi:sfq", "rate", "NetEase", NETEASE },
	{ "", "", "mi:spf", "spf", "NetEase", NETEASE },
	{ "", "", "mi:dma", "dmarc", "NetEase", NETEASE },
	{ "", "", "rp:rdn", "no-ptr", "NetEase", NETEASE },
	{ "", "", "rp:drc", "recipients", "NetEase", NETEASE },
	{ "", "", "rp:qrc", "rate", "NetEase", NETEASE },
	{ "", "", "rp:trc", "rate", "NetEase", NETEASE },
	{ "", "", "rp:rcl", "recipients", "NetEase", NETEASE },
	{ "", "", "rp:frl", "relay", "NetEase", NETEASE },
	{ "5##", "", "openrelay check", "open-relay", "Coremail", COREMAIL },
	{ "5##", "", "smtpport check error", "refused-host", "Coremail", COREMAIL },
	{ "5##", "", "remote ip check error", "spf", "Coremail", COREMAIL },
	{ "5##", "", "suspected bounce attacks", "spam", "QQ", QQ },
	{ "", "", "spam_suspect:ip_control", "distrusted", "Paran", BOUNCES },
	{ "", "", "\blib_120\b", "no-ptr", "Libero", SISIMAI },
	{ "", "", "\blib_420\b", "sender-domain", "Libero", SISIMAI },
	{ "5##", "", "helo is adsl or dial", "dynamic", "Postfix with a policy server", SISIMAI },
	{ "5##", "5.7.508", "has exceeded permitted limits within", "rate", "Microsoft 365", EXCHANGE },
	{ "", "", "suspected spam ip", "distrusted", "QQ", QQ },
	{ "", "", "blocked by ivmsip", "listed", "Invaluement", KUMO },
	{ "5##", "", "esmtp not accepting connections", "refused-host", "Apple", APPLE },
	{ "5##", "", "insecure mail relay", "open-relay", "Sendmail", SISIMAI },
	{ "5##", "", "your ip identified as spammer", "distrusted", "many", BOUNCES },

	/* ---- the address: servers in wide use ---- */
	{ "", "", "client host rejected: cannot find your", "no-ptr", "Postfix", POSTFIX },
	{ "5##", "", "client host rejected: access denied", "refused-by-recipient", "Postfix", POSTFIX },
	{ "5##", "", "you are not allowed to connect", "refused-host", "Barracuda", BOUNCES },
	{ "", "", "unverifyable sending ips", "no-ptr", "many", SISIMAI },
	{ "", "", "unresolvable relay host name", "no-ptr", "many", SISIMAI },
	{ "5##", "", "mail from [*mismatches client ip", "spf", "many", SISIMAI },
	{ "", "", "mismatches client ip", "no-ptr", "many", SISIMAI },

	{ "", "", "relaying denied. ip name lookup failed", "relay", "Sendmail", SENDMAIL },

	/* ---- authentication ---- */
	{ "", "", "duplicate header 'dkim-signature'", "form", "GMX, WEB.DE", SISIMAI },
	{ "", "", "authenticate with either spf or dkim", "unproved", "Gmail, Yahoo", GOOGLE },
	{ "", "", "authenticate*with spf", "spf", "Gmail", GOOGLE },
	{ "", "", "authenticate*with dkim", "dkim", "Gmail", GOOGLE },
	{ "", "", "fails to pass authentication checks", "unproved", "Gmail", GOOGLE },
	{ "", "", "spf record with a hard fail policy", "spf", "Gmail", GOOGLE },
	{ "", "", "spf record of the sending domain has*suspicious", "spf-suspicious", "Gmail", GOOGLE },
	{ "", "", "aligned with either the authenticated spf or dkim", "alignment", "Gmail", GOOGLE },
	{ "", "", "doesn't have a dmarc record", "no-dmarc", "Gmail", GOOGLE },
	{ "", "", "does not meet the required authentication level", "bulk-sender", "Outlook.com", OUTLOOK },
	{ "", "", "must pass either spf or dkim validation", "unproved", "Microsoft 365", EXCHANGE },
	{ "", "", "pass dmarc verification", "dmarc", "Microsoft 365", EXCHANGE },
	{ "", "", "failing both spf and dkim", "unproved", "Apple", APPLE },
	{ "", "", "anti-spoofing policy", "spoofed", "Mimecast", MIMECAST },
	{ "", "", "dkim sender invalid", "dkim-key", "Mimecast", MIMECAST },
	{ "", "", "access denied, bad helo", "helo", "Microsoft 365", EXCHANGE },
	{ "", "", "helo/ehlo argument", "helo", "Gmail", GOOGLE },
	{ "5##", "", "invalid ip for sending mail of domain", "spf", "many", SISIMAI },

	{ "", "", "\bdmarc", "dmarc", "many", RFC_AUTH },
	{ "", "", "\bspf\b", "spf", "many", RFC_AUTH },
	{ "", "", "openspf", "spf", "many", "http://www.openspf.org" },
	{ "", "", "sender policy framework", "spf", "many", RFC_AUTH },
	{ "", "", "\bdkim", "dkim", "many", RFC_AUTH },
	{ "", "", "spoof", "spoofed", "many", KUMO },

	/* ---- TLS ---- */
	{ "", "", "wasn't sent over a tls connection", "tls", "Gmail", GOOGLE },
	{ "", "", "tls required for rcpt domain", "tls", "Gmail", GOOGLE },
	{ "", "", "this route requires", "tls", "Mimecast", MIMECAST },
	{ "530", "", "must issue a starttls command first", "tls", "many", RFC_TLS },

	/* ---- the sender ---- */
	{ "", "", "sender address blocked", "sender-refused", "Mimecast", MIMECAST },
	{ "5##", "", "envelope blocked", "sender-refused", "Mimecast", MIMECAST },
	{ "5##", "", "header based*blocked senders", "sender-refused", "Mimecast", MIMECAST },
	{ "", "", "sender verif*failed", "sender-unverified", "Exim", EXIM },
	{ "", "", "postmaster verification failed", "sender-unverified", "Exim", EXIM },
	{ "", "", "domain of sender address*does not exist", "sender-domain", "Sendmail", SENDMAIL },
	{ "", "", "sender address rejected: not owned by user", "sender-not-owned", "Postfix", POSTFIX },
	{ "", "", "sender address rejected: not logged in", "sender-not-owned", "Postfix", POSTFIX },
	{ "5##", "", "sender*not owned", "sender-not-owned", "many", POSTFIX },
	{ "5##", "", "not same as smtp authenticate username", "sender-not-owned", "iRedMail",
	  "https://github.com/iredmail/iRedAPD/blob/master/libs/__init__.py" },
	{ "", "", "sender address rejected: domain not found", "sender-domain", "Postfix", POSTFIX },
	{ "", "", "badmailfrom", "sender-refused", "qmail", QMAIL },

	/* ---- content ---- */
	{ "521", "5.2.1", "will not accept delivery of this message", "content", "AOL", AOL },
	{ "5##", "", "has been blocked. file quarantined", "attachment", "MailGate", SISIMAI },
	{ "", "", "nature of the content", "spam", "Gmail", GOOGLE },
	{ "", "", "likely unsolicited mail", "spam", "Gmail", GOOGLE },
	{ "", "", "has a policy that prohibited", "unknown", "Gmail", GOOGLE },
	{ "", "", "potential security issue", "attachment", "Gmail", GOOGLE },
	{ "", "", "detected an illegal attachment", "attachment", "Gmail", GOOGLE },
	{ "", "", "messages with multiple addresses in from: header", "form", "Gmail", GOOGLE },
	{ "421", "", "message temporarily deferred - ", "content", "Yahoo", YAHOO },
	{ "5##", "", "not accepted for policy reasons", "content", "Yahoo", YAHOO },
	{ "5##", "", "message rejected due to local policy", "content", "Apple", APPLE },
	{ "5##", "", "content examination policy", "content", "Mimecast", MIMECAST },
	{ "5##", "", "rejected due to security policies", "virus", "Mimecast", MIMECAST },
	{ "5##", "", "reject due to policy restrictions", "content", "GMX, WEB.DE", GMX },
	{ "5##", "", "mail rejected. ofr_506", "spam", "Orange", ORANGE },

	/* ---- greylisting and rate: the words of those who do not say so ---- */
	{ "4##", "", "[gl##] message from", "greylisting", "Yahoo", YAHOO },
	{ "4##", "", "\bmessage from (*temporarily deferred - ", "greylisting", "Yahoo", YAHOO },
	{ "451", "", "internal resource*temporarily unavailable", "greylisting", "Mimecast", MIMECAST },
	{ "451", "", "recipient temporarily unavailable", "greylisting", "Mimecast", MIMECAST },
	{ "451", "", "service is currently unavailable. please come back later", "greylisting", "Yandex",
	  "https://yandex.com/support/mail" },
	{ "451", "4.7.1", "try again later", "greylisting", "Rspamd", RSPAMD },
	{ "421", "", "try again later, closing connection", "rate", "Gmail", GOOGLE },
	{ "4##", "", "server busy. please try again later from [", "rate", "Microsoft 365", EXCHANGE },

	/* ---- relay ---- */
	{ "", "", "improper use of smtp command pipelining", "protocol", "Postfix", POSTFIX },
	{ "", "", "open relay not allowed", "relay", "Mimecast", MIMECAST },
	{ "", "", "invalid credentials for relay", "relay", "Gmail", GOOGLE },
	{ "", "", "client was not authenticated to send anonymous mail", "login-wanted", "Microsoft 365", EXCHANGE },
	{ "", "", "restrictdomainstoipaddresses", "relay", "Microsoft 365", EXCHANGE },
	{ "", "", "resolver.rst.authrequired", "unknown", "Exchange", EXCHANGE },
	{ "", "", "resolver.rst.sendernotauth", "unknown", "Exchange", EXCHANGE },

	/* ---- the mailbox ---- */
	{ "5##", "", "account that you tried to reach does not exist", "no-mailbox", "Gmail", GOOGLE },
	{ "", "", "out of storage space", "mailbox-full", "Gmail", GOOGLE },
	{ "", "", "that you tried to reach is over quota", "mailbox-full", "Gmail", GOOGLE },
	{ "5##", "", "account that you tried to reach is", "mailbox-closed", "Gmail", GOOGLE },
	{ "5##", "", "this user doesn't have a*account", "no-mailbox", "Yahoo", YAHOO },
	{ "5##", "", "mailbox is disabled", "mailbox-closed", "Yahoo", YAHOO },
	{ "5##", "", "recipient address rejected: access denied", "no-mailbox", "Microsoft 365", EXCHANGE },
	{ "5##", "", "unknown or illegal alias", "no-mailbox", "Apple", APPLE },
	{ "5##", "", "inactive email address", "mailbox-closed", "Apple", APPLE },
	{ "552", "", "too much mail data", "mailbox-full", "NTT Docomo", SISIMAI },
	{ "5##", "", "not our customer", "no-mailbox", "Comcast", COMCAST },
};

const size_t refusal_table_rows = sizeof refusal_table / sizeof refusal_table[0];

const struct known_refusal *refusal_row(size_t index)
{
	return index < refusal_table_rows ? &refusal_table[index] : NULL;
}

const struct known_refusal *refusal_table_find(unsigned code, const struct refusal_text *t)
{
	char digits[4];

	snprintf(digits, sizeof digits, "%03u", code % 1000);
	for (size_t i = 0; i < refusal_table_rows; i++) {
		const struct known_refusal *row = &refusal_table[i];
		if (refusal_code_fits(row->code, digits) && refusal_code_fits(row->status, t->status) &&
		    (row->text[0] == '\0' || refusal_text_has(t, row->text)))
			return row;
	}
	return NULL;
}
