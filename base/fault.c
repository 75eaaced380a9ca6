/* SPDX-License-Identifier: ISC */
#include "base/fault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* RFC 3463 status, the class digit left out, to sysexits(3). First prefix that fits wins. */
static const struct {
	const char *subject;
	int exit_code;
} exit_codes[] = {
	{ "1.10", EX_NOHOST },       /* null MX, RFC 7505 */
	{ "1.1",  EX_NOUSER },       /* bad destination mailbox */
	{ "1.2",  EX_NOHOST },       /* bad destination system */
	{ "1.",   EX_DATAERR },      /* address syntax */
	{ "3.2",  EX_UNAVAILABLE },  /* not accepting messages */
	{ "3.4",  EX_DATAERR },      /* message too big */
	{ "3.5",  EX_CONFIG },       /* system incorrectly configured */
	{ "3.0",  EX_IOERR },
	{ "4.6",  EX_DATAERR },      /* mail loop */
	{ "4.",   EX_UNAVAILABLE },  /* network and routing */
	{ "5.4",  EX_USAGE },        /* invalid command arguments */
	{ "5.3",  EX_DATAERR },      /* too many recipients */
	{ "5.",   EX_PROTOCOL },
	{ "6.",   EX_DATAERR },      /* content */
	{ "7.",   EX_NOPERM },       /* security and policy */
};

int fault_vset(struct fault *f, enum fault_kind kind, const char *status, const char *format, va_list ap)
{
	if (f == NULL)
		return -1;
	f->kind = kind;
	f->exit_code = 0;
	snprintf(f->status, sizeof f->status, "%s", status);
	vsnprintf(f->text, sizeof f->text, format, ap);
	return -1;
}

int fault_set(struct fault *f, enum fault_kind kind, const char *status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fault_vset(f, kind, status, format, ap);
	va_end(ap);
	return -1;
}

int fault_prefix(struct fault *f, const char *format, ...)
{
	char text[2 * FAULT_TEXT_MAX];
	va_list ap;

	if (f == NULL)
		return -1;
	va_start(ap, format);
	int len = vsnprintf(text, FAULT_TEXT_MAX, format, ap);
	va_end(ap);
	if (len < 0 || len >= FAULT_TEXT_MAX)
		len = (int)strlen(text);
	snprintf(text + len, sizeof text - (size_t)len, ": %s", f->text);
	snprintf(f->text, sizeof f->text, "%.*s", FAULT_TEXT_MAX - 1, text);
	return -1;
}

int fault_of_file(struct fault *f, int error, int otherwise)
{
	if (error == EACCES || error == EPERM)
		f->exit_code = EX_NOPERM;
	else if (otherwise == EX_NOINPUT && (error == EINVAL || error == EISDIR || error == EFBIG))
		f->exit_code = EX_DATAERR;
	else
		f->exit_code = otherwise;
	return -1;
}

/* What the status says of the cause, whether the fault is temporary or not. */
static int exit_code_of_cause(const struct fault *f)
{
	const char *subject = strchr(f->status, '.');

	if (subject == NULL)
		return EX_SOFTWARE;
	for (size_t i = 0; i < sizeof exit_codes / sizeof exit_codes[0]; i++)
		if (strncmp(subject + 1, exit_codes[i].subject, strlen(exit_codes[i].subject)) == 0)
			return exit_codes[i].exit_code;
	return EX_UNAVAILABLE;
}

bool fault_is_configuration(const struct fault *f)
{
	return f->kind != FAULT_NONE && exit_code_of_cause(f) == EX_CONFIG;
}

int fault_exit_code(const struct fault *f)
{
	if (f->kind == FAULT_NONE)
		return EX_OK;
	if (f->exit_code)
		return f->exit_code;
	return f->kind == FAULT_TEMPORARY ? EX_TEMPFAIL : exit_code_of_cause(f);
}
