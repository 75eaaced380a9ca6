/* SPDX-License-Identifier: ISC */
/* Key records as DNS forms, shells, word processors and people leave them: the reason names what happened. */
#include "tests/tap.h"

#include "base/base64.h"
#include "sign/sign.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdlib.h>

/* RFC 6376 appendix C's, in two parts. */
#define P1 "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcT"
#define P2 "Nh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
#define P P1 P2
#define ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="   /* RFC 8463 appendix A.2 */
#define SECRET "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"   /* and A.1 */
#define K "v=DKIM1; k=rsa; p="

static const struct {
	const char *record, *want;   /* want: a part of the reason; "another key": it is sound */
} rows[] = {
	{ K P, "another key" },
	{ "v=DKIM1; k=ed25519; p=" ED, "another key" },
	{ K P1 " \t" P2, "another key" },
	/* quotes */
	{ "\"" K P "\"", "quotes inside" },
	{ "\"v=DKIM1; k=rsa; \" \"p=" P "\"", "quotes inside" },
	{ "v=DKIM1; k=rsa; p=\"" P "\"", "quotes inside" },
	{ K P1 "\" \"" P2, "quotes inside" },
	{ K P "\"", "quotes inside" },
	{ "'" K P "'", "quotes inside" },
	{ "\xe2\x80\x9c" K P "\xe2\x80\x9d", "typographic quotes" },
	{ K "\xe2\x80\x98" P "\xe2\x80\x99", "typographic quotes" },
	{ "\xc2\xab" K P "\xc2\xbb", "typographic quotes" },
	/* backslashes */
	{ "v=DKIM1\\; k=rsa\\; p=" P, "a backslash" },
	{ "v=DKIM1; k=rsa\\; p=" P, "a backslash" },
	{ K P1 "\\010" P2, "a backslash" },
	{ K P1 "\\n" P2, "a line break" },
	{ "\\\"v=DKIM1; k=rsa; p=" P "\\\"", "quotes with a backslash" },
	/* other markup */
	{ "v=DKIM1; k=rsa; p=" P1 "Nh5ijSsq631uBItLa7od&#43;v/RtdC2", "an HTML entity" },
	{ "v=DKIM1&#59; k=rsa&#59; p=" P, "an HTML entity" },
	{ "v&#61;DKIM1; k=rsa; p=" P, "an HTML entity" },
	{ "&quot;" K P "&quot;", "an HTML entity" },
	{ K P1 "&plus;" P2, "an HTML entity" },
	{ K P1 "%2B" P2, "percent-encoded" },
	{ "v%3DDKIM1%3B%20k%3Drsa%3B%20p%3D" P, "percent-encoded" },
	/* characters that look like others, or like nothing */
	{ "\xe2\x80\x8b" K P, "an invisible character" },
	{ K P1 "\xe2\x80\x8b" P2, "an invisible character" },
	{ "\xef\xbb\xbf" K P, "an invisible character" },
	{ "v=DKIM1\xc2\xad; k=rsa; p=" P, "an invisible character" },
	{ "v=DKIM1;\xc2\xa0k=rsa;\xc2\xa0p=" P, "a no-break space" },
	{ K P1 "\xe2\x80\xaf" P2, "a no-break space" },
	{ K P1 "\xe2\x80\x93" P2, "a typographic dash" },
	{ K P1 "\xe2\x88\x92" P2, "a typographic dash" },
	{ "v=DKIM1\xef\xbc\x9b k=rsa; p=" P, "not ASCII" },
	{ K P1 "\xff" P2, "not ASCII" },
	/* tags */
	{ "v=DKIM1 k=rsa p=" P, "a semicolon is missing" },
	{ "v=DKIM1; k=rsa p=" P, "a semicolon is missing" },
	{ "v=DKIM1, k=rsa, p=" P, "a semicolon is missing" },
	{ "v=DKIM1 k=rsa; p=" P, "a semicolon is missing" },
	{ "v=DKIM1; t=s\r\n p=" P, "a semicolon is missing" },
	{ "k=rsa; v=DKIM1; p=" P, "v= must come first" },
	{ "p=" P "; v=DKIM1", "v= must come first" },
	{ "v=dkim1; k=rsa; p=" P, "v= is not DKIM1, in capitals" },
	{ "V=DKIM1; K=rsa; P=" P, "its tags are in capitals" },
	{ "v=DKIM1; k=rsa; P=" P, "its tags are in capitals" },
	{ "DKIM1; k=rsa; p=" P, "v= is missing before" },
	{ "v=DKIM1; k=rsa", "has no p=" },
	{ "v=DKIM1; k=rsa;", "has no p=" },
	{ "v=DKIM1", "first semicolon is lost" },
	{ "v=DKIM1;", "first semicolon is lost" },
	{ "v=DKIM2; k=rsa; p=" P, "v= is not DKIM1" },
	{ K P K P, "contains the record twice" },
	{ P, "only a key" },
	{ P2, "only a key" },
	{ "v=DKIM1; k=dsa; p=" P, "k= is not a known type" },
	{ "", "empty" },
	{ " ", "empty" },
	{ "hello", "some other text" },
	/* what is no value at all */
	{ "sel._domainkey IN TXT " K P, "a whole line of a zone file" },
	{ "sel._domainkey.example.org. 3600 IN TXT ( \"" K P "\" )", "a whole line of a zone file" },
	{ "TXT \"" K P "\"", "a whole line of a zone file" },
	{ "v=spf1 -all", "an SPF record" },
	{ "v=spf1 exp=mi.example.org -all", "an SPF record" },
	{ "v=DMARC1; p=none", "a DMARC record" },
	{ "v=STSv1; id=1", "MTA-STS" },
	{ "v=TLSRPTv1; rua=mailto:a@example.org", "TLS reporting" },
	/* keys */
	{ K "-----BEGIN PUBLIC KEY----- " P " -----END PUBLIC KEY-----", "the BEGIN line of a PEM file" },
	{ K "-----BEGIN PRIVATE KEY----- MIIEvQ -----END PRIVATE KEY-----", "the private key" },
	{ "-----BEGIN RSA PRIVATE KEY----- MIIEvQ", "the private key" },
	{ K P1, "is cut off" },
	{ K P1 "Nh5ij", "is cut off" },
	{ K P1 "Nh5ijS", "is cut off" },
	{ K P1 "Nh5ijSs", "is cut off" },
	{ K "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcT"
	  "Nh5ijSsq631uBItLa7od v/RtdC2UzJ1lWT947qR Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB",
	  "blanks in p=" },
	{ K "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP_UC3SBsEmGqZ9ZJW3_DkMoGeLnQg1fWn7_zYtIxN2SnFCjxOCKG9v3b4jYfcT"
	  "Nh5ijSsq631uBItLa7od-v_RtdC2UzJ1lWT947qR-Rcac2gbto_NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB",
	  "the URL form of base64" },
	{ K "MIGFMA0GCSQGSIB3DQEBAQUAA4GNADCBIQKBGQDWIRP/UC3SBSEMGQZ9ZJW3/DKMOGELNQG1FWN7/ZYTIXN2SNFCJXOCKG9V3B4JYFCT", "all capitals" },
	{ K "migfma0gcsqgsib3dqebaquaa4gnadcbiqkbgqdwirp/uc3sbsemgqz9zjw3/dkmogelnqg1fwn7/zytixn2snfcjxockg9v3b4jyfct", "all capitals or all small" },
	{ K ED, "k=ed25519 is missing" },
	{ "v=DKIM1; p=" ED, "k=ed25519 is missing" },
	{ "v=DKIM1; k=ed25519; p=" P, "another type than k=ed25519" },
	{ "v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "in ASN.1" },
	{ K "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "an ed25519 key in ASN.1" },
	{ K "AAAAB3NzaC1yc2EAAAADAQABAAABAQC7", "OpenSSH" },
	{ K "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsuxLYdKmfTjFOcqaSpSBTOtf3h5uGXnIqpTdPjYJCdI7rVTDGoGb3pRZZDCOA6qMxNjqZ2rMfHpT0AjDmXlbbw==",
	  "an elliptic curve" },
	{ K "MIIBIjCCAQmgAwIBAgIUAAAA", "is cut off" },
	{ K "MIIBLDCB36ADAgECAhR4/8T5gWb2f5ixK4amYm+XVpnikDAFBgMrZXAwDDEKMAgGA1UEAwwBeDAeFw0yNjExMjkxOTA0MjlaFw0yNjEyMjkxOT"
	  "A0MjlaMAwxCjAIBgNVBAMMAXgwKjAFBgMrZXADIQChr3fnnRf/9Hv6eDQvOimVCbX5EzmvSjPRPJaNDDD2g6NTMFEwHQYDVR0OBBYEFJ1GKcu/"
	  "sCJb+zhxrgXTurhZWwnqMB8GA1UdIwQYMBaAFJ1GKcu/sCJb+zhxrgXTurhZWwnqMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EANP/4RaICZJ"
	  "Y2tuw80L9J+mcqHezx9wqgqoKLWHmhFMe47HTmFDx34Qjk3/AR0hEz+mx96RvWz0RBXBitI7SjAA==", "a certificate" },
	{ K "AAAA", "p= is not a key" },
	{ K P2, "the beginning of the key is missing" },
	{ K P1 "!" P2, "a character that base64 does not have" },
	{ "v=DKIM1; k=ed25519; p=AAAA", "is cut off" },
	{ "v=DKIM1; k=ed25519; p=" "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURoAAAAA", "goes on after the end" },
	{ K "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB", "OpenSSH" },
	{ K "p=" P, "twice" },
	{ K P "; p=" P, "twice" },
	{ "v=DKIM1; p=" P " k=rsa", "a semicolon is missing" },
	{ "v=DKIM1; k=rsa; " P, "p= is missing before" },
	{ "v:DKIM1; k:rsa; p:" P, "colons" },
	{ "( " K P " )", "a whole line of a zone file" },
	{ K P1 "<br>" P2, "HTML" },
	{ K P1 "...", "dots in the record" },
	{ K P1 "\xe2\x80\xa6", "dots in the record" },
	{ K "MII[..]QAB", "dots in the record" },
	/* what DNS forms, zone files and mails add, drop and swap */
	{ K P ".", "a dot or a domain name" },
	{ K P ".example.org.", "a dot or a domain name" },
	{ "v=DKIM1; k=ed25519; p=" ED ".example.org", "a dot or a domain name" },
	{ K P " ; ----- DKIM key sel for example.org", "the comment of a zone file" },
	{ K P "\" )  ; ----- DKIM key sel for example.org", "the comment of a zone file" },
	{ "v=3DDKIM1; k=3Drsa; p=3D" P, "quoted-printable" },
	{ "k=3Drsa; p=3D" P1 "= " P2, "quoted-printable" },
	{ "sel.example.org.dkim.provider.example.", "a host name" },
	{ "sel._domainkey.provider.example", "a host name" },
	{ "v=DKIM1;; k=rsa; p=" P, "a semicolon too many" },
	{ ";" K P, "a semicolon too many" },
	{ K P "; ;", "a semicolon too many" },
	{ "v=DKIM1; k=rsa; k=rsa; p=" P, "a tag twice" },
	{ "v=DKIM1; t=s; p=" P "; t=s", "a tag twice" },
	{ K P1 ";" P2, "a semicolon within the key" },
	{ K P2 P1, "in the wrong order" },
	{ K "CgKCAQEAvJdCmNhUDQezP4OdULnhYQMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB", "in the wrong order" },
	{ K P P2, "goes on after the end" },
	{ K P1 P, "goes on after the end" },
	{ K "30819f300d06092a864886f70d010101050003818d0030818902818100f02113ff", "hexadecimal" },
	{ K "30:81:9F:30:0D:06:09:2A:86:48:86:F7:0D:01:01:01:05:00:03:81:8D:00 30:81:89:02:81:81:00:F0:21:13:FF", "hexadecimal" },
	{ "v=DKIM1; k=ed25519; p=d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hexadecimal" },
	/* what stands before the record, and behind it */
	{ "Value: " K P, "something stands before v=DKIM1" },
	{ "DKIM: " K P, "something stands before v=DKIM1" },
	{ "**" K P "**", "something stands before v=DKIM1" },
	{ "_v=DKIM1; k=rsa; _p=" P, "something stands before v=DKIM1" },
	{ K P "; my key", "text behind the key" },
	{ K P " )", "a parenthesis" },
	{ "v=spf1 mx -all " K P, "another record in the value" },
	{ K P " v=DMARC1; p=none", "another record in the value" },
	{ "v=DMARC1; k=rsa; p=" P, "v= must be DKIM1" },
	{ "v=DKIM1; rsa; p=" P, "no name and no equals sign" },
	{ "v=DKIM1; k=rsa; p:" P, "colons" },
	/* other texts */
	{ "v=1; a=rsa-sha256; d=example.org; s=sel; h=from; bh=AAAA; b=AAAA", "the signature of a message" },
	{ "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; b=AAAA", "the signature of a message" },
	{ "o=~; r=postmaster@example.org", "a policy of DomainKeys" },
	{ "t=y; o=-", "a policy of DomainKeys" },
	{ "example-site-verification=abc-def_123", "some other text" },
	{ "id=ms12345678", "some other text" },
	{ "https://example.org/dkim.txt", "some other text" },
	{ K "<your public key>", "a placeholder" },
	{ K "YOUR_PUBLIC_KEY", "a placeholder" },
	{ K "$(cat key.pub)", "a placeholder" },
	{ "{{ dkim_record }}", "a placeholder" },
	/* tags of another meaning */
	{ "v=DKIM1; s=sel; p=" P, "not the selector" },
	{ "v=DKIM1; k=rsa-sha256; p=" P, "it is rsa or ed25519" },
	/* keys that lack something, and keys that were encoded once more */
	{ K "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/" "9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB", "a part within the key" },
	{ K "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7odv/RtdC2UzJ1lWT947qRRcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB", "has lost its plus signs" },
	{ K P1 "=" P2, "an equals sign within the key" },
	{ K "=" P, "an equals sign within the key" },
	{ K "LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUlHZk1BMEdDU3FHU0liM0RRRUJBUVVBQTRHTkFEQ0JpUUtCZ1FEd0lSUC9VQzNT"
	  "QnNFbUdxWjlaSlczL0RrTW9HZUxuUWcxZlduNy96WXRJeE4yU25GQ2p4T0NLRzl2M2I0allmY1ROaDVpalNzcTYzMXVCSXRMYTdv"
	  "ZCt2L1J0ZEMyVXpKMWxXVDk0N3FSK1JjYWMyZ2J0by9OTXFKMGZ6ZlZqSDRPdUtoaXRkWTl0ZjZtY3dHamFOQmNXVG9JTW1QU1BE"
	  "ZFFQTlVZY2tjUTJRSURBUUFCCi0tLS0tRU5EIFBVQkxJQyBLRVktLS0tLQo=", "a whole PEM file" },
	{ K "TUlHZk1BMEdDU3FHU0liM0RRRUJBUVVBQTRHTkFEQ0JpUUtCZ1FEd0lSUC9VQzNTQnNFbUdxWjlaSlczL0RrTW9HZUxuUWcxZldu"
	  "Ny96WXRJeE4yU25GQ2p4T0NLRzl2M2I0allmY1ROaDVpalNzcTYzMXVCSXRMYTdvZCt2L1J0ZEMyVXpKMWxXVDk0N3FSK1JjYWMy"
	  "Z2J0by9OTXFKMGZ6ZlZqSDRPdUtoaXRkWTl0ZjZtY3dHamFOQmNXVG9JTW1QU1BEZFFQTlVZY2tjUTJRSURBUUFC", "in base64 twice" },
	{ K "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1DNENBUUF3QlFZREsyVndCQ0lFSUoxaHNaM3YvVnBndW9SSzlKTHNMTVJFU2NW"
	  "cGV6SnBHWEE3ckFNY3JuOWcKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo=", "compromised" },
	{ "v=DKIM1; k=ed25519; p=TUM0Q0FRQXdCUVlESzJWd0JDSUVJSjFoc1ozdi9WcGd1b1JLOUpMc0xNUkVTY1ZwZXpKcEdYQTdyQU1jcm45Zw==", "compromised" },
	/* of a private key nothing else counts */
	{ "\"v=DKIM1; k=ed25519; p=" SECRET "\"", "compromised" },
	{ "v=DKIM1\\; k=ed25519\\; p=" SECRET, "compromised" },
	{ "sel._domainkey IN TXT v=DKIM1; p=" SECRET, "compromised" },
	{ SECRET, "compromised" },
	{ "v=DKIM1; k=ed25519; p=MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v", "compromised" },
	{ K "MIICXAIBAAKBgQDwIRP/UC3SBsEmGqZ9ZJW3", "compromised" },
	{ K "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC8l0KY2FQNB7M", "compromised" },
	{ "-----BEGINPRIVATEKEY-----MIIEvQ", "compromised" },
	{ K "...", "dots in the record" },
	{ K "MAA=", "p= is not a key" },
};

/* A private key in p=, as it stands between the lines of its PEM file. */
static void burnt(enum key_type type)
{
	struct sign_key *k = sign_key_generate(type, 1024, NULL);
	struct buf pem = { 0 }, record = { 0 };
	const char *why = NULL;

	sign_key_to_pem(k, &pem);
	buf_add_text(&record, type == KEY_RSA ? K : "v=DKIM1; k=ed25519; p=");
	for (struct span rest = buf_span(&pem); rest.at;) {
		struct span line = span_cut(&rest, '\n');
		if (line.len > 0 && line.at[0] != '-')
			buf_add_span(&record, line);
	}
	is_int(sign_key_compare(k, SIGN_DKIM, buf_span(&record), &why), PUBLISHED_BURNT, "a private key is no record");
	ok(strstr(why, "the private key") && strstr(why, "make another key"), "and burnt: %s", why);
	buf_free(&pem);
	buf_free(&record);
	sign_key_free(k);
}

/* The other half where the public one belongs: bytes alone do not tell, but whose it is does. */
static void seed_in_place_of_key(void)
{
	struct sign_key *k = sign_key_generate(KEY_ED25519, 0, NULL);
	struct buf pem = { 0 }, record = { 0 };
	unsigned char seed[32];
	size_t len = sizeof seed;
	const char *why = NULL;

	sign_key_to_pem(k, &pem);
	BIO *in = BIO_new_mem_buf(pem.at, (int)pem.len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	EVP_PKEY_get_raw_private_key(key, seed, &len);
	buf_add_text(&record, "v=DKIM1; k=ed25519; p=");
	base64_encode((struct span){ (char *)seed, len }, &record);
	is_int(sign_key_compare(k, SIGN_DKIM, buf_span(&record), &why), PUBLISHED_BURNT, "the seed of our own key in p=");
	ok(why && strstr(why, "compromised"), "is called burnt: %s", why);
	EVP_PKEY_free(key);
	BIO_free(in);
	buf_free(&pem);
	buf_free(&record);
	sign_key_free(k);
}

int main(void)
{
	struct sign_key *mine = sign_key_generate(KEY_ED25519, 0, NULL);

	tap_plan(171);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *why = "";
		sign_key_compare(mine, SIGN_DKIM, span_of(rows[i].record), &why);
		ok(strstr(why, rows[i].want) != NULL, "\"%.40s\": %s; wanted: %s", rows[i].record, why, rows[i].want);
	}
	burnt(KEY_RSA);
	burnt(KEY_ED25519);
	seed_in_place_of_key();
	sign_key_free(mine);
	return tap_done();
}
