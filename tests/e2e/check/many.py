#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A thousand domains, as data: many.py zones FOLDER | many.py names | many.py conf | many.py compare MANY SINGLE DOMAIN

Each is the zone dN.many.example; its kind follows from N. Most are well; some lack a record, have a wrong or a damaged
one; the name servers of some are silent, refuse, or cut their answers and are silent over TCP.

zones    a zone file for each that has a server, and for what they share
names    the domains, a line each, with comments between them
conf     the zones for Knot
compare  prints what the one object says of the domain and the other does not
"""
import json
import os
import sys

COUNT = 1000
RIGHT = os.environ.get('RIGHT', '')
SPF = '@ TXT "v=spf1 include:spf.shared.example -all"\n'
KEY = f's1._domainkey TXT {RIGHT}\n'
DMARC = '_dmarc TXT "v=DMARC1; p=reject"\n'
MX = '@ MX 10 mx.shared.example.\n'
WELL = MX + SPF + KEY + DMARC
KINDS = {            # by N % 50; all others are well
    1: ('silent', None), 2: ('cut', None), 3: ('lame', None),
    5: ('nospf', MX + KEY + DMARC), 15: ('nokey', MX + SPF + DMARC),
    25: ('quotes', MX + '@ TXT "\\"v=spf1 include:spf.shared.example -all\\""\n' + KEY + DMARC),
    35: ('twodmarc', WELL + '_dmarc TXT "v=DMARC1; p=none"\n'), 45: ('nothing', ''),
    10: ('loop', MX + SPF + 's1._domainkey CNAME a\na CNAME s1._domainkey\n' + DMARC),
    20: ('ownmx', '@ MX 10 mx\nmx A 192.0.2.10\n' + SPF + KEY + DMARC),
}
SERVERS = {'silent': '198.51.100.53', 'cut': '198.51.100.54', 'lame': '127.0.0.1'}


def kind(n):
    return KINDS.get(n % 50, ('well', WELL))


def write(folder, zone, records):
    with open(os.path.join(folder, zone + '.zone'), 'w', encoding='ascii') as f:
        f.write(f'$ORIGIN {zone}.\n$TTL 3600\n@ SOA ns1.shared.example. hostmaster 1 3600 600 86400 300\n'
                '@ NS ns1.shared.example.\n@ NS ns2.shared.example.\n' + records)


def zones(folder):
    delegations = ''
    for n in range(COUNT):
        name, records = kind(n)
        if name in SERVERS:
            delegations += f'd{n} NS ns.d{n}\nns.d{n} A {SERVERS[name]}\n'
        else:
            delegations += f'd{n} NS ns1.shared.example.\nd{n} NS ns2.shared.example.\n'
            write(folder, f'd{n}.many.example', records)
    write(folder, 'many.example', delegations)
    write(folder, 'shared.example', 'ns1 A 127.0.0.2\nns2 A 127.0.0.3\nmx A 192.0.2.10\nspf TXT "v=spf1 ip4:198.18.0.1 -all"\n'
          'mail A 198.18.0.1\n@ MX 10 mx\n')
    write(folder, 'zen.spamhaus.org', '2.0.0.127 A 127.0.0.2\n')
    write(folder, 'bl.spamcop.net', '2.0.0.127 A 127.0.0.2\n')
    write(folder, 'dbl.spamhaus.org', 'dbltest.com A 127.0.1.2\nd7.many.example A 127.0.1.2\n')
    write(folder, '18.198.in-addr.arpa', '1.0 PTR mail.shared.example.\n')


def of_domain(path, domain):
    with open(path, encoding='utf-8') as f:
        found = json.load(f)['findings']
    # Which of several servers a text names first is theirs to choose.
    return sorted({(f['id'], f['state'], f['what'] if f['state'] != 'unknown' else '') for f in found if f['domain'] == domain})


if sys.argv[1] == 'zones':
    zones(sys.argv[2])
elif sys.argv[1] == 'names':
    print('# the customers')
    for n in range(COUNT):
        print(f'd{n}.many.example' + ('   # ' + kind(n)[0] if n % 50 in KINDS else ''))
    print('\nD7.many.example.')
elif sys.argv[1] == 'conf':
    for at in sorted(os.listdir(sys.argv[2])):
        if at.endswith('.zone'):
            print(f'  - domain: {at[:-5]}\n    file: {at}')
else:
    many, single = of_domain(sys.argv[2], sys.argv[4]), of_domain(sys.argv[3], sys.argv[4])
    print(len(many) > 0, [f for f in many if f not in single], [f for f in single if f not in many])
