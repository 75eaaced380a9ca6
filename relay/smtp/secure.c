/* SPDX-License-Identifier: ISC */
#include "relay/smtp/secure.h"

#include "base/conf/ca_bundle.h"
#include "base/log.h"
#include "relay/smtp/terms.h"

#include <stdlib.h>

enum { HANDSHAKE_WAIT_MS = 60 * 1000, NAMES_MAX = 2 };

static bool is_mx(const struct session *s)
{
	return strcmp(s->hop, "mx") == 0;
}

void secure_demand(const struct session *session, const struct target *target, struct tls_demand *out)
{
	tls_demand_find(session->tls, target, out);
	if (session->needs & NEED_TLS)
		tls_demand_require(target, !is_mx(session), out);
	if (session->needs & NEED_ANY_TLS)
		tls_demand_relax(session->tls, out);
}

bool secure_is_wanted(const struct session *session)
{
	bool wanted = session->tls != TLS_NONE || session->implicit_tls || (session->needs & NEED_TLS);

	for (size_t i = 0; i < session->target_count; i++)
		wanted |= session->targets[i].implicit_tls;
	return wanted;
}

/* How much the session depends on certificates that vouch for others. */
enum roots_use { ROOTS_FOR_NOTHING, ROOTS_FOR_THE_LOG, ROOTS_FOR_SENDING };

static enum roots_use use_of_roots(const struct session *session)
{
	enum roots_use what = ROOTS_FOR_NOTHING;

	for (size_t i = 0; i < session->target_count && what < ROOTS_FOR_SENDING; i++) {
		struct tls_demand d;
		secure_demand(session, &session->targets[i], &d);
		if (d.refused.kind == FAULT_NONE && d.level == TLS_VERIFY)
			what = ROOTS_FOR_SENDING;
		else if (d.sts_testing)
			what = ROOTS_FOR_THE_LOG;
	}
	return what;
}

static const struct secure_roots *find_roots(const struct secure_store *store, const char *ca_file)
{
	for (size_t i = 0; i < store->roots_count; i++)
		if (strcmp(store->roots[i].ca_file, ca_file) == 0)
			return &store->roots[i];
	return NULL;
}

/* The folder only where nothing else is set: one that was set is a bundle. */
static void add_roots(struct secure_store *store, const char *ca_file, struct secure_paths *late)
{
	struct tls_roots where = { 0 };

	if (find_roots(store, ca_file))
		return;
	store->roots = mem_resize(store->roots, store->roots_count + 1, sizeof *store->roots);
	struct secure_roots *roots = &store->roots[store->roots_count++];
	*roots = (struct secure_roots){ .ca_file = ca_file };
	if (ca_file[0] == '\0')
		where.folder = roots_folder(late->paths, &late->count);
	if (where.folder == NULL)
		where.bundle = ca_bundle(ca_file, &roots->fault);
	if (where.folder || where.bundle)
		tls_context_new(&where, &roots->tls, &roots->fault);
}

void secure_store_fill(const struct settings *s, struct secure_store *out, struct secure_paths *late)
{
	*out = (struct secure_store){ 0 };
	late->count = 0;
	if (tls_context_new(NULL, &out->bare, &out->fault) < 0)
		return;
	add_roots(out, s->ca_file, late);
	for (size_t i = 0; i < s->smarthost_count; i++)
		if (s->smarthosts[i].ca_file[0])
			add_roots(out, s->smarthosts[i].ca_file, late);
}

struct tls_context *secure_context(const struct secure_store *store, const struct session *session, const char *ca_file,
                                   struct fault *f)
{
	enum roots_use what = use_of_roots(session);
	const struct secure_roots *roots = find_roots(store, ca_file);

	if (store->bare == NULL) {
		*f = store->fault;
		return NULL;
	}
	if (what == ROOTS_FOR_NOTHING)
		return store->bare;
	if (roots && roots->tls)
		return roots->tls;
	if (roots)
		*f = roots->fault;
	else
		fault_set(f, FAULT_TEMPORARY, "4.3.5", "ca_file %s was not set when the role began", ca_file);
	if (what == ROOTS_FOR_SENDING)
		return NULL;
	log_line(LOG_LEVEL_WARNING, "%s", f->text);
	return store->bare;
}

/* ---- what the certificate is checked by ---- */

static bool host_counts(const struct secure *with)
{
	return is_mx(with->session) || with->target->host_is_known;
}

