/* SPDX-License-Identifier: ISC */
/*
 * signet report - DMARC aggregate reports and TLS reports in plain words: what
 * receivers saw fail of this host's mail, and who else sends in its name.
 */
#include "base/clock.h"
#include "base/conf/config.h"
#include "base/ip_network.h"
#include "base/json.h"
#include "base/mail/message.h"
#include "base/mail/parts.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"
#include "signet/trust/input.h"
#include "signet/trust/last_run.h"
#include "signet/trust/sent.h"
#include "signet/trust/trust_commands.h"
#include "trust/archive.h"
#include "trust/dmarc_report.h"
#include "trust/provider.h"
#include "trust/tls_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum { OURS_MAX = 50, SOURCES_SHOWN = 50, FAILURES_MAX = 20 };

struct reading {
	bool json, has_settings;
	struct settings settings;
	struct ip_network ours[OURS_MAX];   /* configured, named, and those the history knows */
	size_t our_count;
	unsigned found;                  /* reports told of */
};

/* ---- our addresses ---- */

static bool add_ours(struct reading *r, struct span text)
{
	struct ip_network n;

	if (!ip_network_parse(text, &n))
		return false;
	if (r->our_count < OURS_MAX)
		r->ours[r->our_count++] = n;
	return true;
}

static bool is_ours(const struct reading *r, const char *address)
{
	struct ip_network n;

	if (!ip_network_parse(span_of(address), &n))
		return false;
	for (size_t i = 0; i < r->our_count; i++)
		if (n.bits == (n.family == 4 ? 32 : 128) && ip_network_holds(&r->ours[i], n.family, n.bytes))
			return true;
	return false;
}

/* ---- what was sent to that receiver then ---- */

struct sent_then {
	const struct provider *provider;
	struct span org;                 /* where it is none of the known: its own domain */
	bool asked;
	uint64_t delivered, refused, waits;
};

static bool is_to_receiver(const struct sent_then *t, const struct history_count *c)
{
	struct span host = sent_relay_host(c);
	struct buf below = { 0 };

	if (t->provider)
		return provider_of_mx(host) == t->provider;
	buf_printf(&below, ".%.*s", (int)t->org.len, t->org.at);
	bool is = t->org.len > 0 && (span_eq_nocase(span_of(c->domain), t->org) || span_eq_nocase(host, t->org) ||
	                             span_ends_nocase(host, buf_span(&below)));
	buf_free(&below);
	return is;
}

/* "noreply@example.org" is of example.org, where the organisation is not named by its domain. */
static struct span domain_of_reporter(const struct dmarc_report *d)
{
	struct span org = span_of(d->org_name);
	const char *at = strrchr(d->email, '@');

	if (org.len > 0 && memchr(org.at, '.', org.len) && memchr(org.at, ' ', org.len) == NULL)
		return org;
	return at ? span_of(at + 1) : SPAN("");
}

/* The hours of the report, and the addresses that were sent from since. */
static void ask_history(struct reading *r, const struct dmarc_report *d, struct sent_then *t)
{
	int64_t begin_ms = d->begin_s * 1000, end_ms = d->end_s * 1000 + 999, age_ms = clock_wall_ms() - begin_ms;
	struct history all = { 0 };
	struct fault f;

	*t = (struct sent_then){ .provider = provider_of_report(span_of(d->org_name)), .org = domain_of_reporter(d) };
	if (!r->has_settings || d->begin_s <= 0 || age_ms <= 0)
		return;
	/* What was sent then had been submitted before. */
	t->asked = history_ask(r->settings.control, age_ms + r->settings.queue_life_ms, &all, &f) == 0;
	for (size_t i = 0; i < all.count; i++) {
		const struct history_count *c = &all.items[i];
		if (c->reply.source[0] && !sent_is_local(c) && !is_ours(r, c->reply.source))
			add_ours(r, span_of(c->reply.source));
		if (c->hour_ms + HISTORY_HOUR_MS <= begin_ms || c->hour_ms > end_ms || sent_is_local(c) || !is_to_receiver(t, c))
			continue;
		t->delivered += c->result == HISTORY_DELIVERED ? c->recipients : 0;
		t->refused += c->result == HISTORY_BOUNCED ? c->recipients : 0;
		t->waits += c->result == HISTORY_WAITS ? c->recipients : 0;
	}
	history_free(&all);
}

/* ---- by source address ---- */

struct failure { char *text; uint64_t count; };

