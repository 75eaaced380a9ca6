/* SPDX-License-Identifier: ISC */
/* signet status - the mail of this host at a glance, once or again and again. */
#include "base/clock.h"
#include "base/conf/config.h"
#include "base/escape.h"
#include "signet/status/ready.h"
#include "signet/status/status.h"
#include "signet/status/status_commands.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { WATCH_S = 2, NOT_READY = 1 };

static const char clear_screen[] = "\033[H\033[2J";

static const struct form {
	const char *option;
	void (*print)(const struct status *st, struct buf *out);
} forms[] = {
	{ "--json", status_print_json }, { "--html", status_print_html }, { "--prometheus", status_print_metrics },
};

/* Looks once and prints; returns the exit status. Without signetd it still says so, and shows the keys. */
static int look(const struct settings *s, const struct keyset *keys, const struct form *form, bool clear)
{
	struct status st;
	struct buf out = { 0 };

	status_ask(s, keys, clock_wall_ms(), &st);
	if (clear)
		buf_add_text(&out, clear_screen);
	if (form)
		form->print(&st, &out);
	else
		status_print_text(&st, s, &out);
	ask_print(&out);
	fflush(stdout);
	int status = st.answers ? EX_OK : complain(&st.fault);
	status_free(&st);
	return status;
}

int command_status(int argc, char **argv)
{
	const struct form *form = NULL;
	bool watch = argc == 2 && strcmp(argv[1], "--watch") == 0, ready = argc == 2 && strcmp(argv[1], "--ready") == 0;
	struct settings s;
	struct fault f = { 0 };

	for (size_t i = 0; argc == 2 && i < sizeof forms / sizeof forms[0]; i++)
		if (strcmp(argv[1], forms[i].option) == 0)
			form = &forms[i];
	if (argc > 2 || (argc == 2 && form == NULL && !watch && !ready)) {
		fprintf(stderr, "usage: signet status [--ready|--watch|--json|--html|--prometheus]; signet help status says more\n");
		return EX_USAGE;
	}
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	if (ready) {
		struct buf why = { 0 }, out = { 0 };
		bool is_ready = ready_ask(&s, &why);
		buf_add_text(&out, is_ready ? "ready" : "not ready: ");
		escape_for_terminal(&out, buf_span(&why));
		buf_add_byte(&out, '\n');
		ask_print(&out);
		buf_free(&why);
		settings_free(&s);
		return is_ready ? EX_OK : NOT_READY;
	}
	bool clear = watch && isatty(STDOUT_FILENO);
	struct keyset keys;
	keyset_read(&s, &keys);
	int status = look(&s, &keys, form, clear);
	while (watch) {
		sleep(WATCH_S);
		status = look(&s, &keys, form, clear);
	}
	keyset_free(&keys);
	settings_free(&s);
	return status;
}
