#!/bin/bash
# SPDX-License-Identifier: ISC
# signet route, without the network.
cd "$(dirname "$0")/../../.." || exit 1
. tests/lab/tap.sh
tap_plan 67
SIGNET=${BUILD:-build}/signet
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
export SIGNET_CONFIG=$T/conf

run() {
	out=$("$@" 2>&1 </dev/null)
	status=$?
}

cat > "$T/conf" <<'END'
hostname = "mail.example.org"; domain = "example.org"; local_domains = [ "home.example" ];
smarthosts = ( { name = "isp"; host = "smtp.isp.example"; port = 465; user = "me"; password_file = "/p"; } );
dkim = ( { domain = "example.org"; selector = "a"; file = "/a.pem"; },
         { domain = "example.org"; selector = "b"; file = "/b.pem"; },
         { domain = "news.example.org"; selector = "n"; file = "/n.pem"; } );
routes = ( { to = [ "picky.example", ".picky.example" ]; via = [ "isp" ]; },
           { to = [ "mx:.big.example" ]; via = [ "isp" ]; },
           { to = [ "*" ]; via = [ "mx", "isp" ]; } );
END
echo "aliases = [ \"$T/aliases\" ];" >> "$T/conf"
run $SIGNET route --offline someone@Picky.Example
is "a smarthost" "$status $out" '0 route:  rule 1: "picky.example", ".picky.example" via isp
        '"$T/conf:6"'
   1. isp: smtp.isp.example port 465, TLS: verify from the first byte, AUTH as me
signed: a._domainkey.example.org (/a.pem), for mail from example.org
        /a.pem: No such file; make it with: signet key new --domain example.org --selector a
        signetd does not start or reload with it; while it runs it signs with the key that it has
signed: b._domainkey.example.org (/b.pem), for mail from example.org
        /b.pem: No such file; make it with: signet key new --domain example.org --selector b
        signetd does not start or reload with it; while it runs it signs with the key that it has'
run $SIGNET route --offline --from x@deep.news.example.org y@a.picky.example
like "the most specific key signs" "$out" '^signed: n\._domainkey\.news\.example\.org'
run $SIGNET route --offline --from x@else.example y@a.picky.example
like "no key signs another domain" "$out" '^signed: by no key, for mail from else\.example'
run $SIGNET route --offline someone@other.example
is "a rule that needs the MX" "$status" 69
like "says so" "$out" 'depends on the MX of other\.example; ask without --offline'
run $SIGNET route --offline Someone+tag@home.example
is "a mailbox of this host" "$status $out" '0 route:  default via local
   1. local: the mailbox of the user someone: /var/mail/someone
so:     mail is delivered on this host, or goes back to its sender if there is no such user'
like "for programs" "$($SIGNET route --offline --json someone@home.example)" '"kind": "mailbox", "of": "someone"'
sed 's|^routes = (|&{ to = [ "held.example" ]; via = [ "hold" ]; },|' "$T/conf" > "$T/holds"
run $SIGNET -C "$T/holds" route --offline someone@held.example
like "a route that holds" "$status $out" '^68 route:  rule 1: "held.example" via hold'
like "says who ends that" "$out" 'so:     mail is held in the queue until the owner releases it: signet queue release'
sed 's|^hostname|local_command = "/bin/a -f $SENDER"; hostname|' "$T/conf" > "$T/agent"
run $SIGNET -C "$T/agent" route --offline someone
like "by a delivery agent" "$status $out" '^0 .*
   1\. local: for the user someone, by /bin/a -f \$SENDER'
sed 's/^hostname/local_delivery = "none"; hostname/' "$T/conf" > "$T/none"
run $SIGNET -C "$T/none" route --offline someone@home.example
is "a local domain whose mail nobody reads" "$status $out" '68 route:  none: mail for someone@home.example stays on this host, '\
'and local_delivery is "none"; set root = "you@example.org" in the configuration, then reload signetd
so:     mail is held in the queue until the configuration is changed'
like "for programs" "$($SIGNET -C "$T/none" route --offline --json someone@home.example)" '"route": "local", "outcome": "held"'
run $SIGNET route --offline someone@mail.example.org
like "this host's own name is the DNS's to judge" "$status $out" '^69 route:  depends on the MX of mail\.example\.org; ask without --offline'
sed 's/^hostname/root = "me@picky.example"; hostname/' "$T/conf" > "$T/rooted"
for to in bob bob@localhost.localdomain bob@mail bob@home.example; do
	run $SIGNET -C "$T/rooted" route --offline $to
	like "$to goes to root's reader" "$status $out" "^0 local:  such mail stays on this host; root's reader gets it: me@picky\.example"
	like "$to, by its route" "$out" '^route:  rule 1: '
done
run $SIGNET -C "$T/rooted" route --offline --from root@mail.example.org bob
like "a sender at hostname is one at domain" "$out" '^signed: a\._domainkey\.example\.org'
cat > "$T/aliases" <<'END'
bob: bobby@picky.example
al: al, |/bin/true,
	bob
