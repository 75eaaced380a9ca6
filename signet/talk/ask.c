/* SPDX-License-Identifier: ISC */
#include "signet/talk/ask.h"

#include "base/conf/config.h"
#include "base/escape.h"
#include "signet/talk/complain.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

int ask_has_signetd(const struct settings *s, struct fault *f)
{
	if (!settings_have_no_queue(s))
		return 0;
	return fault_set(f, FAULT_TEMPORARY, "4.3.2", "with queue = \"none\" there is no queue and no signetd to ask: sendmail hands each message "
	                 "to the smarthost itself, and the log says what became of it");
}

int ask_signetd(unsigned operation, struct span argument, control_row *row, void *context, struct buf *end)
{
	struct submit_query query = { (enum submit_operation)operation, argument };
	struct settings s;
	struct fault f = { 0 };

	if (config_load(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	bool ours = access(s.control, R_OK | W_OK) == 0;
	int result = ask_has_signetd(&s, &f);
	if (result == 0)
		result = control_ask(ours ? s.control : s.socket, query, row, context, end, &f);
	settings_free(&s);
	return result < 0 ? complain(&f) : EX_OK;
}

int ask_skip_row(void)
{
	fprintf(stderr, "signet: a row could not be read; are signet and signetd of one version?\n");
	return 0;
}

void ask_print(struct buf *out)
{
	if (out->len > 0)
		if (fwrite(out->at, 1, out->len, stdout) < out->len)
			complain_end_if_unread(errno);
	buf_free(out);
}

void ask_print_end(struct buf *end)
{
	struct span rest = buf_span(end);

	while (rest.len > 0) {
		struct buf line = { 0 };
		escape_for_terminal(&line, span_cut(&rest, '\n'));
		buf_add_byte(&line, '\n');
		ask_print(&line);
	}
	buf_free(end);
}
