/* SPDX-License-Identifier: ISC */
#include "dns/dns_wire.h"

#include "base/clock.h"
#include "dns/dns.h"
#include "dns/talk.h"

#include <ldns/ldns.h>
#include <stdlib.h>

enum { STRING_BYTES_MAX = 255, FUDGE_S = 300 /* RFC 8945 section 10 */ };
enum { TSIG_TIME = 1, TSIG_FUDGE = 2, TSIG_MAC = 3, TSIG_ERROR = 5, TSIG_OTHER = 6, TSIG_FIELDS = 7 };
enum { SOA_PRIMARY = 0, SOA_MINIMUM = 6, SOA_FIELDS = 7 };

static struct span rdf_span(const ldns_rdf *rdf)
{
	return (struct span){ (const char *)ldns_rdf_data(rdf), ldns_rdf_size(rdf) };
}

static char *name_of(const ldns_rdf *dname)
{
	struct buf name = { 0 };

	dns_read_name(rdf_span(dname), &name);
	return buf_take(&name);
}

/* "" is the root. NULL: none. */
static ldns_rdf *dname_new(const char *name)
{
	if (name[0] && !dns_name_is_valid(name))
		return NULL;
	return ldns_dname_new_frm_str(name[0] ? name : ".");
}

static void pack_message(const ldns_pkt *p, struct buf *out)
{
	uint8_t *bytes = NULL;
	size_t len = 0;

	/* It fails for want of memory alone: all parts are whole. */
	if (ldns_pkt2wire(&bytes, p, &len) != LDNS_STATUS_OK)
		abort();
	buf_add(out, bytes, len);
	free(bytes);
}

int dns_wire_question(const char *name, unsigned type, struct buf *out, struct fault *f)
{
	ldns_rdf *owner = dname_new(name);

	if (owner == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.1.2", "\"%s\" is not a domain name", name);
	ldns_pkt *p = ldns_pkt_query_new(owner, (ldns_rr_type)type, LDNS_RR_CLASS_IN, 0);
	ldns_pkt_set_random_id(p);
	ldns_pkt_set_edns_udp_size(p, TALK_UDP_MAX);
	pack_message(p, out);
	ldns_pkt_free(p);
	return 0;
}

/* ---- answers ---- */

void dns_wire_message_free(struct dns_wire_message *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->records[i].owner);
		buf_free(&m->records[i].rdata);
	}
	free(m->records);
	free(m->zone);
	free(m->primary);
	*m = (struct dns_wire_message){ 0 };
}

/* NULL: no message. */
static ldns_pkt *parse_packet(struct span bytes)
{
	ldns_pkt *p = NULL;

	if (bytes.len == 0 || ldns_wire2pkt(&p, (const uint8_t *)bytes.at, bytes.len) != LDNS_STATUS_OK)
		return NULL;
	return p;
}

/* Servers that refuse may leave the question out. */
static bool is_answer_to(const ldns_pkt *question, const ldns_pkt *answer)
{
	const ldns_rr_list *asked = ldns_pkt_question(question), *told = ldns_pkt_question(answer);

	if (ldns_pkt_id(question) != ldns_pkt_id(answer) || !ldns_pkt_qr(answer))
		return false;
	if (ldns_rr_list_rr_count(told) == 0)
		return ldns_pkt_get_rcode(answer) != LDNS_RCODE_NOERROR;
	return ldns_rr_list_rr_count(told) == 1 && ldns_rr_list_rr_count(asked) == 1 &&
	       ldns_rr_compare(ldns_rr_list_rr(asked, 0), ldns_rr_list_rr(told, 0)) == 0;
}

static void take_soa(struct dns_wire_message *m, const ldns_rr *rr)
{
	if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_SOA || ldns_rr_rd_count(rr) != SOA_FIELDS || m->zone)
		return;
	uint32_t minimum_s = ldns_rdf2native_int32(ldns_rr_rdf(rr, SOA_MINIMUM));

	m->zone = name_of(ldns_rr_owner(rr));
	m->primary = name_of(ldns_rr_rdf(rr, SOA_PRIMARY));
	m->negative_ttl_s = minimum_s < ldns_rr_ttl(rr) ? minimum_s : ldns_rr_ttl(rr);
}

