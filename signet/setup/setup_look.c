/* SPDX-License-Identifier: ISC */
#include "signet/setup/setup_look.h"

#include "base/clock.h"
#include "base/conf/key_choice.h"
#include "base/conf/own_name.h"
#include "base/io.h"
#include "signet/conf/config_set.h"
#include "signet/import/main_cf.h"
#include "signet/keys/opendkim.h"
#include "signet/trust/observe.h"
#include "signet/way/sticky.h"
#include "trust/check.h"
#include "trust/gather.h"
#include "trust/reverse.h"

#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

enum { ROUNDS_MAX = 60, DEADLINE_MS = 12 * 1000, FOREIGN_BYTES_MAX = 1024 * 1024, FAMILIES = 2 };

/* ---- foreign files ---- */

/* What cannot be read in its usual place proposes nothing; a place that was named is to be readable. */
static int read_foreign(const char *named, const char *usual, struct buf *out, struct fault *f)
{
	int result = 0;

	if (io_read_path(named ? named : usual, out, FOREIGN_BYTES_MAX) < 0) {
		buf_clear(out);
		if (named) {
			int error = errno;
			fault_set(f, FAULT_PERMANENT, "5.6.0", "%.300s: cannot be read: %s", named, io_error_text(error));
			result = fault_of_file(f, error, EX_NOINPUT);
		}
	}
	return result;
}

const char *setup_domain_of(const char *hostname)
{
	const char *dot = strchr(hostname, '.');

	return dot && strchr(dot + 1, '.') ? dot + 1 : hostname;
}

static int look_at_opendkim(const char *named, struct setup_found *out, struct fault *f)
{
	struct buf text = { 0 }, complaints = { 0 };
	struct opendkim_conf conf = { 0 };

	int result = read_foreign(named, SETUP_OPENDKIM, &text, f);
	/* The import itself complains, with lines. */
	opendkim_read_conf(buf_span(&text), SETUP_OPENDKIM, &conf, &complaints);
	out->opendkim = mem_text(conf.key_file || conf.key_table ? (named ? named : SETUP_OPENDKIM) : "");
	opendkim_conf_free(&conf);
	buf_free(&complaints);
	buf_free(&text);
	return result;
}

/* ---- the outside ---- */

/* As signet check does: the checks say what they want to know until they want nothing more. */
/* out->is_direct: whether mail goes straight to receivers as it is configured now. */
static int run_checks(const struct settings *s, const struct text_list *domains, struct facts *facts, struct setup_found *out, struct fault *f)
{
	int64_t deadline_ms = clock_boot_ms() + DEADLINE_MS;
	struct check_choice choice = { 0 };
	struct observed observed;
	struct dns *dns = dns_new(s, f);

	if (dns == NULL || check_choice_add(&choice.only, SPAN("egress,port25,ptr,blocklist"), f) < 0)
		return -1;
	observe_host(s, domains, &observed, facts);
	out->is_direct = facts->direct;
	facts->direct = true;              /* that is the question */
	bool seen = false;
	for (int round = 0; round < ROUNDS_MAX; round++) {
		findings_free(&out->checks);
		seen = seen || observe_outside(facts);
		checks_run(facts, domains, &choice, &out->checks);
		if (facts->wanted == 0 && seen)
			break;
		gather(dns, facts, deadline_ms);
	}
	observed_free(&observed);
	text_list_free(&choice.only);
	dns_free(dns);
	return 0;
}

static void set_value(struct setup_value *v, struct span value, const char *from)
{
	if (v->value || value.len == 0)
		return;
	v->value = mem_text_span(value);
	v->from = mem_text(from);
}

/* The name that the DNS gives this host's address, where that leads back: the best one for HELO. */
static void take_ptr(struct facts *facts, struct setup_found *out)
{
	for (int i = 0; i < FAMILIES; i++) {
		const struct fact_egress *e = &facts->egress[i];
		struct buf name = { 0 }, address = { 0 }, from = { 0 };
		if (!e->heard)
			continue;
		ip_address_print(&e->address, &address);
		text_list_add(&out->addresses, buf_span(&address));
		reverse_name(&e->address, &name);
		const struct fact_answer *ptr = facts_system(facts, buf_text(&name), DNS_PTR);
		bool one = ptr && ptr->values.count == 1 && !name_looks_generic(ptr->values.items[0], &e->address);
		bool back = false;
		for (size_t k = 0; k < out->checks.count; k++) {
			const struct finding *c = out->checks.items[k];
			back |= strcmp(c->check->id, "ptr.forward") == 0 && c->family == (i ? 6 : 4) && c->state == FINDING_PASS;
		}
		buf_printf(&from, "the PTR of %s", buf_text(&address));
		if (one && back)
			set_value(&out->hostname, span_of(ptr->values.items[0]), buf_text(&from));
		buf_free(&name);
		buf_free(&address);
		buf_free(&from);
	}
}

