/* SPDX-License-Identifier: ISC */
#include "base/conf/settings.h"

#include "base/conf/settings_kind.h"
#include "base/mail/address.h"
#include "base/pack.h"
#include "base/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- rows and groups of them ---- */

static void *field_of(const struct setting *row, void *group)
{
	return (char *)group + row->offset;
}

static const void *const_field_of(const struct setting *row, const void *group)
{
	return (const char *)group + row->offset;
}

static size_t *count_of(const struct setting *row, void *group)
{
	return (size_t *)(void *)((char *)group + row->count_offset);
}

/* The array's pointer has its own type in the struct, so it is copied, not aliased. */
static char *elements_of(const struct setting *row, const void *group)
{
	char *elements;

	memcpy(&elements, const_field_of(row, group), sizeof elements);
	return elements;
}

static void begin_group(const struct setting_group *table, void *group)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_INSIDE)
			begin_group(row->group, group);
		else if (row->kind == SETTING_FALLBACK)
			*(unsigned *)field_of(row, group) = SETTINGS_FALLBACK_UNSET;
		else if (row->initial || row->kind == SETTING_TEXT)
			if (setting_set(row, group, span_of(row->initial), NULL) < 0)
				abort();
	}
}

static void free_group(const struct setting_group *table, void *group);

static void free_elements(const struct setting *row, void *group)
{
	char *elements = elements_of(row, group);
	size_t *count = count_of(row, group);

	for (size_t i = 0; i < *count; i++)
		free_group(row->group, elements + i * row->group->bytes);
	free(elements);
	elements = NULL;
	memcpy(field_of(row, group), &elements, sizeof elements);
	*count = 0;
}

static void free_group(const struct setting_group *table, void *group)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_INSIDE)
			free_group(row->group, group);
		else if (row->kind == SETTING_GROUPS)
			free_elements(row, group);
		else
			shape_free_field(&settings_kind(row)->packed, field_of(row, group));
	}
}

static void pack_group(const struct setting_group *table, const void *group, struct buf *out);

static void pack_elements(const struct setting *row, const void *group, struct buf *out)
{
	const char *elements = elements_of(row, group);
	size_t count;

	memcpy(&count, (const char *)group + row->count_offset, sizeof count);
	pack_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		pack_group(row->group, elements + i * row->group->bytes, out);
}

static void pack_group(const struct setting_group *table, const void *group, struct buf *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_INSIDE)
			pack_group(row->group, group, out);
		else if (row->kind == SETTING_GROUPS)
			pack_elements(row, group, out);
		else
			shape_encode_field(&settings_kind(row)->packed, const_field_of(row, group), out);
		if (row->said_offset)
			pack_u8(out, *(const bool *)((const char *)group + row->said_offset));
	}
}

static void unpack_group(const struct setting_group *table, void *group, struct unpack *u)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_INSIDE) {
			unpack_group(row->group, group, u);
		} else if (row->kind == SETTING_GROUPS) {
			uint32_t count = unpack_count(u, sizeof(uint32_t));
			while (count-- > 0 && !u->bad)
				unpack_group(row->group, setting_add_group(row, group), u);
		} else {
			shape_free_field(&settings_kind(row)->packed, field_of(row, group));
			shape_decode_field(&settings_kind(row)->packed, u, field_of(row, group));
		}
		if (row->said_offset)
			*(bool *)((char *)group + row->said_offset) = unpack_u8(u) != 0;
	}
}

void setting_copy(const struct setting *row, const void *from, void *to)
{
	const struct setting_group one = { row, 1, 0 };
	struct buf packed = { 0 };

	pack_group(&one, from, &packed);
	if (row->kind == SETTING_GROUPS)
		free_elements(row, to);
	struct unpack u = unpack_from(buf_span(&packed));
	unpack_group(&one, to, &u);
	buf_free(&packed);
}

void *setting_add_group(const struct setting *row, void *group)
{
	size_t *count = count_of(row, group);
	char *elements = mem_resize(elements_of(row, group), *count + 1, row->group->bytes);
	char *added = elements + *count * row->group->bytes;

	memcpy(field_of(row, group), &elements, sizeof elements);
	++*count;
	memset(added, 0, row->group->bytes);
	begin_group(row->group, added);
	return added;
}

