/* SPDX-License-Identifier: ISC */
#include "signet/import/waiting.h"

#include "base/mail/address.h"
#include "base/mail/xtext.h"
#include "base/sha256.h"
#include "base/text_list.h"
#include "sendmail-shim/options.h"
#include "sendmail-shim/recipients.h"

#include <stdlib.h>
#include <time.h>

static void replace_text(char **at, struct span with)
{
	free(*at);
	*at = mem_text_span(with.len ? with : SPAN(""));
}

static int take_sender(struct record *r, struct span address, struct fault *f)
{
	if (span_eq(address, SPAN("<>")))
		address = SPAN("");
	if (address.len > 0 && address_check(address, f) < 0)
		return fault_prefix(f, "its sender");
	replace_text(&r->sender, address);
	r->sender_given = true;
	return 0;
}

static int take_recipient(struct record *r, struct span address, uint8_t notify, struct span orcpt, struct fault *f)
{
	if (address_check(address, f) < 0)
		return fault_prefix(f, "a recipient");
	if (r->recipient_count >= RECORD_RECIPIENTS_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.5.3", "it has more than %d recipients", RECORD_RECIPIENTS_MAX);
	record_add_recipient(r, address, notify, orcpt);
	return 0;
}

static int check_whole(const struct record *r, struct fault *f)
{
	if (!r->sender_given)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "it names no sender");
	if (r->recipient_count == 0)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "it names no recipient");
	return 0;
}

static void begin_record(struct record *out, const char *program)
{
	*out = (struct record){ .program = mem_text(program), .sender = mem_text(""), .full_name = mem_text(""), .envid = mem_text("") };
}

/* "Name: value" where the line has that name. */
static bool line_says(struct span line, const char *name, struct span *value)
{
	struct span prefix = span_of(name);

	if (line.len < prefix.len || memcmp(line.at, prefix.at, prefix.len) != 0)
		return false;
	*value = span_trim((struct span){ line.at + prefix.len, line.len - prefix.len });
	return true;
}

int waiting_read_dma(struct span text, struct record *out, struct fault *f)
{
	struct span value;

	begin_record(out, "dma");
	for (struct span rest = text; rest.at;) {
		struct span line = span_cut(&rest, '\n');
		if (line_says(line, "Sender:", &value) && take_sender(out, value, f) < 0)
			return -1;
		if (line_says(line, "Recipient:", &value) && take_recipient(out, value, 0, SPAN(""), f) < 0)
			return -1;
	}
	return check_whole(out, f);
}

int waiting_read_nullmailer(struct span text, struct record *out, size_t *body, struct fault *f)
{
	struct span rest = text;

	begin_record(out, "nullmailer");
	*body = text.len;
	if (rest.at && take_sender(out, span_trim(span_cut(&rest, '\n')), f) < 0)
		return -1;
	while (rest.at) {
		struct span line = span_trim(span_cut(&rest, '\n'));
		if (line.len == 0 && rest.at == NULL)
			break;
		if (line.len == 0) {
			*body = (size_t)(rest.at - text.at);
			return check_whole(out, f);
		}
		if (take_recipient(out, line, 0, SPAN(""), f) < 0)
			return -1;
	}
	return fault_set(f, FAULT_PERMANENT, "5.6.0", "it ends within its envelope: it was not written whole");
}

/* msmtp's long names of what sendmail's options say with a letter; the others are left out, with their values. */
static const struct {
	const char *name, *letter;
} long_options[] = {
	{ "--from=", "-f" }, { "--read-recipients", "-t" }, { "--dsn-notify=", "-N" }, { "--dsn-return=", "-R" },
};

static void add_argument(struct text_list *words, const char *word)
{
	struct buf whole = { 0 };

	if (strncmp(word, "--", 2) == 0 && word[2]) {
		for (size_t i = 0; i < sizeof long_options / sizeof long_options[0]; i++) {
			size_t len = strlen(long_options[i].name);
			if (strncmp(word, long_options[i].name, len) == 0)
				buf_printf(&whole, "%s%s", long_options[i].letter, word + len);
		}
	} else {
		buf_add_text(&whole, word);
	}
	if (whole.len > 0)
		text_list_add(words, buf_span(&whole));
	buf_free(&whole);
}

