#include "relay/signer/work.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024 };

/* The keys to sign with, those that can. A key that cannot leaves its fault. */
struct choice {
	struct sign_options *options;
	size_t count;
	struct buf names;        /* "selector._domainkey.domain …" */
	struct fault fault;
};

static void choose_key(struct choice *c, const struct ring *r, const struct dkim_key *names, int64_t now_s)
{
	const struct ring_key *k = ring_find(r, names);

	if (k == NULL || k->key == NULL) {
		if (k)
			c->fault = k->fault;
		else
			fault_set(&c->fault, FAULT_TEMPORARY, "4.3.5", "key %s of %s: the signer was not given it", names->selector,
			          names->domain);
		return;
	}
	c->options[c->count++] = (struct sign_options){
		.key = k->key, .domain = k->domain, .selector = k->selector, .header = k->header, .body = k->body,
		.now_s = now_s, .expires_s = -1,
	};
	buf_printf(&c->names, "%s%s._domainkey.%s", c->names.len > 0 ? " " : "", k->selector, k->domain);
}

static void choose(struct choice *c, const struct ring *r, const struct settings *s, const char *from_domain,
                   int64_t now_s)
{
	const struct dkim_key **keys = mem_resize(NULL, s->dkim_count, sizeof *keys);
	size_t count = settings_keys_for(s, span_of(from_domain), keys);

	c->options = mem_resize(NULL, count, sizeof *c->options);
	for (size_t i = 0; i < count; i++)
		choose_key(c, r, keys[i], now_s);
	free(keys);
}

static int feed_file(struct signer *signer, int fd, uint64_t size_bytes, struct fault *f)
{
	static char piece[PIECE_BYTES];
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
		if (signer_feed(signer, (struct span){ piece, (size_t)n }, f) < 0)
			return -1;
		at += (uint64_t)n;
	}
	return 0;
}

static int make_fields(const struct choice *c, const struct sign_job *job, int fd, struct buf *fields,
                       struct fault *f)
{
	struct signer *signer = signer_new(c->options, c->count, f);

	if (signer == NULL)
		return -1;
	int result = fd >= 0 ? feed_file(signer, fd, job->size_bytes, f) : signer_feed(signer, job->message, f);
	if (result == 0)
		result = signer_finish(signer, fields, f);
	signer_free(signer);
	return result;
}

void work_sign(const struct ring *r, const struct settings *s, const struct sign_job *job, int fd, int64_t now_s,
               struct signed_fields *out)
{
	struct choice c = { 0 };
	struct buf fields = { 0 };

	choose(&c, r, s, job->from_domain, now_s);
	if (c.count > 0 && make_fields(&c, job, fd, &fields, &c.fault) < 0) {
		buf_clear(&fields);
		buf_clear(&c.names);
	}
	*out = (struct signed_fields){
		.ticket = job->ticket, .fault = c.fault, .fields = buf_take(&fields), .keys = buf_take(&c.names),
	};
	free(c.options);
}
