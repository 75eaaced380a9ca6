#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""functions.py [--list] [TREE [ROOM...]] - how the functions of a tree are cut.

Prints how many there are, their lines (from the name to the closing brace) at
the median and at 95 of 100, and how many are static and called by one function
alone: each of these is read in another place than where it is needed, and has
to be worth it. --list names them, the shortest callers first.
"""
import collections
import glob
import os
import re
import sys

ROOMS = ['base', 'base/*', 'dns', 'sign', 'sendmail-shim', 'relay', 'relay/*', 'trust', 'signet', 'signet/*']
NO_CODE = re.compile(r'/\*.*?\*/|^#(?:[^\n]*\\\n)*[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\])\'', re.S | re.M)
FUNCTION = re.compile(r'^(?!typedef\b)([a-z][\w \t*]*?\b(\w+)\([^;{}]*\))\n\{\n.*?^\}', re.S | re.M)


def blanked(text):
    """Without what is not code, each line still in its place."""
    return NO_CODE.sub(lambda m: re.sub(r'[^\n]', ' ', m[0]), text)


def functions_of(path):
    """[(name, lines, static, {functions that call it}, used otherwise than by a call)] of a file."""
    text = blanked(open(path).read())
    found = [(m[2], m[0].count('\n') + 1, m[1].startswith('static'), m.start(), m.end()) for m in FUNCTION.finditer(text)]
    for name, lines, static, begin, end in found:
        callers, otherwise = set(), False
        for use in re.finditer(r'(?<![.>\w])' + name + r'\b(\()?', text) if static else ():
            inside = [f[0] for f in found if f[3] < use.start() < f[4]]
            if not inside:
                otherwise |= not use[1]        # a table's row; a call outside of functions is a declaration
            elif inside[0] == name and text.rfind('\n{', begin, use.start()) < 0:
                continue                       # its own definition
            elif use[1]:
                callers.add(inside[0])
            else:
                otherwise = True
        yield name, lines, static, callers - {name}, otherwise


def main():
    arguments = sys.argv[1:]
    listed = '--list' in arguments
    arguments = [a for a in arguments if a != '--list']
    os.chdir(arguments[0] if arguments else '.')
    rooms = arguments[1:] or ROOMS
    lengths, once, total = [], collections.defaultdict(list), 0
    for path in sorted(p for room in rooms for p in glob.glob(room + '/*.c')):
        for name, lines, static, callers, otherwise in functions_of(path):
            total += 1
            lengths.append(lines)
            if static and len(callers) == 1 and not otherwise:
                once[path].append((next(iter(callers)), name, lines))
    if total == 0:
        return
    lengths.sort()
    count = sum(map(len, once.values()))
    print(f'{total} functions; lines: median {lengths[total // 2]}, 95 of 100 up to {lengths[total * 95 // 100]}, '
          f'longest {lengths[-1]}; static and called by one alone: {count} ({100 * count / total:.0f} %)')
    for path in once if listed else ():
        for caller, name, lines in sorted(once[path]):
            print(f'{path}: {name} ({lines}) by {caller}')


main()
