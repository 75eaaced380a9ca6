#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
judge - whether the mail of callers arrived as they meant it.

    judge.py TABLE ROUND CALLS MAIL SIGNET LOGS NAME...

CALLS has for each caller what replay.sh left of it: NAME.ROUND.status and .said. MAIL has
the mailboxes of all: a recipient's local part is NAME.ROUND.WHICH. The letter that they were
given is in the environment (replay.sh). Prints two lines for each NAME, each with "ok",
"not" or "skip", what it says, and why not, between tabs: about what the caller said, and about its mail.
A copy that is not right is put into the folder LOGS.
"""
import email
import email.header
import email.policy
import email.utils
import glob
import os
import re
import shutil
import subprocess
import sys

# RFC 5322 section 3.6, RFC 2045: at most one of each, whatever the caller did.
SINGLE = ("From", "Sender", "Reply-To", "To", "Cc", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
NEEDED = ("From", "Date", "Message-ID")
STAY_BEHIND = ("Bcc", "Resent-Bcc", "Content-Length", "Lines", "Status")


class Row:
    def __init__(self, line):
        self.name, self.set, self.user, self.script, self.way, wanted = (field.strip() for field in line.split("|"))
        self.wanted = dict(pair.strip().split("=", 1) for pair in wanted.split(";") if pair.strip())

    def get(self, key, otherwise):
        return self.wanted.get(key, otherwise)


class Copy:
    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            self.bytes = f.read()
        self.mail = email.message_from_bytes(self.bytes, policy=email.policy.default)
        self.head = re.split(rb"\r?\n\r?\n", self.bytes, maxsplit=1)[0]
        self.recipient = self.mail["X-Original-To"]
        self.sender = self.mail["Return-Path"].strip("<>")

    def faults(self, row, round_name, signet):
        yield from self.form()
        yield from self.sender_and_author(row)
        yield from self.readers(row, round_name)
        yield from self.text(row, round_name)
        if round_name != "once":
            yield from self.signatures(signet)

    def form(self):
        fields = [line.partition(b":")[0].decode("latin-1").lower() for line in self.head.split(b"\n") if line[:1] not in b" \t"]
        yield from (f"{fields.count(name.lower())} fields {name}" for name in SINGLE if fields.count(name.lower()) > 1)
        yield from (f"no {name}" for name in NEEDED if name.lower() not in fields)
        yield from (f"a field {name}" for name in STAY_BEHIND if name.lower() in fields)
        if not self.head.isascii():
            yield f"bytes of 8 bits in the header: {[line for line in self.head.splitlines() if not line.isascii()]}"
        if max(map(len, self.bytes.splitlines())) > 998:
            yield "a line of more than 998 bytes"
        if "Date" in self.mail and email.utils.parsedate_to_datetime(self.mail["Date"]) is None:
            yield f"the date is {self.mail['Date']}"

    def sender_and_author(self, row):
        if self.sender != row.get("sender", FROM):
            yield f"the sender is <{self.sender}>, not <{row.get('sender', FROM)}>"
        # Of a name in a comment this tells as well.
        raw = email.message_from_bytes(self.bytes, policy=email.policy.compat32)["From"]
        name, address = email.utils.parseaddr(str(email.header.make_header(email.header.decode_header(raw))))
        if address != row.get("from", FROM):
            yield f"From is {self.mail['From']!r}, not {row.get('from', FROM)}"
        if name != row.get("named", FROM_NAME):
            yield f"the name in From is {name!r}, not {row.get('named', FROM_NAME)!r}"

    def readers(self, row, round_name):
        """Whom To and Cc name, where the caller knows whom it mails."""
        named = {name: [a.addr_spec for a in self.mail[name].addresses] if self.mail[name] else [] for name in ("To", "Cc")}
        domain = self.recipient.partition("@")[2]
        wanted = {f"{row.name}.{round_name}.{which}@{domain}" for which in row.get("to", "to cc bcc").split() if which != "bcc"}
        if "local" not in row.wanted and (set(named["To"] + named["Cc"]) != wanted or not wanted & set(named["To"])):
            yield f"To and Cc name {named}, not {wanted}"

    def text(self, row, round_name):
        subject = row.get("subject", "")
        if subject and not re.search(subject, str(self.mail["Subject"])):
            yield f"Subject is {str(self.mail['Subject'])!r}, not like {subject!r}"
        if not subject and str(self.mail["Subject"]).strip() != row.get("prefix", "").replace("_", " ") + subject_of(row, round_name):
            yield f"Subject is {str(self.mail['Subject'])!r}, not {row.get('prefix', '')} {subject_of(row, round_name)!r}"
        body = self.mail.get_body(("plain",))
        text = body.get_content() if body else ""
        if "body" in row.wanted:
            if not re.search(row.wanted["body"], text, re.M):
                yield f"the body is not like {row.wanted['body']!r}: {text[:400]!r}"
        else:
            yield from missing(LETTER, [line.removesuffix("\r") for line in text.split("\n")], row)
        files = [part.get_content() for part in self.mail.iter_attachments()]
        files = [f.encode() if isinstance(f, str) else f for f in files]
        if files != [FILE] * int(row.get("files", "0")):
            yield f"there are {len(files)} attachments of {[len(f) for f in files]} bytes, not {row.get('files', '0')} of {len(FILE)}"

    def signatures(self, signet):
        said = subprocess.run([signet, "verify", "--all"], input=self.bytes, capture_output=True, check=False)
        if said.returncode:
            yield f"signet verify: {said.stdout.decode()}"
        seen = self.mail.get_all("Authentication-Results", [])
        if sum(str(field).count("dkim=pass") for field in seen) < 1:
            yield f"OpenDKIM: {seen}"


def missing(wanted, lines, row):
    """A line of the letter that is not there, behind those before it."""
    at, quoted = 0, row.get("quoted", "")
    if row.get("dot", ""):
        if wanted[-1] in lines:
            yield "it goes on behind the dot"
        wanted = wanted[:wanted.index(".")]
    for line in wanted:
        if row.get("mbox", "") and line.startswith("From "):
            line = ">" + line
        try:
            at = lines.index(quoted + line, at) + 1
        except ValueError:
            yield f"not as it was, or not there: {line[:80]!r}"
            return


def subject_of(row, round_name):
    return SUBJECT.replace("NAME", f"{row.name}.{round_name}")


def outcome(row, round_name, calls):
    """The exit status, and what was said."""
    with open(f"{calls}/{row.name}.{round_name}.status", encoding="ascii") as f:
        status = int(f.read())
    with open(f"{calls}/{row.name}.{round_name}.said", "rb") as f:
        return status, f.read().decode("utf-8", "replace")


def said(row, round_name, calls):
    """What the caller did not say as it should."""
    status, text = outcome(row, round_name, calls)
    wanted = shown(row, round_name)
    if wanted == "sent" and status != 0:
        yield f"exit {status}: {text[-1500:]}"
    elif wanted not in ("sent", "silent") and status == 0 and not row.get("status", ""):
        yield f"exit 0, though its mail was not taken: {text[-1500:]}"
    if wanted not in ("sent", "silent", "fails") and not re.search(wanted, text):
        yield f"did not say {wanted!r}, but (exit {status}) {text[-1500:]}"


def shown(row, round_name):
    """What this caller shows in this round: sent, fails, silent, or a pattern of its words."""
    otherwise = {"up": "sent", "refused": "sent", "down": "fails" if row.way == "smtp" else "sent", "lost": "fails", "once": "sent",
                 "never": row.get("lost", "fails")}
    return row.get(round_name, otherwise[round_name])


def arrived(row, round_name, copies, ids, signet):
    mine = [copy for copy in copies if copy.recipient.startswith(f"{row.name}.{round_name}.")]
    got = sorted(copy.recipient.split("@")[0].rpartition(".")[2] for copy in mine)
    expected = sorted(row.get("to", "to cc bcc").split()) if shown(row, round_name) == "sent" else []
    if got != expected:
        yield f"copies came for {got}, not for {expected}"
    # Copies of one message have one Message-ID, whose there are as many as there are messages.
    messages = max(map(expected.count, expected), default=0)
    if len({copy.mail["Message-ID"] for copy in mine}) != messages:
        yield f"not {messages} Message-IDs: {[copy.mail['Message-ID'] for copy in mine]}"
    for copy in mine:
        told = list(copy.faults(row, round_name, signet))
        if told:
            shutil.copy(copy.path, f"{LOGS}/{row.name}.{round_name}.eml")
        yield from told
        owner = ids.setdefault(copy.mail["Message-ID"], row.name)
        if owner != row.name:
            yield f"its Message-ID is that of {owner}, too"


def reported(row, round_name, copies, recipients_domain):
    """Its recipients are unknown at their server: the sender is told of each once."""
    sender, told = row.get("sender", FROM), []
    for copy in copies:
        if copy.mail.get_content_type() != "multipart/report" or copy.recipient != sender:
            continue
        status = [part for part in copy.mail.walk() if part.get_content_type() == "message/delivery-status"][0]
        these = [group["Final-Recipient"].rpartition(";")[2].strip() for group in status.get_payload() if group["Final-Recipient"]]
        these = [who for who in these if who.startswith(f"{row.name}.{round_name}.")]
        told += these
        if these and copy.sender:
            yield f"the report is from <{copy.sender}>, not from <>"
    expected = [f"{row.name}.{round_name}.{which}@{recipients_domain}" for which in sorted(row.get("to", "to cc bcc").split())]
    if sorted(told) != expected:
        yield f"<{sender}> is told of {sorted(told)}, not of {expected}"


def main():
    global LOGS, FROM, FROM_NAME, SUBJECT, LETTER, FILE
    table, round_name, calls, mail, signet, LOGS, *names = sys.argv[1:]
    FROM, FROM_NAME, SUBJECT = (os.environ[name] for name in ("FROM", "FROM_NAME", "SUBJECT"))
    with open(os.environ["BODY"], encoding="utf-8", newline="\n") as f:
        LETTER = f.read().removesuffix("\n").split("\n")
    with open(os.environ["FILE"], "rb") as f:
        FILE = f.read()
    with open(table, encoding="utf-8") as f:
        rows = [Row(line) for line in f if line.strip() and not line.startswith("#")]
    copies = [Copy(path) for path in sorted(glob.glob(f"{mail}/**/new/*", recursive=True))]
    ids = {}
    for row in rows:
        if row.name not in names:
            continue
        status, text = outcome(row, round_name, calls)
        cannot = re.search("cannot run here: (.*)", text)
        if status == 77 and cannot:
            print(*[f"skip\t{row.name}, {round_name}\t{cannot[1]}"] * 2, sep="\n")
            continue
        if round_name == "refused":
            of_mail = "its sender is told of each recipient", reported(row, round_name, copies, os.environ["REFUSED_AT"])
        else:
            of_mail = "the mail is as it should be", arrived(row, round_name, copies, ids, signet)
        of_caller = f"it shows what it should ({shown(row, round_name)})", said(row, round_name, calls)
        for what, faults in of_caller, of_mail:
            faults = list(dict.fromkeys(faults))
            print("not" if faults else "ok", f"{row.name}, {round_name}: {what}", " / ".join(faults).replace("\n", "\\n").replace("\t", " "), sep="\t")


main()
