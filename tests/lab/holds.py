#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""holds.py PID WORD - does the memory of that process have the word in it? Exit 0 when it does, 1 when not, 2 when it cannot be read."""
import sys


def main():
    pid, word = sys.argv[1], sys.argv[2].encode()
    with open(f'/proc/{pid}/maps') as maps, open(f'/proc/{pid}/mem', 'rb', 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith('rw') or line.rstrip().endswith('[vvar]'):
                continue
            begin, end = (int(x, 16) for x in place.split('-'))
            memory.seek(begin)
            if word in memory.read(end - begin):
                return 0
    return 1


try:
    sys.exit(main())
except OSError as e:
    print(f'holds.py: {e}', file=sys.stderr)
    sys.exit(2)
