/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/message.h"
#include "relay/pickup/kept.h"
#include "relay/pickup/normal.h"
#include "relay/pickup/split.h"

#include <stdlib.h>
#include <time.h>

/*
 * Each row: what a caller gives, and what leaves this host, without the
 * Received field in front.
 */
#define RECEIVED "Received: by host.example (Signet) id 10;\r\n\tFri, 13 Feb 2009 23:31:30 +0000\r\n"
#define F "From: user@example.org\r\n"
#define T "To: undisclosed-recipients:;\r\n"
#define D "Date: Fri, 13 Feb 2009 23:31:30 +0000\r\n"
#define M "Message-ID: <000102030405060708090a0b0c0d0e0f@example.org>\r\n"
#define ALL F T D M
#define R(n) "Resent-From: user@example.org\r\nResent-Date: Fri, 13 Feb 2009 23:31:30 +0000\r\n" \
	"Resent-Message-ID: <000102030405060708090a0b0c0d0e0f." #n "@example.org>\r\n"
#define GIVEN "From: a@b.example\r\nTo: c@d.example\r\nDate: 1 Jan 01 00:00 GMT\r\nMessage-ID: <1@b>\r\n"

struct row {
	const char *name;
	struct span in, want;
	const char *from;          /* settings.from */
	const char *full_name;
	bool staying;
	bool host;                 /* settings.host_in_name */
	const char *rewritten, *rewriting;    /* the one rule of settings.rewrite */
};

#define ROW(...) { ROW_OF(__VA_ARGS__, ) }
#define ROW_OF(text, given, wanted, ...) .name = text, .in = given, .want = wanted, __VA_ARGS__

