/* SPDX-License-Identifier: ISC */
#include "base/mail/refusal_reasons.h"

#include "base/mail/refusal_links.h"

/* ---- what several reasons say ---- */

#define LISTED "The sending server's IP address is on a blocklist."
#define DISTRUSTED "The receiver distrusts the sending server's IP address."
#define HELO "The receiver does not accept the name that this host says in HELO."

#define DO_SMARTHOST "Send mail for this receiver through a smarthost (routes)."
#define DO_ASK(where) "Ask for the address's removal at " where ", and send through a smarthost until then."
#define DO_LESS "Send less unsolicited mail, and fewer messages at a time: complaints are what such a block is made of."
#define DO_TEXT "Look at the text, the links and the attachments of the mail: sending it another way will not help."
#define DO_PUBLISH "Publish SPF and DKIM for the sender's domain (signet dns prints them), and check that the " \
                   "mail is signed (signet route ADDRESS)."
#define DO_DMARC "Sign with the domain in From: (dkim), or use that domain in the envelope too."
#define DO_HOSTNAME "Set hostname to the name that the address's PTR record has."
#define DO_CHECK "Check the address for typing errors."
#define DO_ROUTE "Check the MX of the recipient's domain, and this host's routes."
#define DO_ASK_RECIPIENT "Ask the recipient's organisation to allow this host, or send through a smarthost (routes)."

