/* SPDX-License-Identifier: ISC */
/*
 * signet queue - what waits, and orders to it. The owner is answered by the
 * control socket; others by the submission socket, with their own messages.
 */
#include "base/escape.h"
#include "base/json.h"
#include "base/view/control.h"
#include "base/view/listing.h"
#include "signet/queue/choice.h"
#include "signet/queue/queue_commands.h"
#include "signet/queue/queue_destinations.h"
#include "signet/queue/queue_show.h"
#include "signet/queue/queue_status.h"
#include "signet/queue/queue_summary.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

enum { NOTHING_MATCHED = 1 };

/* ---- list ---- */

struct shown {
	bool json;
	struct queue_summary summary;
};

static uint64_t rows_of(const struct shown *s)
{
	return s->summary.messages[LISTING_ACTIVE] + s->summary.messages[LISTING_DEFERRED] + s->summary.messages[LISTING_HELD];
}

static int show_row(void *context, struct span text)
{
	struct shown *s = context;
	struct listing_entry entry;
	struct buf out = { 0 };

	if (listing_decode(text, &entry) < 0)
		return ask_skip_row();
	if (rows_of(s) == 0 && !s->json)
		listing_print_header(&out);
	queue_summary_add(&s->summary, &entry);
	if (s->json)
		listing_print_json(&out, &entry);
	else
		listing_print_more(&out, &entry);
	ask_print(&out);
	listing_entry_free(&entry);
	return 0;
}

static int list_queue(const struct choice *c, unsigned operation, const char *done)
{
	struct shown shown = { .json = c->json };
	struct buf end = { 0 };

	(void)done;
	int status = ask_signetd(operation, buf_span(&c->lines), show_row, &shown, &end);
	if (status == EX_OK && !c->json) {
		struct buf out = { 0 };
		if (rows_of(&shown) == 0 && c->filtered)
			buf_add_text(&out, "nothing in the queue fits\n");
		else
			listing_print_end(&out, shown.summary.bytes, rows_of(&shown));
		if (rows_of(&shown) > 0) {
			buf_add_text(&out, "-- ");
			queue_summary_print_totals(&shown.summary, &out);
			buf_add_text(&out, ".\n");
		}
		ask_print(&out);
		ask_print_end(&end);
	}
	buf_free(&end);
	bool nothing = rows_of(&shown) == 0;
	queue_summary_free(&shown.summary);
	if (status == EX_OK && nothing && c->filtered)
		return NOTHING_MATCHED;
	return status;
}

/* ---- orders ---- */

struct acted {
	const struct choice *choice;
	const char *done;              /* "held" */
	struct control_act now;        /* of several rows of one message */
	uint64_t messages, in_delivery;
};

/* The message before is complete when a row of another comes. */
static void end_message(struct acted *a)
{
	const struct control_act *n = &a->now;
	struct buf out = { 0 };
	struct json j = { .out = &out };

	if (n->queue_id == NULL)
		return;
	if (a->choice->json) {
		json_object(&j, NULL);
		json_text(&j, "queue_id", n->queue_id);
		json_text(&j, "action", a->done);
		json_count(&j, "recipients", n->done);
		json_count(&j, "in_delivery", n->in_delivery);
		json_flag(&j, "dry_run", a->choice->dry_run);
		json_end(&j);
	} else {
		escape_for_terminal(&out, span_of(n->queue_id));
		buf_printf(&out, ": %u recipient%s%s %s", n->done, n->done == 1 ? "" : "s", a->choice->dry_run ? " would be" : "",
		           a->done);
		if (n->in_delivery > 0)
			buf_printf(&out, ", %u in delivery", n->in_delivery);
	}
	buf_add_byte(&out, '\n');
	ask_print(&out);
	a->messages += a->now.done > 0;
	a->in_delivery += a->now.in_delivery;
	control_act_free(&a->now);
}

static int act_row(void *context, struct span text)
{
	struct acted *a = context;
	struct control_act row;

	if (control_act_decode(text, &row) < 0)
		return ask_skip_row();
	if (a->now.queue_id && strcmp(a->now.queue_id, row.queue_id) == 0) {
		a->now.done += row.done;
		a->now.in_delivery += row.in_delivery;
		control_act_free(&row);
		return 0;
	}
	end_message(a);
	a->now = row;
	return 0;
}

static int act_on_queue(const struct choice *c, unsigned operation, const char *done)
{
	struct acted a = { .choice = c, .done = done };
	struct buf end = { 0 };
	int status = ask_signetd(operation, buf_span(&c->lines), act_row, &a, &end);

	end_message(&a);
	if (!c->json)
		ask_print_end(&end);
	buf_free(&end);
	if (status == EX_OK && a.in_delivery > 0)
		return EX_TEMPFAIL;
	if (status == EX_OK && a.messages == 0 && c->filtered)
		return NOTHING_MATCHED;
	return status;
}

/* ---- the table ---- */

static const struct action {
	const char *name;
	unsigned operation;
	const char *more;          /* options beside the filters; NULL: it is queue_status's */
	bool wants_choice;
	const char *done;
	int (*run)(const struct choice *c, unsigned operation, const char *done);
} actions[] = {
	{ "list",    SUBMIT_LIST,     "",               false, "",          list_queue },
	{ "show",    SUBMIT_SHOW,    "",               true,  "",          queue_show },
	{ "export",  CONTROL_EXPORT,  "crlf file envelope", true, "",       queue_export },
	{ "flush",   SUBMIT_FLUSH,    "dry-run now",    false, "tried now", act_on_queue },
	{ "hold",    CONTROL_HOLD,    "dry-run",        true,  "held",      act_on_queue },
	{ "release", CONTROL_RELEASE, "dry-run",        true,  "released",  act_on_queue },
	{ "delete",  SUBMIT_DELETE,  "dry-run bounce", true,  "deleted",   act_on_queue },
	{ "move",    CONTROL_MOVE,    "dry-run via",    true,  "moved",     act_on_queue },
	{ "destinations", CONTROL_DESTINATIONS, "",     false, "",          queue_destinations },
	{ "status",  CONTROL_STATUS,  NULL,             false, "",          NULL },
};

enum { ACTIONS = sizeof actions / sizeof actions[0] };

static int queue_usage(void)
{
	fprintf(stderr, "usage: signet queue");
	for (size_t i = 0; i < ACTIONS; i++)
		fprintf(stderr, "%s %s", i ? " |" : "", actions[i].name);
	fprintf(stderr, "; signet help queue says more\n");
	return EX_USAGE;
}

int command_queue(int argc, char **argv)
{
	const struct action *a = NULL;
	struct choice c;
	struct fault f = { 0 };

	for (size_t i = 0; argc > 1 && i < ACTIONS; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			a = &actions[i];
	if (a == NULL)
		return queue_usage();
	bool counters = argc == 3 && strcmp(argv[2], "--counters") == 0;
	if (a->more == NULL)
		return argc == 2 || counters ? queue_status(counters) : queue_usage();
	if (choice_take(argc - 1, argv + 1, a->more, &c, &f) < 0) {
		complain(&f);
		return EX_USAGE;
	}
	int status = EX_USAGE;
	if (a->wants_choice && !c.filtered)
		fprintf(stderr, "signet: %s what? Name queue ids or a filter, or say all; signet help queue says more\n", a->name);
	else
		status = a->run(&c, a->operation, a->done);
	choice_free(&c);
	return status;
}
