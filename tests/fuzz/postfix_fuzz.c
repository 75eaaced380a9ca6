/* SPDX-License-Identifier: ISC */
/*
 * The text of a main.cf: its values, with $name resolved, end, and stay
 * within their bound. What signet setup and signet import take from it makes
 * settings of signet.conf, one each and no other, whatever it holds.
 */
#include "signet/conf/config_set.h"
#include "signet/import/main_cf.h"
#include "signet/import/plan.h"
#include "signet/setup/setup_plan.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Another setting behind them is still seen as one. */
static void check_text(struct buf *text)
{
	buf_add_text(text, "last = 1;\n");
	if (!config_set_has(buf_span(text), "last") || config_set_has(buf_span(text), "other"))
		abort();
	buf_free(text);
}

static void set_up(const struct foreign_items *settled)
{
	struct setup_found found = {
		.hostname = { main_cf_value(settled, "host.example", "myhostname"), mem_text("") },
		.domain = { main_cf_value(settled, "host.example", "mydomain"), mem_text("") },
		.smarthost = { main_cf_value(settled, "host.example", "relayhost"), mem_text("") }, .root = mem_text(""), .opendkim = mem_text(""),
	};
	struct setup_answers answers = { .root = "root@example.org", .via = SETUP_MIX };
	struct setup_plan plan;
	struct fault f = { 0 };
	struct buf text = { 0 };

	if (setup_make_plan(&found, &answers, &plan, &f) == 0) {
		for (size_t i = 0; i < plan.count; i++)
			if (plan.items[i].kind == SETUP_SETTING)
				buf_printf(&text, "%s = %s;\n", plan.items[i].name, plan.items[i].value);
		check_text(&text);
		setup_plan_free(&plan);
	}
	setup_found_free(&found);
}

/* Each value for some setting of each kind. */
static void import_all(const struct foreign_items *settled)
{
	static const char *const top[] = { "hostname", "from", "local_domains", "aliases", "alias_programs", "local_command", "size_limit", "queue_life" };
	static const char *const inside[] = { "host", "user", "port", "tls", "password_command", "source" };
	struct import_plan p;
	struct import_lines lines;
	struct buf text = { 0 };

	import_plan_begin(&p);
	for (size_t i = 0; i < settled->count && i < 40; i++) {
		struct import_at at = { "main.cf", settled->items[i].line };
		struct span value = span_of(settled->items[i].value);
		import_say(&p, &p.top, top[i % (sizeof top / sizeof top[0])], value, at);
		struct import_group *g = import_add_smarthost(&p);
		import_name_smarthost(&p, g, settled->items[i].value);
		import_say(&p, g, inside[i % (sizeof inside / sizeof inside[0])], value, at);
		import_password(g, value, at);
	}
	import_make_password_files(&p, "/etc/signet");
	import_render(&p, &lines);
	for (size_t i = 0; i < lines.count; i++)
		buf_printf(&text, "%s = %s;\n", lines.items[i].name, lines.items[i].value);
	check_text(&text);
	import_lines_free(&lines);
	import_plan_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct foreign_items items = { 0 }, settled = { 0 };
	struct buf time = { 0 };

	foreign_parse((struct span){ (const char *)data, size }, FOREIGN_MAIN_CF, &items);
	main_cf_settle(&items, "host.example", &settled);
	for (size_t i = 0; i < settled.count; i++) {
		if (strlen(settled.items[i].value) > 2 * (size_t)MAIN_CF_VALUE_MAX)
			abort();
		main_cf_time(span_of(settled.items[i].value), 's', &time);
		main_cf_is_mentioned(&items, settled.items[i].key);
	}
	set_up(&settled);
	import_all(&settled);
	foreign_items_free(&items);
	foreign_items_free(&settled);
	buf_free(&time);
	return 0;
}
