/* SPDX-License-Identifier: ISC */
#include "signet/keys/keyset.h"

#include "base/secret.h"
#include "signet/keys/key_kind.h"
#include "signet/keys/keyfile.h"
#include "signet/keys/selector.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* True when one that does not see the file, credential or variable leaves it to signetd, with *why. */
static bool is_unseen(const char *file, const char **why)
{
	if (strncmp(file, SECRET_CREDENTIAL, sizeof SECRET_CREDENTIAL - 1) == 0) {
		*why = "a credential, which systemd gives only to signetd: see the log of signetd about this key";
		return getenv("CREDENTIALS_DIRECTORY") == NULL;
	}
	if (strncmp(file, SECRET_ENVIRONMENT, sizeof SECRET_ENVIRONMENT - 1) == 0) {
		*why = "the value of an environment variable, which only signetd has: see the log of signetd about this key";
		return getenv(file + sizeof SECRET_ENVIRONMENT - 1) == NULL;
	}
	*why = "not for this user to look at; run as root to have it checked";
	return geteuid() != 0 && access(file, R_OK) < 0 && errno == EACCES;
}

/* ---- trying ---- */

static enum canon canon_of(const char *word)
{
	return strcmp(word, "simple") == 0 ? CANON_SIMPLE : strcmp(word, "nofws") == 0 ? CANON_NOFWS : CANON_RELAXED;
}

/* Whether it could sign: the scheme, the system's crypto policy and the names are the signer's to judge. */
static int try_key(const struct keyset_key *k, struct fault *f)
{
	const struct dkim_key *e = k->entry;
	bool dkim = k->scheme == SIGN_DKIM, pattern = e->domain[0] == '*';
	struct buf domain = { 0 };

	if (selector_check(e->domain, k->selector, f) < 0)
		return -1;
	/* Only a message tells which domain a pattern means; a domain below the pattern stands for it here. */
	if (e->domain[0] == '*')
		buf_printf(&domain, "trial%s", strcmp(e->domain, "*") == 0 ? ".example" : e->domain + 1);
	else
		buf_add_text(&domain, e->domain);
	struct sign_options options = {
		.scheme = k->scheme, .key = k->key, .domain = buf_text(&domain), .selector = k->selector,
		.header = canon_of(dkim ? e->header_canon : e->domainkeys_canon),
		.body = canon_of(dkim ? e->body_canon : e->domainkeys_canon),
		.identity = dkim && e->identity[0] && !pattern ? e->identity : NULL, .now_s = -1, .expires_s = -1,
	};
	struct signer *s = signer_new(&options, 1, f);
	signer_free(s);
	buf_free(&domain);
	return s ? 0 : -1;
}

void keyset_open(struct keyset_key *k)
{
	const char *why;

	if (is_unseen(k->file, &why)) {
		k->state = KEYSET_UNSEEN;
		fault_set(&k->fault, FAULT_PERMANENT, "4.3.5", "%.300s: %s", k->file, why);
		return;
	}
	k->key = keyfile_read_configured(k->entry, k->scheme, &k->fault);
	k->state = k->key && try_key(k, &k->fault) == 0 ? KEYSET_USABLE : KEYSET_UNUSABLE;
	if (k->state == KEYSET_USABLE)
		return;
	/* Say what would help: a key where there is none; an RSA key beside it where DomainKeys cannot use the one that is there. */
	bool own = k->scheme == SIGN_DKIM || k->entry->domainkeys_file[0];
	if (k->file[0] == '/' && own && k->entry->domain[0] != '*' && access(k->file, F_OK) < 0 && errno == ENOENT)
		fault_set(&k->fault, FAULT_PERMANENT, "4.3.5", "%.300s: No such file; make it with: signet key new%s --domain %.100s "
		          "--selector %.100s", k->file, k->scheme == SIGN_DKIM ? "" : " --domainkeys", k->entry->domain, k->selector);
	if (k->scheme == SIGN_DOMAINKEYS && k->key && sign_key_type(k->key) != KEY_RSA)
		fault_set(&k->fault, FAULT_PERMANENT, "4.3.5", "%.300s: DomainKeys signs only with RSA keys, and this is an "
		          "ed25519 key; make one with: signet key new --domainkeys --domain %.100s", k->file, k->entry->domain);
	sign_key_free(k->key);
	k->key = NULL;
}

/* ---- all of them ---- */

bool keyset_is_wanted(const char *wanted, const char *name)
{
	return wanted == NULL || span_eq_nocase(span_of(wanted), span_of(name));
}

static void add_key(struct keyset *out, const struct dkim_key *e, enum sign_scheme scheme)
{
	bool own = scheme == SIGN_DOMAINKEYS && e->domainkeys_file[0];

	out->items[out->count++] = (struct keyset_key){
		.entry = e, .scheme = scheme, .selector = scheme == SIGN_DKIM ? e->selector : e->domainkeys_selector,
		.file = own ? e->domainkeys_file : e->file,
	};
}

void keyset_name(const struct settings *s, struct keyset *out)
{
	*out = (struct keyset){ .items = mem_resize(NULL, 2 * s->dkim_count, sizeof *out->items) };
	for (size_t i = 0; i < s->dkim_count; i++) {
		add_key(out, &s->dkim[i], SIGN_DKIM);
		if (s->dkim[i].domainkeys_selector[0])
			add_key(out, &s->dkim[i], SIGN_DOMAINKEYS);
	}
}

void keyset_add_names(const struct settings *s, struct buf *out)
{
	struct keyset keys;

	keyset_name(s, &keys);
	for (size_t i = 0; i < keys.count; i++)
		buf_printf(out, "%s%s of %s", i ? ", " : "", keys.items[i].selector, keys.items[i].entry->domain);
	keyset_free(&keys);
}

void keyset_read(const struct settings *s, struct keyset *out)
{
	keyset_name(s, out);
	for (size_t i = 0; i < out->count; i++)
		keyset_open(&out->items[i]);
}

bool keyset_has_rsa(const struct keyset *k, const char *domain)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct keyset_key *one = &k->items[i];
		if (one->scheme == SIGN_DKIM && one->key && sign_key_type(one->key) == KEY_RSA &&
		    span_eq_nocase(span_of(one->entry->domain), span_of(domain)))
			return true;
	}
	return false;
}

void keyset_warn(const struct keyset *all, const struct keyset_key *k, struct buf *out)
{
	const char *domain = k->entry->domain;

	if (k->key && sign_key_type(k->key) == KEY_RSA && sign_key_bits(k->key) < KEY_BITS_ADVISED)
		buf_printf(out, "%u bits are few; receivers recommend %d: signet key rotate --domain %s --selector %s",
		           sign_key_bits(k->key),
		           KEY_BITS_ADVISED, domain, k->selector);
	if (k->key && sign_key_type(k->key) == KEY_ED25519 && k->scheme == SIGN_DKIM && !keyset_has_rsa(all, domain))
		buf_printf(out, "%s has no RSA key, and many receivers verify no other: sign with one too: signet key new%s%s", domain,
		           domain[0] == '*' ? "" : " --domain ", domain[0] == '*' ? "" : domain);
}

void keyset_free(struct keyset *k)
{
	for (size_t i = 0; i < k->count; i++)
		sign_key_free(k->items[i].key);
	free(k->items);
	*k = (struct keyset){ 0 };
}
