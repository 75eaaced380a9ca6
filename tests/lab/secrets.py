#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""secrets.py PID SECRET-FILE... - where a process holds the secrets, and whether that memory may be swapped or dumped.

A secret is what a file holds; of one in PEM, 40 characters of its second line, and its last 32 bytes in DER (of an Ed25519 key: the
key itself). Looks in all memory that the process may write. Prints a line for each mapping with a secret that is not locked (it lacks
"lo", proc_pid_smaps(5)) or would be in a core dump (it lacks "dd"), and last "held" if there was any secret. To be run as root.
"""
import base64
import re
import sys


def secrets_of(path):
    text = open(path, 'rb').read().strip()
    lines = text.split(b'\n')
    if not lines[0].startswith(b'-----BEGIN'):
        return [text]
    return [lines[1][:40], base64.b64decode(b''.join(lines[1:-1]))[-32:]]


def mappings_of(pid):
    """[(begin, end, name, flags)] of those that it may write."""
    found, current = [], None
    for line in open(f'/proc/{pid}/smaps'):
        m = re.match(r'([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)', line)
        if m:
            current = (int(m[1], 16), int(m[2], 16), m[4] or 'without a name') if 'w' in m[3] else None
        elif current and line.startswith('VmFlags:'):
            found.append((*current, line.split()[1:]))
    return found


def main():
    pid, wanted = sys.argv[1], [s for path in sys.argv[2:] for s in secrets_of(path)]
    held = False
    with open(f'/proc/{pid}/mem', 'rb', 0) as memory:
        for begin, end, name, flags in mappings_of(pid):
            memory.seek(begin)
            try:
                content = memory.read(end - begin)
            except OSError:
                continue
            if not any(secret in content for secret in wanted):
                continue
            held = True
            if 'lo' not in flags or 'dd' not in flags:
                print(f"{name}: {'' if 'lo' in flags else 'not locked '}{'' if 'dd' in flags else 'may be dumped'}".strip())
    if held:
        print('held')


main()
