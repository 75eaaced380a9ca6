/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/oauth.h"

#include <stdlib.h>

#define TOKENS "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":3599,\"refresh_token\":\"rt\"}"
#define DEVICE "{\"device_code\":\"dc\",\"user_code\":\"ABCD-EFGH\",\"verification_uri\":\"https://login.example/device\",\"expires_in\":900,\"interval\":5}"
#define T OAUTH_ASKED_TOKENS
#define D OAUTH_ASKED_DEVICE

static const struct {
	const char *name;
	enum oauth_asked asked;
	long status;
	const char *body;
	enum oauth_word word;
	int64_t expires_s;
	const char *said;
} answers[] = {
	{ "tokens", T, 200, TOKENS, OAUTH_TOKENS, 3599, "" },
	{ "no refresh token", T, 200, "{\"access_token\":\"at\",\"token_type\":\"bearer\",\"expires_in\":60}", OAUTH_TOKENS, 60, "" },
	{ "no expiry", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\"}", OAUTH_TOKENS, 300, "" },
	{ "expiry in a string", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":\"3599\"}", OAUTH_TOKENS, 3599, "" },
	{ "a year", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":31536000}", OAUTH_TOKENS, 86400, "" },
	{ "at once", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":0}", OAUTH_TOKENS, 0, "" },
	{ "a null refresh token", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"refresh_token\":null}", OAUTH_TOKENS, 300, "" },
	{ "negative expiry", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":-1}", OAUTH_NONSENSE, 0, "expires_in" },
	{ "expiry that is true", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":true}", OAUTH_NONSENSE, 0, "expires_in" },
	{ "expiry 1e99", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":1e99}", OAUTH_NONSENSE, 0, "expires_in" },
	{ "expiry too large for any number", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"expires_in\":99999999999999999999}", OAUTH_NONSENSE, 0, "JSON" },
	{ "token is a number", T, 200, "{\"access_token\":7,\"token_type\":\"Bearer\"}", OAUTH_NONSENSE, 0, "access_token" },
	{ "token is empty", T, 200, "{\"access_token\":\"\",\"token_type\":\"Bearer\"}", OAUTH_NONSENSE, 0, "access_token" },
	{ "token ends the SASL message", T, 200, "{\"access_token\":\"at\\u0001\\u0001\",\"token_type\":\"Bearer\"}", OAUTH_NONSENSE, 0, "access_token" },
	{ "token with a line end", T, 200, "{\"access_token\":\"at\\r\\nMAIL\",\"token_type\":\"Bearer\"}", OAUTH_NONSENSE, 0, "access_token" },
	{ "token with NUL", T, 200, "{\"access_token\":\"at\\u0000x\",\"token_type\":\"Bearer\"}", OAUTH_NONSENSE, 0, "JSON" },
	{ "refresh token with a line end", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"refresh_token\":\"a\\nb\"}", OAUTH_NONSENSE, 0, "refresh_token" },
	{ "refresh token is a list", T, 200, "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"refresh_token\":[1]}", OAUTH_NONSENSE, 0, "refresh_token" },
	{ "another type of token", T, 200, "{\"access_token\":\"at\",\"token_type\":\"mac\"}", OAUTH_NONSENSE, 0, "Bearer" },
	{ "no type of token", T, 200, "{\"access_token\":\"at\"}", OAUTH_NONSENSE, 0, "Bearer" },
	{ "a token twice", T, 200, "{\"access_token\":\"at\",\"access_token\":\"other\",\"token_type\":\"Bearer\"}", OAUTH_NONSENSE, 0, "JSON" },
	{ "a list", T, 200, "[1]", OAUTH_NONSENSE, 0, "JSON" },
	{ "nothing", T, 200, "", OAUTH_NONSENSE, 0, "JSON" },
	{ "HTML", T, 200, "<html>log in</html>", OAUTH_NONSENSE, 0, "JSON" },
	{ "half", T, 200, "{\"access_token\":\"at\"", OAUTH_NONSENSE, 0, "JSON" },
	{ "more behind it", T, 200, TOKENS "x", OAUTH_NONSENSE, 0, "JSON" },
	{ "an error under 200", T, 200, "{\"error\":\"authorization_pending\"}", OAUTH_PENDING, 0, "authorization_pending" },
	{ "tokens under 500", T, 500, TOKENS, OAUTH_UNAVAILABLE, 0, "500" },
	{ "a redirect", T, 302, "", OAUTH_NONSENSE, 0, "302" },
	{ "not found", T, 404, "<html></html>", OAUTH_NONSENSE, 0, "404" },
	{ "too many requests", T, 429, "", OAUTH_UNAVAILABLE, 0, "429" },
	{ "bad gateway", T, 502, "<html></html>", OAUTH_UNAVAILABLE, 0, "502" },
	{ "pending", T, 428, "{\"error\":\"authorization_pending\",\"error_description\":\"Precondition Required\"}", OAUTH_PENDING, 0,
	  "authorization_pending: Precondition Required" },
	{ "slow down", T, 400, "{\"error\":\"slow_down\"}", OAUTH_SLOW_DOWN, 0, "slow_down" },
	{ "denied", T, 403, "{\"error\":\"access_denied\"}", OAUTH_DENIED, 0, "access_denied" },
	{ "declined", T, 400, "{\"error\":\"authorization_declined\"}", OAUTH_DENIED, 0, "authorization_declined" },
	{ "expired", T, 400, "{\"error\":\"expired_token\"}", OAUTH_EXPIRED, 0, "expired_token" },
	{ "revoked", T, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or revoked.\"}", OAUTH_GRANT_GONE, 0,
	  "invalid_grant: Token has been expired or revoked." },
	{ "a wrong client", T, 401, "{\"error\":\"invalid_client\"}", OAUTH_CLIENT_WRONG, 0, "invalid_client" },
	{ "a wrong scope", D, 400, "{\"error\":\"invalid_scope\"}", OAUTH_SCOPE_WRONG, 0, "invalid_scope" },
	{ "overloaded", T, 503, "{\"error\":\"temporarily_unavailable\"}", OAUTH_UNAVAILABLE, 0, "temporarily_unavailable" },
	{ "an error of its own", T, 400, "{\"error\":\"org_internal\"}", OAUTH_REFUSED, 0, "org_internal" },
	{ "an error that is a number", T, 400, "{\"error\":400}", OAUTH_NONSENSE, 0, "400" },
	{ "an error with control characters", T, 400, "{\"error\":\"invalid_grant\",\"error_description\":\"a\\u001b[31m\\nb\"}", OAUTH_GRANT_GONE, 0,
	  "invalid_grant: a?[31m?b" },
	{ "device", D, 200, DEVICE, OAUTH_DEVICE, 900, "" },
	{ "Google's name of the URI", D, 200, "{\"device_code\":\"dc\",\"user_code\":\"AB\",\"verification_url\":\"https://www.google.com/device\",\"expires_in\":1800}",
	  OAUTH_DEVICE, 1800, "" },
	{ "device without a code", D, 200, "{\"user_code\":\"AB\",\"verification_uri\":\"https://x.example/\",\"expires_in\":900}", OAUTH_NONSENSE, 0, "device_code" },
	{ "nothing to type", D, 200, "{\"device_code\":\"dc\",\"verification_uri\":\"https://x.example/\",\"expires_in\":900}", OAUTH_NONSENSE, 0, "user_code" },
	{ "a URI in clear", D, 200, "{\"device_code\":\"dc\",\"user_code\":\"AB\",\"verification_uri\":\"http://x.example/\",\"expires_in\":900}", OAUTH_NONSENSE, 0, "verification_uri" },
	{ "an escape in the URI", D, 200, "{\"device_code\":\"dc\",\"user_code\":\"AB\",\"verification_uri\":\"https://x.example/\\u001b[2J\",\"expires_in\":900}",
	  OAUTH_NONSENSE, 0, "verification_uri" },
	{ "device without an end", D, 200, "{\"device_code\":\"dc\",\"user_code\":\"AB\",\"verification_uri\":\"https://x.example/\"}", OAUTH_NONSENSE, 0, "expires_in" },
	{ "a negative interval", D, 200, "{\"device_code\":\"dc\",\"user_code\":\"AB\",\"verification_uri\":\"https://x.example/\",\"expires_in\":900,\"interval\":-5}",
	  OAUTH_NONSENSE, 0, "interval" },
	{ "tokens where a device was asked for", D, 200, TOKENS, OAUTH_NONSENSE, 0, "device_code" },
};

