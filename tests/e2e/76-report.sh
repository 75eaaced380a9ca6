#!/bin/bash
# SPDX-License-Identifier: ISC
# signet report: DMARC and TLS reports in every form in which they come, joined with what was sent; and what only
# looks like one, or unpacks into more than there is, ends in a clear error at once and in little memory.
. "$(dirname "$0")/world.sh"
here=$(cd "$(dirname "$0")" && pwd)
world_begin "$@"
tap_plan 50
world_names
world_keys
world_config < <(world_routes)
$SIGNET dns --zone | lab_zone sender.example
lab_dns_start
world_mx_start
now=$(date +%s)
mkdir reports
/usr/bin/python3 "$here/reports.py" reports $((now - 3600)) $((now + 3600)) || lab_die "no reports"

report() { # ARGUMENTS…
	out=$($SIGNET report "$@" 2>&1 </dev/null)
	status=$?
}
value() { # EXPRESSION over r
	/usr/bin/python3 -c 'import json,sys; r=json.loads(sys.stdin.readline()); print('"$1"')' <<<"$out"
}

report --ours 192.0.2.1 reports/dmarc.xml
is "a DMARC report is read" "$status" 0
like "whose, and of when" "$out" '^DMARC report of world.example, from 20[-0-9]* [0-9:]* UTC to'
like "its policy" "$out" 'policy:  sender.example: p=none sp=none adkim=r aspf=r'
like "how many pass" "$out" 'mails:   49, of which 40 pass and 9 fail'
like "ours is marked" "$out" '^  192.0.2.1 \(ours\): 42 mails, 40 pass, 2 fail'
like "what fails by DKIM, with the selector" "$out" '2 x DKIM: the signature of sender.example, selector rsa, does not verify'
like "and by SPF, with the domain" "$out" '2 x SPF: passes for host.example only, which is not aligned with sender.example'
like "what to do" "$out" 'to do: sign mail of that domain'
like "others stand apart" "$(tr '\n' '|' <<<"$out")" 'Other hosts that send with sender.example in From:[^|]*\|  203.0.113.9: 7 mails, 0 pass, 7 fail'
like "with what became of it" "$out" '7 put into the spam folder, 0 refused'
like "the history is not known without signetd" "$out" 'history: not known'
report reports/dmarc.xml
like "without --ours none is" "$out" 'None of these addresses is known to be this host'
report --ours 192.0.2.0/24 reports/dmarc.xml
like "a network may be ours" "$out" '192.0.2.1 \(ours\)'
report --ours nonsense reports/dmarc.xml
like "what is no address is refused" "$status $out" '^64 signet: --ours nonsense: it is not an IP address'

for form in dmarc.xml.gz dmarc.zip utf16.xml mail.gz.eml mail.zip.eml mbox; do
	report --json --ours 192.0.2.1 reports/$form
	is "$form is the same report" "$status $(value 'r["id"], r["mails"], r["sources"][0]["address"], r["sources"][0]["ours"]')" \
		"0 4711 49 192.0.2.1 True"
done
out=$($SIGNET report --json - < reports/dmarc.zip)
is "from standard input" "$(value 'r["kind"], len(r["sources"])')" "dmarc 2"
for form in tls.json tls.json.gz mail.tls.eml; do
	report reports/$form
	like "$form is a TLS report" "$status $out" '^0 TLS report of Company-X'
done
like "its policy" "$out" 'sender.example, by MTA-STS, MX mx.sender.example: 5326 sessions were good, 3 failed'
like "its failures, explained" "$(tr -s ' \n' ' ' <<<"$out")" '3 x certificate-expired at mx.sender.example The certificate of our mail exchanger has expired. to do: Renew it'
report --json reports/tls.json
is "as JSON" "$(value 'r["kind"], r["policies"][0]["failures"][0]["type"], r["policies"][0]["failures"][0]["sessions"]')" "tls certificate-expired 3"

# Joined with what was sent.
lab_signetd_start
for n in 1 2 3; do
	world_message alice@sender.example user1 "mail $n" | $SENDMAIL -i -f alice@sender.example user1@direct.world.example
done
ok "three mails arrive" lab_until 30 lab_has_mail direct.world.example user1 3
lab_until 30 lab_queue_is_empty
report reports/dmarc.xml
like "the report is joined with the history" "$out" 'history: this host sent 3 there in those hours; 0 were refused, 0 wait'
/usr/bin/python3 "$here/reports.py" reports $((now - 90000)) $((now - 86400))
report --json reports/dmarc.xml
is "of that time alone" "$(value 'r["history"]["delivered"]')" 0
lab_signetd_stop

# In 600 MB of addresses and a second of the processor; programs with sanitizers need more of both.
bounds() {
	if [ -n "${SANITIZE:-}" ]; then ulimit -t 20; else ulimit -v 600000 -t 1; fi
}
bounded() { # FILE
	out=$(bounds; $SIGNET report "$1" 2>&1 </dev/null)
	status=$?
}
refused() { # FILE WANT
	bounded "reports/$1"
	like "$1: a clear error, at once" "$status $out" "^65 signet: reports/$1: .*$2"
}
refused bomb.gz 'unpacks into more than'
refused bomb.zip 'unpacks into more than'
refused bomb.eml 'unpacks into more than'
refused many.zip 'holds 10000 files'
refused nested.zip 'another archive'
refused laughs.xml 'document type'
refused outside.xml 'document type'
refused deep.json 'not JSON.*depth'
refused deep.xml 'nested too deeply'
for row in 'cut.xml:cut off' 'cut.gz:cut off' 'cut.zip:cut off' 'charset.xml:unknown encoding' 'wrong.xml:not XML' 'html:not a DMARC report' \
	'words:not a report' 'empty:not a report' 'plain.eml:without a report'; do
	bounded "reports/${row%%:*}"
	like "${row%%:*}: a clear error" "$status $out" "^65 signet: reports/${row%%:*}: .*${row#*:}"
done
bounded /nonexistent
like "a file that is not there" "$status $out" '^66 signet: cannot read /nonexistent'
out=$(bounds; head -c 40000000 /dev/zero | $SIGNET report - 2>&1)
like "more than a report has" "$? $out" '^(65|69) signet: standard input has more than 32 MiB'
tap_done
