/* SPDX-License-Identifier: ISC */
#include "dns/sts.h"

#include "dns/dns.h"

enum { ID_MAX = 32 };

static const char *const mode_names[] = { [STS_NONE] = "none", [STS_TESTING] = "testing", [STS_ENFORCE] = "enforce" };

const char *sts_mode_name(enum sts_mode mode)
{
	return mode_names[mode];
}

/* ---- the record ---- */

static bool read_id(struct span text, struct buf *id)
{
	while (text.at) {
		struct span value = span_cut(&text, ';');
		struct span name = span_cut(&value, '=');
		if (!span_eq(span_trim(name), SPAN("id")) || value.at == NULL)
			continue;
		buf_add_span(id, span_trim(value));
		for (size_t i = 0; i < id->len; i++)
			if (!byte_is_letter_or_digit(id->at[i]))
				return false;
		return id->len > 0 && id->len <= ID_MAX;
	}
	return false;
}

bool sts_record_read(const struct span *rdatas, size_t count, struct buf *id)
{
	struct buf text = { 0 };
	size_t found = 0;
	bool good = false;

	buf_clear(id);
	for (size_t i = 0; i < count; i++) {
		if (!dns_read_txt(rdatas[i], &text))
			continue;
		/* "v=STSv1" and then a semicolon: other TXT records may lie at the same name. */
		struct span rest = buf_span(&text), version = span_cut(&rest, ';');
		if (!span_eq(span_trim(version), SPAN("v=STSv1")) || byte_is_blank(version.at[0]) || rest.at == NULL)
			continue;
		buf_clear(id);
		good = read_id(rest, id);
		found++;
	}
	buf_free(&text);
	if (found == 1 && good)
		return true;
	buf_clear(id);
	return false;
}

/* ---- the policy ---- */

struct reading {
	struct sts_policy *policy;
	bool has_version, has_mode, has_max_age;
	const char *trouble;
};

static void take_version(struct reading *r, struct span value)
{
	if (!r->has_version && !span_eq(value, SPAN("STSv1")))
		r->trouble = "its version is not STSv1";
	r->has_version = true;
}

static void take_mode(struct reading *r, struct span value)
{
	if (r->has_mode)
		return;
	r->has_mode = true;
	for (int mode = STS_NONE; mode <= STS_ENFORCE; mode++)
		if (span_eq_nocase(value, span_of(mode_names[mode]))) {
			r->policy->mode = (enum sts_mode)mode;
			return;
		}
	r->trouble = "its mode is not enforce, testing or none";
}

static void take_max_age(struct reading *r, struct span value)
{
	unsigned long long seconds;

	if (r->has_max_age)
		return;
	r->has_max_age = true;
	if (!span_number(value, 9999999999, &seconds)) {
		r->trouble = "its max_age is not a number of seconds";
		return;
	}
	seconds = seconds < STS_AGE_LEAST_S ? STS_AGE_LEAST_S : seconds > STS_AGE_MOST_S ? STS_AGE_MOST_S : seconds;
	r->policy->max_age_s = (uint32_t)seconds;
}

static void take_mx(struct reading *r, struct span value)
{
	struct buf pattern = { 0 };

	for (size_t i = 0; i < value.len; i++)
		buf_add_byte(&pattern, byte_lower(value.at[i]));
	const char *name = buf_text(&pattern);
	bool wild = strncmp(name, "*.", 2) == 0;
	if (r->policy->mx.count == STS_MX_MAX)
		r->trouble = "it has too many mx lines";
	else if (memchr(name, '\0', pattern.len) || strchr(name + (wild ? 2 : 0), '*') ||
	         !dns_name_is_valid(name + (wild ? 2 : 0)))
		r->trouble = "an mx line does not name a host";
	else
		text_list_add(&r->policy->mx, buf_span(&pattern));
	buf_free(&pattern);
}

static const struct {
	const char *name;
	void (*take)(struct reading *r, struct span value);
} fields[] = {
	{ "version", take_version }, { "mode", take_mode }, { "max_age", take_max_age }, { "mx", take_mx },
};

int sts_policy_read(struct span text, struct sts_policy *out, struct fault *f)
{
	struct reading r = { .policy = out };

	*out = (struct sts_policy){ 0 };
	if (text.len > STS_POLICY_BYTES_MAX)
		r.trouble = "it is longer than 64 KiB";
	while (text.at && r.trouble == NULL) {
		struct span value = span_cut(&text, '\n');
		struct span name = span_trim(span_cut(&value, ':'));
		for (size_t i = 0; value.at && i < sizeof fields / sizeof fields[0]; i++)
			if (span_eq(name, span_of(fields[i].name)))
				fields[i].take(&r, span_trim(value));
	}
	const char *trouble = r.trouble ? r.trouble :
	                      !r.has_version ? "it has no version" :
	                      !r.has_mode ? "it has no mode" :
	                      !r.has_max_age ? "it has no max_age" :
	                      out->mode != STS_NONE && out->mx.count == 0 ? "it has no mx line" : NULL;
	if (trouble == NULL)
		return 0;
	sts_policy_free(out);
	return fault_set(f, FAULT_TEMPORARY, "4.7.5", "the MTA-STS policy cannot be used: %s", trouble);
}

void sts_policy_free(struct sts_policy *p)
{
	text_list_free(&p->mx);
	*p = (struct sts_policy){ 0 };
}

void sts_policy_print(const struct sts_policy *p, struct buf *out)
{
	buf_printf(out, "version: STSv1\nmode: %s\nmax_age: %u\n", sts_mode_name(p->mode), p->max_age_s);
	for (size_t i = 0; i < p->mx.count; i++)
		buf_printf(out, "mx: %s\n", p->mx.items[i]);
}

/* ---- matching ---- */

static struct span without_dot(const char *name)
{
	struct span s = span_of(name);

	return s.len > 1 && s.at[s.len - 1] == '.' ? (struct span){ s.at, s.len - 1 } : s;
}

static bool pattern_matches(const char *pattern, struct span host)
{
	if (strncmp(pattern, "*.", 2) != 0)
		return span_eq_nocase(host, without_dot(pattern));
	struct span label = span_cut(&host, '.');
	return label.len > 0 && host.at && span_eq_nocase(host, without_dot(pattern + 2));
}

bool sts_policy_lists(const struct sts_policy *p, const char *host)
{
	for (size_t i = 0; i < p->mx.count; i++)
		if (pattern_matches(p->mx.items[i], without_dot(host)))
			return true;
	return false;
}
