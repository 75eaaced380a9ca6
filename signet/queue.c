/*
 * signet queue - what waits, and trying it now. The owner is answered by the
 * control socket; others by the submission socket, with their own messages.
 */
#include "base/config.h"
#include "base/listing.h"
#include "base/log.h"
#include "relay/control.h"
#include "signet/commands.h"
#include "signet/complain.h"

#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

struct shown {
	bool json;
	uint64_t rows;
	uint64_t bytes;
};

static void print(struct buf *out)
{
	if (out->len > 0)
		fwrite(out->at, 1, out->len, stdout);
	buf_free(out);
}

static int show_row(void *context, struct span text)
{
	struct shown *s = context;
	struct listing_entry entry;
	struct buf out = { 0 };

	if (listing_decode(text, &entry) < 0) {
		fprintf(stderr, "signet: a row of the queue could not be read; are signet and signetd of one version?\n");
		return 0;
	}
	if (s->rows++ == 0 && !s->json)
		listing_print_header(&out);
	s->bytes += entry.size_bytes;
	if (s->json)
		listing_print_json(&out, &entry);
	else
		listing_print_entry(&out, &entry);
	print(&out);
	listing_entry_free(&entry);
	return 0;
}

/* The control socket where it is ours, else the one for everybody. */
static int ask(struct submit_query query, control_row *row, void *context, struct buf *end)
{
	struct settings s;
	struct fault f = { 0 };

	if (config_read(config_file(NULL), &s, &f) < 0)
		return complain(&f);
	int result = -1;
	if (access(s.control, R_OK | W_OK) == 0)
		result = control_ask(s.control, query, row, context, end, &f);
	else
		result = control_ask(s.socket, query, row, context, end, &f);
	settings_free(&s);
	return result < 0 ? complain(&f) : EX_OK;
}

static void print_end(struct buf *end)
{
	struct span rest = buf_span(end);

	while (rest.len > 0) {
		struct buf line = { 0 };
		log_escape(&line, span_cut(&rest, '\n'));
		buf_add_byte(&line, '\n');
		print(&line);
	}
}

static int list(int argc, char **argv)
{
	struct shown shown = { .json = argc > 1 && strcmp(argv[1], "--json") == 0 };
	struct buf end = { 0 }, out = { 0 };

	if (argc > (shown.json ? 2 : 1)) {
		fprintf(stderr, "usage: signet queue list [--json]\n");
		return EX_USAGE;
	}
	int status = ask((struct submit_query){ SUBMIT_LIST, SPAN("") }, show_row, &shown, &end);
	if (status == EX_OK && !shown.json) {
		listing_print_end(&out, shown.bytes, shown.rows);
		print(&out);
		print_end(&end);
	}
	buf_free(&end);
	return status;
}

static int flush(int argc, char **argv)
{
	struct buf end = { 0 };

	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: signet queue flush [ID]\n");
		return EX_USAGE;
	}
	struct span id = span_of(argc == 2 ? argv[1] : "");
	int status = ask((struct submit_query){ SUBMIT_FLUSH, id }, NULL, NULL, &end);
	print_end(&end);
	buf_free(&end);
	return status;
}

static int show_status(int argc, char **argv)
{
	struct buf end = { 0 };

	(void)argv;
	if (argc > 1) {
		fprintf(stderr, "usage: signet queue status\n");
		return EX_USAGE;
	}
	int status = ask((struct submit_query){ (enum submit_operation)CONTROL_STATUS, SPAN("") }, NULL, NULL, &end);
	print_end(&end);
	buf_free(&end);
	return status;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} actions[] = {
	{ "list", list },
	{ "flush", flush },
	{ "status", show_status },
};

int command_queue(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof actions / sizeof actions[0]; i++)
		if (strcmp(argv[1], actions[i].name) == 0)
			return actions[i].run(argc - 1, argv + 1);
	fprintf(stderr, "usage: signet queue list [--json] | flush [ID] | status\n");
	return EX_USAGE;
}