struct source {
	const char *address;
	bool ours;
	uint64_t count, pass, quarantined, rejected, overridden;
	struct failure failures[FAILURES_MAX];
	size_t failure_count;
};

struct sources {
	struct source *items;
	size_t count;
	uint64_t all, pass;
};

static void add_failure(struct source *s, struct buf *text, uint64_t count)
{
	for (size_t i = 0; text->len > 0 && i < s->failure_count; i++)
		if (strcmp(s->failures[i].text, buf_text(text)) == 0) {
			s->failures[i].count += count;
			buf_clear(text);
		}
	if (text->len > 0 && s->failure_count < FAILURES_MAX)
		s->failures[s->failure_count++] = (struct failure){ buf_take(text), count };
	buf_free(text);
}

static void count_row(struct source *s, const struct dmarc_row *row)
{
	struct buf dkim = { 0 }, spf = { 0 };

	s->count += row->count;
	s->pass += dmarc_row_passes(row) ? row->count : 0;
	s->quarantined += strcmp(row->disposition, "quarantine") == 0 ? row->count : 0;
	s->rejected += strcmp(row->disposition, "reject") == 0 ? row->count : 0;
	s->overridden += row->reason[0] ? row->count : 0;
	dmarc_row_dkim(row, &dkim);
	dmarc_row_spf(row, &spf);
	add_failure(s, &dkim, row->count);
	add_failure(s, &spf, row->count);
}

static int by_address(const void *left, const void *right)
{
	const struct dmarc_row *const *a = left, *const *b = right;

	return strcmp((*a)->source, (*b)->source);
}

/* Ours first, then those that fail most. */
static int by_weight(const void *left, const void *right)
{
	const struct source *a = left, *b = right;
	uint64_t fails_a = a->count - a->pass, fails_b = b->count - b->pass;

	if (a->ours != b->ours)
		return a->ours ? -1 : 1;
	if (fails_a != fails_b)
		return fails_a > fails_b ? -1 : 1;
	return a->count != b->count ? (a->count > b->count ? -1 : 1) : strcmp(a->address, b->address);
}

static void gather(const struct reading *r, const struct dmarc_report *d, struct sources *out)
{
	const struct dmarc_row **rows = mem_alloc((d->row_count + 1) * sizeof *rows);

	*out = (struct sources){ .items = mem_alloc((d->row_count + 1) * sizeof *out->items) };
	for (size_t i = 0; i < d->row_count; i++)
		rows[i] = &d->rows[i];
	qsort(rows, d->row_count, sizeof *rows, by_address);
	for (size_t i = 0; i < d->row_count; i++) {
		if (i == 0 || strcmp(rows[i]->source, rows[i - 1]->source) != 0)
			out->items[out->count++] = (struct source){ .address = rows[i]->source, .ours = is_ours(r, rows[i]->source) };
		count_row(&out->items[out->count - 1], rows[i]);
		out->all += rows[i]->count;
		out->pass += dmarc_row_passes(rows[i]) ? rows[i]->count : 0;
	}
	qsort(out->items, out->count, sizeof *out->items, by_weight);
	free(rows);
}

/* ---- DMARC, told ---- */

/* What an address of ours with these failures needs; "" where nothing is to be done. */
static const char *cure(const struct source *s)
{
	bool dkim = false, spf = false;

	for (size_t i = 0; i < s->failure_count; i++) {
		dkim |= strncmp(s->failures[i].text, "DKIM", 4) == 0;
		spf |= strncmp(s->failures[i].text, "SPF", 3) == 0;
	}
	if (dkim && spf)
		return "sign mail of that domain (signet route ADDRESS says which key does) and check the record (signet dns --check); then let SPF "
		       "name this address";
	if (dkim)
		return "check that the domain's mail is signed (signet route ADDRESS), and its record (signet dns --check)";
	return spf ? "let the SPF record of the envelope sender's domain name this address (signet dns prints it)" : "";
}

static void say_source(const struct source *s)
{
	say("  %s%s: %" PRIu64 " mail%s, %" PRIu64 " pass, %" PRIu64 " fail", s->address[0] ? s->address : "(no address)", s->ours ? " (ours)" : "",
	    s->count, s->count == 1 ? "" : "s", s->pass, s->count - s->pass);
	for (size_t i = 0; i < s->failure_count; i++)
		say("      %" PRIu64 " x %s", s->failures[i].count, s->failures[i].text);
	if (s->quarantined + s->rejected > 0)
		say("      %" PRIu64 " put into the spam folder, %" PRIu64 " refused because of the policy", s->quarantined, s->rejected);
	if (s->overridden > 0)
		say("      %" PRIu64 " taken all the same: forwarded, of a list, or by the receiver's own rule", s->overridden);
	if (s->ours && cure(s)[0])
		say("      to do: %s", cure(s));
}