static void read_answers(void)
{
	for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
		struct oauth_answer a;
		oauth_answer_read(answers[i].asked, answers[i].status, span_of(answers[i].body), &a);
		bool good = a.word == answers[i].word && strstr(a.said, answers[i].said) && (a.said[0] != '\0') == (answers[i].said[0] != '\0');
		if (a.word == OAUTH_TOKENS || a.word == OAUTH_DEVICE)
			good = good && a.expires_s == answers[i].expires_s;
		else
			good = good && a.access_token.len == 0 && a.refresh_token.len == 0 && a.device_code.len == 0;
		if (!ok(good, "%s", answers[i].name))
			fprintf(stderr, "# word %d, expires %lld, says: %s\n", a.word, (long long)a.expires_s, a.said);
		oauth_answer_free(&a);
	}
}

static void read_values(void)
{
	struct oauth_answer a;
	struct buf large = { 0 };

	oauth_answer_read(T, 200, SPAN(TOKENS), &a);
	is_text(buf_text(&a.access_token), "at", "the access token");
	is_text(buf_text(&a.refresh_token), "rt", "the refresh token");
	oauth_answer_free(&a);
	oauth_answer_read(D, 200, SPAN(DEVICE), &a);
	ok(strcmp(buf_text(&a.device_code), "dc") == 0 && strcmp(a.user_code, "ABCD-EFGH") == 0 &&
	   strcmp(a.uri, "https://login.example/device") == 0 && a.full_uri[0] == '\0' && a.interval_s == 5, "what a device is told");
	oauth_answer_free(&a);
	buf_add_text(&large, "{\"access_token\":\"");
	while (large.len < OAUTH_TOKEN_MAX + 100)
		buf_add_text(&large, "0123456789");
	buf_add_text(&large, "\",\"token_type\":\"Bearer\"}");
	oauth_answer_read(T, 200, buf_span(&large), &a);
	is_int(a.word, OAUTH_NONSENSE, "a token that is too large");
	oauth_answer_free(&a);
	buf_clear(&large);
	while (large.len < OAUTH_ANSWER_MAX)
		buf_add_text(&large, "[[[[[[[[[[");
	oauth_answer_read(T, 200, buf_span(&large), &a);
	is_int(a.word, OAUTH_NONSENSE, "a deep one");
	oauth_answer_free(&a);
	buf_free(&large);
}

