/* SPDX-License-Identifier: ISC */
#include "base/oauth.h"

#include "base/https_url.h"
#include "base/json_read.h"
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	INTERVAL_S = 5,                   /* RFC 8628 section 3.2: where none is said */
	INTERVAL_MAX_S = 60,
	SLOWER_MS = 5 * 1000,             /* section 3.5 */
	DAY_S = 24 * 60 * 60,
	TOKEN_S = 5 * 60,                 /* where a server does not say how long */
	MARGIN_S = 60,
	STATUS_OK = 200, STATUS_TOO_MANY = 429, STATUS_TROUBLE = 500,
};

/* ---- JSON ---- */

static bool is_visible(const char *text)
{
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return true;
}

/* False: it is there and is not a token. */
static bool take_token(const json_t *root, const char *key, struct buf *out)
{
	const json_t *member = json_object_get(root, key);
	const char *text = json_string_value(member);

	if (member == NULL || json_is_null(member))
		return true;
	if (text == NULL || !is_visible(text) || strlen(text) > OAUTH_TOKEN_MAX)
		return false;
	buf_reserve(out, strlen(text) + 1);
	buf_add_text(out, text);
	return true;
}

/* As far as it has room; what is not printable ASCII becomes a question mark. */
static void take_words(const json_t *root, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(root, key));

	snprintf(out, size, "%s", text ? text : "");
	for (char *c = out; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/* What a person is to open or type: whole, or it is of no use. */
static bool take_visible(const json_t *root, const char *key, char *out, size_t size)
{
	const char *text = json_string_value(json_object_get(root, key));

	if (text == NULL || text[0] == '\0' || strlen(text) >= size || !is_visible(text))
		return false;
	snprintf(out, size, "%s", text);
	return true;
}

/* Seconds within a day. False: what stands there is not that; without the member out stays. */
static bool take_seconds(const json_t *root, const char *key, int64_t *out)
{
	const json_t *member = json_object_get(root, key);
	unsigned long long n;

	if (member == NULL)
		return true;
	if (json_is_integer(member) && json_integer_value(member) >= 0)
		n = (unsigned long long)json_integer_value(member);
	/* Some have digits in a string. */
	else if (!json_is_string(member) || !span_number(span_of(json_string_value(member)), INT64_MAX, &n))
		return false;
	*out = n < DAY_S ? (int64_t)n : DAY_S;
	return true;
}

/* ---- answers ---- */

/* RFC 6749 section 5.2 and 4.1.2.1, RFC 8628 section 3.5. */
static const struct {
	const char *error;
	enum oauth_word word;
} errors[] = {
	{ "authorization_pending", OAUTH_PENDING },
	{ "slow_down", OAUTH_SLOW_DOWN },
	{ "access_denied", OAUTH_DENIED },
	{ "authorization_declined", OAUTH_DENIED },          /* Microsoft's */
	{ "expired_token", OAUTH_EXPIRED },
	{ "code_expired", OAUTH_EXPIRED },                   /* Microsoft's, of old */
	{ "invalid_grant", OAUTH_GRANT_GONE },
	{ "interaction_required", OAUTH_GRANT_GONE },        /* OpenID Connect Core 3.1.2.6 */
	{ "invalid_client", OAUTH_CLIENT_WRONG },
	{ "unauthorized_client", OAUTH_CLIENT_WRONG },
	{ "invalid_scope", OAUTH_SCOPE_WRONG },
	{ "temporarily_unavailable", OAUTH_UNAVAILABLE },
	{ "server_error", OAUTH_UNAVAILABLE },
};

static void say_nonsense(struct oauth_answer *a, const char *what)
{
	a->word = OAUTH_NONSENSE;
	snprintf(a->said, sizeof a->said, "%s", what);
}

static void read_error(const json_t *root, struct oauth_answer *a)
{
	char error[OAUTH_CODE_MAX], words[OAUTH_SAID_MAX];

	take_words(root, "error", error, sizeof error);
	take_words(root, "error_description", words, sizeof words);
	a->word = OAUTH_REFUSED;
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(errors[i].error, error) == 0)
			a->word = errors[i].word;
	snprintf(a->said, sizeof a->said, "%s%s%.180s", error, words[0] ? ": " : "", words);
}