static const struct row rows[] = {
	/* line ends */
	ROW("CRLF stays", SPAN(GIVEN "\r\nhi\r\n"), SPAN(GIVEN "\r\nhi\r\n")),
	ROW("LF becomes CRLF", SPAN("From: a@b.example\nTo: c@d.example\nDate: 1 Jan 01 00:00 GMT\nMessage-ID: <1@b>\n\nhi\nho\n"),
	  SPAN(GIVEN "\r\nhi\r\nho\r\n")),
	ROW("bare CR stays in the body", SPAN(GIVEN "\r\na\rb\r\rc\r\n"), SPAN(GIVEN "\r\na\rb\r\rc\r\n")),
	ROW("bare CR is a blank in header lines", SPAN("Subject: a\rBcc: x@y.example\r\rhi\r\nX-a: b\n\rc\n\nhi\r"),
	  SPAN("Subject: a Bcc: x@y.example  hi\r\nX-a: b\r\n c\r\n" ALL "\r\nhi\r\n")),
	ROW("and hides no Bcc", SPAN("Subject: a\r\r\nBcc\r: x@y.example,\n\rz@y.example\r\r\nX-a: 1\n\r\r\nhi\n"),
	  SPAN("Subject: a\r\nX-a: 1\r\n" ALL "\r\nhi\r\n")),
	ROW("in text without a header it stays as well", SPAN("hello\rthere\nx\n"), SPAN(ALL "\r\nhello\rthere\r\nx\r\n")),
	ROW("at the start of it too", SPAN("\rSubject: x\n"), SPAN(ALL "\r\n\rSubject: x\r\n")),
	ROW("behind the fields too", SPAN("Subject: x\nhello\r\rthere\r\r\n"), SPAN("Subject: x\r\n" ALL "\r\nhello\r\rthere\r\n")),
	ROW("CR CR LF is one line end", SPAN(GIVEN "\r\na\r\r\nb\r\r\r\n"), SPAN(GIVEN "\r\na\r\nb\r\n")),
	ROW("CR CR LF in the header", SPAN("From: a@b.example\r\r\nTo: c@d.example\r\r\nDate: 1 Jan 01 00:00 GMT\r\r\nMessage-ID: <1@b>\r\r\n\r\r\nhi\r\r\n"),
	  SPAN(GIVEN "\r\nhi\r\n")),
	ROW("smuggling: LF dot LF", SPAN(GIVEN "\r\na\n.\nb\r\n.\r\n"), SPAN(GIVEN "\r\na\r\n.\r\nb\r\n.\r\n")),
	ROW("smuggling: CR dot CR", SPAN(GIVEN "\r\na\r.\rMAIL FROM:<x>\r\n"), SPAN(GIVEN "\r\na\r.\rMAIL FROM:<x>\r\n")),
	ROW("the last line gets its end", SPAN(GIVEN "\r\nhi"), SPAN(GIVEN "\r\nhi\r\n")),
	ROW("a CR at the very end is one", SPAN(GIVEN "\r\nhi\r"), SPAN(GIVEN "\r\nhi\r\n")),
	ROW("empty lines stay", SPAN(GIVEN "\r\n\n\n\nhi\n\n"), SPAN(GIVEN "\r\n\r\n\r\n\r\nhi\r\n\r\n")),
	ROW("NUL passes", SPAN(GIVEN "\r\na\0b\r\n"), SPAN(GIVEN "\r\na\0b\r\n")),
	ROW("8-bit passes", SPAN(GIVEN "\r\n\xc3\xa4\xff\r\n"), SPAN(GIVEN "\r\n\xc3\xa4\xff\r\n")),

	/* shapes of messages */
	ROW("an empty message", SPAN(""), SPAN(ALL "\r\n")),
	ROW("one empty line", SPAN("\n"), SPAN(ALL "\r\n")),
	ROW("headers only, no empty line", SPAN("Subject: s\n"), SPAN("Subject: s\r\n" ALL "\r\n")),
	ROW("headers only, no line end", SPAN("Subject: s"), SPAN("Subject: s\r\n" ALL "\r\n")),
	ROW("no header at all", SPAN("hello there\nTo: x\n"), SPAN(ALL "\r\nhello there\r\nTo: x\r\n")),
	ROW("no header, an indented line first", SPAN("  hello: a\nb\n"), SPAN(ALL "\r\n  hello: a\r\nb\r\n")),
	ROW("no empty line before the text", SPAN("Subject: s\nhello there\n"), SPAN("Subject: s\r\n" ALL "\r\nhello there\r\n")),
	ROW("an empty line first: the rest is body", SPAN("\nSubject: s\n"), SPAN(ALL "\r\nSubject: s\r\n")),
	ROW("a mbox line is dropped", SPAN("From me Fri Feb 13 23:31:30 2009\nSubject: s\n\nx\n"), SPAN("Subject: s\r\n" ALL "\r\nx\r\n")),
	ROW("and quoted ones", SPAN(">>From me Fri Feb 13 23:31:30 2009\n>From you Fri Feb 13 23:31 2009\nSubject: s\n\n>From x\n"), SPAN("Subject: s\r\n" ALL "\r\n>From x\r\n")),
	ROW("a mbox line before text", SPAN("From me Fri Feb 13 23:31:30 2009\nhello there\n"), SPAN(ALL "\r\nhello there\r\n")),
	ROW("without a date it is text", SPAN("From me\nSubject: s\n\nx\n"), SPAN(ALL "\r\nFrom me\r\nSubject: s\r\n\r\nx\r\n")),
	ROW("folds stay", SPAN("Subject: a\n b\n\tc\n\nx\n"), SPAN("Subject: a\r\n b\r\n\tc\r\n" ALL "\r\nx\r\n")),
	ROW("blanks before the colon go", SPAN("Subject : a\nX-Y \t: b\n\n"), SPAN("Subject: a\r\nX-Y: b\r\n" ALL "\r\n")),
	ROW("unknown fields and their order stay", SPAN("X-b: 1\nDKIM-Signature: v=1;\n b=x\nX-a:2\n\n"),
	  SPAN("X-b: 1\r\nDKIM-Signature: v=1;\r\n b=x\r\nX-a:2\r\n" ALL "\r\n")),

	ROW("VT, FF and NUL are blanks in the header alone", SPAN("Subject:\va\fb\0c\n \v\nX-a: \x1b\n\na\v\f\0\n"),
	  SPAN("Subject: a b c\r\nX-a: \x1b\r\n" ALL "\r\na\v\f\0\r\n")),
	ROW("folds of blanks alone go", SPAN("Subject:\n \n\t\r\n  a\n \nX-a: b\n \v\t\n\n \nx\n"),
	  SPAN("Subject:\r\n  a\r\nX-a: b\r\n" ALL "\r\n \r\nx\r\n")),

	/* bodies of white space */
	ROW("a body of blanks loses them", SPAN(GIVEN "\n  \t\n"), SPAN(GIVEN "\r\n\r\n")),
	ROW("also without a line end", SPAN(GIVEN "\n \t"), SPAN(GIVEN "\r\n\r\n")),
	ROW("and in several lines", SPAN(GIVEN "\n \n\n\t\r\n"), SPAN(GIVEN "\r\n\r\n\r\n\r\n")),
	ROW("a CR that ends no line is one of them", SPAN(GIVEN "\n \r\t\r\r\n\r \n"), SPAN(GIVEN "\r\n\r\n\r\n")),
	ROW("not before text", SPAN(GIVEN "\n \n\n\t\r\n  x \n \n"), SPAN(GIVEN "\r\n \r\n\r\n\t\r\n  x \r\n \r\n")),
	ROW("VT is text there", SPAN(GIVEN "\n \n\v\n"), SPAN(GIVEN "\r\n \r\n\v\r\n")),

	/* fields that may be there once */
	ROW("several To, Cc and Reply-To become one each", SPAN("To: a\nCc: d@e.example\nReply-To: g\nto: B <b>,\nX-a: 1\nCC: f\nTo:\n c\nReply-To: h\n\n"),
	  SPAN("To: a@example.org,\r\n\tB <b@example.org>,\r\n\tc@example.org\r\nCc: d@e.example,\r\n\tf@example.org\r\n"
	       "Reply-To: g@example.org,\r\n\th@example.org\r\nX-a: 1\r\n" F D M "\r\n")),
	ROW("those without an address go", SPAN("To:\nTo: a\nTo: (c)\nCc: (c)\nCc:\nReply-To: b\nReply-To: ,\nSender:\nErrors-To: \nResent-Cc: ,\n\n"),
	  SPAN("To: a@example.org\r\nReply-To: b@example.org\r\n" F D M "\r\n")),
	ROW("those that cannot be read are set aside", SPAN("To: a b <\nTo: c\nTo: d\nCc: e\nCc: f g <\nReply-To: h i <\nReply-To: j k <\n\n"),
	  SPAN("X-Original-To: a b <\r\nTo: c@example.org,\r\n\td@example.org\r\nCc: e@example.org\r\nX-Original-Cc: f g <\r\n"
	       "X-Original-Reply-To: h i <\r\nX-Original-Reply-To: j k <\r\n" F D M "\r\n")),
	ROW("others than To and Cc, too", SPAN("Sender: [a]\nReply-To: b@@c.example\nErrors-To: d@\nResent-To: e <\nCc: f <\n\n"),
	  SPAN("X-Original-Sender: [a]\r\nX-Original-Reply-To: b@@c.example\r\nX-Original-Errors-To: d@\r\n" R(1)
	       "Resent-To: e <\r\nCc: f <\r\n" F D M "\r\n")),
	ROW("a group that does not end", SPAN("To: a: b\nTo: c: d;\nTo: e: <f>\n\n"),
	  SPAN("To: a: b@example.org;,\r\n\tc: d@example.org;,\r\n\t\"e:\" <f@example.org>\r\n" F D M "\r\n")),
	ROW("alone", SPAN("To: undisclosed-recipients:\nCc: a: b, c\nReply-To: d: e;\n\n"),
	  SPAN("To: undisclosed-recipients:;\r\nCc: a: b@example.org, c@example.org;\r\nReply-To: d: e@example.org;\r\n" F D M "\r\n")),
	ROW("a group joins too, unless it is empty", SPAN("To: undisclosed-recipients:;\nTo: all: a, b;\nTo: c\n\n"),
	  SPAN("To: all: a@example.org, b@example.org;,\r\n\tc@example.org\r\n" F D M "\r\n")),
	ROW("a second Subject, Sender, Date and more is set aside",
	  SPAN("Subject: a\nSUBJECT: a\nSubject: b\nSender: c\nSender: d\nDate: 1 Jan 01 00:00 GMT\nDate: 2 Jan 01 00:00 GMT\nMessage-ID: <g>\nMessage-ID: <h>\n"
	       "In-Reply-To: <i>\nIn-Reply-To: <j>\nReferences: <k>\nReferences:\n <l> <m>\nReferences: <k> \n\n"),
	  SPAN("Subject: a\r\nX-Original-SUBJECT: a\r\nX-Original-Subject: b\r\nSender: c@example.org\r\nX-Original-Sender: d\r\n"
	       "Date: 1 Jan 01 00:00 GMT\r\nX-Original-Date: 2 Jan 01 00:00 GMT\r\nMessage-ID: <g>\r\nX-Original-Message-ID: <h>\r\nIn-Reply-To: <i>\r\n\t<j>\r\n"
	       "References: <k>\r\n\t<l> <m>\r\n" F T "\r\n")),
	ROW("MIME's are there once", SPAN("MIME-Version: 1.0\nContent-Type: text/html; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
	       "mime-version:  1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: 8BIT\n\nx\n"),
	  SPAN("MIME-Version: 1.0\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n"
	       "X-Original-Content-Type: text/plain\r\n" ALL "\r\nx\r\n")),
	ROW("the first that can be read", SPAN("MIME-Version: one\nContent-Type: html\nContent-Transfer-Encoding: utf-8\n"
	       "MIME-Version: 1.0 (x)\nContent-Type: text/(x)html\nContent-Transfer-Encoding: base64\nContent-Type:\n\nx\n"),
	  SPAN("X-Original-MIME-Version: one\r\nX-Original-Content-Type: html\r\nX-Original-Content-Transfer-Encoding: utf-8\r\n"
	       "MIME-Version: 1.0 (x)\r\nContent-Type: text/(x)html\r\nContent-Transfer-Encoding: base64\r\n" ALL "\r\nx\r\n")),
	ROW("List-Unsubscribe is there once", SPAN("List-Unsubscribe: <https://a.example>\nList-Unsubscribe:\n <mailto:b@c.example>\nList-Unsubscribe: <https://a.example>\n\n"),
	  SPAN("List-Unsubscribe: <https://a.example>,\r\n\t<mailto:b@c.example>\r\n" ALL "\r\n")),
	ROW("a type is tokens", SPAN("Content-Type: =?us-ascii?Q?multipart/mixed;_boundary=3Db?=\nContent-Type: multipart/mixed; boundary=b\n\nx\n"),
	  SPAN("X-Original-Content-Type: =?us-ascii?Q?multipart/mixed;_boundary=3Db?=\r\n"
	       "Content-Type: multipart/mixed; boundary=b\r\n" ALL "\r\nx\r\n")),

	/* what is said of the body is true of it */
	ROW("several parts are not encoded as a whole", SPAN("Content-Type: Multipart/Mixed; boundary=b\nContent-Transfer-Encoding: Quoted-Printable\n\n--b\n"),
	  SPAN("Content-Type: Multipart/Mixed; boundary=b\r\nX-Original-Content-Transfer-Encoding: Quoted-Printable\r\n" ALL "\r\n--b\r\n")),
	ROW("nor base64", SPAN("Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"),
	  SPAN("X-Original-Content-Transfer-Encoding: base64\r\nContent-Type: multipart/mixed; boundary=b\r\n" ALL "\r\n--b\r\n")),
	ROW("one may be", SPAN("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\neA==\n"),
	  SPAN("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n" ALL "\r\neA==\r\n")),
	ROW("binary is 8bit", SPAN("Content-Transfer-Encoding: Binary\n\n\xc3\xbc\n"), SPAN("Content-Transfer-Encoding: 8bit\r\n" ALL "\r\n\xc3\xbc\r\n")),
	ROW("or 7bit", SPAN("Content-Transfer-Encoding: binary\n\nx\n"), SPAN("Content-Transfer-Encoding: 7bit\r\n" ALL "\r\nx\r\n")),
	ROW("7bit with more is 8bit", SPAN("Content-Transfer-Encoding: 7bit\n\n\xc3\xbc\n"), SPAN("Content-Transfer-Encoding: 8bit\r\n" ALL "\r\n\xc3\xbc\r\n")),
	ROW("and is 7bit else", SPAN("Content-Transfer-Encoding:7BIT\n\nx\n"), SPAN("Content-Transfer-Encoding:7BIT\r\n" ALL "\r\nx\r\n")),
	ROW("what is not said is 7bit", SPAN("Content-Type: text/plain; charset=utf-8\n\n\xc3\xbc\n"),
	  SPAN("Content-Type: text/plain; charset=utf-8\r\n" ALL "Content-Transfer-Encoding: 8bit\r\n\r\n\xc3\xbc\r\n")),
	ROW("without a type nothing is said", SPAN("Subject: s\n\n\xc3\xbc\n"), SPAN("Subject: s\r\n" ALL "\r\n\xc3\xbc\r\n")),
	ROW("nor of several parts", SPAN("Content-Type: multipart/mixed; boundary=b\n\n\xc3\xbc\n"),
	  SPAN("Content-Type: multipart/mixed; boundary=b\r\n" ALL "\r\n\xc3\xbc\r\n")),
	ROW("a Date that is not one", SPAN("Date: Fr, 13 Feb 2009 23:31:30 +0000\n\n"), SPAN("X-Original-Date: Fr, 13 Feb 2009 23:31:30 +0000\r\n" ALL "\r\n")),
	ROW("the first that is one", SPAN("Date: 2009-02-13T23:31:30Z\nDate: 13 Feb 2009 23:31 Z\n\n"),
	  SPAN("X-Original-Date: 2009-02-13T23:31:30Z\r\nDate: 13 Feb 2009 23:31 Z\r\n" F T M "\r\n")),
	ROW("not of a message that is sent again", SPAN("Date: x\nMessage-ID: y\nResent-From: r\nResent-Date: z\nResent-Message-ID: <1@x>\n\n"),
	  SPAN("Date: x\r\nMessage-ID: y\r\nResent-From: r@example.org\r\nResent-Date: z\r\nResent-Message-ID: <1@x>\r\n" F T "\r\n")),
	ROW("an id without brackets", SPAN("Message-ID: a@b \nIn-Reply-To:c@d\nReferences: e@f\nReferences: <g@h>\nContent-ID: i\n\n"),
	  SPAN("Message-ID: <a@b>\r\nIn-Reply-To: <c@d>\r\nReferences: <e@f>\r\n\t<g@h>\r\nContent-ID: i\r\n" F T D "\r\n")),
	ROW("a Message-ID without an id", SPAN("Message-ID: 94f4e3ed\nMessage-ID: a b@c\nMessage-ID: <d@e\nMessage-ID: (\xff <f>\n\n"),
	  SPAN("X-Original-Message-ID: 94f4e3ed\r\nX-Original-Message-ID: a b@c\r\nX-Original-Message-ID: <d@e\r\n"
	       "X-Original-Message-ID: =?unknown-8bit?b?KP8=?= <f>\r\n" ALL "\r\n")),
	ROW("with brackets it may be anything", SPAN("Message-ID: <94f4e3ed>\nIn-Reply-To: your mail of <a@b>\n\n"),
	  SPAN("Message-ID: <94f4e3ed>\r\nIn-Reply-To: your mail of <a@b>\r\n" F T D "\r\n")),
	ROW("empty brackets name nobody", SPAN("To: <>\nCc: A <>, < (c) >\nReply-To: <>\nSender: \"A\" <>\nErrors-To: <>\nResent-Cc: <>\nX-a: <>\n\n"),
	  SPAN("X-a: <>\r\n" ALL "\r\n")),
	ROW("an id that names nothing", SPAN("Message-ID: <>\nIn-Reply-To: < >\nReferences: <1@x>\nReferences: <>\n\n"),
	  SPAN("References: <1@x>\r\n" ALL "\r\n")),
	ROW("an empty To beside a group", SPAN("To: \nSubject: s\nTo: undisclosed-recipients:;\n\n"),
	  SPAN("Subject: s\r\nTo: undisclosed-recipients:;\r\n" F D M "\r\n")),
	ROW("two empty groups", SPAN("Cc: a:;\nCc: b:;\n\n"), SPAN("Cc: a:;\r\n" F D M "\r\n")),
	ROW("an empty To alone", SPAN("To:\nCc: ,\n\n"), SPAN(ALL "\r\n")),
	ROW("an empty one does not count", SPAN("Subject:\nSubject: b\nSubject: \nDate: \nMessage-ID:\n\n"), SPAN("Subject: b\r\n" ALL "\r\n")),
	ROW("an empty Subject stays", SPAN("Subject:\n\n"), SPAN("Subject:\r\n" ALL "\r\n")),
	ROW("others may be there often", SPAN("X-a: 1\nX-a: 2\nComments: a\nComments: b\nResent-To: r\nResent-To: s\n\n"),
	  SPAN("X-a: 1\r\nX-a: 2\r\nComments: a\r\nComments: b\r\n" R(1) "Resent-To: r@example.org\r\n" R(2) "Resent-To: s@example.org\r\n" ALL "\r\n")),

	/* fields that go */
	ROW("Bcc goes, with its folds", SPAN("Bcc: x@y.example,\n z@y.example\nSubject: s\nbCC: q\n\n"), SPAN("Subject: s\r\n" ALL "\r\n")),
	ROW("Bcc with a blank before the colon", SPAN("Bcc : x@y.example\n\n"), SPAN(ALL "\r\n")),
	ROW("Resent-Bcc goes", SPAN("Resent-Bcc: x@y.example\n\n"), SPAN(ALL "\r\n")),
	ROW("Return-Path goes", SPAN("Return-Path: <x@y.example>\n\n"), SPAN(ALL "\r\n")),
	ROW("fields of a mailbox go", SPAN("Content-Length: 3\nLines: 1\nStatus: RO\nX-Status: A\nX-Lines: 2\n\n"), SPAN("X-Lines: 2\r\n" ALL "\r\n")),
	ROW("a Bcc in the body stays", SPAN("Subject: s\n\nBcc: x\n"), SPAN("Subject: s\r\n" ALL "\r\nBcc: x\r\n")),

	/* fields that come */
	ROW("with Cc no To is needed", SPAN("Cc: c@d.example\n\n"), SPAN("Cc: c@d.example\r\n" F D M "\r\n")),
	ROW("the full name of -F", SPAN("\nx\n"), SPAN("From: Cron Daemon <user@example.org>\r\n" T D M "\r\nx\r\n"),
	  .full_name = "Cron Daemon"),
	ROW("a full name that needs quotes", SPAN("\n"), SPAN("From: \"a \\\"b\\\" (c), d\" <user@example.org>\r\n" T D M "\r\n"),
	  .full_name = "a \"b\" (c), d"),
	ROW("a full name in UTF-8", SPAN("\n"), SPAN("From: =?utf-8?q?J=C3=BCrg_M?= <user@example.org>\r\n" T D M "\r\n"),
	  .full_name = "J\xc3\xbcrg M"),
	ROW("line ends in a full name", SPAN("\n"), SPAN("From: \"aX: b\" <user@example.org>\r\n" T D M "\r\n"),
	  .full_name = "a\r\nX: b"),
	ROW("an empty From is replaced", SPAN("From:\nSubject: s\n\n"), SPAN("Subject: s\r\n" ALL "\r\n")),
	ROW("a From in encoded words", SPAN("From: =?utf-8?q?J=C3=BCrgen_=3Ca=40b.example=3E?=\nTo: x\n\n"),
	  SPAN("From: =?utf-8?q?J=C3=BCrgen?= <a@b.example>\r\nTo: x@example.org\r\n" D M "\r\n")),
	ROW("in several, and others", SPAN("From: =?UTF-8?B?IkEsIEIiIA==?=\n =?utf-8?q?=3Ca=40web1=2Eexample=2Eorg=3E?=\nTo: x\n"
	       "Reply-To: =?utf-8?q?a=40b=2Eexample?=\nCc: =?utf-8?q?c=40d=2Eexample=2C_e=40f=2Eexample?=\n\n"),
	  SPAN("From: \"A, B\" <a@example.org>\r\nTo: x@example.org\r\nReply-To: a@b.example\r\nCc: c@d.example, e@f.example\r\n" D M "\r\n")),
	ROW("not those of names alone", SPAN("From: =?utf-8?q?J=C3=BCrgen?=\nTo: =?utf-8?q?a?=\nReply-To: =?utf-8?q?Doe=2C_J_=3Ca=40b=2Eexample=3E?=\n\n"),
	  SPAN("X-Original-From: =?utf-8?q?J=C3=BCrgen?=\r\nTo: =?utf-8?q?a?=\r\nX-Original-Reply-To: =?utf-8?q?Doe=2C_J_=3Ca=40b=2Eexample=3E?=\r\n" F D M "\r\n")),
	ROW("nor with line ends in them", SPAN("From: =?utf-8?q?a=40b=2Eexample=0D=0ABcc=3A_x=40y?=\n\n"),
	  SPAN("X-Original-From: =?utf-8?q?a=40b=2Eexample=0D=0ABcc=3A_x=40y?=\r\n" ALL "\r\n")),
	ROW("a From whose domain cannot be one", SPAN("From: 'a@b.example'\nTo: x\n\n"), SPAN("X-Original-From: 'a@b.example'\r\nTo: x@example.org\r\n" F D M "\r\n")),
	ROW("one that is a literal", SPAN("From: a@[192.0.2.1]\nTo: x\n\n"), SPAN("From: a@[192.0.2.1]\r\nTo: x@example.org\r\n" D M "\r\n")),
	ROW("blanks that nobody sees", SPAN("From: A\xc2\xa0\x42 <a@b.example\xe2\x80\x8b>\nTo: \xe2\x80\xaa" "c@d.example\xe2\x80\xac,\xc2\xa0" "e\nSubject: f\xc2\xa0g\n\n"),
	  SPAN("From: A  B <a@b.example   >\r\nTo:    c@d.example   ,  e@example.org\r\nSubject: =?utf-8?q?f=C2=A0g?=\r\n" D M "\r\n")),
	ROW("a whole address in quotes", SPAN("From: \"a@b.example\"\nTo: C <d\\@e.example>, \"f\"@g.example\n\n"),
	  SPAN("From: a@b.example\r\nTo: C <d@e.example>, \"f\"@g.example\r\n" D M "\r\n")),
	ROW("character entities in names", SPAN("From: A &amp; B <a@b.example>\nTo: C&#039;s <d@e.example>, f@g.example\n\n"),
	  SPAN("From: \"A &amp; B\" <a@b.example>\r\nTo: \"C&#039;s\" <d@e.example>, f@g.example\r\n" D M "\r\n")),
	ROW("encoded words side by side", SPAN("Subject: a =?utf-8?q?b?==?utf-8?b?Yw==?= d?==?e =?utf-8?q?f?==?utf-8?q?g?==?utf-8?q?h?=\n"
	       "To: =?utf-8?q?i?==?utf-8?q?j?= <k@l.example>\nX-a: =?utf-8?q?m?==?n?=\nMessage-ID: <=?utf-8?q?b?==?utf-8?b?Yw==?=>\n\n"),
	  SPAN("Subject: a =?utf-8?q?b?= =?utf-8?b?Yw==?= d?==?e =?utf-8?q?f?= =?utf-8?q?g?= =?utf-8?q?h?=\r\n"
	       "To: =?utf-8?q?i?= =?utf-8?q?j?= <k@l.example>\r\nX-a: =?utf-8?q?m?==?n?=\r\nMessage-ID: <=?utf-8?q?b?==?utf-8?b?Yw==?=>\r\n" F D "\r\n")),
	ROW("a name with commas and without quotes", SPAN("From: Acme, Inc. <a@b.example>\nSender: Doe, J., Dr. <c>\nTo: d, E <f>\n\n"),
	  SPAN("From: \"Acme, Inc.\" <a@b.example>\r\nSender: \"Doe, J., Dr.\" <c@example.org>\r\nTo: d@example.org, E <f@example.org>\r\n" D M "\r\n")),
	ROW("two authors", SPAN("From: a, B <c@d.example>, e@f.example\nTo: x\n\n"),
	  SPAN("From: \"a, B\" <c@d.example>, e@f.example\r\nTo: x@example.org\r\nSender: user@example.org\r\n" D M "\r\n")),
	ROW("a From that is none is kept beside", SPAN("From: \"open <\n\n"), SPAN("X-Original-From: \"open <\r\n" ALL "\r\n")),

	/* addresses */
	ROW("cron's From", SPAN("From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@web1> run\n\nout\n"),
	  SPAN("From: root@example.org (Cron Daemon)\r\nTo: root@example.org\r\nSubject: Cron <root@web1> run\r\n" D M "\r\nout\r\n")),
	ROW("cron's From with quotes", SPAN("From: \"(Cron Daemon)\" <root>\n\n"), SPAN("From: \"(Cron Daemon)\" <root@example.org>\r\n" T D M "\r\n")),
	ROW("bare addresses in lists", SPAN("To: al, Bo <bo>, c@d.example\nCc: x,\n y\nReply-To: me\n\n"),
	  SPAN("To: al@example.org, Bo <bo@example.org>, c@d.example\r\nCc: x@example.org,\r\n y@example.org\r\n"
	       "Reply-To: me@example.org\r\n" F D M "\r\n")),
	ROW("groups stay", SPAN("To: friends: al, b@c.example;, undisclosed-recipients:;\n\n"),
	  SPAN("To: friends: al@example.org, b@c.example;, undisclosed-recipients:;\r\n" F D M "\r\n")),
	ROW("nor gets a group that does not end its end there", SPAN("To: a: b \"c\n\n"), SPAN("To: a: b \"c\r\n" F D M "\r\n")),
	ROW("a To that cannot be read stays", SPAN("To: a b c <\n\n"), SPAN("To: a b c <\r\n" F D M "\r\n")),
	ROW("and one whose first address can be", SPAN("To: al, b c <\n\n"), SPAN("To: al, b c <\r\n" F D M "\r\n")),
	ROW("a masqueraded host", SPAN("From: R <root@web1.example.org>\nSender: x@WEB1.example.org\nTo: a@web1.example.org\n\n"),
	  SPAN("From: R <root@example.org>\r\nSender: x@example.org\r\nTo: a@web1.example.org\r\n" D M "\r\n")),
	ROW("localhost means nothing elsewhere", SPAN("From: root@localhost (Cron Daemon)\nTo: a@b.example\n\n"),
	  SPAN("From: root@example.org (Cron Daemon)\r\nTo: a@b.example\r\n" D M "\r\n")),
	ROW("not for mail that stays", SPAN("From: R <root@web1.example.org>\nTo: a@b.example\n\n"),
	  SPAN("From: R <root@web1.example.org>\r\nTo: a@b.example\r\n" D M "\r\n"), .staying = true),
	ROW("from is forced", SPAN("From: R <root@web1.example.org>\nSender: z@q.example\nTo: a\n\n"),
	  SPAN("From: R <web1@example.org>\r\nSender: web1@example.org\r\nTo: a@example.org\r\n" D M "\r\n"), .from = "web1@example.org"),
	ROW("from is forced on a From that is added", SPAN("\n"), SPAN("From: web1@example.org\r\n" T D M "\r\n"), .from = "web1@example.org"),
	ROW("from is forced on cron's", SPAN("From: root (Cron Daemon)\n\n"), SPAN("From: web1@example.org (Cron Daemon)\r\n" T D M "\r\n"),
	  .from = "web1@example.org"),
	ROW("a rule for an address", SPAN("From: R <root@b.example> (x)\nSender: root@b.example\nReply-To: root@b.example,\n me\nTo: root@b.example\n\n"),
	  SPAN("From: R <x@y.example> (x)\r\nSender: x@y.example\r\nReply-To: root@b.example,\r\n me@example.org\r\nTo: root@b.example\r\n" D M "\r\n"),
	  .rewritten = "root@b.example", .rewriting = "x@y.example"),
	ROW("a rule for a user, and cron's", SPAN("From: \"(Cron Daemon)\" <root>\nTo: root\n\n"),
	  SPAN("From: \"(Cron Daemon)\" <x@y.example>\r\nTo: root@example.org\r\n" D M "\r\n"), .rewritten = "root@", .rewriting = "x@y.example"),
	ROW("a rule for a host, and a From that is added", SPAN("\n"), SPAN("From: user@y.example\r\n" T D M "\r\n"),
	  .rewritten = "@example.org", .rewriting = "@y.example"),
	ROW("a rule before from", SPAN("From: root (Cron Daemon)\n\n"), SPAN("From: x@y.example (Cron Daemon)\r\n" T D M "\r\n"),
	  .rewritten = "root@host.example", .rewriting = "x@y.example", .from = "web1@example.org"),
	ROW("no rule for mail that stays", SPAN("From: root\n\n"), SPAN("From: root@example.org\r\n" T D M "\r\n"),
	  .rewritten = "root@", .rewriting = "x@y.example", .staying = true),

	ROW("the host in a name with half a quote", SPAN("From: [a\"b] c <root>\n\n"), SPAN("From: [a\"b] c on host <root@example.org>\r\n" T D M "\r\n"),
	  .host = true),
	ROW("the host in a name that needs quotes", SPAN("From: [a] b <root>\n\n"), SPAN("From: \"[a] b on host\" <root@example.org>\r\n" T D M "\r\n"),
	  .host = true),
	ROW("the host behind a colon", SPAN("From: a: root\n\n"), SPAN("From: \"a: root on host\" <root@example.org>\r\n" T D M "\r\n"), .host = true),
	ROW("the host in a group", SPAN("From: a: root, [b] <root>;\n\n"),
	  SPAN("From: a: root on host <root@example.org>, \"[b] on host\" <root@example.org>;\r\nSender: user@example.org\r\n" T D M "\r\n"), .host = true),
	ROW("the host in the name of a bare one", SPAN("From: root\n\n"), SPAN("From: root on host <root@example.org>\r\n" T D M "\r\n"), .host = true),
	ROW("of cron's", SPAN("From: root (Cron Daemon)\n\n"), SPAN("From: root on host <root@example.org> (Cron Daemon)\r\n" T D M "\r\n"),
	  .host = true),
	ROW("of cron's in quotes", SPAN("From: \"(Cron Daemon)\" <root>\n\n"),
	  SPAN("From: \"(Cron Daemon)\" on host <web1@example.org>\r\n" T D M "\r\n"), .host = true, .from = "web1@example.org"),
	ROW("of one with a name", SPAN("From: Big Brother <root@localhost>\n\n"), SPAN("From: Big Brother on host <root@example.org>\r\n" T D M "\r\n"),
	  .host = true),
	ROW("of one with a comment", SPAN("From: (a <b) <root>\n\n"), SPAN("From: (a <b) root on host <root@example.org>\r\n" T D M "\r\n"),
	  .host = true),
	ROW("of one in brackets", SPAN("From: <root>\n\n"), SPAN("From: root on host <root@example.org>\r\n" T D M "\r\n"), .host = true),
	ROW("of one with a name that needs quotes", SPAN("From: a.b\n\n"), SPAN("From: \"a.b\" on host <a.b@example.org>\r\n" T D M "\r\n"),
	  .host = true),
	ROW("of one with a name in UTF-8", SPAN("From: J\xc3\xb6rg <root>\n\n"),
	  SPAN("From: =?utf-8?b?SsO2cmc=?= on host <root@example.org>\r\n" T D M "\r\n"), .host = true),
	ROW("of one at hostname, once", SPAN("From: root on host <root@host.example>\n\n"),
	  SPAN("From: root on host <root@host.example>\r\n" T D M "\r\n"), .host = true),
	ROW("of a From that is added", SPAN("\n"), SPAN("From: user on host <user@example.org>\r\n" T D M "\r\n"), .host = true),
	ROW("and with a full name", SPAN("\n"), SPAN("From: A U Thor on host <x@y.example>\r\n" T D M "\r\n"), .host = true,
	  .full_name = "A U Thor", .rewritten = "user@", .rewriting = "x@y.example"),
	ROW("of two", SPAN("From: a,b@localhost\n\n"),
	  SPAN("From: a on host <a@example.org>, b on host <b@example.org>\r\nSender: user@example.org\r\n" T D M "\r\n"), .host = true),
	ROW("not of one elsewhere", SPAN("From: A <a@b.example>\nSender: root\nReply-To: root\n\n"),
	  SPAN("From: A <a@b.example>\r\nSender: root@example.org\r\nReply-To: root@example.org\r\n" T D M "\r\n"), .host = true),
	ROW("nor of mail that stays", SPAN("From: root\n\n"), SPAN("From: root@example.org\r\n" T D M "\r\n"), .host = true, .staying = true),
	ROW("several authors become the forced one", SPAN("From: a@b.example, c@d.example\n\n"), SPAN("From: web1@example.org\r\n" T D M "\r\n"),
	  .from = "web1@example.org"),
	ROW("several authors stay else, and get a sender", SPAN("From: a@b.example, c\n\n"),
	  SPAN("From: a@b.example, c@example.org\r\nSender: user@example.org\r\n" T D M "\r\n")),
	ROW("unless they have one", SPAN("From: a@b.example, c\nSender: c\n\n"),
	  SPAN("From: a@b.example, c@example.org\r\nSender: c@example.org\r\n" T D M "\r\n")),
	ROW("an empty sender is none", SPAN("From: a@b.example, c\nSender: \n\n"),
	  SPAN("From: a@b.example, c@example.org\r\nSender: user@example.org\r\n" T D M "\r\n")),
	ROW("Resent fields", SPAN("Resent-From: r\nResent-To: s\nResent-Cc: t\nResent-Date: x\nResent-Message-ID: <1@x>\n\n"),
	  SPAN("Resent-From: r@example.org\r\nResent-To: s@example.org\r\nResent-Cc: t@example.org\r\nResent-Date: x\r\n"
	       "Resent-Message-ID: <1@x>\r\n" ALL "\r\n")),
	ROW("other fields of addresses", SPAN("Resent-From: r\nResent-Date: x\nResent-Message-ID: <1@x>\nResent-Reply-To: a\nErrors-To: root\n"
	       "Disposition-Notification-To: A <a>\nReturn-Receipt-To: b\nMail-Followup-To: a, root\nMail-Reply-To: a\nApparently-To: a\nX-To: a\n\n"),
	  SPAN("Resent-From: r@example.org\r\nResent-Date: x\r\nResent-Message-ID: <1@x>\r\nResent-Reply-To: a@example.org\r\n"
	       "Errors-To: root@example.org\r\nDisposition-Notification-To: A <a@example.org>\r\nReturn-Receipt-To: b@example.org\r\n"
	       "Mail-Followup-To: a@example.org, root@example.org\r\nMail-Reply-To: a@example.org\r\nApparently-To: a@example.org\r\nX-To: a\r\n" ALL "\r\n")),
	ROW("blanks between addresses become commas", SPAN("To: a@b.example c@d.example\n root\nCc: x\n\n"),
	  SPAN("To: a@b.example, c@d.example,\r\n root@example.org\r\nCc: x@example.org\r\n" F D M "\r\n")),
	ROW("behind brackets too", SPAN("To: A <a@b.example> \"B\" <b@d.example>\n <c@d.example>, e\n\n"),
	  SPAN("To: A <a@b.example>, \"B\" <b@d.example>,\r\n <c@d.example>, e@example.org\r\n" F D M "\r\n")),
	ROW("not those of authors", SPAN("From: John Smith\nTo: a\n\n"),
	  SPAN("X-Original-From: John Smith\r\nTo: a@example.org\r\n" F D M "\r\n")),
	ROW("names that belong in quotes", SPAN("From: [a] b <c@d.example>\nTo: e @ f <g@h.example>, \"i\" [j] <k@l.example>, [m] (n) <o@p.example>,\n"
	       " u@v.example <u@v.example>, w. x <y@z.example>\nReply-To: =?utf-8?q?a?= [b] <c@d.example>\n\n"),
	  SPAN("From: \"[a] b\" <c@d.example>\r\nTo: \"e @ f\" <g@h.example>, \"i\" [j] <k@l.example>, [m] (n) <o@p.example>,\r\n"
	       " \"u@v.example\" <u@v.example>, w. x <y@z.example>\r\nReply-To: =?utf-8?q?a?= [b] <c@d.example>\r\n" D M "\r\n")),
	ROW("names with a colon, and groups", SPAN("From: a: b <c@d.example>\nTo: e:<f@g.example>\nCc: h: i@j.example, [k] <l@m.example>;\n\n"),
	  SPAN("From: \"a: b\" <c@d.example>\r\nTo: \"e:\"<f@g.example>\r\nCc: h: i@j.example, \"[k]\" <l@m.example>;\r\n" D M "\r\n")),
	ROW("encoded words with what no phrase may have", SPAN("From: =?utf-8?Q?Doe,=20J=C3=B6rg?= <a@b.example>\n"
	       "To: =?utf-8?q?a@b.example?= =?utf-8?q?(c;_d.)?= <e@f.example>, \"=?utf-8?q?g,h?=\" (=?utf-8?q?i@j?=) <k@l.example>\n"
	       "Cc: (=?utf-8?q?a:b?=) m@n.example, =?utf-8?b?YSxi?= <o@p.example>\n\n"),
	  SPAN("From: =?utf-8?Q?Doe=2C=20J=C3=B6rg?= <a@b.example>\r\n"
	       "To: =?utf-8?q?a=40b.example?= =?utf-8?q?=28c=3B_d.=29?= <e@f.example>, \"=?utf-8?q?g,h?=\" (=?utf-8?q?i@j?=) <k@l.example>\r\n"
	       "Cc: (=?utf-8?q?a:b?=) m@n.example, =?utf-8?b?YSxi?= <o@p.example>\r\n" D M "\r\n")),
	ROW("a dot behind a domain", SPAN("From: a@b.example.\nTo: <c@d.example.>, e.@f.example\n\n"),
	  SPAN("From: a@b.example\r\nTo: <c@d.example>, e.@f.example\r\n" D M "\r\n")),
	ROW("quoted-pairs", SPAN("From: tj\\+mail@b.example\nTo: j\\ d\n\n"),
	  SPAN("From: tj+mail@b.example\r\nTo: \"j d\"@example.org\r\n" D M "\r\n")),
	ROW("routes", SPAN("From: Me <@x.example,@y.example:me@b.example>\nTo: <@x.example:a@b.example>, <@x.example:c>\n\n"),
	  SPAN("From: Me <me@b.example>\r\nTo: <a@b.example>, <c@example.org>\r\n" D M "\r\n")),

	/* a resending is completed */
	ROW("Resent-To alone", SPAN("Resent-To: s\nSubject: x\n\n"), SPAN(R(1) "Resent-To: s@example.org\r\nSubject: x\r\n" ALL "\r\n")),
	ROW("what is missing", SPAN("Resent-Date: x\nResent-To: s\nResent-From: r\n\n"),
	  SPAN("Resent-Message-ID: <000102030405060708090a0b0c0d0e0f.1@example.org>\r\nResent-Date: x\r\nResent-To: s@example.org\r\n"
	       "Resent-From: r@example.org\r\n" ALL "\r\n")),
	ROW("each block, also one that begins with what goes", SPAN("Resent-Bcc: q\nResent-To: s\nReceived: x\nResent-To: t\n\n"),
	  SPAN(R(1) "Resent-To: s@example.org\r\nReceived: x\r\n" R(2) "Resent-To: t@example.org\r\n" ALL "\r\n")),

	/* bytes beyond ASCII, and long lines: base/mail/field_form.h */
	ROW("UTF-8 is encoded", SPAN("From: J\xc3\xbcrgen <j>\nTo: a\nSubject: gr\xc3\xbcner\n\n\xc3\xbc\n"),
	  SPAN("From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: a@example.org\r\nSubject: =?utf-8?q?gr=C3=BCner?=\r\n" D M "\r\n\xc3\xbc\r\n")),
	ROW("Latin-1 in the charset of the text", SPAN("Subject: gr\xfcnes\nContent-Type: text/plain; charset=\"ISO-8859-1\"\n\n"),
	  SPAN("Subject: =?ISO-8859-1?q?gr=FCnes?=\r\nContent-Type: text/plain; charset=\"ISO-8859-1\"\r\n" ALL "\r\n")),
	ROW("or in one that says nothing", SPAN("Subject: gr\xfcnes\nContent-Type: multipart/mixed; boundary=x\n\n"),
	  SPAN("Subject: =?unknown-8bit?q?gr=FCnes?=\r\nContent-Type: multipart/mixed; boundary=x\r\n" ALL "\r\n")),
	ROW("an author that nobody can write to", SPAN("From: \xfc@b.example\n\n"), SPAN("X-Original-From: =?unknown-8bit?b?/EBiLmV4YW1wbGU=?=\r\n" ALL "\r\n")),
	ROW("addresses that nobody can write to", SPAN("To: a, \xfc@b.example\nTo: c\nSender: \xfc\nCc: \"\xc3\xbc\nErrors-To: \xc3\xbc <\n\n"),
	  SPAN("X-Original-To: a, =?unknown-8bit?b?/EBiLmV4YW1wbGU=?=\r\nTo: c@example.org\r\nX-Original-Sender: =?unknown-8bit?q?=FC?=\r\n"
	       "X-Original-Cc: =?utf-8?b?IsO8?=\r\nX-Original-Errors-To: =?utf-8?b?w7w=?= <\r\n" F D M "\r\n")),
	ROW("a name with a comma", SPAN("From: M\xc3\xbcller, J <j>\nTo: a\n\n"),
	  SPAN("From: =?utf-8?q?M=C3=BCller=2C_J?= <j@example.org>\r\nTo: a@example.org\r\n" D M "\r\n")),
	ROW("what is set aside", SPAN("Subject: a\nSubject: gr\xc3\xbcner\n\n"), SPAN("Subject: a\r\nX-Original-Subject: =?utf-8?q?gr=C3=BCner?=\r\n" ALL "\r\n")),
	ROW("a full name in Latin-1", SPAN("\n"), SPAN("From: =?unknown-8bit?q?J=FCrg_M?= <user@example.org>\r\n" T D M "\r\n"), .full_name = "J\xfcrg M"),
};

