/* SPDX-License-Identifier: ISC */
#include "relay/route/local_mail.h"

#include "base/mail/address.h"

#define PROGRAM "| "

void local_mail_print_program(const char *command, struct buf *out)
{
	buf_printf(out, PROGRAM "%s", command + strspn(command, " \t"));
}

struct span local_mail_program(struct span address)
{
	size_t mark = sizeof PROGRAM - 1;
	bool is = address.len > mark && memcmp(address.at, PROGRAM, mark) == 0;

	return is ? span_between(address.at + mark, address.at + address.len) : SPAN("");
}

static bool is_program(struct span address)
{
	return local_mail_program(address).len > 0;
}

bool local_mail_stays(const struct settings *s, bool hostname_is_here, struct span address)
{
	struct span domain = address_domain(address);

	return domain.len == 0 || is_program(address) || settings_is_local(s, domain) || (hostname_is_here && settings_is_hostname(s, domain));
}

static bool maps_names(const struct settings *s)
{
	return strcmp(s->local_map, "domain") == 0;
}

bool local_mail_is_name(const struct settings *s, bool hostname_is_here, struct span address)
{
	bool hostname_too = maps_names(s) && !span_eq_nocase(span_of(s->hostname), span_of(s->domain));

	return local_mail_stays(s, hostname_is_here || hostname_too, address);
}

static bool is_of_root(const struct settings *s, struct span address)
{
	static const char *const names[] = { "root", "postmaster", "MAILER-DAEMON" };
	struct span local = address_local(address);

	for (size_t i = 0; s->root[0] && i < sizeof names / sizeof names[0]; i++)
		if (span_eq_nocase(local, span_of(names[i])))
			return true;
	return false;
}

bool local_mail_maps(const struct settings *s, struct span address)
{
	return maps_names(s) && !settings_is_local(s, span_of(s->domain)) && !is_of_root(s, address);
}

bool local_mail_is_known(const struct settings *s, struct span address)
{
	return is_of_root(s, address) || local_mail_maps(s, address);
}

int local_mail_reader(const struct settings *s, bool hostname_is_here, struct span address, struct span *reader,
                      struct fault *f)
{
	bool stays = local_mail_stays(s, hostname_is_here, address);

	*reader = address;
	if (is_program(address))
		return 0;
	*reader = stays && s->root[0] ? span_of(s->root) : address;
	if (settings_deliver_locally(s) || !local_mail_stays(s, hostname_is_here, *reader))
		return 0;
	if (s->root[0])
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "mail of this host goes to root = \"%s\", which is itself an address of "
		                 "this host, and local_delivery is \"none\"; set root to an address elsewhere in the configuration, then "
		                 "reload signetd", s->root);
	return fault_set(f, FAULT_TEMPORARY, "4.3.5", "mail for %.*s stays on this host, and local_delivery is \"none\"; set root = "
	                 "\"you@example.org\" in the configuration, then reload signetd", (int)address.len, address.at);
}

void local_mail_user(struct span address, struct buf *out)
{
	struct span local = address_domain(address).len > 0 ? address_local(address) : address;
	size_t before = out->len;

	if (is_program(address)) {
		buf_add_span(out, address);
		return;
	}
	for (size_t i = 0; i < local.len && (local.at[i] != '+' || i == 0); i++)
		if (local.at[i] == '\\' && i + 1 < local.len)
			buf_add_byte(out, byte_lower(local.at[++i]));
		else if (local.at[i] != '"')
			buf_add_byte(out, byte_lower(local.at[i]));
	/* Nobody is called that: a quoted name must not become a program. */
	if (is_program(span_between(out->at + before, out->at + out->len)))
		out->at[before] = '"';
}
