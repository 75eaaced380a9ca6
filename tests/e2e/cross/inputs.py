#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
inputs - messages at the edges of what may be signed.

    inputs.py FOLDER

writes FOLDER/NN.eml as a caller might give them, FOLDER/NN.crlf with each line
ended by CRLF and nothing else done to it, and FOLDER/inputs.tsv: number, name,
what the filter is to do and what the whole program is to do with it. Both are
"sign", "dkim" (DomainKeys has no sender of ours in it), or "refuse REASON".
"""
import os
import re
import sys

FROM = "From: You <you@sender.example>\r\n"
REST = "To: A <a@example.net>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1.2@sender.example>\r\n"
HEAD = FROM + REST + "Subject: a subject\r\n"
BODY = "Hello.\r\nThis is the body.\r\n"
ROWS = []


def row(name, message, filter="sign", program=None):
    if isinstance(message, str):
        message = message.encode("latin-1")
    ROWS.append((name, message, filter, program or ("sign" if filter.startswith("refuse") else filter)))


def with_fields(name, fields, **how):
    """A sound message that has these fields too."""
    row(name, HEAD + fields + "\r\n" + BODY, **how)


def with_subject(name, subject, **how):
    row(name, FROM + REST + subject + "\r\n" + BODY, **how)


def with_body(name, body, **how):
    row(name, HEAD + "\r\n" + body, **how)


# ---- ends of lines and of the text ----

row("plain", HEAD + "\r\n" + BODY)
row("LF alone", (HEAD + "\r\n" + BODY).replace("\r", ""))
row("CR alone", (HEAD + "\r\n" + BODY).replace("\n", ""), filter="dkim", program="sign")
with_body("no final CRLF", "Hello.\r\nNo end")
with_body("no final CRLF, trailing spaces", "Hello.\r\nNo end \t ")
with_body("trailing spaces in the last line", "Hello.\r\nThe end \t \r\n")
with_body("a bare LF", "one\ntwo\r\nthree\n\nfour\r\n")
with_body("a lone CR", "one\rtwo\r\nthree\r\rfour\r\n")
with_body("a lone CR at the end", "one\r\ntwo\r")
with_body("CR CR LF", "one\r\r\ntwo\r\r\r\nthree\r\r\n")
row("CR CR LF in the header", (HEAD + "\r\n" + BODY).replace("\r\n", "\r\r\n"))
with_subject("a lone CR in a field", "Subject: one\r two\r\n")
with_subject("a lone CR before a fold", "Subject: one\r\r\n two\r\n")
with_body("blank lines at the end", "Hello.\r\n\r\n\r\n\r\n")
with_body("blank lines at the end, without CRLF", "Hello.\r\n\r\n\r\n \t")
with_body("blank lines in front", "\r\n\r\n\r\nHello.\r\n")
with_body("50,000 blank lines", "Hello.\r\n" + "\r\n" * 50000)
with_body("50,000 blank lines and an end", "Hello.\r\n" + "\r\n" * 50000 + "x\r\n")

# ---- bodies ----

row("no empty line, no body", HEAD)
row("no line end after the last field", HEAD[:-2])
with_body("an empty body", "")
with_body("a CRLF-only body", "\r\n")
with_body("a body of CRLFs", "\r\n" * 5)
with_body("a body of blanks", "  \t \r\n")
with_body("a body of blanks, without CRLF", " \t ")
with_body("a body of blanks, several lines", " \r\n\t\r\n   \t\r\n\r\n")
with_body("trailing white space", "a \r\nb\t\r\nc \t \r\n \r\nd\r\n")
with_body("blanks within lines", "a  b\t\tc \t d\r\n  e\r\n\tf\r\n")
with_body("tabs", "\ta\tb\t\r\n\t\r\n\tc\r\n")
with_body("dots", ".\r\n..\r\n...\r\n.x\r\n. \r\n\r\n.\r\n")
with_body("only a dot", ".\r\n")
with_body("smuggling", "a\n.\r\nb\r\n.\nMAIL FROM:<x@y>\r\n\r.\r\nc\r\n")
with_body("NUL in the body", "a\0b\r\n\0\r\n\0")
with_body("8-bit", "Gr\xfc\xdfe \xe4\xff\xfe\x80\r\n")
with_body("UTF-8", "Gr\xc3\xbc\xc3\x9fe \xe2\x80\xa8 \xe2\x82\xac\xc2\xa0\r\n\xc2\x85\r\n")
with_body("white space that is none: NBSP and NEL", "a\xa0\r\n\xa0\r\n\x85\r\nb\x85\r\n\x1c\r\n\x1f\r\n")
with_body("VT and FF in the body", "a\v\r\n\v\r\nb \f\r\n\f\r\n\v\v c\r\n")
with_body("a body that ends in VT", "a\r\n\v\r\n")
with_body("controls in the body", "".join(chr(c) for c in range(1, 32) if c not in (10, 13)) + "\x7f\r\n")
with_body("a line of 1 MiB", "x" * (1 << 20) + "\r\nend\r\n")
with_body("a line of 2,000 blanks", "x" + " " * 2000 + "y\r\nend\r\n")
with_body("lines around the limit", "".join("l" * n + "\r\n" for n in (76, 77, 78, 997, 998, 999, 1000, 2048, 5000)))
with_body("looks like a header", "To: b@example.net\r\nBcc: c@example.net\r\nFrom me\r\n>From you\r\n")
with_body("looks like a signature", "DKIM-Signature: v=1; a=rsa-sha256; d=sender.example;\r\n\tb=abcd\r\n")
with_body("400 KiB of lines", "The quick brown  fox\tjumps over the lazy dog. \r\n" * 8500)

# ---- MIME ----

with_fields("MIME, text", "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n")
row("MIME, parts", HEAD + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"=_b\"\r\n\r\npreamble\r\n--=_b\r\n"
    "Content-Type: text/plain\r\n\r\nHello \r\n\r\n--=_b\r\nContent-Type: application/octet-stream; name=x\r\n"
    "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\nAAECAwQ=\r\n\r\n--=_b--\r\nepilogue\r\n")
row("MIME, without its end", HEAD + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello")
row("quoted-printable", HEAD + "MIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "Gr=C3=BC=\r\n=C3=9Fe=20\r\n")
with_fields("all Content fields", "MIME-Version: 1.0 (made by hand)\r\nContent-Type: text/plain\r\nContent-Language: de\r\n"
            "Content-ID: <x@y>\r\nContent-Description: a\r\n  b\r\nContent-MD5: x\r\n")

# ---- white space in fields ----

with_subject("folding", "Subject: one\r\n two\r\n\tthree\r\n   four\r\n")
with_subject("folded at once", "Subject:\r\n one\r\n")
with_subject("a fold of blanks alone", "Subject: one\r\n \t \r\n two\r\n")
with_subject("a fold of blanks at the end", "Subject: one\r\n \t\r\n")
row("every field folded", "From:\r\n You\r\n\t<you@sender.example>\r\nTo:\r\n\ta@example.net,\r\n b@example.net\r\n"
    "Date: Mon,\r\n 23 Nov 2026 12:00:00 +0000\r\nMessage-ID:\r\n <1.2@sender.example>\r\nSubject: a\r\n b\r\n\r\n" + BODY)
with_subject("tabs in a field", "Subject:\tone\t\ttwo \t three\t\r\n")
with_subject("trailing white space in a field", "Subject: one  \t\r\n")
with_subject("no blank after the colon", "Subject:one\r\n")
with_subject("a blank before the colon", "Subject : one\r\n")
with_subject("a tab before the colon", "Subject\t: one\r\n")
with_subject("blanks before the colon of others", "X-Mine \t : one\r\nSubject: two\r\n")
with_subject("VT in a field", "Subject: one\vtwo\r\n")
with_subject("FF in a field", "Subject: one \f two\r\n")
with_subject("VT and FF at the ends of a field", "Subject:\vone two\f\r\n")
with_subject("VT in a fold", "Subject: one\r\n \v two\r\n")
with_subject("a fold of VT alone", "Subject: one\r\n \v\r\n two\r\n")
with_subject("controls in a field", "Subject: " + "".join(chr(c) for c in range(1, 32) if c not in (10, 13)) + "\x7fx\r\n")
with_subject("NUL in a field", "Subject: a\0b\r\n")
with_subject("NBSP and NEL in a field", "Subject: \xa0a\x85b\xa0\r\n")
with_subject("no value", "Subject:\r\n")
with_subject("blanks as value", "Subject:  \t \r\n")
with_fields("other fields without value", "X-None:\r\nX-Blank:   \r\nList-Id:\r\nX-Fold:\r\n \t\r\n")

# ---- fields ----

row("case", FROM.upper().replace("EXAMPLE", "example").replace("SENDER", "sender") + "tO: a@example.net\r\nDATE: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
    "message-id: <1.2@sender.example>\r\nsUBJECT: A Subject\r\nX-mIXED: MiXeD\r\n\r\n" + BODY)
row("no To", FROM + "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <1@sender.example>\r\nSubject: s\r\n\r\n" + BODY)
row("From alone", FROM + "\r\n" + BODY)
row("no From", REST + "Subject: s\r\n\r\n" + BODY, filter="refuse 0 From fields")
row("no field at all", "\r\n" + BODY, filter="refuse 0 From fields")
row("an empty message", "", filter="refuse 0 From fields")
row("text alone", "hello there\r\nthis is text\r\n", filter="refuse not a field")
row("text behind the fields", HEAD + "text without an empty line\r\nmore\r\n", filter="refuse not a field")
row("two From", FROM + FROM + REST + "\r\n" + BODY, filter="refuse 2 From fields", program="refuse 2 From fields")
row("two From, in another case", FROM + REST + "fRoM: x@example.net\r\n\r\n" + BODY, filter="refuse 2 From fields",
    program="refuse 2 From fields")
row("two From, one with a blank", FROM + REST + "From : x@example.net\r\n\r\n" + BODY, filter="refuse 2 From fields",
    program="refuse 2 From fields")
with_fields("two Subject", "Subject: another\r\n")
with_fields("two Subject, the same", "subject: a subject\r\n")
with_fields("two To", "To: b@example.net\r\n")
with_fields("two Cc", "Cc: b@example.net, c@example.net\r\nX-Between: 1\r\nCc: d@example.net\r\n")
with_fields("two Cc, one empty", "Cc: b@example.net\r\nCc:\r\n")
with_fields("two Cc, one unreadable", "Cc: b@example.net\r\nCc: <<c d\r\n")
with_fields("three Reply-To", "Reply-To: b@example.net\r\nReply-To: c@example.net\r\nReply-To: (none)\r\n")
with_fields("two Date", "Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n")
with_fields("two Message-ID", "Message-ID: <3.4@sender.example>\r\n")
with_fields("two Sender", "Sender: you@sender.example\r\nSender: me@sender.example\r\n", filter="dkim", program="sign")
with_fields("two In-Reply-To, two References", "In-Reply-To: <a@b>\r\nIn-Reply-To: <c@d>\r\nReferences: <a@b>\r\nReferences: <c@d>\r\n")
with_fields("two of each MIME field", "MIME-Version: 1.0\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n"
            "Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: 8bit\r\n")
with_fields("two of others", "X-Twice: 1\r\nX-Twice: 2\r\nList-Id: <a.b>\r\nList-Id: <c.d>\r\nComments: a\r\nComments: b\r\n")
with_fields("Sender of this domain", "Sender: robot@sender.example\r\n")
with_fields("Sender of another domain", "Sender: robot@example.net\r\n", filter="dkim")
row("From of a subdomain", HEAD.replace("you@", "you@deep.down.") + "\r\n" + BODY)
row("From with comments and quotes", "From: \"You, I \\\" <x@y>\" (a (nested) comment)\r\n <you@sender.example> (more)\r\n" + REST + "\r\n" + BODY)
row("From with two addresses", "From: you@sender.example, me@sender.example\r\nSender: me@sender.example\r\n" + REST + "\r\n" + BODY)
row("From and text in UTF-8", "From: J\xc3\xbcrg <you@sender.example>\r\n" + REST + "Subject: Gr\xc3\xbc\xc3\x9fe \xe2\x82\xac\r\n\r\nx\r\n")
row("8-bit in fields", "From: J\xfcrg <you@sender.example>\r\n" + REST + "Subject: Gr\xfc\xdfe\r\n\r\nx\r\n")
row("encoded words", "From: =?utf-8?q?J=C3=BCrg?= <you@sender.example>\r\n" + REST +
    "Subject: =?iso-8859-1?B?R3L832U=?=\r\n =?utf-8?q?_more?=\r\n\r\nx\r\n")
with_fields("Resent fields", "Resent-From: me@sender.example\r\nResent-To: b@example.net\r\nResent-Date: Mon, 23 Nov 2026 13:00:00 +0000\r\n"
            "Resent-Message-ID: <5@sender.example>\r\n")
row("Resent twice, in front", "".join(f"Resent-From: me{n}@sender.example\r\nResent-To: b{n}@example.net\r\nResent-Sender: x@sender.example\r\n"
    f"Resent-Date: Mon, 23 Nov 2026 13:00:0{n} +0000\r\n" for n in (2, 1)) + HEAD + "\r\n" + BODY)
with_fields("List fields", "List-Id: A list <list.example.net>\r\nList-Unsubscribe: <https://example.net/u?a=1;b=2>,\r\n <mailto:u@example.net>\r\n"
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nList-Post: NO\r\nPrecedence: list\r\n")
with_fields("Bcc", "Bcc: secret@example.net\r\nResent-Bcc: secret@example.net\r\n")
with_fields("what relays add", "Return-Path: <x@example.net>\r\nDelivered-To: a@example.net\r\n")
row("traces of a way", "Received: from a (b [192.0.2.7])\r\n\tby c; Mon, 23 Nov 2026 11:00:00 +0000\r\nAuthentication-Results: c; dkim=none\r\n"
    "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=example.net; s=x; b=AAAA\r\n" + HEAD + "\r\n" + BODY)
row("signatures of others", "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.net; s=x; h=from:to;\r\n bh=AAAA; b=AAAA\r\n"
    "DomainKey-Signature: a=rsa-sha1; q=dns; c=nofws; d=example.net; s=x; b=AAAA\r\n" + HEAD + "\r\n" + BODY)
with_subject("looks like tags", "Subject: v=1; a=rsa-sha256; b=abc; h=from:to\r\nX-Tags: b=\r\n")
with_fields("odd names", "X-!#$%&'*+-.^_`|~: 1\r\nX: y\r\n1: 2\r\n~: 3\r\n")
with_fields("a long name", "X-" + "n" * 200 + ": v\r\n")
with_fields("a very long name", "X-" + "n" * 900 + ": v\r\n")
with_fields("a long name that is signed", "List-" + "n" * 200 + ": v\r\n")
with_subject("a long line", "Subject: " + "s" * 980 + "\r\n")
with_subject("64 KiB in folds", "Subject: long\r\n" + "".join(f" word{n} " + "w" * 60 + "\r\n" for n in range(950)))
with_fields("64 KiB of addresses", "Cc: " + ",\r\n ".join(f"Person {n} <person.{n}@example.net>" for n in range(1800)) + "\r\n")
with_fields("1,000 fields", "".join(f"X-Field-{n}: value  {n}\r\n" for n in range(1000)))
with_fields("200 fields that are signed", "".join(f"List-Field-{n}: value  {n}\r\n" for n in range(200)))
row("an mbox line", "From you Mon Nov 23 12:00:00 2026\r\n" + HEAD + "\r\n" + BODY, filter="refuse not a field")
row("white space in front", " \r\n" + HEAD + "\r\n" + BODY, filter="refuse not a field")


def crlf(message):
    message = re.sub(rb"\r*\n|\r", b"\r\n", message)
    return message + b"\r\n" if message and not message.endswith(b"\r\n") else message


def main(folder):
    with open(os.path.join(folder, "inputs.tsv"), "w") as table:
        for number, (name, message, *how) in enumerate(ROWS, 1):
            for suffix, data in ("eml", message), ("crlf", crlf(message)):
                with open(os.path.join(folder, f"{number}.{suffix}"), "wb") as f:
                    f.write(data)
            print(number, name, *how, sep="\t", file=table)


main(sys.argv[1])
