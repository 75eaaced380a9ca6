#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
sessions - what programs say to "sendmail -bs".

    sessions.py FOLDER

writes FOLDER/N.session, a list of what is said (latin-1 in JSON), each with the number of
replies to await after it; FOLDER/N.stdin, all of it in one; and FOLDER/inputs.tsv: number, name.
@D is a domain that takes mail, and +N the session's number, which tells the copies
apart; it stands in each recipient or in the text.
"""
import json
import os
import sys

ROWS = []
FROM, TO = "MAIL FROM:<me@sender.example>", "RCPT TO:<a+N@D>"
TEXT = "From: me@sender.example\r\nTo: you@D\r\nSubject: s\r\n\r\nHello.\r\nThis is +N.\r\n"


def row(name, *said, at_once=0):
    """Each as it is, the part of that number with a reply for each of its lines."""
    parts = [part if isinstance(part, bytes) else part.encode() for part in said]
    ROWS.append((name, [(part, part.count(b"\r\n") if i == at_once > 0 else 1) for i, part in enumerate(parts)]))


def lines(name, *said):
    """Commands, and QUIT."""
    row(name, *(line + "\r\n" for line in said), "QUIT\r\n")


def mail(name, sender=FROM, recipients=(TO,), text=TEXT, greeting="EHLO me"):
    """A whole transaction."""
    text = text if isinstance(text, bytes) else text.encode()
    row(name, greeting + "\r\n", sender + "\r\n", *(line + "\r\n" for line in recipients), "DATA\r\n", text + b".\r\n", "QUIT\r\n")


# ---- whole messages ----------------------------------------------------------------

mail("one message")
mail("HELO", greeting="HELO me")
mail("lower case", "mail from:<me@sender.example>", ["rcpt to:<a+N@D>"], greeting="ehlo me")
row("no greeting", FROM + "\r\n", TO + "\r\n", "DATA\r\n", TEXT + ".\r\n", "QUIT\r\n")
mail("the null sender", "MAIL FROM:<>")
mail("two recipients", recipients=[TO, "RCPT TO:<b+N@D>"])
mail("a recipient twice", recipients=[TO, TO])
mail("a bare recipient", recipients=["RCPT TO:<root>"])
mail("a bare sender", "MAIL FROM:<me>")
mail("without brackets", "MAIL FROM:me@sender.example", ["RCPT TO:a+N@D"])
mail("a blank after the colon", "MAIL FROM: <me@sender.example>", ["RCPT TO: <a+N@D>"])
mail("a blank before the colon", "MAIL FROM :<me@sender.example>", ["RCPT TO :<a+N@D>"])
mail("blanks in the brackets", "MAIL FROM:< me@sender.example >", ["RCPT TO:< a+N@D >"])
mail("blanks at the end", FROM + " ", [TO + "  "])
mail("a route", recipients=["RCPT TO:<@mx.world.example,@x.example:a+N@D>"])
mail("a quoted local part", recipients=['RCPT TO:<"a b+N"@D>'])
mail("quotes that are not needed", recipients=['RCPT TO:<"a+N"@D>'])
mail("a backslash", recipients=["RCPT TO:<\\a+N@D>"])
mail("a dot at the end of the domain", recipients=["RCPT TO:<a+N@D.>"])
mail("a literal", recipients=["RCPT TO:<a+N@[192.0.2.10]>"])
mail("SIZE", FROM + " SIZE=100")
mail("BODY=8BITMIME", FROM + " BODY=8BITMIME", text=TEXT + "grün\r\n")
mail("BODY=7BIT", FROM + " BODY=7BIT")
mail("8-bit without BODY", text=TEXT + "grün\r\n")
mail("RET and ENVID", FROM + " RET=HDRS ENVID=QQ+2B1")
mail("NOTIFY and ORCPT", recipients=[TO + " NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x@D", "RCPT TO:<b+N@D> NOTIFY=NEVER"])
mail("AUTH=<>", FROM + " AUTH=<>")
mail("SMTPUTF8", "MAIL FROM:<mü@sender.example> SMTPUTF8", ["RCPT TO:<ü+N@D>"])
mail("UTF-8 without SMTPUTF8", "MAIL FROM:<mü@sender.example>", ["RCPT TO:<ü+N@D>"])
row("two messages", "EHLO me\r\n", FROM + "\r\n", TO + "\r\n", "DATA\r\n", TEXT + ".\r\n", FROM + "\r\n", "RCPT TO:<b+N@D>\r\n",
    "DATA\r\n", TEXT + ".\r\n", "QUIT\r\n")
row("the end of input for QUIT", "EHLO me\r\n", FROM + "\r\n", TO + "\r\n", "DATA\r\n", TEXT + ".\r\n")
row("the end of input in a message", "EHLO me\r\n", FROM + "\r\n", TO + "\r\n", "DATA\r\n", TEXT)
row("all at once", "EHLO me\r\n" + FROM + "\r\n" + TO + "\r\nDATA\r\n" + TEXT + ".\r\nQUIT\r\n")
row("commands at once", "EHLO me\r\n", FROM + "\r\n" + TO + "\r\nRCPT TO:<b+N@D>\r\nDATA\r\n", TEXT + ".\r\nQUIT\r\n", at_once=1)

# ---- what is wrong -------------------------------------------------------------------

mail("a wrong recipient of two", recipients=["RCPT TO:<a b+N@D>", TO])
mail("an empty recipient of two", recipients=["RCPT TO:<>", TO])
mail("no bracket at the end", recipients=["RCPT TO:<b+N@D", TO])
mail("no bracket at the beginning", recipients=["RCPT TO:b+N@D>", TO])
mail("two addresses in one", recipients=["RCPT TO:<b+N@D,c+N@D>", TO])
mail("no local part", recipients=["RCPT TO:<@D>", TO])
mail("no domain behind the @", recipients=["RCPT TO:<b+N@>", TO])
lines("a wrong sender", "EHLO me", "MAIL FROM:<a b@sender.example>", TO, "DATA")
lines("a name before the brackets", "EHLO me", FROM, "RCPT TO:You <a+N@D>", "DATA")
lines("no sender", "EHLO me", "MAIL FROM:", "MAIL", "MAIL x", "RCPT TO:", "RCPT")
lines("SIZE too large", "EHLO me", FROM + " SIZE=20000000", TO, "DATA")
lines("wrong values", "EHLO me", FROM + " SIZE=x", FROM + " BODY=x", FROM + " RET=x", FROM + " ENVID=a=b", FROM, TO + " NOTIFY=x",
      TO + " NOTIFY=NEVER,DELAY", TO + " ORCPT=x")
lines("parameters nobody knows", "EHLO me", FROM + " FOO=x", FROM, TO + " FOO=x", TO + " BODY=7BIT")
lines("MAIL twice", "EHLO me", FROM, FROM)
lines("RCPT first", "EHLO me", TO)
lines("DATA first", "EHLO me", "DATA")
lines("DATA without a recipient", "EHLO me", FROM, "DATA")
lines("DATA after a wrong recipient", "EHLO me", FROM, "RCPT TO:<>", "DATA")
lines("RSET forgets", "EHLO me", FROM, TO, "RSET", "DATA")
lines("EHLO forgets", "EHLO me", FROM, TO, "EHLO me", "DATA")
row("pipelined behind a wrong sender", "EHLO me\r\n", "MAIL FROM:<a b@sender.example>\r\n" + TO + "\r\nDATA\r\nQUIT\r\n")

# ---- the others -----------------------------------------------------------------------

lines("nothing")
row("not even QUIT")
lines("a greeting")
lines("NOOP, VRFY, HELP", "NOOP", "NOOP x", "VRFY root", "VRFY", "HELP", "RSET")
lines("EXPN", "EXPN root")
lines("arguments too many", "RSET x", "EHLO me you", "QUIT x")
lines("greetings without a name", "EHLO", "HELO")
lines("a literal in the greeting", "EHLO [127.0.0.1]", "HELO [IPv6:::1]")
lines("an empty line", "")
lines("blanks before a command", " NOOP")
lines("blanks behind a command", "NOOP ")
lines("commands nobody knows", "FOO", "FOO x", "MAILFROM:<a@b>")
lines("commands not done", "STARTTLS", "AUTH PLAIN AGEAYg==", "ETRN x", "TURN")
lines("a message that was not asked for", "EHLO me", FROM, "DATA", "Subject: s", "MAIL FROM:<evil@sender.example>")
lines("a long command", "NOOP " + "x" * 1000)
lines("thirty that nobody knows", *["FOO"] * 30)
row("HTTP", "GET / HTTP/1.1\r\n", "Host: localhost\r\n", "QUIT\r\n")

# ---- dots and line ends -----------------------------------------------------------------

mail("dots", text=TEXT + "..\r\n..html\r\n.x\r\n...\r\nx.\r\n")
mail("an empty message", recipients=[TO], text="")
mail("a CR in a message", text=TEXT + "a\rb\r\n")
mail("LF for a line end in a message", text=TEXT + "a\nb\r\n")
mail("lines of 998 bytes", text=TEXT + "x" * 998 + "\r\n")
SMUGGLED = "MAIL FROM:<evil@sender.example>\r\nRCPT TO:<evil+N@D>\r\nDATA\r\n" + TEXT
mail("smuggled behind LF.LF", text=TEXT + "x\n.\n" + SMUGGLED)
mail("smuggled behind LF.CRLF", text=TEXT + "x\n.\r\n" + SMUGGLED)
mail("smuggled behind CRLF.LF", text=TEXT + "x\r\n.\n" + SMUGGLED)
mail("smuggled behind CRLF.CR", text=TEXT + "x\r\n.\r" + SMUGGLED)
mail("smuggled behind CR.CR", text=TEXT + "x\r.\r" + SMUGGLED)
mail("smuggled behind CR.CRLF", text=TEXT + "x\r.\r\n" + SMUGGLED)
row("all in LF", "EHLO me\n", FROM + "\n", TO + "\n", "DATA\n", TEXT.replace("\r", "") + "..\n.\n", "QUIT\n")
row("commands in LF, the message in CRLF", "EHLO me\n", FROM + "\n", TO + "\n", "DATA\n", TEXT + "..\r\n.\r\n", "QUIT\n")

folder = sys.argv[1]
with open(os.path.join(folder, "inputs.tsv"), "w", encoding="utf-8") as table:
    for n, (name, said) in enumerate(ROWS, 1):
        said = [(part.replace(b"@D", b"@direct.world.example").replace(b"+N", f".n{n}n".encode()), replies) for part, replies in said]
        with open(os.path.join(folder, f"{n}.stdin"), "wb") as f:
            f.write(b"".join(part for part, _ in said))
        with open(os.path.join(folder, f"{n}.session"), "w", encoding="ascii") as f:
            json.dump([(part.decode("latin-1"), replies) for part, replies in said], f)
        print(n, name, sep="\t", file=table)