int setting_set(const struct setting *row, void *group, struct span text, struct fault *f)
{
	const struct settings_kind *kind = settings_kind(row);
	struct buf shown = { 0 };
	char bounds[64] = "";

	if (kind->parse && kind->parse(row, field_of(row, group), text))
		return 0;
	if (row->kind == SETTING_PORT || row->kind == SETTING_COUNT)
		snprintf(bounds, sizeof bounds, " from %llu to %llu", (unsigned long long)row->least,
		         (unsigned long long)row->most);
	buf_add_span(&shown, text);
	fault_set(f, FAULT_PERMANENT, "4.3.5", "%s must be %s%s, not \"%.100s\"", row->name, settings_kind_wants(row), bounds,
	          buf_text(&shown));
	buf_free(&shown);
	return -1;
}

void setting_said(const struct setting *row, void *group)
{
	if (row->said_offset)
		*(bool *)((char *)group + row->said_offset) = true;
}

void setting_clear(const struct setting *row, void *group)
{
	if (row->kind == SETTING_TEXTS)
		text_list_free(field_of(row, group));
	else if (row->kind == SETTING_FALLBACK)
		*(unsigned *)field_of(row, group) = 0;
}

/* ---- the whole ---- */

void settings_begin(struct settings *s)
{
	*s = (struct settings){ 0 };
	begin_group(&settings_table, s);
}

static void replace_text(char **at, char *with)
{
	free(*at);
	*at = with;
}

/* A kernel's name that is not a domain name ("(none)") would make a HELO that servers refuse. */
static char *kernel_hostname(void)
{
	char name[256] = "";
	struct buf domain = { 0 };

	if (gethostname(name, sizeof name - 1) == 0 && domain_normalise(span_of(name), &domain) == 0 && domain.len > 0)
		return buf_take(&domain);
	buf_free(&domain);
	return mem_text("localhost");
}

/* The kernel's hostname is a guess; one that was set, or a key, says that this host is meant to send. */
static void complete_default_via(struct settings *s)
{
	if (s->route_count > 0 || s->default_via.count > 0)
		return;
	if (s->smarthost_count == 1)
		text_list_add(&s->default_via, span_of(s->smarthosts[0].name));
	else if (s->smarthost_count == 0 && (s->hostname[0] != '\0' || s->dkim_count > 0))
		text_list_add(&s->default_via, SPAN("mx"));
}

void settings_complete(struct settings *s)
{
	complete_default_via(s);
	if (s->hostname[0] == '\0')
		replace_text(&s->hostname, kernel_hostname());
	if (s->domain[0] == '\0')
		replace_text(&s->domain, mem_text(s->hostname));
	if (s->drop[0] == '\0') {
		struct buf drop = { 0 };
		buf_printf(&drop, "%s/drop", s->spool);
		replace_text(&s->drop, buf_take(&drop));
	}
	for (size_t i = 0; i < s->route_count; i++) {
		struct route_rule *r = &s->routes[i];
		if (r->fallback_on & SETTINGS_FALLBACK_UNSET)
			r->fallback_on = r->via.count > 1 || r->table[0] ? FALLBACK_UNREACHABLE | FALLBACK_BLOCKED : 0;
	}
}

void settings_defaults(struct settings *s)
{
	settings_begin(s);
	settings_complete(s);
}

void settings_free(struct settings *s)
{
	free_group(&settings_table, s);
	*s = (struct settings){ 0 };
}

void settings_pack(const struct settings *s, struct buf *out)
{
	pack_group(&settings_table, s, out);
}

int settings_unpack(struct span in, struct settings *out)
{
	struct unpack u = unpack_from(in);

	settings_begin(out);
	unpack_group(&settings_table, out, &u);
	if (unpack_ok(&u))
		return 0;
	settings_free(out);
	return -1;
}

void rate_print(const struct rate *rate, struct buf *out)
{
	if (rate->count == 0) {
		buf_add_text(out, "none");
		return;
	}
	buf_printf(out, "%u/", rate->count);
	units_print_window(rate->window_ms, out);
}

