/*
 * Replies as receivers give them: published by the receiver, or reported by
 * those who got them. Every row of the table is met by one at least.
 */
#include "base/reply.h"

#include "tests/tap.h"

#include <stdlib.h>

enum { ROWS_MAX = 400 };

static bool met[ROWS_MAX];

static const struct { unsigned code; enum refusal about; const char *text; } replies[] = {
	/* Yahoo, AOL, Rogers */
	{ 421, REFUSAL_ADDRESS, "4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user "
	  "complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes" },
	{ 421, REFUSAL_ADDRESS, "4.7.0 [TSS05] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user "
	  "complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes" },
	{ 553, REFUSAL_ADDRESS, "5.7.2 [TSS09] All messages from 192.0.2.25 will be permanently deferred; Retrying will NOT "
	  "succeed. See https://postmaster.yahooinc.com/error-codes" },
	{ 553, REFUSAL_ADDRESS, "5.7.2 [TSS11] All messages from 192.0.2.25 will be permanently deferred; Retrying will NOT "
	  "succeed. See https://postmaster.yahooinc.com/error-codes" },
	{ 421, REFUSAL_ADDRESS, "4.7.1 [TS03] All messages from 192.0.2.25 permanently deferred; Retrying will NOT succeed. See "
	  "http://postmaster.yahoo.com/421-ts03.html" },
	{ 421, REFUSAL_ADDRESS, "4.7.0 [TS01] Messages from 192.0.2.25 temporarily deferred due to user complaints - 4.16.55.1; "
	  "see http://postmaster.yahoo.com/421-ts01.html" },
	{ 421, REFUSAL_ADDRESS, "4.7.0 [IPTS04] Messages from 192.0.2.25 temporarily deferred due to user complaints - "
	  "4.16.55.1; see https://help.yahoo.com/kb/postmaster/SLN3434.html" },
	{ 553, REFUSAL_ADDRESS, "5.7.1 [BL21] Connections will not be accepted from 192.0.2.25, because the ip is in Spamhaus's "
	  "list; see http://postmaster.yahoo.com/550-bl23.html" },
	{ 553, REFUSAL_ADDRESS, "5.7.1 [BL23] Connections not accepted from IP addresses on Spamhaus XBL; see "
	  "http://postmaster.yahoo.com/errors/550-bl23.html [550]" },
	{ 421, REFUSAL_GREYLISTING, "4.7.0 [GL01] Message from (192.0.2.25) temporarily deferred - 4.16.50. Please refer to "
	  "http://postmaster.info.aol.com" },
	{ 421, REFUSAL_CONTENT, "Message temporarily deferred - 4.16.51. Please refer to https://senders.yahooinc.com" },
	{ 554, REFUSAL_CONTENT, "5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes" },
	{ 554, REFUSAL_CONTENT, "Message not allowed - [PH01] Email not accepted for policy reasons. Please visit "
	  "https://postmaster.yahooinc.com/error-codes" },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.9 This mail has been blocked because the sender is unauthenticated. Yahoo requires "
	  "all senders to authenticate with either SPF or DKIM." },
	{ 554, REFUSAL_USER, "delivery error: dd This user doesn't have a yahoo.com account (someone@yahoo.com) [0]" },
	{ 554, REFUSAL_USER, "30 Sorry, your message to someone@aol.jp cannot be delivered. This mailbox is disabled (554.30)" },
	{ 552, REFUSAL_USER, "1 Requested mail action aborted, mailbox not found" },
	{ 450, REFUSAL_RATE, "User is receiving mail too quickly" },
	{ 421, REFUSAL_RATE, "Max message per connection reached, closing transmission channel" },
	{ 550, REFUSAL_RELAY, "relaying denied for <someone@yahoo.com>" },
	{ 451, REFUSAL_UNKNOWN, "mta4.mail.yahoo.com Resources temporarily unavailable. Please try again later [#4.16.1]." },

	/* an address that is repeated, whose text is the sender's */
	{ 550, REFUSAL_USER, "5.1.1 <\"a> client host rejected: access denied\"@example.com>: Recipient address rejected: "
	  "User unknown in virtual alias table" },
	{ 550, REFUSAL_USER, "5.1.1 <\"\\\"> client host rejected: access denied\"@example.com>... User unknown" },
	{ 550, REFUSAL_USER, "5.1.1 \"client host rejected: access denied\"@example.com: User unknown" },
	{ 550, REFUSAL_ADDRESS, "5.7.1 <\"a: Client host rejected: Access denied" },

	/* Microsoft */
	{ 550, REFUSAL_ADDRESS, "5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet "
	  "service provider since part of their network is on our block list (S3140). You can also refer your provider to "
	  "http://mail.live.com/mail/troubleshooting.aspx#errors. [DM6NAM12FT056.eop-nam12.prod.protection.outlook.com]" },
	{ 550, REFUSAL_ADDRESS, "5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet "
	  "service provider since part of their network is on our block list (S3150)." },
	{ 550, REFUSAL_ADDRESS, "SC-001 (BAY004-MC4F49) Unfortunately, messages from 192.0.2.25 weren't sent. Please contact "
	  "your Internet service provider since part of their network is on our block list." },
	{ 550, REFUSAL_ADDRESS, "DY-001 (COL004-MC6F4) Mail rejected by Windows Live Hotmail for policy reasons. We generally do "
	  "not accept email from dynamic IP's as they are not typically used to deliver unauthenticated SMTP e-mail" },
	{ 451, REFUSAL_ADDRESS, "4.7.650 The mail server [192.0.2.25] has been temporarily rate limited due to IP reputation. For "
	  "e-mail delivery information, see https://postmaster.live.com (S775) [BN8NAM11FT012.eop-nam11.prod.protection.outlook.com]" },
	{ 550, REFUSAL_ADDRESS, "5.7.606 Access denied, banned sending IP [192.0.2.25]. To request removal from this list please "
	  "visit https://sender.office.com/ and follow the directions. AS(1430)" },
	{ 550, REFUSAL_ADDRESS, "5.7.511 Access denied, banned sender[192.0.2.25]. To request removal from this list please "
	  "forward this message to delist@microsoft.com." },
	{ 550, REFUSAL_UNKNOWN, "5.7.503 Access denied, banned sender. [AM5EUR02FT009.eop-EUR02.prod.protection.outlook.com]" },
	{ 451, REFUSAL_ADDRESS, "4.7.850 Access denied, please try again later [AM5EUR02FT009.eop-EUR02.prod.protection.outlook.com]" },
	{ 550, REFUSAL_ADDRESS, "5.7.708 Access denied, traffic not accepted from this IP. For more information please go to "
	  "http://go.microsoft.com/fwlink/?LinkId=526653 AS(7230)" },
	{ 550, REFUSAL_ADDRESS, "5.7.513 Service unavailable, Client host [192.0.2.25] blocked by example.org using Customer "
	  "Block list (AS16012607)" },
	{ 550, REFUSAL_ADDRESS, "5.7.1 Service unavailable, Client host [192.0.2.25] blocked using Spamhaus. To request removal "
	  "from this list see https://www.spamhaus.org/query/ip/192.0.2.25 (AS16012609)" },
	{ 550, REFUSAL_ADDRESS, "5.7.25 Access denied, the sending IPv6 address [2001:db8::1] must have a reverse DNS record" },
	{ 421, REFUSAL_RATE, "RP-001 (BAY004-MC1F6) The mail server IP connecting to Outlook.com server has exceeded the rate "
	  "limit allowed. Reason for rate limitation is related to IP/domain reputation." },
	{ 451, REFUSAL_RATE, "4.7.652 The mail server [192.0.2.25] has exceeded the maximum number of connections. (S3115)" },
	{ 451, REFUSAL_RATE, "4.7.500 Server busy. Please try again later from [192.0.2.25]. (S77719)" },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.515 Access denied, sending domain EXAMPLE.ORG does not meet the required "
	  "authentication level. The sender's domain in the 5322.From address doesn't meet the authentication requirements" },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.509 Access denied, sending domain example.org does not pass DMARC verification and "
	  "has a DMARC policy of reject." },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.23 The message was rejected because of Sender Policy Framework violation" },
	{ 450, REFUSAL_AUTHENTICATION, "4.7.26 Access denied, a message sent over IPv6 [2001:db8::1] must pass either SPF or DKIM "
	  "validation, this message is not signed" },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.506 Access denied, bad HELO." },
	{ 550, REFUSAL_CONTENT, "5.7.520 Message blocked because it contains content identified as spam. AS(4810)" },
	{ 550, REFUSAL_USER, "5.4.1 Recipient address rejected: Access denied. AS(201806281) [DB5EUR03FT021.prod.outlook.com]" },
	{ 550, REFUSAL_USER, "5.5.0 Requested action not taken: mailbox unavailable (S2017062302)." },
	{ 552, REFUSAL_QUOTA, "5.2.2 Mailbox full" },
	{ 530, REFUSAL_RELAY, "5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM" },

	/* Gmail; its long replies have many lines, each with the status */
	{ 421, REFUSAL_ADDRESS, "4.7.28 [192.0.2.25      15] Our system has detected an unusual rate of\n4.7.28 unsolicited mail "
	  "originating from your IP address. To protect our\n4.7.28 users from spam, mail sent from your IP address has been\n"
	  "4.7.28 temporarily rate limited. Please visit" },
	{ 421, REFUSAL_ADDRESS, "4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\n4.7.28 from your IP "
	  "Netblock [192.0.2.0 24]. To protect our users from spam, mail has been temporarily rate limited." },
	{ 550, REFUSAL_ADDRESS, "5.7.1 [192.0.2.25] Our system has detected an unusual rate of unsolicited mail originating "
	  "from your IP address. To protect our users from spam, mail sent from your IP address has been blocked." },
	{ 550, REFUSAL_ADDRESS, "5.7.1 [192.0.2.25] Our system has detected that this message is likely suspicious due to the "
	  "very low reputation of the sending IP address. To best protect our users from spam, the message has been blocked." },
	{ 421, REFUSAL_ADDRESS, "4.7.23 The IP address sending this message does not have a PTR record, or the PTR record's "
	  "forward DNS entry does not match the sending IP address." },
	{ 550, REFUSAL_ADDRESS, "5.7.25 [192.0.2.25] The IP address sending this message does not have a\n5.7.25 PTR record "
	  "setup, or the corresponding forward DNS entry does not\n5.7.25 point to the sending IP." },
	{ 550, REFUSAL_ADDRESS, "5.7.1 [192.0.2.25] The IP you're using to send mail is not authorized to send email directly "
	  "to our servers. Please use the SMTP relay at your service provider instead." },
	{ 421, REFUSAL_ADDRESS, "4.7.0 IP not in whitelist for RCPT domain, closing connection. 5si123456wmj.9 - gsmtp" },
	{ 421, REFUSAL_SENDER, "4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your SPF domain "
	  "[example.org 36]. To protect our users from spam, mail sent from your domain has been temporarily rate limited." },
	{ 421, REFUSAL_SENDER, "4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your DKIM domain "
	  "[example.org 35]. To protect our users from spam, mail sent from your domain has been temporarily rate limited." },
	{ 421, REFUSAL_CONTENT, "4.7.28 Gmail has detected an unusual rate of unsolicited mail containing one of your URL "
	  "domains. To protect our users from spam, mail with the URL has been temporarily rate limited." },
	{ 550, REFUSAL_SENDER, "5.7.1 [192.0.2.25] Our system has detected that this message is likely suspicious due to the "
	  "very low reputation of the sending domain." },
	{ 421, REFUSAL_CONTENT, "4.7.0 [192.0.2.25] Our system has detected that this message is suspicious due to the nature of "
	  "the content and/or the links within." },
	{ 550, REFUSAL_CONTENT, "5.7.1 [192.0.2.25] Our system has detected that this message is likely unsolicited mail. To "
	  "reduce the amount of spam sent to Gmail, this message has been blocked." },
	{ 552, REFUSAL_CONTENT, "5.7.0 This message was blocked because its content presents a potential security issue." },
	{ 421, REFUSAL_AUTHENTICATION, "4.7.26 This mail has been rate limited because it is unauthenticated. Gmail requires all "
	  "senders to authenticate with either SPF or DKIM. Authentication results: DKIM = did not pass" },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.26 This message does not have authentication information or fails to pass "
	  "authentication checks (SPF or DKIM). To best protect our users from spam, the message has been blocked." },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.26 The MAIL FROM domain [example.org] has an SPF record with a hard fail policy (-all) "
	  "but it fails to pass SPF checks with the ip: [192.0.2.25]." },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.26 Unauthenticated email from example.org is not accepted due to domain's DMARC policy." },
	{ 421, REFUSAL_AUTHENTICATION, "4.7.27 Your email has been rate limited because SPF authentication didn't pass for this "
	  "message. Gmail requires all bulk email senders to authenticate their email with SPF." },
	{ 421, REFUSAL_AUTHENTICATION, "4.7.30 Your email has been rate limited because DKIM authentication didn't pass for this "
	  "message. Gmail requires all email bulk senders to authenticate their email with DKIM." },
	{ 421, REFUSAL_AUTHENTICATION, "4.7.32 Your email has been rate limited because the From: header (RFC5322) in this "
	  "message isn't aligned with either the authenticated SPF or DKIM organizational domain." },
	{ 421, REFUSAL_AUTHENTICATION, "4.7.40 Your email has been rate limited because the sending domain doesn't have a DMARC "
	  "record, or the DMARC record doesn't specify a DMARC policy." },
	{ 451, REFUSAL_AUTHENTICATION, "4.7.24 The SPF record of the sending domain has one or more suspicious entries. To protect "
	  "our users from spam, mail sent from your IP address has been temporarily rate limited." },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.1 [2001:db8::1] Our system has detected that this message does not meet IPv6 sending "
	  "guidelines regarding PTR records and authentication." },
	{ 421, REFUSAL_TLS, "4.7.29 Your email has been rate limited because this message wasn't sent over a TLS connection." },
	{ 421, REFUSAL_TLS, "4.7.0 TLS required for RCPT domain, closing connection." },
	{ 421, REFUSAL_RATE, "4.7.0 Try again later, closing connection. (EHLO) ffacd0b85a97d - gsmtp" },
	{ 450, REFUSAL_RATE, "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional "
	  "messages from being delivered." },
	{ 550, REFUSAL_USER, "5.1.1 The email account that you tried to reach does not exist. Please try double-checking the "
	  "recipient's email address for typos" },
	{ 550, REFUSAL_USER, "5.2.1 The email account that you tried to reach is inactive." },
	{ 452, REFUSAL_QUOTA, "4.2.2 The recipient's inbox is out of storage space. Please direct the recipient to" },
	{ 552, REFUSAL_QUOTA, "5.2.2 The email account that you tried to reach is over quota." },
	{ 550, REFUSAL_RELAY, "5.7.0 Mail relay denied <192.0.2.25>. Invalid credentials for relay for one of the domains" },
	{ 550, REFUSAL_RELAY, "5.7.1 Invalid credentials for relay [192.0.2.25]." },
	{ 501, REFUSAL_AUTHENTICATION, "5.5.4 HELO/EHLO argument \"x y\" invalid, closing connection." },

	/* lists, filters and servers that many use */
	{ 554, REFUSAL_ADDRESS, "5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org; "
	  "https://www.spamhaus.org/query/ip/192.0.2.25" },
	{ 550, REFUSAL_ADDRESS, "5.7.1 Service unavailable; client [192.0.2.25] blocked using b.barracudacentral.org" },
	{ 554, REFUSAL_ADDRESS, "Service unavailable; Client host blocked using Barracuda Reputation; "
	  "http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.25" },
	{ 554, REFUSAL_ADDRESS, "5.7.1 Service unavailable; Client host [192.0.2.25] blocked using bl.spamcop.net; Blocked - see "
	  "https://www.spamcop.net/bl.shtml?192.0.2.25" },
	{ 553, REFUSAL_ADDRESS, "5.3.0 Blocked - see http://www.spamcop.net/bl.shtml?192.0.2.25" },
	{ 554, REFUSAL_ADDRESS, "Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.25" },
	{ 554, REFUSAL_ADDRESS, "Your access to this mail system has been rejected due to the sending MTA's poor reputation. If "
	  "you believe that this failure is in error, please contact the intended recipient via alternate means." },
	{ 550, REFUSAL_ADDRESS, "JunkMail rejected - mail.example.org [192.0.2.25]:41234 is in an RBL: "
	  "https://www.spamhaus.org/query/ip/192.0.2.25" },
	{ 550, REFUSAL_ADDRESS, "rejected because 192.0.2.25 is in a black list at bl.example.net" },
	{ 550, REFUSAL_ADDRESS, "5.7.1 Mail from 192.0.2.25 blocked using Trend Micro Email Reputation database. Please see "
	  "https://www.mail-abuse.com/cgi-bin/lookup?192.0.2.25" },
	{ 550, REFUSAL_ADDRESS, "Local CT IP Reputation - (reject) [abc.uk123] https://community.mimecast.com/docs/DOC-1369#550" },
	{ 550, REFUSAL_ADDRESS, "csi.mimecast.org Poor Reputation Sender. - https://community.mimecast.com/docs/DOC-1369#550" },
	{ 451, REFUSAL_ADDRESS, "IP temporarily blacklisted - https://community.mimecast.com/docs/DOC-1369#451" },
	{ 554, REFUSAL_ADDRESS, "Host network, not allowed - https://community.mimecast.com/docs/DOC-1369#554" },
	{ 451, REFUSAL_GREYLISTING, "Internal resources are temporarily unavailable - "
	  "https://community.mimecast.com/docs/DOC-1369#451" },
	{ 550, REFUSAL_AUTHENTICATION, "Anti-Spoofing policy - Inbound not allowed" },
	{ 550, REFUSAL_AUTHENTICATION, "SPF Sender Invalid - envelope rejected" },
	{ 550, REFUSAL_AUTHENTICATION, "DKIM Sender Invalid - envelope rejected" },
	{ 550, REFUSAL_AUTHENTICATION, "DMARC Sender Invalid - envelope rejected" },
	{ 550, REFUSAL_CONTENT, "Message bounced due to Content Examination Policy" },
	{ 550, REFUSAL_USER, "Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550" },
	{ 553, REFUSAL_TLS, "This route requires encryption (TLS)" },
	{ 451, REFUSAL_RELAY, "Open relay not allowed" },

	/* other providers */
	{ 554, REFUSAL_ADDRESS, "IP=192.0.2.25 - None/bad reputation. Ask your postmaster for help or to contact "
	  "tobr@rx.t-online.de for reset. (NOWL)" },
	{ 554, REFUSAL_ADDRESS, "IP=192.0.2.25 - A problem occurred. (Ask your postmaster for help or to contact "
	  "tosa@rx.t-online.de to clarify.) (BL)" },
	{ 554, REFUSAL_ADDRESS, "gmx.net (mxgmx007) Nemesis ESMTP Service not available\nNo SMTP service\nIP address is black "
	  "listed.\nFor explanation visit https://postmaster.gmx.net/en/error-messages?ip=192.0.2.25&c=bip" },
	{ 554, REFUSAL_ADDRESS, "gmx.net (mxgmx104) Nemesis ESMTP Service not available\nNo SMTP service\nIP address is block "
	  "listed.\nFor explanation visit https://postmaster.gmx.net/en/case?c=r0201&i=ip&v=192.0.2.25" },
	{ 554, REFUSAL_ADDRESS, "web.de (mxweb012) Nemesis ESMTP Service not available\nNo SMTP service\nBad DNS PTR resource "
	  "record.\nFor explanation visit https://postmaster.web.de/en/error-messages?ip=192.0.2.25&c=rdns" },
	{ 550, REFUSAL_AUTHENTICATION, "<x@gmx.net>: Reject due to SPF policy. The originating IP of the message is not permitted "
	  "by the domain owner" },
	{ 550, REFUSAL_CONTENT, "Transaction failed\nReject due to policy restrictions.\nFor explanation visit" },
	{ 421, REFUSAL_RATE, "Rate limit reached. Please try again later" },
	{ 550, REFUSAL_ADDRESS, "5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.25" },
	{ 550, REFUSAL_ADDRESS, "5.7.1 Mail from IP 192.0.2.25 was rejected due to listing in Spamhaus SBL. For details please "
	  "see http://www.spamhaus.org/query/bl?ip=192.0.2.25" },
	{ 550, REFUSAL_CONTENT, "5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL -- see "
	  "https://www.spamhaus.org/dbl/" },
	{ 550, REFUSAL_CONTENT, "5.7.1 [CS01] Message rejected due to local policy. Please visit "
	  "https://support.apple.com/en-us/HT204137" },
	{ 554, REFUSAL_AUTHENTICATION, "5.7.1 [HME1] This message was blocked for failing both SPF and DKIM authentication checks." },
	{ 421, REFUSAL_RATE, "4.7.1 Messages to x@icloud.com deferred due to excessive volume. Try again later" },
	{ 550, REFUSAL_USER, "5.1.1 <x@icloud.com>: inactive email address" },
	{ 550, REFUSAL_USER, "5.1.1 unknown or illegal alias: x@icloud.com" },
	{ 554, REFUSAL_ADDRESS, "resimta-po-15v.sys.comcast.net comcast 192.0.2.25 Comcast block for spam.  Please see "
	  "http://postmaster.comcast.net/smtp-error-codes.php#BL000001" },
	{ 554, REFUSAL_ADDRESS, "resimta-po-15v.sys.comcast.net comcast 192.0.2.25 Comcast requires that all mail servers must "
	  "have a PTR record with a valid Reverse DNS entry." },
	{ 421, REFUSAL_RATE, "resimta-po-15v.sys.comcast.net comcast Too many sessions opened" },
	{ 553, REFUSAL_ADDRESS, "5.3.0 flpd575 DNSBL:RBL 521< 192.0.2.25 >_is_blocked.For assistance forward this email to "
	  "abuse_rbl@abuse-att.net" },
	{ 550, REFUSAL_ADDRESS, "5.7.1 Connections not accepted from servers without a valid sender domain.flph830 Fix reverse "
	  "DNS for 192.0.2.25" },
	{ 550, REFUSAL_ADDRESS, "mwinf5c04 ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming "
	  "issues. OFR006_102 Ref http://csi.cloudmark.com" },
	{ 421, REFUSAL_RATE, "mwinf5c79 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow "
	  "down. OFR005_104 [104]" },
	{ 421, REFUSAL_AUTHENTICATION, "smtp.orange.fr [192.0.2.25] Emetteur invalide. Invalid Sender. SPF check failed, please "
	  "verify the SPF/DNS configuration for your domain name." },
	{ 571, REFUSAL_AUTHENTICATION, "5.7.1 Message refused, DMARC verification Failed. Message refuse LPN007_517" },
	{ 550, REFUSAL_CONTENT, "5.2.0 Mail rejete. Mail rejected. OFR_506 [506]" },
	{ 552, REFUSAL_QUOTA, "5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]" },
	{ 421, REFUSAL_ADDRESS, "Too many spams from your IP (192.0.2.25), please visit http://postmaster.free.fr/" },
	{ 550, REFUSAL_CONTENT, "spam detected" },
	{ 451, REFUSAL_ADDRESS, "4.7.1 Received too many messages from a new or untrusted IP (G28)" },
	{ 450, REFUSAL_ADDRESS, "4.7.1 Client host 192.0.2.25 has no PTR record (G1F)" },
	{ 421, REFUSAL_RATE, "Too many concurrent connections from this client (G2)" },
	{ 550, REFUSAL_RATE, "Ip frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=725" },
	{ 554, REFUSAL_CONTENT, "5.7.1 [1] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc" },
	{ 550, REFUSAL_CONTENT, "spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=x" },

	/* Postfix, Exim, Rspamd, Dovecot and kin */
	{ 450, REFUSAL_ADDRESS, "4.7.25 Client host rejected: cannot find your hostname, [192.0.2.25]" },
	{ 450, REFUSAL_ADDRESS, "4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.25]" },
	{ 554, REFUSAL_ADDRESS, "5.7.1 <mail.example.org[192.0.2.25]>: Client host rejected: Access denied" },
	{ 554, REFUSAL_SENDER, "5.7.1 Service unavailable; Sender address [x@example.org] blocked using rhsbl.example.net" },
	{ 554, REFUSAL_SENDER, "5.7.1 Service unavailable; Helo command [mail.example.org] blocked using rhsbl.example.net" },
	{ 554, REFUSAL_SENDER, "5.7.1 Service unavailable; Recipient address [x@example.org] blocked using rhsbl.example.net" },
	{ 554, REFUSAL_CONTENT, "5.7.1 Service unavailable; Client host [mail.example.org] blocked using dbl.spamhaus.org" },
	{ 550, REFUSAL_CONTENT, "5.7.1 Message contains a URL listed in the DBL, see https://www.spamhaus.org/query/dbl" },
	{ 550, REFUSAL_CONTENT, "5.7.1 listed, see https://www.spamhaus.org/dbl/" },
	{ 550, REFUSAL_CONTENT, "5.7.1 URL in this message is listed in SURBL" },
	{ 550, REFUSAL_CONTENT, "Rejected: http://bad.example is on URIBL black" },
	{ 450, REFUSAL_AUTHENTICATION, "4.7.1 <mail.example.org>: Helo command rejected: Host not found" },
	{ 450, REFUSAL_GREYLISTING, "4.2.0 <x@example.org>: Recipient address rejected: Greylisted, see "
	  "http://postgrey.schweikert.ch/help/example.org.html" },
	{ 451, REFUSAL_GREYLISTING, "4.7.1 Try again later" },
	{ 451, REFUSAL_GREYLISTING, "4.7.1 Greylisting in action, please come back later" },
	{ 451, REFUSAL_GREYLISTING, "You have been graylisted" },
	{ 450, REFUSAL_GREYLISTING, "grey-listed, come back in 5 minutes" },
	{ 421, REFUSAL_RATE, "4.7.0 mx.example.org Error: too many connections from 192.0.2.25" },
	{ 450, REFUSAL_RATE, "4.7.1 Error: too much mail from 192.0.2.25" },
	{ 554, REFUSAL_RELAY, "5.7.1 <x@example.org>: Relay access denied" },
	{ 550, REFUSAL_RELAY, "relay not permitted" },
	{ 530, REFUSAL_TLS, "5.7.0 Must issue a STARTTLS command first" },
	{ 523, REFUSAL_TLS, "5.7.10 Encryption Needed" },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.20 No passing signature" },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.23 not allowed" },
	{ 550, REFUSAL_AUTHENTICATION, "5.7.26 nothing passed" },
	{ 550, REFUSAL_USER, "5.1.1 <x@example.org>: Recipient address rejected: User unknown in virtual mailbox table" },
	{ 550, REFUSAL_USER, "Unknown user" },
	{ 550, REFUSAL_USER, "5.1.1 No such user here" },
	{ 550, REFUSAL_USER, "No such recipient" },
	{ 550, REFUSAL_USER, "5.1.1 user does not exist: <x@icloud.com>" },
	{ 550, REFUSAL_USER, "5.1.1 gone" },
	{ 552, REFUSAL_QUOTA, "5.2.2 <x@example.org> Quota exceeded (mailbox for user is full)" },
	{ 552, REFUSAL_QUOTA, "Message size exceeds remaining quota" },
	{ 452, REFUSAL_QUOTA, "4.3.1 mailbox is full" },
	{ 452, REFUSAL_QUOTA, "4.2.2 not now" },
	{ 550, REFUSAL_CONTENT, "5.7.1 message content rejected" },
	{ 571, REFUSAL_CONTENT, "5.7.1 message classified as spam" },
	{ 550, REFUSAL_CONTENT, "5.7.1 this message was identified as spam" },
	{ 550, REFUSAL_CONTENT, "This message scored 12 and is considered spam" },
	{ 550, REFUSAL_CONTENT, "5.7.1 infected: Virus Eicar-Signature found" },

	/* what must not move anything */
	{ 554, REFUSAL_UNKNOWN, "5.7.1 <x@example.org>: Recipient address rejected: see [TSS04] and S3140" },
	{ 550, REFUSAL_UNKNOWN, "5.7.1 Policy" },
	{ 550, REFUSAL_UNKNOWN, "" },
	{ 421, REFUSAL_UNKNOWN, "4.3.2 Service shutting down" },
	{ 550, REFUSAL_UNKNOWN, "5.7.1 refused: the text holds https://www.spamhaus.org/query/ip/192.0.2.25" },
	{ 550, REFUSAL_UNKNOWN, "5.7.1 refused: Subject: zen.spamhaus.org listed me" },
	{ 550, REFUSAL_UNKNOWN, "5.7.1 <\"messages from weren't sent on our block list\"@example.org>: no" },
	{ 550, REFUSAL_UNKNOWN, "5.7.1 <Client host rejected: Access denied>" },
	{ 450, REFUSAL_UNKNOWN, "5.1.1 a status of another class than the code" },
	{ 454, REFUSAL_UNKNOWN, "4.7.0 Temporary authentication failure" },
	{ 451, REFUSAL_UNKNOWN, "4.3.0 Error: queue file write error" },
	{ 552, REFUSAL_UNKNOWN, "5.3.4 Message size exceeds fixed limit" },
	{ 553, REFUSAL_UNKNOWN, "5.1.8 <me@example.org>: Sender address rejected: Domain not found" },
	{ 250, REFUSAL_UNKNOWN, "2.0.0 [TSS04] Messages from you deferred" },
	{ 354, REFUSAL_UNKNOWN, "user unknown" },
	{ 999, REFUSAL_UNKNOWN, "user unknown" },
};

