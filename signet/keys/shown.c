/* SPDX-License-Identifier: ISC */
#include "signet/keys/shown.h"

#include <stdlib.h>

struct judgement {
	bool right, other;
	const char *what;      /* "shows …" */
};

const char *shown_revocation(enum sign_scheme scheme)
{
	return scheme == SIGN_DKIM ? "v=DKIM1; p=" : "p=";
}

bool shown_is_revocation(const char *text)
{
	struct sign_key *any = sign_key_generate(KEY_ED25519, 0, NULL);
	const char *why;
	bool is = sign_key_compare(any, SIGN_DKIM, span_of(text), &why) == PUBLISHED_REVOKED ||
	          sign_key_compare(any, SIGN_DOMAINKEYS, span_of(text), &why) == PUBLISHED_REVOKED;

	sign_key_free(any);
	return is;
}

/* One record beside the key; without one, any key will do to tell whether it is revoked. */
static struct judgement judge_one(const struct sign_key *key, const struct sign_key *any, enum sign_scheme scheme,
                                  const char *text, const char **why)
{
	switch (sign_key_compare(key ? key : any, scheme, span_of(text), why)) {
	case PUBLISHED_SAME:
		return (struct judgement){ key != NULL, true, "shows it" };
	case PUBLISHED_REVOKED:
		return (struct judgement){ key == NULL, true, "shows that it is revoked" };
	case PUBLISHED_OTHER:
		return (struct judgement){ false, true, key ? "shows another key" : "shows a key" };
	case PUBLISHED_DAMAGED:
	case PUBLISHED_BURNT:
		return (struct judgement){ false, true, "shows a record that is damaged" };
	case PUBLISHED_UNFIT:
		return (struct judgement){ false, true, "shows a record that does not allow this" };
	}
	abort();
}

static void judge_answer(const struct authority_answer *a, const struct sign_key *key, const struct sign_key *any,
                         enum sign_scheme scheme, struct shown *out)
{
	const char *why = NULL;
	struct judgement j = { .what = "shows several records at this name, where only one may be", .other = true };

	if (a->fault.kind != FAULT_NONE) {
		buf_printf(&out->lines, "%s: gives no answer: %s\n", a->server, a->fault.text);
		return;
	}
	if (a->texts.count == 0)
		j = (struct judgement){ key == NULL, false, "shows no record" };
	else if (a->texts.count == 1)
		j = judge_one(key, any, scheme, a->texts.items[0], &why);
	out->right += j.right;
	out->empty += a->texts.count == 0;
	out->other |= j.other && !j.right;
	buf_printf(&out->lines, "%s: %s", a->server, j.what);
	if (!j.right && why && key)
		buf_printf(&out->lines, " (%s)", why);
	if (!j.right) {
		out->wait_s = a->ttl_s > out->wait_s ? a->ttl_s : out->wait_s;
		buf_printf(&out->lines, "; resolvers may hold that for %u s", a->ttl_s);
	}
	buf_add_byte(&out->lines, '\n');
}

void shown_judge(const struct authority_answers *answers, const struct sign_key *key, enum sign_scheme scheme,
                 struct shown *out)
{
	struct sign_key *any = key ? NULL : sign_key_generate(KEY_ED25519, 0, NULL);

	*out = (struct shown){ .servers = answers->count };
	for (size_t i = 0; i < answers->count; i++)
		judge_answer(&answers->items[i], key, any, scheme, out);
	sign_key_free(any);
}

bool shown_is_right(const struct shown *s)
{
	return s->servers > 0 && s->right == s->servers;
}

bool shown_is_meant(const struct authority_answers *answers, const struct sign_key *key, enum sign_scheme scheme)
{
	const char *why;

	for (size_t i = 0; i < answers->count; i++) {
		const struct text_list *texts = &answers->items[i].texts;
		for (size_t k = 0; k < texts->count; k++)
			if (sign_key_compare(key, scheme, span_of(texts->items[k]), &why) == PUBLISHED_SAME ||
			    strcasestr(texts->items[k], "v=DKIM1"))
				return true;
	}
	return false;
}

void shown_free(struct shown *s)
{
	buf_free(&s->lines);
	*s = (struct shown){ 0 };
}

/* The names that forms make of SELECTOR._domainkey.DOMAIN. */
static const struct {
	const char *between;     /* selector and domain */
	bool twice;
	const char *why;
} astray[] = {
	{ "._domainkey.", true, "the form adds the domain by itself, so that it is there twice" },
	{ ".", false, "._domainkey is missing in its name" },
};

static void look_at(struct dns *dns, size_t row, const char *domain, const char *selector, const struct sign_key *key,
                    enum sign_scheme scheme, struct shown *out)
{
	struct authority_answers answers = { 0 };
	struct buf name = { 0 };
	struct fault ignored;

	buf_printf(&name, "%s%s%s%s%s", selector, astray[row].between, domain, astray[row].twice ? "." : "",
	           astray[row].twice ? domain : "");
	if (authority_ask_txt(dns, buf_text(&name), &answers, &ignored) == 0 && shown_is_meant(&answers, key, scheme))
		buf_printf(&out->lines, "the record is at %s: %s; it belongs at %s._domainkey.%s\n", buf_text(&name),
		           astray[row].why,
		           selector, domain);
	authority_answers_free(&answers);
	buf_free(&name);
}

int shown_ask(const struct settings *s, const char *domain, const char *selector, const struct sign_key *key,
              enum sign_scheme scheme, struct shown *out, struct fault *f)
{
	struct authority_answers answers = { 0 };
	struct buf name = { 0 };
	struct dns *dns = dns_new(s, f);

	*out = (struct shown){ 0 };
	buf_printf(&name, "%s._domainkey.%s", selector, domain);
	int result = dns ? authority_ask_txt(dns, buf_text(&name), &answers, f) : -1;
	if (result == 0)
		shown_judge(&answers, key, scheme, out);
	if (result == 0 && key && out->empty > 0 && out->empty == out->servers)
		for (size_t i = 0; i < sizeof astray / sizeof astray[0]; i++)
			look_at(dns, i, domain, selector, key, scheme, out);
	authority_answers_free(&answers);
	dns_free(dns);
	buf_free(&name);
	return result;
}
