/* SPDX-License-Identifier: ISC */
#include "trust/dmarc_report.h"

#include "base/mail/address.h"

#include <expat.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* From 2.9 on expat counts in 64 bits, and warns of the functions that do not. */
#if XML_MAJOR_VERSION > 2 || (XML_MAJOR_VERSION == 2 && XML_MINOR_VERSION >= 9)
#define CURRENT_LINE   XML_GetCurrentLineNumber64
#define CURRENT_COLUMN XML_GetCurrentColumnNumber64
#else
#define CURRENT_LINE   XML_GetCurrentLineNumber
#define CURRENT_COLUMN XML_GetCurrentColumnNumber
#endif

/* Where a text goes, by the names of its element and those around it, from the innermost. */
enum holder { IN_REPORT, IN_ROW, IN_AUTH };

static const struct target {
	const char *path;        /* "date_range/begin": the two innermost names */
	enum holder holder;
	size_t offset;
} targets[] = {
	{ "report_metadata/org_name", IN_REPORT, offsetof(struct dmarc_report, org_name) },
	{ "report_metadata/email", IN_REPORT, offsetof(struct dmarc_report, email) },
	{ "report_metadata/report_id", IN_REPORT, offsetof(struct dmarc_report, id) },
	{ "policy_published/domain", IN_REPORT, offsetof(struct dmarc_report, domain) },
	{ "policy_published/p", IN_REPORT, offsetof(struct dmarc_report, policy) },
	{ "policy_published/sp", IN_REPORT, offsetof(struct dmarc_report, subdomains) },
	{ "policy_published/np", IN_REPORT, offsetof(struct dmarc_report, missing) },
	{ "policy_published/adkim", IN_REPORT, offsetof(struct dmarc_report, adkim) },
	{ "policy_published/aspf", IN_REPORT, offsetof(struct dmarc_report, aspf) },
	{ "policy_published/testing", IN_REPORT, offsetof(struct dmarc_report, testing) },
	{ "row/source_ip", IN_ROW, offsetof(struct dmarc_row, source) },
	{ "policy_evaluated/disposition", IN_ROW, offsetof(struct dmarc_row, disposition) },
	{ "policy_evaluated/dkim", IN_ROW, offsetof(struct dmarc_row, dkim) },
	{ "policy_evaluated/spf", IN_ROW, offsetof(struct dmarc_row, spf) },
	{ "reason/type", IN_ROW, offsetof(struct dmarc_row, reason) },
	{ "identifiers/header_from", IN_ROW, offsetof(struct dmarc_row, header_from) },
	{ "identifiers/envelope_from", IN_ROW, offsetof(struct dmarc_row, envelope_from) },
	{ "identifiers/envelope_to", IN_ROW, offsetof(struct dmarc_row, envelope_to) },
	{ "dkim/domain", IN_AUTH, offsetof(struct dmarc_auth, domain) },
	{ "dkim/selector", IN_AUTH, offsetof(struct dmarc_auth, selector) },
	{ "dkim/result", IN_AUTH, offsetof(struct dmarc_auth, result) },
	{ "spf/domain", IN_AUTH, offsetof(struct dmarc_auth, domain) },
	{ "spf/result", IN_AUTH, offsetof(struct dmarc_auth, result) },
	{ "spf/scope", IN_AUTH, offsetof(struct dmarc_auth, scope) },
};

enum { NAME_MAX_BYTES = 40 };

struct reading {
	XML_Parser parser;
	struct dmarc_report *out;
	struct fault *fault;
	bool failed, is_report;
	unsigned depth;
	char names[DMARC_DEPTH_MAX][NAME_MAX_BYTES];
	struct buf text;
	struct dmarc_row *row;         /* the open one; NULL: none */
	struct dmarc_auth *auth;
};

static void fail(struct reading *r, const char *what)
{
	if (!r->failed)
		fault_set(r->fault, FAULT_PERMANENT, "5.6.0", "%s (line %lu)", what, (unsigned long)CURRENT_LINE(r->parser));
	r->failed = true;
	XML_StopParser(r->parser, XML_FALSE);
}

