#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""
talk - holds every session (sessions.py) with one "sendmail -bs", as alice.

    talk.py FOLDER NAME PROGRAM [ARGUMENT...]

After each part its replies are awaited, but none after the last; then all there is to the
end of output. Who says nothing for too long is killed. The classes of the replies are left in FOLDER/N.NAME.replies, the
replies in FOLDER/N.NAME.said, the exit status in FOLDER/N.NAME.status.
"""
import concurrent.futures
import json
import os
import pwd
import re
import subprocess
import sys
import threading

folder, name, *program = sys.argv[1:]
alice = pwd.getpwnam("alice")


def reply(output):
    """One, all its lines; what there is before the end of output."""
    said = b""
    for line in iter(output.readline, b""):
        said += line
        if re.match(rb"\d{3}( |\r?$)", line):
            break
    return said


def talk(number):
    base = os.path.join(folder, number)
    with open(base + ".session", encoding="ascii") as f:
        parts = [(part.encode("latin-1"), replies) for part, replies in json.load(f)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
                          user=alice.pw_uid, group=alice.pw_gid, extra_groups=[], env={"PATH": os.environ["PATH"]}) as child:
        patience = threading.Timer(30, child.kill)
        patience.start()
        said = reply(child.stdout)
        try:
            for i, (part, replies) in enumerate(parts):
                child.stdin.write(part)
                for _ in range(replies if i + 1 < len(parts) else 0):
                    said += reply(child.stdout)
            child.stdin.close()
        except BrokenPipeError:
            pass
        said += child.stdout.read()
        patience.cancel()
    classes = [line[:1] for line in re.findall(rb"^\d{3}(?: .*|\r?)$", said, re.M)]
    for kind, text in ("said", said), ("replies", b" ".join(classes)), ("status", str(child.returncode).encode()):
        with open(f"{base}.{name}.{kind}", "wb") as f:
            f.write(text)


with open(os.path.join(folder, "inputs.tsv"), encoding="utf-8") as f, concurrent.futures.ThreadPoolExecutor(3) as pool:
    list(pool.map(talk, [line.split("\t")[0] for line in f]))
