/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "sign/key_record.h"

/* RFC 6376 section 3.6.1, RFC 4870 section 3.2.3 */
static const struct {
	const char *text;
	enum key_record_state state;
	const char *shape;     /* when usable: type, hashes, flags */
	enum sign_scheme scheme;
} rows[] = {
	{ "v=DKIM1; k=rsa; p=AAAA", KEY_RECORD_USABLE, "rsa 256 1", SIGN_DKIM },
	{ "p=AAAA", KEY_RECORD_USABLE, "rsa 256 1", SIGN_DKIM },
	{ "v=DKIM1;p=AAAA;", KEY_RECORD_USABLE, "rsa 256 1", SIGN_DKIM },
	{ "v=DKIM1; k=ed25519; p=AAAA", KEY_RECORD_USABLE, "ed25519 256 1", SIGN_DKIM },
	{ "v=DKIM1; h=sha256; p=AAAA", KEY_RECORD_USABLE, "rsa 256", SIGN_DKIM },
	{ "v=DKIM1; h=sha1; p=AAAA", KEY_RECORD_USABLE, "rsa 1", SIGN_DKIM },
	{ "v=DKIM1; h=sha1 : sha256 : sha999; p=AAAA", KEY_RECORD_USABLE, "rsa 256 1", SIGN_DKIM },
	{ "v=DKIM1; h=sha0; p=AAAA", KEY_RECORD_USABLE, "rsa", SIGN_DKIM },
	{ "v=DKIM1; t=s; p=AAAA", KEY_RECORD_USABLE, "rsa 256 1 strict", SIGN_DKIM },
	{ "v=DKIM1; t=y:s; p=AAAA", KEY_RECORD_USABLE, "rsa 256 1 strict testing", SIGN_DKIM },
	{ "v=DKIM1; t=unknown; p=AAAA", KEY_RECORD_USABLE, "rsa 256 1", SIGN_DKIM },
	{ "v=DKIM1; s=email; p=AAAA", KEY_RECORD_USABLE, "rsa 256 1", SIGN_DKIM },
	{ "v=DKIM1; s=*; p=AAAA", KEY_RECORD_USABLE, "rsa 256 1", SIGN_DKIM },
	{ "v=DKIM1; s=other:email; n=a note; g=*; x_unknown=1; p=AAAA", KEY_RECORD_USABLE, "rsa 256 1", SIGN_DKIM },
	{ "v=DKIM1; s=tlsrpt; p=AAAA", KEY_RECORD_UNFIT, NULL, SIGN_DKIM },
	{ "v=DKIM1; k=xxx; p=AAAA", KEY_RECORD_UNFIT, NULL, SIGN_DKIM },
	{ "v=DKIM1; p=", KEY_RECORD_REVOKED, NULL, SIGN_DKIM },
	{ "v=DKIM1; k=rsa; p= ;", KEY_RECORD_REVOKED, NULL, SIGN_DKIM },
	{ "v=DKIM1; k=rsa", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "v=DKIM0; p=AAAA", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "v=DKIM1 x; p=AAAA", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "v=dkim1; p=AAAA", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "p=AAAA; v=DKIM1", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "v=DKIM1; p=AAAA; p=BBBB", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "v=spf1 -all", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "any text", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "", KEY_RECORD_MALFORMED, NULL, SIGN_DKIM },
	{ "k=rsa; p=AAAA", KEY_RECORD_USABLE, "rsa 1", SIGN_DOMAINKEYS },
	{ "g=; k=rsa; p=AAAA; n=a note", KEY_RECORD_USABLE, "rsa 1", SIGN_DOMAINKEYS },
	{ "g=joe; t=y; p=AAAA", KEY_RECORD_USABLE, "rsa 1 testing for joe", SIGN_DOMAINKEYS },
	{ "v=DKIM1; h=sha256; s=tlsrpt; p=AAAA", KEY_RECORD_USABLE, "rsa 1", SIGN_DOMAINKEYS },
	{ "k=dsa; p=AAAA", KEY_RECORD_UNFIT, NULL, SIGN_DOMAINKEYS },
	{ "k=rsa; p=", KEY_RECORD_REVOKED, NULL, SIGN_DOMAINKEYS },
	{ "o=~; r=postmaster@example.org", KEY_RECORD_MALFORMED, NULL, SIGN_DOMAINKEYS },
};

int main(void)
{
	tap_plan(86);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct key_record r;
		const char *why = NULL;
		char shape[60];
		enum key_record_state state = key_record_parse(rows[i].scheme, span_of(rows[i].text), &r, &why);
		is_int(state, rows[i].state, "\"%s\"", rows[i].text);
		if (state != KEY_RECORD_USABLE) {
			ok(why != NULL, "says why: %s", why ? why : "");
			continue;
		}
		snprintf(shape, sizeof shape, "%s%s%s%s%s%s%.*s", r.type == KEY_RSA ? "rsa" : "ed25519",
		         r.hashes[DIGEST_SHA256] ? " 256" : "", r.hashes[DIGEST_SHA1] ? " 1" : "", r.strict ? " strict" : "",
		         r.testing ? " testing" : "", r.local_part.len ? " for " : "", (int)r.local_part.len, r.local_part.at);
		is_text(shape, rows[i].shape, "what it says");
		is_span(r.p, SPAN("AAAA"), "its key");
	}
	return tap_done();
}