/* Receivers that distrust this host already, as routes name them: by the first host of their MX. */
static void take_refusals(const struct settings *s, struct setup_found *out)
{
	struct sticky_list l;

	sticky_ask(s->control, &l);
	out->runs = l.known;
	for (size_t i = 0; i < l.count; i++) {
		struct span rest = span_of(l.items[i].site);
		struct buf to = { 0 };
		if (!span_eq(span_cut(&rest, ' '), SPAN("mx")))
			continue;
		struct span host = span_cut(&rest, ' ');
		buf_printf(&to, "mx:%.*s", (int)host.len, host.at);
		text_list_add(&out->refused_by, buf_span(&to));
		buf_free(&to);
	}
	sticky_list_free(&l);
}

/* ---- names ---- */

/* A parameter of Postfix, where main.cf sets it. The caller frees it. */
static char *postfix_value(const struct foreign_items *main_cf, const struct settings *s, const char *name)
{
	const struct foreign_item *item = foreign_find(main_cf, name);
	struct buf value = { 0 };

	if (item)
		main_cf_expand(main_cf, s->hostname, span_of(item->value), &value);
	return buf_take(&value);
}

static int take_names(const struct settings *s, const struct setup_answers *a, struct setup_found *out, struct fault *f)
{
	struct buf text = { 0 }, relay = { 0 };
	struct foreign_items main_cf = { 0 };
	unsigned line;
	int result = read_foreign(a->postfix, SETUP_POSTFIX, &text, f);

	foreign_parse(buf_span(&text), FOREIGN_MAIN_CF, &main_cf);
	while (main_cf_drop_empty(&main_cf, s->hostname, &line))
		;
	char *relay_value = postfix_value(&main_cf, s, "relayhost"), *host_value = postfix_value(&main_cf, s, "myhostname");
	char *domain_value = postfix_value(&main_cf, s, "mydomain");
	struct span relayhost = span_of(relay_value);
	if (strchr(s->hostname, '.'))
		set_value(&out->hostname, span_of(s->hostname), "the name of this host");
	set_value(&out->hostname, span_of(host_value), "myhostname of Postfix");
	if (out->has_domain)
		set_value(&out->domain, span_of(s->domain), "signet.conf");
	set_value(&out->domain, span_of(domain_value), "mydomain of Postfix");
	const char *hostname = a->hostname ? a->hostname : out->hostname.value;
	if (hostname)
		set_value(&out->domain, span_of(setup_domain_of(hostname)), "the hostname without its first label");
	/* Postfix goes to port 25 where none is said. */
	bool port = relayhost.len > 0 && memrchr(relayhost.at, ':', relayhost.len) != NULL && relayhost.at[relayhost.len - 1] != ']';
	buf_printf(&relay, "%.*s%s", (int)relayhost.len, relayhost.at, port ? "" : ":25");
	if (relayhost.len > 0)
		set_value(&out->smarthost, buf_span(&relay), "relayhost of Postfix");
	struct setup_value *values[] = { &out->hostname, &out->domain, &out->smarthost };
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (values[i]->value == NULL)
			*values[i] = (struct setup_value){ mem_text(""), mem_text("") };
	foreign_items_free(&main_cf);
	buf_free(&text);
	buf_free(&relay);
	free(relay_value);
	free(host_value);
	free(domain_value);
	return result;
}

static bool has_key(const struct settings *s, const char *domain)
{
	const struct dkim_key **chosen = mem_resize(NULL, s->dkim_count + 1, sizeof *chosen);
	size_t count = key_choice(s, span_of(domain), chosen);

	free(chosen);
	return count > 0;
}

int setup_look(const struct settings *s, struct span text, const struct setup_answers *a, struct setup_found *out, struct fault *f)
{
	static const char *const ways[] = { "smarthost", "smarthosts", "routes", "default_via" };
	struct text_list domains = { 0 };
	struct facts facts = { 0 };

	*out = (struct setup_found){ .has_hostname = config_set_has(text, "hostname"), .has_domain = config_set_has(text, "domain"),
		.has_root = config_set_has(text, "root"), .has_families = config_set_has(text, "mx_families"), .publishes = settings_publish(s), .root = mem_text(s->root) };
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		out->has_way |= config_set_has(text, ways[i]);
	int result = run_checks(s, &domains, &facts, out, f);
	if (result == 0) {
		if (out->has_hostname)
			set_value(&out->hostname, span_of(s->hostname), "signet.conf");
		take_ptr(&facts, out);
		take_refusals(s, out);
		result = take_names(s, a, out, f);
		if (look_at_opendkim(a->opendkim, out, f) < 0)
			result = -1;
		out->has_key = has_key(s, a->domain && !out->has_domain ? a->domain : out->domain.value);
	}
	facts_free(&facts);
	text_list_free(&domains);
	return result;
}
