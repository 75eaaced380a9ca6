#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""beside.py SETUPS SIGNET CONF KEY LIST NAMESERVER: signet check beside opendkim-testkey, pyspf and opendmarc-check.

Each set-up of the areas dkim, spf and dmarc is judged by ours and by theirs: "good" or "bad", and of what is in CONF as
DOMAIN. A line of LIST, NAME | THEIRS | WHY, says that they differ there, and why ours is right. Prints a line for each kind,
"KIND: COUNT zones, COUNT differences", and each difference that is not in LIST, or that LIST has and is none.
"""
import json
import os
import re
import subprocess
import sys

path, signet, base, key, known_path, server = sys.argv[1:7]
ZONE = 'rows.example'
CLIENT = '198.18.0.1'
# What ours says of the record itself; the rest are notes beside it.
JUDGED = {'dkim': ('dkim.record', 'dkim.match', 'dkim.flags', 'dkim.probe'), 'spf': ('spf.record', 'spf.egress-pass'), 'dmarc': ('dmarc.record',)}
# Two names that are not of one zone on one server, which a tester without a resolver of its own cannot follow; or that are only there to be waited for.
LEFT_OUT = re.compile(r'x-|@check|mx_families|%HUGE%|@many|@NS')


def setups():
    with open(path, encoding='utf-8') as f:
        for line in f:
            if line.strip() and not line.startswith('#'):
                name, areas, records, settings, *_ = [part.strip() for part in line.split('|')]
                if areas in JUDGED and not LEFT_OUT.search(f'{name} {records} {settings}'):
                    yield name, areas


def ours(area, domain):
    conf = f'{base}.beside'
    with open(base, encoding='utf-8') as f:
        text = f.read().replace('DOMAIN', domain)
    with open(conf, 'w', encoding='utf-8') as f:
        f.write(text)
    done = subprocess.run([signet, 'check', '--json', '--only', area, domain], capture_output=True, timeout=120,
                          env=dict(os.environ, SIGNET_CONFIG=conf), check=False)
    judged = [f for f in json.loads(done.stdout)['findings'] if f['id'] in JUDGED[area]]
    return 'good' if judged and all(f['state'] in ('pass', 'info', 'warn') for f in judged) else 'bad'


def testkey(domain):
    with open('testkey.conf', 'w', encoding='ascii') as f:
        f.write(f'Nameservers {server}\n')
    done = subprocess.run(['opendkim-testkey', '-x', 'testkey.conf', '-d', domain, '-s', 's1', '-k', key], capture_output=True, timeout=120, check=False)
    return 'good' if done.returncode == 0 else 'bad', done.stderr.decode().strip()


def pyspf(domain):
    import spf    # it reads resolv.conf at once
    result, why = spf.check2(i=CLIENT, s=f'probe@{domain}', h=f'mail.{domain}')
    return 'good' if result == 'pass' else 'bad', f'{result}: {why}'


def opendmarc(domain):
    done = subprocess.run(['opendmarc-check', domain], capture_output=True, timeout=120, check=False)
    text = (done.stdout + done.stderr).decode().strip()
    return 'good' if done.returncode == 0 and 'DMARC record for' in text else 'bad', ' '.join(text.split())


THEIRS = {'dkim': testkey, 'spf': pyspf, 'dmarc': opendmarc}
known = {}
with open(known_path, encoding='utf-8') as f:
    for line in f:
        if line.strip() and not line.startswith('#'):
            name, verdict, why = [part.strip() for part in line.split('|')]
            known[name] = (verdict, why)
all_ours = [(name, area, ours(area, f'{name}.{ZONE}')) for name, area in setups()]
# Theirs ask whom the system names; ours were done before that changed.
with open('resolv.conf', 'w', encoding='ascii') as f:
    f.write(f'nameserver {server}\n')
subprocess.run(['mount', '--bind', 'resolv.conf', '/etc/resolv.conf'], check=True)
counts, differences = {}, {}
for name, area, verdict in all_ours:
    theirs, why = THEIRS[area](f'{name}.{ZONE}')
    counts[area] = counts.get(area, 0) + 1
    if theirs != verdict:
        differences[area] = differences.get(area, 0) + 1
        if known.get(name, ('', ''))[0] != theirs:
            print(f'{name}: ours {verdict}, theirs {theirs}: {why}')
    elif name in known:
        print(f'{name}: no difference any more')
for name in known:
    if name not in [n for n, _, _ in all_ours]:
        print(f'{name}: not compared')
for area, count in counts.items():
    print(f'{area}: {count} zones, {differences.get(area, 0)} differences')
