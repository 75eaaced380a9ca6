#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""recode_reader.py FILTER COUNT SEED - what a reader finds in a message is the same after base/recode.

Makes messages of parts of every kind, sends them through FILTER (recode_test filter), and reads what
comes out with Python's email: each part has the type and the decoded content that it had, no line is
too long, no NUL is left, nor, where asked, an 8-bit byte that could be encoded, and what has nothing
to be changed is not. Then the same with what came out: nothing changes any more.
"""
import base64
import email
import email.policy
import itertools
import quopri
import random
import subprocess
import sys

CRLF = b"\r\n"
policy = email.policy.default


class Maker:
    """unencodable: 8-bit where nothing can be encoded."""

    def __init__(self, rng):
        self.rng = rng
        self.count = 0
        self.unencodable = False

    def chance(self, one_in):
        return self.rng.randrange(one_in) == 0

    def word(self):
        kinds = [b"a", b"word", b"=", b"=3D", b"--", b".", b"From ", b"\t", b" ", b"x:y", "ü".encode(), b"\xff",
                 "привет".encode(), b"b1", b"--b1", b"--b2--"]
        if self.chance(8):
            kinds.append(b"a\rb")
        if self.chance(12):
            kinds.append(b"\0")
        return self.rng.choice(kinds)

    def line(self):
        if self.chance(9):
            return self.rng.choice([b"y", b"wo rd ", "ü".encode(), b"="]) * self.rng.choice([249, 332, 333, 499, 998, 999, 1000, 3000])
        return b"".join(self.word() for _ in range(self.rng.choice([0, 1, 2, 5, 12])))

    def tame(self, line):
        """Not what ends a part."""
        return b" " + line if line.startswith(b"--b") else line

    def text(self):
        lines = [self.tame(self.line()) for _ in range(self.rng.choice([1, 1, 2, 3, 8]))]
        if self.chance(2):
            lines = [self.tame(bytes(c for c in line if 0 < c < 128)[:990]) for line in lines]
        if self.chance(3):
            lines.append(b"")
        return CRLF.join(lines)

    def field(self, name, value):
        # Python's email does not unfold an encoding, nor know comments.
        before = self.rng.choice([b": ", b":", b":\t", b": " if name.endswith(b"Encoding") else b":\r\n "])
        return self.rng.choice([name, name.lower(), name.upper()]) + before + value + CRLF

    def leaf(self):
        header = []
        content = self.text()
        kind = self.rng.choice([None, b"text/plain", b"text/html; charset=utf-8", b"Text/Plain; name=\"a;b\"", b"application/octet-stream",
                                b"image/png", b"application/pdf;\r\n\tname=x.pdf"])
        encoding = self.rng.choice([None, None, b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable"])
        if kind:
            header.append(self.field(b"Content-Type", kind))
        if encoding:
            header.append(self.field(b"Content-Transfer-Encoding", encoding))
        if encoding == b"base64":
            raw = base64.b64encode(content)
            step = self.rng.choice([60, 76, 998, 1000, 10 ** 6])
            content = CRLF.join(raw[i:i + step] for i in range(0, len(raw), step))
        elif encoding == b"quoted-printable":
            content = quopri.encodestring(content.replace(CRLF, b"\n")).replace(b"=\n", b"" if self.chance(2) else b"=\r\n")
            content = content.replace(b"\r\n", b"\n").replace(b"\n", CRLF)
            content = CRLF.join(self.tame(line) for line in content.split(CRLF))
        self.rng.shuffle(header)
        return b"".join(header) + CRLF + content

    def outside(self):
        return self.tame(self.line()) if self.chance(3) else b"outside"

    def multipart(self, depth):
        self.count += 1
        boundary = b"b%d" % self.count
        subtype = self.rng.choice([b"mixed", b"alternative", b"digest"])
        encoding = self.rng.choice([b"", b"", self.field(b"Content-Transfer-Encoding", self.rng.choice([b"7bit", b"8bit", b"binary"]))])
        written = self.rng.choice([boundary, b'"' + boundary + b'"', b'"\\' + boundary + b'"'])
        out = self.field(b"Content-Type", b"multipart/" + subtype + b";" + self.rng.choice([b" ", b"\r\n\t"]) + b"boundary=" + written)
        out += encoding + CRLF
        if self.chance(2):
            out += self.outside() + CRLF
        for _ in range(self.rng.choice([1, 1, 2, 3])):
            part = CRLF + self.message(depth + 1) if subtype == b"digest" else self.part(depth + 1)
            out += b"--" + boundary + self.rng.choice([b"", b"", b" ", b"\t "]) + CRLF + part + CRLF
        if not self.chance(8):
            out += b"--" + boundary + b"--" + self.rng.choice([b"", b" "])
            if self.chance(2):
                out += CRLF + self.outside()
        return out

    def part(self, depth):
        choice = self.rng.randrange(6) if depth < 4 else 9
        if choice == 0:
            return self.multipart(depth)
        if choice == 1:
            return self.field(b"Content-Type", b"message/rfc822") + CRLF + self.message(depth + 1)
        return self.leaf()

    def message(self, depth=0):
        header = b"Subject: s\r\n" + self.rng.choice([b"", b"MIME-Version: 1.0\r\n"])
        body = self.multipart(depth) if depth < 4 and self.chance(2 if depth == 0 else 4) else self.part(depth)
        return header + body


def outline(message):
    """Each part's type and content; of those that hold others, how they nest."""
    seen = []

    def visit(part, depth):
        if part.is_multipart():
            seen.append((depth, part.get_content_type(), None))
            for inner in part.get_payload():
                visit(inner, depth + 1)
        else:
            seen.append((depth, part.get_content_type(), part.get_payload(decode=True)))

    visit(email.message_from_bytes(message, policy=policy), 0)
    return seen


