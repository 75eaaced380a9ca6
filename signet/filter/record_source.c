/* SPDX-License-Identifier: ISC */
#include "signet/filter/record_source.h"

#include "base/conf/config.h"
#include "base/io.h"
#include "base/mail/address.h"
#include "base/mail/idn.h"
#include "dns/dns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { RECORDS_FILE_MAX = 64 * 1024 * 1024 };

/* For all the keys of a message: many signatures whose name servers are silent must not hold up whoever waits. */
enum { KEYS_MS = 15 * 1000 };

/* ---- opening ---- */

int record_source_open(struct record_source *s, const char *path, struct fault *f)
{
	if (path == NULL) {
		if (config_load(config_file(NULL), &s->settings, f) < 0)
			return -1;
		s->dns = dns_new(&s->settings, f);
		return s->dns ? 0 : -1;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = fd < 0 ? -1 : io_read_file(fd, &s->file, RECORDS_FILE_MAX);
	int error = errno;
	if (result < 0) {
		fault_set(f, FAULT_PERMANENT, "5.6.0", "%.300s: cannot be read: %s", path, strerror(error));
		fault_of_file(f, error, EX_NOINPUT);
	}
	if (fd >= 0)
		close(fd);
	return result;
}

void record_source_close(struct record_source *s)
{
	buf_free(&s->file);
	if (s->dns)
		dns_free(s->dns);
	settings_free(&s->settings);
}

/* ---- a file ---- */

/* The next line's name in A-labels, and its value. False: the end. */
static bool next_line(struct span *rest, struct buf *name, struct span *value)
{
	while (rest->at) {
		struct span line = span_trim(span_cut(rest, '\n')), owner = span_word(&line);
		*value = span_trim(line);
		buf_clear(name);
		if (owner.len > 0 && idn_domain(domain_without_dot(owner), name, NULL) == 0)
			return true;
	}
	return false;
}

static const struct { const char *word; enum dns_type type; } file_types[] = {
	{ "A", DNS_A }, { "AAAA", DNS_AAAA }, { "MX", DNS_MX }, { "PTR", DNS_PTR },
};

/* The type of a value, which is left without the type's name. */
static enum dns_type value_type(struct span *value)
{
	struct span data = *value, word = span_word(&data);
	struct ip_address address;

	data = span_trim(data);
	for (size_t i = 0; i < sizeof file_types / sizeof file_types[0]; i++) {
		enum dns_type type = file_types[i].type;
		bool is_address = type == DNS_A || type == DNS_AAAA;
		if (!span_eq(word, span_of(file_types[i].word)) || data.len == 0 || memchr(data.at, ' ', data.len))
			continue;
		if (is_address && (!ip_address_parse(data, &address) || address.family != (type == DNS_A ? 4 : 6)))
			continue;
		*value = data;
		return type;
	}
	if (span_eq(*value, SPAN("\"\"")))
		value->len = 0;
	return DNS_TXT;
}

static void add_from_file(struct answer *r, struct span value)
{
	struct ip_address address;

	if (r->type == DNS_A || r->type == DNS_AAAA) {
		ip_address_parse(value, &address);
		value = (struct span){ (const char *)address.bytes, r->type == DNS_A ? 4 : 16 };
	}
	answer_add(r, value);
}

/* ---- what is asked for ---- */

void record_source_answer(struct record_source *s, struct answers *answers, int64_t patience_ms)
{
	struct buf owner = { 0 };
	struct answer *r;

	if (s->dns) {
		answers_ask(answers, s->dns, patience_ms);
		return;
	}
	for (size_t index = 0; (r = answers_next_open(answers, &index)) != NULL;) {
		struct span rest = buf_span(&s->file), value;
		answers_put(answers, r->name, r->type, ANSWER_NO_NAME);
		while (next_line(&rest, &owner, &value)) {
			if (!span_eq_nocase(buf_span(&owner), span_of(r->name)) || span_eq(value, SPAN("NXDOMAIN")))
				continue;
			if (span_eq(value, SPAN("~~error~~"))) {
				answers_put(answers, r->name, r->type, ANSWER_TROUBLE)->trouble = mem_text("the file of records says so");
				break;
			}
			enum dns_type type = value_type(&value);
			if (r->state == ANSWER_NO_NAME)
				r->state = ANSWER_NO_DATA;
			if (type == r->type)
				add_from_file(r, value);
		}
	}
	buf_free(&owner);
}

void record_source_keys(void *context, struct key_lookup *lookups, size_t count)
{
	struct answers answers = { 0 };

	for (size_t i = 0; i < count; i++)
		answers_get(&answers, lookups[i].name, DNS_TXT);
	record_source_answer(context, &answers, KEYS_MS);
	for (size_t i = 0; i < count; i++) {
		const struct answer *a = answers_get(&answers, lookups[i].name, DNS_TXT);
		if (a->state == ANSWER_TROUBLE)
			fault_set(&lookups[i].fault, FAULT_TEMPORARY, "4.4.3", "%s", a->trouble ? a->trouble : "no answer");
		for (size_t r = 0; r < a->count; r++)
			text_list_add(&lookups[i].records, buf_span(&a->records[r]));
	}
	answers_free(&answers);
}
