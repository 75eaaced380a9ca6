#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""spf_suite.py SPF_TEST FILE - runs the openspf test suite for RFC 7208 (YAML) through "spf_test lines".

A case passes when its result is one of those allowed, and its explanation,
where one is stated, is ours (case does not count; DEFAULT: we have none).
"""
import subprocess
import sys

import yaml

DEFAULT = ''


def zone_of(data):
    """[(name, type, bytes)], with what the suite leaves to its reader: SPF stands for TXT too, unless there is TXT."""
    for name, entries in data.items():
        has_txt = any(isinstance(e, dict) and 'TXT' in e for e in entries)
        trouble = 'TIMEOUT' in entries
        for entry in entries:
            if not isinstance(entry, dict):
                continue
            for kind, value in entry.items():
                if kind == 'SPF':
                    if has_txt:
                        continue
                    kind = 'TXT'
                if value == 'NONE':
                    continue
                if kind == 'MX':
                    value = value[1]
                if isinstance(value, list):
                    value = ''.join(value)
                yield name, kind, value.encode('latin-1')
        if trouble and not has_answer(entries, 'TXT'):
            yield name, 'TROUBLE', b'-'


def has_answer(entries, kind):
    return any(isinstance(e, dict) and e.get(kind, 'NONE') != 'NONE' for e in entries)


def main():
    lines, path = sys.argv[1:]
    tests, feed = [], []

    def put(verb, *fields):
        feed.append('\t'.join([verb] + [(f if isinstance(f, bytes) else f.encode('latin-1')).hex() for f in fields]))

    for part in yaml.safe_load_all(open(path)):
        for row in zone_of(part['zonedata']):
            put('rr', *row)
        for name, test in part['tests'].items():
            tests.append((part['description'], name, test))
            put('ask', test['host'], test['helo'], test['mailfrom'])
        put('end')
    out = subprocess.run([lines, 'lines'], input='\n'.join(feed) + '\n', stdout=subprocess.PIPE, text=True, check=True).stdout
    answers = [line.split('\t') for line in out.splitlines()]
    assert len(answers) == len(tests), (len(answers), len(tests))
    print(f'1..{len(tests)}')
    failed = 0
    for number, ((part, name, test), answer) in enumerate(zip(tests, answers), 1):
        result, _, _, explanation, reason = answer
        explanation = bytes.fromhex(explanation).decode('latin-1')
        allowed = test['result'] if isinstance(test['result'], list) else [test['result']]
        fine = result in allowed
        wanted = test.get('explanation')
        if fine and wanted is not None and result == 'fail':
            fine = explanation.lower() == (DEFAULT if wanted == 'DEFAULT' else wanted).lower()
        failed += not fine
        print(f'{"" if fine else "not "}ok {number} - {part}: {name}')
        if not fine:
            print(f'# got {result} "{explanation}", wanted {allowed} "{wanted}": {bytes.fromhex(reason).decode("latin-1")}', file=sys.stderr)
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
