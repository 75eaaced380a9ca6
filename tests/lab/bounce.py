#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""bounce.py FILE - what Python's email package finds in a bounce, a fact a line."""
import email
import sys

with open(sys.argv[1], "rb") as file:
    bounce = email.message_from_bytes(file.read())


def facts(name, message, fields=None):
    for key, value in message.items():
        if fields is None or key in fields:
            print(name, key + ":", " ".join(str(value).split()))


print("whole", bounce.get_content_type(), bounce.get_param("report-type"), bounce["Content-Transfer-Encoding"])
print("defects", *[type(d).__name__ for part in bounce.walk() for d in part.defects])
if not bounce.is_multipart():
    sys.exit("it has no parts")
parts = bounce.get_payload()
for number, part in enumerate(parts, 1):
    print("part", number, part.get_content_type(), part["Content-Transfer-Encoding"] or "7bit")
sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
for line in parts[0].get_payload(decode=True).decode("utf-8").splitlines():
    print("text", line)
for number, group in enumerate(parts[1].get_payload()):
    facts(f"group {number}", group)
original = parts[2]
if original.is_multipart():
    mail = original.get_payload(0)
    facts("mail", mail, ["Subject", "From", "To"])
    print("body", mail.get_payload(decode=True))
else:
    header = email.message_from_bytes(original.get_payload(decode=True))
    facts("header", header, ["Subject", "From", "To"])
    print("no body" if not header.get_payload() else "a body")