int waiting_read_msmtp(struct span text, struct record *out, bool *from_header, struct fault *f)
{
	struct text_list words = { 0 };
	struct options o;
	int result = 0;
	bool operands = false;

	begin_record(out, "msmtpq");
	text_list_add(&words, SPAN("sendmail"));
	for (struct span rest = text; result == 0;) {
		struct span word = span_word(&rest);
		if (word.len == 0)
			break;
		char *copy = mem_text_span(word);
		operands |= strcmp(copy, "--") == 0;
		if (operands)
			text_list_add(&words, span_of(copy));
		else
			add_argument(&words, copy);
		free(copy);
	}
	char **argv = mem_alloc((words.count + 1) * sizeof *argv);
	memcpy(argv, words.items, words.count * sizeof *argv);
	result = options_parse((int)words.count, argv, &o, f);
	*from_header = result == 0 && o.recipients_from_header;
	if (result == 0 && o.mode != MODE_SUBMIT)
		result = fault_set(f, FAULT_PERMANENT, "5.6.0", "its arguments do not send a message");
	if (result == 0) {
		out->headers_gave_recipients = *from_header;
		out->ret = o.ret;
		replace_text(&out->full_name, span_of(o.full_name));
		replace_text(&out->envid, span_of(o.envid));
	}
	if (result == 0 && o.sender) {
		free(out->sender);
		out->sender = NULL;          /* it is set there, not replaced */
		result = sender_from_argument(out, o.sender, f);
	}
	for (size_t i = 0; result == 0 && i < o.operand_count; i++)
		result = recipients_from_argument(out, o.operands[i], o.notify, f);
	if (result == 0 && !*from_header && out->recipient_count == 0)
		result = fault_set(f, FAULT_PERMANENT, "5.6.0", "it names no recipient");
	options_free(&o);
	free(argv);
	text_list_free(&words);
	return result;
}

/* ---- Postfix ---- */

/* Of the recipient that follows. */
struct postcat {
	uint8_t notify;
	struct buf orcpt;
};

static void take_attribute(struct record *r, struct postcat *p, struct span value)
{
	struct span rest = value, name = span_cut(&rest, '=');
	unsigned long long number;

	if (rest.at == NULL)
		return;
	if (span_eq(name, SPAN("envelope_id"))) {
		replace_text(&r->envid, rest);
	} else if (span_eq(name, SPAN("ret_flags")) && span_number(rest, 2, &number) && number > 0) {
		r->ret = number == 1 ? DSN_RET_FULL : DSN_RET_HEADERS;
	} else if (span_eq(name, SPAN("notify_flags")) && span_number(rest, 15, &number)) {
		p->notify = (uint8_t)number;
	} else if (span_eq(name, SPAN("dsn_orig_rcpt"))) {
		struct span address = rest, type = span_cut(&address, ';');
		buf_clear(&p->orcpt);
		if (address.at && address.len > 0 && xtext_is_valid(type)) {
			buf_add_span(&p->orcpt, type);
			buf_add_byte(&p->orcpt, ';');
			xtext_encode(address, &p->orcpt);
		}
	}
}

/* "Mon Nov 30 14:40:46 2026", as ctime(3) writes it. */
static int64_t local_time(struct span text)
{
	struct tm tm = { .tm_isdst = -1 };
	char *copy = mem_text_span(text);
	time_t when = strptime(copy, "%a %b %d %H:%M:%S %Y", &tm) ? mktime(&tm) : 0;

	free(copy);
	return when > 0 ? (int64_t)when : 0;
}

int waiting_read_postcat(struct span text, struct record *out, int64_t *arrived_s, struct fault *f)
{
	struct postcat p = { 0 };
	struct span value;
	int result = 0;

	begin_record(out, "postfix");
	*arrived_s = 0;
	for (struct span rest = text; rest.at && result == 0;) {
		struct span line = span_cut(&rest, '\n');
		bool done = line_says(line, "done_recipient:", &value);
		if (line_says(line, "message_arrival_time:", &value)) {
			*arrived_s = local_time(value);
		} else if (line_says(line, "sender:", &value)) {
			result = take_sender(out, value, f);
		} else if (line_says(line, "named_attribute:", &value)) {
			take_attribute(out, &p, value);
		} else if (done || line_says(line, "recipient:", &value)) {
			if (!done)
				result = take_recipient(out, value, p.notify, buf_span(&p.orcpt), f);
			p.notify = 0;
			buf_clear(&p.orcpt);
		} else if (line_says(line, "redirect_to:", &value)) {
			result = fault_set(f, FAULT_PERMANENT, "5.6.0", "Postfix is to send it to another address (redirect_to), which is not known here");
		}
	}
	buf_free(&p.orcpt);
	return result < 0 ? -1 : check_whole(out, f);
}

void waiting_id(const char *program, const char *name, const struct record *r, struct span message, uint8_t out[RECORD_ID_BYTES])
{
	uint8_t of_message[SHA256_BYTES], of_all[SHA256_BYTES];
	struct buf all = { 0 };

	sha256(message, of_message);
	/* Lengths part what stands together. */
	buf_printf(&all, "import %zu:%s %zu:%s %zu:%s", strlen(program), program, strlen(name), name, strlen(r->sender), r->sender);
	for (size_t i = 0; i < r->recipient_count; i++)
		buf_printf(&all, " %zu:%s", strlen(r->recipients[i].address), r->recipients[i].address);
	buf_add(&all, of_message, sizeof of_message);
	sha256(buf_span(&all), of_all);
	memcpy(out, of_all, RECORD_ID_BYTES);
	buf_free(&all);
}
