/* SPDX-License-Identifier: ISC */
#include "signet/keys/publish.h"

#include "base/clock.h"
#include "base/escape.h"
#include "base/secret.h"
#include "dns/talk.h"
#include "signet/keys/publish_command.h"
#include "signet/keys/shown.h"
#include "signet/talk/complain.h"
#include "signet/talk/named_file.h"
#include "trust/spf_record.h"

#include <stdlib.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum { SHOWN_PATIENCE_MS = 10 * 1000, API_PATIENCE_MS = 30 * 1000, SHOWN_PAUSE_MS = 500 };

enum plan { PLAN_SAME, PLAN_LEAVE_OTHER, PLAN_LEAVE_ALIAS, PLAN_ADD, PLAN_REPLACE, PLAN_REPLACE_ONE };

struct item {
	const struct record *record;
	enum plan plan;
	struct update_rrset was;
	struct authority_servers servers;   /* the first is the one */
	bool sent;
};

struct work {
	const struct publish_options *options;
	struct dns *dns;
	struct item *items;
	size_t count;
};

/* ---- how ---- */

int publish_read_key(const char *path, struct update_key *out, struct fault *f)
{
	struct buf text = { 0 };
	int result = secret_read(path, UPDATE_KEY_FILE_MAX, &text, f);

	if (result == 0 && update_key_parse(buf_span(&text), out, f) < 0)
		result = fault_prefix(f, "%s", path);
	secret_free(&text);
	return result;
}

int publish_read_named_key(const char *path, struct update_key *out, struct fault *f)
{
	return publish_read_key(path, out, f) < 0 ? named_file_fault(path, f) : 0;
}

int publish_options_of(const struct settings *s, struct update_key *key, struct publish_options *out, struct fault *f)
{
	*key = (struct update_key){ 0 };
	*out = (struct publish_options){ .server = s->publish_server[0] ? s->publish_server : NULL, .command = s->publish_command };
	if (s->publish_tsig_file[0] && publish_read_key(s->publish_tsig_file, key, f) < 0)
		return -1;
	out->key = key->name ? key : NULL;
	return 0;
}

static bool by_command(const struct work *w)
{
	return w->options->command && w->options->command[0];
}

/* ---- which server ---- */

static int parse_server(struct dns *d, const char *text, struct authority_servers *out, struct fault *f)
{
	struct span port = span_of(text), host = span_cut(&port, '@');
	unsigned long long number = TALK_PORT;
	struct ip_address address;
	int result = 0;

	if (port.at && (!span_number(port, 65535, &number) || number == 0))
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "--server %s: no port after the @", text);
	char *name = mem_text_span(host);
	if (ip_address_parse(host, &address))
		authority_servers_add(out, "", &address, (uint16_t)number);
	else
		result = authority_add_host(d, name, out, f);
	for (size_t i = 0; i < out->count; i++)
		out->items[i].port = (uint16_t)number;
	free(name);
	return result;
}

int publish_check_server(const struct settings *s, const char *server, struct fault *f)
{
	struct authority_servers servers = { 0 };
	struct dns *d = dns_new(s, f);

	if (d == NULL)
		return -1;
	int result = parse_server(d, server, &servers, f);
	authority_servers_free(&servers);
	dns_free(d);
	return result;
}

/* The first address that answers comes first. */
static int look_at_item(struct item *item, struct fault *f)
{
	struct authority_servers *servers = &item->servers;

	for (size_t i = 0; i < servers->count; i++) {
		if (update_look(&servers->items[i], item->record->name, &item->was, f) < 0)
			continue;
		struct authority_server one = servers->items[i];
		servers->items[i] = servers->items[0];
		servers->items[0] = one;
		return 0;
	}
	return -1;
}

/* ---- what to do ---- */

static bool is_published(const struct record *r, const char *text)
{
	const char *why;

	if (r->kind == RECORD_REVOCATION)
		return shown_is_revocation(text);
	if (r->key == NULL)
		return strcmp(text, r->value) == 0;
	return sign_key_compare(r->key, record_scheme(r->kind), span_of(text), &why) == PUBLISHED_SAME;
}

