#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""spf_beside.py SPF_TEST LAB LIST [CASES [SEED]] - our SPF beside pyspf and Mail::SPF on random records and zones.

LAB is where tests/lab/peers.sh has unpacked both. LIST names the differences
that are known, each with a condition of KNOWN below; any other one is a
failure and is printed with its zone. How often each line of LIST was needed is
printed too.
"""
import os
import random
import re
import subprocess
import sys
import types

NAMES = ['a.test', 'b.test', 'c.test', 'mail.a.test', 'x.b.test', 'deep.mail.a.test', 'gone.test', 'alias.test', 'sick.test']
MACRO_NAMES = ['%{d}', '%{o}', '%{h}', '%{d2}', '%{d1r}.a.test', '%{ir}.a.test', '%{l}.b.test', '%{lr-}.b.test', '%{l1r+-}.c.test', '%{i}.c.test',
               '%{v}.a.test', '%{p}', '%{p2}.a.test', '%{s}', '%{S}.a.test', 'a%%b.test', 'a%_b.test', '%{dr}', '%{D2}']
BAD_MACROS = ['%{c}.a.test', '%{x}.a.test', '%{d0}', '%{d0}.b.test', 'a%.test', '%{d', '%{d2-}x', '%(d).test']
ODD_NAMES = ['a', 'a.', 'a.test.', 'a..test', '.a.test', '192.0.2.1', 'a.1', 'a.-b', 'a.b-', 'foo:bar.a.test', 'a.test/24', 'a_b.a.test', 'xn--a.test', '',
             'l' * 64 + '.test', 'a.' * 130 + 'test']
FOUR = ['192.0.2.%d' % n for n in (1, 2, 3, 130)] + ['198.51.100.7']
SIX = ['2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', '::1']
TEXTS = ['words of no record', '%{i} may not', '%{s} %{l} %{o} of %{d} said %{h}', '%{S}|%{L}|%{D2r}|%{lr-}|%{l1r+-}', 'ask %{c} in %{v}', 'is %{p}', '100%% %_%-', 'bad %{x}',
         'caf\xe9', '%{d0}', '%{ir}.%{v}.arpa', '%{d1} %{d2} %{d3r} %{o9}', '%{s2@}', '']
LOCALS = ['user', 'user-ext', 'first.last', 'a+b-c', 'x', '']
GARBAGE = ['moo', 'moo:a.test', 'ip4', 'ip6', 'all:a.test', 'all/24', '=', 'a=', '1a=b', 'x=y', 'x.y-z_=%{d}', 'x=%', 'x=%{c}', 'x=%{r}', 'x=%{t}', 'x=%{d}', '+', '-', 'ip5:1', 'include', 'exists',
           'redirect:a.test', 'exp:a.test', 'ptr/24', 'a//', 'a/', 'IP4:192.0.2.1', 'INCLUDE:b.test', 'a\t', 'ip4:192.0.2.1,ip4:192.0.2.2']


def address(r):
    return r.choice(FOUR) if r.random() < .7 else r.choice(SIX)


def name(r, odd=.03):
    if r.random() < odd:
        return r.choice(ODD_NAMES)
    if r.random() < .015:
        return r.choice(BAD_MACROS)
    return r.choice(MACRO_NAMES) if r.random() < .2 else r.choice(NAMES)


def prefix(r):
    four = r.choice(['/24', '/32', '/0', '/25'] * 6 + ['/33', '/024']) if r.random() < .4 else ''
    six = r.choice(['//64', '//128', '//0'] * 6 + ['//129']) if r.random() < .2 else ''
    return four + six


def term(r, odd):
    kind = r.choices(['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists', 'redirect', 'exp', 'garbage'],
                     [4, 6, 8, 6, 2, 8, 4, 4, 3, 2, 2 if odd else 0])[0]
    sign = r.choice(['', '', '', '+', '-', '~', '?'])
    optional = lambda: ':' + name(r) if r.random() < .6 else ''
    if kind == 'garbage':
        return r.choice(GARBAGE)
    if kind in ('redirect', 'exp'):
        return f'{kind}={name(r)}'
    if kind in ('include', 'exists'):
        return f'{sign}{kind}:{name(r)}'
    if kind in ('a', 'mx'):
        return f'{sign}{kind}{optional()}{prefix(r)}'
    if kind == 'ptr':
        return f'{sign}ptr{optional()}'
    if kind == 'ip4':
        return f'{sign}ip4:{r.choice(FOUR)}{r.choice(["/24", "/25", "/0"] * 6 + ["/33", "/01", "//24"]) if r.random() < .4 else ""}'
    if kind == 'ip6':
        return f'{sign}ip6:{r.choice(SIX)}{r.choice(["/64", "/32", "/0"] * 6 + ["/129"]) if r.random() < .4 else ""}'
    return f'{sign}all'


def record(r, odd):
    version = r.choices(['v=spf1', 'V=SPF1', 'v=spf10', 'v=spf2.0/pra'], [94, 2, 2, 2])[0]
    length = r.choice([1, 2, 2, 3, 3, 4, 5, 12])
    terms = [term(r, odd and r.random() < .3) for _ in range(length)]
    if r.random() < .6:
        terms.append(r.choice(['-all', '~all', '?all', 'all']))
    return version + ''.join(r.choice([' ', ' ', ' ', '  ']) + t for t in terms) + r.choice(['', '', '', ' '])


def reverse(client):
    if ':' in client:
        import ipaddress
        return ipaddress.ip_address(client).reverse_pointer
    return '.'.join(reversed(client.split('.'))) + '.in-addr.arpa'


def zone(r, client):
    """[(name, type, value)]"""
    rows = []
    odd = r.random() < .3
    for owner in NAMES:
        if owner == 'gone.test':
            continue
        if owner == 'sick.test':
            rows.append((owner, 'TROUBLE', '-'))
            continue
        if owner == 'alias.test':
            rows.append((owner, 'CNAME', r.choice(['a.test', 'b.test', 'gone.test'])))
            continue
        if r.random() < .9:
            rows.append((owner, 'TXT', record(r, odd)))
        if r.random() < .03:
            rows.append((owner, 'TXT', record(r, odd)))
        if r.random() < .2:
            rows.append((owner, 'TXT', r.choice(TEXTS)))
        rows += [(owner, 'A', r.choice(FOUR)) for _ in range(r.choice([0, 1, 1, 2]))]
        rows += [(owner, 'AAAA', r.choice(SIX)) for _ in range(r.choice([0, 0, 1]))]
        rows += [(owner, 'MX', r.choice(NAMES + ['.'])) for _ in range(r.choice([0, 0, 1, 2, 11 if r.random() < .1 else 3]))]
    for made in ('user.b.test', 'ext.user.b.test', 'x.c.test', 'test.a.a.test', 'in-addr.a.test'):
        if r.random() < .5:
            rows.append((made, 'A', '127.0.0.2'))
    if r.random() < .7:
        rows += [(reverse(client), 'PTR', r.choice(NAMES)) for _ in range(r.choice([1, 1, 2, 12 if r.random() < .2 else 3]))]
    # DNS has no two equal records.
    return list(dict.fromkeys(rows))


def case(r):
    client = address(r)
    sender = f'{r.choice(LOCALS)}@{r.choice(NAMES[:6])}' if r.random() < .9 else ''
    helo = r.choice(NAMES + ['localhost', 'mail.a.test', '[192.0.2.1]'])
    return zone(r, client), client, helo, sender


def feed_of(cases):
    out = []
    put = lambda verb, *fields: out.append('\t'.join([verb] + [f.encode('latin-1').hex() for f in fields]))
    for rows, client, helo, sender in cases:
        for row in rows:
            put('rr', *row)
        put('ask', client, helo, sender)
        put('end')
    return '\n'.join(out) + '\n'


# ---- the others ----

def load_pyspf(lab):
    sys.path.insert(0, os.path.join(lab, 'usr/lib/python3/dist-packages'))
    sys.modules.setdefault('authres', types.ModuleType('authres'))
    import spf
    return spf


def by_pyspf(spf, cases):
    results = []
    for rows, client, helo, sender in cases:
        table = {}
        for owner, kind, value in rows:
            table.setdefault(owner.lower(), []).append((kind, value))

        def look_up(owner, kind, strict=True, timeout=0):
            """Records as pyspf wants them, where CNAMEs lead included."""
            found = []
            for _ in range(10):
                here = table.get(owner.lower(), [])
                if any(k == 'TROUBLE' for k, _ in here):
                    raise spf.TempError('DNS SERVFAIL')
                for k, value in here:
                    if k == kind:
                        data = (10, value) if k == 'MX' else [value.encode('latin-1')] if k == 'TXT' else value
                        found.append(((owner, k), data))
                alias = [v for k, v in here if k == 'CNAME']
                if not alias:
                    return found
                found.append(((owner, 'CNAME'), alias[0]))
                owner = alias[0]
            raise spf.TempError('DNS SERVFAIL')

        spf.DNSLookup = look_up
        try:
            answer = spf.query(i=client, s=sender, h=helo, receiver='here.example', strict=True).check()
            results.append((answer[0], answer[2]))
        except Exception as fault:
            results.append(('died', f'{type(fault).__name__}: {fault}'))
    return results


def by_perl(lab, feed):
    base = os.path.join(lab, 'usr')
    folders = [os.path.join(base, 'share/perl5')]
    for folder, below, _ in os.walk(os.path.join(base, 'lib')):
        if re.search(r'/perl5/5\.\d+$', folder):
            folders.append(folder)
            below.clear()
    here = os.path.dirname(os.path.abspath(__file__))
    command = ['perl'] + [f'-I{f}' for f in folders] + [os.path.join(here, 'spf_beside.pl')]
    out = subprocess.run(command, input=feed, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [tuple(line.split('\t')) for line in out.splitlines()]


def by_ours(lines, feed):
    """[(result, reason, explanation)]"""
    out = subprocess.run([lines, 'lines'], input=feed, stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split('\t') for line in out.splitlines()]
    return [(row[0], bytes.fromhex(row[4]).decode('latin-1'), bytes.fromhex(row[3]).decode('latin-1')) for row in rows]


# ---- what is known to differ, and how it shows ----

def records(case):
    return ' '.join(value for _, kind, value in case[0] if kind == 'TXT')


def has_alias(case):
    return any(kind == 'CNAME' for _, kind, _ in case[0])


KNOWN = {
    'static-recursion': lambda case, ours, theirs: 'trivial recursion' in theirs[1],
    'zero-digits': lambda case, ours, theirs: 'is not to be 0' in ours[1] or '%{d0}' in records(case) and theirs[0] == ours[0] == 'fail',
    'ptr-trouble': lambda case, ours, theirs: (theirs[0] == 'temperror' or theirs == ('fail', FAIL_WORDS)) and bool(re.search(r'\bptr\b|%\{p', records(case), re.I)),
    'alias-void-twice': lambda case, ours, theirs: 'Void lookup limit' in theirs[1] and has_alias(case),
    'no-local-part': lambda case, ours, theirs: case[3].startswith('@') and ours[0] == theirs[0] == 'fail',
    'at-delimiter': lambda case, ours, theirs: '%{s2@}' in records(case) and ours[0] == theirs[0] == 'fail' and ours[2] == '',
    'tab-in-words': lambda case, ours, theirs: '\t' in theirs[1] and ours[0] == theirs[0] == 'fail' and ours[2] == '',
    'crt-anywhere': lambda case, ours, theirs: 'c,r,t macros' in theirs[1],
    'syntax-when-reached': lambda case, ours, theirs: 'has an error at column' in ours[1],
    'ip6-takes-ip4': lambda case, ours, theirs: ':' not in case[1] and 'ip6:' in records(case).lower(),
    'alias-not-void': lambda case, ours, theirs: 'look-ups found nothing' in ours[1] and has_alias(case),
    'ptr-fewer': lambda case, ours, theirs: 'look-ups found nothing' in ours[1] and bool(re.search(r'\bptr\b', records(case), re.I)) and '.arpa' in str(case[0]),
    'bad-name-void': lambda case, ours, theirs: 'void DNS look-ups limit' in theirs[1],
    'mx-all-looked-up': lambda case, ours, theirs: theirs[0] in ('temperror', 'permerror') and bool(re.search(r'\bmx\b', records(case), re.I)),
}
FAIL_WORDS = 'SPF fail - not authorized'    # pyspf's, where the domain has none of its own


def differs(oracle, ours, theirs):
    if ours[0] != theirs[0]:
        return True
    if oracle != 'pyspf' or ours[0] != 'fail':
        return False
    return ours[2].lower() != (theirs[1] if theirs[1] != FAIL_WORDS else '').lower()


def read_list(path):
    """{oracle: [names]}"""
    names = {}
    for line in open(path):
        if line.strip() and not line.startswith(('#', ' ')):
            oracle, name = line.split()[:2]
            assert name.rstrip(':') in KNOWN, f'{path}: nothing tells when {name} applies'
            names.setdefault(oracle, []).append(name.rstrip(':'))
    return names


def main():
    lines, lab, path = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 10000
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else random.randrange(1 << 32)
    listed = read_list(path)
    r = random.Random(seed)
    cases = [case(r) for _ in range(count)]
    feed = feed_of(cases)
    ours = by_ours(lines, feed)
    theirs = {'pyspf': by_pyspf(load_pyspf(lab), cases), 'Mail::SPF': by_perl(lab, feed)}
    results = {}
    for answer in ours:
        results[answer[0]] = results.get(answer[0], 0) + 1
    print(f'# seed {seed}: ' + ', '.join(f'{n} {name}' for name, n in sorted(results.items())))
    print(f'1..{len(theirs)}')
    bad = 0
    for number, (oracle, answers) in enumerate(theirs.items(), 1):
        assert len(answers) == len(ours), f'{oracle} has ended early'
        seen, unknown = dict.fromkeys(listed.get(oracle, []), 0), []
        for at, answer in enumerate(answers):
            if not differs(oracle, ours[at], answer):
                continue
            why = next((n for n in seen if KNOWN[n](cases[at], ours[at], answer)), None)
            if why is None:
                unknown.append(at)
            else:
                seen[why] += 1
        fine = not unknown
        bad += not fine
        print(f'{"" if fine else "not "}ok {number} - {oracle} agrees in {count - sum(seen.values()) - len(unknown)} of {count} cases; known: ' +
              ', '.join(f'{n} {name}' for name, n in seen.items()))
        for at in unknown[:10]:
            rows, client, helo, sender = cases[at]
            print(f'# client {client}, HELO {helo}, MAIL FROM <{sender}>: ours {ours[at]}, {oracle} {answers[at]}', file=sys.stderr)
            for row in rows:
                print('#     ' + ' '.join(map(repr, row)), file=sys.stderr)
    sys.exit(bad > 0)


if __name__ == '__main__':
    main()
