# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# certificates.sh - certificates of the lab's CA, good and bad, and what openssl's versions want told in
# different ways; for sh and bash scripts to source. certificate() wants lab.sh.

# certificate_expired: the options of openssl x509 for a certificate that was good once. Before 3.4 it
# takes no dates; from then on no negative days.
certificate_expired() {
	if openssl x509 -help 2>&1 | grep -q -- -not_after; then
		echo '-not_before 20200101000000Z -not_after 20200131000000Z'
	else
		echo '-days -1'
	fi
}

# certificate HOST [NAME [good|expired [self]]]: $LAB/tls/HOST.pem and .key, for NAME.
# shellcheck disable=SC2086
certificate() {
	certificate_name=${2:-$1} certificate_at=$LAB/tls/$1 certificate_period='-days 60'
	[ "${3:-}" != expired ] || certificate_period=$(certificate_expired)
	lab_ca
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$certificate_name" -keyout "$certificate_at.key" \
		-out "$certificate_at.csr" 2>/dev/null
	echo "subjectAltName=DNS:$certificate_name" > "$certificate_at.names"
	if [ "${4:-}" = self ]; then
		openssl x509 -req -in "$certificate_at.csr" -signkey "$certificate_at.key" $certificate_period \
			-extfile "$certificate_at.names" -out "$certificate_at.pem" 2>/dev/null
	else
		openssl x509 -req -in "$certificate_at.csr" -CA "$LAB/tls/ca.pem" -CAkey "$LAB/tls/ca.key" -CAcreateserial \
			$certificate_period -extfile "$certificate_at.names" -out "$certificate_at.pem" 2>/dev/null
		cat "$LAB/tls/ca.pem" >> "$certificate_at.pem"
	fi
}

# The data of a TLSA record: key or whole certificate of a file, SHA-256.
key_hash() {
	openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1
}
certificate_hash() {
	openssl x509 -in "$1" -outform DER | openssl dgst -sha256 -r | cut -d' ' -f1
}

# certificates_by_name FOLDER: FOLDER/sni, Postfix's table of the hosts that have a certificate here.
certificates_by_name() {
	mkdir -p "$1"
	for certificate_at in "$LAB"/tls/*.example.pem; do
		echo "$(basename "$certificate_at" .pem) ${certificate_at%.pem}.key $certificate_at"
	done > "$1/sni"
	: > "$1/main.cf"
	postmap -c "$1" -F "hash:$1/sni"
}
