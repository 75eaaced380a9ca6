/* SPDX-License-Identifier: ISC */
#include "relay/signetd/secrets.h"

#include "base/conf/proxy_place.h"
#include "base/secret.h"
#include "base/secret_command.h"

#include <stdlib.h>

enum { KEY_BYTES_MAX = 64 * 1024, PASSWORD_BYTES_MAX = 4096 };

/* Without a queue we are in a container, or in its like. */
static size_t read_one(const struct settings *s, const char *path, size_t max, const char *what, const char *whose, struct buf *out,
                       struct buf *faults)
{
	struct fault f = { 0 };

	if (path[0] == '\0' || (settings_have_no_queue(s) ? secret_read_in_container : secret_read)(path, max, out, &f) == 0)
		return 0;
	buf_printf(faults, "%s %s: %s\n", what, whose, f.text);
	return 1;
}

/* Keys are PEM or nothing; what is in them is the signer's to read. */
static size_t read_pem(const struct settings *s, const char *path, const char *what, const char *whose, struct buf *out, struct buf *faults)
{
	if (read_one(s, path, KEY_BYTES_MAX, what, whose, out, faults) > 0)
		return 1;
	if (path[0] == '\0' || (out->len > 0 && memmem(out->at, out->len, "-----BEGIN ", 11) != NULL))
		return 0;
	buf_printf(faults, "%s %s: %s holds no PEM (\"-----BEGIN PRIVATE KEY-----\"): \"signet config check\" says what it holds and how to "
	           "turn it into one; \"signet key new\" makes one\n", what, whose, path);
	return 1;
}

/* The first line alone. */
static size_t read_line(const struct settings *s, const char *path, const char *what, const char *whose, size_t max, struct buf *out,
                        struct buf *faults)
{
	size_t bad = read_one(s, path, PASSWORD_BYTES_MAX, what, whose, out, faults);
	size_t len = 0;

	while (len < out->len && out->at[len] != '\n' && out->at[len] != '\r')
		len++;
	out->len = len;
	if (bad == 0 && path[0] && (len == 0 || len > max)) {
		buf_printf(faults, "%s %s: %s %s\n", what, whose, path, len == 0 ? "is empty" : "has a first line that is too long");
		bad = 1;
	}
	return bad;
}

size_t secrets_read(const struct settings *s, struct secrets *out, struct buf *faults)
{
	size_t bad = 0;

	*out = (struct secrets){ .key_count = s->dkim_count, .password_count = s->smarthost_count };
	out->keys = mem_alloc((s->dkim_count + 1) * sizeof(struct buf));
	out->domainkeys = mem_alloc((s->dkim_count + 1) * sizeof(struct buf));
	out->passphrases = mem_alloc((s->dkim_count + 1) * sizeof(struct buf));
	out->proxy_passwords = mem_alloc((s->smarthost_count + 1) * sizeof(struct buf));
	out->passwords = mem_alloc((s->smarthost_count + 1) * sizeof(struct buf));
	for (size_t i = 0; i < s->dkim_count; i++) {
		const struct dkim_key *k = &s->dkim[i];
		struct fault f = { 0 };
		bad += read_pem(s, k->file, "key of", k->domain, &out->keys[i], faults);
		bad += read_pem(s, k->domainkeys_file, "DomainKeys key of", k->domain, &out->domainkeys[i], faults);
		if (k->password_command[0] == '\0')
			continue;
		if (secret_from_command(k->password_command, PASSWORD_BYTES_MAX, &out->passphrases[i], &f) < 0) {
			buf_printf(faults, "pass phrase of the key of %s: %s\n", k->domain, f.text);
			bad++;
		}
	}
	for (size_t i = 0; i < s->smarthost_count; i++) {
		const struct smarthost *h = &s->smarthosts[i];
		struct buf client = { 0 };    /* read when it is needed; that it can be is seen now */
		bad += read_line(s, h->password_file, "password for smarthost", h->name, PASSWORD_BYTES_MAX, &out->passwords[i], faults);
		bad += read_line(s, h->proxy_password_file, "proxy password for smarthost", h->name, PROXY_NAME_MAX, &out->proxy_passwords[i],
		                 faults);
		bad += read_line(s, h->oauth_client_secret_file, "client_secret_file of smarthost", h->name, PASSWORD_BYTES_MAX, &client, faults);
		secret_free(&client);
	}
	return bad + read_line(s, s->mx_proxy_password_file, "mx_proxy", s->mx_proxy, PROXY_NAME_MAX, &out->proxy_passwords[s->smarthost_count],
	                       faults);
}

void secrets_free(struct secrets *s)
{
	for (size_t i = 0; i < s->key_count; i++) {
		secret_free(&s->keys[i]);
		secret_free(&s->domainkeys[i]);
		secret_free(&s->passphrases[i]);
	}
	for (size_t i = 0; i < s->password_count; i++)
		secret_free(&s->passwords[i]);
	for (size_t i = 0; s->proxy_passwords && i <= s->password_count; i++)
		secret_free(&s->proxy_passwords[i]);
	free(s->proxy_passwords);
	free(s->keys);
	free(s->domainkeys);
	free(s->passphrases);
	free(s->passwords);
	*s = (struct secrets){ 0 };
}

struct span secrets_password(const struct secrets *secrets, const struct settings *s, const char *smarthost)
{
	for (size_t i = 0; i < s->smarthost_count; i++)
		if (strcmp(s->smarthosts[i].name, smarthost) == 0)
			return buf_span(&secrets->passwords[i]);
	return (struct span){ 0 };
}

struct span secrets_proxy_password(const struct secrets *secrets, const struct settings *s, const char *smarthost)
{
	size_t i = 0;

	while (i < s->smarthost_count && strcmp(s->smarthosts[i].name, smarthost) != 0)
		i++;
	return i < s->smarthost_count || smarthost[0] == '\0' ? buf_span(&secrets->proxy_passwords[i]) : (struct span){ 0 };
}
