#pragma GCC diagnostic ignored "-Wmisleading-indentation"
#pragma GCC diagnostic ignored "-Wformat-truncation"
/* TEMPORARY ADAPTER */
#include "base/refusal.h"
#include <stdio.h>
#include <string.h>
struct known_reply { const char *code,*status,*text; enum refusal about; const char *receiver,*source,*means,*advice; };
extern const struct known_reply reply_table[]; extern const size_t reply_table_rows;


/* ---- sources ---- */

#define POSTFIX    "Postfix, postconf(5) and access(5)"
#define YAHOO      "https://senders.yahooinc.com/smtp-error-codes"
#define OUTLOOK    "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx"
#define EXCHANGE   "https://learn.microsoft.com/exchange/mail-flow-best-practices/" \
                   "non-delivery-reports-in-exchange-online"
#define GOOGLE     "https://support.google.com/a/answer/3726730"
#define GOOGLE_OLD "https://support.google.com/mail/answer/81126"
#define SPAMHAUS   "https://www.spamhaus.org/blocklists"
#define MIMECAST   "https://community.mimecast.com/s/article/email-security-cloud-gateway-mimecast-smtp-error-codes"
#define PROOFPOINT "https://ipcheck.proofpoint.com"
#define TELEKOM    "https://postmaster.t-online.de/index.en.html"
#define GMX        "https://postmaster.gmx.net/en/error-messages"
#define APPLE      "https://support.apple.com/en-us/102322"
#define COMCAST    "https://postmaster.comcast.net/mail-error-codes.html"
#define ATT        "http://rbl.att.net/block_enduser.html"
#define ORANGE     "https://www.postmastery.com/orange-postmaster-smtp-error-codes-ofr"
#define EXIM       "Exim, specification, chapter 43 (access control lists)"
#define RACKSPACE  "https://smtp.codes/rackspace"
#define RSPAMD     "https://docs.rspamd.com/modules/greylisting"
#define POSTGREY   "https://postgrey.schweikert.ch"
#define STATUS     "RFC 3463 section 3"
#define RFC_AUTH   "RFC 7372 section 3"
#define RFC_TLS    "RFC 3207 section 4"

/* ---- what several rows say ---- */

#define SAYS_LISTED "The address of the sending server is on a blocklist."
#define SAYS_DISTRUST "The receiver distrusts the address of the sending server."
#define SAYS_PTR "The address of the sending server has no name in the DNS that leads back to it (PTR)."
#define SAYS_DYNAMIC "The receiver takes no mail straight from addresses like that of the sending server."
#define SAYS_CONTENT "The receiver takes the mail for spam because of what it says."
#define SAYS_LINK "The mail names a domain that is on a blocklist."
#define SAYS_DOMAIN "The receiver distrusts the sender's domain."
#define SAYS_UNPROVED "The mail is not proved to be from its sender's domain (SPF, DKIM)."
#define SAYS_SPF "The sender's domain does not allow the sending server to send its mail (SPF)."
#define SAYS_DMARC "The mail fails the policy that the sender's domain has published (DMARC)."
#define SAYS_RATE "The receiver gets too much at once from the sending server or for that mailbox."
#define SAYS_GREY "The receiver puts unknown senders off for some minutes (greylisting)."
#define SAYS_RELAY "That server does not take mail for the recipient's domain."
#define SAYS_USER "There is no such mailbox at that domain."
#define SAYS_QUOTA "The recipient's mailbox is full."
#define SAYS_TLS "The receiver takes mail only over an encrypted connection."

#define DO_DELIST "Look the address up on the list the reply names, end what put it there, and ask for its removal."
#define DO_ASK(where) "Ask for the address's removal at " where ", and send through a smarthost until then."
#define DO_PTR "Have whoever assigned the address set its PTR to this host's name, and give that name the address."
#define DO_SMARTHOST "Send mail for this receiver through a smarthost (routes)."
#define DO_LESS "Send less unasked mail and fewer at a time; complaints are what such a block is made of."
#define DO_TEXT "Look at the text, the links and the attachments of the mail; another way to send it will not help."
#define DO_LINK "Look the domains in the mail up on that list; another way to send it will not help."
#define DO_PUBLISH "Publish SPF and DKIM for the sender's domain (signet dns), and see that mail is signed " \
                   "(signet route)."
#define DO_DMARC "Let the domain in From: be the one that signs (dkim) and is in the envelope."
#define DO_SLOWER "Nothing: it is sent again more slowly."
#define DO_WAIT "Nothing: it is sent again by itself."
#define DO_CHECK "Check the address for typing errors."
#define DO_ROUTE "Check the MX of the recipient's domain, and the routes of this host."
#define DO_OTHER_WAY "Reach the recipient by another way until there is room."
#define DO_TLS "Let TLS be used for this receiver: mx_tls must not be \"none\"."

/*
 * Lists of domains come first: what they are about is the mail, even where
 * the reply speaks of a blocked client. Then what is about the address beyond
 * doubt; then all the rest, the particular before the general.
 */