static void say_dmarc(const struct reading *r, const struct dmarc_report *d, const struct sources *s, const struct sent_then *h)
{
	char begin[SAY_TIME_BYTES], end[SAY_TIME_BYTES];
	size_t foreign = 0, failing = 0;

	(void)r;
	say("DMARC report of %s%s%s%s, from %s to %s", d->org_name[0] ? d->org_name : "an unnamed receiver", h->provider ? " (" : "",
	    h->provider ? h->provider->title : "", h->provider ? ")" : "", say_time(d->begin_s, begin), say_time(d->end_s, end));
	say("  id:      %s", d->id);
	say("  policy:  %s: p=%s%s%s%s%s%s%s%s%s", d->domain, d->policy[0] ? d->policy : "none", d->subdomains[0] ? " sp=" : "", d->subdomains,
	    d->adkim[0] ? " adkim=" : "", d->adkim, d->aspf[0] ? " aspf=" : "", d->aspf, d->testing[0] ? " testing=" : "", d->testing);
	say("  mails:   %" PRIu64 ", of which %" PRIu64 " pass and %" PRIu64 " fail", s->all, s->pass, s->all - s->pass);
	if (h->asked)
		say("  history: this host sent %" PRIu64 " there in those hours; %" PRIu64 " were refused, %" PRIu64 " wait", h->delivered, h->refused, h->waits);
	else
		say("  history: not known: signetd was not asked, or does not answer");
	for (size_t i = 0; i < s->count; i++) {
		if (!s->items[i].ours && foreign++ == 0)
			say("  Other hosts that send with %s in From: (an ISP, a newsletter service, who forwards your mail, or a forger):", d->domain);
		if (i < SOURCES_SHOWN)
			say_source(&s->items[i]);
		failing += s->items[i].ours && s->items[i].pass < s->items[i].count;
	}
	if (s->count > SOURCES_SHOWN)
		say("  ... and %zu more addresses (--json has all)", s->count - SOURCES_SHOWN);
	if (s->count > foreign)
		say(failing ? "  Some of this host's mail fails there." : "  All of this host's mail passes there.");
	else if (s->count > 0)
		say("  None of these addresses is known to be this host's: name it with --ours ADDRESS.");
}

static void json_dmarc(struct buf *out, const struct dmarc_report *d, const struct sources *s, const struct sent_then *h)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "kind", "dmarc");
	json_text(&j, "reporter", d->org_name);
	json_text(&j, "receiver", h->provider ? h->provider->name : "");
	json_text(&j, "email", d->email);
	json_text(&j, "id", d->id);
	json_number(&j, "begin", d->begin_s);
	json_number(&j, "end", d->end_s);
	json_text(&j, "domain", d->domain);
	json_text(&j, "policy", d->policy);
	json_count(&j, "mails", s->all);
	json_count(&j, "pass", s->pass);
	if (h->asked) {
		json_object(&j, "history");
		json_count(&j, "delivered", h->delivered);
		json_count(&j, "refused", h->refused);
		json_count(&j, "waiting", h->waits);
		json_end(&j);
	} else {
		json_null(&j, "history");
	}
	json_array(&j, "sources");
	for (size_t i = 0; i < s->count; i++) {
		const struct source *x = &s->items[i];
		json_object(&j, NULL);
		json_text(&j, "address", x->address);
		json_flag(&j, "ours", x->ours);
		json_count(&j, "mails", x->count);
		json_count(&j, "pass", x->pass);
		json_count(&j, "quarantined", x->quarantined);
		json_count(&j, "rejected", x->rejected);
		json_array(&j, "failures");
		for (size_t k = 0; k < x->failure_count; k++) {
			json_object(&j, NULL);
			json_text(&j, "what", x->failures[k].text);
			json_count(&j, "mails", x->failures[k].count);
			json_end(&j);
		}
		json_end(&j);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	buf_add_byte(out, '\n');
}