/* ---- expat ---- */

static bool inside(const struct reading *r, const char *parent)
{
	return r->depth >= 2 && r->depth <= DMARC_DEPTH_MAX && strcmp(r->names[r->depth - 2], parent) == 0;
}

static void XMLCALL begin_element(void *context, const XML_Char *full, const XML_Char **attributes)
{
	struct reading *r = context;
	struct dmarc_report *o = r->out;
	const char *colon = strrchr(full, ':'), *name = colon ? colon + 1 : full;

	(void)attributes;
	if (r->depth == DMARC_DEPTH_MAX) {
		fail(r, "its elements are nested too deeply for a report");
		return;
	}
	snprintf(r->names[r->depth++], NAME_MAX_BYTES, "%s", name);
	buf_clear(&r->text);
	if (r->depth == 1) {
		r->is_report = strcmp(name, "feedback") == 0;
		if (!r->is_report)
			fail(r, "it is XML, but not a DMARC report: a report begins with <feedback>");
	} else if (r->depth == 2 && strcmp(name, "record") == 0) {
		if (o->row_count == DMARC_ROWS_MAX) {
			fail(r, "the report has too many records");
			return;
		}
		if ((o->row_count & (o->row_count - 1)) == 0)
			o->rows = mem_resize(o->rows, o->row_count ? o->row_count * 2 : 1, sizeof *o->rows);
		r->row = &o->rows[o->row_count++];
		*r->row = (struct dmarc_row){ 0 };
	} else if (r->row && inside(r, "auth_results") && (strcmp(name, "dkim") == 0 || strcmp(name, "spf") == 0)) {
		r->auth = NULL;
		if (r->row->auth_count == DMARC_AUTHS_MAX)
			return;
		r->row->auths = mem_resize(r->row->auths, r->row->auth_count + 1, sizeof *r->row->auths);
		r->auth = &r->row->auths[r->row->auth_count++];
		*r->auth = (struct dmarc_auth){ .is_dkim = name[0] == 'd' };
	}
}

static char **place_of(struct reading *r, const struct target *t)
{
	void *base = t->holder == IN_REPORT ? (void *)r->out : t->holder == IN_ROW ? (void *)r->row : (void *)r->auth;

	return base ? (char **)(void *)((char *)base + t->offset) : NULL;
}

/* Of several texts the first counts; reasons are joined. */
static void take_text(struct reading *r, const char *path, struct span text)
{
	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		if (strcmp(path, targets[i].path) != 0)
			continue;
		char **at = place_of(r, &targets[i]);
		if (at == NULL || text.len == 0)
			return;
		if (*at == NULL) {
			*at = mem_text_span(text);
		} else if (strcmp(path, "reason/type") == 0 && strlen(*at) + text.len < DMARC_TEXT_MAX) {
			struct buf both = { 0 };
			buf_printf(&both, "%s, %.*s", *at, (int)text.len, text.at);
			free(*at);
			*at = buf_take(&both);
		}
		return;
	}
}

static void take_number(struct reading *r, const char *path, struct span text)
{
	unsigned long long n;

	if (!span_number(text, INT64_MAX, &n))
		return;
	if (strcmp(path, "date_range/begin") == 0)
		r->out->begin_s = (int64_t)n;
	else if (strcmp(path, "date_range/end") == 0)
		r->out->end_s = (int64_t)n;
	else if (r->row && strcmp(path, "row/count") == 0)
		r->row->count = n;
	else if (strcmp(path, "policy_published/pct") == 0 && n != 100 && r->out->testing == NULL)
		r->out->testing = mem_text_span(text);
}

