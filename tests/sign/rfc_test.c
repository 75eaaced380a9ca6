/* SPDX-License-Identifier: ISC */
/* The signed examples of RFC 6376 (appendix A.2) and RFC 8463 (appendix A.3), with the keys that stand there. */
#include "tests/sign/mail.h"
#include "tests/tap.h"

#include "base/base64.h"
#include "sign/body_hash.h"
#include "sign/canon.h"
#include "sign/key.h"

static const struct mail_record records[] = {
	{ "brisbane._domainkey.example.com",
	  "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ"
	  "DwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
	  "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7"
	  "od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfV"
	  "jH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYck"
	  "cQ2QIDAQAB" },
	{ "brisbane._domainkey.football.example.com",
	  "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=" },
	{ "test._domainkey.football.example.com",
	  "v=DKIM1; k=rsa; "
	  "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3id"
	  "Y6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/"
	  "e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2"
	  "kryOTIKT+l/K4w3QIDAQAB" },
};

static const struct mail_zone zone = { records, sizeof records / sizeof records[0] };

#define RECEIVED \
	"Received: from client1.football.example.com  [192.0.2.1]\r\n" \
	"      by submitserver.example.com with SUBMISSION;\r\n" \
	"      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
#define FROM "From: Joe SixPack <joe@football.example.com>\r\n"
#define TO "To: Suzie Q <suzie@shopping.example.net>\r\n"
#define SUBJECT "Subject: Is dinner ready?\r\n"
#define DATE "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
#define MESSAGE_ID "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
#define BODY "\r\nHi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"
#define BODY_8463 "\r\nHi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
#define HEADER FROM TO SUBJECT DATE MESSAGE_ID
#define BODY_HASH "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="

#define SIGNATURE_6376(version) \
	"DKIM-Signature: " version "a=rsa-sha256; s=brisbane; d=example.com;\r\n" \
	"      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n" \
	"      h=Received : From : To : Subject : Date : Message-ID;\r\n" \
	"      bh=" BODY_HASH ";\r\n" \
	"      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n" \
	"        4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n" \
	"        KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n" \
	"        4bmp/YzhwvcubU4=;\r\n"

#define SIGNED_6376 SIGNATURE_6376("v=1; ") RECEIVED

#define ED25519_WITHOUT_B \
	"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n" \
	" d=football.example.com; i=@football.example.com;\r\n" \
	" q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n" \
	" subject : date : message-id : from : subject : date;\r\n" \
	" bh=" BODY_HASH ";\r\n" \
	" b="

#define ED25519_B \
	"/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n" \
	" Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="

#define RSA_8463 \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n" \
	" d=football.example.com; i=@football.example.com;\r\n" \
	" q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n" \
	" date : message-id : from : subject : date;\r\n" \
	" bh=" BODY_HASH ";\r\n" \
	" b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n" \
	" DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n" \
	" dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"

#define SIGNATURES_8463 ED25519_WITHOUT_B ED25519_B "\r\n" RSA_8463

static const struct {
	const char *message, *want, *what, *today;   /* today NULL: the same by today's rules */
} rows[] = {
	{ SIGNED_6376 HEADER BODY, "pass", "RFC 6376 A.2", NULL },
	{ SIGNED_6376 HEADER "X: y\r\n" BODY "\r\n\r\n", "pass", "what is not covered may be added", NULL },
	{ SIGNED_6376 HEADER "\r\nHi.\r\n\r\nWe won the game. Are you hungry yet?\r\n\r\nJoe.\r\n", "fail", "its body altered", NULL },
	{ SIGNED_6376 FROM TO "Subject: Is lunch ready?\r\n" DATE MESSAGE_ID BODY, "fail", "its Subject altered", NULL },
	{ SIGNED_6376 FROM TO SUBJECT "Date:  Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n" MESSAGE_ID BODY, "fail",
	  "one more space is not simple", NULL },
	{ SIGNED_6376 FROM TO SUBJECT DATE BODY, "fail", "a field taken away", NULL },
	{ SIGNATURE_6376("") RECEIVED HEADER BODY, "fail", "without v=", "neutral" },
	{ SIGNATURE_6376("v=2; ") RECEIVED HEADER BODY, "fail", "of another version", "neutral" },
	{ SIGNATURES_8463 HEADER BODY_8463, "pass,pass", "RFC 8463 A.3, both signatures", NULL },
	{ SIGNATURES_8463 "from:Joe SixPack   <joe@football.example.com>\r\n" TO SUBJECT DATE MESSAGE_ID BODY, "pass,pass",
	  "relaxed: white space and case", NULL },
	{ SIGNATURES_8463 HEADER "Subject: another\r\n" BODY_8463, "fail,fail", "relaxed: an oversigned field added", NULL },
	{ SIGNATURES_8463 HEADER "\r\nHi.\r\n", "fail,fail", "relaxed: the body cut", NULL },
	{ RSA_8463 ED25519_WITHOUT_B "AAAA\r\n" HEADER BODY_8463, "pass,fail", "one of two", NULL },
	{ HEADER BODY, "none", "not signed", NULL },
};

