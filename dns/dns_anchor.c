/* SPDX-License-Identifier: ISC */
#include "dns/dns_anchor.h"

#include "dns/dns_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char default_anchor_file[] = "/usr/share/dns/root.key";

/* One record a line, or several lines in parentheses (RFC 1035 section 5.1). */
void dns_anchor_records(struct span text, struct text_list *anchors)
{
	struct buf record = { 0 };
	int depth = 0;

	while (text.at) {
		struct span line = span_cut(&text, '\n');
		line = span_cut(&line, ';');
		if (line.len > 0 && line.at[0] == '$')
			continue;
		for (size_t i = 0; i < line.len; i++) {
			char c = line.at[i];
			depth += c == '(' ? 1 : c == ')' ? -1 : 0;
			buf_add_byte(&record, c == '(' || c == ')' || c == '\0' || c == '\r' ? ' ' : c);
		}
		if (depth <= 0) {
			if (span_trim(buf_span(&record)).len > 0)
				text_list_add(anchors, span_trim(buf_span(&record)));
			buf_clear(&record);
		} else {
			buf_add_byte(&record, ' ');
		}
	}
	buf_free(&record);
}

bool dns_anchor_is_set(const struct settings *s)
{
	return s->trust_anchor_file && s->trust_anchor_file[0];
}

const char *dns_anchor_file(const struct settings *s)
{
	return dns_anchor_is_set(s) ? s->trust_anchor_file : default_anchor_file;
}

int dns_anchor_load(const struct settings *s, struct text_list *anchors, struct fault *f)
{
	const char *path = dns_anchor_file(s);
	bool is_set = dns_anchor_is_set(s);
	struct buf text = { 0 };
	struct stat st = { 0 };

	if (is_set && access(path, F_OK) < 0)
		return fault_set(f, FAULT_PERMANENT, "5.3.5", "trust_anchor_file %s: %s", path, strerror(errno));
	int result = dns_file_read(path, &text, &st, f);
	if (result == 0 && text.len > 0)
		dns_anchor_records(buf_span(&text), anchors);
	size_t text_bytes = text.len;
	buf_free(&text);
	if (result == 0 && text_bytes > 0 && anchors->count == 0)
		result = fault_set(f, FAULT_PERMANENT, "5.3.5", "%s holds no trust anchor; set trust_anchor_file to a "
		                   "file of DS or DNSKEY records, to an empty one, or leave it out", path);
	return result;
}

struct span dns_anchor_owner(const char *record)
{
	struct span owner = { record, strcspn(record, " \t") };

	while (owner.len > 0 && owner.at[owner.len - 1] == '.')
		owner.len--;
	return owner;
}

static bool is_within(struct span name, struct span parent)
{
	if (!span_ends_nocase(name, parent))
		return false;
	return name.len == parent.len || parent.len == 0 || name.at[name.len - parent.len - 1] == '.';
}

bool dns_anchor_covers(const struct text_list *anchors, const char *zone)
{
	struct span name = dns_anchor_owner(zone);

	for (size_t i = 0; i < anchors->count; i++) {
		struct span owner = dns_anchor_owner(anchors->items[i]);
		if (owner.len > 0 && (is_within(name, owner) || is_within(owner, name)))
			return true;
	}
	return false;
}