/* All that lies at _domainkey.DOMAIN is such a policy; elsewhere what begins with a version (RFC 9989, RFC 7208). */
static bool is_of_its_kind(const struct record *r, const char *text)
{
	if (r->kind == RECORD_SPF)
		return spf_is_record(span_of(text));
	return r->kind == RECORD_POLICY || span_starts_nocase(span_trim(span_of(text)), SPAN("v=DMARC1"));
}

static enum plan plan_key(const struct record *r, const struct text_list *texts)
{
	if (texts->count == 1 && is_published(r, texts->items[0]))
		return PLAN_SAME;
	return texts->count > 0 ? PLAN_REPLACE : PLAN_ADD;
}

/* None is as good as one that says so. */
static enum plan plan_revocation(const struct record *r, const struct text_list *texts)
{
	if (texts->count == 0 || (texts->count == 1 && is_published(r, texts->items[0])))
		return PLAN_SAME;
	return PLAN_REPLACE;
}

static enum plan plan_policy(const struct record *r, const struct text_list *texts)
{
	enum plan plan = PLAN_ADD;

	for (size_t i = 0; i < texts->count; i++) {
		if (is_published(r, texts->items[i]))
			return PLAN_SAME;
		if (is_of_its_kind(r, texts->items[i]))
			plan = PLAN_LEAVE_OTHER;
	}
	return plan;
}

/* The one that the new record was made from, and no other. */
static enum plan plan_spf(const struct record *r, const struct text_list *texts)
{
	size_t others = 0, made_from = 0;

	for (size_t i = 0; i < texts->count; i++) {
		if (is_published(r, texts->items[i]))
			return PLAN_SAME;
		bool is_origin = r->replaces && strcmp(texts->items[i], r->replaces) == 0;
		made_from += is_origin;
		others += !is_origin && is_of_its_kind(r, texts->items[i]);
	}
	if (others > 0 || (r->replaces && made_from == 0))
		return PLAN_LEAVE_OTHER;
	return made_from > 0 ? PLAN_REPLACE_ONE : PLAN_ADD;
}

static enum plan plan_record(const struct record *r, const struct text_list *texts)
{
	switch (r->kind) {
	case RECORD_DKIM:
	case RECORD_DOMAINKEYS:
		return plan_key(r, texts);
	case RECORD_REVOCATION:
		return plan_revocation(r, texts);
	case RECORD_SPF:
		return plan_spf(r, texts);
	case RECORD_POLICY:
	case RECORD_DMARC:
		return plan_policy(r, texts);
	}
	abort();
}

static int prepare_item(struct work *w, struct item *item)
{
	struct fault f = { 0 };
	struct buf zone = { 0 };
	int result;

	if (w->options->server)
		result = parse_server(w->dns, w->options->server, &item->servers, &f);
	else if (by_command(w))
		result = authority_find(w->dns, item->record->name, &zone, &item->servers, &f);     /* a primary may be hidden */
	else
		result = update_find_primary(w->dns, item->record->name, &item->servers, &f);
	buf_free(&zone);
	if (result == 0)
		result = look_at_item(item, &f);
	if (result < 0)
		return complain(&f);
	item->plan = item->was.alias[0] ? PLAN_LEAVE_ALIAS : plan_record(item->record, &item->was.texts);
	return EX_OK;
}

static bool is_change(const struct item *item)
{
	return item->plan == PLAN_ADD || item->plan == PLAN_REPLACE || item->plan == PLAN_REPLACE_ONE;
}

/* ---- showing it ---- */

static void print_text(const char *before, const char *name, const char *text)
{
	struct buf escaped = { 0 };

	escape_for_terminal(&escaped, span_of(text));
	printf("%s%s %s\n", before, name, buf_text(&escaped));
	buf_free(&escaped);
}

