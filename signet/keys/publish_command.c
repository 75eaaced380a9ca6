/* SPDX-License-Identifier: ISC */
#include "signet/keys/publish_command.h"

#include "base/conf/local_command.h"
#include "base/json.h"
#include "base/program.h"
#include "base/utf8.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- lines ---- */

/* What of name stands before the zone. */
static struct span host_of(const char *name, const char *zone)
{
	size_t name_len = strlen(name), zone_len = strlen(zone);

	if (name_len <= zone_len + 1)
		return SPAN("@");
	return (struct span){ name, name_len - zone_len - 1 };
}

static void add_line(const struct update_change *c, const char *action, const char *value, struct buf *out)
{
	const struct update_rrset *was = c->was;
	struct json j = { .out = out };

	json_object(&j, NULL);
	json_text(&j, "action", action);
	json_text(&j, "name", was->name);
	json_span(&j, "host", host_of(was->name, was->zone));
	json_text(&j, "type", "TXT");
	json_count(&j, "ttl", was->texts.count > 0 ? was->ttl_s : c->ttl_s);
	json_text(&j, "value", value);
	json_end(&j);
	buf_add_byte(out, '\n');
}

static bool goes(const struct update_change *c, const char *text)
{
	return c->replace || (c->drop && strcmp(text, c->drop) == 0);
}

/* -1: 5.6.0, one that stays is not text in UTF-8, which no line can tell. */
static int add_lines(const struct update_change *c, struct buf *out, struct fault *f)
{
	const struct text_list *texts = &c->was->texts;

	for (size_t i = 0; i < texts->count; i++)
		if (goes(c, texts->items[i]))
			add_line(c, "remove", texts->items[i], out);
	for (size_t i = 0; i < texts->count; i++) {
		if (goes(c, texts->items[i]))
			continue;
		if (!utf8_is_valid(span_of(texts->items[i])))
			return fault_set(f, FAULT_PERMANENT, "5.6.0", "%.200s has a TXT record that is not text in UTF-8, and would not survive "
			                 "publish_command: publish beside it by hand", c->was->name);
		add_line(c, "keep", texts->items[i], out);
	}
	for (size_t i = 0; i < c->becomes.count; i++)
		add_line(c, "add", c->becomes.items[i], out);
	return 0;
}

/* ---- running it ---- */

static void add_variable(struct text_list *out, const char *name, const char *value)
{
	struct buf entry = { 0 };

	buf_printf(&entry, "%s=%s", name, value);
	text_list_add(out, buf_span(&entry));
	buf_free(&entry);
}

static int all_at_once(void *source, struct buf *out, struct fault *f)
{
	(void)f;
	buf_add_span(out, buf_span(source));
	return 0;
}

static int run(const struct text_list *words, const char *zone, const char *action, struct buf *lines, struct fault *f)
{
	const struct passwd *user = getpwuid(geteuid());
	struct text_list environment = { 0 };

	program_environment(user ? user->pw_name : "root", &environment);
	add_variable(&environment, "HOME", user ? user->pw_dir : "/");
	add_variable(&environment, "SIGNET_ZONE", zone);
	add_variable(&environment, "SIGNET_ACTION", action);
	struct program program = { .words = words, .environment = &environment, .folder = "/", .until = -1,
		.named_by = "publish_command in the configuration", .patience_ms = PUBLISH_COMMAND_MS };
	int result = program_run(&program, all_at_once, lines, f);
	text_list_free(&environment);
	return result;
}

int publish_command_run(const char *command, const char *action, const struct update_change *changes, size_t count,
                        struct fault *f)
{
	struct text_list words = { 0 };
	struct buf lines = { 0 };
	int result = plain_command_words(command, "publish_command", &words, f);

	for (size_t i = 0; i < count && result == 0; i++)
		result = add_lines(&changes[i], &lines, f);
	if (result == 0 && (result = run(&words, changes[0].was->zone, action, &lines, f)) < 0)
		fault_prefix(f, "the zone %.200s", changes[0].was->zone);
	text_list_free(&words);
	buf_free(&lines);
	return result;
}