/* Words in the order of answers, one a time the wait is over; then what comes of it and when it was asked. */
static const struct {
	const char *name;
	int64_t interval_s, expires_s;
	const enum oauth_word words[8];
	size_t count;
	enum oauth_step end;
	int64_t at_s;              /* of the last answer */
	const char *why;
} waits[] = {
	{ "granted at once", 5, 900, { OAUTH_TOKENS }, 1, OAUTH_DONE, 5, "" },
	{ "granted at the third time", 5, 900, { OAUTH_PENDING, OAUTH_PENDING, OAUTH_TOKENS }, 3, OAUTH_DONE, 15, "" },
	{ "slower", 5, 900, { OAUTH_SLOW_DOWN, OAUTH_PENDING, OAUTH_SLOW_DOWN, OAUTH_TOKENS }, 4, OAUTH_DONE, 5 + 10 + 10 + 15, "" },
	{ "an interval of 0", 0, 900, { OAUTH_PENDING, OAUTH_TOKENS }, 2, OAUTH_DONE, 2, "" },
	{ "an interval of a day", 86400, 900, { OAUTH_PENDING, OAUTH_TOKENS }, 2, OAUTH_DONE, 120, "" },
	{ "down for a while", 5, 900, { OAUTH_UNAVAILABLE, OAUTH_UNAVAILABLE, OAUTH_TOKENS }, 3, OAUTH_DONE, 5 + 10 + 20, "" },
	{ "down to the end", 5, 30, { OAUTH_UNAVAILABLE, OAUTH_UNAVAILABLE }, 2, OAUTH_GIVE_UP, 15, "the token server does not answer" },
	{ "denied", 5, 900, { OAUTH_PENDING, OAUTH_DENIED }, 2, OAUTH_GIVE_UP, 10, "access was denied" },
	{ "expired, it says", 5, 900, { OAUTH_EXPIRED }, 1, OAUTH_GIVE_UP, 5, "has expired before it was entered" },
	{ "expired, by our clock", 5, 12, { OAUTH_PENDING, OAUTH_PENDING }, 2, OAUTH_GIVE_UP, 10, "has expired before it was entered" },
	{ "nonsense", 5, 900, { OAUTH_NONSENSE }, 1, OAUTH_GIVE_UP, 5, "does not answer as RFC 6749 says" },
	{ "a wrong client", 5, 900, { OAUTH_CLIENT_WRONG }, 1, OAUTH_GIVE_UP, 5, "client_id" },
	{ "a device where tokens are due", 5, 900, { OAUTH_DEVICE }, 1, OAUTH_GIVE_UP, 5, "the token server refuses" },
};

