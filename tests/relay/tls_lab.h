/* SPDX-License-Identifier: ISC */
/*
 * tls_lab - certificates for tests/relay/session_lab.h's server, and the TLSA
 * records that fit them. Included by the tests that use it.
 */
#ifndef TESTS_RELAY_TLS_LAB_H
#define TESTS_RELAY_TLS_LAB_H

#include "tests/relay/session_lab.h"

/* Certificates of hostile.test and others, and what TLSA records for them hold. */
static inline void lab_make_certificates(void)
{
	static const char script[] =
		". tests/lab/certificates.sh && cd \"$1\" && exec 2>openssl.log && key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
		"openssl req -x509 $key -keyout ca.key -out ca.crt -subj /CN=ca -days 30 || exit 1\n"
		"sign() { openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1 &&\n"
		"  printf 'subjectAltName=%s\\n' \"$2\" >$1.ext &&\n"
		"  openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $1.crt -extfile $1.ext $3 &&\n"
		"  cat ca.crt >>$1.crt; }\n"
		"sign good DNS:hostile.test '-days 30' && sign wrong DNS:other.test '-days 30' &&\n"
		"sign expired DNS:hostile.test \"$(certificate_expired)\" && sign base DNS:base.test '-days 30' &&\n"
		"openssl req -x509 $key -keyout self.key -out self.crt -subj /CN=self -days 30 -addext subjectAltName=DNS:self.test &&\n"
		"for c in good wrong expired self ca base; do\n"
		"  openssl x509 -in $c.crt -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary >$c.key.256 &&\n"
		"  openssl x509 -in $c.crt -outform DER | openssl dgst -sha512 -binary >$c.cert.512 &&\n"
		"  openssl x509 -in $c.crt -outform DER >$c.cert.0 || exit 1\n"
		"done\n";
	struct buf command = { 0 };

	lab_write("certificates.sh", span_of(script));
	buf_printf(&command, "sh %s/certificates.sh %s", lab_dir, lab_dir);
	if (system(buf_text(&command)) != 0)
		lab_bail("openssl makes no certificates");
	buf_free(&command);
}

static inline void lab_read_data(const char *name, struct tlsa *out)
{
	struct buf path = { 0 }, data = { 0 };

	lab_path(&path, name);
	int fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC);
	if (fd < 0 || io_read_file(fd, &data, TLSA_DATA_MAX) < 0)
		lab_bail(name);
	close(fd);
	out->len = data.len;
	out->data = (unsigned char *)buf_take(&data);
	buf_free(&path);
}

/* "3 1 1 good" or "2 0 2 ca; 3 0 0 good": usage, selector, matching type, whose. */
static inline void lab_make_tlsa(const char *text, struct target *out)
{
	struct span rest = span_of(text);

	while (rest.at) {
		char whose[32], name[64];
		unsigned usage, selector, matching;
		struct span record = span_trim(span_cut(&rest, ';'));
		char *z = mem_text_span(record);
		if (sscanf(z, "%u %u %u %31s", &usage, &selector, &matching, whose) != 4)
			lab_bail(text);
		snprintf(name, sizeof name, "%s.%s.%s", whose, selector ? "key" : "cert", (const char *[]){ "0", "256", "512" }[matching]);
		out->tlsa = mem_resize(out->tlsa, out->tlsa_count + 1, sizeof *out->tlsa);
		struct tlsa *t = &out->tlsa[out->tlsa_count++];
		*t = (struct tlsa){ .usage = (uint8_t)usage, .selector = (uint8_t)selector, .matching = (uint8_t)matching };
		lab_read_data(name, t);
		free(z);
	}
	out->dane = DANE_USABLE;
}

#endif
