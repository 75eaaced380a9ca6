#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
messages - what callers give to sendmail, to go through the smarthosts of others.

    messages.py FOLDER DOMAIN…

writes message N to FOLDER/N.eml, and to FOLDER/messages.tsv a line for each: number, name,
arguments of sendmail, names of fields that must not arrive. With -t the recipients stand in the message, where a
row has {to}; else they are arguments: userN at each DOMAIN.
"""
import base64
import os
import sys

FROM = "From: You <you@sender.example>\n"
HEAD = FROM + "To: A <a@example.net>\nSubject: a subject\n"
MIME = "MIME-Version: 1.0\n"
TEXT = MIME + "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
MIXED = MIME + 'Content-Type: multipart/mixed; boundary="=_b"\n'
BODY = "Hello.\nThis is the body.\n"
ROWS = []


def row(name, message, args="-i -f you@sender.example", lacks=""):
    ROWS.append((name, message if isinstance(message, bytes) else message.encode(), args, lacks))


def with_fields(name, fields, lacks="", body=BODY):
    """A sound message that has these fields too."""
    row(name, HEAD + fields + "\n" + body, lacks=lacks)


def with_body(name, body, mime=""):
    body = body if isinstance(body, bytes) else body.encode()
    row(name, (HEAD + mime + "\n").encode() + body)


def with_parts(name, *parts, before="", behind="", mime=MIXED):
    """Each part is its fields, an empty line and its content."""
    body = "".join(f"--=_b\n{part}\n" for part in parts)
    with_body(name, f"{before}{body}--=_b--\n{behind}", mime)


# ---- callers ------------------------------------------------------------------------------

row("cron", "From: you@sender.example (Cron Daemon)\nTo: {to}\nSubject: Cron <you@mail> test -x /usr/bin/grün && run\n"
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
    "X-Cron-Env: <SHELL=/bin/sh>\n"
    "X-Cron-Env: <HOME=/home/you>\nX-Cron-Env: <PATH=/usr/bin:/bin>\n\n/bin/sh: 1: grün: not found\n",
    args="-FCronDaemon -i -odi -oem -oi -t -f you@sender.example")
row("at", "Subject: Output from your job       17\nTo: {to}\n\ndone\n", args="-i -t -f you@sender.example")
row("mutt", "Date: Mon, 23 Nov 2026 12:00:00 +0100\nFrom: Jürgen Müller <you@sender.example>\nTo: a@example.net\n"
    "Subject: Re: Grüße\n"
    "Message-ID: <20261123120000.ab3c@sender.example>\nReferences: <1@example.net>\n <2@example.net>\n" + MIME +
    "Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline\nContent-Transfer-Encoding: 8bit\n"
    "In-Reply-To: <2@example.net>\nUser-Agent: Mutt/2.2.9 (2022-11-12)\n\nOn Mon, A wrote:\n> Grüße?\n\nViele.\n\n-- \nJ.\n",
    args="-oem -oi -f you@sender.example --")
row("git send-email", "From: You <you@sender.example>\nTo: A <a@example.net>\nCc: You <you@sender.example>\n"
    "Subject: [PATCH v2 1/2] canon: keep the last line\nDate: Mon, 23 Nov 2026 12:00:00 +0100\n"
    "Message-Id: <20261123110000.1234-1-you@sender.example>\nX-Mailer: git-send-email 2.39.5\nMIME-Version: 1.0\n"
    "Content-Transfer-Encoding: 8bit\n\nSigned-off-by: Jürgen <you@sender.example>\n---\n a.c | 2 +-\n 1 file changed\n\n"
    "diff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,3 @@\n \tint a;\n-\n+\tint b; \n \n-- \n2.39.5\n"
    "\n", args="-i -f you@sender.example")
row("git's email, a file of format-patch", "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    "From: You <you@sender.example>\n"
    "Date: Mon, 23 Nov 2026 12:00:00 +0100\nSubject: [PATCH] a\n\n---\n a | 1 +\n\n-- \n2.39.5\n\n")
row("PHP", "To: {to}\nSubject: =?UTF-8?B?R3LDvMOfZQ==?=\nX-PHP-Originating-Script: 1000:class.php\n"
    "Date: Mon, 23 Nov 2026 12:00:00 +0100\r\n"
    "From: =?UTF-8?Q?J=C3=BCrgen?= <you@sender.example>\r\nMessage-ID: <ab@sender.example>\r\n"
    "X-Mailer: PHPMailer 6.9.1 (https://example.net)\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"b1_ab\"\r\nContent-Transfer-Encoding: 8bit\r\n"
    "\n"
    "This is a multi-part message in MIME format.\r\n\r\n--b1_ab\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
    "plain\r\n\r\n\r\n"
    "--b1_ab\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>grün</p>\r\n\r\n\r\n"
    "--b1_ab--\r\n", args="-t -i -f you@sender.example")
row("PHP, a body of both line ends", "To: {to}\nSubject: both\nFrom: you@sender.example\r\nReply-To: you@sender.example\r\n"
    "X-Mailer: PHP/8.2\n\none\r\ntwo\nthree\r\n\r\n", args="-t -i -f you@sender.example")
row("s-nail", "Date: Mon, 23 Nov 2026 12:00:00 +0100\nFrom: You <you@sender.example>\nTo: a@example.net\n"
    "Subject: nightly report\n"
    "Message-ID: <20261123.WJ4rV%you@sender.example>\nUser-Agent: s-nail v14.9.24\n" + MIME +
    "Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline\nContent-Transfer-Encoding: quoted-printable\n\n"
    "Gr=C3=BC=\n=C3=9Fe =3D=20\n\n",
    args="-oi -f you@sender.example --")
row("mailx, and nothing but a subject", "Subject: s\n\nx\n", args="-i -f you@sender.example")
row("logwatch", "To: {to}\nFrom: you@sender.example\nSubject: Logwatch for mail (Linux)\nAuto-Submitted: auto-generated\n"
    "Precedence: bulk\n"
    'MIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\nContent-Type: text/plain; charset="iso-8859-1"\n\n \n'
    ' ################### Logwatch ################# \n'
    "\n /dev/sda1        20G   11G  8.2G  57% /\n \n \n ###################### Logwatch End ######################### \n"
    "\n", args="-t -i -f you@sender.example")
row("a list's server", FROM + "To: A list <list@sender.example>\nSubject: [list] one\n\ttwo\n"
    "List-Id: A list <list.sender.example>\n"
    "List-Unsubscribe: <https://sender.example/u?a=1>,\n <mailto:list-leave@sender.example?subject=unsubscribe>\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\nList-Help: <mailto:list-request@sender.example?subject=help>\n"
    "List-Post: <mailto:list@sender.example>\nList-Archive: <https://sender.example/archive>\n"
    "List-Owner: <mailto:owner@sender.example>\n"
    "Precedence: list\nSender: list-bounces@sender.example\nErrors-To: list-bounces@sender.example\n"
    "X-BeenThere: list@sender.example\n"
    "Received: from a (a [192.0.2.9])\n\tby b (Postfix) with ESMTP id 1\n"
    "\tfor <list@sender.example>; Mon, 23 Nov 2026 11:00:00 +0000 (UTC)\n\n" + BODY +
    "_______________________________________________\n"
    "list mailing list -- list@sender.example\n", args="-oi -f list-bounces@sender.example")

# ---- header sections --------------------------------------------------------------------------

row("UTF-8 in every field", 'From: "Jürgen Müller, J." <you@sender.example>\n'
    'To: "Grüße" <x@example.net>, y@example.net (Käufer (groß))\n'
    "Subject: Grüße aus  Köln, und 日本語 dazu, in einer Zeile die länger ist als eine\nKeywords: grün, gelb\nComments: schön\n"
    "X-Ort: Zürich\n"
    "Organization: Bäcker & Söhne\n\n" + BODY)
with_fields("UTF-8 in parameters", MIME + 'Content-Type: application/pdf; name="Übersicht.pdf"\n'
            'Content-Transfer-Encoding: base64\n'
            'Content-Disposition: attachment; filename="Übersicht, die einen recht langen Namen hat und nicht auf eine Zeile passt.pdf"\n',
            body="JVBERi0=\n")
row("Latin-1 in Subject", (FROM + "To: a@example.net\n"
    "Subject: gr\xfc\xdfe\n" + MIME + "Content-Type: text/plain; charset=iso-8859-1\n\ngr\xfcn\n").encode("latin-1"))
row("To in one long line", FROM + "To: " + ", ".join(f"Number {n} <n{n}@example.net>" for n in range(150)) + "\n"
    "Subject: long\n\n" + BODY)
row("Subject in one long line", FROM + "To: a@example.net\nSubject: " + "many words " * 300 + "\n\n" + BODY)
row("Subject in one long word", FROM + "To: a@example.net\nSubject: " + "w" * 1500 + "\n\n" + BODY)
row("a long line of 997 bytes", FROM + "To: a@example.net\nSubject: " + "w" * 988 + "\nX-A: " + "word " * 198 + "\n\n" + BODY)
with_fields("References of 200 ids", "References: " + " ".join(f"<{n}.0123456789abcdef@example.net>" for n in range(200)) + "\n")
with_fields("folds of tabs", "X-A:\n\tone\n\ttwo \n \t three\nReferences: <1@example.net>\n\t<2@example.net>\nX-B: a\t\tb\n"
            "\t\tc\n")
row("every field folded", "From:\n You\n\t<you@sender.example>\nTo:\n\tA\n <a@example.net>\nSubject:\n a\n  subject\nDate:\n"
    " Mon, 23 Nov 2026\n"
    " 12:00:00 +0000\nMessage-ID:\n <1.2@sender.example>\n\n" + BODY)
with_fields("blanks at the ends", "X-A: a \t \nX-B:   b\nX-C:c\nX-D:\nX-E: \t\nComments:\ta\n")
row("fields in small letters", "from: you@sender.example\nTO: a@example.net\nsubject: s\n"
    "date: Mon, 23 Nov 2026 12:00:00 +0000\nmessage-id: <1@sender.example>\n"
    "mime-version: 1.0\ncontent-type: text/plain; charset=utf-8\ncontent-transfer-encoding: 8bit\n\ngrün\n")
with_fields("what a mailbox adds", "Content-Length: 29\nLines: 2\nStatus: RO\nX-Status: A\nX-UID: 7\n"
            "Return-Path: <x@example.net>\n"
            "Delivered-To: x@example.net\nX-Original-To: x@example.net\nX-Mozilla-Status: 0001\n"
            "X-Keywords:                 \n",
            lacks="Content-Length Lines Status X-Status Return-Path")
with_fields("Bcc", "Cc: b@example.net\nBcc: secret@example.net\nBcc: another@example.net\n", lacks="Bcc")
row("sent again", "Resent-From: You <you@sender.example>\nResent-To: {to}\nResent-Date: Mon, 23 Nov 2026 13:00:00 +0000\n"
    "Resent-Message-ID: <3@sender.example>\nResent-Bcc: \nReceived: by sender.example id 1; Mon, 23 Nov 2026 12:30:00 +0000\n"
    "Date: Mon, 23 Nov 2026 12:00:00 +0000\n"
    "Message-ID: <2@sender.example>\n" + HEAD + "\n" + BODY, args="-t -i -f you@sender.example",
    lacks="Resent-Bcc")
with_fields("fields twice", "X-A: 1\nX-B: 2\nX-A: 3\nComments: 4\nComments: 5\n"
            "Received: by a; Mon, 23 Nov 2026 11:00:00 +0000\n"
            "Received: by b; Mon, 23 Nov 2026 10:00:00 +0000\nKeywords: 6\nKeywords: 7\n"
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=x; h=from:to;\n"
            "\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\n")
with_fields("300 fields", "".join(f"X-Field-{n}: {n}\n" for n in range(300)))
row("From with comments and quotes", 'From: "You, of \\"Example\\"" (a comment) <you@sender.example> (another)\n'
    'To: undisclosed-recipients:;\n'
    'Cc: Friends: "B (C)" <"b c"@example.net>, d@example.net;\nSubject: =?UTF-8?Q?Gr=C3=BC?= =?UTF-8?B?w59l?= (x)\n\n' + BODY)
row("Sender, and two authors", "From: You <you@sender.example>, Me <me@sender.example>\nSender: you@sender.example\n"
    "Reply-To: list@example.net\n"
    "To: a@example.net\nSubject: s\n\n" + BODY)
row("verdicts and traces of others", "Authentication-Results: example.net; dkim=pass\nReceived-SPF: pass\n"
    "X-Spam-Status: No, score=-1.0 required=5.0\n\ttests=A,B\n"
    "\tautolearn=no\nX-Virus-Scanned: by a\n"
    "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=example.net; s=a; b=x\n" + HEAD + "\n" + BODY)

# ---- bodies -----------------------------------------------------------------------------------------

row("no body", HEAD)
with_body("an empty body", "")
with_body("empty lines alone", "\n\n\n")
with_body("a body of blanks", "  \t \n\t\n")
with_body("one line without an end", "No end")
with_body("blanks and empty lines at the end", "one \ntwo\t\nthree \t \n \n\n\n\n")
with_body("empty lines in front", "\n\n\nHello.\n")
with_body("lone dots", ".\n..\n...\n.x\n. \n\n.\n")
with_body("From at the start of a line", "From me to you\n>From you\n--\nSubject: none\n")
with_body("lines of 998 bytes", ("x" * 998 + "\n") * 5)
with_body("a line of 100,000 bytes", "x" * 100000 + "\n")
with_body("8-bit without MIME-Version", "Grüße\n")
with_body("8-bit", "Grüße, und sonst nichts  \n\n.\n\n", TEXT)
with_body("8-bit, mostly", "Привет, мир\n" * 40, TEXT)
with_body("calls itself 8bit and is not", "a = b \n", TEXT)
with_body("format=flowed", "one \ntwo \n> three \n>> four\n-- \n"
          "You \n", MIME + "Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n")
with_body("format=flowed, 8-bit", "grün \nund \n> blau \n\n-- \nYou \n",
          MIME + "Content-Type: text/plain; charset=utf-8; format=flowed\nContent-Transfer-Encoding: 8bit\n")
with_body("controls", "\a\b\v\f\x1b[31m\x7f\n\x1a\n")
with_body("CR alone", "10%\r20%\r30%\r\ndone\n")
with_body("NUL", b"a\0b\n\0\n")
with_body("bytes of no charset", bytes(range(128, 256)) + b"\n")
with_body("looks like a signature", "DKIM-Signature: v=1; a=rsa-sha256; d=sender.example;\n\tb=abcd\n")

# ---- parts ----------------------------------------------------------------------------------------------

attachment = base64.encodebytes(os.urandom(220 * 1024)).decode()
with_parts("an attachment of 300 KB", "Content-Type: text/plain\n\n"
           "see there", "Content-Type: application/octet-stream; name=a.bin\n"
           "Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=a.bin\n\n" + attachment)
with_parts("mixed and alternative", 'Content-Type: multipart/alternative; boundary="=_c"\nContent-Transfer-Encoding: 8bit\n\n'
           '--=_c\n'
           "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngrün\n--=_c\n"
           "Content-Type: text/html; charset=utf-8\n"
           "Content-Transfer-Encoding: 8bit\n\n<p>grün</p>\n"
           "--=_c--\n", "Content-Type: text/calendar; charset=utf-8; method=REQUEST\n"
           "Content-Transfer-Encoding: 8bit\n\nBEGIN:VCALENDAR\nSUMMARY:grün\nEND:VCALENDAR", before="vor\n", behind="nach\n",
           mime=MIXED + "Content-Transfer-Encoding: 8bit\n")
with_parts("a part whose last boundary never comes", "\nfine", "Content-Type: text/plain; charset=utf-8\n\ngrün\n--=_c")
with_parts("signed, and it fits", "Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: quoted-printable\n"
           "\nGr=FCn =\n =20\n",
           "Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n=abcd\n"
           "-----END PGP SIGNATURE-----\n",
           mime=MIME + 'Content-Type: multipart/signed; micalg=pgp-sha512; protocol="application/pgp-signature"; boundary="=_b"\n')
with_parts("signed, in something 8-bit", 'Content-Type: multipart/signed; boundary="=_c"; protocol="application/pkcs7-signature"\n\n--=_c\n\nfine \n--=_c\n'
           "Content-Type: application/pkcs7-signature\nContent-Transfer-Encoding: base64\n\nMIIG\n--=_c--\n",
           "Content-Type: text/plain; charset=utf-8\n\ngrün")
with_parts("a message in it", "Content-Type: text/plain\n\n"
           "see there", "Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n" +
           "From: a@example.net\nSubject: in\n" + TEXT + "\ngrün \n")
with_parts("a message forwarded twice", "Content-Type: message/rfc822\n"
           "\n" + HEAD + MIME + "Content-Type: message/rfc822\n\n" + HEAD + TEXT + "\ngrün\n")
with_parts("a digest", "\n" + HEAD + "\n"
           "one", "\n" + HEAD + TEXT + "\nzwölf", mime=MIME + 'Content-Type: multipart/digest; boundary="=_b"\n')
with_parts("a report of another", "\nnot delivered", "Content-Type: message/delivery-status\n\n"
           "Reporting-MTA: dns; a.example\n\n"
           "Final-Recipient: rfc822; b@example.net\nAction: failed\n"
           "Status: 5.1.1\n", "Content-Type: text/rfc822-headers\n\n" + HEAD,
           mime=MIME + 'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\n')
with_parts("8-bit in the fields of parts", "Content-Type: text/plain; name=grün.txt\n"
           "Content-Disposition: attachment; filename=grün.txt\n\nfine",
           'Content-Type: application/pdf; name="Übersicht 1.pdf"\nContent-Disposition: attachment;\n'
           '\tfilename="Übersicht 1.pdf"\n'
           "Content-Description: eine Übersicht\nContent-Transfer-Encoding: base64\n\nJVBERi0=")
with_parts("8-bit in the fields of parts and in them", "Content-Type: text/plain; charset=utf-8; name=grün.txt\n"
           "Content-Transfer-Encoding: 8bit\n"
           "Content-Disposition: attachment; filename=grün.txt\n\n"
           "grün", "\ntext", mime=MIXED + "Content-Transfer-Encoding: 8bit\n")
with_parts("8-bit in the fields of a part that calls itself 8bit", "Content-Type: text/plain; name=grün.txt\n"
           "Content-Transfer-Encoding: 8bit\n\nfine",
           mime=MIXED + "Content-Transfer-Encoding: 8bit\n")
with_parts("8-bit in the fields of a message in it", "Content-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n"
           "From: Jürgen <a@example.net>\n"
           "Subject: grün\n" + TEXT + "\nfine", mime=MIXED + "Content-Transfer-Encoding: 8bit\n")
with_parts("8-bit in the fields of a signed part", "Content-Type: text/plain; name=grün.txt\n\n"
           "fine", "Content-Type: application/pgp-signature\n\nx",
           mime=MIME + 'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="=_b"\n')
with_parts("8-bit in a signed part", "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
           "grün", "Content-Type: application/pgp-signature\n\nx",
           mime=MIME + 'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="=_b"\n'
           'Content-Transfer-Encoding: 8bit\n')
with_parts("8-bit in a signed part that does not say so", "Content-Type: text/plain; charset=utf-8\n\n"
           "grün", "Content-Type: application/pgp-signature\n\nx",
           mime=MIME + 'Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary="=_b"\n')
with_parts("fields of parts folded by tabs", 'Content-Type: text/plain;\n\tcharset=utf-8\nContent-Transfer-Encoding:\n'
           '\t8bit\nContent-Description: a \n\t b\t\n\ngrün')

folder, *domains = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "messages.tsv"), "w") as table:
    for n, (name, message, args, lacks) in enumerate(ROWS, 1):
        print(n, name, args, lacks, sep="\t", file=table)
        to = ", ".join(f"user{n}@{domain}" for domain in domains)
        with open(os.path.join(folder, f"{n}.eml"), "wb") as out:
            out.write(message.replace(b"{to}", to.encode()))