static void wait_for_person(void)
{
	for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
		struct oauth_answer device = { .word = OAUTH_DEVICE, .interval_s = waits[i].interval_s, .expires_s = waits[i].expires_s };
		const int64_t begun_ms = 1000 * 1000;
		struct oauth_wait w;
		struct fault f = { 0 };
		int64_t asked_ms = 0;
		enum oauth_step step = OAUTH_ASK_LATER;
		size_t n = 0;
		oauth_wait_begin(&w, &device, begun_ms);
		for (; n < waits[i].count && step == OAUTH_ASK_LATER; n++) {
			struct oauth_answer a = { .word = waits[i].words[n] };
			asked_ms = w.next_ms;
			step = oauth_wait_step(&w, &a, asked_ms, &f);
		}
		bool good = step == waits[i].end && n == waits[i].count && asked_ms == begun_ms + waits[i].at_s * 1000 &&
		            strstr(f.text, waits[i].why) && (f.text[0] != '\0') == (waits[i].why[0] != '\0');
		if (!ok(good, "waiting: %s", waits[i].name))
			fprintf(stderr, "# step %d after %zu answers at %lld ms: %s\n", step, n, (long long)(asked_ms - begun_ms), f.text);
	}
}

static const struct {
	enum oauth_word word;
	const char *status, *says;
	bool again;
} verdicts[] = {
	{ OAUTH_GRANT_GONE, "4.7.8", "is not accepted any more", true },
	{ OAUTH_CLIENT_WRONG, "4.7.8", "client_id", false },
	{ OAUTH_SCOPE_WRONG, "4.7.8", "scope", true },
	{ OAUTH_REFUSED, "4.7.8", "refuses", true },
	{ OAUTH_UNAVAILABLE, "4.3.0", "cannot be used now", false },
	{ OAUTH_NONSENSE, "4.3.0", "RFC 6749", false },
	{ OAUTH_PENDING, "4.7.8", "refuses", true },
};

static void judge(void)
{
	struct oauth_answer good = { .word = OAUTH_TOKENS };
	struct fault f = { 0 };

	is_int(oauth_judge(&good, "gmail", &f), 0, "tokens are good");
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		struct oauth_answer a = { .word = verdicts[i].word, .said = "so it is" };
		bool judged = oauth_judge(&a, "gmail", &f) < 0 && f.kind == FAULT_TEMPORARY && strcmp(f.status, verdicts[i].status) == 0;
		bool again = strstr(f.text, "signet oauth login gmail") != NULL;
		if (!ok(judged && strstr(f.text, verdicts[i].says) && strstr(f.text, "so it is") && again == verdicts[i].again, "verdict on %d", verdicts[i].word))
			fprintf(stderr, "# %s %s\n", f.status, f.text);
	}
	is_int(oauth_usable_ms(3600), 3540 * 1000, "an hour less a minute");
	is_int(oauth_usable_ms(60), 30 * 1000, "half of a minute");
	is_int(oauth_usable_ms(0), 0, "not at all");
}

