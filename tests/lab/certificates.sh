# shellcheck shell=sh
# certificates.sh - what openssl's versions want told in different ways; for sh and bash scripts to source.

# certificate_expired: the options of openssl x509 for a certificate that was good once. Before 3.4 it
# takes no dates; from then on no negative days.
certificate_expired() {
	if openssl x509 -help 2>&1 | grep -q -- -not_after; then
		echo '-not_before 20200101000000Z -not_after 20200131000000Z'
	else
		echo '-days -1'
	fi
}