const struct refusal_reason refusal_reasons[] = {
	{ .name = "unknown", REFUSAL_UNKNOWN, "", "" },

	/* ---- the address ---- */
	{ .name = "listed", REFUSAL_ADDRESS, LISTED,
	  "Look the address up on the list that the reply names, fix what put it there, and ask for its removal." },
	{ .name = "listed-spamhaus", REFUSAL_ADDRESS, LISTED, DO_ASK(LINK_SPAMHAUS) },
	{ .name = "listed-spamcop", REFUSAL_ADDRESS, LISTED, DO_ASK(LINK_SPAMCOP) },
	{ .name = "listed-gmx", REFUSAL_ADDRESS, LISTED, "Follow the link in the reply." },
	{ .name = "listed-proofpoint", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK(LINK_PROOFPOINT) },
	{ .name = "listed-cloudmark", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK(LINK_CLOUDMARK) },
	{ .name = "listed-cisco", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK(LINK_CISCO) },
	{ .name = "listed-trend-micro", REFUSAL_ADDRESS, DISTRUSTED,
	  DO_ASK(LINK_TREND_MICRO) },
	{ .name = "listed-outlook", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK(LINK_OUTLOOK) },
	{ .name = "listed-microsoft", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK(LINK_MICROSOFT) },
	{ .name = "banned-microsoft", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK("delist@microsoft.com") },
	{ .name = "suspended-microsoft", REFUSAL_ADDRESS,
	  "The receiver has suspended the sending server's IP address for a while.", DO_LESS },
	{ .name = "distrusted-yahoo", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK(LINK_YAHOO) },
	{ .name = "distrusted-telekom", REFUSAL_ADDRESS, "T-Online does not know the sending server, or distrusts it.",
	  "Write to " LINK_TELEKOM "; they want a website with an imprint at the host's name." },
	{ .name = "distrusted-comcast", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK(LINK_COMCAST) },
	{ .name = "distrusted-att", REFUSAL_ADDRESS, DISTRUSTED, DO_ASK(LINK_ATT) },
	{ .name = "distrusted-cox", REFUSAL_ADDRESS, DISTRUSTED,
	  DO_ASK(LINK_COX) },
	{ .name = "distrusted", REFUSAL_ADDRESS, DISTRUSTED, DO_LESS },
	{ .name = "not-known", REFUSAL_ADDRESS, DISTRUSTED, DO_SMARTHOST },
	{ .name = "dynamic", REFUSAL_ADDRESS,
	  "The receiver does not take mail straight from dynamic or residential IP addresses.", DO_SMARTHOST },
	{ .name = "no-ptr", REFUSAL_ADDRESS,
	  "The sending server's IP address has no name in the DNS that leads back to it (PTR).",
	  "Have whoever assigned the address set its PTR record to this host's name, and give that name the address." },
	{ .name = "no-ipv6", REFUSAL_ADDRESS, "The receiver does not take this mail over IPv6.",
	  "Send to this receiver over IPv4 or through a smarthost (routes)." },
	{ .name = "ipv6-guidelines", REFUSAL_ADDRESS,
	  "The receiver takes mail over IPv6 only from an address with a PTR record, and only if SPF or DKIM passes.",
	  DO_PUBLISH },
	{ .name = "country", REFUSAL_ADDRESS, "The receiver takes no mail from the sending server's country.", DO_SMARTHOST },
	{ .name = "open-relay", REFUSAL_ADDRESS, "The receiver considers the sending server an open relay or proxy.",
	  "Test this host for open relaying, close what is open, and ask the receiver to test it again." },
	{ .name = "refused-host", REFUSAL_ADDRESS, "The receiver refuses the sending server by its name or IP address.",
	  "Ask whoever runs the receiving server to allow this host, or send through a smarthost (routes)." },
	{ .name = "refused-by-recipient", REFUSAL_ADDRESS,
	  "The recipient's organisation refuses the sending server by its name or IP address.", DO_ASK_RECIPIENT,
	  .reach = REACH_DOMAIN },
	{ .name = "network-refused", REFUSAL_ADDRESS,
	  "The recipient's organisation takes no mail from the sending server's network or country.", DO_ASK_RECIPIENT,
	  .reach = REACH_DOMAIN },
	{ .name = "not-on-allowlist", REFUSAL_ADDRESS, "The recipient's organisation takes mail from listed addresses only.",
	  DO_ASK_RECIPIENT, .reach = REACH_DOMAIN },

	/* ---- authentication ---- */
	{ .name = "unproved", REFUSAL_AUTHENTICATION, "Neither SPF nor DKIM proves that the mail is from its sender's domain.",
	  DO_PUBLISH },
	{ .name = "spf", REFUSAL_AUTHENTICATION, "The sender's domain does not allow the sending server to send its mail (SPF).",
	  DO_PUBLISH },
	{ .name = "spf-suspicious", REFUSAL_AUTHENTICATION, "The receiver distrusts the SPF record of the sender's domain.",
	  "Let the SPF record name this host and nothing else." },
	{ .name = "dkim", REFUSAL_AUTHENTICATION, "The mail has no DKIM signature that the receiver accepts.", DO_PUBLISH },
	{ .name = "dkim-key", REFUSAL_AUTHENTICATION, "The mail's DKIM signature does not match the published record.",
	  "See signet key list and signet dns." },
	{ .name = "dmarc", REFUSAL_AUTHENTICATION, "The mail fails the policy that the sender's domain has published (DMARC).",
	  DO_DMARC },
	{ .name = "alignment", REFUSAL_AUTHENTICATION, "Neither SPF nor DKIM passes for the domain in From:.", DO_DMARC },
	{ .name = "no-dmarc", REFUSAL_AUTHENTICATION, "The sender's domain has not published a DMARC policy.",
	  "Publish one: signet dns prints it." },
	{ .name = "bulk-sender", REFUSAL_AUTHENTICATION,
	  "The receiver takes mail from those who send much only with SPF, DKIM and DMARC in order.", DO_PUBLISH },
	{ .name = "spoofed", REFUSAL_AUTHENTICATION,
	  "The receiver takes the mail for a forgery of its own or its sender's domain.", DO_PUBLISH },
	{ .name = "helo", REFUSAL_AUTHENTICATION, HELO, DO_HOSTNAME },

	/* ---- the sender ---- */
	{ .name = "domain-distrusted", REFUSAL_SENDER, "The receiver distrusts the sender's domain.", DO_LESS },
	{ .name = "domain-listed", REFUSAL_SENDER, "The sender's domain is on a blocklist.",
	  "Look the domain up on the list that the reply names: sending the mail another way will not help." },
	{ .name = "recipient-domain-listed", REFUSAL_SENDER, "The recipient's domain is on a blocklist.",
	  "Ask whoever runs the receiving server." },
	{ .name = "helo-listed", REFUSAL_SENDER, "The name that this host says in HELO is on a blocklist.",
	  "Look that name up on the list that the reply names." },
	{ .name = "sender-refused", REFUSAL_SENDER, "The receiver does not take mail from this sender.",
	  "Ask the recipient, or whoever runs the receiving server, to allow the sender's address." },
	{ .name = "sender-not-owned", REFUSAL_SENDER, "The smarthost lets this host's login send from its own addresses only.",
	  "Set from in signet.conf, or envelope_from of that smarthost, to an address of the login (user), then reload signetd." },
	{ .name = "sender-unverified", REFUSAL_SENDER, "The receiver could not verify that the sender's address takes mail.",
	  "Check that the sender's address exists and that its domain's MX takes mail for it." },
	{ .name = "sender-domain", REFUSAL_SENDER_DOMAIN, "The receiver does not find the sender's domain in the DNS.",
	  "Check the sender's address, and that its domain has an MX or address record." },

	/* ---- the mail ---- */
	{ .name = "spam", REFUSAL_CONTENT, "The receiver takes the mail for spam because of what it says.", DO_TEXT },
	{ .name = "virus", REFUSAL_CONTENT, "The receiver found a virus in the mail.", DO_TEXT },
	{ .name = "link", REFUSAL_CONTENT, "The mail names a domain that is on a blocklist.",
	  "Look the domains in the mail up on that list: sending it another way will not help." },
	{ .name = "attachment", REFUSAL_CONTENT, "The mail has an attachment of a kind that the receiver does not take.",
	  DO_TEXT },
	{ .name = "form", REFUSAL_CONTENT, "The mail is built in a way that the receiver does not take.",
	  "Compare the mail's header with RFC 5322: the program that wrote the mail is at fault." },
	{ .name = "content", REFUSAL_CONTENT, "The receiver refuses the mail because of its form or content.", DO_TEXT },
	{ .name = "size", REFUSAL_SIZE, "The mail is larger than the receiver accepts.",
	  "Send a smaller mail, or a link to the file." },
	{ .name = "loop", REFUSAL_LOOP, "The mail has passed through too many servers: it probably runs in a circle.",
	  "Look at the Received: fields of the mail, and at who forwards it to whom." },

	/* ---- how much ---- */
	{ .name = "rate", REFUSAL_RATE,
	  "The receiver gets too much at once from the sending server, its sender or for that mailbox.",
	  "Nothing: the mail is sent again more slowly." },
	{ .name = "sending-limit", REFUSAL_RATE,
	  "The server takes no more mail from this account or host for now: its limit is used up.",
	  "Send less, or set limit for that smarthost and fallback_on = [ \"limit\" ] where there is another next hop.",
	  .is_allowance = true },
	{ .name = "recipients", REFUSAL_RECIPIENTS, "The mail has more recipients than the receiver takes at once.",
	  "Nothing: the others are sent in another transaction." },
	{ .name = "greylisting", REFUSAL_GREYLISTING, "The receiver puts unknown senders off for some minutes (greylisting).",
	  "Nothing: the mail is sent again by itself." },

	/* ---- the recipient ---- */
	{ .name = "relay", REFUSAL_RELAY, "That server does not take mail for the recipient's domain.", DO_ROUTE },
	{ .name = "login-wanted", REFUSAL_RELAY, "That server takes mail only from those who log in.", DO_ROUTE },
	{ .name = "login-missing", REFUSAL_CONFIGURATION, "The smarthost requires a login, and none is set for it.",
	  "Set user and password_file for the smarthost." },
	{ .name = "login-refused", REFUSAL_CONFIGURATION, "The smarthost took our login, and takes no mail from that account.",
	  "Look at the account with the provider: its password may have expired, or the account may be closed." },
	{ .name = "no-mailbox", REFUSAL_USER, "There is no such mailbox at that domain.", DO_CHECK },
	{ .name = "mailbox-closed", REFUSAL_USER, "The mailbox has been closed.", DO_CHECK },
	{ .name = "mailbox-full", REFUSAL_QUOTA, "The recipient's mailbox is full.",
	  "Reach the recipient by other means until there is room." },

	/* ---- the session ---- */
	{ .name = "tls", REFUSAL_TLS, "The receiver takes mail only over an encrypted connection.",
	  "Allow TLS for this receiver: mx_tls must not be \"none\"." },
	{ .name = "protocol", REFUSAL_PROTOCOL, "The receiver did not understand a command, or did not expect it then.",
	  "See what was said (signet test ADDRESS), and look for a firewall that changes SMTP." },
};

const size_t refusal_reasons_rows = sizeof refusal_reasons / sizeof refusal_reasons[0];