loop: pool
pool: loop
default: bobby@a.picky.example
END
run $SIGNET route --offline Bob@localhost
like "an alias" "$status $out" "^0 alias:  bob \\($T/aliases:1\\) names bobby@picky\\.example
route:  rule 1: "
like "for programs" "$($SIGNET route --offline --json bob)" '"address": "bobby@picky\.example", "alias": "bob .*/aliases:1\)", .*"outcome": "unknown"'
run $SIGNET route --offline bob+tag
like "a tag is kept" "$out" 'names bobby\+tag@picky\.example'
run $SIGNET -C "$T/rooted" route --offline eve
like "a catch-all comes before root" "$out" 'default .*aliases:6. names bobby@a\.picky\.example'
run $SIGNET route --offline al
like "several" "$status $out" '^68 alias:  al is 3 recipients'
like "a name that stays" "$out" "alias:  al \\($T/aliases:2\\) names al
route:  default via local
   1. local: the mailbox of the user al: /var/mail/al"
like "and where nothing is delivered" "$($SIGNET -C "$T/none" route --offline al)" "route:  none: mail for al stays on this host by the alias \"al\" \\($T/aliases:2\\), and nobody reads it here; .*
so:     mail is held"
like "a program" "$out" "alias:  al \\($T/aliases:2\\) names /bin/true
route:  none: \"\\|/bin/true\" is a program, .*
so:     mail goes back to its sender at once"
like "and the last by another alias" "$out" 'bob .*aliases:1\) names bobby@picky'
is "an object a line for programs" "$($SIGNET route --offline --json al | grep -c '^{.*}$')" 3
run $SIGNET route --offline loop
like "a loop" "$status $out" '^68 .*
route:  none: the alias leads back to itself'
run $SIGNET config check "$T/conf"
like "config check names it" "$out" "$T/aliases:4: \"loop\": the alias leads back to itself and to nobody else"
sed 's/^hostname/redirect = "bob@localhost"; hostname/' "$T/conf" > "$T/redirected"
run $SIGNET -C "$T/redirected" route --offline someone@example.net
like "with redirect, who gets it instead" "$status $out" "^0 redirect is on: mail for someone@example\\.net goes to bob@localhost
alias:  bob \\($T/aliases:1\\) names bobby@picky"
like "for programs" "$($SIGNET -C "$T/redirected" route --offline --json a@x.example)" '^.*"address": "bobby@picky\.example"'
run $SIGNET -C "$T/redirected" route --offline loop
like "what comes back is not redirected" "$status $out" '^68 .*
route:  none: the alias leads back to itself'
rm "$T/aliases"
sed 's/^hostname/local_map = "domain"; hostname/' "$T/conf" > "$T/mapped"
run $SIGNET -C "$T/mapped" route --offline --json bob@mail
like "a name that is a mailbox at domain" "$out" '"address": "bob@example\.org", "alias": "", "domain": "example\.org"'
sed 's/^hostname/root = "me@localhost"; local_delivery = "none"; hostname/' "$T/conf" > "$T/rooted"
run $SIGNET -C "$T/rooted" route --offline bob
like "a root that is local itself" "$status $out" '^68 route:  none: .*root = "me@localhost", which is itself an address of this host'
sed 's/^hostname/from = "web@news.example.org"; hostname/' "$T/conf" > "$T/rooted"
run $SIGNET -C "$T/rooted" route --offline --from x@else.example y@a.picky.example
like "from is what is signed as" "$out" '^signed: n\._domainkey\.news\.example\.org'
sed -i '/mx:.big/d' "$T/conf"
run $SIGNET route --offline someone@other.example
is "two hops" "$status $(head -n 4 <<<"$out")" '0 route:  rule 2: "*" via mx, isp, the next when unreachable or blocked
        '"$T/conf:7"'
   1. mx: the MX of other.example, port 25, TLS: may
   2. isp: smtp.isp.example port 465, TLS: verify from the first byte, AUTH as me'
sed -i 's/"picky.example"/"bücher.example", "mx:.büro.example"/' "$T/conf"
run $SIGNET route --offline someone@BÜCHER.example
like "a domain in UTF-8 is its A-label" "$status $out" '^0 route:  rule 1: "xn--bcher-kva\.example"'
run $SIGNET route --offline someone@xn--bcher-kva.example
like "and the other way round" "$status $out" '^0 route:  rule 1: '
run $SIGNET route --offline 'someone@-ü.example'
is "a domain that has none: EX_DATAERR" "$status" 65
sed -i 's/"bücher.example", "mx:.büro.example"/"picky.example"/' "$T/conf"
run $SIGNET route --offline 'a b@c'
is "no address: EX_DATAERR" "$status" 65
run $SIGNET route --offline "$(printf 'a\r\nRCPT TO:<b@c>')"
is "a line end in it" "$status" 65
run $SIGNET route
is "none at all: EX_USAGE" "$status" 64

# ---- several, and line by line ----

