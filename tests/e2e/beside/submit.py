#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
submit - gives every input (inputs.py) to one sendmail, as alice.

    submit.py FOLDER NAME PROGRAM [ARGUMENT...]

The exit status is left in FOLDER/N.NAME.status, what was said in FOLDER/N.NAME.said.
"""
import concurrent.futures
import os
import pwd
import subprocess
import sys

folder, name, *program = sys.argv[1:]
alice = pwd.getpwnam("alice")


def submit(number):
    base = os.path.join(folder, number)
    with open(base + ".argv", "rb") as f:
        argv = f.read().split(b"\n")[:-1]
    with open(base + ".stdin", "rb") as given, open(f"{base}.{name}.said", "wb") as said:
        status = subprocess.run(program + argv, stdin=given, stdout=said, stderr=said, timeout=60, check=False,
                                user=alice.pw_uid, group=alice.pw_gid, extra_groups=[], env={"PATH": os.environ["PATH"]}).returncode
    with open(f"{base}.{name}.status", "w") as f:
        print(status, file=f)


with open(os.path.join(folder, "inputs.tsv"), encoding="utf-8") as f, concurrent.futures.ThreadPoolExecutor(3) as pool:
    list(pool.map(submit, [line.split("\t")[0] for line in f]))