static int tell_dmarc(struct reading *r, struct span xml, struct fault *f)
{
	struct dmarc_report d;
	struct sources s;
	struct sent_then h;
	struct buf out = { 0 };

	if (dmarc_report_read(xml, &d, f) < 0)
		return -1;
	ask_history(r, &d, &h);
	gather(r, &d, &s);
	r->found++;
	if (r->json)
		json_dmarc(&out, &d, &s, &h);
	else
		say_dmarc(r, &d, &s, &h);
	ask_print(&out);
	for (size_t i = 0; i < s.count; i++)
		for (size_t k = 0; k < s.items[i].failure_count; k++)
			free(s.items[i].failures[k].text);
	free(s.items);
	dmarc_report_free(&d);
	return 0;
}

/* ---- TLS, told ---- */

static void say_tls(const struct tls_report *t)
{
	say("TLS report of %s on mail to our mail exchangers, from %s to %s", t->org_name[0] ? t->org_name : "an unnamed sender", t->begin, t->end);
	say("  id:      %s%s%s", t->id, t->contact[0] ? ", contact " : "", t->contact);
	for (size_t i = 0; i < t->policy_count; i++) {
		const struct tls_policy *p = &t->policies[i];
		say("  %s, by %s%s%s: %" PRIu64 " sessions were good, %" PRIu64 " failed", p->domain[0] ? p->domain : "(no domain)", tls_policy_words(p->type),
		    p->mx[0] ? ", MX " : "", p->mx, p->good, p->failed);
		for (size_t k = 0; k < p->failure_count; k++) {
			const struct tls_failure *x = &p->failures[k];
			say("      %" PRIu64 " x %s%s%s%s%s", x->sessions, x->type, x->mx[0] ? " at " : "", x->mx, x->address[0] ? ", " : "", x->address);
			if (x->means[0])
				say("          %s", x->means);
			if (x->more[0])
				say("          it adds: %s", x->more);
			if (x->advice[0])
				say("          to do: %s", x->advice);
		}
	}
}

static void json_tls(struct buf *out, const struct tls_report *t)
{
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "kind", "tls");
	json_text(&j, "reporter", t->org_name);
	json_text(&j, "id", t->id);
	json_text(&j, "begin", t->begin);
	json_text(&j, "end", t->end);
	json_array(&j, "policies");
	for (size_t i = 0; i < t->policy_count; i++) {
		const struct tls_policy *p = &t->policies[i];
		json_object(&j, NULL);
		json_text(&j, "type", p->type);
		json_text(&j, "domain", p->domain);
		json_text(&j, "mx", p->mx);
		json_count(&j, "good", p->good);
		json_count(&j, "failed", p->failed);
		json_array(&j, "failures");
		for (size_t k = 0; k < p->failure_count; k++) {
			const struct tls_failure *x = &p->failures[k];
			json_object(&j, NULL);
			json_text(&j, "type", x->type);
			json_count(&j, "sessions", x->sessions);
			json_text(&j, "mx", x->mx);
			json_text(&j, "address", x->address);
			json_text(&j, "sender", x->sender);
			json_text(&j, "more", x->more);
			json_text(&j, "means", x->means);
			json_text(&j, "advice", x->advice);
			json_end(&j);
		}
		json_end(&j);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	buf_add_byte(out, '\n');
}

static int tell_tls(struct reading *r, struct span text, struct fault *f)
{
	struct tls_report t;
	struct buf out = { 0 };

	if (tls_report_read(text, &t, f) < 0)
		return -1;
	r->found++;
	if (r->json)
		json_tls(&out, &t);
	else
		say_tls(&t);
	ask_print(&out);
	tls_report_free(&t);
	return 0;
}

/* ---- what it is ---- */

enum form { FORM_NONE, FORM_XML, FORM_JSON };

static enum form form_of(struct span s)
{
	static const char *const marks[] = { "\xef\xbb\xbf", "\xff\xfe", "\xfe\xff" };

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (s.len >= strlen(marks[i]) && memcmp(s.at, marks[i], strlen(marks[i])) == 0) {
			if (i > 0)
				return FORM_XML;     /* UTF-16, which expat reads */
			s = (struct span){ s.at + 3, s.len - 3 };
		}
	while (s.len > 0 && byte_is_white(s.at[0]))
		s = (struct span){ s.at + 1, s.len - 1 };
	if (s.len == 0)
		return FORM_NONE;
	return s.at[0] == '<' ? FORM_XML : s.at[0] == '{' || s.at[0] == '[' ? FORM_JSON : FORM_NONE;
}

