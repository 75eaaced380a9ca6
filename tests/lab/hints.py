#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""hints.py - the commands that our programs and pages tell a person to run.

  hints.py written TREE          what stands in sources and pages: WHERE<TAB>TEMPLATE a line
  hints.py printed TREE [WRITTEN] < TEXT   what a program printed: the commands in it, in order, each once; WRITTEN: a file of what written says
  hints.py unrun TREE RAN        templates that no line of the file RAN is a case of

A template is a command of signet with what printf puts in, or a word in
capitals, in the places of words; of other programs, what stands behind ": "
or "(" to the end of the clause. In printed text and on pages a command may
also stand on a line of its own, indented.
"""
import os
import re
import sys

TOOLS = 'systemctl|chmod|chown|openssl|rm'
PROGRAMS = TOOLS + '|chgrp|groupadd|useradd|systemd-sysusers|systemd-tmpfiles|make|pflogsumm|journalctl|sudo'
ROOMS = ['base', 'dns', 'sign', 'relay', 'sendmail-shim', 'signet', 'trust']
WORD = r'[^\s,;()"`]+'


def read(path):
    with open(path, encoding='utf-8', errors='replace') as f:
        return f.read()


# ---- what signet has: from its manual, which make lint holds to the table of commands ----

class Grammar:
    def __init__(self, tree):
        page = read(os.path.join(tree, 'signet/signet.8'))
        names = set()
        for line in re.findall(r'^\.It (?:Xo )?Ic (.*)', page, re.M):
            words = line.split()
            two = len(words) > 1 and re.fullmatch(r'[a-z]+', words[1])
            names.add(' '.join(words[:2 if two else 1]))
        self.names = sorted(names, key=len, reverse=True)
        self.valued = set(re.findall(r'Fl -([a-z-]+) (?:Ar|Cm)', page))

    def options(self):
        return self.valued


def is_place(word):
    """What stands for a value: %s, ADDRESS, or something that is one and no prose."""
    word = word.strip('.:')
    return bool(re.search(r'%[-.0-9*]*[a-z]', word) or re.fullmatch(r'[A-Z]{2,}', word) or re.search(r'[0-9@/*]', word)
                or re.fullmatch(r'[\w-]+(\.[\w-]+)+', word) or word == 'all')


def parse(grammar, text):
    """The command at the beginning of text, which begins with "signet ": its words, or None."""
    rest = text[len('signet '):]
    name = next((n for n in grammar.names if re.match(re.escape(n) + r'(?![a-z])', rest)), None)
    if name is None:
        return None
    words = ['signet', name]
    rest = rest[len(name):]
    glued = re.match(r'(%s)+', rest)
    if glued:
        words.append('%s?')
        rest = rest[glued.end():]
    while True:
        m = re.match(r' (' + WORD + ')', rest)
        if not m:
            break
        word = m.group(1)
        option = re.fullmatch(r'--([a-z-]+)((?:%s)*)\.?', word)
        if option:
            words.append('--' + option.group(1))
            rest = rest[m.end():]
            value = re.match(r' ("[^"]*"|' + WORD + ')', rest)
            if option.group(1) in grammar.valued and value:
                words.append(value.group(1).rstrip('.'))
                rest = rest[value.end():]
            if option.group(2):
                words.append('%s?')
            if word.endswith('.'):
                break
        elif re.match(r'%s--', word):   # an option that is there or not
            rest = ' ' + rest[len(' %s'):]
            words.append('%s?')
        elif is_place(word):
            words.append(word.rstrip('.:'))
            rest = rest[m.end():]
            if word[-1] in '.:':
                break
        else:
            break
    return words


def find(grammar, text):
    """Commands of signet in prose: (position, text)."""
    for m in re.finditer(r'(?<![\w/.-])signet (?=[a-z])', text):
        words = parse(grammar, text[m.start():])
        if words:
            yield m.start(), ' '.join(words)


# ---- sources ----

def literals(source):
    source = re.sub(r'/\*.*?\*/', ' ', source, flags=re.S)
    source = re.sub(r"'\\?.'", ' ', source)
    source = re.sub(r'^\s*#\s*include.*$', '', source, flags=re.M)
    source = source.replace('\\\n', '\n')
    for m in re.finditer(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', source):
        parts = re.findall(r'"((?:[^"\\\n]|\\.)*)"', m.group(0))
        yield ''.join(parts).replace('\\n', '\n').replace('\\t', '\t').replace('\\"', '"')


def of_literal(grammar, text):
    if 'usage:' in text or text.startswith('       '):
        return
    yield from (t for _, t in find(grammar, text))
    for m in re.finditer(r'(?:: |\()((?:' + TOOLS + r') [^;()"\n]*)', text):
        yield m.group(1).strip().rstrip('.')


def sources(tree, grammar):
    for room in ROOMS:
        for folder, _, files in os.walk(os.path.join(tree, room)):
            for name in sorted(files):
                if not name.endswith(('.c', '.h')):
                    continue
                path = os.path.join(folder, name)
                for text in literals(read(path)):
                    for template in of_literal(grammar, text):
                        yield os.path.relpath(path, tree), template


# ---- pages ----

COMMAND = re.compile(r'(signet [a-z].*|signetd|(?:' + PROGRAMS + r') .*|make)$')


def of_line(line):
    """A command that stands on a line of its own, what it does cut off."""
    line = re.split(r' {2,}|\t', line.strip())[0]
    return line if COMMAND.match(line) else None


def pages(tree, grammar):
    text = read(os.path.join(tree, 'README'))
    for line in re.findall(r'^    (?! )(.*)', text, re.M):
        command = of_line(line)
        if command:
            yield 'README', command
    for _, template in find(grammar, re.sub(r'^    .*', '', text, flags=re.M)):
        yield 'README', template
    for line in re.findall(r'^#\t(.*)', read(os.path.join(tree, 'etc/signet.conf')), re.M):
        if of_line(line):
            yield 'etc/signet.conf', of_line(line)
    for page in ['signet/signet.8', 'relay/signetd/signetd.8', 'sendmail-shim/sendmail.8', 'etc/signet.conf.5']:
        body = read(os.path.join(tree, page))
        for line in re.findall(r'^\.Dl (.*)', body, re.M):
            if of_line(line):
                yield page, of_line(line)


def written(tree):
    grammar = Grammar(tree)
    seen = set()
    for where, template in list(sources(tree, grammar)) + list(pages(tree, grammar)):
        if (where, template) not in seen:
            seen.add((where, template))
            yield where, template


# ---- what was printed, and what was run ----

def printed(tree, text, templates):
    grammar = Grammar(tree)
    patterns = [pattern(t) for t in dict.fromkeys(templates) if t.startswith('signet ')]
    found = []
    for line in text.split('\n'):
        alone = re.match(r'(?:# )? {4,}(signet [a-z].*)$', line)
        if alone:
            found.append(alone.group(1).strip())
            continue
        for at, _ in find(grammar, line):
            cases = [m.group(0) for m in (p.match(line, at) for p in patterns) if m]
            if cases:
                found.append(max(cases, key=len).rstrip('.,;:'))
        found += [m.group(1).strip() for m in re.finditer(r'(?:: |\()((?:systemctl|chmod|chown|rm) [^;()"]*)', line)]
    return list(dict.fromkeys(found))


def pattern(template):
    out = ''
    for word in template.split(' '):
        if word == '%s?':
            out += r'( (?:--[a-z]+|[^\s,;()"]*[.@0-9*/][^\s,;()"]*))?'
        elif re.search(r'%[-.0-9*]*[a-z]', word):
            out += ' ' + re.sub(r'%[-.0-9*]*[hlz]*[a-z]', r'[^\\s,;()"]+', re.escape(word).replace(r'\%', '%').replace(r'\.', '.'))
        elif re.fullmatch(r'[A-Z]{2,}', word):
            out += r' (?:' + word + r'|[^\s,;()"]*[.@0-9*/][^\s,;()"]*)'
        else:
            out += ' ' + re.escape(word)
    return re.compile(out[1:] if out.startswith(' ') else out)


def unrun(tree, ran):
    names = Grammar(tree).names
    commands = [line.strip() for line in read(ran).split('\n') if line.strip()]
    for where, template in written(tree):
        p = pattern(template)
        named = template[len('signet '):] in names   # in prose: any use of it will do
        if not any(p.fullmatch(c) or (named and c.startswith(template)) for c in commands):
            yield where, template


def main():
    what, tree = sys.argv[1], sys.argv[2]
    if what == 'written':
        for row in written(tree):
            print('\t'.join(row))
    elif what == 'printed':
        rows = [line.split('\t') for line in read(sys.argv[3]).splitlines()] if len(sys.argv) > 3 else written(tree)
        print('\n'.join(printed(tree, sys.stdin.read(), [template for _, template in rows])))
    elif what == 'unrun':
        for row in unrun(tree, sys.argv[3]):
            print('\t'.join(row))


main()
