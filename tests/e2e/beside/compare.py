#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
compare - what three sendmails made of the same inputs, and which differences are known.

    compare.py FOLDER DIFFERENCES SINK...

FOLDER is that of inputs.py and submit.py, or of bs/sessions.py and bs/talk.py; a SINK is what a server has recorded
(hostile_smtp.py), named after the program it took mail from, ours first. Prints
for each input, each known difference and at last for copies of no input a line:
"ok" or "not", what it says, and why not, between tabs; and then how many there were.
The copies of ours are left in copies/N.eml, for those that verify.

A line of DIFFERENCES is PEER|ASPECT|INPUT|OURS|THEIRS|WHY, all but the last as
patterns (fnmatch), of which one may hold several with " ; " between; a line has to
be seen of each peer that it is for.
"""
import collections
import fnmatch
import glob
import os
import re
import sys

MARK = re.compile(rb"\.n(\d+)n")
DATE = re.compile(rb"[A-Z][a-z]{2}, [ 0-3]?\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (GMT|[-+]\d{4}( \([A-Z]+\))?)")
ID = re.compile(rb"<[^<>@ ]+@[a-z.]*sender\.example>")
MADE = {b"date": DATE, b"resent-date": DATE, b"message-id": ID, b"resent-message-id": ID}
OF_THE_WAY = (b"received", b"dkim-signature")


class Copy:
    """A transaction: sender, recipients and parameters as they were said, the bytes without transparency's dots."""

    def __init__(self, sender):
        self.sender, self.recipients, self.data = sender, [], b""

    def input(self):
        found = MARK.search(b" ".join(self.recipients)) or MARK.search(self.data)
        return found[1].decode() if found else "none"

    def is_report(self):
        return self.sender.startswith(b"<>") and re.search(rb"^Content-Type: multipart/report", self.data, re.I | re.M)


def copies(sink):
    """Each with the path of its bytes."""
    for path in glob.glob(os.path.join(sink, "*.commands")):
        number, copy = 0, None
        with open(path, "rb") as f:
            lines = [line.rstrip(b"\r") for line in f.read().split(b"\n")]
        for line in lines:
            verb, value = line[:10].upper(), line.partition(b":")[2]
            if verb == b"MAIL FROM:":
                copy = Copy(value)
            elif verb.startswith(b"RCPT TO:"):
                copy.recipients.append(value)
            elif verb == b"DATA":
                number += 1
                with open(path[:-len("commands")] + f"{number}.data", "rb") as f:
                    data = f.read()
                copy.data = re.sub(rb"(\A|\r\n)\.", rb"\1", re.sub(rb"(\A|\r\n)\.\r\n\Z", rb"\1", data))
                yield copy


def address_and_words(text):
    """<address> and what stands behind it; the address possibly with blanks and > in quotes."""
    found = re.match(rb'<((?:"(?:[^"\\]|\\.)*"|[^>"])*)>(.*)', text)
    return (found[1], found[2]) if found else (text, b"")


def fields_and_body(data):
    """Names with the unfolded values of all fields of that name, and the body; a line without colon is a name."""
    header, _, body = (b"\r\n" + data).partition(b"\r\n\r\n")
    fields = collections.defaultdict(list)
    for line in re.sub(rb"\r\n(?=[ \t])", b"", header[2:].removesuffix(b"\r\n")).split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() not in OF_THE_WAY and line:
            fields[name.lower()].append(value.removeprefix(b" "))
    return fields, body


def unmade(fields, given):
    """Dates and ids of the programs' own making are the same."""
    for name, values in fields.items():
        pattern = MADE.get(name)
        if pattern:
            fields[name] = [b"(made)" if pattern.fullmatch(value) and value.strip(b"<>") not in given else value for value in values]


def words_of(mark, texts):
    """The parameters of commands, as aspects: {"MAIL BODY": ...}; those of several recipients are one set."""
    found = collections.defaultdict(set)
    for text in texts:
        for word in text.split():
            name, _, value = word.partition(b"=")
            if name != b"SIZE":
                found[f"{mark} {name.decode('latin-1')}"].add(value)
    return {name: b" ".join(sorted(values)) for name, values in found.items()}