static void show_item(const struct item *item)
{
	const char *name = item->record->name, *value = item->record->value;
	const struct text_list *texts = &item->was.texts;

	switch (item->plan) {
	case PLAN_SAME:
		break;
	case PLAN_LEAVE_ALIAS:
		print_text("  left alone, it is an alias: ", name, item->was.alias);
		print_text("    publish where that leads: ", name, value);
		break;
	case PLAN_LEAVE_OTHER:
		for (size_t i = 0; i < texts->count; i++)
			print_text("  left alone, it is yours: ", name, texts->items[i]);
		print_text("    ours would have been: ", name, value);
		break;
	case PLAN_ADD:
	case PLAN_REPLACE:
	case PLAN_REPLACE_ONE:
		for (size_t i = 0; i < texts->count && item->plan == PLAN_REPLACE; i++)
			print_text("- ", item->was.name, texts->items[i]);
		if (item->plan == PLAN_REPLACE_ONE)
			print_text("- ", item->was.name, item->record->replaces);
		print_text("+ ", name, value);
	}
}

static bool is_same_place(const struct work *w, const struct item *a, const struct item *b)
{
	return strcmp(a->was.zone, b->was.zone) == 0 &&
	       (by_command(w) || strcmp(a->servers.items[0].name, b->servers.items[0].name) == 0);
}

/* How many records change. */
static size_t show_all(const struct work *w)
{
	size_t changes = 0;

	for (size_t i = 0; i < w->count; i++) {
		const struct item *item = &w->items[i];
		bool begins = item->plan != PLAN_SAME;
		for (size_t k = 0; k < i && begins; k++)
			begins = w->items[k].plan == PLAN_SAME || !is_same_place(w, item, &w->items[k]);
		if (begins)
			printf(by_command(w) ? "zone %s by publish_command (as %s shows it):\n" : "zone %s at %s:\n", item->was.zone,
			       item->servers.items[0].name);
		show_item(item);
		changes += is_change(item);
	}
	return changes;
}

static bool ask_owner(void)
{
	char answer[16] = "";
	FILE *terminal = fopen("/dev/tty", "r+e");

	fflush(stdout);
	if (terminal == NULL) {
		fprintf(stderr, "signet: nothing was sent: there is no terminal to ask on; --yes sends without asking\n");
		return false;
	}
	fputs("Publish this? [y/N] ", terminal);
	fflush(terminal);
	bool yes = fgets(answer, sizeof answer, terminal) && (answer[0] == 'y' || answer[0] == 'Y');
	fclose(terminal);
	if (!yes)
		fprintf(stderr, "signet: nothing was sent\n");
	return yes;
}

/* ---- sending it: one update a zone ---- */

static struct update_change change_of(struct item *item)
{
	return (struct update_change){ .was = &item->was, .replace = item->plan == PLAN_REPLACE, .ttl_s = RECORDS_TTL_S,
	                               .drop = item->plan == PLAN_REPLACE_ONE ? item->record->replaces : NULL,
	                               .becomes = { (char **)(uintptr_t)&item->record->value, 1 } };
}

static int send_place(struct work *w, size_t first)
{
	struct update_change *changes = mem_resize(NULL, w->count, sizeof *changes);
	struct item *head = &w->items[first];
	struct fault f = { 0 };
	size_t count = 0;

	for (size_t i = first; i < w->count; i++)
		if (is_change(&w->items[i]) && is_same_place(w, head, &w->items[i]))
			changes[count++] = change_of(&w->items[i]);
	const char *action = head->record->kind == RECORD_REVOCATION ? "revoke" : "publish";
	int result = by_command(w) ? publish_command_run(w->options->command, action, changes, count, &f)
	                           : update_send(&head->servers.items[0], changes, count, w->options->key, &f);
	for (size_t i = first; i < w->count; i++)
		if (is_change(&w->items[i]) && is_same_place(w, head, &w->items[i]))
			w->items[i].sent = result == 0;
	free(changes);
	if (result < 0)
		return complain(&f);
	printf("%s has taken the update of %s\n", by_command(w) ? "publish_command" : head->servers.items[0].name, head->was.zone);
	return EX_OK;
}

static bool is_first_of_place(const struct work *w, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_change(&w->items[i]) && is_same_place(w, &w->items[i], &w->items[at]))
			return false;
	return is_change(&w->items[at]);
}

static int send_all(struct work *w)
{
	int status = EX_OK;

	for (size_t i = 0; i < w->count; i++) {
		int one = is_first_of_place(w, i) ? send_place(w, i) : EX_OK;
		status = status == EX_OK ? one : status;
	}
	return status;
}