static void read_device(const json_t *root, struct oauth_answer *a)
{
	/* Google has another name than RFC 8628 for the URI. */
	bool has_uri = take_visible(root, "verification_uri", a->uri, sizeof a->uri) ||
	               take_visible(root, "verification_url", a->uri, sizeof a->uri);

	a->interval_s = INTERVAL_S;
	a->word = OAUTH_DEVICE;
	if (!take_token(root, "device_code", &a->device_code) || a->device_code.len == 0)
		say_nonsense(a, "the answer has no device_code that could be one");
	else if (!take_visible(root, "user_code", a->user_code, sizeof a->user_code))
		say_nonsense(a, "the answer has no user_code that could be typed");
	else if (!has_uri || strncmp(a->uri, "https://", strlen("https://")) != 0)
		say_nonsense(a, "the answer has no verification_uri that is an https URL");
	else if (!take_seconds(root, "interval", &a->interval_s) || !take_seconds(root, "expires_in", &a->expires_s) || a->expires_s == 0)
		say_nonsense(a, "interval and expires_in of the answer have to be seconds");
	else if (!take_visible(root, "verification_uri_complete", a->full_uri, sizeof a->full_uri) ||
	         strncmp(a->full_uri, "https://", strlen("https://")) != 0)
		a->full_uri[0] = '\0';
}

static void read_tokens(const json_t *root, struct oauth_answer *a)
{
	const char *type = json_string_value(json_object_get(root, "token_type"));

	a->expires_s = TOKEN_S;
	a->word = OAUTH_TOKENS;
	if (!take_token(root, "access_token", &a->access_token) || a->access_token.len == 0)
		say_nonsense(a, "the answer has no access_token that could be one");
	else if (!take_token(root, "refresh_token", &a->refresh_token))
		say_nonsense(a, "the refresh_token of the answer cannot be one");
	else if (type == NULL || !span_eq_nocase(span_of(type), SPAN("Bearer")))
		say_nonsense(a, "the answer's token_type is not Bearer");
	else if (!take_seconds(root, "expires_in", &a->expires_s))
		say_nonsense(a, "expires_in of the answer has to be seconds");
}

void oauth_answer_read(enum oauth_asked asked, long of_status, struct span body, struct oauth_answer *out)
{
	*out = (struct oauth_answer){ 0 };
	json_error_t ignored;
	json_t *root = body.len <= OAUTH_ANSWER_MAX ? json_read_object(body, &ignored) : NULL;
	if (root && of_status != STATUS_OK && json_is_string(json_object_get(root, "error"))) {
		read_error(root, out);
	} else if (of_status >= STATUS_TROUBLE || of_status == STATUS_TOO_MANY) {
		out->word = OAUTH_UNAVAILABLE;
		snprintf(out->said, sizeof out->said, "the server answers %ld", of_status);
	} else if (of_status != STATUS_OK) {
		out->word = OAUTH_NONSENSE;
		snprintf(out->said, sizeof out->said, "the server answers %ld without a JSON object that has an error", of_status);
	} else if (root == NULL) {
		say_nonsense(out, "the answer is not a JSON object");
	} else if (json_is_string(json_object_get(root, "error"))) {
		read_error(root, out);
	} else if (asked == OAUTH_ASKED_DEVICE) {
		read_device(root, out);
	} else {
		read_tokens(root, out);
	}
	json_decref(root);
	if (out->word != OAUTH_TOKENS && out->word != OAUTH_DEVICE) {
		secret_free(&out->access_token);
		secret_free(&out->refresh_token);
		secret_free(&out->device_code);
	}
}

