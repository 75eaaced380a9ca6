/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a person pastes them: the parts of a message and what is in them, replies, delivery reports, delivered
 * headers. Spans stay inside, bounds are kept, and every reply has its words.
 */
#include "base/mail/meaning.h"
#include "base/mail/parts.h"
#include "base/mail/pasted.h"
#include "trust/auth_results.h"
#include "trust/delivered.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct hearing ours = { .relay = "", .server = "", .own_address = "", .own_name = "mail.example.org" };

static void check_pasted(struct span text, bool is_status)
{
	struct pasted p = { 0 };

	if (is_status)
		pasted_read_status(text, &ours, &p);
	else
		pasted_read(text, &ours, &p);
	if (p.count > PASTED_MAX)
		abort();
	for (size_t i = 0; i < p.count; i++) {
		const struct pasted_reply *r = &p.items[i];
		if (r->times == 0 || meaning_of(&r->reply).means == NULL || memchr(r->recipient, '\0', sizeof r->recipient) == NULL ||
		    (r->reply.code && (r->reply.code < 200 || r->reply.code > 559)))
			abort();
		if (r->row && strcmp(r->row->reason, r->reply.reason->name) != 0)
			abort();
	}
	pasted_free(&p);
}

static void check_parts(struct span text)
{
	struct part_list l;

	parts_read(text, &l);
	if (l.count > PARTS_MAX)
		abort();
	for (size_t i = 0; i < l.count; i++) {
		const struct part *p = &l.items[i];
		struct buf out = { 0 };
		if (p->depth > PARTS_DEPTH_MAX || (p->content.len && (p->content.at < text.at || p->content.at + p->content.len > text.at + text.len)))
			abort();
		part_decode(p, 1000, &out);
		if (out.len > 1000)
			abort();
		check_pasted(buf_span(&out), true);
		buf_free(&out);
	}
	part_list_free(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = { (const char *)bytes, len };
	struct auth_results r;
	struct delivered d;

	check_pasted(text, false);
	check_pasted(text, true);
	check_parts(text);
	delivered_read(text, NULL, &d);
	if (d.check_count > DELIVERED_MAX || d.mark_count > DELIVERED_MAX)
		abort();
	delivered_free(&d);
	auth_results_read(text, &r);
	if (r.count > AUTH_RESULTS_MAX)
		abort();
	auth_results_free(&r);
	return 0;
}
