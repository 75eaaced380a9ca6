#!/bin/bash
# signet route, without the network.
cd "$(dirname "$0")/../.." || exit 1
. tests/lab/tap.sh
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
run $SIGNET route --offline someone@Picky.Example
is "a smarthost" "$status $out" '0 route:  rule 1: "picky.example", ".picky.example" via isp
   1. isp: smtp.isp.example port 465, TLS: verify from the first byte, AUTH as me
signed: a._domainkey.example.org (/a.pem), for mail from example.org
signed: b._domainkey.example.org (/b.pem), for mail from example.org'
run $SIGNET route --offline --from x@deep.news.example.org y@a.picky.example
like "the most specific key signs" "$out" '^signed: n\._domainkey\.news\.example\.org'
run $SIGNET route --offline --from x@else.example y@a.picky.example
like "no key signs another domain" "$out" '^signed: by no key, for mail from else\.example'
run $SIGNET route --offline someone@other.example
is "a rule that needs the MX" "$status" 69
like "says so" "$out" 'depends on the MX of other\.example; ask without --offline'
run $SIGNET route --offline someone@home.example
is "a local domain" "$status $out" '0 route:  home.example is local: such mail stays on this host'
sed -i '/mx:.big/d' "$T/conf"
run $SIGNET route --offline someone@other.example
is "two hops" "$status $(head -n 3 <<<"$out")" '0 route:  rule 2: "*" via mx, isp, the next when unreachable
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
echo 'domain = "example.org";' > "$T/conf"
run $SIGNET route --offline someone@other.example
is "no way: EX_NOHOST" "$status" 68
like "says what to set" "$out" 'held until routes, default_via, smarthost or hostname is set'
echo 'x = ;' > "$T/conf"
run $SIGNET route --offline someone@other.example
is "a broken configuration: EX_CONFIG" "$status" 78
tap_done