static const struct {
	const char *pasted;
	const char *code;          /* NULL: a fault */
	const char *says;
} pastes[] = {
	{ "http://127.0.0.1:1/?state=S&code=4%2F0Ab_c&scope=https://mail.google.com/", "4/0Ab_c", "" },
	{ " http://127.0.0.1:1/?code=c&state=S#\r\n", "c", "" },
	{ "4/0Ab_c\n", "4/0Ab_c", "" },
	{ "http://127.0.0.1:1/?state=other&code=c", NULL, "of another login" },
	{ "http://127.0.0.1:1/?code=c", NULL, "of another login" },
	{ "http://127.0.0.1:1/?state=S&error=access_denied", NULL, "access was denied in the browser: access_denied" },
	{ "http://127.0.0.1:1/?state=S", NULL, "there is no code" },
	{ "http://127.0.0.1:1/?state=S&code=", NULL, "there is no code" },
	{ "http://127.0.0.1:1/?state=S&code=a%0ab", NULL, "there is no code" },
	{ "http://127.0.0.1:1/?state=S&code=a%00b", NULL, "there is no code" },
	{ "http://127.0.0.1:1/?state=S&code=a%2", "a%2", "" },
	{ "", NULL, "there is no code" },
	{ "two words", NULL, "there is no code" },
};

static void read_pastes(void)
{
	for (size_t i = 0; i < sizeof pastes / sizeof pastes[0]; i++) {
		struct buf code = { 0 };
		struct fault f = { 0 };
		int result = oauth_code_read(span_of(pastes[i].pasted), "S", &code, &f);
		bool good = pastes[i].code ? result == 0 && strcmp(buf_text(&code), pastes[i].code) == 0 : result < 0 && code.len == 0;
		if (!ok(good && strstr(f.text, pastes[i].says), "pasted: %s", pastes[i].pasted))
			fprintf(stderr, "# %d, code %s, %s\n", result, buf_text(&code), f.text);
		buf_free(&code);
	}
}

static void ask(void)
{
	struct oauth_client public = { .id = "id" }, secret = { .id = "id", .secret = SPAN("s&s") };
	struct buf form = { 0 };

	oauth_ask_device(&secret, "https://mail.example/ offline_access", &form);
	is_text(buf_text(&form), "client_id=id&scope=https%3A%2F%2Fmail.example%2F%20offline_access", "the device's question has no secret");
	buf_clear(&form);
	oauth_ask_by_device(&public, SPAN("d c"), &form);
	is_text(buf_text(&form), "client_id=id&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d%20c", "by device code");
	buf_clear(&form);
	oauth_ask_refresh(&secret, SPAN("r/t"), &form);
	is_text(buf_text(&form), "client_id=id&client_secret=s%26s&grant_type=refresh_token&refresh_token=r%2Ft", "refreshing");
	buf_clear(&form);
	oauth_ask_by_code(&public, SPAN("4/0"), SPAN("proof"), "http://127.0.0.1:1", &form);
	is_text(buf_text(&form), "client_id=id&grant_type=authorization_code&code=4%2F0&code_verifier=proof&redirect_uri=http%3A%2F%2F127.0.0.1%3A1",
	        "by a browser's code");
	buf_free(&form);
}

int main(void)
{
	tap_plan(TAP_ROWS(answers) + 5 + TAP_ROWS(waits) + TAP_ROWS(verdicts) + 4 + TAP_ROWS(pastes) + 4);
	read_answers();
	read_values();
	wait_for_person();
	judge();
	read_pastes();
	ask();
	return tap_done();
}
