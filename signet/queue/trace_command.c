/* SPDX-License-Identifier: ISC */
/*
 * signet trace - what became of mail: by queue id, message-id or address,
 * from what waits and from the history that the queue keeps.
 */
#include "base/view/selection.h"
#include "base/view/trace.h"
#include "signet/queue/queue_commands.h"
#include "signet/queue/traced.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/options.h"

#include <stdio.h>
#include <sysexits.h>

struct asked {
	bool json;
	const char *since, *what;
};

static int add_question(struct buf *lines, struct selection *checked, const char *name, struct span value, struct fault *f)
{
	if (selection_set(checked, span_of(name), value, f) < 0)
		return -1;
	buf_printf(lines, "%s %.*s\n", name, (int)value.len, value.at);
	return 0;
}

/* A queue id has no @; a message-id may stand in its angle brackets. */
static int ask_question(const struct asked *a, struct buf *lines, struct fault *f)
{
	struct selection checked = { .uid = -1 };
	struct span what = span_of(a->what);
	bool in_brackets = what.len > 2 && what.at[0] == '<' && what.at[what.len - 1] == '>';

	if (in_brackets)
		what = (struct span){ what.at + 1, what.len - 2 };
	bool is_text = in_brackets || memchr(what.at, '@', what.len) != NULL;
	int result = add_question(lines, &checked, is_text ? "text" : "id", what, f);
	if (result == 0 && a->since && (result = add_question(lines, &checked, "newer", span_of(a->since), f)) < 0)
		fault_set(f, FAULT_PERMANENT, "5.5.4", "--since needs an age such as \"30m\", \"6h\" or \"2d\", not \"%s\"", a->since);
	selection_free(&checked);
	return result;
}

int command_trace(int argc, char **argv)
{
	struct asked a = { 0 };
	const struct option_row options[] = { { "json", NULL, &a.json }, { "since", &a.since, NULL } };
	struct buf lines = { 0 }, end = { 0 };
	struct fault f = { 0 };

	int first = OPTIONS_TAKE(argc, argv, options);
	a.what = first >= 0 && first + 1 == argc ? argv[first] : NULL;
	if (a.what == NULL) {
		fprintf(stderr, "usage: signet trace [--json] [--since AGE] ID|MESSAGE-ID|ADDRESS\n");
		return EX_USAGE;
	}
	if (ask_question(&a, &lines, &f) < 0) {
		complain(&f);
		buf_free(&lines);
		return EX_USAGE;
	}
	struct traced t = { .json = a.json, .to = stdout };
	int status = ask_signetd(SUBMIT_TRACE, buf_span(&lines), traced_row, &t, &end);
	traced_end(&t);
	buf_free(&lines);
	if (!a.json)
		ask_print_end(&end);
	buf_free(&end);
	if (status == EX_OK && t.messages == 0) {
		fprintf(stderr, "signet: nothing is known of it: neither in the queue nor in the history of " TRACE_HISTORY "\n");
		return 1;
	}
	return status;
}
