/* SPDX-License-Identifier: ISC */
/*
 * Any datagram is an answer or refused: to the question of the first byte's
 * type, and to a signed update. What comes out can be looked at to its end.
 */
#include "dns/dns.h"
#include "dns/dns_wire.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void answer(struct span bytes, unsigned type)
{
	struct buf question = { 0 }, text = { 0 };
	struct dns_wire_message m;
	struct fault f = { 0 };

	dns_wire_question("k.example", type, &question, &f);
	if (bytes.len >= 2)   /* as dns/talk.h lets through */
		memcpy(question.at, bytes.at, 2);
	if (dns_wire_answer(buf_span(&question), bytes, &m, &f) == 0) {
		if (m.zone == NULL || m.primary == NULL)
			abort();
		for (size_t i = 0; i < m.count; i++) {
			if (m.records[i].owner == NULL)
				abort();
			dns_read_txt(buf_span(&m.records[i].rdata), &text);
		}
	} else if (f.kind == FAULT_NONE || m.count > 0) {
		abort();
	}
	dns_wire_message_free(&m);
	buf_free(&question);
	buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const struct dns_wire_key key = { "k", "hmac-sha256", "c2VjcmV0" };
	enum dns_wire_signed how;
	unsigned rcode;
	int64_t clock_s;
	struct fault f = { 0 };

	if (len < 1)
		return 0;
	struct span rest = { (const char *)bytes + 1, len - 1 };
	answer(rest, bytes[0] & 1 ? DNS_WIRE_TXT : DNS_WIRE_SOA);
	if (dns_wire_update_answer(rest, &key, SPAN("\0\4mac!"), &rcode, &how, &clock_s, &f) == 0 && how == DNS_WIRE_SIGNED)
		abort();
	return 0;
}