static struct settings settings;
static const uint8_t id[RECORD_ID_BYTES] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

struct result {
	struct buf all;              /* header and body */
	struct normal_header header;
	bool eight_bit;
	struct fault fault;
};

static void result_free(struct result *r)
{
	buf_free(&r->all);
	normal_header_free(&r->header);
}

/* The whole way, in pieces of step bytes. */
static int run(struct span in, size_t step, const struct row *row, struct result *out)
{
	struct rewrite_rule rule = { (char *)(uintptr_t)row->rewritten, (char *)(uintptr_t)row->rewriting };
	settings.from = mem_text(row->from ? row->from : "");
	settings.host_in_name = row->host;
	settings.rewrite = &rule;
	settings.rewrite_count = row->rewritten != NULL;
	struct normal *n = normal_new(&(struct normal_options){ .settings = &settings, .record_id = id,
		.author = "user@example.org", .full_name = row->full_name ? row->full_name : "", .now_ms = 1234567890123 });
	struct buf body = { 0 };
	int bad = 0;

	*out = (struct result){ 0 };
	for (size_t at = 0; at < in.len && !bad; at += step) {
		size_t len = in.len - at < step ? in.len - at : step;
		char *copy = malloc(len);      /* so that a sanitizer sees a read beyond it */
		memcpy(copy, in.at + at, len);
		bad = normal_feed(n, (struct span){ copy, len }, &body, &out->fault);
		free(copy);
	}
	if (!bad)
		bad = normal_finish(n, &body, &out->fault);
	if (!bad) {
		bad = normal_make_header(n, !row->staying, 32, &out->header, &out->fault);
		buf_add_span(&out->all, buf_span(&out->header.bytes));
		buf_add_span(&out->all, buf_span(&body));
		out->eight_bit = normal_eight_bit(n);
	}
	buf_free(&body);
	normal_free(n);
	free(settings.from);
	settings.from = NULL;
	settings.rewrite = NULL;
	settings.rewrite_count = 0;
	return bad;
}

