/* SPDX-License-Identifier: ISC */
/* ssmtp: ssmtp.conf and revaliases. */
#include "signet/import/carry.h"
#include "signet/import/readers.h"

#include <stdlib.h>

static const struct carry_row rows[] = {
	{ "mailhub", CARRY_BY_CODE, "smarthosts", "HOST[:PORT]", 0 },
	{ "hostname", CARRY_AS_IS, "hostname", "", 0 },
	{ "rewriteDomain", CARRY_BY_CODE, "domain", "", 0 },
	{ "root", CARRY_BY_CODE, "root", "who gets the mail of users below 1000", 0 },
	{ "UseTLS", CARRY_BY_CODE, "smarthost.tls", "", 0 }, { "UseSTARTTLS", CARRY_BY_CODE, "smarthost.implicit_tls", "", 0 },
	{ "AuthUser", CARRY_BY_CODE, "smarthost.user", "", 0 }, { "AuthPass", CARRY_BY_CODE, "smarthost.password_file", "", 0 },
	{ "AuthMethod", CARRY_BY_CODE, "smarthost.mechanisms", "", 0 },
	{ "TLS_CA_File", CARRY_AS_IS, "smarthost.ca_file", "", 0 },
	{ "TLS_CA_Dir", CARRY_TOLD, NULL, "certificates are those of the system, or of one file: ca_file", 0 },
	{ "UseTLSCert", CARRY_NOTHING, NULL, "told with TLSCert", 0 },
	{ "TLSCert", CARRY_TOLD, NULL, "a certificate of this host is not shown to servers; give the smarthost a user and a password", 0 },
	{ "TLSKey", CARRY_NOTHING, NULL, "", 0 }, { "FromLineOverride", CARRY_NOTHING, NULL, "From stays as it is written", 0 },
	{ "MinUserId", CARRY_NOTHING, NULL, "", 0 }, { "Debug", CARRY_NOTHING, NULL, "", 0 },
};

static const struct carry_table table = CARRY_TABLE(rows, ", \t", false);

/* Of the servers there are all have the same login. */
static const char *add_server(struct import *i, const struct foreign_items *conf, struct span place, const char *file, struct import_at at)
{
	struct import_plan *plan = &i->plan;
	bool starttls = foreign_is_yes(foreign_value(conf, "UseSTARTTLS")), tls = starttls || foreign_is_yes(foreign_value(conf, "UseTLS")), brackets;
	const char *user = foreign_value(conf, "AuthUser"), *password = foreign_value(conf, "AuthPass"), *method = foreign_value(conf, "AuthMethod");
	struct import_group *g = import_add_smarthost(plan);

	if (!import_say_place(i, g, place, &brackets, at)) {
		import_drop(plan, g);
		return NULL;
	}
	if (foreign_value(conf, "TLS_CA_File")[0])
		import_say(plan, g, "ca_file", span_of(foreign_value(conf, "TLS_CA_File")), import_place_of(conf, "TLS_CA_File", file));
	if (!import_said(g, "port"))
		import_say(plan, g, "port", tls && !starttls ? SPAN("465") : SPAN("25"), at);
	import_say(plan, g, "tls", !tls ? SPAN("none") : foreign_value(conf, "TLS_CA_File")[0] ? SPAN("verify") : SPAN("encrypt"), import_place_of(conf, "UseTLS", file));
	if (tls)
		import_say(plan, g, "implicit_tls", starttls ? SPAN("false") : SPAN("true"), import_place_of(conf, "UseTLS", file));
	if (tls && foreign_value(conf, "TLS_CA_File")[0] == '\0')
		import_note(plan, at, "mailhub: ssmtp does not look at its certificate, and so tls is not \"verify\" here; try whether it works with that");
	if (user[0] && password[0] && import_say(plan, g, "user", span_of(user), import_place_of(conf, "AuthUser", file))) {
		import_password(g, span_of(password), import_place_of(conf, "AuthPass", file));
		if (method[0])
			import_say(plan, g, "mechanisms", span_eq_nocase(span_of(method), SPAN("cram-md5")) ? SPAN("CRAM-MD5") : SPAN("LOGIN"),
			           import_place_of(conf, "AuthMethod", file));
	}
	return import_name_smarthost(plan, g, import_said(g, "host"));
}

