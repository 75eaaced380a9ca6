/* SPDX-License-Identifier: ISC */
#include "trust/tls_report.h"

#include "base/json_read.h"

#include <stdlib.h>

/* RFC 8460 section 4.3. */
static const struct { const char *type, *means, *advice; } types[] = {
	{ "starttls-not-supported", "Our mail exchanger did not offer STARTTLS.",
	  "Look at the TLS set-up of the mail exchanger, and for a firewall that takes STARTTLS out." },
	{ "certificate-host-mismatch", "The certificate of our mail exchanger is for another name.",
	  "Get a certificate with the name that the MX record has." },
	{ "certificate-expired", "The certificate of our mail exchanger has expired.",
	  "Renew it, and see that the mail server is told of it: it often reads the new one only after a reload." },
	{ "certificate-not-trusted", "The certificate of our mail exchanger comes from nobody whom the sender trusts.",
	  "Use a certificate of a public authority, and send its intermediate certificates with it." },
	{ "validation-failure", "TLS failed for a reason of no other kind.", "See what the report adds, and what openssl s_client with -starttls smtp says of the mail exchanger." },
	{ "tlsa-invalid", "No TLSA record fits the certificate of our mail exchanger (DANE).",
	  "Publish a TLSA record of the certificate in use before it is put in use." },
	{ "dnssec-invalid", "Our zone's DNSSEC signatures are not valid, so that no mail could be sent.",
	  "Sign the zone again, or take its DS record out of the zone above." },
	{ "dane-required", "The sender insists on DANE, and no TLSA record of ours was to be had.", "Publish TLSA records in a signed zone, or tell the sender." },
	{ "sts-policy-fetch-error", "The sender could not fetch our MTA-STS policy.",
	  "Look at https://mta-sts.DOMAIN/.well-known/mta-sts.txt: is it there, and its certificate valid?" },
	{ "sts-policy-invalid", "Our MTA-STS policy has a fault.", "Compare it with RFC 8461 section 3.2: version, mode, mx, max_age, a line each." },
	{ "sts-webpki-invalid", "Our MTA-STS policy's web server has no valid certificate.", "Renew the certificate of mta-sts.DOMAIN." },
};
static const struct { const char *type, *words; } kinds[] = {
	{ "sts", "MTA-STS" }, { "tlsa", "DANE" }, { "no-policy-found", "no policy: TLS where it is offered" },
};

const char *tls_policy_words(const char *type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].type, type) == 0)
			return kinds[i].words;
	return type[0] ? type : "a policy that is not named";
}

/* ---- members ---- */

static char *take_string(const json_t *from)
{
	const char *z = json_string_value(from);
	size_t len = z ? json_string_length(from) : 0;
	struct buf out = { 0 };

	for (size_t i = 0; i < len && i < TLS_TEXT_MAX; i++)
		buf_add_byte(&out, (unsigned char)z[i] < ' ' ? ' ' : z[i]);
	return buf_take(&out);
}

static char *text_of(const json_t *object, const char *key)
{
	return take_string(json_object_get(object, key));
}

static uint64_t count_of(const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

static void read_failure(const json_t *from, struct tls_failure *out)
{
	char *code = text_of(from, "failure-reason-code"), *more = text_of(from, "additional-information");
	struct buf both = { 0 };

	buf_printf(&both, "%s%s%s", code, code[0] && more[0] ? "; " : "", more);
	free(code);
	free(more);
	*out = (struct tls_failure){
		.type = text_of(from, "result-type"), .sender = text_of(from, "sending-mta-ip"), .mx = text_of(from, "receiving-mx-hostname"),
		.helo = text_of(from, "receiving-mx-helo"), .address = text_of(from, "receiving-ip"), .more = buf_take(&both),
		.sessions = count_of(from, "failed-session-count"), .means = "", .advice = "",
	};
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i].type, out->type) == 0) {
			out->means = types[i].means;
			out->advice = types[i].advice;
		}
}

static void read_policy(const json_t *from, struct tls_policy *out)
{
	const json_t *policy = json_object_get(from, "policy"), *summary = json_object_get(from, "summary");
	const json_t *failures = json_object_get(from, "failure-details"), *hosts = json_object_get(policy, "mx-host");
	struct buf mx = { 0 };

	/* RFC 8460 has an array of hosts in its schema and one text in its example: both are sent. */
	for (size_t i = 0; i < json_array_size(hosts) && mx.len < TLS_TEXT_MAX; i++) {
		char *host = take_string(json_array_get(hosts, i));
		buf_printf(&mx, "%s%s", mx.len ? ", " : "", host);
		free(host);
	}
	if (json_is_string(hosts)) {
		char *host = take_string(hosts);
		buf_add_text(&mx, host);
		free(host);
	}
	*out = (struct tls_policy){
		.type = text_of(policy, "policy-type"), .domain = text_of(policy, "policy-domain"), .mx = buf_take(&mx),
		.good = count_of(summary, "total-successful-session-count"), .failed = count_of(summary, "total-failure-session-count"),
	};
	size_t count = json_array_size(failures);
	count = count < TLS_FAILURES_MAX ? count : TLS_FAILURES_MAX;
	out->failures = count ? mem_alloc(count * sizeof *out->failures) : NULL;
	for (size_t i = 0; i < count; i++)
		read_failure(json_array_get(failures, i), &out->failures[out->failure_count++]);
}

/* ---- the whole ---- */

int tls_report_read(struct span json, struct tls_report *out, struct fault *f)
{
	json_error_t error;

	*out = (struct tls_report){ 0 };
	if (json.len > TLS_REPORT_BYTES_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "the report has more than %d MiB: no TLS report does", TLS_REPORT_BYTES_MAX / 1024 / 1024);
	json_t *root = json_read_object(json, &error);
	if (root == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "it is not JSON, or cut off: %s (line %d, column %d)", error.text, error.line, error.column);
	const json_t *policies = json_object_get(root, "policies"), *dates = json_object_get(root, "date-range");
	if (!json_is_array(policies)) {
		json_decref(root);
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "it is JSON, but not a TLS report: a report has \"policies\"");
	}
	*out = (struct tls_report){
		.org_name = text_of(root, "organization-name"), .contact = text_of(root, "contact-info"), .id = text_of(root, "report-id"),
		.begin = text_of(dates, "start-datetime"), .end = text_of(dates, "end-datetime"),
	};
	size_t count = json_array_size(policies);
	count = count < TLS_POLICIES_MAX ? count : TLS_POLICIES_MAX;
	out->policies = count ? mem_alloc(count * sizeof *out->policies) : NULL;
	for (size_t i = 0; i < count; i++)
		read_policy(json_array_get(policies, i), &out->policies[out->policy_count++]);
	json_decref(root);
	return 0;
}

void tls_report_free(struct tls_report *r)
{
	for (size_t i = 0; i < r->policy_count; i++) {
		struct tls_policy *p = &r->policies[i];
		for (size_t k = 0; k < p->failure_count; k++) {
			struct tls_failure *x = &p->failures[k];
			free(x->type);
			free(x->sender);
			free(x->mx);
			free(x->helo);
			free(x->address);
			free(x->more);
		}
		free(p->failures);
		free(p->type);
		free(p->domain);
		free(p->mx);
	}
	free(r->policies);
	free(r->org_name);
	free(r->contact);
	free(r->id);
	free(r->begin);
	free(r->end);
	*r = (struct tls_report){ 0 };
}
