/* SPDX-License-Identifier: ISC */
#include "relay/signer/work.h"

#include "base/checksum.h"
#include "base/conf/key_choice.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

/* The keys to sign with, those that can. A key that cannot leaves its fault. */
struct choice {
	struct sign_options *options;
	char **domains;          /* d= of each, owned */
	size_t count;
	bool foreign;            /* no key is for From's domain */
	struct fault fault;
};

static void choose_key(struct choice *c, const struct ring *r, const struct settings *s, size_t number,
                       enum sign_scheme scheme, struct span domain, int64_t now_s)
{
	const struct ring_key *k = ring_find(r, s, number, scheme);

	if (k == NULL)
		return;
	if (k->key == NULL) {
		c->fault = k->fault;
		if (k->fault.kind == FAULT_NONE)
			fault_set(&c->fault, FAULT_TEMPORARY, "4.3.5", "key %s of %s: the signer was not given it",
			          s->dkim[number].selector, s->dkim[number].domain);
		return;
	}
	c->domains[c->count] = mem_text_span(key_choice_domain(&s->dkim[number], domain));
	ring_options(r, s, number, scheme, c->domains[c->count], now_s, &c->options[c->count]);
	/* A pattern's key cannot sign for every domain: i= is within one, and what is in a From may be no name for DNS. */
	struct signer *alone = signer_new(&c->options[c->count], 1, &c->fault);
	if (alone)
		c->count++;
	else
		free(c->domains[c->count]);
	signer_free(alone);
}

static size_t keys_for(const struct settings *s, const char *domain, const struct dkim_key **out)
{
	return domain[0] ? key_choice(s, span_of(domain), out) : 0;
}

/* DomainKeys go first, as they cover what stands below them. */
static void choose_keys(struct choice *c, const struct ring *r, const struct settings *s, const struct sign_job *job,
                        int64_t now_s)
{
	const struct dkim_key **keys = mem_resize(NULL, s->dkim_count, sizeof *keys);
	const char *domain = job->from_domain;
	size_t count = keys_for(s, domain, keys);

	c->foreign = count == 0;
	if (c->foreign && strcmp(s->on_foreign_from, "sender") == 0) {
		domain = job->sender_domain;
		count = keys_for(s, domain, keys);
	}
	c->options = mem_resize(NULL, 2 * count, sizeof *c->options);
	c->domains = mem_resize(NULL, 2 * count, sizeof *c->domains);
	for (int scheme = SIGN_DOMAINKEYS; scheme >= SIGN_DKIM; scheme--)
		for (size_t i = 0; i < count; i++)
			choose_key(c, r, s, (size_t)(keys[i] - s->dkim), (enum sign_scheme)scheme, span_of(domain), now_s);
	free(keys);
}

struct signed_texts {
	struct buf fields, keys, note;
	bool damaged;
};

static int feed_file(struct signer *signer, int fd, uint64_t size_bytes, uint64_t *checksum, struct fault *f)
{
	static char piece[PIECE_BYTES];
	struct checksum read = { 0 };
	uint64_t at = 0;

	while (at < size_bytes) {
		ssize_t n = pread(fd, piece, sizeof piece, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return fault_set(f, FAULT_TEMPORARY, "4.3.0", "cannot read the message to sign it: %s",
			                 n < 0 ? strerror(errno) : "its file is shorter than it was");
		if ((uint64_t)n > size_bytes - at)
			n = (ssize_t)(size_bytes - at);
		checksum_add(&read, (struct span){ piece, (size_t)n });
		if (signer_feed(signer, (struct span){ piece, (size_t)n }, f) < 0)
			return -1;
		at += (uint64_t)n;
	}
	*checksum = checksum_of(&read);
	return 0;
}

static int make_fields(const struct choice *c, const struct sign_job *job, int fd, struct signed_texts *out,
                       struct fault *f)
{
	struct signer *signer = signer_new(c->options, c->count, f);
	uint64_t checksum = 0;

	if (signer == NULL)
		return -1;
	int result = fd < 0 ? signer_feed(signer, job->message, f) : feed_file(signer, fd, job->size_bytes, &checksum, f);
	out->damaged = fd >= 0 && result == 0 && job->checksum && checksum != job->checksum;
	if (out->damaged)
		result = fault_set(f, FAULT_TEMPORARY, "4.3.0", "its body file in the spool is not what was stored: the "
		                   "checksum differs");
	if (result == 0)
		result = signer_finish(signer, &out->fields, f);
	/* "selector._domainkey.domain", of those that signed; why another did not is no fault of its key. */
	for (size_t i = 0; i < c->count && result == 0; i++) {
		const struct sign_options *o = &c->options[i];
		const char *why = signer_left_out(signer, i);
		if (why)
			buf_printf(&out->note, "%sno DomainKeys signature by %s of %s: %s", out->note.len > 0 ? "; " : "", o->selector,
			           o->domain, why);
		else
			buf_printf(&out->keys, "%s%s._domainkey.%s%s", out->keys.len > 0 ? " " : "", o->selector, o->domain,
			           o->scheme == SIGN_DOMAINKEYS ? "(domainkeys)" : "");
	}
	signer_free(signer);
	return result;
}

void work_sign(const struct ring *r, const struct settings *s, const struct sign_job *job, int fd, int64_t now_s,
               struct signed_fields *out)
{
	struct choice c = { 0 };
	struct signed_texts texts = { 0 };

	choose_keys(&c, r, s, job, now_s);
	if (s->dkim_count > 0 && c.foreign && c.count > 0)
		buf_printf(&texts.note, "no key signs for its From (%s); signed for its sender, %s", job->from_domain,
		           job->sender_domain);
	else if (s->dkim_count > 0 && c.foreign && c.fault.kind == FAULT_NONE)
		buf_printf(&texts.note, "unsigned: no key signs for its From (%s)", job->from_domain);
	if (c.count > 0)
		make_fields(&c, job, fd, &texts, &c.fault);
	*out = (struct signed_fields){
		.ticket = job->ticket, .fault = c.fault, .fields = buf_take(&texts.fields), .keys = buf_take(&texts.keys),
		.note = buf_take(&texts.note), .damaged = texts.damaged,
	};
	for (size_t i = 0; i < c.count; i++)
		free(c.domains[i]);
	free(c.domains);
	free(c.options);
}