static void tables(void)
{
	for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
		const struct known_reply *row = reply_find(replies[i].code, span_of(replies[i].text));
		is_text(refusal_name(row ? row->about : REFUSAL_UNKNOWN), refusal_name(replies[i].about), "%u %.60s",
		        replies[i].code, replies[i].text);
		if (row)
			met[row - reply_row(0)] = true;
	}
	for (size_t i = 0; reply_row(i); i++)
		ok(met[i], "met: \"%s\" %s", reply_row(i)->text, reply_row(i)->status);
}

/* Lower case, so that it can be found; sentences that end; a source. */
static void rows_are_sound(void)
{
	const struct known_reply *row;

	for (size_t i = 0; (row = reply_row(i)) != NULL; i++) {
		bool lower = strlen(row->code) == 3;
		for (const char *c = row->text; *c; c++)
			lower &= byte_lower(*c) == *c;
		ok(lower && (row->text[0] || row->status[0]), "can be found: %s", row->text);
		ok(row->means[strlen(row->means) - 1] == '.' && row->advice[strlen(row->advice) - 1] == '.', "sentences: %s",
		   row->text);
		ok(row->source[0] && row->receiver[0] && row->about != REFUSAL_UNKNOWN, "who, where from, what: %s", row->text);
	}
}

static void faults(void)
{
	static const struct { const char *text, *reply; enum refusal about; } rows[] = {
		{ "mx.example.net[192.0.2.10]:25 said: 550 5.1.1 User unknown (in reply to RCPT TO)", "550 5.1.1 User unknown",
		  REFUSAL_USER },
		{ "not delivered in time, given up; the last error was: mx[192.0.2.1]:25 said: 421 4.7.0 [TSS04] Messages from x "
		  "temporarily deferred (in reply to the connection)", "421 4.7.0 [TSS04] Messages from x temporarily deferred",
		  REFUSAL_ADDRESS },
		{ "mx said: 550 no (in reply to x) said: 550 5.1.1 User unknown (in reply to end of DATA)",
		  "550 no (in reply to x) said: 550 5.1.1 User unknown", REFUSAL_USER },
		{ "mx said: 550", "550", REFUSAL_UNKNOWN },
		{ "mx said: 5501 user unknown", "", REFUSAL_UNKNOWN },
		{ "mx said: 250 user unknown", "", REFUSAL_UNKNOWN },
		{ "mx: no reply in time at the greeting", "", REFUSAL_UNKNOWN },
		{ "user unknown", "", REFUSAL_UNKNOWN },
		{ "", "", REFUSAL_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fault f;
		fault_set(&f, FAULT_PERMANENT, "5.0.0", "%s", rows[i].text);
		struct span reply = reply_in(span_of(f.text));
		ok(span_eq(reply, span_of(rows[i].reply)), "the reply in \"%.40s\": %.*s", rows[i].text, (int)reply.len, reply.at);
		const struct known_reply *row = reply_known(&f);
		is_int(row ? row->about : REFUSAL_UNKNOWN, rows[i].about, "and what it is about");
	}
}

static void two_hops(void)
{
	struct fault f;
	char text[2 * FAULT_TEXT_MAX];

	fault_set(&f, FAULT_PERMANENT, "5.1.1", "isp said: 550 5.1.1 User unknown (in reply to RCPT TO)");
	ok(reply_earlier_in(span_of(f.text)).len == 0, "a fault tells of one reply");
	reply_add_earlier(&f, "mx said: 554 IP=x - None/bad reputation (in reply to the connection)");
	ok(span_eq(reply_in(span_of(f.text)), SPAN("550 5.1.1 User unknown")), "or of two: the last is its own");
	is_int(reply_known(&f)->about, REFUSAL_USER, "which it is about");
	ok(span_eq(reply_in(reply_earlier_in(span_of(f.text))), SPAN("554 IP=x - None/bad reputation")), "and the earlier");
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	fault_set(&f, FAULT_PERMANENT, "5.1.1", "%s", text);
	reply_add_earlier(&f, text);
	ok(strlen(f.text) < FAULT_TEXT_MAX && reply_earlier_in(span_of(f.text)).len >= FAULT_TEXT_MAX / 3 &&
	   reply_earlier_in(span_of(f.text)).len < FAULT_TEXT_MAX / 2, "both are cut where they have no room");
	fault_set(&f, FAULT_PERMANENT, "5.1.1", "%s", text);
	reply_add_earlier(&f, "short");
	ok(span_eq(reply_earlier_in(span_of(f.text)), SPAN("short")), "a short one is whole");
}

static void bounds(void)
{
	enum { LONG = 3 * REPLY_LOOKED_AT_MAX };
	char *text = malloc(LONG);

	memset(text, '<', LONG);
	ok(reply_find(550, (struct span){ text, LONG }) == NULL, "brackets without end");
	memset(text, ' ', LONG);
	memcpy(text + LONG - 20, "user unknown", 12);
	ok(reply_find(550, (struct span){ text, LONG }) == NULL, "what stands too far away is not looked at");
	memset(text, 'x', LONG);
	memcpy(text, "user unknown ", 13);
	ok(reply_find(550, (struct span){ text, LONG }) != NULL, "what stands in front is");
	free(text);
}

int main(void)
{
	tap_plan(893);
	tables();
	rows_are_sound();
	faults();
	two_hops();
	bounds();
	return tap_done();
}