run $SIGNET route --offline a@picky.example 'b c@d' b@picky.example
is "several: the first fault's status" "$status" 65
is "each is told of" "$(grep -cE '^[ab]@picky\.example$' <<<"$out") $(grep -c '^route:  rule 1' <<<"$out")" "2 2"
run $SIGNET route --offline --json a@picky.example b@picky.example
is "an object each" "$status $(wc -l <<<"$out")" "0 2"
run $SIGNET route --offline -- -x@picky.example
like "one that begins with a dash" "$status $out" '^0 route:  rule 1: '
out=$(printf '%s\n' 'a@picky.example' '' '# a comment' '3,0 b@picky.example' '/parse Some Body <c@picky.example>' '/try esmtp d@picky.example' \
	'/mx picky.example' 'no@address@' '/quit' 'e@picky.example' | $SIGNET route --offline - 2>"$T/err")
is "a dialogue" "$? $(grep -c '^route:  rule 1: ' <<<"$out")" "0 4"
unlike "without prompts, where it is none" "$out" '^>'
like "what is not understood is said" "$(cat "$T/err")" '^signet: type an address, /parse ADDRESS, or /quit$'
is "and so is what is no address" "$(wc -l < "$T/err")" 2
run $SIGNET route --offline -
is "its end" "$status" 0

# ---- senders, tables, and what a hop may be ----

cat > "$T/conf" <<END
hostname = "mail.example.org"; domain = "example.org"; mx_source = "192.0.2.1"; mx_families = [ "ipv4" ];
smarthosts = ( { name = "isp"; host = "isp.example"; pool = "srv"; sign = false; envelope_from = "me@isp.example"; },
               { name = "pool"; hosts = [ "a.example weight=3", "b.example:465" ]; source = "192.0.2.9"; } );
dkim = ( { domain = "example.org"; selector = "a"; file = "/a.pem"; domainkeys = { selector = "dk"; file = "/dk.pem"; }; } );
routes = (
  { from = [ "@shop.example", "<>" ]; via = [ "pool" ]; },
  { table = "$T/table"; },
  { to = [ "*" ]; via = [ "mx" ]; } );
END
printf '%s\n' '# customers' 'kunde.example isp, mx' > "$T/table"
run $SIGNET route --offline --from x@Shop.example someone@kunde.example
is "a sender's rule" "$status $out" '0 route:  rule 1: "*" from "@shop.example", "<>" via pool
        '"$T/conf:6"'
   1. pool: the pool a.example weight=3,b.example:465 port 587, TLS: verify, no AUTH
      sent from 192.0.2.9
signed: by no key, for mail from shop.example'
run $SIGNET route --offline --from '<>' someone@kunde.example
like "the null sender's" "$status $out" '^0 route:  rule 1: '
run $SIGNET route --offline --from me@example.org someone@Kunde.example.
is "a table's line, an odd hop, both kinds of key" "$status $out" '0 route:  rule 2: '"$T/table:2"' via isp, mx, the next when unreachable or blocked
        '"$T/conf:7"'
   1. isp: the SRV hosts of isp.example, TLS: verify, no AUTH
      without our signatures; MAIL FROM:<me@isp.example>
   2. mx: the MX of kunde.example, port 25, TLS: may
      sent from 192.0.2.1; families ipv4
signed: a._domainkey.example.org (/a.pem), for mail from example.org
        /a.pem: No such file; make it with: signet key new --domain example.org --selector a
        signetd does not start or reload with it; while it runs it signs with the key that it has
        and dk._domainkey.example.org (/dk.pem), DomainKeys
        /dk.pem: No such file; make it with: signet key new --domainkeys --domain example.org --selector dk
        signetd does not start or reload with it; while it runs it signs with the key that it has'
run $SIGNET route --offline someone@else.example
like "says that some rules are for senders" "$out" 'some rules are for certain senders: --from ADDRESS'
run $SIGNET route --offline --json --from me@example.org someone@kunde.example
is "one object" "$status $(python3 -c 'import json, sys; w = json.load(sys.stdin); print(w["route"], w["rule"]["number"],
	w["rule"]["line"], w["rule"]["table_line"], [h["hop"] for h in w["hops"]], w["hops"][0]["kind"], w["hops"][0]["sign"],
	w["hops"][0]["envelope_from"], w["hops"][1]["families"], w["keys"][0]["domainkeys_selector"])' <<<"$out")" \
	"0 found 2 7 2 ['isp', 'mx'] srv-pool False me@isp.example ['ipv4'] dk"
run $SIGNET config check
like "config check is content with the table" "$out" "conf: 2 faults$"
printf '%s\n' 'kunde.example ips' 'x' >> "$T/table"
run $SIGNET config check
like "config check reads tables, too" "$status $out" "$T/table:3: \"ips\": no smarthost of that name; the nearest is \"isp\"
$T/table:4: no hop after the pattern; write \"mx\" or the name of a smarthost there"
run $SIGNET route --offline someone@kunde.example
is "and without them nothing is said of a way" "$status" 78

echo 'domain = "example.org";' > "$T/conf"
run $SIGNET route --offline someone@other.example
is "no way: EX_NOHOST" "$status" 68
like "says what to set" "$out" 'held until routes, default_via, smarthost or hostname is set'
echo 'x = ;' > "$T/conf"
run $SIGNET route --offline someone@other.example
is "a broken configuration: EX_CONFIG" "$status" 78
tap_done