static char none[] = "";
static const struct smarthost local_hop = {
	.name = (char *)(uintptr_t)LOCAL_HOP, .host = none, .pool = none, .user = none, .password_file = none, .password_command = none,
	.token_command = none, .ca_file = none, .envelope_from = none,
	.oauth_provider = none, .oauth_client_id = none, .oauth_client_secret_file = none, .oauth_tenant = none, .oauth_scope = none,
	.proxy = none, .proxy_password_file = none, .oauth_device_endpoint = none, .oauth_authorize_endpoint = none, .oauth_token_endpoint = none,
	.sessions = 1, .messages_per_session = 1000, .recipients_per_message = 1,    /* of one user */
};

bool smarthost_uses_oauth(const struct smarthost *h)
{
	const char *texts[] = { h->oauth_provider, h->oauth_client_id, h->oauth_token_endpoint };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (texts[i] && texts[i][0])
			return true;
	return false;
}

bool smarthost_is_local(const struct smarthost *h)
{
	return h == &local_hop;
}

bool settings_publish(const struct settings *s)
{
	return s->publish_command[0] || s->publish_server[0] || s->publish_tsig_file[0];
}

bool settings_have_no_queue(const struct settings *s)
{
	return strcmp(s->queue, "none") == 0;
}

const struct smarthost *settings_only_hop(const struct settings *s)
{
	const struct smarthost *hop = s->default_via.count == 1 ? settings_smarthost(s, s->default_via.items[0]) : NULL;

	return s->route_count > 0 || smarthost_is_local(hop) ? NULL : hop;
}

bool settings_deliver_locally(const struct settings *s)
{
	return strcmp(s->local_delivery, "none") != 0;
}

bool settings_use_maildirs(const struct settings *s)
{
	return strcmp(s->local_delivery, "maildir") == 0;
}

const char *settings_root(const struct settings *s)
{
	return s->root[0] == '\0' && settings_deliver_locally(s) ? "root" : s->root;
}

const struct smarthost *settings_smarthost(const struct settings *s, const char *name)
{
	if (strcmp(name, LOCAL_HOP) == 0)
		return &local_hop;
	for (size_t i = 0; i < s->smarthost_count; i++)
		if (strcmp(s->smarthosts[i].name, name) == 0)
			return &s->smarthosts[i];
	return NULL;
}

/* A name or address of this host that means nothing elsewhere: localhost and the like, hostname's first label. */
static bool is_local_name(const struct settings *s, struct span domain)
{
	static const char *const names[] = { "localhost", "localhost.localdomain", "[127.0.0.1]", "[IPv6:::1]" };
	struct span rest = span_of(s->hostname);
	struct span first = span_cut(&rest, '.');

	domain = domain_without_dot(domain);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (span_eq_nocase(domain, span_of(names[i])))
			return true;
	return span_eq_nocase(domain, first);
}

bool settings_is_local(const struct settings *s, struct span domain)
{
	return text_list_has_nocase(&s->local_domains, domain_without_dot(domain)) || is_local_name(s, domain);
}

bool settings_is_hostname(const struct settings *s, struct span domain)
{
	return span_eq_nocase(domain_without_dot(domain), span_of(s->hostname)) && !settings_is_local(s, domain);
}

static bool has_key_of_its_own(const struct settings *s, struct span domain)
{
	for (size_t i = 0; i < s->dkim_count; i++)
		if (span_eq_nocase(span_of(s->dkim[i].domain), domain))
			return true;
	return false;
}

/* hostname, where it is below domain: mail is known by domain then. A key for hostname says that mail is sent by that name. */
static bool is_host_below_domain(const struct settings *s, struct span domain)
{
	struct span parent = span_of(s->domain);

	return span_eq_nocase(domain, span_of(s->hostname)) && domain.len > parent.len + 1 && span_ends_nocase(domain, parent) &&
	       domain.at[domain.len - parent.len - 1] == '.' && !has_key_of_its_own(s, domain);
}

/* Names that mean nothing elsewhere, and this host's below domain, are masqueraded without being listed. */
bool settings_is_masqueraded(const struct settings *s, struct span domain)
{
	domain = domain_without_dot(domain);
	return is_local_name(s, domain) || is_host_below_domain(s, domain) ||
	       text_list_has_nocase(&s->masquerade, domain);
}
