#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
signet - our own verdicts, in the form of oracle.py: signet.py verify FOLDER PROGRAM RECORDS
"""
import glob
import os
import re
import subprocess
import sys

_, verb, folder, program, records = sys.argv
for path in sorted(glob.glob(os.path.join(folder, "*.eml"))):
    with open(path, "rb") as f:
        text = subprocess.run([program, "verify", "--dns", records], stdin=f, capture_output=True).stdout.decode("latin-1")
    number = os.path.basename(path).split(".")[0]
    for part in re.sub(r"\n[ \t]+", " ", text).split(";")[1:]:
        found = re.match(r'\s*(?:dkim|domainkeys)=(\w+)(?: reason=("[^"]*"|\S+))?.* header\.s=(\S+)', part)
        if found:
            print(number, "signet", found[3], " ".join(filter(None, found.groups()[:2])), sep="\t")