static void take_packet(struct dns_wire_message *m, const ldns_pkt *p)
{
	const ldns_rr_list *answers = ldns_pkt_answer(p), *authorities = ldns_pkt_authority(p);

	m->rcode = ldns_pkt_get_rcode(p);
	m->authoritative = ldns_pkt_aa(p);
	for (size_t i = 0; i < ldns_rr_list_rr_count(answers); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(answers, i);
		m->records = mem_resize(m->records, m->count + 1, sizeof *m->records);
		struct dns_wire_record *r = &m->records[m->count++];
		*r = (struct dns_wire_record){ .owner = name_of(ldns_rr_owner(rr)), .type = ldns_rr_get_type(rr),
		                               .ttl_s = ldns_rr_ttl(rr) };
		for (size_t k = 0; k < ldns_rr_rd_count(rr); k++)
			buf_add_span(&r->rdata, rdf_span(ldns_rr_rdf(rr, k)));
		take_soa(m, rr);
	}
	for (size_t i = 0; i < ldns_rr_list_rr_count(authorities); i++)
		take_soa(m, ldns_rr_list_rr(authorities, i));
	if (m->zone == NULL) {
		m->zone = mem_text("");
		m->primary = mem_text("");
	}
}

int dns_wire_answer(struct span question, struct span answer, struct dns_wire_message *out, struct fault *f)
{
	ldns_pkt *asked = parse_packet(question), *told = parse_packet(answer);
	int result = 0;

	*out = (struct dns_wire_message){ 0 };
	if (told == NULL)
		result = fault_set(f, FAULT_TEMPORARY, "4.4.3", "answers with something that is not a DNS message");
	else if (asked == NULL || !is_answer_to(asked, told))
		result = fault_set(f, FAULT_TEMPORARY, "4.4.3", "answers another question");
	else
		take_packet(out, told);
	ldns_pkt_free(asked);
	ldns_pkt_free(told);
	return result;
}

int dns_wire_read(struct span message, struct dns_wire_message *out, struct fault *f)
{
	ldns_pkt *told = parse_packet(message);

	*out = (struct dns_wire_message){ 0 };
	if (told == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.4.3", "that is not a DNS message");
	take_packet(out, told);
	ldns_pkt_free(told);
	return 0;
}

void dns_wire_rcode_print(unsigned rcode, struct buf *out)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN",
	                                     "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE" };

	if (rcode < sizeof names / sizeof names[0])
		buf_add_text(out, names[rcode]);
	else
		buf_printf(out, "rcode %u", rcode);
}

/* ---- updates ---- */

static ldns_rr *txt_new(const char *name, ldns_rr_class class, uint32_t ttl_s)
{
	ldns_rdf *owner = dname_new(name);

	if (owner == NULL)
		return NULL;
	ldns_rr *rr = ldns_rr_new();
	ldns_rr_set_owner(rr, owner);
	ldns_rr_set_type(rr, LDNS_RR_TYPE_TXT);
	ldns_rr_set_class(rr, class);
	ldns_rr_set_ttl(rr, ttl_s);
	return rr;
}

/* RFC 2136 section 2.4: the set is what we saw, value by value, or there is none. */
static bool push_prerequisites(ldns_rr_list *list, const struct dns_wire_txt *change)
{
	for (size_t i = 0; i < change->was_count; i++) {
		ldns_rr *rr = txt_new(change->name, LDNS_RR_CLASS_IN, 0);
		if (rr == NULL)
			return false;
		struct span rdata = buf_span(&change->was[i]);
		ldns_rr_push_rdf(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_UNKNOWN, rdata.len, rdata.at));
		ldns_rr_list_push_rr(list, rr);
	}
	if (change->was_count > 0)
		return true;
	ldns_rr *rr = txt_new(change->name, LDNS_RR_CLASS_NONE, 0);
	return rr && ldns_rr_list_push_rr(list, rr);
}

/* RFC 2136 section 2.5: the whole set is deleted, or one record of it, or nothing; then the new records are added. */
static bool push_changes(ldns_rr_list *list, const struct dns_wire_txt *change)
{
	ldns_rr *rr = change->replace ? txt_new(change->name, LDNS_RR_CLASS_ANY, 0) :
	              change->drop ? txt_new(change->name, LDNS_RR_CLASS_NONE, 0) : NULL;

	if (rr && !change->replace)
		ldns_rr_push_rdf(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_UNKNOWN, change->drop->len, change->drop->at));
	if (rr)
		ldns_rr_list_push_rr(list, rr);
	for (size_t i = 0; i < change->becomes_count; i++) {
		rr = txt_new(change->name, LDNS_RR_CLASS_IN, change->ttl_s);
		if (rr == NULL)
			return false;
		struct span value = change->becomes[i];
		do {
			size_t len = value.len < STRING_BYTES_MAX ? value.len : STRING_BYTES_MAX;
			struct span s = (struct span){ value.at, len };
			struct buf string = { 0 };
			buf_add_byte(&string, (char)s.len);
			buf_add_span(&string, s);
			ldns_rr_push_rdf(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_STR, string.len, string.at));
			buf_free(&string);
			value = (struct span){ value.at + len, value.len - len };
		} while (value.len > 0);
		ldns_rr_list_push_rr(list, rr);
	}
	return true;
}

