/* SPDX-License-Identifier: ISC */
#include "signet/queue/choice.h"

#include "base/nearest.h"
#include "base/view/selection.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char filters[] = "sender recipient domain reason older newer uid unit container held deferred";

static bool is_among(struct span name, const char *names)
{
	for (struct span rest = span_of(names); rest.at;)
		if (span_eq(span_cut(&rest, ' '), name))
			return true;
	return false;
}

static int no_option(const char *word, const char *more, struct fault *f)
{
	struct nearest near = nearest_to(span_of(word + 2));
	char names[200];

	snprintf(names, sizeof names, "%s json %s", filters, more);
	for (char *at = names, *name; (name = strsep(&at, " ")) != NULL;)
		nearest_try(&near, name);
	return fault_set(f, FAULT_PERMANENT, "5.5.4", "no option %.80s%s%s", word, near.word ? "; the nearest is --" : "",
	                 near.word ? near.word : "");
}

/* A line of the query, checked here as it will be there. */
static int add_choice(struct choice *c, struct selection *s, struct span name, const char *value, struct fault *f)
{
	if (selection_set(s, name, span_of(value), f) < 0)
		return -1;
	buf_add_span(&c->lines, name);
	if (value && value[0])
		buf_printf(&c->lines, " %s", value);
	buf_add_byte(&c->lines, '\n');
	return 0;
}

/* One option and its value, if it has one; moves *i to its last word. */
static int take_option(int argc, char **argv, int *i, const char *more, struct choice *c, struct selection *s,
                       struct fault *f)
{
	const char *word = argv[*i], *equals = strchr(word, '='), *value = equals ? equals + 1 : NULL;
	struct span name = span_between(word + 2, equals ? equals : word + strlen(word));

	if (!is_among(name, filters) && !is_among(name, more) && !span_eq(name, SPAN("json")))
		return no_option(word, more, f);
	if (!value && !selection_is_flag(name) && !is_among(name, "json crlf")) {
		if (*i + 1 == argc)
			return fault_set(f, FAULT_PERMANENT, "5.5.4", "%s needs a value", word);
		value = argv[++*i];
	}
	c->dry_run |= span_eq(name, SPAN("dry-run"));
	c->narrowed |= is_among(name, filters);
	c->filtered |= c->narrowed;
	/* What the command does itself, and signetd need not know. */
	c->json |= span_eq(name, SPAN("json"));
	c->crlf |= span_eq(name, SPAN("crlf"));
	if (span_eq(name, SPAN("file")))
		c->file = value;
	if (span_eq(name, SPAN("envelope")))
		c->envelope = value;
	return is_among(name, "json crlf file envelope") ? 0 : add_choice(c, s, name, value, f);
}

/* Who asks, for signetd's log: the login name, and under sudo the name of the user behind it. */
static void add_asker(struct choice *c, struct selection *s)
{
	const struct passwd *p = getpwuid(getuid());
	const char *sudo = getenv("SUDO_USER");
	struct buf who = { 0 };
	struct fault ignored;

	buf_add_text(&who, p ? p->pw_name : "unknown");
	if (sudo && sudo[0])
		buf_printf(&who, ", for %s", sudo);
	add_choice(c, s, SPAN("by"), buf_text(&who), &ignored);
	buf_free(&who);
}

int choice_take(int argc, char **argv, const char *more, struct choice *out, struct fault *f)
{
	struct selection checked = { .uid = -1 };
	int result = 0;

	*out = (struct choice){ 0 };
	for (int i = 1; i < argc && result == 0; i++) {
		if (strncmp(argv[i], "--", 2) == 0) {
			result = take_option(argc, argv, &i, more, out, &checked, f);
		} else if (argv[i][0] == '-') {
			result = fault_set(f, FAULT_PERMANENT, "5.5.4", "no option %.80s", argv[i]);
		} else {
			bool all = strcmp(argv[i], "all") == 0;
			out->filtered = true;
			out->ids += !all;
			result = add_choice(out, &checked, all ? SPAN("all") : SPAN("id"), all ? NULL : argv[i], f);
		}
	}
	if (result == 0)
		add_asker(out, &checked);
	else
		choice_free(out);
	selection_free(&checked);
	return result;
}

void choice_free(struct choice *c)
{
	buf_free(&c->lines);
	*c = (struct choice){ 0 };
}