static void check_row(const struct row *row)
{
	struct buf want = { 0 };
	struct result whole, cut;
	bool same = true;

	buf_add_text(&want, RECEIVED);
	buf_add_span(&want, row->want);
	run(row->in, row->in.len + 1, row, &whole);
	is_span(buf_span(&whole.all), buf_span(&want), "%s", row->name);
	for (size_t step = 1; step < 5; step++) {
		run(row->in, step, row, &cut);
		same = same && span_eq(buf_span(&whole.all), buf_span(&cut.all));
		result_free(&cut);
	}
	ok(same, "%s, cut anywhere", row->name);
	result_free(&whole);
	buf_free(&want);
}

static void facts(void)
{
	static const struct {
		const char *name;
		struct span in;
		bool eight_bit, utf8;
		const char *from_domain, *message_id;
		bool bulk;
	} table[] = {
		{ "plain", SPAN("From: a@B.Example\nMessage-ID: <1@b>\n\nx"), false, false, "b.example", "1@b", false },
		{ "8-bit body", SPAN("From: a@b.example\nMessage-ID:\n <1@b>\n\n\xe4"), true, false, "b.example", "1@b", false },
		{ "UTF-8 header", SPAN("From: a@b.example\nSubject: \xc3\xa4\nMessage-ID: 1@b\n\nx"), false, false, "b.example", "1@b", false },
		{ "Latin-1 header is no SMTPUTF8", SPAN("From: a@b.example\nSubject: \xe4\nMessage-ID: <1@b>\n\nx"), false, false, "b.example", "1@b", false },
		{ "UTF-8 in an address", SPAN("From: a@b.example\nCc: \xc3\xa4@d\xc3\xbcren.example\nMessage-ID: <1@b>\n\nx"), false, true, "b.example", "1@b", false },
		{ "UTF-8 in a domain", SPAN("From: a@d\xc3\xbcren.example\nMessage-ID: <1@b>\n\nx"), false, false, "xn--dren-0ra.example", "1@b", false },
		{ "UTF-8 in Message-ID", SPAN("From: a@b.example\nMessage-ID: <\xc3\xa4@b>\n\nx"), false, false, "b.example", "%C3%A4@b", false },
		{ "added From", SPAN("Message-ID: <1@b>\n\nx"), false, false, "example.org", "1@b", false },
		{ "added Message-ID", SPAN("From: a@b.example\n\nx"), false, false, "b.example",
		  "000102030405060708090a0b0c0d0e0f@example.org", false },
		{ "masqueraded", SPAN("From: a@web1.example.org\nMessage-ID: <1@b>\n\nx"), false, false, "example.org", "1@b", false },
		{ "a list", SPAN("From: a@b.example\nMessage-ID: <1@b>\nlist-id: <l.b>\n\nx"), false, false, "b.example", "1@b", true },
		{ "a newsletter", SPAN("From: a@b.example\nMessage-ID: <1@b>\nList-Unsubscribe: <mailto:a@b>\n\nx"), false, false,
		  "b.example", "1@b", true },
		{ "bulk", SPAN("From: a@b.example\nMessage-ID: <1@b>\nPrecedence:  Bulk\n\nx"), false, false, "b.example", "1@b", true },
		{ "no bulk", SPAN("From: a@b.example\nMessage-ID: <1@b>\nPrecedence: first-class\n\nx"), false, false, "b.example",
		  "1@b", false },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct result r;
		run(table[i].in, 1000, &(struct row){ 0 }, &r);
		is_int(r.eight_bit, table[i].eight_bit, "%s: eight_bit", table[i].name);
		is_int(r.header.utf8, table[i].utf8, "%s: utf8", table[i].name);
		is_int(r.header.bulk, table[i].bulk, "%s: bulk", table[i].name);
		is_text(r.header.from_domain, table[i].from_domain, "%s: from_domain", table[i].name);
		is_text(r.header.message_id, table[i].message_id, "%s: message_id", table[i].name);
		result_free(&r);
	}
}

