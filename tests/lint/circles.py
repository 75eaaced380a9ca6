#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""circles.py [TREE] - which file of a room calls which: none in a circle, and none upwards.

A file calls another when it uses a function or a table that the other one
defines. tests/lint/floors has the floors of rooms that are large, from top to
bottom; each file of such a room stands on one, and calls its own floor or
those below.
"""
import collections
import glob
import os
import re
import sys

ROOMS = ['base', 'base/*', 'dns', 'sign', 'sendmail-shim', 'relay', 'relay/*', 'trust', 'signet', 'signet/*']
NO_CODE = re.compile(r'/\*.*?\*/|^#[^\n]*|"(?:\\.|[^"\\\n])*"', re.S | re.M)
FUNCTION = re.compile(r'^(?!static\b|typedef\b|#)[a-z][\w \t*]*?\b(\w+)\([^;{}]*\)\n\{', re.M)
STATIC = re.compile(r'^static\b[^;{}=]*?\b(\w+)\(', re.M)
TABLE = re.compile(r'^(?!static\b|typedef\b|extern\b|#)[a-z][\w \t*]*?\b(\w+)(?:\[[^\]]*\])* = ', re.M)


def calls_of(room):
    """{file: {file it calls: names}} of the .c files right in the room."""
    text = {os.path.basename(p)[:-2]: NO_CODE.sub(' ', open(p).read()) for p in sorted(glob.glob(room + '/*.c'))}
    home = {name: file for file in text for form in (FUNCTION, TABLE) for name in form.findall(text[file]) if name != 'main'}
    calls = {}
    for file in text:
        calls[file] = collections.defaultdict(set)
        own = set(STATIC.findall(text[file]))
        for name in set(re.findall(r'(?<![.>])\b\w+\b', text[file])) & home.keys() - own:
            if home[name] != file:
                calls[file][home[name]].add(name)
    return calls


def circles(calls):
    """The sets of files that reach each other (Tarjan's)."""
    index, low, stack, found = {}, {}, [], []

    def visit(v):
        index[v] = low[v] = len(index)
        stack.append(v)
        for w in calls[v]:
            if w not in index:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], index[w])
        if low[v] == index[v]:
            at = stack.index(v)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for v in calls:
        if v not in index:
            visit(v)
    return found


def floors_of(path):
    """{room: [set of files, from the top]}"""
    floors = collections.defaultdict(list)
    for line in open(path):
        room, colon, files = line.partition(':')
        if colon and not line.startswith('#'):
            floors[room.strip()].append(set(files.split()))
    return floors


def complaints(room, floors):
    calls = calls_of(room)
    for circle in circles(calls):
        yield f'{room}: a circle of {len(circle)} files: ' + '; '.join(
            f'{a} calls {b} ({", ".join(sorted(calls[a][b])[:3])})' for a in circle for b in circle if b in calls[a])
    if room not in floors:
        return
    level = {file: i for i, files in enumerate(floors[room]) for file in files}
    for file in sorted(calls.keys() ^ level.keys()):
        yield f'{room}/{file}.c: ' + ('stands on no floor of tests/lint/floors' if file in calls else 'is on a floor and not there')
    for a in sorted(calls):
        for b in sorted(calls[a]):
            if level.get(b, 0) < level.get(a, 0):
                yield f'{room}/{a}.c: calls {b}.c, which stands above it ({", ".join(sorted(calls[a][b])[:3])})'


def main():
    os.chdir(sys.argv[1] if len(sys.argv) > 1 else '.')
    floors = floors_of('tests/lint/floors') if os.path.exists('tests/lint/floors') else {}
    found = [c for pattern in ROOMS for room in sorted(glob.glob(pattern)) if os.path.isdir(room) for c in complaints(room, floors)]
    print(*found, sep='\n', end='\n' if found else '')
    return bool(found)


if __name__ == '__main__':
    sys.exit(main())
