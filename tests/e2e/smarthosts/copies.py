#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""
copies - what became of the messages of messages.py.

    copies.py SENT MAIL FOLDER DOMAIN…

looks for message N in MAIL/DOMAIN/userN/new for each DOMAIN, and prints a line for each: N, DOMAIN,
number of copies, and what a reader finds there that is not what was sent, or nothing. Each copy
goes, with CRLF, to FOLDER/M.eml, where M is the number of the line; and what OpenDKIM said when it
came, in the form of cross/oracle.py, to FOLDER/verdicts.
"""
import email
import email.header
import email.policy
import glob
import os
import re
import sys



class AsWritten(email.policy.Compat32):
    """Fields with their bytes above 0x7f."""

    def header_fetch_parse(self, name, value):
        return value


SAID_BY_PARTS = {"content-type", "content-transfer-encoding", "content-disposition", "mime-version"}


def text(value):
    """A field as a reader sees it, but for quotes and the number of blanks."""
    raw = re.sub(r"\r?\n", "", str(value)).encode("utf-8", "surrogateescape")
    words = []
    for word, charset in email.header.decode_header(raw.decode("latin-1")):
        word = word.encode("latin-1") if isinstance(word, str) else word
        charset = charset if charset and charset != "unknown-8bit" else None
        words.append(word.decode(charset or "utf-8", "replace") if charset or is_utf8(word) else word.decode("latin-1"))
    return " ".join("".join(words).replace('"', "").replace("\\", "").replace(" ,", ",").split())


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def name_of(part):
    name = part.get_filename()
    return name and text(name)


def content_of(part):
    """Of blanks and line ends the line ends alone are sent."""
    content = part.get_payload(decode=True).replace(b"\r\n", b"\n")
    return content if content.strip() else re.sub(rb"[ \t]", b"", content)


def leaves(message):
    return [(part.get_content_type(), name_of(part), text(part.get("Content-Description", "")), content_of(part))
            for part in message.walk() if not part.is_multipart()]


def parsed(path):
    """The last line ends."""
    with open(path, "rb") as f:
        data = f.read().replace(b"\r\n", b"\n")
    return email.message_from_bytes(data if data.endswith(b"\n") else data + b"\n", policy=AsWritten())


def differences(sent, copy, lacks):
    for name in sorted({name.lower() for name in sent.keys()} - SAID_BY_PARTS - lacks):
        values = [text(v) for v in sent.get_all(name)]
        found = [text(v) for v in copy.get_all(name, [])]
        if found[-len(values):] != values:
            yield f"{name}: {found} for {values}"
    for name in lacks & {name.lower() for name in copy.keys()}:
        if any(v in copy.get_all(name) for v in sent.get_all(name)):
            yield f"{name} is there"
    if leaves(sent) != leaves(copy):
        yield f"content: {leaves(copy)} for {leaves(sent)}"


def verdicts(copy):
    """Of the topmost, which the last server wrote."""
    said = next((str(v) for v in copy.get_all("Authentication-Results", []) if str(v).startswith("verifier.world.example")), "")
    return re.findall(r"dkim=(\w+).*?header\.s=(\w+)", said, re.S)


sent_folder, mail, folder, *domains = sys.argv[1:]
os.makedirs(folder, exist_ok=True)
with open(os.path.join(sent_folder, "messages.tsv")) as f:
    rows = [line.rstrip("\n").split("\t") for line in f]
number = 0
with open(os.path.join(folder, "verdicts"), "w") as said:
    for n, _, _, lacks in rows:
        sent = parsed(os.path.join(sent_folder, n + ".eml"))
        for domain in domains:
            number += 1
            paths = glob.glob(os.path.join(mail, domain, "user" + n, "new", "*"))
            different = "no copy"
            if paths:
                copy = parsed(paths[0])
                different = "; ".join(differences(sent, copy, set(lacks.lower().split())))
                for result, selector in verdicts(copy):
                    print(number, "opendkim", selector, result, sep="\t", file=said)
                with open(paths[0], "rb") as f, open(os.path.join(folder, f"{number}.eml"), "wb") as out:
                    out.write(f.read().replace(b"\n", b"\r\n"))
            print(n, domain, len(paths), ascii(different)[1:-1][:400], sep="\t")
