/* SPDX-License-Identifier: ISC */
#include "dns/dane.h"

#include <stdlib.h>

enum { NAMES_MAX = 2 };

/* The questions about one host, one after the other. */
struct host {
	struct finding *finding;
	struct target *target;
	const char *names[NAMES_MAX];    /* that may own the records, in order; the target's */
	size_t name_count, name_at;
};

struct finding {
	struct dns *dns;
	uint16_t port;
	struct host *hosts;
	struct target *targets;
	size_t count, pending;
	dane_done *done;
	void *context;
};

/* ---- bounds ---- */

void dane_keep_bounded(struct target *targets, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct target *t = &targets[i];
		size_t bytes = 0;
		for (size_t n = 0; n < t->tlsa_count; n++)
			bytes += t->tlsa[n].len + sizeof t->tlsa[n];
		if (bytes <= DANE_BYTES_MAX - kept) {
			kept += bytes;
			continue;
		}
		for (size_t n = 0; n < t->tlsa_count; n++)
			tlsa_free(&t->tlsa[n]);
		t->tlsa_count = 0;
		t->dane = DANE_FAILED;
		fault_set(&t->dane_fault, FAULT_TEMPORARY, "4.7.5", "with the hosts before it, it has more than %d KiB of them",
		          DANE_BYTES_MAX / 1024);
	}
}

static void host_done(struct finding *f)
{
	if (--f->pending > 0)
		return;
	dane_keep_bounded(f->targets, f->count);
	f->done(f->context);
	free(f->hosts);
	free(f);
}

/* ---- TLSA ---- */

static void ask_next(struct host *h);

static void tlsa_answered(void *context, struct dns_answer *a)
{
	struct host *h = context;
	struct target *t = h->target;

	if (a->fault.kind != FAULT_NONE) {
		t->dane = DANE_FAILED;
		t->dane_fault = a->fault;
	} else if (a->secure && a->count > 0) {
		t->tlsa_base = mem_text(h->names[h->name_at - 1]);
		size_t max = a->count < DANE_RECORDS_MAX ? a->count : DANE_RECORDS_MAX;
		t->dane = DANE_UNUSABLE;
		t->tlsa = mem_alloc(max * sizeof *t->tlsa);
		for (size_t i = 0; i < max; i++) {
			struct tlsa *record = &t->tlsa[t->tlsa_count];
			if (!tlsa_read(a->records[i], record))
				continue;
			if (tlsa_is_usable(record)) {
				t->dane = DANE_USABLE;
				t->tlsa_count++;
			} else {
				tlsa_free(record);
			}
		}
	}
	dns_answer_free(a);
	if (t->dane == DANE_NONE)
		ask_next(h);
	else
		host_done(h->finding);
}

static void ask_next(struct host *h)
{
	struct finding *f = h->finding;
	struct buf name = { 0 };
	struct fault fault;

	if (h->name_at == h->name_count) {
		host_done(f);
		return;
	}
	buf_printf(&name, "_%u._tcp.%s", f->port, h->names[h->name_at++]);
	/* Too long to be a name: there are no such records. */
	if (dns_start(f->dns, buf_text(&name), DNS_TLSA, tlsa_answered, h, &fault) < 0)
		ask_next(h);
	buf_free(&name);
}

/* ---- which names ---- */

static void add_name(struct host *h, const char *name)
{
	h->names[h->name_count++] = name;
}

static void alias_answered(void *context, struct dns_answer *a)
{
	struct host *h = context;

	if (a->fault.kind != FAULT_NONE) {
		h->target->dane = DANE_FAILED;
		h->target->dane_fault = a->fault;
	} else if (a->secure && a->count > 0) {
		add_name(h, h->target->host);
	}
	dns_answer_free(a);
	if (h->target->dane == DANE_NONE)
		ask_next(h);
	else
		host_done(h->finding);
}

void dane_find(struct dns *d, struct target *targets, size_t count, uint16_t port, dane_done *done, void *context)
{
	struct finding *f = mem_alloc(sizeof *f);

	*f = (struct finding){ .dns = d, .port = port, .targets = targets, .count = count, .done = done, .context = context };
	f->hosts = mem_alloc((count + 1) * sizeof *f->hosts);
	f->pending = count + 1;  /* held until all have begun */
	for (size_t i = 0; i < count; i++) {
		struct target *t = &targets[i];
		struct host *h = &f->hosts[i];
		bool is_alias = t->canonical && !span_eq_nocase(span_of(t->canonical), span_of(t->host));
		*h = (struct host){ .finding = f, .target = t };
		if (t->secure) {
			if (is_alias)
				add_name(h, t->canonical);
			add_name(h, t->host);
			ask_next(h);
		} else if (t->mx_secure && is_alias) {
			/* Its addresses are not signed, but it may be a signed alias that leads there. */
			struct fault fault;
			if (dns_start(d, t->host, DNS_CNAME, alias_answered, h, &fault) < 0)
				host_done(f);
		} else {
			host_done(f);
		}
	}
	host_done(f);
}