const struct known_reply reply_table[] = {
	/* ---- lists of domains ---- */
	{ "###", "", "dbl.spamhaus.org", REFUSAL_CONTENT, "Spamhaus DBL", SPAMHAUS, SAYS_LINK, DO_LINK },
	{ "###", "", "spamhaus dbl", REFUSAL_CONTENT, "Apple", APPLE, SAYS_LINK, DO_LINK },
	{ "###", "", "spamhaus.org/dbl", REFUSAL_CONTENT, "Spamhaus DBL", SPAMHAUS, SAYS_LINK, DO_LINK },
	{ "###", "", "spamhaus.org/query/d", REFUSAL_CONTENT, "Spamhaus DBL", SPAMHAUS, SAYS_LINK, DO_LINK },
	{ "###", "", "surbl", REFUSAL_CONTENT, "SURBL", "https://surbl.org", SAYS_LINK, DO_LINK },
	{ "###", "", "uribl", REFUSAL_CONTENT, "URIBL", "https://uribl.com", SAYS_LINK, DO_LINK },
	{ "###", "", "sender address [*blocked using", REFUSAL_SENDER, "Postfix", POSTFIX, SAYS_DOMAIN, DO_LINK },
	{ "###", "", "recipient address [*blocked using", REFUSAL_SENDER, "Postfix", POSTFIX,
	  "The recipient's domain is on a blocklist.", "Ask whoever runs the receiving server." },
	{ "###", "", "helo command [*blocked using", REFUSAL_SENDER, "Postfix", POSTFIX,
	  "The name this host says in HELO is on a blocklist.", "Look that name up on the list the reply names." },
	{ "###", "", "unusual rate of*containing one of your url domains", REFUSAL_CONTENT, "Gmail", GOOGLE, SAYS_LINK,
	  DO_LINK },
	{ "###", "", "unusual rate of*originating from your dkim domain", REFUSAL_SENDER, "Gmail", GOOGLE, SAYS_DOMAIN,
	  DO_LESS },
	{ "###", "", "unusual rate of*originating from your spf domain", REFUSAL_SENDER, "Gmail", GOOGLE, SAYS_DOMAIN,
	  DO_LESS },
	{ "###", "", "very low reputation of the sending domain", REFUSAL_SENDER, "Gmail", GOOGLE, SAYS_DOMAIN, DO_LESS },

	/* ---- the address ---- */
	{ "###", "", "[tss##] messages from*deferred", REFUSAL_ADDRESS, "Yahoo", YAHOO, SAYS_DISTRUST, DO_LESS },
	{ "###", "", "[tss##] all messages from*deferred", REFUSAL_ADDRESS, "Yahoo", YAHOO, SAYS_DISTRUST,
	  DO_ASK("https://senders.yahooinc.com/contact") },
	{ "###", "", "[ts##] messages from*deferred", REFUSAL_ADDRESS, "Yahoo", YAHOO, SAYS_DISTRUST, DO_LESS },
	{ "###", "", "[ts##] all messages from*deferred", REFUSAL_ADDRESS, "Yahoo", YAHOO, SAYS_DISTRUST,
	  DO_ASK("https://senders.yahooinc.com/contact") },
	{ "###", "", "[ipts##] messages from*deferred", REFUSAL_ADDRESS, "Yahoo", YAHOO, SAYS_DISTRUST, DO_LESS },
	{ "5##", "", "[bl##] connections*not*accepted from", REFUSAL_ADDRESS, "Yahoo", YAHOO, SAYS_LISTED,
	  DO_ASK("https://check.spamhaus.org") },
	{ "5##", "", "messages from*weren't sent*on our block list", REFUSAL_ADDRESS, "Outlook.com", OUTLOOK, SAYS_DISTRUST,
	  DO_ASK("https://olcsupport.office.com") },
	{ "5##", "", "we generally do not accept email from dynamic ip", REFUSAL_ADDRESS, "Outlook.com", OUTLOOK,
	  SAYS_DYNAMIC, DO_SMARTHOST },
	{ "4##", "", "the mail server [*has been temporarily rate limited due to ip reputation", REFUSAL_ADDRESS,
	  "Outlook.com", OUTLOOK, SAYS_DISTRUST, DO_ASK("https://olcsupport.office.com") },
	{ "5##", "", "access denied, banned sending ip", REFUSAL_ADDRESS, "Microsoft 365", EXCHANGE, SAYS_DISTRUST,
	  DO_ASK("https://sender.office.com") },
	{ "5##", "", "access denied, banned sender[", REFUSAL_ADDRESS, "Microsoft 365", EXCHANGE, SAYS_DISTRUST,
	  DO_ASK("delist@microsoft.com") },
	{ "4##", "4.7.###", "access denied, please try again later", REFUSAL_ADDRESS, "Microsoft 365", EXCHANGE,
	  "The receiver has suspended the address of the sending server for a while.", DO_LESS },
	{ "5##", "", "access denied, traffic not accepted from this ip", REFUSAL_ADDRESS, "Microsoft 365", EXCHANGE,
	  SAYS_DISTRUST, DO_SMARTHOST },
	{ "5##", "", "client host [*blocked*using customer block list", REFUSAL_ADDRESS, "Microsoft 365", EXCHANGE,
	  "The recipient's organisation blocks the address of the sending server.",
	  "Ask the recipient's organisation to take the address off its own list." },
	{ "5##", "", "the sending ipv6 address*must have a reverse dns record", REFUSAL_ADDRESS, "Microsoft 365", EXCHANGE,
	  SAYS_PTR, DO_PTR },
	{ "###", "", "unusual rate of*originating from your ip", REFUSAL_ADDRESS, "Gmail", GOOGLE, SAYS_DISTRUST, DO_LESS },
	{ "###", "", "very low reputation of the sending ip", REFUSAL_ADDRESS, "Gmail", GOOGLE, SAYS_DISTRUST, DO_LESS },
	{ "###", "", "ip address sending this message does not have a ptr record", REFUSAL_ADDRESS, "Gmail", GOOGLE,
	  SAYS_PTR, DO_PTR },
	{ "5##", "", "is not authorized to send*mail directly to our servers", REFUSAL_ADDRESS, "Gmail", GOOGLE, SAYS_DYNAMIC,
	  DO_SMARTHOST },
	{ "4##", "", "ip not in whitelist for rcpt domain", REFUSAL_ADDRESS, "Gmail", GOOGLE,
	  "The recipient's organisation takes mail from listed addresses only.", DO_SMARTHOST },
	{ "###", "", "client host [*blocked using", REFUSAL_ADDRESS, "Postfix with a blocklist", POSTFIX, SAYS_LISTED,
	  DO_DELIST },
	{ "###", "", "client [*blocked using", REFUSAL_ADDRESS, "postscreen with a blocklist", POSTFIX, SAYS_LISTED,
	  DO_DELIST },
	{ "###", "", "client host blocked using", REFUSAL_ADDRESS, "Barracuda", "https://www.barracudacentral.org/lookups",
	  SAYS_LISTED, DO_DELIST },
	{ "5##", "", "mail from ip*was rejected due to listing in spamhaus", REFUSAL_ADDRESS, "Apple", APPLE, SAYS_LISTED,
	  DO_ASK("https://check.spamhaus.org") },
	{ "5##", "", "junkmail rejected*is in an rbl", REFUSAL_ADDRESS, "Exim with cPanel", EXIM, SAYS_LISTED, DO_DELIST },
	{ "5##", "", "rejected because*is in a black list at", REFUSAL_ADDRESS, "Exim", EXIM, SAYS_LISTED, DO_DELIST },
	{ "5##", "", "blocked - see*spamcop.net/bl.shtml", REFUSAL_ADDRESS, "SpamCop", "https://www.spamcop.net/bl.shtml",
	  SAYS_LISTED, DO_ASK("https://www.spamcop.net/bl.shtml") },
	{ "###", "", "blocked - see https://ipcheck.proofpoint.com/?ip=", REFUSAL_ADDRESS, "Proofpoint", PROOFPOINT,
	  SAYS_DISTRUST, DO_ASK("https://ipcheck.proofpoint.com") },
	{ "###", "", "blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=", REFUSAL_ADDRESS,
	  "Apple with Proofpoint", APPLE, SAYS_DISTRUST, DO_ASK("https://ipcheck.proofpoint.com") },
	{ "###", "", "due to the sending mta's poor reputation", REFUSAL_ADDRESS, "Cisco", "https://talosintelligence.com",
	  SAYS_DISTRUST, DO_ASK("https://talosintelligence.com/reputation_center") },
	{ "5##", "", "local ct ip reputation", REFUSAL_ADDRESS, "Mimecast", MIMECAST, SAYS_DISTRUST, DO_SMARTHOST },
	{ "5##", "", "csi.mimecast.org poor reputation sender", REFUSAL_ADDRESS, "Mimecast", MIMECAST, SAYS_DISTRUST,
	  DO_SMARTHOST },
	{ "4##", "", "ip temporarily blacklisted", REFUSAL_ADDRESS, "Mimecast", MIMECAST, SAYS_DISTRUST, DO_LESS },
	{ "5##", "", "host network*not allowed", REFUSAL_ADDRESS, "Mimecast", MIMECAST,
	  "The recipient's organisation takes no mail from the network or country of the sending server.", DO_SMARTHOST },
	{ "###", "", "using trend micro*reputation", REFUSAL_ADDRESS, "Trend Micro", "https://servicecentral.trendmicro.com",
	  SAYS_DISTRUST, DO_ASK("https://servicecentral.trendmicro.com/en-US/ers/ip-lookup") },
	{ "5##", "", "ip=*none/bad reputation", REFUSAL_ADDRESS, "T-Online", TELEKOM,
	  "T-Online does not know the sending server, or distrusts it.",
	  "Write to tobr@rx.t-online.de; they want a site with an imprint at the host's name." },
	{ "5##", "", "ip=*a problem occurred*(bl)", REFUSAL_ADDRESS, "T-Online", TELEKOM, SAYS_DISTRUST,
	  "Write to tobr@rx.t-online.de." },
	{ "5##", "", "ip address is black listed", REFUSAL_ADDRESS, "GMX, WEB.DE", GMX, SAYS_LISTED,
	  "Follow the link in the reply." },
	{ "5##", "", "ip address is block listed", REFUSAL_ADDRESS, "GMX, WEB.DE", GMX, SAYS_LISTED,
	  "Follow the link in the reply." },
	{ "###", "", "bad dns ptr resource record", REFUSAL_ADDRESS, "GMX, WEB.DE", GMX, SAYS_PTR, DO_PTR },
	{ "###", "", "comcast block for spam", REFUSAL_ADDRESS, "Comcast", COMCAST, SAYS_DISTRUST,
	  DO_ASK("https://spa.xfinity.com") },
	{ "###", "", "comcast requires that all mail servers must have a ptr record", REFUSAL_ADDRESS, "Comcast", COMCAST,
	  SAYS_PTR, DO_PTR },
	{ "5##", "", "dnsbl:*521*is_blocked", REFUSAL_ADDRESS, "AT&T", ATT, SAYS_DISTRUST,
	  "Write to abuse_rbl@abuse-att.net." },
	{ "5##", "", "connections not accepted from servers without a valid sender domain*fix reverse dns", REFUSAL_ADDRESS,
	  "AT&T", ATT, SAYS_PTR, DO_PTR },
	{ "###", "", "client host blocked for spamming issues", REFUSAL_ADDRESS, "Orange", ORANGE, SAYS_DISTRUST,
	  DO_ASK("https://csi.cloudmark.com/en/reset") },
	{ "###", "", "too many spams from your ip", REFUSAL_ADDRESS, "Free", "https://postmaster.free.fr", SAYS_DISTRUST,
	  DO_LESS },
	{ "4##", "", "received too many messages from a new or untrusted ip", REFUSAL_ADDRESS, "Rackspace", RACKSPACE,
	  SAYS_DISTRUST, DO_LESS },
	{ "4##", "", "client host*has no ptr record", REFUSAL_ADDRESS, "Rackspace", RACKSPACE, SAYS_PTR, DO_PTR },
	{ "###", "", "client host rejected: cannot find your", REFUSAL_ADDRESS, "Postfix", POSTFIX, SAYS_PTR, DO_PTR },
	{ "5##", "", "client host rejected: access denied", REFUSAL_ADDRESS, "Postfix", POSTFIX,
	  "The receiver refuses the sending server by name or address.",
	  "Ask whoever runs the receiving server to take this host off its list." },

	/* ---- authentication ---- */
	{ "###", "", "authenticate with either spf or dkim", REFUSAL_AUTHENTICATION, "Gmail, Yahoo", GOOGLE, SAYS_UNPROVED,
	  DO_PUBLISH },
	{ "###", "", "authenticate*with spf", REFUSAL_AUTHENTICATION, "Gmail", GOOGLE, SAYS_SPF, DO_PUBLISH },
	{ "###", "", "authenticate*with dkim", REFUSAL_AUTHENTICATION, "Gmail", GOOGLE,
	  "The mail bore no DKIM signature that the receiver accepts.", DO_PUBLISH },
	{ "###", "", "fails to pass authentication checks", REFUSAL_AUTHENTICATION, "Gmail", GOOGLE, SAYS_UNPROVED,
	  DO_PUBLISH },
	{ "###", "", "spf record with a hard fail policy", REFUSAL_AUTHENTICATION, "Gmail", GOOGLE, SAYS_SPF, DO_PUBLISH },
	{ "###", "", "spf record of the sending domain has*suspicious", REFUSAL_AUTHENTICATION, "Gmail", GOOGLE,
	  "The receiver distrusts what the sender's domain has published as SPF.", "Let SPF name this host and no more." },
	{ "###", "", "aligned with either the authenticated spf or dkim", REFUSAL_AUTHENTICATION, "Gmail", GOOGLE,
	  "Neither SPF nor DKIM speaks for the domain in From:.", DO_DMARC },
	{ "###", "", "doesn't have a dmarc record", REFUSAL_AUTHENTICATION, "Gmail", GOOGLE,
	  "The sender's domain has published no DMARC policy.", "Publish one: signet dns prints it." },
	{ "###", "", "ipv6 sending guidelines regarding ptr records and authentication", REFUSAL_AUTHENTICATION, "Gmail",
	  GOOGLE_OLD, "Mail over IPv6 must come from an address with a PTR and be proved by SPF or DKIM.", DO_PUBLISH },
	{ "###", "", "does not meet the required authentication level", REFUSAL_AUTHENTICATION, "Outlook.com", OUTLOOK,
	  "Outlook.com takes mail of those who send much only with SPF, DKIM and DMARC in order.", DO_PUBLISH },
	{ "###", "", "must pass either spf or dkim validation", REFUSAL_AUTHENTICATION, "Microsoft 365", EXCHANGE,
	  SAYS_UNPROVED, DO_PUBLISH },
	{ "###", "", "pass dmarc verification", REFUSAL_AUTHENTICATION, "Microsoft 365", EXCHANGE, SAYS_DMARC, DO_DMARC },
	{ "###", "", "sender policy framework violation", REFUSAL_AUTHENTICATION, "Microsoft 365", EXCHANGE, SAYS_SPF,
	  DO_PUBLISH },
	{ "###", "", "failing both spf and dkim", REFUSAL_AUTHENTICATION, "Apple", APPLE, SAYS_UNPROVED, DO_PUBLISH },
	{ "###", "", "anti-spoofing policy", REFUSAL_AUTHENTICATION, "Mimecast", MIMECAST,
	  "The receiver takes the mail for a forgery of its own or its sender's domain.", DO_PUBLISH },
	{ "###", "", "spf sender invalid", REFUSAL_AUTHENTICATION, "Mimecast", MIMECAST, SAYS_SPF, DO_PUBLISH },
	{ "###", "", "dkim sender invalid", REFUSAL_AUTHENTICATION, "Mimecast", MIMECAST,
	  "The mail's DKIM signature does not fit the record that is published.", "See signet key list and signet dns." },
	{ "###", "", "dmarc sender invalid", REFUSAL_AUTHENTICATION, "Mimecast", MIMECAST, SAYS_DMARC, DO_DMARC },
	{ "###", "", "reject due to spf policy", REFUSAL_AUTHENTICATION, "GMX, WEB.DE", GMX, SAYS_SPF, DO_PUBLISH },
	{ "###", "", "spf check failed", REFUSAL_AUTHENTICATION, "Orange", ORANGE, SAYS_SPF, DO_PUBLISH },
	{ "###", "", "dmarc policy", REFUSAL_AUTHENTICATION, "many", RFC_AUTH, SAYS_DMARC, DO_DMARC },
	{ "###", "", "dmarc verification failed", REFUSAL_AUTHENTICATION, "Orange", ORANGE, SAYS_DMARC, DO_DMARC },
	{ "###", "", "helo command rejected", REFUSAL_AUTHENTICATION, "Postfix", POSTFIX,
	  "The receiver does not accept the name this host says in HELO.", "Set hostname to the name that its PTR has." },
	{ "###", "", "access denied, bad helo", REFUSAL_AUTHENTICATION, "Microsoft 365", EXCHANGE,
	  "The receiver does not accept the name this host says in HELO.", "Set hostname to the name that its PTR has." },
	{ "###", "", "helo/ehlo argument", REFUSAL_AUTHENTICATION, "Gmail", GOOGLE,
	  "The receiver does not accept the name this host says in HELO.", "Set hostname to the name that its PTR has." },
	{ "###", "#.7.20", "", REFUSAL_AUTHENTICATION, "many", RFC_AUTH,
	  "The mail bore no DKIM signature that the receiver accepts.", DO_PUBLISH },
	{ "###", "#.7.23", "", REFUSAL_AUTHENTICATION, "many", RFC_AUTH, SAYS_SPF, DO_PUBLISH },
	{ "###", "#.7.26", "", REFUSAL_AUTHENTICATION, "many", RFC_AUTH, SAYS_UNPROVED, DO_PUBLISH },

	/* ---- TLS ---- */
	{ "###", "", "wasn't sent over a tls connection", REFUSAL_TLS, "Gmail", GOOGLE, SAYS_TLS, DO_TLS },
	{ "###", "", "tls required for rcpt domain", REFUSAL_TLS, "Gmail", GOOGLE, SAYS_TLS, DO_TLS },
	{ "###", "", "this route requires encryption (tls)", REFUSAL_TLS, "Mimecast", MIMECAST, SAYS_TLS, DO_TLS },
	{ "530", "", "must issue a starttls command first", REFUSAL_TLS, "many", RFC_TLS, SAYS_TLS, DO_TLS },
	{ "###", "#.7.10", "", REFUSAL_TLS, "many", "RFC 5248 section 2.4", SAYS_TLS, DO_TLS },

	/* ---- content ---- */
	{ "###", "", "nature of the content", REFUSAL_CONTENT, "Gmail", GOOGLE, SAYS_CONTENT, DO_TEXT },
	{ "###", "", "likely unsolicited mail", REFUSAL_CONTENT, "Gmail", GOOGLE, SAYS_CONTENT, DO_TEXT },
	{ "###", "", "potential security issue", REFUSAL_CONTENT, "Gmail", GOOGLE,
	  "The mail has an attachment of a kind the receiver does not take.", DO_TEXT },
	{ "421", "", "message temporarily deferred - ", REFUSAL_CONTENT, "Yahoo", YAHOO, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "not accepted for policy reasons", REFUSAL_CONTENT, "Yahoo", YAHOO, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "content identified as spam", REFUSAL_CONTENT, "Microsoft 365", EXCHANGE, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "message rejected due to local policy", REFUSAL_CONTENT, "Apple", APPLE, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "content examination policy", REFUSAL_CONTENT, "Mimecast", MIMECAST, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "reject due to policy restrictions", REFUSAL_CONTENT, "GMX, WEB.DE", GMX,
	  "The mail's form or content is not what the receiver takes.", DO_TEXT },
	{ "5##", "", "mail rejected. ofr_506", REFUSAL_CONTENT, "Orange", ORANGE, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "message content rejected", REFUSAL_CONTENT, "Postfix", POSTFIX, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "spam message rejected", REFUSAL_CONTENT, "Rspamd, Mail.ru", RSPAMD, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "suspicion of spam", REFUSAL_CONTENT, "Yandex", "https://yandex.com/support/mail", SAYS_CONTENT,
	  DO_TEXT },
	{ "5##", "", "classified as spam", REFUSAL_CONTENT, "many", STATUS, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "identified as spam", REFUSAL_CONTENT, "many", STATUS, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "considered spam", REFUSAL_CONTENT, "many", STATUS, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "spam detected", REFUSAL_CONTENT, "Free, many", STATUS, SAYS_CONTENT, DO_TEXT },
	{ "5##", "", "virus", REFUSAL_CONTENT, "many", STATUS, "The receiver found a virus in the mail.", DO_TEXT },

	/* ---- greylisting ---- */
	{ "4##", "", "recipient address rejected: greylisted", REFUSAL_GREYLISTING, "Postgrey", POSTGREY, SAYS_GREY, DO_WAIT },
	{ "4##", "", "[gl##] message from", REFUSAL_GREYLISTING, "Yahoo", YAHOO, SAYS_GREY, DO_WAIT },
	{ "451", "", "internal resource*temporarily unavailable", REFUSAL_GREYLISTING, "Mimecast", MIMECAST, SAYS_GREY,
	  DO_WAIT },
	{ "4##", "", "greylist", REFUSAL_GREYLISTING, "many", "RFC 6647", SAYS_GREY, DO_WAIT },
	{ "4##", "", "graylist", REFUSAL_GREYLISTING, "many", "RFC 6647", SAYS_GREY, DO_WAIT },
	{ "4##", "", "grey-list", REFUSAL_GREYLISTING, "many", "RFC 6647", SAYS_GREY, DO_WAIT },
	{ "451", "4.7.1", "try again later", REFUSAL_GREYLISTING, "Rspamd", RSPAMD, SAYS_GREY, DO_WAIT },

	/* ---- rate ---- */
	{ "4##", "", "receiving*mail at a rate", REFUSAL_RATE, "Gmail", GOOGLE, SAYS_RATE, DO_SLOWER },
	{ "4##", "", "receiving*mail too quickly", REFUSAL_RATE, "Gmail, Yahoo", GOOGLE, SAYS_RATE, DO_SLOWER },
	{ "421", "", "try again later, closing connection", REFUSAL_RATE, "Gmail", GOOGLE, SAYS_RATE, DO_SLOWER },
	{ "4##", "", "has exceeded the rate limit allowed", REFUSAL_RATE, "Outlook.com", OUTLOOK, SAYS_RATE, DO_SLOWER },
	{ "4##", "", "exceeded the maximum number of connections", REFUSAL_RATE, "Outlook.com", OUTLOOK, SAYS_RATE,
	  DO_SLOWER },
	{ "4##", "", "server busy. please try again later from [", REFUSAL_RATE, "Microsoft 365", EXCHANGE, SAYS_RATE,
	  DO_SLOWER },
	{ "421", "", "max message per connection reached", REFUSAL_RATE, "Yahoo", YAHOO, SAYS_RATE, DO_SLOWER },
	{ "4##", "", "deferred due to excessive volume", REFUSAL_RATE, "Apple", APPLE, SAYS_RATE, DO_SLOWER },
	{ "###", "", "ip frequency limited", REFUSAL_RATE, "QQ", "https://service.mail.qq.com", SAYS_RATE, DO_SLOWER },
	{ "4##", "", "rate limit reached", REFUSAL_RATE, "GMX, WEB.DE", GMX, SAYS_RATE, DO_SLOWER },
	{ "4##", "", "too many connections", REFUSAL_RATE, "Postfix, Orange", POSTFIX, SAYS_RATE, DO_SLOWER },
	{ "4##", "", "too many concurrent", REFUSAL_RATE, "Rackspace", RACKSPACE, SAYS_RATE, DO_SLOWER },
	{ "4##", "", "too much mail from", REFUSAL_RATE, "Postfix", POSTFIX, SAYS_RATE, DO_SLOWER },
	{ "4##", "", "too many sessions", REFUSAL_RATE, "Comcast", COMCAST, SAYS_RATE, DO_SLOWER },

	/* ---- relay ---- */
	{ "###", "", "relay access denied", REFUSAL_RELAY, "Postfix", POSTFIX, SAYS_RELAY, DO_ROUTE },
	{ "###", "", "relaying denied", REFUSAL_RELAY, "Sendmail, Yahoo", YAHOO, SAYS_RELAY, DO_ROUTE },
	{ "###", "", "relay not permitted", REFUSAL_RELAY, "Exim", EXIM, SAYS_RELAY, DO_ROUTE },
	{ "###", "", "mail relay denied", REFUSAL_RELAY, "Gmail", GOOGLE, SAYS_RELAY, DO_ROUTE },
	{ "###", "", "invalid credentials for relay", REFUSAL_RELAY, "Gmail", GOOGLE, SAYS_RELAY, DO_ROUTE },
	{ "###", "", "open relay*not allowed", REFUSAL_RELAY, "Mimecast", MIMECAST, SAYS_RELAY, DO_ROUTE },
	{ "###", "", "client was not authenticated to send anonymous mail", REFUSAL_RELAY, "Microsoft 365", EXCHANGE,
	  SAYS_RELAY, DO_ROUTE },

	/* ---- the mailbox ---- */
	{ "###", "", "over quota", REFUSAL_QUOTA, "Gmail, Apple, many", GOOGLE, SAYS_QUOTA, DO_OTHER_WAY },
	{ "###", "", "overquota", REFUSAL_QUOTA, "Orange", ORANGE, SAYS_QUOTA, DO_OTHER_WAY },
	{ "###", "", "out of storage space", REFUSAL_QUOTA, "Gmail", GOOGLE, SAYS_QUOTA, DO_OTHER_WAY },
	{ "###", "", "quota exceeded", REFUSAL_QUOTA, "Dovecot, many", STATUS, SAYS_QUOTA, DO_OTHER_WAY },
	{ "###", "", "exceeds*quota", REFUSAL_QUOTA, "many", STATUS, SAYS_QUOTA, DO_OTHER_WAY },
	{ "###", "", "mailbox full", REFUSAL_QUOTA, "Microsoft 365, many", EXCHANGE, SAYS_QUOTA, DO_OTHER_WAY },
	{ "###", "", "mailbox is full", REFUSAL_QUOTA, "many", STATUS, SAYS_QUOTA, DO_OTHER_WAY },
	{ "###", "#.2.2", "", REFUSAL_QUOTA, "many", STATUS, SAYS_QUOTA, DO_OTHER_WAY },
	{ "5##", "", "account that you tried to reach does not exist", REFUSAL_USER, "Gmail", GOOGLE, SAYS_USER, DO_CHECK },
	{ "5##", "", "account that you tried to reach is", REFUSAL_USER, "Gmail", GOOGLE, "The mailbox has been closed.",
	  DO_CHECK },
	{ "5##", "", "this user doesn't have a*account", REFUSAL_USER, "Yahoo", YAHOO, SAYS_USER, DO_CHECK },
	{ "5##", "", "mailbox is disabled", REFUSAL_USER, "Yahoo", YAHOO, "The mailbox has been closed.", DO_CHECK },
	{ "5##", "", "recipient address rejected: access denied", REFUSAL_USER, "Microsoft 365", EXCHANGE, SAYS_USER,
	  DO_CHECK },
	{ "550", "", "requested action not taken: mailbox unavailable", REFUSAL_USER, "Outlook.com, GMX, WEB.DE", GMX,
	  SAYS_USER, DO_CHECK },
	{ "5##", "", "user unknown", REFUSAL_USER, "Postfix, many", POSTFIX, SAYS_USER, DO_CHECK },
	{ "5##", "", "unknown user", REFUSAL_USER, "Exim, many", EXIM, SAYS_USER, DO_CHECK },
	{ "5##", "", "no such user", REFUSAL_USER, "many", STATUS, SAYS_USER, DO_CHECK },
	{ "5##", "", "no such recipient", REFUSAL_USER, "many", STATUS, SAYS_USER, DO_CHECK },
	{ "5##", "", "user does not exist", REFUSAL_USER, "Apple, many", APPLE, SAYS_USER, DO_CHECK },
	{ "5##", "", "unknown or illegal alias", REFUSAL_USER, "Apple", APPLE, SAYS_USER, DO_CHECK },
	{ "5##", "", "inactive email address", REFUSAL_USER, "Apple", APPLE, "The mailbox has been closed.", DO_CHECK },
	{ "5##", "", "mailbox not found", REFUSAL_USER, "Yahoo, many", YAHOO, SAYS_USER, DO_CHECK },
	{ "5##", "", "invalid recipient", REFUSAL_USER, "Mimecast, Orange", MIMECAST, SAYS_USER, DO_CHECK },
	{ "5##", "5.1.1", "", REFUSAL_USER, "many", STATUS, SAYS_USER, DO_CHECK },
};