static void examples(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct span message = span_of(rows[i].message);
		is_text(mail_results(message, 0, &zone, 1600000000, true), rows[i].want, "%s", rows[i].what);
		is_text(mail_results(message, 0, &zone, 1600000000, false), rows[i].today ? rows[i].today : rows[i].want,
		        "%s, by today's rules", rows[i].what);
	}
}

static void cut_anywhere(void)
{
	struct span message = SPAN(SIGNATURES_8463 HEADER BODY_8463);
	int wrong = 0;

	for (size_t cut = 0; cut <= message.len; cut += cut < message.len - 80 ? 7 : 1)
		wrong += strcmp(mail_results(message, cut, &zone, 1600000000, false), "pass,pass") != 0;
	is_int(wrong, 0, "and wherever the message is cut");
}

static void body_hash(void)
{
	struct body_hash *b = body_hash_new();
	struct buf text = { 0 };
	size_t simple = body_hash_want(b, CANON_SIMPLE, DIGEST_SHA256, BODY_WHOLE);

	body_hash_feed(b, SPAN("Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"));
	body_hash_end(b);
	base64_encode(digest_span(body_hash_digest(b, simple)), &text);
	is_text(buf_text(&text), BODY_HASH, "bh= of RFC 6376 A.2");
	buf_free(&text);
	body_hash_free(b);
}

/* RFC 8463: the seed of its appendix A.2, as PKCS#8. */
static struct sign_key *rfc_key(void)
{
	struct buf der = { 0 }, pem = { 0 };

	buf_add(&der, "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
	base64_decode(SPAN("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="), &der);
	buf_add_text(&pem, "-----BEGIN PRIVATE KEY-----\n");
	base64_encode(buf_span(&der), &pem);
	buf_add_text(&pem, "\n-----END PRIVATE KEY-----\n");
	struct sign_key *key = sign_key_from_pem(buf_span(&pem), SPAN(""), NULL);
	buf_free(&der);
	buf_free(&pem);
	return key;
}

/* Ed25519 is deterministic: our signature over the canonical header must be the one printed there. */
static void same_signature(void)
{
	static const char *const signed_fields[] = { FROM, TO, SUBJECT, DATE, MESSAGE_ID };
	struct sign_key *key = rfc_key();
	struct buf text = { 0 }, got = { 0 }, want = { 0 };
	struct digest digest;
	EVP_MD_CTX *hash = digest_begin(DIGEST_SHA256);

	ok(key != NULL, "the key of RFC 8463");
	sign_key_record(key, SIGN_DKIM, &text);
	is_text(buf_text(&text), records[1].text, "its record");
	buf_clear(&text);
	for (size_t i = 0; i < sizeof signed_fields / sizeof signed_fields[0]; i++) {
		canon_field(CANON_RELAXED, (struct span){ signed_fields[i], strlen(signed_fields[i]) - 2 }, &text);
		buf_add_text(&text, "\r\n");
	}
	canon_field(CANON_RELAXED, SPAN(ED25519_WITHOUT_B), &text);
	digest_feed(hash, buf_span(&text));
	digest_now(hash, &digest);
	is_int(sign_key_sign(key, DIGEST_SHA256, &digest, &got, NULL), 0, "signs");
	base64_decode(SPAN(ED25519_B), &want);
	ok(span_eq(buf_span(&got), buf_span(&want)), "the same signature, bit by bit");
	EVP_MD_CTX_free(hash);
	buf_free(&text);
	buf_free(&got);
	buf_free(&want);
	sign_key_free(key);
}

int main(void)
{
	tap_plan(34);
	examples();
	cut_anywhere();
	body_hash();
	same_signature();
	return tap_done();
}