static void XMLCALL end_element(void *context, const XML_Char *full)
{
	struct reading *r = context;
	char path[2 * NAME_MAX_BYTES + 1];
	struct span text = span_trim(buf_span(&r->text));

	(void)full;
	if (r->failed || r->depth == 0)
		return;
	if (r->depth >= 2) {
		snprintf(path, sizeof path, "%s/%s", r->names[r->depth - 2], r->names[r->depth - 1]);
		take_text(r, path, text);
		take_number(r, path, text);
		if (r->auth && inside(r, "auth_results"))
			r->auth = NULL;
		if (r->depth == 2 && strcmp(r->names[1], "record") == 0)
			r->row = NULL;
	}
	r->depth--;
	buf_clear(&r->text);
}

static void XMLCALL take_characters(void *context, const XML_Char *text, int len)
{
	struct reading *r = context;
	size_t room = r->text.len < DMARC_TEXT_MAX ? DMARC_TEXT_MAX - r->text.len : 0;

	for (size_t i = 0; i < (size_t)len && i < room; i++)
		buf_add_byte(&r->text, (unsigned char)text[i] < ' ' ? ' ' : text[i]);
}

static void XMLCALL refuse_doctype(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	fail(context, "it has a document type (<!DOCTYPE>), with which entities come: no report has one, and it is not read");
}

/* Encodings close to Latin-1 are read as Latin-1: no report has words in which they differ. */
static int XMLCALL know_encoding(void *context, const XML_Char *name, XML_Encoding *into)
{
	static const char *const kin[] = { "windows-1252", "iso-8859-15", "cp1252", "ansi" };

	(void)context;
	for (size_t i = 0; i < sizeof kin / sizeof kin[0]; i++)
		if (span_eq_nocase(span_of(name), span_of(kin[i]))) {
			for (int c = 0; c < 256; c++)
				into->map[c] = c;
			into->data = NULL;
			into->convert = NULL;
			into->release = NULL;
			return XML_STATUS_OK;
		}
	return XML_STATUS_ERROR;
}

/* ---- the whole ---- */

static void fill_texts(struct reading *r)
{
	struct dmarc_report *o = r->out;

	for (size_t t = 0; t < sizeof targets / sizeof targets[0]; t++) {
		const struct target *to = &targets[t];
		size_t rows = to->holder == IN_REPORT ? 1 : o->row_count;
		for (size_t i = 0; i < rows; i++) {
			r->row = o->rows ? &o->rows[i] : NULL;
			size_t auths = to->holder == IN_AUTH ? r->row->auth_count : 1;
			for (size_t k = 0; k < auths; k++) {
				r->auth = to->holder == IN_AUTH ? &r->row->auths[k] : NULL;
				char **at = place_of(r, to);
				if (at && *at == NULL)
					*at = mem_text("");
			}
		}
	}
}

int dmarc_report_read(struct span xml, struct dmarc_report *out, struct fault *f)
{
	struct reading r = { .parser = XML_ParserCreate(NULL), .out = out, .fault = f };

	*out = (struct dmarc_report){ 0 };
	if (r.parser == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "no memory for the XML");
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, begin_element, end_element);
	XML_SetCharacterDataHandler(r.parser, take_characters);
	XML_SetStartDoctypeDeclHandler(r.parser, refuse_doctype);
	XML_SetUnknownEncodingHandler(r.parser, know_encoding, NULL);
	if (xml.len > INT32_MAX)
		fail(&r, "it is too large");
	else if (XML_Parse(r.parser, xml.at ? xml.at : "", (int)xml.len, 1) != XML_STATUS_OK && !r.failed) {
		fault_set(f, FAULT_PERMANENT, "5.6.0", "it is not XML, or cut off: %s (line %lu, column %lu)",
		          XML_ErrorString(XML_GetErrorCode(r.parser)), (unsigned long)CURRENT_LINE(r.parser),
		          (unsigned long)CURRENT_COLUMN(r.parser) + 1);
		r.failed = true;
	}
	XML_ParserFree(r.parser);
	buf_free(&r.text);
	fill_texts(&r);
	if (!r.failed && out->org_name[0] == '\0' && out->domain[0] == '\0' && out->row_count == 0)
		r.failed = fault_set(f, FAULT_PERMANENT, "5.6.0", "the report is empty: it names no sender, no policy and no record") < 0;
	if (r.failed)
		dmarc_report_free(out);
	return r.failed ? -1 : 0;
}