void oauth_answer_none(const struct fault *why, struct oauth_answer *out)
{
	*out = (struct oauth_answer){ .word = OAUTH_UNAVAILABLE };
	snprintf(out->said, sizeof out->said, "%.*s", OAUTH_SAID_MAX - 1, why->text);
	for (char *c = out->said; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

void oauth_answer_free(struct oauth_answer *a)
{
	secret_free(&a->access_token);
	secret_free(&a->refresh_token);
	secret_free(&a->device_code);
}

/* ---- forms ---- */

/* One that grows leaves copies behind; %XX is three bytes of one. */
enum { FORM_BYTES = 3 * OAUTH_TOKEN_MAX + 8 * 1024 };

static void add_client(const struct oauth_client *c, struct buf *form)
{
	buf_reserve(form, FORM_BYTES);
	https_form_add(form, "client_id", span_of(c->id));
	if (c->secret.len > 0)
		https_form_add(form, "client_secret", c->secret);
}

void oauth_ask_device(const struct oauth_client *c, const char *scope, struct buf *form)
{
	/* RFC 8628 section 3.1: the client's id, without a proof of it. */
	https_form_add(form, "client_id", span_of(c->id));
	https_form_add(form, "scope", span_of(scope));
}

void oauth_ask_by_device(const struct oauth_client *c, struct span device_code, struct buf *form)
{
	add_client(c, form);
	https_form_add(form, "grant_type", SPAN("urn:ietf:params:oauth:grant-type:device_code"));
	https_form_add(form, "device_code", device_code);
}

void oauth_ask_by_code(const struct oauth_client *c, struct span code, struct span verifier, const char *redirect_uri,
                       struct buf *form)
{
	add_client(c, form);
	https_form_add(form, "grant_type", SPAN("authorization_code"));
	https_form_add(form, "code", code);
	https_form_add(form, "code_verifier", verifier);
	https_form_add(form, "redirect_uri", span_of(redirect_uri));
}

void oauth_ask_refresh(const struct oauth_client *c, struct span refresh_token, struct buf *form)
{
	add_client(c, form);
	https_form_add(form, "grant_type", SPAN("refresh_token"));
	https_form_add(form, "refresh_token", refresh_token);
}

/* ---- waiting ---- */

void oauth_wait_begin(struct oauth_wait *w, const struct oauth_answer *device, int64_t now_ms)
{
	int64_t interval_s = device->interval_s < 1 ? 1 : device->interval_s > INTERVAL_MAX_S ? INTERVAL_MAX_S : device->interval_s;

	*w = (struct oauth_wait){ .interval_ms = interval_s * 1000, .until_ms = now_ms + device->expires_s * 1000 };
	w->next_ms = now_ms + w->interval_ms;
}

static enum oauth_step give_up(struct fault *f, enum fault_kind kind, const char *why, const char *said)
{
	fault_set(f, kind, "4.7.8", "%s%s%s", why, said[0] ? ": " : "", said);
	return OAUTH_GIVE_UP;
}

enum oauth_step oauth_wait_step(struct oauth_wait *w, const struct oauth_answer *a, int64_t now_ms, struct fault *f)
{
	switch (a->word) {
	case OAUTH_TOKENS:
		return OAUTH_DONE;
	case OAUTH_PENDING:
		break;
	case OAUTH_SLOW_DOWN:
		w->interval_ms += SLOWER_MS;
		break;
	case OAUTH_UNAVAILABLE:
		w->interval_ms = w->interval_ms * 2 < INTERVAL_MAX_S * 1000 ? w->interval_ms * 2 : INTERVAL_MAX_S * 1000;
		break;
	case OAUTH_DENIED:
		return give_up(f, FAULT_PERMANENT, "access was denied in the browser", a->said);
	case OAUTH_EXPIRED:
		return give_up(f, FAULT_TEMPORARY, "the code has expired before it was entered; begin again", a->said);
	case OAUTH_DEVICE: case OAUTH_GRANT_GONE: case OAUTH_CLIENT_WRONG: case OAUTH_SCOPE_WRONG: case OAUTH_REFUSED:
	case OAUTH_NONSENSE:
		oauth_judge(a, NULL, f);
		return OAUTH_GIVE_UP;
	}
	w->next_ms = now_ms + w->interval_ms;
	if (w->next_ms < w->until_ms)
		return OAUTH_ASK_LATER;
	if (a->word == OAUTH_UNAVAILABLE)
		return give_up(f, FAULT_TEMPORARY, "the token server does not answer", a->said);
	return give_up(f, FAULT_TEMPORARY, "the code has expired before it was entered; begin again", "");
}

/* ---- verdicts ---- */

int oauth_judge(const struct oauth_answer *a, const char *hop, struct fault *f)
{
	static const char *const verdicts[] = {
		[OAUTH_GRANT_GONE] = "the login is not accepted any more (a new password, or access withdrawn, ends it)",
		[OAUTH_CLIENT_WRONG] = "the provider does not accept client_id or the secret of client_secret_file",
		[OAUTH_SCOPE_WRONG] = "the provider does not give what the setting scope asks for",
		[OAUTH_UNAVAILABLE] = "the token server cannot be used now",
		[OAUTH_NONSENSE] = "the token server does not answer as RFC 6749 says",
	};
	bool has_verdict = a->word < sizeof verdicts / sizeof verdicts[0] && verdicts[a->word];
	bool again = a->word != OAUTH_UNAVAILABLE && a->word != OAUTH_NONSENSE && a->word != OAUTH_CLIENT_WRONG;

	if (a->word == OAUTH_TOKENS)
		return 0;
	fault_set(f, FAULT_TEMPORARY, again || a->word == OAUTH_CLIENT_WRONG ? "4.7.8" : "4.3.0", "%s%s%s%s",
	          has_verdict ? verdicts[a->word] : "the token server refuses", a->said[0] ? ": " : "", a->said,
	          hop && again ? "; log in again" : "");
	if (hop && again) {
		size_t used = strlen(f->text);
		snprintf(f->text + used, sizeof f->text - used, ": signet oauth login %s", hop);
	}
	return -1;
}

int64_t oauth_usable_ms(int64_t expires_s)
{
	int64_t margin_s = expires_s > 2 * MARGIN_S ? MARGIN_S : expires_s / 2;

	return (expires_s - margin_s) * 1000;
}

/* ---- a browser's answer ---- */

static void decode_value(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		bool is_code = text.at[i] == '%' && i + 2 < text.len && byte_hex_value(text.at[i + 1]) >= 0 && byte_hex_value(text.at[i + 2]) >= 0;
		if (is_code) {
			buf_add_byte(out, (char)(byte_hex_value(text.at[i + 1]) * 16 + byte_hex_value(text.at[i + 2])));
			i += 2;
		} else {
			buf_add_byte(out, text.at[i] == '+' ? ' ' : text.at[i]);
		}
	}
}

/* The value of a parameter of the query, decoded; empty where there is none. */
static void find_parameter(struct span query, const char *name, struct buf *out)
{
	while (query.at) {
		struct span value = span_cut(&query, '&'), key = span_cut(&value, '=');
		if (value.at && span_eq(key, span_of(name))) {
			decode_value(value, out);
			return;
		}
	}
}

int oauth_code_read(struct span pasted, const char *state, struct buf *code, struct fault *f)
{
	struct buf error = { 0 }, its_state = { 0 };
	struct span query = span_trim(pasted), address = span_cut(&query, '?');
	int result = 0;

	buf_reserve(code, OAUTH_TOKEN_MAX);
	if (query.at == NULL) {
		buf_add_span(code, address);
	} else {
		struct span fragment = query;
		query = span_cut(&fragment, '#');
		find_parameter(query, "code", code);
		find_parameter(query, "state", &its_state);
		find_parameter(query, "error", &error);
	}
	bool is_ours = query.at == NULL || span_eq(buf_span(&its_state), span_of(state));
	if (error.len > 0)
		result = fault_set(f, FAULT_PERMANENT, "4.7.8", "access was denied in the browser: %.100s", buf_text(&error));
	else if (code->len == 0 || code->len > OAUTH_TOKEN_MAX || strlen(buf_text(code)) != code->len || !is_visible(buf_text(code)))
		result = fault_set(f, FAULT_PERMANENT, "4.7.8", "there is no code in that; paste the whole address that the browser shows at the end");
	else if (!is_ours)
		result = fault_set(f, FAULT_PERMANENT, "4.7.8", "that address is of another login; paste the one that this login led to");
	buf_free(&error);
	buf_free(&its_state);
	if (result < 0)
		secret_free(code);
	return result;
}
