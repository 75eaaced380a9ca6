/* SPDX-License-Identifier: ISC */
/*
 * refusal_links - where receivers and lists are asked to take mail again: what the
 * advice of a refusal (base/mail/refusal_reasons.c) and signet delist name alike.
 */
#ifndef BASE_MAIL_REFUSAL_LINKS_H
#define BASE_MAIL_REFUSAL_LINKS_H

#define LINK_SPAMHAUS "https://check.spamhaus.org"
#define LINK_SPAMCOP "https://www.spamcop.net/bl.shtml"
#define LINK_BARRACUDA "https://www.barracudacentral.org/rbl/removal-request"
#define LINK_PROOFPOINT "https://ipcheck.proofpoint.com"
#define LINK_CLOUDMARK "https://csi.cloudmark.com/en/reset"
#define LINK_CISCO "https://talosintelligence.com/reputation_center"
#define LINK_TREND_MICRO "https://servicecentral.trendmicro.com/en-US/ers/ip-lookup"
#define LINK_OUTLOOK "https://olcsupport.office.com"
#define LINK_MICROSOFT "https://sender.office.com"
#define LINK_YAHOO "https://senders.yahooinc.com/contact"
#define LINK_TELEKOM "tobr@rx.t-online.de"
#define LINK_COMCAST "https://spa.xfinity.com"
#define LINK_ATT "abuse_rbl@abuse-att.net"
#define LINK_COX "https://www.cox.com/residential/support/email-error-codes.html"

#endif
