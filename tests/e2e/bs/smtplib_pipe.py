#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
smtplib_pipe - Python's smtplib with a "sendmail -bs" for its server.

    smtplib_pipe.py SENDMAIL DOMAIN

Sends mail to people at DOMAIN; prints a line for each thing that is to hold: "ok" or "not", and what.
"""
import email.message
import smtplib
import subprocess
import sys

sendmail, domain = sys.argv[1:]


class Pipes:
    """A child's standard input and output, as smtplib would have its socket."""

    def __init__(self):
        self.child = subprocess.Popen([sendmail, "-bs", "-odb", "-t"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def sendall(self, data):
        self.child.stdin.write(data)
        self.child.stdin.flush()

    def makefile(self, _):
        return self.child.stdout

    def close(self):
        self.child.stdin.close()


class Child(smtplib.SMTP):
    def _get_socket(self, host, port, timeout):
        self.pipes = Pipes()
        return self.pipes


def say(good, what):
    print("ok" if good else "not", what, sep="\t")


def message(to, text):
    m = email.message.EmailMessage()
    m["From"], m["To"], m["Subject"] = "me@sender.example", to, "by smtplib"
    m.set_content(text)
    return m


def refused(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except smtplib.SMTPException as e:
        return e
    return None


server = Child("sendmail", 25, local_hostname="me")
code, _ = server.ehlo()
say(code == 250, "EHLO is answered")
say({"pipelining", "size", "8bitmime", "smtputf8", "dsn", "enhancedstatuscodes"} <= server.esmtp_features.keys(), "and offers what is done")
say(server.send_message(message(f"alice@{domain}", ".html\n..\n.\nhello\n")) == {}, "a message is taken")
say(server.sendmail("me@sender.example", [f"bob@{domain}", f"carol@{domain}"], message(f"bob@{domain}", "grün\n").as_bytes(),
                    ["BODY=8BITMIME", "ENVID=x1"], ["NOTIFY=NEVER"]) == {}, "one with parameters and two recipients")
error = refused(server.sendmail, "me@sender.example", ["a b@c@d", f"dave@{domain}"], message(f"dave@{domain}", "hi\n").as_bytes())
say(error is None, "one of whose recipients another is wrong")
error = refused(server.sendmail, "me@sender.example", ["a b@c@d"], b"x\r\n")
say(isinstance(error, smtplib.SMTPRecipientsRefused), "none is taken that nobody would get")
error = refused(server.sendmail, "me@sender.example", [f"erin@{domain}"], b"x\r\n", ["SIZE=99999999999"])
say(isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code == 552, "nor one that is too large")
code, words = server.mail("me@sender.example")
code, words = server.rcpt(f"owner@{domain}")
code, words = server.data(b"Subject: the last\r\n\r\nx\r\n")
say(code == 250 and words.startswith(b"2.0.0 queued as "), "250 names the queue id")
print("id", words.split()[-1].decode(), sep="\t")
say(server.quit()[0] == 221, "QUIT is answered")
say(server.pipes.child.wait(60) == 0, "exit 0")
