#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""pages.py - the displays of a manual page: what a reader types, or puts into a file.

  pages.py displays PAGE FOLDER   each display as FOLDER/NN, and a line of FOLDER/list for it:
                                  NN<TAB>KIND<TAB>OF<TAB>its first line
  pages.py rows PAGE KIND         the rows of the list marked so: cells, separated by tabs
  pages.py links PAGE...          NAME SECTION of each Xr: PAGE<TAB>NAME<TAB>SECTION
  pages.py text PAGE              the paragraphs, each sentence on one line

KIND is what a comment before the display says: file: PATH (it is all of that file), more: PATH (it is added to it),
recipe: NAME, or another word; without a comment it is "typed". Indented lines that follow each other are one display.
"""
import re
import sys


def lines_of(path):
    with open(path, encoding='utf-8') as f:
        return f.read().split('\n')


def shown(line):
    for escape, text in (('\\(dq', '"'), ('\\e', '\\'), ('\\(rs', '\\'), ('\\-', '-'), ('\\&', '')):
        line = line.replace(escape, text)
    return line


def marker(line):
    m = re.match(r'\.\\" ([a-z]+)(?:: (.*))?$', line)
    return (m.group(1), m.group(2) or '') if m else None


def displays(path):
    """KIND, OF, TEXT of each, in order."""
    kind, block = None, None
    found = []
    for line in lines_of(path):
        if block is not None:
            if line == '.Ed':
                found.append((kind or ('typed', ''), block))
                kind, block = None, None
            else:
                block.append(shown(line))
        elif re.match(r'\.Bd .*-literal|\.Bd -literal', line):
            block = []
        elif line.startswith('.Dl '):
            text = shown(re.sub(r'(?<!\\)"', '', line[4:]))
            found.append((kind or ('typed', ''), [text]))
            kind = None
        elif marker(line):
            kind = marker(line)
        elif line.startswith('.Bl'):
            kind = None
    return found


def rows(path, kind):
    """Of the -column list that is marked so, without its heading."""
    inside = False
    wanted = False
    for line in lines_of(path):
        if marker(line) == (kind, ''):
            wanted = True
        elif line.startswith('.Bl -column') and wanted:
            inside, wanted = True, False
        elif line == '.El':
            inside = False
        elif inside and line.startswith('.It ') and ' Em ' not in line:
            yield [shown(cell).strip() for cell in line[4:].split(' Ta ')]


def links(path):
    for line in lines_of(path):
        m = re.match(r'\.(?:It )?Xr (\S+) (\d)', line)
        if m:
            yield m.group(1), m.group(2)


def text(path):
    """A filled line goes on until its sentence ends, or a macro comes."""
    sentence = ''
    for line in lines_of(path) + ['.']:
        if line.startswith(('.', "'")):
            if sentence:
                yield sentence
            sentence = ''
        else:
            sentence = (sentence + ' ' + line).strip()
            if re.search(r'[.?!][)"]*$', line):
                yield sentence
                sentence = ''


def main():
    what, path = sys.argv[1], sys.argv[2]
    if what == 'displays':
        with open(sys.argv[3] + '/list', 'w', encoding='utf-8') as index:
            for number, ((kind, of), block) in enumerate(displays(path), 1):
                with open('%s/%02d' % (sys.argv[3], number), 'w', encoding='utf-8') as f:
                    f.write('\n'.join(block) + '\n')
                index.write('%02d\t%s\t%s\t%s\n' % (number, kind, of or '-', block[0].strip()))
    elif what == 'rows':
        for row in rows(path, sys.argv[3]):
            print('\t'.join(row))
    elif what == 'links':
        for page in sys.argv[2:]:
            for name, section in links(page):
                print('\t'.join((page, name, section)))
    elif what == 'text':
        print('\n'.join(text(path)))


main()
