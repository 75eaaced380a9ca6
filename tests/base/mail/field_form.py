#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""field_form.py - reads lines "KIND FIELD MEANT", the latter two in hex: a header field, and the text in it.

Ends with 1 when Python finds another text in a field, with a line for each.
"""
import email
import email.header
import email.utils
import re
import sys


def decoded(value):
    value = re.sub(r'\r?\n', '', value)
    return ''.join(part if isinstance(part, str) else part.decode(charset or 'ascii')
                   for part, charset in email.header.decode_header(value))


def text(message):
    return [decoded(message['Subject'])]


def names(message):
    value = re.sub(r'\r?\n', '', message['To'])
    comment = value[value.rindex(' (') + 2:-1]
    pairs = email.utils.getaddresses([value[:value.rindex(' (')]])
    if [address for _, address in pairs] != ['a@b.example', 'c@d.example']:
        return [str(pairs)]
    return [decoded(name) for name, _ in pairs] + [decoded(comment)]


def filename(message):
    if message.get_param('size', header='Content-Disposition') != '1':
        return ['no size']
    return [message.get_filename()]


def squeezed(text_read):
    return re.sub(r' +', ' ', text_read)


def main():
    failed = 0
    for line in sys.stdin:
        kind, field, meant = line.split(' ')
        field, meant = bytes.fromhex(field), bytes.fromhex(meant).decode()
        if not field.isascii() or max(len(part) for part in field.split(b'\r\n')) > 998:
            readings = ['not ASCII, or too long']
        else:
            readings = globals()[kind](email.message_from_bytes(field + b'\r\n'))
        meant = re.sub(r'\r?\n', '', meant)
        if kind == 'text':
            meant = re.sub(r'=\?utf-8\?q\?x=C3=BC\?=', 'x\u00fc', re.sub(r'\?= +(?==\?)', '?=', meant))
        for reading in readings:
            if (squeezed(reading) != squeezed(meant)) if kind == 'names' else reading != meant:
                print(f'# {kind}: {field!r} reads {reading!r}, not {meant!r}', file=sys.stderr)
                failed += 1
    return failed > 0


if __name__ == '__main__':
    sys.exit(main())