/* RFC 8689 section 3: it is kept, and noticed where it says what it may. */
static void tls_required(void)
{
	static const struct { const char *name; struct span in; bool optional; } table[] = {
		{ "TLS-Required: No", SPAN("From: a@b.example\nTLS-Required: No\n\nx"), true },
		{ "in any case, folded", SPAN("From: a@b.example\ntls-required:\n nO \n\nx"), true },
		{ "Yes is not a word of it", SPAN("From: a@b.example\nTLS-Required: Yes\n\nx"), false },
		{ "more than No", SPAN("From: a@b.example\nTLS-Required: No, really\n\nx"), false },
		{ "nothing", SPAN("From: a@b.example\nTLS-Required:\n\nx"), false },
		{ "twice", SPAN("From: a@b.example\nTLS-Required: No\nTLS-Required: No\n\nx"), false },
		{ "another field", SPAN("From: a@b.example\nX-TLS-Required: No\n\nx"), false },
		{ "in the body", SPAN("From: a@b.example\n\nTLS-Required: No\n"), false },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct result r;
		run(table[i].in, 1000, &(struct row){ 0 }, &r);
		is_int(r.header.tls_optional, table[i].optional, "%s", table[i].name);
		if (table[i].optional)
			ok(strcasestr(buf_text(&r.header.bytes), "\ntls-required:") != NULL, "%s: stays", table[i].name);
		result_free(&r);
	}
}