def longest(message):
    return max(len(line) for line in message.split(CRLF))


def encoded_wrongly(message):
    """8-bit left in what could be encoded or said of what is not, or an encoding of what holds others."""
    for part in email.message_from_bytes(message, policy=policy).walk():
        encoding = str(part.get("content-transfer-encoding", "7bit")).split("(")[0].strip().lower()
        if part.is_multipart() and encoding in ("base64", "quoted-printable"):
            return "a multipart says " + encoding
        if encoding in ("8bit", "binary"):
            return "a part is called " + encoding
        if not part.is_multipart() and any(c > 127 for c in part.get_payload().encode("ascii", "surrogateescape")):
            return "8-bit content is left"
    return None


def send(program, messages):
    given = b"".join(b"%d %d\n" % (len(m), eight) + m for m, eight in messages)
    taken = subprocess.run([program, "filter"], input=given, stdout=subprocess.PIPE, check=True).stdout
    out = []
    while taken:
        head, taken = taken.split(b"\n", 1)
        refused, length = (int(word) for word in head.split())
        out.append((refused, taken[:length]))
        taken = taken[length:]
    assert len(out) == len(messages), f"{len(out)} answers for {len(messages)} messages"
    return out


def judge(given, eight, refused, got):
    if refused:
        return "refused: " + got.decode("latin-1")
    bad = longest(given) > 998 or b"\0" in given or b"\r" in given.replace(CRLF, b"")
    if not bad and not eight and got != given:
        return "changed without need"
    for was, became in itertools.zip_longest(outline(given), outline(got)):
        if was != became:
            return f"{was} became {became}"
    if longest(got) > 998:
        return "a long line is left"
    if b"\0" in got:
        return "a NUL is left"
    if eight and encoded_wrongly(got):
        return encoded_wrongly(got)
    if got.replace(CRLF, b"").count(b"\r") or got.replace(CRLF, b"").count(b"\n"):
        return "a line end that is none"
    return None


def main():
    program, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    rng = random.Random(seed)
    messages = []
    for _ in range(count):
        made = Maker(rng).message()
        messages.append((made + CRLF, rng.randrange(2)))
    answers = send(program, messages)
    again = send(program, [(got, eight) for (_, eight), (refused, got) in zip(messages, answers)])
    wrong, changed = [], 0
    for (given, eight), (refused, got), (_, twice) in zip(messages, answers, again):
        changed += got != given
        why = judge(given, eight, refused, got) or ("changed again" if twice != got else None)
        if why:
            wrong.append((why, given, got))
    for why, given, got in wrong[:3]:
        print(f"# {why}"[:1500], f"# in {given!r}"[:3000], f"# after {got!r}"[:3000], sep="\n", file=sys.stderr)
    print(f"{count} {changed} {len(wrong)}")


main()
