/* SPDX-License-Identifier: ISC */
/*
 * signet suppress - addresses that are not tried, since a server said that
 * there is no such mailbox: which they are, and which are to be tried again.
 */
#include "base/escape.h"
#include "base/json.h"
#include "base/view/control.h"
#include "base/view/selection.h"
#include "signet/queue/queue_commands.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

struct shown {
	bool json;
	bool off;                 /* the setting: nothing of it counts */
	uint64_t count;
};

static void print(const struct control_suppressed *s, struct buf *out)
{
	char refused[SAY_TIME_BYTES], until[SAY_TIME_BYTES];
	struct buf reply = { 0 };

	reply_print(&s->reply, &reply);
	escape_for_terminal(out, span_of(s->address));
	buf_printf(out, ": refused %s (%s)", say_time(s->refused_ms / 1000, refused), s->queue_id);
	if (s->until_ms > 0)
		buf_printf(out, ", not tried until %s", say_time(s->until_ms / 1000, until));
	buf_add_text(out, "\n    (");
	escape_for_terminal(out, buf_span(&reply));
	buf_add_text(out, ")\n");
	buf_free(&reply);
}

static void print_json(const struct control_suppressed *s, struct buf *out)
{
	struct json j = { .out = out };
	struct buf reply = { 0 };

	reply_print_words(&s->reply, &reply);
	json_object(&j, NULL);
	json_text(&j, "address", s->address);
	json_text(&j, "queue_id", s->queue_id);
	json_number(&j, "refused", s->refused_ms / 1000);
	json_number(&j, "until", s->until_ms / 1000);
	json_text(&j, "relay", s->reply.relay);
	json_text(&j, "status", s->reply.status);
	json_text(&j, "reply", buf_text(&reply));
	json_end(&j);
	buf_add_byte(out, '\n');
	buf_free(&reply);
}

static int show_row(void *context, struct span text)
{
	struct shown *shown = context;
	struct control_suppressed s;
	struct buf out = { 0 };

	if (control_suppressed_decode(text, &s) < 0)
		return ask_skip_row();
	shown->count++;
	shown->off = s.until_ms == 0;
	if (shown->json)
		print_json(&s, &out);
	else
		print(&s, &out);
	ask_print(&out);
	control_suppressed_free(&s);
	return 0;
}

/* 0, or the exit status. */
static int remove_one(const char *address)
{
	struct selection checked = { .uid = -1 };
	struct buf line = { 0 }, end = { 0 };
	struct fault f;

	if (selection_set(&checked, SPAN("recipient"), span_of(address), &f) < 0) {
		selection_free(&checked);
		complain(&f);
		return EX_USAGE;
	}
	selection_free(&checked);
	buf_printf(&line, "recipient %s\n", address);
	int status = ask_signetd(CONTROL_SUPPRESS_REMOVE, buf_span(&line), NULL, NULL, &end);
	if (status == EX_OK && span_eq(buf_span(&end), SPAN(CONTROL_NOT_SUPPRESSED)))
		status = EX_NOUSER;
	if (end.len > 0) {
		struct buf out = { 0 };
		buf_printf(&out, "%s: %s", address, buf_text(&end));
		ask_print_end(&out);
	}
	buf_free(&line);
	buf_free(&end);
	return status;
}

int command_suppress(int argc, char **argv)
{
	struct shown shown = { .json = argc == 3 && strcmp(argv[2], "--json") == 0 };
	int result = EX_OK;

	if (argc > 1 && strcmp(argv[1], "list") == 0 && (argc == 2 || shown.json)) {
		result = ask_signetd(CONTROL_SUPPRESSED, SPAN(""), show_row, &shown, NULL);
		if (result == EX_OK && !shown.json && shown.count == 0)
			say("no server has lately said of an address that there is no such mailbox");
		if (result == EX_OK && !shown.json && shown.off)
			say("the setting suppress is off: mail for them is tried as all other");
		return result;
	}
	if (argc < 3 || strcmp(argv[1], "remove") != 0) {
		fprintf(stderr, "usage: signet suppress list [--json] | remove ADDRESS...; signet help suppress says more\n");
		return EX_USAGE;
	}
	for (int i = 2; i < argc; i++) {
		int one = remove_one(argv[i]);
		result = result == EX_OK ? one : result;
	}
	return result;
}