static void check_fault(struct span in, const char *status, const char *name)
{
	struct result r;

	is_int(run(in, 1000, &(struct row){ 0 }, &r), -1, "%s is refused", name);
	is_text(r.fault.status, status, "%s: status", name);
	is_int(r.fault.kind, FAULT_PERMANENT, "%s: for good", name);
	result_free(&r);
}

static void refusals(void)
{
	struct buf in = { 0 };
	struct result r;

	check_fault(SPAN("From: a@b\nFROM: c@d\n\n"), "5.6.0", "From twice");
	for (int i = 0; i < KEPT_RECEIVED_MAX - 1; i++)
		buf_add_text(&in, "Received: x\n");
	is_int(run(buf_span(&in), 1000, &(struct row){ 0 }, &r), 0, "49 hosts are no loop");
	result_free(&r);
	buf_add_text(&in, "Received: x\n");
	check_fault(buf_span(&in), "5.4.6", "the 50th Received");
	buf_clear(&in);
	while (in.len <= SPLIT_HEADER_MAX)
		buf_add_text(&in, "X-Long: 0123456789 0123456789 0123456789 0123456789 0123456789\n");
	check_fault(buf_span(&in), "5.3.4", "a header section over 1 MiB");
	buf_clear(&in);
	buf_add_text(&in, "References: <");
	for (int i = 0; i < 998; i++)
		buf_add_byte(&in, 'x');
	buf_add_text(&in, "@y>\n\n");
	check_fault(buf_span(&in), "5.6.0", "an id that no line has room for");
	buf_clear(&in);
	buf_add_text(&in, "Cc: x");
	while (in.len < 200000)
		buf_add_text(&in, ",x");
	buf_add_text(&in, "\n\n");
	check_fault(buf_span(&in), "5.3.4", "a header section that grows over 1 MiB");
	buf_clear(&in);
	buf_add_text(&in, "\n");
	for (int i = 0; i < 2 * SPLIT_HEADER_MAX; i++)
		buf_add_byte(&in, '\r');
	is_int(run(buf_span(&in), 4096, &(struct row){ 0 }, &r), 0, "CR in a body are not counted as header");
	result_free(&r);
	memcpy(in.at, "Subject:", 8);
	buf_add_text(&in, "x\n\n");
	check_fault(buf_span(&in), "5.3.4", "a field of 2 MiB of CR");
	buf_free(&in);
}

