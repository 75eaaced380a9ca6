/* SPDX-License-Identifier: ISC */
/*
 * signet test - one small message on its real way, and what is said about it
 * between signetd and the server, live; or, with --no-data, only the question
 * whether the server would take mail for the recipient.
 */
#include "base/conf/config.h"
#include "base/escape.h"
#include "base/view/control.h"
#include "base/view/selection.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/way/way_commands.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

/* Longer than any wait of a session for one reply. */
enum { SILENCE_MS = 11 * 60 * 1000 };

struct arguments {
	const char *from, *via, *address;
	bool no_data;
};

static bool take_arguments(int argc, char **argv, struct arguments *a)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--from") == 0 && i + 1 < argc)
			a->from = argv[++i];
		else if (strcmp(argv[i], "--via") == 0 && i + 1 < argc)
			a->via = argv[++i];
		else if (strcmp(argv[i], "--no-data") == 0)
			a->no_data = true;
		else if (argv[i][0] != '-' && a->address == NULL)
			a->address = argv[i];
		else
			return false;
	}
	return a->address != NULL;
}

static int print_event(void *context, struct span text)
{
	static const char *const marks[] = { "   ", "-> ", "<- " };
	struct control_event e;
	struct buf line = { 0 };

	(void)context;
	if (control_event_decode(text, &e) < 0)
		return 0;
	escape_for_terminal(&line, span_of(e.text));
	printf("%7.3f  %s%s\n", (double)e.after_ms / 1000.0, marks[e.side], buf_text(&line));
	fflush(stdout);
	buf_free(&line);
	control_event_free(&e);
	return 0;
}

static int add_test_line(struct buf *lines, const char *name, const char *value, struct fault *f)
{
	struct selection checked = { .uid = -1 };
	int result = value ? selection_set(&checked, span_of(name), span_of(value), f) : 0;

	if (result == 0 && value)
		buf_printf(lines, "%s %s\n", name, value);
	selection_free(&checked);
	return result;
}

static int test_question(const struct settings *s, const struct arguments *a, struct buf *lines, struct fault *f)
{
	const struct passwd *p = getpwuid(getuid());
	struct buf from = { 0 };

	if (a->from)
		buf_add_text(&from, a->from);
	else if (s->from[0])
		buf_add_text(&from, s->from);
	else
		buf_printf(&from, "%s@%s", p ? p->pw_name : "root", s->domain);
	int result = add_test_line(lines, "sender", buf_text(&from), f);
	if (result == 0)
		result = add_test_line(lines, "recipient", a->address, f);
	if (result == 0)
		result = add_test_line(lines, "via", a->via, f);
	if (result == 0 && a->no_data)
		buf_add_text(lines, "no-data\n");
	buf_free(&from);
	return result;
}

int command_test(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct settings s;
	struct buf lines = { 0 }, end = { 0 };
	struct fault f = { 0 };
	int status = EX_TEMPFAIL;

	if (!take_arguments(argc, argv, &a)) {
		fprintf(stderr, "usage: signet test [--no-data] [--from ADDRESS] [--via HOP] ADDRESS\n");
		return EX_USAGE;
	}
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	if (test_question(&s, &a, &lines, &f) < 0) {
		complain(&f);
		status = EX_USAGE;
		goto out;
	}
	struct submit_query query = { (enum submit_operation)CONTROL_TEST, buf_span(&lines) };
	int result = ask_has_signetd(&s, &f);
	if (result == 0)
		result = control_follow(s.control, query, SILENCE_MS, print_event, NULL, &end, &f);
	struct span rest = buf_span(&end), outcome = span_cut(&rest, ' '), code = span_cut(&rest, ' ');
	if (result < 0)
		status = complain(&f);
	else if (span_eq(outcome, SPAN("delivered")) || span_eq(outcome, SPAN("accepted")))
		status = EX_OK;
	else if (span_eq(outcome, SPAN("bounced")) || span_eq(outcome, SPAN("refused")))
		status = span_starts_nocase(code, SPAN("5.6.")) ? EX_DATAERR : EX_UNAVAILABLE;
	ask_print_end(&end);
	if (result == 0 && status == EX_TEMPFAIL && !a.no_data)
		printf("It stays in the queue and is tried again. To see it: signet queue list. To end it: signet queue delete ID.\n");
out:
	buf_free(&lines);
	settings_free(&s);
	return status;
}
