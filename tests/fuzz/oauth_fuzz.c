/* SPDX-License-Identifier: ISC */
/* Whatever an authorization server says, or a person pastes: only tokens that can stand in a SASL message come out, and waiting ends. */
#include "base/oauth.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_token(const struct buf *token)
{
	if (token->len > OAUTH_TOKEN_MAX)
		abort();
	for (size_t i = 0; i < token->len; i++)
		if (token->at[i] <= ' ' || token->at[i] > '~')
			abort();
}

static void check_words(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			abort();
}

/* The first byte chooses what was asked and the status. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const long statuses[] = { 200, 400, 428, 500 };
	struct oauth_answer a;
	struct oauth_wait w;
	struct buf code = { 0 };
	struct fault f = { 0 };

	if (len == 0)
		return 0;
	struct span text = { (const char *)bytes + 1, len - 1 };
	oauth_answer_read(bytes[0] & 1 ? OAUTH_ASKED_DEVICE : OAUTH_ASKED_TOKENS, statuses[(bytes[0] >> 1) & 3], text, &a);
	check_token(&a.access_token);
	check_token(&a.refresh_token);
	check_token(&a.device_code);
	check_words(a.said);
	check_words(a.uri);
	check_words(a.full_uri);
	check_words(a.user_code);
	if (a.expires_s < 0 || a.expires_s > 86400 || a.interval_s < 0 || a.interval_s > 86400)
		abort();
	if ((oauth_judge(&a, "hop", &f) == 0) != (a.word == OAUTH_TOKENS))
		abort();
	oauth_wait_begin(&w, &a, 0);
	if (oauth_wait_step(&w, &a, w.next_ms, &f) == OAUTH_ASK_LATER && w.next_ms <= w.interval_ms)
		abort();
	oauth_answer_free(&a);
	if (oauth_code_read(text, "S", &code, &f) == 0)
		check_token(&code);
	buf_free(&code);
	return 0;
}