const size_t reply_table_rows = sizeof reply_table / sizeof reply_table[0];
/* ---- patterns ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Piece at the front of text, '#' being any digit. */
static bool stands_at(struct span piece, struct span text)
{
	if (piece.len > text.len)
		return false;
	for (size_t i = 0; i < piece.len; i++)
		if (piece.at[i] == '#' ? !is_digit(text.at[i]) : piece.at[i] != text.at[i])
			return false;
	return true;
}

/* Takes off all up to the end of piece; false: it is not there. */
static bool skip_to(struct span piece, struct span *text)
{
	for (; text->len >= piece.len; text->at++, text->len--)
		if (stands_at(piece, *text)) {
			text->at += piece.len;
			text->len -= piece.len;
			return true;
		}
	return false;
}

/* The pieces between '*' occur, in that order. The first place of each is as good as any later one. */
static bool text_fits(const char *pattern, struct span text)
{
	struct span rest = span_of(pattern);

	while (rest.at)
		if (!skip_to(span_cut(&rest, '*'), &text))
			return false;
	return true;
}

static bool code_fits(const char *pattern, struct span code)
{
	return pattern[0] == '\0' || (strlen(pattern) == code.len && stands_at(span_of(pattern), code));
}

/* ---- the text as it is looked at ---- */

