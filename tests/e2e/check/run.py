#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Broken set-ups, as data: run.py zones SETUPS | run.py check SETUPS SIGNET CONF | run.py first SIGNET CONF DOMAIN AREAS

SETUPS has a set-up a line: NAME | AREAS | RECORDS | SETTINGS | FINDS | AFTER. Records are of the zone NAME.rows.example,
";;" between them, and may also be "@ptr ADDRESS NAME", "@list ZONE ADDRESS|NAME CODE", "@many
COUNT", so many TXT records, and "@check NAME", which is checked in the place of the zone; settings are lines of the
configuration likewise. FINDS is what does not pass before the printed fixes are executed, AFTER what is left then. Words
between % stand for what the environment has of that name, and DOMAIN for the zone's.

zones   a zone file for each, and for all addresses and lists, into the folder ZONES; prints the zones' names
first   does what stands first, and checks again, until there is nothing to do: prints what that was, a line each
check   for each: "NAME<TAB>found<TAB>left" on stdout. Fixes that are records go to nsupdate; those that are settings into
        the configuration.
"""
import concurrent.futures
import ipaddress
import json
import os
import re
import subprocess
import sys

ZONE = 'rows.example'
SERVER = os.environ.get('SERVER', '127.0.0.2')
AT_ONCE = 4       # most of the time is waited for those that are silent
REVERSE = ['18.198.in-addr.arpa', '0.0.0.0.2.0.0.0.1.0.0.2.ip6.arpa']
LISTS = {
    'zen.spamhaus.org': '2.0.0.127 A 127.0.0.2\n2.0.0.0.0.0.f.7.f.f.f.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 A 127.0.0.2\n',
    'bl.spamcop.net': '2.0.0.127 A 127.0.0.2\n',
    'dbl.spamhaus.org': 'dbltest.com A 127.0.1.2\n',
    'dead.lists.example': '',
    'wild.lists.example': '* A 127.0.0.2\n',
    'excess.lists.example': '* A 127.255.255.255\n',
    'refuse.lists.example': '* A 127.255.255.254\n',
    'parked.lists.example': '* A 203.0.113.80\n',
    'liar.lists.example': '* A 127.0.0.1\n',
    'alive.lists.example': '2.0.0.127 A 127.0.0.2\n',
}
# What no row may break: others' zones.
OTHERS = {
    ZONE: '',
    'else.example': '@ TXT "v=spf1 ip4:198.18.0.0/16 ip6:2001:2::/48 -all"\nmany TXT "v=spf1 include:a.many.else.example include:b.many.else.example '
                    'include:c.many.else.example -all"\n'
                    + ''.join(f'{x}.many TXT "v=spf1 a:1.else.example a:2.else.example a:3.else.example -all"\n' for x in 'abc')
                    + ''.join(f'{x} A 203.0.113.{x}\n' for x in '123')
                    + 'smtp A 198.18.9.9\nlost CNAME nowhere.else.example.\n',
}


def setups(path):
    with open(path, encoding='utf-8') as f:
        for line in f:
            line = line.strip()
            if line and not line.startswith('#'):
                yield [part.strip() for part in line.split('|')]


def fill(text, domain):
    text = re.sub(r'%([A-Z0-9_]+)%', lambda m: os.environ[m.group(1)], text)
    return text.replace('DOMAIN', domain)


def reverse(text):
    """The labels of an address, or the name as it is."""
    try:
        return ipaddress.ip_address(text).reverse_pointer.rsplit('.', 2)[0]
    except ValueError:
        return text


def write_zone(name, records):
    with open(os.path.join(os.environ['ZONES'], name + '.zone'), 'wb') as f:
        f.write(f'$ORIGIN {name}.\n$TTL 60\n@ SOA ns1 hostmaster 1 3600 600 86400 5\n'.encode())
        if '@ NS ' not in records:
            f.write(f'@ NS ns1\n@ NS ns2\nns1 A {SERVER}\nns2 A 127.0.0.3\n'.encode())
        f.write(records.encode('utf-8', 'surrogateescape'))
    print(name)


def write_zones(path):
    ptrs = {zone: '' for zone in REVERSE}
    lists = dict(LISTS)
    for name, _, records, *_ in setups(path):
        domain = f'{name}.{ZONE}'
        own = ''
        for record in filter(None, map(str.strip, fill(records, domain).split(';;'))):
            words = record.split()
            if words[0] == '@ptr':
                pointer = ipaddress.ip_address(words[1]).reverse_pointer
                zone = next(z for z in REVERSE if pointer.endswith(z))
                ptrs[zone] += f'{pointer}. PTR {words[2]}.\n'
            elif words[0] == '@list':
                lists[words[1]] += f'{reverse(words[2])} A {words[3]}\n'
            elif words[0] == '@check':
                continue
            elif words[0] == '@many':
                own += ''.join(f'@ TXT "nothing={i}"\n' for i in range(int(words[1])))
            else:
                own += record + '\n'
        write_zone(domain, own)
    for others in ptrs, lists, OTHERS:
        for zone, records in others.items():
            write_zone(zone, records)


def found(signet, conf, areas, domain):
    remembered = os.path.join(os.path.dirname(conf), os.path.basename(conf) + '.spool', 'check')
    os.makedirs(os.path.dirname(remembered), exist_ok=True)
    if os.path.exists(remembered):
        os.unlink(remembered)     # what it was a moment ago is not its past
    command = [signet, 'check', '--json', '--fresh', '--only', areas, domain]    # a row's lists are another's
    done = subprocess.run(command, capture_output=True, timeout=120, env=dict(os.environ, SIGNET_CONFIG=conf), check=False)
    try:
        findings = json.loads(done.stdout)['findings']
    except (ValueError, KeyError):
        return None, f'status {done.returncode}: {done.stderr.decode()[:300]}'
    bad = [f for f in findings if f['state'] != 'pass']
    return bad, ' '.join(sorted(f['id'] + ':' + f['state'] + (f'/{f["family"]}' if f['family'] else '') for f in bad)) or 'green'


def zone_of(line, domain):
    name = line.split()[2].rstrip('.')
    zones = [z for z in REVERSE + [domain] + list(OTHERS) if name == z or name.endswith('.' + z)]
    return zones[0] if zones else domain


def fix(bad, domain, conf):
    """Executes each line of a fix that can be: as it is printed."""
    updates, settings = {}, []
    for finding in bad:
        for line in finding['fix'].split('\n'):
            if line.startswith('update '):
                updates.setdefault(zone_of(line, domain), []).append(line)
            if line.startswith('signet.conf: '):
                settings.append(line[len('signet.conf: '):])
    for zone, lines in updates.items():
        script = f'server {SERVER}\nzone {zone}.\n' + '\n'.join(dict.fromkeys(lines)) + '\nsend\n'
        done = subprocess.run(['nsupdate', '-v'], input=script.encode(), capture_output=True, timeout=60, check=False)
        if done.returncode:
            return f'nsupdate: {done.stderr.decode()[:300]} of {script}'
    if settings:
        with open(conf, encoding='utf-8') as f:
            lines = f.read().split('\n')
        for setting in settings:
            name = setting.split(' ')[0]
            lines = [line for line in lines if line.split(' ')[0] != name] + [setting]
        with open(conf, 'w', encoding='utf-8') as f:
            f.write('\n'.join(lines) + '\n')
    return ''


def check_one(signet, base, name, areas, records, settings):
    domain, conf = f'{name}.{ZONE}', f'{base}.{name}'
    with open(base, encoding='utf-8') as f:
        lines = f.read().replace('DOMAIN', domain).split('\n')
    own = [fill(line.strip(), domain) for line in settings.split(';;') if line.strip()] + [f'spool = "{conf}.spool";']
    lines = [line for line in lines if line.split(' ')[0] not in [line.split(' ')[0] for line in own]] + own
    with open(conf, 'w', encoding='utf-8') as f:
        f.write('\n'.join(lines) + '\n')
    named = re.search(r'@check (\S+)', fill(records, domain))
    checked = named.group(1) if named else domain
    bad, before = found(signet, conf, areas, checked)
    trouble = fix(bad, domain, conf) if bad else ''
    _, after = (None, trouble) if trouble else found(signet, conf, areas, checked)
    return f'{name}\t{before}\t{after}'


def check_all(path, signet, base):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for line in pool.map(lambda row: check_one(signet, base, *row[:4]), list(setups(path))):
            print(line, flush=True)


def do_first(signet, conf, domain, areas):
    for _ in range(20):
        bad, _ = found(signet, conf, areas, domain)
        first = [f for f in bad or [] if f['state'] in ('fail', 'warn', 'unknown')][-1:]
        if not first:
            return
        print(first[0]['id'], fix(first, domain, conf), flush=True)


if sys.argv[1] == 'first':
    do_first(*sys.argv[2:])
elif sys.argv[1] == 'zones':
    write_zones(sys.argv[2])
else:
    check_all(sys.argv[2], sys.argv[3], sys.argv[4])
