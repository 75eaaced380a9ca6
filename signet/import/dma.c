/* SPDX-License-Identifier: ISC */
/* dma, the DragonFly mail agent: dma.conf and auth.conf. */
#include "signet/import/carry.h"
#include "signet/import/readers.h"

#include <stdlib.h>

static const struct carry_row rows[] = {
	{ "SMARTHOST", CARRY_BY_CODE, "smarthosts", "the way of all mail; without it straight to the receivers", 0 },
	{ "PORT", CARRY_BY_CODE, "smarthost.port", "", 0 },
	{ "AUTHPATH", CARRY_BY_CODE, "smarthost.password_file", "user and password, by host", 0 },
	{ "SECURETRANSFER", CARRY_BY_CODE, "smarthost.tls", "", 0 },
	{ "STARTTLS", CARRY_BY_CODE, "smarthost.implicit_tls", "", 0 },
	{ "OPPORTUNISTIC_TLS", CARRY_BY_CODE, "smarthost.tls", "may", 0 },
	{ "INSECURE", CARRY_NOTHING, NULL, "no password is sent without TLS, unless tls is none", 0 },
	{ "CERTFILE", CARRY_TOLD, NULL, "a certificate of this host is not shown to servers; give the smarthost a user and a password", 0 },
	{ "FINGERPRINT", CARRY_TOLD, NULL, "a certificate is verified by its name and issuer: tls = \"verify\", the issuer's in ca_file", 0 },
	{ "ALIASES", CARRY_AS_IS, "aliases", "", 0 },
	{ "MAILNAME", CARRY_BY_CODE, "hostname", "a name, or a file that has it", 0 },
	{ "MASQUERADE", CARRY_BY_CODE, "rewrite", "who sends", 0 },
	{ "NULLCLIENT", CARRY_BY_CODE, "local_map", "nothing is local", 0 },
	{ "DEFER", CARRY_TOLD, NULL, "mail is tried at once; via = [ \"hold\" ] keeps it until it is released", 0 },
	{ "SPOOLDIR", CARRY_NOTHING, NULL, "", 0 }, { "FULLBOUNCE", CARRY_NOTHING, NULL, "", 0 }, { "SECURE", CARRY_NOTHING, NULL, "", 0 },
};

static const struct carry_table table = CARRY_TABLE(rows, ", \t", true);

/* auth.conf has "user|host:password". */
static void say_login(struct import *i, struct import_group *g, const char *path, const char *host)
{
	struct foreign_items logins = { 0 };
	char *told = import_path(i, path);

	import_read_items(i, path, FOREIGN_COLON, &logins);
	for (size_t k = 0; k < logins.count; k++) {
		struct span rest = span_of(logins.items[k].key), user = span_cut(&rest, '|');
		struct import_at at = { told, logins.items[k].line };
		if (rest.at && span_eq_nocase(span_trim(rest), span_of(host)) && import_say(&i->plan, g, "user", span_trim(user), at)) {
			import_password(g, span_of(logins.items[k].value), at);
			break;
		}
		if (rest.at)
			import_note(&i->plan, at, "a login for %.*s, which is not SMARTHOST: it was not used, and is not carried over", (int)rest.len, rest.at);
	}
	foreign_items_free(&logins);
	free(told);
}

static void take_smarthost(struct import *i, const struct foreign_items *conf, const char *file)
{
	struct import_plan *plan = &i->plan;
	const struct foreign_item *host = foreign_find(conf, "SMARTHOST"), *port = foreign_find(conf, "PORT"), *auth = foreign_find(conf, "AUTHPATH");
	bool tls = foreign_find(conf, "SECURETRANSFER") != NULL, starttls = foreign_find(conf, "STARTTLS") != NULL;
	struct import_at at = { file, host ? host->line : 0 };

	if (host == NULL || host->value[0] == '\0') {
		import_all_through(i, "mx", at);
		return;
	}
	struct import_group *g = import_add_smarthost(plan);
	import_say(plan, g, "host", span_of(host->value), at);
	import_say(plan, g, "port", span_of(port && port->value[0] ? port->value : "25"), (struct import_at){ file, port ? port->line : host->line });
	import_say(plan, g, "tls", !tls ? SPAN("none") : starttls && foreign_find(conf, "OPPORTUNISTIC_TLS") ? SPAN("may") : SPAN("encrypt"), at);
	if (tls)
		import_say(plan, g, "implicit_tls", starttls ? SPAN("false") : SPAN("true"), at);
	if (tls && !foreign_find(conf, "FINGERPRINT"))
		import_note(plan, at, "SMARTHOST: dma does not look at its certificate, and so tls is not \"verify\" here; try whether it works with that");
	say_login(i, g, auth && auth->value[0] ? auth->value : "/etc/dma/auth.conf", host->value);
	import_all_through(i, import_name_smarthost(plan, g, host->value), at);
}

static void take_names(struct import *i, const struct foreign_items *conf, const char *file)
{
	struct import_plan *plan = &i->plan;
	const struct foreign_item *name = foreign_find(conf, "MAILNAME"), *sender = foreign_find(conf, "MASQUERADE");
	const char *path = name && name->value[0] == '/' ? name->value : "/etc/mailname";
	struct import_at at = { file, name ? name->line : 0 };
	char *word = name && name->value[0] && name->value[0] != '/' ? mem_text(name->value) : import_first_word(i, path);

	if (word && word[0])
		import_say(plan, &plan->top, "hostname", span_of(word), at);
	if (foreign_find(conf, "NULLCLIENT"))
		import_no_local_mail(i, span_of(word && word[0] ? word : i->hostname), true, (struct import_at){ file, foreign_find(conf, "NULLCLIENT")->line });
	if (sender && sender->value[0]) {
		struct buf to = { 0 };
		size_t len = strlen(sender->value);
		/* "user@host" is all of it, "host" a domain alone, "user@" a user alone. */
		if (sender->value[len - 1] == '@')
			buf_printf(&to, "%s%s", sender->value, word && word[0] ? word : i->hostname);
		else
			buf_printf(&to, "%s%s", strchr(sender->value, '@') ? "" : "@", sender->value);
		import_rewrite_own(i, buf_span(&to), (struct import_at){ file, sender->line });
		buf_free(&to);
	}
	free(word);
}

int import_read_dma(struct import *i, struct fault *f)
{
	struct foreign_items conf = { 0 };
	char *file = import_path(i, i->file ? i->file : "/etc/dma/dma.conf");
	int result = import_need_items(i, "/etc/dma/dma.conf", FOREIGN_DMA, &conf, f);

	if (result == 0) {
		carry_items(&i->plan, NULL, &table, &conf, file);
		take_names(i, &conf, file);
		take_smarthost(i, &conf, file);
		if (foreign_value(&conf, "SPOOLDIR")[0] && strcmp(foreign_value(&conf, "SPOOLDIR"), "/var/spool/dma") != 0)
			import_note(&i->plan, (struct import_at){ file, foreign_find(&conf, "SPOOLDIR")->line }, "SPOOLDIR: for the mail that waits say: signet import dma "
			            "--queue %s", foreign_value(&conf, "SPOOLDIR"));
	}
	foreign_items_free(&conf);
	free(file);
	return result;
}