struct looked_at {
	char text[REFUSAL_LOOKED_AT_MAX];
	size_t len;
	struct span status;       /* the first, in the reply's own bytes */
};

/* "5.7.1" at the front, and a word's end behind it; its length, or 0. */
static size_t status_at(struct span s)
{
	struct span rest = s;
	unsigned parts = 0;

	if (s.len == 0 || (s.at[0] != '4' && s.at[0] != '5'))
		return 0;
	for (; parts < 3; parts++) {
		size_t digits = 0;
		if (parts > 0 && (rest.len == 0 || *rest.at != '.'))
			return 0;
		rest = parts > 0 ? span_between(rest.at + 1, s.at + s.len) : rest;
		while (digits < rest.len && digits < 3 && is_digit(rest.at[digits]))
			digits++;
		if (digits == 0)
			return 0;
		rest = span_between(rest.at + digits, s.at + s.len);
	}
	return rest.len == 0 || byte_is_white(*rest.at) ? s.len - rest.len : 0;
}

/* Behind the closing quote of a local part (RFC 5321 section 4.1.2) that begins at at; NULL: it does not end. */
static const char *quote_end(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at < end ? at + 1 : NULL;
}

/*
 * An address that the server repeats: what stands in it was chosen by others.
 * In angle brackets, or one with a quoted local part, which may hold any text.
 */
