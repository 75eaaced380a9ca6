#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""reports.py FOLDER BEGIN END: DMARC and TLS reports in every form in which they come, and what only looks like one."""
import base64, gzip, io, json, os, sys, zipfile, zlib

folder, begin, end = sys.argv[1], sys.argv[2], sys.argv[3]


def put(name, content):
    with open(os.path.join(folder, name), 'wb') as f:
        f.write(content if isinstance(content, bytes) else content.encode())


def record(source, count, dkim, spf, auth, disposition='none'):
    return f'''<record><row><source_ip>{source}</source_ip><count>{count}</count><policy_evaluated><disposition>{disposition}</disposition>
<dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row><identifiers><header_from>sender.example</header_from></identifiers>
<auth_results>{auth}</auth_results></record>'''


def auth(kind, domain, result, selector=''):
    return f'<{kind}><domain>{domain}</domain>' + (f'<selector>{selector}</selector>' if selector else '') + f'<result>{result}</result></{kind}>'


xml = f'''<?xml version="1.0" encoding="UTF-8" ?>
<feedback><report_metadata><org_name>world.example</org_name><email>dmarc@world.example</email><report_id>4711</report_id>
<date_range><begin>{begin}</begin><end>{end}</end></date_range></report_metadata>
<policy_published><domain>sender.example</domain><adkim>r</adkim><aspf>r</aspf><p>none</p><sp>none</sp><pct>100</pct></policy_published>
''' + record('192.0.2.1', 40, 'pass', 'pass', auth('dkim', 'sender.example', 'pass', 'rsa') + auth('spf', 'sender.example', 'pass')) \
    + record('192.0.2.1', 2, 'fail', 'fail', auth('dkim', 'sender.example', 'fail', 'rsa') + auth('spf', 'host.example', 'pass')) \
    + record('203.0.113.9', 7, 'fail', 'fail', auth('spf', 'evil.example', 'softfail'), 'quarantine') + '</feedback>'
tls = json.dumps({'organization-name': 'Company-X', 'report-id': '5065', 'contact-info': 'sts@x.example',
                  'date-range': {'start-datetime': '2026-11-29T00:00:00Z', 'end-datetime': '2026-11-29T23:59:59Z'},
                  'policies': [{'policy': {'policy-type': 'sts', 'policy-domain': 'sender.example', 'mx-host': ['mx.sender.example']},
                                'summary': {'total-successful-session-count': 5326, 'total-failure-session-count': 3},
                                'failure-details': [{'result-type': 'certificate-expired', 'receiving-mx-hostname': 'mx.sender.example',
                                                     'failed-session-count': 3}]}]})


def zipped(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, 'w', method) as z:
        for name, content in files:
            z.writestr(name, content)
    return out.getvalue()


def mail(kind, name, content, extra=''):
    coded = base64.encodebytes(content).decode()
    return f'''Received: from world.example
From: dmarc@world.example
To: postmaster@sender.example
Subject: Report Domain: sender.example
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: text/plain

This is a report <feedback>.
--b1
Content-Type: {kind}; name="{name}"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="{name}"

{coded}
--b1--
'''


put('dmarc.xml', xml)
put('dmarc.xml.gz', gzip.compress(xml.encode()))
put('dmarc.zip', zipped([('world.example!sender.example!1!2.xml', xml)]))
put('utf16.xml', xml.replace('UTF-8', 'UTF-16').encode('utf-16'))
put('mail.gz.eml', mail('application/gzip', 'a.xml.gz', gzip.compress(xml.encode())))
put('mail.zip.eml', mail('application/octet-stream', 'a.zip', zipped([('a.xml', xml)])).replace('\n', '\r\n'))
put('mbox', 'From dmarc@world.example Mon Nov 30 11:00:00 2026\n' + mail('application/zip', 'a.zip', zipped([('a.xml', xml)])))
put('tls.json', tls)
put('tls.json.gz', gzip.compress(tls.encode()))
put('mail.tls.eml', mail('application/tlsrpt+gzip', 'a.json.gz', gzip.compress(tls.encode())).replace('multipart/mixed', 'multipart/report; report-type="tlsrpt"'))

# What is not, or does harm.
c = zlib.compressobj(9, zlib.DEFLATED, 31)
put('bomb.gz', b''.join([c.compress(bytes(1 << 20)) for _ in range(1024)] + [c.flush()]))
put('bomb.zip', zipped([('a.xml', bytes(200 << 20))]))
put('many.zip', zipped([(f'{i}.xml', 'x') for i in range(10000)], zipfile.ZIP_STORED))
put('nested.zip', zipped([('a.zip', zipped([('b.xml', xml)]))]))
put('bomb.eml', mail('application/gzip', 'a.xml.gz', open(os.path.join(folder, 'bomb.gz'), 'rb').read()))
laughs = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">' + ''.join(
    f'<!ENTITY a{i} "{("&a%d;" % (i - 1)) * 10}">' for i in range(1, 10)) + ']><feedback><report_metadata><org_name>&a9;</org_name></report_metadata></feedback>'
put('laughs.xml', laughs)
put('outside.xml', '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/shadow">]><feedback><report_metadata><org_name>&x;</org_name></report_metadata></feedback>')
put('cut.xml', xml[:len(xml) // 2])
put('cut.gz', gzip.compress(xml.encode())[:-50])
put('cut.zip', zipped([('a.xml', xml)])[:-30])
put('charset.xml', xml.replace('UTF-8', 'x-klingon'))
put('wrong.xml', xml.replace('world.example<', 'w\xf6rld<').encode('latin-1'))
put('deep.json', '[' * 100000)
put('deep.xml', '<feedback>' + '<a>' * 100000)
put('html', '<html><body>no</body></html>')
put('words', 'no report')
put('empty', '')
put('plain.eml', 'From: a@b.example\n\nhello\n')