static int take_file(void *context, struct span content, struct fault *f)
{
	struct reading *r = context;

	switch (form_of(content)) {
	case FORM_XML: return tell_dmarc(r, content, f);
	case FORM_JSON: return tell_tls(r, content, f);
	default:
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "it is neither XML nor JSON, and so no report");
	}
}

static int read_mail(struct reading *r, struct span message, struct fault *f)
{
	struct part_list parts;
	int result = 0;

	parts_read(message, &parts);
	for (size_t i = 0; i < parts.count && result == 0; i++) {
		const struct part *p = &parts.items[i];
		struct buf content = { 0 };
		bool is_words = p->type.len == 0 || span_eq_nocase(p->type, SPAN("text/plain")) || span_eq_nocase(p->type, SPAN("text/html"));
		if (!is_words && !span_starts_nocase(p->type, SPAN("message/"))) {
			if (!part_decode(p, INPUT_BYTES_MAX, &content))
				result = fault_set(f, FAULT_PERMANENT, "5.6.0", "an attachment is in an encoding that is not known here, or too large");
			else if (archive_is(buf_span(&content)) || form_of(buf_span(&content)) != FORM_NONE)
				result = archive_read(buf_span(&content), take_file, r, f);
		}
		buf_free(&content);
	}
	part_list_free(&parts);
	if (result == 0 && r->found == 0)
		result = fault_set(f, FAULT_PERMANENT, "5.6.0", "it is a mail without a report in it");
	return result;
}

static int read_any(struct reading *r, struct span bytes, struct fault *f)
{
	struct span rest = message_skip_mbox(bytes);
	struct field field;

	if (archive_is(bytes) || form_of(bytes) != FORM_NONE)
		return archive_read(bytes, take_file, r, f);
	if (message_next_field(&rest, &field))
		return read_mail(r, bytes, f);
	return fault_set(f, FAULT_PERMANENT, "5.6.0", "it is not a report: neither XML (DMARC), JSON (TLS), a gzip or zip file of these, nor a mail "
	                 "with one of them");
}

/* ---- the command ---- */

static bool take_arguments(int argc, char **argv, struct reading *r, const char **name)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			r->json = true;
		} else if (strcmp(argv[i], "--ours") == 0 && i + 1 < argc) {
			if (!add_ours(r, span_of(argv[++i]))) {
				fprintf(stderr, "signet: --ours %.100s: it is not an IP address or network\n", argv[i]);
				return false;
			}
		} else if ((argv[i][0] != '-' || argv[i][1] == '\0') && *name == NULL) {
			*name = argv[i];
		} else {
			return false;
		}
	}
	return *name != NULL;
}

/* As configured, and as signet check saw them from outside. */
static void add_known(struct reading *r)
{
	const struct settings *s = &r->settings;
	struct buf last = { 0 };

	last_run_read(s, LAST_RUN_SEEN, &last);
	add_ours(r, last_run_address(buf_span(&last), 4));
	add_ours(r, last_run_address(buf_span(&last), 6));
	buf_free(&last);
	for (size_t i = 0; i < s->mx_source.count; i++)
		add_ours(r, span_of(s->mx_source.items[i]));
	for (size_t i = 0; i < s->smarthost_count; i++)
		for (size_t k = 0; k < s->smarthosts[i].source.count; k++)
			add_ours(r, span_of(s->smarthosts[i].source.items[k]));
}

int command_report(int argc, char **argv)
{
	struct reading *r = mem_alloc(sizeof *r);
	const char *name = NULL;
	struct buf bytes = { 0 };
	struct fault f = { 0 };
	int status = EX_USAGE;

	if (!take_arguments(argc, argv, r, &name)) {
		fprintf(stderr, "usage: signet report [--json] [--ours ADDRESS]... FILE|-\n");
		free(r);
		return EX_USAGE;
	}
	/* A report is read whatever the configuration is like. */
	r->has_settings = config_load(config_file(NULL), &r->settings, &f) == 0;
	if (r->has_settings)
		add_known(r);
	if (input_read(name, &bytes, &f) < 0) {
		status = complain(&f);
	} else if (read_any(r, buf_span(&bytes), &f) < 0) {
		fault_prefix(&f, "%.200s", strcmp(name, "-") == 0 ? "standard input" : name);
		complain(&f);
		status = EX_DATAERR;
	} else {
		status = EX_OK;
	}
	if (r->has_settings)
		settings_free(&r->settings);
	buf_free(&bytes);
	free(r);
	return status;
}