static size_t address_at(struct span s)
{
	bool in_angles = s.len > 0 && s.at[0] == '<';
	const char *end = s.at + s.len, *from = s.at + in_angles;
	const char *quoted = from < end && *from == '"' ? quote_end(from, end) : NULL;

	if (quoted && (quoted == end || *quoted != '@'))
		quoted = NULL;
	if (!in_angles)
		return quoted ? (size_t)(quoted - s.at) : 0;
	from = quoted ? quoted : from;
	const char *close = from < end ? memchr(from, '>', (size_t)(end - from)) : NULL;
	return close ? (size_t)(close + 1 - s.at) : 0;
}

static void add(struct looked_at *to, char c)
{
	bool blank = (unsigned char)c <= ' ';

	if (blank && (to->len == 0 || to->text[to->len - 1] == ' '))
		return;
	if (to->len < sizeof to->text)
		to->text[to->len++] = blank ? ' ' : byte_lower(c);
}

static void look_at(struct span text, struct looked_at *out)
{
	bool word_begins = true;

	while (text.len > 0) {
		size_t status = word_begins ? status_at(text) : 0;
		size_t skipped = status ? status : address_at(text);
		if (status && out->len == 0 && out->status.len == 0)
			out->status = (struct span){ text.at, status };
		if (skipped == 0)
			add(out, *text.at);
		word_begins = skipped == 0 && (unsigned char)*text.at <= ' ';
		skipped = skipped ? skipped : 1;
		text.at += skipped;
		text.len -= skipped;
	}
}