/* ---- looking again ---- */

static bool answer_shows(const struct record *r, const struct authority_answer *a)
{
	if (a->fault.kind != FAULT_NONE || (r->key && a->texts.count != 1))
		return false;
	if (r->kind == RECORD_REVOCATION)
		return plan_revocation(r, &a->texts) == PLAN_SAME;
	for (size_t i = 0; i < a->texts.count; i++)
		if (is_published(r, a->texts.items[i]))
			return true;
	return false;
}

static size_t count_missing(const struct record *r, const struct authority_answers *answers)
{
	size_t missing = 0;

	for (size_t i = 0; i < answers->count; i++)
		missing += !answer_shows(r, &answers->items[i]);
	return missing;
}

/* Secondary servers are told at once and take some seconds. What was there before is worth a word only where it is not everywhere. */
static int confirm_item(struct work *w, const struct item *item, int64_t deadline_ms)
{
	const struct timespec pause = { .tv_nsec = SHOWN_PAUSE_MS * 1000000L };
	struct authority_answers answers = { 0 };
	struct fault f = { 0 };
	size_t missing;

	do {
		authority_answers_free(&answers);
		if (authority_ask_txt(w->dns, item->record->name, &answers, &f) < 0) {
			complain(&f);
			return EX_TEMPFAIL;
		}
		missing = count_missing(item->record, &answers);
	} while (missing > 0 && clock_boot_ms() < deadline_ms && nanosleep(&pause, NULL) == 0);
	if (missing == 0 && item->sent)
		printf("%s: shown by all authoritative servers (%zu)\n", item->record->name, answers.count);
	for (size_t i = 0; i < answers.count; i++) {
		const struct authority_answer *a = &answers.items[i];
		if (answer_shows(item->record, a))
			continue;
		printf("%s: not yet shown by %s", item->record->name, a->server);
		if (a->fault.kind != FAULT_NONE)
			print_text("", ":", a->fault.text);
		else
			printf("\n");
	}
	authority_answers_free(&answers);
	if (item->plan == PLAN_REPLACE || item->plan == PLAN_REPLACE_ONE)
		printf("%s: caches may show the old one for %u s\n", item->record->name, item->was.ttl_s);
	return missing == 0 ? EX_OK : EX_TEMPFAIL;
}

static int confirm_all(struct work *w)
{
	int64_t deadline_ms = clock_boot_ms() + (by_command(w) ? API_PATIENCE_MS : SHOWN_PATIENCE_MS);
	int status = EX_OK;

	fflush(stdout);
	for (size_t i = 0; i < w->count; i++) {
		int one = w->items[i].sent || w->items[i].plan == PLAN_SAME ? confirm_item(w, &w->items[i], deadline_ms) : EX_OK;
		status = status == EX_OK ? one : status;
	}
	return status;
}

int publish(const struct records *r, const struct settings *s, const struct publish_options *options)
{
	struct work w = { .options = options, .items = mem_alloc((r->count + 1) * sizeof *w.items), .count = r->count };
	struct fault f = { 0 };
	int status = EX_OK;

	w.dns = dns_new(s, &f);
	if (w.dns == NULL)
		status = complain(&f);
	for (size_t i = 0; i < r->count && status == EX_OK; i++) {
		w.items[i].record = &r->items[i];
		status = prepare_item(&w, &w.items[i]);
	}
	if (status == EX_OK && show_all(&w) == 0) {
		printf("nothing to do\n");
		status = confirm_all(&w);
	} else if (status == EX_OK && !options->unasked && !ask_owner()) {
		status = EX_NOPERM;
	} else if (status == EX_OK) {
		fflush(stdout);
		int sent = send_all(&w), shown = confirm_all(&w);
		status = sent == EX_OK ? shown : sent;
	}
	for (size_t i = 0; i < w.count; i++) {
		update_rrset_free(&w.items[i].was);
		authority_servers_free(&w.items[i].servers);
	}
	free(w.items);
	if (w.dns)
		dns_free(w.dns);
	return status;
}