void dmarc_report_free(struct dmarc_report *o)
{
	struct reading r = { .out = o };

	for (size_t t = 0; t < sizeof targets / sizeof targets[0]; t++) {
		const struct target *to = &targets[t];
		size_t rows = to->holder == IN_REPORT ? 1 : o->row_count;
		for (size_t i = 0; i < rows; i++) {
			r.row = o->rows ? &o->rows[i] : NULL;
			size_t auths = to->holder == IN_AUTH ? r.row->auth_count : 1;
			for (size_t k = 0; k < auths; k++) {
				r.auth = to->holder == IN_AUTH ? &r.row->auths[k] : NULL;
				char **at = place_of(&r, to);
				if (at) {
					free(*at);
					*at = NULL;
				}
			}
		}
	}
	for (size_t i = 0; i < o->row_count; i++)
		free(o->rows[i].auths);
	free(o->rows);
	*o = (struct dmarc_report){ 0 };
}

/* ---- in words ---- */

static bool is_near(const char *domain, const char *from)
{
	struct span a = span_of(domain), b = span_of(from);

	return a.len > 0 && b.len > 0 && (domain_is_within(a, b) || domain_is_within(b, a));
}

static const struct dmarc_auth *auth_like(const struct dmarc_row *r, bool is_dkim, bool passes, bool near)
{
	for (size_t i = 0; i < r->auth_count; i++) {
		const struct dmarc_auth *a = &r->auths[i];
		if (a->is_dkim == is_dkim && (strcmp(a->result, "pass") == 0) == passes && is_near(a->domain, r->header_from) == near)
			return a;
	}
	return NULL;
}

void dmarc_row_dkim(const struct dmarc_row *r, struct buf *out)
{
	const struct dmarc_auth *a;

	if (strcmp(r->dkim, "pass") == 0)
		return;
	if ((a = auth_like(r, true, true, true)) != NULL)
		buf_printf(out, "DKIM: the signature of %s verifies, and strict alignment wants %s itself", a->domain, r->header_from);
	else if ((a = auth_like(r, true, false, true)) != NULL)
		buf_printf(out, "DKIM: the signature of %s%s%s%s does not verify (%s)", a->domain, a->selector[0] ? ", selector " : "",
		           a->selector, a->selector[0] ? "," : "", a->result[0] ? a->result : "no result");
	else if ((a = auth_like(r, true, true, false)) != NULL)
		buf_printf(out, "DKIM: signed by %s only, which is not aligned with %s", a->domain, r->header_from);
	else if ((a = auth_like(r, true, false, false)) != NULL && strcmp(a->result, "none") != 0)
		buf_printf(out, "DKIM: a signature of %s, which does not verify (%s)", a->domain[0] ? a->domain : "nobody",
		           a->result[0] ? a->result : "no result");
	else
		buf_add_text(out, "DKIM: no signature");
}

void dmarc_row_spf(const struct dmarc_row *r, struct buf *out)
{
	const struct dmarc_auth *a;

	if (strcmp(r->spf, "pass") == 0)
		return;
	if ((a = auth_like(r, false, true, true)) != NULL)
		buf_printf(out, "SPF: passes for %s, and strict alignment wants %s itself", a->domain, r->header_from);
	else if ((a = auth_like(r, false, true, false)) != NULL)
		buf_printf(out, "SPF: passes for %s only, which is not aligned with %s", a->domain[0] ? a->domain : "another", r->header_from);
	else if ((a = auth_like(r, false, false, true)) != NULL || (a = auth_like(r, false, false, false)) != NULL)
		buf_printf(out, "SPF: %s for %s", a->result[0] ? a->result : "no result", a->domain[0] ? a->domain : "no domain");
	else
		buf_add_text(out, "SPF: no result");
}