/* Text that could be a header section for long, and is not. */
static void large_bodies(void)
{
	static const char *const starts[] = { "", "  ", "Zm9v", "Subject: x\n\n  ", "From me\n  " };

	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		struct buf in = { 0 };
		struct result r;
		buf_add_text(&in, starts[i]);
		for (int k = 0; k < 2 * SPLIT_HEADER_MAX; k++)
			buf_add_byte(&in, 'x');
		is_int(run(buf_span(&in), 4096, &(struct row){ 0 }, &r), 0, "a line of 2 MiB after \"%s\"", starts[i]);
		ok(r.all.len > in.len, "and nothing of it is lost");
		result_free(&r);
		buf_free(&in);
	}
}

/* Whether they are line ends is known only behind them; they must not gather until then. */
static void many_carriage_returns(void)
{
	enum { PIECES = 100 };
	static char piece[64 * 1024];
	struct normal *n = normal_new(&(struct normal_options){ .settings = &settings, .record_id = id, .author = "a@b.example" });
	struct buf out = { 0 };
	struct fault f = { 0 };
	size_t bytes = 0, most = 0, held = 1000;

	memset(piece, '\r', sizeof piece);
	normal_feed(n, SPAN("\n"), &out, &f);
	for (int i = 0; i < PIECES; i++) {
		normal_feed(n, (struct span){ piece, sizeof piece }, &out, &f);
		bytes += out.len;
		buf_clear(&out);
	}
	normal_feed(n, SPAN("x"), &out, &f);
	most = out.len;
	bytes += out.len;
	ok(most < sizeof piece, "CR without end: what one byte more brings out is little (%zu bytes)", most);
	is_int(bytes, 2 * (PIECES * sizeof piece - held) + held + 1, "and each that is not held is a line end");
	buf_free(&out);
	normal_free(n);
}

