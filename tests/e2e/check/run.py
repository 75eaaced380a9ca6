#!/usr/bin/python3
"""Broken set-ups, as data: run.py zones SETUPS | run.py check SETUPS SIGNET CONF

SETUPS has a set-up a line: NAME | AREAS | RECORDS | SETTINGS | FINDS | AFTER. Records are of the zone NAME.rows.example,
";;" between them; settings are lines of the configuration likewise. FINDS is what does not pass before the printed fixes
are executed, AFTER what is left then. Words between % stand for what the environment has of that name.

zones   a zone file for each, into the folder ZONES
check   for each: "NAME<TAB>found<TAB>left" on stdout. Fixes that are records go to nsupdate; those that are
        settings into the configuration.
"""
import json
import os
import re
import subprocess
import sys

ZONE = 'rows.example'
SERVER = os.environ.get('SERVER', '127.0.0.2')


def setups(path):
    with open(path, encoding='utf-8') as f:
        for line in f:
            line = line.strip()
            if line and not line.startswith('#'):
                yield [part.strip() for part in line.split('|')]


def fill(text, domain):
    text = re.sub(r'%([A-Z0-9_]+)%', lambda m: os.environ[m.group(1)], text)
    return text.replace('DOMAIN', domain)


def write_zones(path):
    for name, _, records, *_ in setups(path):
        domain = f'{name}.{ZONE}'
        with open(os.path.join(os.environ['ZONES'], domain + '.zone'), 'wb') as f:
            f.write(f'$ORIGIN {domain}.\n$TTL 60\n@ SOA ns1 hostmaster 1 3600 600 86400 5\n'.encode())
            if '@ NS ' not in records:
                f.write(f'@ NS ns1\n@ NS ns2\nns1 A {SERVER}\nns2 A 127.0.0.3\n'.encode())
            for record in filter(None, map(str.strip, records.split(';;'))):
                f.write(fill(record, domain).encode('utf-8', 'surrogateescape') + b'\n')


def found(signet, conf, areas, domain):
    command = [signet, 'check', '--json', '--only', areas, domain]
    done = subprocess.run(command, capture_output=True, timeout=120, env=dict(os.environ, SIGNET_CONFIG=conf), check=False)
    try:
        findings = json.loads(done.stdout)['findings']
    except (ValueError, KeyError):
        return None, f'status {done.returncode}: {done.stderr.decode()[:300]}'
    bad = [f for f in findings if f['state'] != 'pass']
    return bad, ' '.join(sorted(f['id'] + ':' + f['state'] + (f'/{f["family"]}' if f['family'] else '') for f in bad)) or 'green'


def fix(bad, domain, conf):
    """Executes each line of a fix that can be: as it is printed."""
    updates, settings = [], []
    for finding in bad:
        for line in finding['fix'].split('\n'):
            if line.startswith('update '):
                updates.append(line)
            if line.startswith('signet.conf: '):
                settings.append(line[len('signet.conf: '):])
    if updates:
        script = f'server {SERVER}\nzone {domain}.\n' + '\n'.join(dict.fromkeys(updates)) + '\nsend\n'
        done = subprocess.run(['nsupdate'], input=script.encode(), capture_output=True, timeout=60, check=False)
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


def check_all(path, signet, base):
    for name, areas, _, settings, *_ in setups(path):
        domain, conf = f'{name}.{ZONE}', base + '.row'
        with open(base, encoding='utf-8') as f:
            lines = f.read().split('\n')
        own = [fill(line.strip(), domain) for line in settings.split(';;') if line.strip()]
        lines = [line for line in lines if line.split(' ')[0] not in [line.split(' ')[0] for line in own]] + own
        with open(conf, 'w', encoding='utf-8') as f:
            f.write('\n'.join(lines) + '\n')
        bad, before = found(signet, conf, areas, domain)
        trouble = fix(bad, domain, conf) if bad else ''
        _, after = (None, trouble) if trouble else found(signet, conf, areas, domain)
        print(name, before, after, sep='\t', flush=True)


if sys.argv[1] == 'zones':
    write_zones(sys.argv[2])
else:
    check_all(sys.argv[2], sys.argv[3], sys.argv[4])
