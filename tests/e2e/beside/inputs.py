#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
inputs - what programs give to sendmail(8): arguments and standard input.

    inputs.py FOLDER

writes FOLDER/N.argv, an argument a line, FOLDER/N.stdin and FOLDER/inputs.tsv:
number, name. Each way of calling meets each plain message; oddities come once.
In arguments and messages @D is a domain that takes mail, and +N the input's
number, which tells the copies apart; it stands in each recipient or in the text.
"""
import os
import re
import sys

ROWS = []
HEAD = "From: Me <me@sender.example>\nTo: a+N@D\nSubject: s\n"
TEXT = "Hello.\nThis is +N.\n"
PLAIN = HEAD + "\n" + TEXT


def row(name, argv, message):
    ROWS.append((name, argv, message if isinstance(message, bytes) else message.encode()))


def field(name, fields, argv=("-i", "a+N@D")):
    """A sound message with these fields, and any way of saying who gets it."""
    row(name, list(argv), HEAD + fields + "\n\n" + TEXT)


def to(name, fields, argv=("-t", "-i")):
    """Recipients from the header."""
    row(name, list(argv), "From: me@sender.example\n" + fields + "\nSubject: s\n\n" + TEXT)


def author(name, fields, argv=("-t", "-i")):
    row(name, list(argv), (fields and fields + "\n") + "To: a+N@D\nSubject: s\n\n" + TEXT)


def body(name, text, argv=("-i", "a+N@D"), fields=""):
    text = text if isinstance(text, bytes) else text.encode()
    row(name, list(argv), (HEAD + fields + "\n").encode() + text)


# ---- callers, each with each message -------------------------------------------

CALLERS = {
    "cronie": "-FCronDaemon -i -odi -oem -oi -t -f me",
    "Debian cron": "-i -FCronDaemon -B8BITMIME -oem a+N@D",
    "anacron": "-FAnacron -odi a+N@D",
    "at": "-i a+N@D",
    "mutt": "-oem -oi -f me@sender.example -- a+N@D b+N@D",
    "mutt with DSN": "-oem -oi -N failure,delay -R hdrs -f me@sender.example -- a+N@D",
    "git send-email": "-i a+N@D b+N@D",
    "mailx": "-i -r me@sender.example -- a+N@D",
    "PHP": "-t -i",
    "PHPMailer": "-oi -fme@sender.example -t",
    "MIME::Lite": "-t -oi -oem",
    "sudo": "-t",
    "fail2ban": "-f me@sender.example a+N@D",
    "-bm": "-bm -i -f me@sender.example a+N@D",
    "null sender": "-i -f <> a+N@D",
    "queue only": "-odq -i a+N@D",
    "all of DSN": "-i -N success,failure,delay -R full -V id+N -f me@sender.example a+N@D",
    "options behind": "a+N@D -i -f me@sender.example",
}
MIME = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
MESSAGES = {
    "plain": PLAIN,
    "all fields": HEAD + "Date: Mon, 23 Nov 2026 12:00:00 +0000\nMessage-ID: <+N@sender.example>\n" + MIME + "7bit\n\n" + TEXT,
    "of cron": "From: root (Cron Daemon)\nTo: a+N@D\nSubject: Cron <me@web1> run\n" + MIME + "8bit\n"
               "Auto-Submitted: auto-generated\nX-Cron-Env: <SHELL=/bin/sh>\n\n" + TEXT,
    "no From": "To: a+N@D\nSubject: s\n\n" + TEXT,
    "Cc and Bcc": HEAD + "Cc: C <c+N@D>\nBcc: d+N@D\n\n" + TEXT,
    "CRLF": PLAIN.replace("\n", "\r\n"),
    "8-bit": HEAD + MIME + "8bit\n\ngrün +N\n",
    "8-bit unsaid": HEAD + "\ngrün +N\n",
    "a lone dot": PLAIN + ".\nbehind it\n",
    "dots": PLAIN + "..\n.x\n..y\n",
    "folded": "From: Me\n <me@sender.example>\nTo: a+N@D,\n\tB <b+N@D>\nSubject: one\n two\n\tthree\n\n" + TEXT,
    "no end of line": PLAIN[:-1],
}
for caller, argv in CALLERS.items():
    for name, message in MESSAGES.items():
        row(f"{caller} / {name}", argv.split(" "), message)

# ---- options ---------------------------------------------------------------------

for argv in ("-f '' a", "-fme@sender.example a", "-f me a", "-f <me@sender.example> a", "-f me@Sender.Example a",
             "-f me+tag@sender.example a", '-f "m_e"@sender.example a', "-f me@mail.sender.example a",
             "-r me@sender.example a", "-f one@sender.example -f two@sender.example a",
             "-B 7BIT a", "-B8BITMIME a", "-N never a", "-N success a", "-N failure a", "-N delay,failure a", "-R full a", "-R hdrs a",
             "-V id a", "-V one+two a", "-F Name a", "-FName a", "-Fgrün a",
             "-O IgnoreDots=True a", "-O DeliveryMode=b a", "-oQ/nowhere a", "-om a", "-oep a", "-oee a", "-odb a", "-n a", "-U a", "-G a", "-v a",
             "-L tag a", "-h 5 a", "-p SMTP:host a", "-ba a", "-bm a", "-oi -t a", "-ti a", "-it a", "-t -- a", "a b a", "a a", "a,b", "-q a",
             "a b -t", "-- a"):
    words = [word.strip("'") if word == "''" else word for word in argv.split(" ")]
    row("option " + argv, [word.replace("_", " ") if word.startswith('"') else ",".join(w + "+N@D" for w in word.split(","))
                           if word in ("a", "b", "a,b") else word for word in words], HEAD + "\n" + TEXT)
row("option -F and no From", ["-i", "-F", "Full Name", "a+N@D"], "Subject: s\n\n" + TEXT)
row("option -F with quotes and no From", ["-i", "-F", 'A "B" (C), D', "a+N@D"], "Subject: s\n\n" + TEXT)
row("option -f and no From", ["-i", "-f", "you@sender.example", "a+N@D"], "Subject: s\n\n" + TEXT)
row("option -f and -F and no From", ["-i", "-f", "you@sender.example", "-F", "You", "a+N@D"], "Subject: s\n\n" + TEXT)
row("no recipients", ["-i"], PLAIN)
row("no recipients in the header", ["-t"], "From: me@sender.example\nSubject: s +N\n\n" + TEXT)
row("an unknown mode", ["-bz", "a+N@D"], PLAIN)

# ---- recipients ----------------------------------------------------------------------

for address in ('"a b"+N@D', '"a+N"@D', "a+N@D (comment)", "A <a+N@D>", "<a+N@D>", "a+N@D.", "@other.world.example:a+N@D",
                "<@other.world.example,@mail.sender.example:a+N@D>", "a+N%other.world.example@D", "a\\,b+N@D", "a..b+N@D", ".a+N@D",
                "a+N@[192.0.2.10]", "a+N@D,b+N@D", "a+N@D, b+N@D", "a+N@D b+N@D", "a+N@DIRECT.World.Example", "A+N@D", "a+N",
                "grün+N@D", "@D+N", "a+N@", '"a+N@D', "a+N@D>", "a/b=c+N@D", "'a+N@D'", "-a+N@D",
                "a b+N@D", "friends: a+N@D;", "|cat+N", "/dev/null+N", ":include:/dev/null+N"):
    row("argument " + address, ["-i", "--", address], PLAIN)
row("argument with blanks around", ["-i", "--", "\ta+N@D "], PLAIN)
to("-t: To, Cc, Bcc", "To: a+N@D, b+N@D\nCc: c+N@D\nBcc: d+N@D, e+N@D")
to("-t: Bcc alone", "Bcc: a+N@D")
to("-t: an empty Bcc", "To: a+N@D\nBcc:")
to("-t: an empty To", "To:\nBcc: a+N@D")
to("-t: empty brackets", "To: <>\nCc: C <>\nBcc: a+N@D")
to("-t: an empty Cc", "To: a+N@D\nCc: ")
to("-t: To twice", "To: a+N@D\nTo: b+N@D")
to("-t: Cc twice", "To: a+N@D\nCc: b+N@D\nCc: c+N@D")
to("-t: the same recipient thrice", "To: a+N@D, a+N@D\nCc: A <a+N@D>")
to("-t: a group", "To: friends: a+N@D, B <b+N@D>;")
to("-t: an empty group", "To: undisclosed-recipients:;\nBcc: a+N@D")
to("-t: two groups and one", "To: x: a+N@D;, y: b+N@D;, c+N@D")
to("-t: comments", "To: a+N@D (A (nested) one), (before) b+N@D")
to("-t: quoted names", 'To: "A, a" <a+N@D>, "B \\"b\\"" <b+N@D>')
to("-t: dots in a name", "To: J. Doe <a+N@D>")
to("-t: a quoted local part", 'To: "a b+N"@D')
to("-t: a route", "To: <@other.world.example:a+N@D>")
to("-t: bare names", "To: root, postmaster\nBcc: a+N@D")
to("-t: an empty place between commas", "To: a+N@D,,b+N@D,")
to("-t: blanks for commas", "To: a+N@D b+N@D")
to("-t: a semicolon for a comma", "To: a+N@D; b+N@D")
to("-t: folded at commas", "To: a+N@D,\n b+N@D,\n\tc+N@D")
to("-t: folded in a name", "To: A very\n long name <a+N@D>")
to("-t: an encoded word", "To: =?utf-8?q?Gr=C3=BCn?= <a+N@D>")
to("-t: UTF-8 in a name", "To: Grün <a+N@D>")
to("-t: UTF-8 in a quoted name", 'To: "Grün, der" <a+N@D>')
to("-t: lower case", "to: a+N@D\ncC: b+N@D\nBCC: c+N@D")
to("-t: a blank before the colon", "To : a+N@D")
to("-t: no blank behind the colon", "To:a+N@D")
to("-t: blanks behind the colon", "To: \t  a+N@D")
to("-t: sixty", "To: " + ", ".join(f"u{n}+N@D" for n in range(60)))
to("-t and an argument", "To: a+N@D", ["-t", "-i", "b+N@D"])
to("-t and the same argument", "To: a+N@D", ["-t", "-i", "a+N@D"])
to("-t: Apparently-To", "Apparently-To: b+N@D\nTo: a+N@D")
to("-t: Resent-To", "Resent-From: me@sender.example\nResent-To: a+N@D\nResent-Bcc: b+N@D\nTo: c+N@D")
to("-t: Resent-To twice", "Resent-From: me@sender.example\nResent-To: a+N@D\nResent-Date: Mon, 23 Nov 2026 12:00:00 +0000\n"
   "Resent-From: you@sender.example\nResent-To: b+N@D\nTo: c+N@D")
to("-t: Resent-From alone", "Resent-From: me@sender.example\nTo: a+N@D")
to("Resent fields, an argument", "Resent-From: me@sender.example\nResent-To: b+N@D\nTo: c+N@D", ["-i", "a+N@D"])
to("Bcc, an argument", "To: b+N@D\nBcc: c+N@D", ["-i", "a+N@D"])

# ---- authors --------------------------------------------------------------------------

for name, value in {"bare": "me", "with a comment": "me@sender.example (Me)", "two": "me@sender.example, you@sender.example",
                    "a group": "us: me@sender.example;", "dots": "J. Doe <me@sender.example>", "quoted": '"Doe, J" <me@sender.example>',
                    "encoded": "=?utf-8?q?Gr=C3=BCn?= <me@sender.example>", "UTF-8": "Grün <me@sender.example>", "empty": "",
                    "of this host": "root@mail.sender.example", "a route": "<@other.world.example:me@sender.example>",
                    "no brackets": "Me me@sender.example", "unquoted comma": "Doe, J <me@sender.example>",
                    "brackets in a name": "[Jira] Me <me@sender.example>", "an @ in a name": "Me @ Work <me@sender.example>",
                    "a colon in a name": "Web: Me <me@sender.example>", "a dot behind": "me@sender.example.",
                    "a comma in an encoded word": "=?utf-8?q?Doe,_J?= <me@sender.example>",
                    "angle brackets twice": "<<me@sender.example>>"}.items():
    author("From: " + name, "From: " + value)
author("From twice", "From: me@sender.example\nFrom: me@sender.example")
author("Sender", "From: me@sender.example\nSender: you@sender.example")
author("Reply-To", "From: me@sender.example\nReply-To: you, them@sender.example")
author("Return-Path", "Return-Path: <you@sender.example>\nFrom: me@sender.example")
author("Errors-To", "From: me@sender.example\nErrors-To: you@sender.example")

# ---- other fields ---------------------------------------------------------------------

field("Content-Length", "Content-Length: 5\nLines: 2\nStatus: RO\nX-Status: A")
field("Full-Name", "Full-Name: Me Myself")
field("Received", "Received: from a by b; Mon, 23 Nov 2026 12:00:00 +0000")
field("Message-ID without brackets", "Message-ID: +N@sender.example")
field("an empty Message-ID", "Message-ID:")
field("a Message-ID of nothing", "Message-ID: <>")
field("a bad Date", "Date: yesterday")
field("an empty Date", "Date:")
field("a Date of old", "Date: Mon, 23 Nov 26 12:00 EST")
field("Date twice", "Date: Mon, 23 Nov 2026 12:00:00 +0000\nDate: Mon, 23 Nov 2026 12:00:01 +0000")
field("Message-ID twice", "Message-ID: <1+N@sender.example>\nMessage-ID: <2+N@sender.example>")
field("Subject twice", "Subject: t")
field("MIME-Version twice", "MIME-Version: 1.0\nContent-Type: text/plain\nMIME-Version: 1.0\nContent-Type: text/plain")
field("UTF-8 in fields", "X-Note: grün\nComments: grün")
field("Latin-1 in a field", "X-Note: latin")
ROWS[-1] = (ROWS[-1][0], ROWS[-1][1], ROWS[-1][2].replace(b"latin", b"gr\xfcn"))
field("an encoded word", "X-Note: =?utf-8?q?gr=C3=BCn?=")
field("an empty field", "X-Note:\nX-More: ")
field("blanks at the ends", "X-Note:  \t x \t ")
field("a fold of blanks alone", "X-Note: x\n \t\n y")
field("no name", ": x")
field("a line without colon", "this is no field")
field("a blank in a name", "X Note: x")
field("CR in a field", "X-Note: a\rb")
field("a long field", "X-Note: " + "word " * 300)
field("a long word", "X-Note: " + "x" * 990)
field("a long References", "References: " + " ".join(f"<{n}@sender.example>" for n in range(80)))
field("In-Reply-To", "In-Reply-To: <a@sender.example>")
field("a receipt", "Disposition-Notification-To: me@sender.example\nReturn-Receipt-To: me@sender.example")
field("Precedence", "Precedence: bulk\nX-Priority: 1\nImportance: high")
field("List fields", "List-Id: <l.sender.example>\nList-Unsubscribe: <https://sender.example/u>")
field("Delivered-To", "Delivered-To: me@sender.example\nX-Original-To: me@sender.example")
field("a field of 20 kB in lines", "X-Note: " + "\n ".join("x" * 70 for _ in range(280)))
row("From line of a mailbox", ["-i", "a+N@D"], "From me Mon Nov 23 12:00:00 2026\n" + PLAIN)
row("From line of a mailbox, quoted", ["-i", "a+N@D"], ">From me Mon Nov 23 12:00:00 2026\n" + PLAIN)
row("a byte order mark", ["-i", "a+N@D"], "\ufeff" + PLAIN)
row("a blank line first", ["-i", "a+N@D"], "\n" + PLAIN)
row("no header", ["-i", "a+N@D"], TEXT)
row("a header alone", ["-i", "a+N@D"], HEAD)
row("nothing at all", ["-i", "a+N@D"], "")
row("a blank at the beginning", ["-i", "a+N@D"], " " + PLAIN)

# ---- bodies -----------------------------------------------------------------------------

body("no body", "")
body("blank lines", "\n\n\n")
body("blank lines at the end", TEXT + "\n\n\n")
body("trailing blanks", "a \nb\t\n \n+N\n")
body("From in the body", "From me\n>From you\nFrom +N\n")
body("998 bytes", "x" * 998 + "\n")
body("999 bytes", "x" * 999 + "\n")
body("5,000 bytes in a line", "x" * 5000 + "\n")
body("NUL", "a\0b\n")
body("CR", "10%\r20%\rdone\n")
body("CR CR LF", "a\r\r\nb\r\r\n")
body("mixed line ends", "a\r\nb\nc\r\n")
body("CRLF in the body alone", "a\r\nb\r\n")
body("dots, -i", ".\n..\n.x\n")
body("dots, -oi", ".\n..\n.x\n", ["-oi", "a+N@D"])
body("dots", "..\n.x\n..x\n", ["a+N@D"])
body("a lone dot", "a\n.\nb\n", ["a+N@D"])
body("a lone dot with CRLF", "a\r\n.\r\nb\r\n", ["a+N@D"])
body("a lone dot at once", ".\nb\n", ["a+N@D"])
body("a dot and a blank", "a\n. \nb\n", ["a+N@D"])
body("a dot at the end without a line end", "a\n.", ["a+N@D"])
body("smuggling", b"a\n.\r\nMAIL FROM:<x@y>\r\n\r.\rb\n")
body("Latin-1", b"gr\xfcn\n", fields="MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n")
body("quoted-printable", "gr=C3=BCn=\n\n", fields=MIME + "quoted-printable\n")
body("base64", "Z3LDvG4K\n", fields=MIME + "base64\n")
body("multipart", "--b\n\na\n--b\nContent-Type: text/html\n\n<p>b</p>\n--b--\n",
     fields="MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n")
body("multipart, 8-bit", "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngrün\n--b--\n",
     fields="MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n")
body("a header in the body", "To: z@D\nBcc: y@D\n\n", ["-t", "-i"])
body("60 kB", "".join(f"line {n}\n" for n in range(6000)))

folder = sys.argv[1]
with open(os.path.join(folder, "inputs.tsv"), "w", encoding="utf-8") as table:
    for n, (name, argv, message) in enumerate(ROWS, 1):
        mark = f".n{n}n"

        def filled(text):
            return re.sub(rb"@D\b", b"@direct.world.example", text.replace(b"+N", mark.encode()))

        with open(os.path.join(folder, f"{n}.argv"), "wb") as f:
            f.write(b"".join(filled(word.encode()) + b"\n" for word in argv))
        with open(os.path.join(folder, f"{n}.stdin"), "wb") as f:
            f.write(filled(message))
        print(n, name, sep="\t", file=table)