def outcome(folder, number, program, found):
    """What became of an input, as {aspect: text}."""
    with open(os.path.join(folder, f"{number}.stdin"), "rb") as f:
        given = f.read()
    with open(os.path.join(folder, f"{number}.{program}.status"), "rb") as f:
        aspects = {"exit": f.read().strip()}
    if os.path.exists(os.path.join(folder, f"{number}.{program}.replies")):
        with open(os.path.join(folder, f"{number}.{program}.replies"), "rb") as f:
            aspects["replies"] = f.read().strip()
    mail = [copy for copy in found if not copy.is_report()]
    aspects["reports"] = str(len(found) - len(mail)).encode()
    aspects["arrives"] = b"yes" if mail else b"no"
    if not mail:
        return aspects
    senders = [address_and_words(copy.sender) for copy in mail]
    recipients = [address_and_words(recipient) for copy in mail for recipient in copy.recipients]
    aspects["sender"] = b" ".join(sorted({address for address, _ in senders}))
    aspects["recipients"] = b" ".join(sorted(address for address, _ in recipients))
    aspects |= words_of("MAIL", [words for _, words in senders]) | words_of("RCPT", [words for _, words in recipients])
    fields, aspects["body"] = fields_and_body(mail[0].data)
    unmade(fields, given)
    return aspects | {"field " + name.decode("latin-1"): b" & ".join(values) for name, values in fields.items()}


def differences(ours, theirs):
    """(aspect, ours, theirs); of what arrives at one only nothing more is said."""
    arrive = ours["arrives"] == theirs["arrives"]
    for aspect in sorted(ours.keys() | theirs.keys() if arrive else {"exit", "replies", "reports", "arrives"}):
        a, b = ours.get(aspect), theirs.get(aspect)
        if a == b:
            continue
        if aspect.startswith("field ") and a is not None and b is not None and a.split() == b.split():
            aspect = "blanks of " + aspect
        yield aspect, printable(a), printable(b)


def printable(value):
    if value is None:
        return "(none)"
    text = value.decode("utf-8", "backslashreplace").replace("\r\n", "\\r\\n")
    return text.translate({c: f"\\x{c:02x}" for c in range(32)})


def any_fits(text, patterns):
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


class Known:
    """The list of differences, and how often each was seen of which peer."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            lines = [line.rstrip("\n") for line in f if line.strip() and not line.startswith("#")]
        self.rows = [[column.split(" ; ") for column in line.split("|")[:5]] for line in lines]
        self.lines = lines
        self.seen = [collections.Counter() for _ in self.rows]

    def has(self, what):
        fits = [i for i, row in enumerate(self.rows) if all(map(any_fits, what, row))]
        for i in fits:
            self.seen[i][what[0]] += 1
        return fits

    def unseen(self, row, peers):
        return [peer for peer in peers if any_fits(peer, self.rows[row][0]) and not self.seen[row][peer]]


def main(folder, path, *sinks):
    with open(os.path.join(folder, "inputs.tsv"), encoding="utf-8") as f:
        names = dict(line.rstrip("\n").split("\t") for line in f)
    known, total, unlike = Known(path), 0, 0
    program, *peers = (os.path.basename(sink) for sink in sinks)
    found = {sink: collections.defaultdict(list) for sink in (program, *peers)}
    for sink in sinks:
        for copy in copies(sink):
            found[os.path.basename(sink)][copy.input()].append(copy)
    for number, name in names.items():
        ours, strange = outcome(folder, number, program, found[program][number]), []
        for peer in peers:
            for what in differences(ours, outcome(folder, number, peer, found[peer][number])):
                total += 1
                if not known.has((peer, what[0], name, *what[1:])):
                    strange.append("|".join((peer, what[0], name, *(text[:300] for text in what[1:]))))
        unlike += len(strange)
        print("not" if strange else "ok", name, "; ".join(strange), sep="\t")
    for i, line in enumerate(known.lines):
        unseen = known.unseen(i, peers)
        print("not" if unseen else "ok", line, "not seen of " + ", ".join(unseen), sep="\t")
    lost = [sink for sink in found if found[sink]["none"]]
    print("not" if lost else "ok", "each copy is of an input", "not at " + ", ".join(lost), sep="\t")
    mine = [copy for number in names for copy in found[program][number]]
    for i, copy in enumerate(mine, 1):
        with open(os.path.join("copies", f"{i}.eml"), "wb") as f:
            f.write(copy.data)
    print("sum", f"{len(names)} inputs, {sum(len(c) for s in found.values() for c in s.values())} copies, {len(mine)} of them ours; "
          f"{total} differences, {unlike} of them not known", "", sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:])