/*
 * RFC 7672 section 3.2.2: with DANE the records' owner, then the domain. RFC 8461 section 4.1: the host that the policy
 * names; RFC 8689 section 4.2.1 likewise, and the session's domain is only one of those that the host serves. Otherwise
 * for mx the host that was dialled or the domain itself, and a smarthost only by a name that its owner stands for.
 */
static size_t names_of_demand(const struct secure *with, const char *names[NAMES_MAX])
{
	const struct tls_demand *d = with->demand;
	size_t count = 0;

	if (d->level == TLS_DANE) {
		names[0] = with->target->tlsa_base;
		names[1] = with->session->domain;
		return 2;
	}
	bool by_message = d->source == TLS_BY_MESSAGE && is_mx(with->session);
	if (d->source == TLS_BY_STS || d->sts_testing || by_message) {
		names[0] = with->target->host;
		return 1;
	}
	if (with->session->domain[0])
		names[count++] = with->session->domain;
	if (host_counts(with))
		names[count++] = with->target->host;
	return count;
}

/* ---- the handshake ---- */

static int shake_hands(struct tls *t, const struct server *s, struct fault *f)
{
	int64_t until = patience_until(s->patience, HANDSHAKE_WAIT_MS);
	int result;

	while ((result = tls_handshake(t, f)) == 0)
		if (patience_wait(s->patience, wire_fd(s->wire), tls_wants(t), until) == 0)
			return fault_set(f, FAULT_TEMPORARY, "4.7.5", "TLS handshake did not finish in time");
	return result < 0 ? -1 : 0;
}

static void log_connection(const struct secure *with, struct server *s, const struct tls *t)
{
	struct buf text = { 0 };

	tls_describe(t, &text);
	log_line(LOG_LEVEL_INFO, "%s TLS connection established to %s: %s; %s", tls_trust_name(tls_trust(t)), s->relay,
	         buf_text(&text), tls_demand_name(with->demand));
	/* What MTA-STS will refuse once its owner means it. */
	const char *doubt = !with->target->sts_listed ? "the policy does not name this host" : tls_doubt(t);
	if (with->demand->sts_testing && doubt)
		log_line(LOG_LEVEL_WARNING, "%s: delivering although its certificate or name would fail if the MTA-STS policy "
		         "were enforced (mode: testing): %s", s->relay, doubt);
	s->tls_verified = tls_trust(t) == TLS_VERIFIED;
	if (s->tls_verified)
		buf_add_text(&text, ", verified");
	free(s->tls);
	s->tls = buf_take(&text);
}

int secure_begin(struct secure *with, struct server *s, struct fault *f)
{
	const struct session *session = with->session;
	const struct tls_demand *d = with->demand;
	bool dane = d->level == TLS_DANE;
	const char *names[NAMES_MAX];
	struct tls_check check = {
		.kind = dane ? TLS_CHECK_DANE : d->level == TLS_VERIFY ? TLS_CHECK_CHAIN :
		        d->sts_testing ? TLS_CHECK_AND_TELL : TLS_CHECK_NOTHING,
		/* RFC 7672 section 8.1: with DANE the SNI is the records' owner. */
		.name = dane ? with->target->tlsa_base : host_counts(with) ? with->target->host : session->domain,
		.names = names, .name_count = names_of_demand(with, names),
		.tlsa = with->target->tlsa, .tlsa_count = with->target->tlsa_count,
	};
	struct fault why;

	terms_digest(session, with->target, d, &check, check.terms);
	for (size_t i = 0; i < session->ticket_count && !with->afresh && check.ticket == NULL; i++)
		if (memcmp(session->tickets[i].terms, check.terms, sizeof check.terms) == 0)
			check.ticket = &session->tickets[i];
	struct tls *t = tls_new(with->tls, wire_fd(s->wire), &check);
	if (shake_hands(t, s, &why) < 0) {
		with->blames_ticket = tls_may_blame_ticket(t);
		with->heard_clear = tls_heard_clear(t);
		tls_free(t);
		if (!tls_demand_is_firm(d))
			return fault_set(f, why.kind, why.status, "%s: %s", s->relay, why.text);
		return fault_set(f, why.kind, why.status, "%s: TLS is demanded (%s): %s%s", s->relay, tls_demand_name(d), why.text,
		                 tls_demand_hint(d));
	}
	wire_use_tls(s->wire, t);
	log_connection(with, s, t);
	return 0;
}
