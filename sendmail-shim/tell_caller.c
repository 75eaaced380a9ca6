/* SPDX-License-Identifier: ISC */
#include "sendmail-shim/tell_caller.h"

#include "base/escape.h"
#include "base/log.h"

#include <unistd.h>

static const char *program = "sendmail";
static bool log_is_open;

void tell_caller_as(const char *name)
{
	program = name;
}

void tell_caller(struct span text)
{
	if (!log_is_open)
		log_open("signet/sendmail", "syslog");
	log_is_open = true;
	struct buf line = { 0 };
	escape(&line, span_of(program));
	buf_add_text(&line, ": ");
	escape(&line, text);
	buf_add_byte(&line, '\n');
	if (write(STDERR_FILENO, line.at, line.len) < 0)
		buf_clear(&line);  /* the log still has it */
	buf_free(&line);
	log_line(LOG_LEVEL_WARNING, "uid %u: %.*s", (unsigned)getuid(), (int)text.len, text.at);
}

void tell_caller_lines(const char *prefix, struct span lines)
{
	while (lines.at && lines.len > 0) {
		struct buf line = { 0 };
		buf_add_text(&line, prefix);
		buf_add_span(&line, span_cut(&lines, '\n'));
		tell_caller(buf_span(&line));
		buf_free(&line);
	}
}

int tell_caller_of(const struct fault *f)
{
	tell_caller(span_of(f->text));
	return fault_exit_code(f);
}
