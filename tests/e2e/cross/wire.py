#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
wire - what a recording server (hostile_smtp.py) received, as messages.

    wire.py RECORDED FOLDER

writes what came for the recipient userN@... to FOLDER/N.eml, without the final dot line and
the dots that transparency adds (RFC 5321 section 4.5.2).
"""
import glob
import os
import re
import sys

recorded, folder = sys.argv[1:]
for path in glob.glob(os.path.join(recorded, "*.commands")):
    with open(path, "rb") as f:
        recipients = re.findall(rb"^RCPT TO:<user(\d+)@", f.read(), re.M)
    for number, recipient in enumerate(recipients, 1):
        try:
            with open(path[:-len("commands")] + f"{number}.data", "rb") as f:
                data = f.read()
        except FileNotFoundError:
            continue
        data = re.sub(rb"(\A|\r\n)\.", rb"\1", re.sub(rb"(\A|\r\n)\.\r\n\Z", rb"\1", data))
        with open(os.path.join(folder, recipient.decode() + ".eml"), "wb") as f:
            f.write(data)
