/* SPDX-License-Identifier: ISC */
#include "signet/talk/reload.h"

#include "base/clock.h"
#include "base/conf/config.h"
#include "base/view/control.h"
#include "base/view/stopping.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"
#include "signet/talk/say.h"

#include <poll.h>
#include <stdio.h>
#include <sysexits.h>

enum { START_MS = 10 * 1000, PAUSE_MS = 50 };

int reload_ask(const struct settings *s, struct fault *f)
{
	struct submit_query query = { (enum submit_operation)CONTROL_RELOAD, SPAN("") };

	return control_ask(s->control, query, NULL, NULL, NULL, f);
}

/* The process of the queue, of which each start has another. */
static int ask_pid(const struct settings *s, struct buf *pid, struct fault *f)
{
	struct submit_query query = { (enum submit_operation)CONTROL_STATUS, SPAN("") };
	struct buf text = { 0 };
	int result = control_ask(s->control, query, NULL, NULL, &text, f);

	buf_clear(pid);
	for (struct span rest = buf_span(&text); result == 0 && rest.at;) {
		struct span value = span_cut(&rest, '\n'), name = span_cut(&value, ' ');
		if (span_eq(name, SPAN("pid")))
			buf_add_span(pid, value);
	}
	buf_free(&text);
	return result;
}

/* While it starts nobody answers, which is no fault yet. */
static bool is_another(const struct settings *s, struct buf *was)
{
	struct buf now = { 0 };
	struct fault ignored;
	bool another = ask_pid(s, &now, &ignored) == 0 && !span_eq(buf_span(&now), buf_span(was));

	buf_free(&now);
	return another;
}

int reload_wait(const struct settings *s, struct fault *f)
{
	const int64_t deadline_ms = clock_boot_ms() + STOPPING_MS + START_MS;
	struct buf was = { 0 };
	bool another = false;

	int result = ask_has_signetd(s, f) < 0 ? -1 : ask_pid(s, &was, f);
	if (result == 0)
		result = reload_ask(s, f);
	while (result == 0 && !(another = is_another(s, &was)) && clock_wait_ms(deadline_ms) > 0)
		poll(NULL, 0, PAUSE_MS);
	if (result == 0 && !another)
		result = fault_set(f, FAULT_TEMPORARY, "4.3.2", "signetd has not started again: it found a fault in the configuration, and "
		                   "goes on with the old one, or is still sending; its log says which");
	buf_free(&was);
	return result;
}

int command_reload(int argc, char **argv)
{
	struct settings s;
	struct fault f = { 0 };

	(void)argv;
	if (argc > 1) {
		fprintf(stderr, "usage: signet reload\n");
		return EX_USAGE;
	}
	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	int status = reload_wait(&s, &f) < 0 ? complain(&f) : EX_OK;
	if (status == EX_OK)
		say("signetd has started again, with %s", config_file(NULL));
	settings_free(&s);
	return status;
}