const char *refusal_name(enum refusal a){ static const char *const n[REFUSAL_COUNT]={"unknown","address","authentication","sender","sender-domain","content","rate","greylisting","relay","user","quota","tls","size","loop","recipients","protocol","configuration"}; return n[a]; }
const char *smtp_step_name(enum smtp_step s){ static const char *const n[STEP_COUNT]={"nothing","the connection","EHLO","STARTTLS","AUTH","MAIL FROM","RCPT TO","DATA","the message","end of DATA","RSET","QUIT"}; return n[s]; }
static struct refusal_reason made[300]; static char names[300][32];
static const struct refusal_reason *reason_at(size_t i){ const struct known_reply *k=&reply_table[i]; snprintf(names[i],32,"row-%zu",i); made[i]=(struct refusal_reason){names[i],k->about,k->means,k->advice}; return &made[i]; }
static const struct refusal_reason unknown={"unknown",REFUSAL_UNKNOWN,"",""}, many={"too-many-recipients",REFUSAL_RECIPIENTS,"x","y"};
const struct refusal_reason *refusal_reason_named(const char *n){ size_t i; if(!strcmp(n,"too-many-recipients")) return &many; if(sscanf(n,"row-%zu",&i)==1&&i<reply_table_rows) return reason_at(i); return &unknown; }
void refusal_classify(const struct refusal_heard *h, struct refusal_verdict *out){
 struct looked_at l={.len=0}; char d[4]; struct span text=h->text; *out=(struct refusal_verdict){.reason=&unknown};
 if(h->code<400||h->code>599) return; snprintf(d,4,"%u",h->code); if(text.len>REFUSAL_LOOKED_AT_MAX) text.len=REFUSAL_LOOKED_AT_MAX; look_at(text,&l);
 struct span low={l.text,l.len}; struct span w=low; if(skip_to(SPAN("too many recipients"),&w)||(l.status.len==5&&!memcmp(l.status.at+1,".5.3",4))) {out->reason=&many; return;}
 for(size_t i=0;i<reply_table_rows;i++){ const struct known_reply *r=&reply_table[i]; if(code_fits(r->code,(struct span){d,3})&&code_fits(r->status,l.status)&&text_fits(r->text,low)){ out->reason=reason_at(i); return;} } }
const struct known_refusal *refusal_row(size_t i){ (void)i; return NULL; }
