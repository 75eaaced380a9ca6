/*
 * The text of a main.cf: what signet setup takes from it makes settings of
 * signet.conf, one each and no other, whatever it holds.
 */
#include "signet/conf/config_set.h"
#include "signet/setup/setup_look.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *value_of(struct span text, const char *name)
{
	return mem_text_span(setup_postfix_value(text, name));
}

/* The settings as they would be written; another one behind them is still seen as one. */
static void check_settings(const struct setup_plan *p)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].kind == SETUP_SETTING)
			buf_printf(&text, "%s = %s;\n", p->items[i].name, p->items[i].value);
	buf_add_text(&text, "last = 1;\n");
	if (!config_set_has(buf_span(&text), "last") || config_set_has(buf_span(&text), "other"))
		abort();
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { (const char *)data, size };
	struct setup_found found = {
		.hostname = { value_of(text, "myhostname"), mem_text("") }, .domain = { value_of(text, "mydomain"), mem_text("") },
		.smarthost = { value_of(text, "relayhost"), mem_text("") }, .root = mem_text(""), .opendkim = mem_text(""),
	};
	struct setup_answers answers = { .root = "root@example.org", .via = SETUP_MIX };
	struct setup_plan plan;
	struct fault f = { 0 };

	if (setup_make_plan(&found, &answers, &plan, &f) == 0) {
		check_settings(&plan);
		setup_plan_free(&plan);
	}
	setup_found_free(&found);
	return 0;
}
