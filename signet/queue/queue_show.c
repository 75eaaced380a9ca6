/* SPDX-License-Identifier: ISC */
#include "signet/queue/queue_show.h"

#include "signet/queue/traced.h"
#include "signet/talk/ask.h"
#include "signet/talk/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <sysexits.h>
#include <unistd.h>

static int wants_ids(const struct choice *c, bool one)
{
	if (c->narrowed || c->ids == 0 || (one && c->ids > 1)) {
		fprintf(stderr, "signet: name %s; to find them: signet queue list\n", one ? "one queue id" : "queue ids");
		return -1;
	}
	return 0;
}

static int no_such_message(void)
{
	fprintf(stderr, "signet: no such message\n");
	return 1;
}

/* ---- show ---- */

static int show_to(FILE *to, const struct choice *c, bool json)
{
	struct traced t = { .json = json, .to = to };
	int status = ask_signetd(SUBMIT_SHOW, buf_span(&c->lines), traced_row, &t, NULL);

	traced_end(&t);
	return status == EX_OK && t.messages == 0 ? no_such_message() : status;
}

int queue_show(const struct choice *c, unsigned operation, const char *done)
{
	(void)operation;
	(void)done;
	return wants_ids(c, false) < 0 ? EX_USAGE : show_to(stdout, c, c->json);
}

/* ---- export ---- */

struct export {
	FILE *to;
	const char *name;
	bool crlf;
	bool failed;
	uint64_t pieces;
};

static int export_row(void *context, struct span piece)
{
	struct export *e = context;

	if (piece.len == 0)
		return 0;
	e->pieces++;
	if (e->crlf)
		fwrite(piece.at, 1, piece.len, e->to);
	/* In normal form every CR stands before an LF: what other tools read has the LF alone. */
	while (!e->crlf && piece.at) {
		struct span part = span_cut(&piece, '\r');
		fwrite(part.at, 1, part.len, e->to);
	}
	if (ferror(e->to) == 0)
		return 0;
	fprintf(stderr, "signet: %s: %s\n", e->name, strerror(errno));
	e->failed = true;
	return 1;
}

/* Never over what is there. */
static FILE *create_file(const char *name, int *status)
{
	struct fault f;
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *to = fd < 0 ? NULL : fdopen(fd, "w");

	if (to == NULL) {
		int error = errno;
		fault_set(&f, FAULT_PERMANENT, "4.3.0", "%.300s: %s", name, strerror(error));
		fault_of_file(&f, error, EX_CANTCREAT);
		*status = complain(&f);
	}
	return to;
}

static int finish_export(struct export *e, int status)
{
	if (e->to == stdout)
		return e->failed ? EX_IOERR : status;
	if (fclose(e->to) != 0 && !e->failed) {
		fprintf(stderr, "signet: %s: %s\n", e->name, strerror(errno));
		e->failed = true;
	}
	status = e->failed ? EX_IOERR : status;
	if (status != EX_OK)
		unlink(e->name);
	return status;
}

int queue_export(const struct choice *c, unsigned operation, const char *done)
{
	struct export message = { .to = stdout, .name = c->file ? c->file : "standard output", .crlf = c->crlf };
	int status = EX_OK;

	(void)operation;
	(void)done;
	if (wants_ids(c, true) < 0)
		return EX_USAGE;
	if (c->envelope) {
		struct export envelope = { .to = create_file(c->envelope, &status), .name = c->envelope };
		status = envelope.to == NULL ? status : finish_export(&envelope, show_to(envelope.to, c, true));
		if (status != EX_OK)
			return status;
	}
	if (c->file && (message.to = create_file(c->file, &status)) == NULL)
		return status;
	status = ask_signetd(CONTROL_EXPORT, buf_span(&c->lines), export_row, &message, NULL);
	if (status == EX_OK && message.pieces == 0)
		status = no_such_message();
	return finish_export(&message, status);
}
