/* SPDX-License-Identifier: ISC */
#include "signet/talk/complain.h"

#include "base/escape.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

int complain(const struct fault *f)
{
	struct buf text = { 0 };

	escape_for_terminal(&text, span_of(f->text));
	fprintf(stderr, "signet: %s\n", buf_text(&text));
	buf_free(&text);
	return fault_exit_code(f);
}

void complain_end_if_unread(int error)
{
	if (error != EPIPE)
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
}