static int sign_packet(ldns_pkt *p, const struct dns_wire_key *key, struct buf *mac, struct fault *f)
{
	ldns_rdf *name = dname_new(key->name);
	struct buf algorithm = { 0 };

	buf_printf(&algorithm, "%s.", key->algorithm);
	bool fine = name && ldns_pkt_tsig_sign(p, key->name, key->secret, FUDGE_S, buf_text(&algorithm), NULL) == LDNS_STATUS_OK;
	buf_free(&algorithm);
	if (name)
		ldns_rdf_deep_free(name);
	if (!fine || ldns_pkt_tsig(p) == NULL)
		return fault_set(f, FAULT_PERMANENT, "5.3.5", "cannot sign with the key %s: is its name a domain name, its "
		                 "algorithm known, its secret base64?", key->name);
	buf_add_span(mac, rdf_span(ldns_rr_rdf(ldns_pkt_tsig(p), TSIG_MAC)));
	return 0;
}

int dns_wire_update(const char *zone, const struct dns_wire_txt *changes, size_t count, const struct dns_wire_key *key,
                    struct buf *out, struct buf *mac, struct fault *f)
{
	ldns_rdf *owner = dname_new(zone);
	ldns_rr_list *wanted = ldns_rr_list_new(), *done = ldns_rr_list_new();
	bool fine = owner != NULL;
	int result;

	for (size_t i = 0; i < count && fine; i++)
		fine = push_prerequisites(wanted, &changes[i]) && push_changes(done, &changes[i]);
	if (fine) {
		ldns_pkt *p = ldns_update_pkt_new(owner, LDNS_RR_CLASS_IN, wanted, done, NULL);
		ldns_pkt_set_rd(p, false);
		ldns_pkt_set_random_id(p);
		result = key ? sign_packet(p, key, mac, f) : 0;
		if (result == 0)
			pack_message(p, out);
		ldns_pkt_free(p);
	} else {
		if (owner)
			ldns_rdf_deep_free(owner);
		result = fault_set(f, FAULT_PERMANENT, "5.3.5", "a name in the update of %s is not a domain name", zone);
	}
	ldns_rr_list_deep_free(wanted);
	ldns_rr_list_deep_free(done);
	return result;
}

/* ---- what a server says to an update ---- */

/* 48 bits of seconds since 1970. */
static int64_t seconds_of(struct span s)
{
	int64_t seconds = 0;

	for (size_t i = 0; i < s.len && i < 6; i++)
		seconds = seconds << 8 | (unsigned char)s.at[i];
	return seconds;
}

static enum dns_wire_signed judge_signature(ldns_pkt *p, struct span bytes, const struct dns_wire_key *key, struct span mac,
                                            int64_t *clock_s)
{
	const ldns_rr *tsig = ldns_pkt_tsig(p);
	int64_t now_s = clock_wall_ms() / 1000;

	if (tsig == NULL || ldns_rr_rd_count(tsig) != TSIG_FIELDS)
		return DNS_WIRE_UNSIGNED;
	/* The server's own time lies in "other data" after its length (RFC 8945 section 5.2.3). */
	unsigned error = ldns_rdf2native_int16(ldns_rr_rdf(tsig, TSIG_ERROR));
	struct span other = rdf_span(ldns_rr_rdf(tsig, TSIG_OTHER));
	if (error == DNS_WIRE_BADTIME && other.len == 8)
		*clock_s = seconds_of((struct span){ other.at + 2, 6 }) - now_s;
	if (error == DNS_WIRE_BADSIG || error == DNS_WIRE_BADKEY || error == DNS_WIRE_BADTIME)
		return (enum dns_wire_signed)error;
	int64_t signed_s = seconds_of(rdf_span(ldns_rr_rdf(tsig, TSIG_TIME)));
	if (llabs(now_s - signed_s) > ldns_rdf2native_int16(ldns_rr_rdf(tsig, TSIG_FUDGE)))
		return DNS_WIRE_WRONG_SIGNED;
	ldns_rdf *before = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_INT16_DATA, mac.len, mac.at);
	bool fits = ldns_pkt_tsig_verify(p, (const uint8_t *)bytes.at, bytes.len, key->name, key->secret, before);
	ldns_rdf_deep_free(before);
	return fits ? DNS_WIRE_SIGNED : DNS_WIRE_WRONG_SIGNED;
}

int dns_wire_update_answer(struct span answer, const struct dns_wire_key *key, struct span mac, unsigned *rcode,
                           enum dns_wire_signed *signed_by, int64_t *clock_s, struct fault *f)
{
	ldns_pkt *p = parse_packet(answer);

	if (p == NULL)
		return fault_set(f, FAULT_TEMPORARY, "4.4.3", "answers with something that is not a DNS message");
	*rcode = ldns_pkt_get_rcode(p);
	*clock_s = 0;
	*signed_by = key ? judge_signature(p, answer, key, mac, clock_s) : DNS_WIRE_UNSIGNED;
	ldns_pkt_free(p);
	return 0;
}
