/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "base/mail/record.h"
#include "relay/once/letter.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct settings settings;
static struct routes *routes;

static void begin(void)
{
	struct buf faults = { 0 };

	settings_defaults(&settings);
	free(settings.hostname);
	free(settings.domain);
	settings.hostname = mem_text("c0ffee");
	settings.domain = mem_text("example.org");
	text_list_free(&settings.aliases);
	letter_settings(&settings);
	routes = routes_read(&settings, &faults);
}

/* to: by blanks. In pieces of so many bytes. */
static int write_letter(const char *to, const char *text, size_t padding, size_t step, struct letter **out, struct fault *f)
{
	struct record r = { .sender = mem_text("me@example.org"), .sender_given = true, .full_name = mem_text(""), .envid = mem_text(""),
		.program = mem_text("t") };
	struct buf whole = { 0 }, body = { 0 };
	int result = 0;

	for (struct span rest = span_of(to); rest.len > 0;)
		record_add_recipient(&r, span_cut(&rest, ' '), 0, SPAN(""));
	buf_add_text(&body, text);
	while (body.len < padding)
		buf_add_text(&body, "a line of text that makes the message large\n");
	r.message_bytes = body.len;
	record_encode_head(&r, &whole);
	buf_add_span(&whole, buf_span(&body));
	*out = letter_new(&settings, routes);
	for (size_t at = 0; at < whole.len && result == 0; at += step) {
		struct span piece = { whole.at + at, whole.len - at < step ? whole.len - at : step };
		result = letter_feed(*out, &piece, f);
	}
	if (result == 1)
		result = letter_finish(*out, f);
	buf_free(&whole);
	buf_free(&body);
	record_free(&r);
	return result;
}

#define TEXT "From: me@example.org\nTo: a@example.net\nBcc: b@example.net\nSubject: s\n\nhello\n"

static void is_in_normal_form(void)
{
	struct smarthost hop = { .envelope_from = mem_text(""), .sign = true };
	struct fault f = { 0 };
	struct letter *l;
	struct delivery d;

	is_int(write_letter("a@example.net b@example.net", TEXT, 0, 7, &l, &f), 0, "a record in small pieces");
	letter_delivery(l, &hop, &d);
	ok(d.whole && d.recipient_count == 2, "to both or to none");
	is_text(d.sender, "me@example.org", "its sender");
	ok(memmem(d.message.at, d.message.len, "\r\nSubject: s\r\n", 14) != NULL, "CRLF");
	ok(memmem(d.message.at, d.message.len, "Bcc", 3) == NULL, "no Bcc");
	ok(memmem(d.message.at, d.message.len, "\r\nDate: ", 8) != NULL, "a Date");
	ok(memmem(d.message.at, d.message.len, "\r\nMessage-ID: ", 14) != NULL, "a Message-ID");
	ok(memmem(d.message.at, d.message.len, "c0ffee.example.org", 18) != NULL, "by a host with a whole name");
	is_int(letter_body(l), -1, "it is small");
	free(d.recipients);
	letter_free(l);

	free(hop.envelope_from);
	hop.envelope_from = mem_text("only@isp.example");
	is_int(write_letter("a@example.net", TEXT, 0, 1000, &l, &f), 0, "once more");
	letter_delivery(l, &hop, &d);
	is_text(d.sender, "only@isp.example", "a provider's only sender");
	free(d.recipients);
	letter_free(l);
	free(hop.envelope_from);
}

static void large_ones_are_in_a_file(void)
{
	struct smarthost hop = { .envelope_from = mem_text(""), .sign = true };
	struct fault f = { 0 };
	struct letter *l;
	struct delivery d;
	struct stat st = { 0 };
	char bytes[8] = "";

	is_int(write_letter("a@example.net", TEXT, 300 * 1000, 10 * 1000, &l, &f), 0, "a large one");
	letter_delivery(l, &hop, &d);
	ok(fstat(letter_body(l), &st) == 0 && (uint64_t)st.st_size == d.size_bytes && st.st_nlink == 0, "all of it is in a file without a name");
	is_int(d.message.len, 0, "and nowhere else");
	is_int(pread(letter_body(l), bytes, 8, st.st_size - 8), 8, "it is read");
	is_text((bytes[7] = '\0', bytes), " large\r", "to its end");
	ok(d.checksum != 0, "with its checksum");
	free(d.recipients);
	letter_free(l);
	char long_line[2000] = "Subject: s\n\n";
	memset(long_line + 12, 'x', sizeof long_line - 14);
	long_line[sizeof long_line - 2] = '\n';
	is_int(write_letter("a@example.net", long_line, 300 * 1000, 10 * 1000, &l, &f), 0, "one that has to be made fit");
	letter_delivery(l, &hop, &d);
	ok(letter_body(l) >= 0 && d.size_bytes > 300 * 1000, "is in a file, too");
	free(d.recipients);
	letter_free(l);
	free(hop.envelope_from);
}

static void whom_it_goes_to(void)
{
	static const struct {
		const char *to, *first, *fault;    /* fault: NULL, or in its text */
		int exit_code;
	} cases[] = {
		{ "bob", "bob@example.org", NULL, 0 },
		{ "bob@localhost", "bob@example.org", NULL, 0 },
		{ "bob@c0ffee", "bob@example.org", NULL, 0 },
		{ "root", "root@example.org", NULL, 0 },
		{ "a@\xc3\xa9.example", "a@xn--9ca.example", NULL, 0 },
		{ "a@example.net <b", NULL, "<b", 65 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct fault f = { 0 };
		struct letter *l;
		int result = write_letter(cases[i].to, TEXT, 0, 1000, &l, &f);
		if (cases[i].fault == NULL) {
			is_int(result, 0, "to %s", cases[i].to);
			is_text(result == 0 ? letter_submission(l)->recipients[0].address : f.text, cases[i].first, "goes to");
		} else {
			ok(result < 0 && strstr(f.text, cases[i].fault), "to %s: %s", cases[i].to, f.text);
			is_int(fault_exit_code(&f), cases[i].exit_code, "exit code");
		}
		letter_free(l);
	}
}

/* A host that has nothing but its own name has no address for a bare one. */
static void nowhere_to_go(void)
{
	struct fault f = { 0 };
	struct letter *l;

	free(settings.domain);
	settings.domain = mem_text("c0ffee");
	ok(write_letter("bob", TEXT, 0, 1000, &l, &f) < 0, "a bare name where no domain is set");
	ok(strstr(f.text, "set domain =") != NULL, "and what to do: %s", f.text);
	is_int(fault_exit_code(&f), 75, "which is the owner's to fix");
	letter_free(l);
}

int main(void)
{
	tap_plan(11 + 8 + 12 + 3);
	begin();
	is_in_normal_form();
	large_ones_are_in_a_file();
	whom_it_goes_to();
	nowhere_to_go();
	routes_free(routes);
	settings_free(&settings);
	return tap_done();
}