/* "user:address[:server[:port]]" */
static void take_revaliases(struct import *i, const struct foreign_items *conf, const char *file)
{
	struct import_plan *plan = &i->plan;
	struct foreign_items lines = { 0 };
	char *told = import_path(i, "/etc/ssmtp/revaliases");

	import_read_items(i, "/etc/ssmtp/revaliases", FOREIGN_COLON, &lines);
	for (size_t k = 0; k < lines.count; k++) {
		struct import_at at = { told, lines.items[k].line };
		struct span server = span_of(lines.items[k].value), address = span_trim(span_cut(&server, ':'));
		struct import_group *g = import_add_rewrite(plan);
		struct buf from = { 0 };
		buf_printf(&from, "%s@", lines.items[k].key);
		if (!import_say(plan, g, "from", buf_span(&from), at) || !import_say(plan, g, "to", address, at))
			import_drop(plan, g);
		buf_free(&from);
		const struct foreign_item *hub = foreign_find(conf, "mailhub");
		if (server.at == NULL || server.len == 0 || (hub && span_eq(server, span_of(hub->value))))
			continue;
		const char *name = add_server(i, conf, span_trim(server), file, at);
		struct import_group *route = name ? import_add_route(plan) : NULL;
		if (route && import_say(plan, route, "from", address, at)) {
			import_say(plan, route, "to", SPAN("*"), at);
			import_say(plan, route, "via", span_of(name), at);
		} else if (route) {
			import_drop(plan, route);
		}
	}
	foreign_items_free(&lines);
	free(told);
}

static void take_names(struct import *i, const struct foreign_items *conf, const char *file)
{
	struct import_plan *plan = &i->plan;
	const char *rewrite = foreign_value(conf, "rewriteDomain"), *root = foreign_value(conf, "root");
	const char *domain = rewrite[0] ? rewrite : import_said(&plan->top, "hostname") ? import_said(&plan->top, "hostname") : i->hostname;
	char *kept = mem_text(domain);
	struct buf reader = { 0 };

	import_no_local_mail(i, span_of(kept), true, import_place_of(conf, rewrite[0] ? "rewriteDomain" : "hostname", file));
	buf_printf(&reader, "%s%s%s", root, strchr(root, '@') ? "" : "@", strchr(root, '@') ? "" : kept);
	if (root[0])
		import_say(plan, &plan->top, "root", buf_span(&reader), import_place_of(conf, "root", file));
	buf_free(&reader);
	free(kept);
}

int import_read_ssmtp(struct import *i, struct fault *f)
{
	struct foreign_items conf = { 0 };
	char *file = import_path(i, i->file ? i->file : "/etc/ssmtp/ssmtp.conf");
	int result = import_need_items(i, "/etc/ssmtp/ssmtp.conf", FOREIGN_SSMTP, &conf, f);

	if (result == 0) {
		for (size_t k = 0; k < conf.count; k++) {
			const struct carry_row *row = carry_row_of(&table, conf.items[k].key);
			if (row == NULL)
				import_note(&i->plan, (struct import_at){ file, conf.items[k].line }, "%s: not known here; see signet.conf(5) whether you miss it", conf.items[k].key);
			else if (row->setting == NULL || strncmp(row->setting, "smarthost.", 10) != 0)
				carry_item(&i->plan, NULL, &table, row, &conf.items[k], file);
		}
		take_names(i, &conf, file);
		const char *hub = foreign_value(&conf, "mailhub");
		struct import_at at = import_place_of(&conf, "mailhub", file);
		const char *name = hub[0] ? add_server(i, &conf, span_of(hub), file, at) : NULL;
		if (name)
			import_all_through(i, name, at);
		else
			import_note(&i->plan, at, "mailhub: is not set, so that mail had no way; say with smarthost or default_via which it is to have");
		take_revaliases(i, &conf, file);
	}
	foreign_items_free(&conf);
	free(file);
	return result;
}
