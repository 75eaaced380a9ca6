/* SPDX-License-Identifier: ISC */
/* The real role against an authorization server that lies, on loopback (tests/lab/oauth_server.py). */
#include "tests/relay/https_lab.h"
#include "tests/tap.h"

static const char certificates[] =
	"key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'\n"
	"openssl req -x509 $key -keyout ca.key -out ca.crt -subj /CN=ca -days 30 || exit 1\n"
	"sign() { openssl req $key -keyout $1.key -out $1.csr -subj /CN=$1 && printf 'subjectAltName=%s\\n' \"$2\" >$1.ext &&\n"
	"  openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out $1.pem -extfile $1.ext -days 30; }\n"
	"sign good DNS:localhost && sign wrong DNS:www.example.test &&\n"
	"openssl req -x509 $key -keyout self.key -out self.pem -subj /CN=self -days 30 -addext subjectAltName=DNS:localhost &&\n"
	"cp good.pem server.pem && cp good.key server.key\n";

static const struct {
	const char *name, *certificate, *word;
	const char *says;            /* "": an access token comes */
	bool again;                  /* it says: log in again */
} rows[] = {
	{ "well", "good", "normal", "", false },
	{ "another refresh token comes with it", "good", "rotate", "", false },
	{ "revoked", "good", "invalid_grant", "is not accepted any more", true },
	{ "a wrong client", "good", "invalid_client", "client_id or the secret", false },
	{ "a wrong scope", "good", "invalid_scope", "the setting scope", true },
	{ "in trouble", "good", "status 500", "the server answers 500", false },
	{ "too many requests", "good", "status 429", "the server answers 429", false },
	{ "teapot", "good", "status 418", "the server answers 418", false },
	{ "HTML", "good", "html", "not a JSON object", false },
	{ "nothing", "good", "empty", "not a JSON object", false },
	{ "a list", "good", "list", "not a JSON object", false },
	{ "wrong types", "good", "types", "no access_token", false },
	{ "negative seconds", "good", "negative", "expires_in", false },
	{ "a token with a line end", "good", "control", "no access_token", false },
	{ "a million bytes", "good", "huge", "longer than 65536 bytes", false },
	{ "without an end", "good", "endless", "longer than 65536 bytes", false },
	{ "drips", "good", "drip", "timed out", false },
	{ "says nothing", "good", "stall", "timed out", false },
	{ "closes", "good", "close", "cannot be used now", false },
	{ "sends us to plain HTTP", "good", "redirect", "the server answers 307", false },
	{ "the certificate of another name", "wrong", "normal", "no alternative certificate subject name", false },
	{ "a self-signed certificate", "self", "normal", "self-signed", false },
};

static bool refresh(const char *path, const struct settings *s, const char *host, const char *token, struct refreshed *out,
                    struct buf *kept)
{
	struct started_role r = role_start_program(path, s);
	struct buf payload = { 0 }, endpoint = { 0 };
	struct frame frame;

	buf_printf(&endpoint, "https://%s:%u/token", host, port);
	struct refresh_job job = { .hop = (char *)(uintptr_t)"isp", .endpoint = endpoint.at, .client_id = (char *)(uintptr_t)"lab-client", .proxy = (char *)(uintptr_t)"",
	                           .client_secret = SPAN("lab secret"), .refresh_token = span_of(token) };
	*out = (struct refreshed){ 0 };
	refresh_job_encode(&job, &payload);
	channel_send(r.parent, FRAME_REFRESH, buf_span(&payload), -1);
	bool answered = channel_receive(r.parent, &frame, clock_boot_ms() + 60000) == 1 && frame.type == FRAME_REFRESHED;
	buf_clear(kept);
	if (answered)
		buf_add_span(kept, frame.payload);
	answered = answered && refreshed_decode(buf_span(kept), out) == 0;
	buf_free(&payload);
	buf_free(&endpoint);
	channel_free(r.parent);
	r.parent = NULL;
	return role_wait(&r) == 0 && answered;
}

static void check(const char *path, const struct settings *s, size_t i)
{
	struct refreshed got;
	struct buf kept = { 0 };

	put("refresh", SPAN("rt1"));
	put("token", span_of(rows[i].word));
	run("cp %1$s.pem server.pem && cp %1$s.key server.key", rows[i].certificate);
	ok(refresh(path, s, "localhost", "rt1", &got, &kept), "%s: an answer, confined", rows[i].name);
	bool good = rows[i].says[0] == '\0';
	bool right = good ? got.access_token.len > 100 && got.usable_s == 3540 && got.fault.kind == FAULT_NONE :
	             got.access_token.len == 0 && got.refresh_token.len == 0 && got.fault.kind == FAULT_TEMPORARY;
	bool again = strstr(got.fault.text, "signet oauth login isp") != NULL;
	if (!ok(right && strstr(got.fault.text, rows[i].says) && again == rows[i].again, "%s: what it means", rows[i].name))
		fprintf(stderr, "# it says: %s\n", got.fault.text);
	ok((got.refresh_token.len > 0) == (strcmp(rows[i].word, "rotate") == 0) && !strstr(got.fault.text, "rt1"),
	   "%s: the refresh token", rows[i].name);
	refreshed_free(&got);
	buf_free(&kept);
}

int main(void)
{
	char path[200];
	struct settings s;
	struct refreshed got;
	struct buf ca = { 0 }, kept = { 0 };

	if (!role_program("oauth", path, sizeof path))
		return 0;
	tap_plan(3 * TAP_ROWS(rows) + 4);
	https_lab_start("tests/lab/oauth_server.py", certificates);
	settings_defaults(&s);
	s.time_scale = 0.06;
	free(s.log);
	s.log = mem_text("stderr");
	buf_printf(&ca, "%s/ca.crt", folder);
	free(s.ca_file);
	s.ca_file = buf_take(&ca);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check(path, &s, i);
	put("token", SPAN("normal"));
	run("cp good.pem server.pem && cp good.key server.key%s", "");
	ok(refresh(path, &s, "localhost", "another", &got, &kept) && strstr(got.fault.text, "Token has been expired or revoked"),
	   "a token that is not the right one");
	refreshed_free(&got);
	free(s.ca_file);
	s.ca_file = mem_text("/nonexistent/ca.crt");
	ok(refresh(path, &s, "localhost", "rt1", &got, &kept), "no certificates to verify with: an answer, confined");
	ok(strstr(got.fault.text, "cannot read certificates from ca_file") != NULL, "it says why: %s", got.fault.text);
	refreshed_free(&got);
	run("! grep -q 'rt1\\|lab secret' log requests%s", "");
	ok(1, "no secret is shown");
	https_lab_stop();
	settings_free(&s);
	buf_free(&kept);
	return tap_done();
}
