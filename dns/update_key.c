/* SPDX-License-Identifier: ISC */
/* The readers of TSIG keys. Nothing of a secret may end up in a fault's text. */
#include "dns/update.h"

#include "base/base64.h"
#include "base/mail/address.h"
#include "base/secret.h"

#include <stdlib.h>

static const char *const algorithms[] = { "hmac-sha256", "hmac-sha512", "hmac-sha1" };   /* the first by default */

void update_key_free(struct update_key *k)
{
	free(k->name);
	secret_free(&k->secret);
	*k = (struct update_key){ 0 };
}

static const char *algorithm_named(struct span name)
{
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
		if (span_eq_nocase(span_of(algorithms[i]), domain_without_dot(name)))
			return algorithms[i];
	return NULL;
}

bool update_algorithm_is_known(struct span name)
{
	return algorithm_named(name) != NULL;
}

static int key_fault(struct fault *f, const char *what)
{
	return fault_set(f, FAULT_PERMANENT, "5.3.5", "%s", what);
}

int update_key_set(struct span name, const struct span *algorithm, struct span secret, struct update_key *out,
                   struct fault *f)
{
	*out = (struct update_key){ .name = mem_text_span(domain_without_dot(name)), .algorithm = algorithms[0] };
	if (algorithm)
		out->algorithm = algorithm_named(*algorithm);
	int result = 0;
	if (memchr(name.at, '\0', name.len) || !dns_name_is_valid(out->name))
		result = key_fault(f, "the key's name is not a domain name");
	else if (out->algorithm == NULL)
		result = key_fault(f, "the key's algorithm is not hmac-sha256, hmac-sha512 or hmac-sha1");
	else if (!base64_is_exact(secret))
		result = key_fault(f, "the key's secret is not base64");
	else
		buf_add_span(&out->secret, secret);
	if (result < 0)
		update_key_free(out);
	return result;
}

/* ---- words, strings and signs of a configuration like named's ---- */

enum { TOKENS_MAX = 24 };
enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SIGN, TOKEN_BROKEN };

struct token {
	enum token_kind kind;
	struct span text;
};

struct tokens {
	struct token items[TOKENS_MAX];   /* the last is TOKEN_END */
	size_t count;
};

static void drop_bytes(struct span *s, size_t len)
{
	*s = (struct span){ s->at + len, s->len - len };
}

/* The bytes before end, or all. */
static size_t length_to(struct span s, const char *end)
{
	const char *at = memmem(s.at, s.len, end, strlen(end));

	return at ? (size_t)(at - s.at) : s.len;
}

/* How many bytes of blank or comment come first. */
static size_t idle_length(struct span s)
{
	if (s.len > 0 && byte_is_white(s.at[0]))
		return 1;
	if (span_starts_nocase(s, SPAN("#")) || span_starts_nocase(s, SPAN("//")))
		return length_to(s, "\n");
	if (!span_starts_nocase(s, SPAN("/*")))
		return 0;
	size_t len = length_to(s, "*/");
	return len < s.len ? len + 2 : len;
}

static struct token next_token(struct span *rest)
{
	size_t len = 0;

	for (size_t idle; (idle = idle_length(*rest)) > 0;)
		drop_bytes(rest, idle);
	if (rest->len == 0)
		return (struct token){ TOKEN_END, { NULL, 0 } };
	if (rest->at[0] == '"') {
		drop_bytes(rest, 1);
		len = length_to(*rest, "\"");
		struct token string = { len < rest->len ? TOKEN_STRING : TOKEN_BROKEN, { rest->at, len } };
		drop_bytes(rest, len < rest->len ? len + 1 : len);
		return string;
	}
	while (len < rest->len && !byte_is_white(rest->at[len]) && !strchr("{};\"", rest->at[len]))
		len++;
	struct token t = { len > 0 ? TOKEN_WORD : TOKEN_SIGN, { rest->at, len > 0 ? len : 1 } };
	drop_bytes(rest, t.text.len);
	return t;
}

static int read_tokens(struct span text, struct tokens *out, struct fault *f)
{
	struct token t;

	*out = (struct tokens){ 0 };
	if (memchr(text.at ? text.at : "", '\0', text.len))
		return key_fault(f, "the key's file holds a NUL: it is not text");
	do {
		t = next_token(&text);
		if (t.kind == TOKEN_BROKEN)
			return key_fault(f, "a quotation mark in the key's file is never closed");
		if (out->count == TOKENS_MAX)
			return key_fault(f, "the key's file holds more than one key");
		out->items[out->count++] = t;
	} while (t.kind != TOKEN_END);
	return 0;
}

static bool is_sign(const struct token *t, const char *sign)
{
	return t->kind == TOKEN_SIGN && span_eq(t->text, span_of(sign));
}

static bool is_value(const struct token *t)
{
	return t->kind == TOKEN_WORD || t->kind == TOKEN_STRING;
}

static bool is_word(const struct token *t, const char *word)
{
	return t->kind == TOKEN_WORD && span_eq_nocase(t->text, span_of(word));
}

/* ---- the two forms ---- */

int update_key_parse(struct span text, struct update_key *out, struct fault *f)
{
	struct tokens t;
	size_t values = 0;

	*out = (struct update_key){ 0 };
	if (read_tokens(text, &t, f) < 0)
		return -1;
	if (t.count > 3 && is_word(&t.items[0], "key") && is_value(&t.items[1]) && is_sign(&t.items[2], "{")) {
		struct span algorithm = { 0 }, secret = { 0 };
		const struct token *at = &t.items[3], *last = &t.items[t.count - 1];
		for (; last - at >= 3 && !is_sign(at, "}"); at += 3) {
			/* One "algorithm X;" or "secret X;". */
			struct span *into = is_word(at, "algorithm") ? &algorithm : is_word(at, "secret") ? &secret : NULL;
			if (into == NULL || into->at || !is_value(at + 1) || !is_sign(at + 2, ";"))
				return key_fault(f, "the key clause holds more than an algorithm and a secret, each with its semicolon");
			*into = at[1].text;
		}
		if (!is_sign(at, "}"))
			return key_fault(f, "the key clause does not end");
		at += is_sign(at + 1, ";") ? 2 : 1;
		if (at->kind != TOKEN_END)
			return key_fault(f, "the key's file holds more than one key clause");
		if (algorithm.at == NULL || secret.at == NULL)
			return key_fault(f, "the key clause lacks its algorithm or its secret");
		return update_key_set(t.items[1].text, &algorithm, secret, out, f);
	}
	while (is_value(&t.items[values]))
		values++;
	if (t.items[values].kind == TOKEN_END && values == 3)
		return update_key_set(t.items[0].text, &t.items[1].text, t.items[2].text, out, f);
	if (t.items[values].kind == TOKEN_END && values == 2)
		return update_key_set(t.items[0].text, NULL, t.items[1].text, out, f);
	return key_fault(f, "the file holds no TSIG key: neither key \"NAME\" { algorithm hmac-sha256; secret \"...\"; }; nor "
	                "NAME ALGORITHM SECRET");
}
