#include "tests/tap.h"

#include "sign/record.h"

/* RFC 6376 section 3.6.1 */
static const struct {
	const char *text;
	enum record_state state;
	const char *shape;     /* when usable: type, hashes, flags */
} rows[] = {
	{ "v=DKIM1; k=rsa; p=AAAA", RECORD_USABLE, "rsa 256 1" },
	{ "p=AAAA", RECORD_USABLE, "rsa 256 1" },
	{ "v=DKIM1;p=AAAA;", RECORD_USABLE, "rsa 256 1" },
	{ "v=DKIM1; k=ed25519; p=AAAA", RECORD_USABLE, "ed25519 256 1" },
	{ "v=DKIM1; h=sha256; p=AAAA", RECORD_USABLE, "rsa 256" },
	{ "v=DKIM1; h=sha1; p=AAAA", RECORD_USABLE, "rsa 1" },
	{ "v=DKIM1; h=sha1 : sha256 : sha999; p=AAAA", RECORD_USABLE, "rsa 256 1" },
	{ "v=DKIM1; h=sha0; p=AAAA", RECORD_USABLE, "rsa" },
	{ "v=DKIM1; t=s; p=AAAA", RECORD_USABLE, "rsa 256 1 strict" },
	{ "v=DKIM1; t=y:s; p=AAAA", RECORD_USABLE, "rsa 256 1 strict testing" },
	{ "v=DKIM1; t=unknown; p=AAAA", RECORD_USABLE, "rsa 256 1" },
	{ "v=DKIM1; s=email; p=AAAA", RECORD_USABLE, "rsa 256 1" },
	{ "v=DKIM1; s=*; p=AAAA", RECORD_USABLE, "rsa 256 1" },
	{ "v=DKIM1; s=other:email; n=a note; g=*; x_unknown=1; p=AAAA", RECORD_USABLE, "rsa 256 1" },
	{ "v=DKIM1; s=tlsrpt; p=AAAA", RECORD_UNFIT, NULL },
	{ "v=DKIM1; k=xxx; p=AAAA", RECORD_UNFIT, NULL },
	{ "v=DKIM1; p=", RECORD_REVOKED, NULL },
	{ "v=DKIM1; k=rsa; p= ;", RECORD_REVOKED, NULL },
	{ "v=DKIM1; k=rsa", RECORD_MALFORMED, NULL },
	{ "v=DKIM0; p=AAAA", RECORD_MALFORMED, NULL },
	{ "v=DKIM1 x; p=AAAA", RECORD_MALFORMED, NULL },
	{ "v=dkim1; p=AAAA", RECORD_MALFORMED, NULL },
	{ "p=AAAA; v=DKIM1", RECORD_MALFORMED, NULL },
	{ "v=DKIM1; p=AAAA; p=BBBB", RECORD_MALFORMED, NULL },
	{ "v=spf1 -all", RECORD_MALFORMED, NULL },
	{ "any text", RECORD_MALFORMED, NULL },
	{ "", RECORD_MALFORMED, NULL },
};

int main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct key_record r;
		const char *why = NULL;
		char shape[60];
		enum record_state state = key_record_parse(span_of(rows[i].text), &r, &why);
		is_int(state, rows[i].state, "\"%s\"", rows[i].text);
		if (state != RECORD_USABLE) {
			ok(why != NULL, "says why: %s", why ? why : "");
			continue;
		}
		snprintf(shape, sizeof shape, "%s%s%s%s%s", r.type == KEY_RSA ? "rsa" : "ed25519",
		         r.hashes[DIGEST_SHA256] ? " 256" : "", r.hashes[DIGEST_SHA1] ? " 1" : "", r.strict ? " strict" : "",
		         r.testing ? " testing" : "");
		is_text(shape, rows[i].shape, "what it says");
		is_span(r.p, SPAN("AAAA"), "its key");
	}
	return tap_done();
}