/* In one piece: each is looked at, and not all that follows it. */
static void many_carriage_returns_at_once(void)
{
	enum { COUNT = 1024 * 1024 };
	char *piece = malloc(COUNT);
	struct normal *n = normal_new(&(struct normal_options){ .settings = &settings, .record_id = id, .author = "a@b.example" });
	struct buf out = { 0 };
	long long start = tap_cpu_ms();

	memset(piece, '\r', COUNT);
	normal_feed(n, SPAN("\n"), &out, &(struct fault){ 0 });
	normal_feed(n, (struct span){ piece, COUNT }, &out, &(struct fault){ 0 });
	ok(tap_cpu_ms() - start < 2000, "a megabyte of CR takes %lld ms", tap_cpu_ms() - start);
	buf_free(&out);
	normal_free(n);
	free(piece);
}

/* White space without text is not all held: what has become too much loses its blanks. */
static void large_white_bodies(void)
{
	struct buf in = { 0 }, blank = { 0 }, want = { 0 };
	struct result r;

	buf_add_text(&in, GIVEN "\r\n");
	buf_add_text(&want, RECEIVED GIVEN "\r\n");
	for (int i = 0; i < 100000; i++) {
		buf_add_text(&blank, " \t\r\n");
		buf_add_text(&want, "\r\n");
	}
	buf_add_span(&in, buf_span(&blank));
	run(buf_span(&in), 4096, &(struct row){ 0 }, &r);
	ok(span_eq(buf_span(&r.all), buf_span(&want)), "400,000 bytes of white space are its line ends");
	result_free(&r);
	buf_add_text(&in, "x \r\n");
	run(buf_span(&in), 4096, &(struct row){ 0 }, &r);
	ok(span_ends_nocase(buf_span(&r.all), SPAN(" \t\r\nx \r\n")), "with text behind them the nearest stay");
	ok(span_starts_nocase(buf_span(&r.all), SPAN(RECEIVED GIVEN "\r\n\r\n\r\n")), "and the first do not");
	result_free(&r);
	buf_free(&in);
	buf_free(&blank);
	buf_free(&want);
}

/* How much of it is too much does not depend on how it comes. */
static void large_white_lines(void)
{
	static const size_t steps[] = { 1, 1000, 32 * 1024, 33 * 1024, 64 * 1024 };
	struct buf in = { 0 };
	struct result whole, cut;

	buf_add_text(&in, GIVEN "\r\n\r\n");
	for (int i = 0; i < 40000; i++)
		buf_add_byte(&in, ' ');
	buf_add_text(&in, "x\r\n");
	run(buf_span(&in), in.len, &(struct row){ 0 }, &whole);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		run(buf_span(&in), steps[i], &(struct row){ 0 }, &cut);
		ok(span_eq(buf_span(&whole.all), buf_span(&cut.all)), "40,000 blanks before text, in pieces of %zu", steps[i]);
		result_free(&cut);
	}
	result_free(&whole);
	buf_free(&in);
}

/* Many fields that join are joined in time that grows with their number. */
static void many_fields_join(void)
{
	struct buf in = { 0 };
	struct result r;
	struct field to;

	while (in.len < SPLIT_HEADER_MAX * 4 / 5)
		buf_add_text(&in, "To:a@b.cc\n");
	buf_add_text(&in, "\n");
	run(buf_span(&in), 4096, &(struct row){ 0 }, &r);
	ok(message_find_field(buf_span(&r.all), SPAN("To"), 0, &to) && to.value.len > SPLIT_HEADER_MAX / 2 &&
	   !message_find_field(buf_span(&r.all), SPAN("To"), 1, &to), "a header full of To becomes one");
	result_free(&r);
	buf_free(&in);
}

/* What comes out goes in again: only Received is added. */
static void repeats(void)
{
	bool stable = true;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct result once, twice;
		run(rows[i].in, 1000, &rows[i], &once);
		run(buf_span(&once.all), 1000, &rows[i], &twice);
		struct span want = buf_span(&once.all);
		struct span got = { twice.all.at + strlen(RECEIVED), twice.all.len - strlen(RECEIVED) };
		/* What a rule gave is another sender to from. */
		if (!span_eq(got, want) && !(rows[i].rewritten && rows[i].from)) {
			fprintf(stderr, "# not stable: %s\n", rows[i].name);
			stable = false;
		}
		result_free(&once);
		result_free(&twice);
	}
	ok(stable, "the normal form of a normal form is itself, with one Received more");
}

/* A long name in UTF-8 becomes several encoded words of at most 75 characters. */
static void long_names(void)
{
	char name[201] = { 0 };
	struct result r;
	struct field from;

	for (int i = 0; i < 100; i++)
		memcpy(name + 2 * i, "\xc3\xa4", 2);
	run(SPAN("\n"), 10, &(struct row){ .full_name = name }, &r);
	ok(message_find_field(buf_span(&r.all), SPAN("From"), 0, &from), "a From is there");
	struct span rest = from.value;
	size_t longest = 0, words = 0;
	while (rest.at) {
		struct span word = span_cut(&rest, ' ');
		if (span_starts_nocase(word, SPAN("=?"))) {
			words++;
			longest = span_trim(word).len > longest ? span_trim(word).len : longest;
		}
	}
	ok(words > 3 && longest <= 75, "%zu encoded words, the longest %zu", words, longest);
	result_free(&r);
}

int main(void)
{
	tap_plan(451);
	setenv("TZ", "UTC", 1);
	tzset();
	settings_defaults(&settings);
	free(settings.hostname);
	free(settings.domain);
	free(settings.from);
	settings.hostname = mem_text("host.example");
	settings.domain = mem_text("example.org");
	settings.masquerade.items = mem_alloc(sizeof(char *));
	settings.masquerade.items[0] = mem_text("web1.example.org");
	settings.masquerade.count = 1;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_row(&rows[i]);
	facts();
	tls_required();
	refusals();
	large_bodies();
	many_carriage_returns();
	many_carriage_returns_at_once();
	large_white_bodies();
	large_white_lines();
	many_fields_join();
	repeats();
	long_names();
	settings.from = mem_text("");
	settings_free(&settings);
	return tap_done();
}
