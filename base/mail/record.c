/* SPDX-License-Identifier: ISC */
#include "base/mail/record.h"

static const char magic[RECORD_MAGIC_BYTES] = { 'S', 'I', 'G', 'N', 'E', 'T', 'R', RECORD_VERSION };

enum { NOTIFY_ALL = NOTIFY_NEVER | NOTIFY_SUCCESS | NOTIFY_FAILURE | NOTIFY_DELAY };

static const struct shape_field record_recipient_fields[] = {
	FIELD(record_recipient, address),
	FIELD_BELOW(record_recipient, notify, NOTIFY_ALL + 1),
	FIELD(record_recipient, orcpt),
};
static const struct shape record_recipient_shape = SHAPE_OF(record_recipient, record_recipient_fields);

/* The envelope. It grows at its end, and never otherwise: what is in the drop folder may be of any version. */
static const struct shape_field record_fields[] = {
	FIELD(record, id),
	FIELD(record, program),
	FIELD(record, sender),
	FIELD(record, sender_given),
	FIELD(record, full_name),
	FIELD(record, envid),
	FIELD_BELOW(record, ret, DSN_RET_HEADERS + 1),
	FIELD_BELOW(record, body_type, BODY_8BITMIME + 1),
	FIELD(record, headers_gave_recipients),
	FIELD_ARRAY(record, recipients, recipient_count, record_recipient, RECORD_RECIPIENTS_MAX),
	FIELD(record, require_tls),    /* since version 2 */
};
const struct shape record_shape = SHAPE_OF(record, record_fields);

void record_free(struct record *r)
{
	shape_free(&record_shape, r);
}

void record_add_recipient(struct record *r, struct span address, uint8_t notify, struct span orcpt)
{
	size_t n = r->recipient_count;

	if ((n & (n - 1)) == 0)  /* full at each power of two */
		r->recipients = mem_resize(r->recipients, n ? 2 * n : 1, sizeof *r->recipients);
	r->recipients[n] = (struct record_recipient){
		.address = mem_text_span(address),
		.notify = notify,
		.orcpt = mem_text_span(orcpt),
	};
	r->recipient_count = n + 1;
}

void record_encode_head(const struct record *r, struct buf *out)
{
	struct buf envelope = { 0 };

	shape_encode(&record_shape, r, &envelope);
	buf_add(out, magic, sizeof magic);
	pack_span(out, buf_span(&envelope));
	pack_u64(out, r->message_bytes);
	buf_free(&envelope);
}

/* As far as the magic is there: false is final. */
static bool magic_fits(struct span in, struct fault *f)
{
	size_t word = sizeof magic - 1;

	if (memcmp(in.at, magic, in.len < word ? in.len : word) != 0) {
		fault_set(f, FAULT_PERMANENT, "5.6.0", "this is not a submission record: it does not begin with SIGNETR");
		return false;
	}
	unsigned version = in.len > word ? (unsigned char)in.at[word] : RECORD_VERSION;
	if (version >= 1 && version <= RECORD_VERSION)
		return true;
	if (version > RECORD_VERSION)
		fault_set(f, FAULT_TEMPORARY, "4.3.0",
		          "the submission record has version %u and this program reads up to %d: "
		          "upgrade signetd, or restart it after its upgrade", version, RECORD_VERSION);
	else
		fault_set(f, FAULT_PERMANENT, "5.6.0", "the submission record has version %u, which never existed", version);
	return false;
}

ssize_t record_decode_head(struct span in, struct record *out, struct fault *f)
{
	struct unpack u = unpack_from(in);
	size_t envelope_at = RECORD_MAGIC_BYTES + 4;

	if (in.len > 0 && !magic_fits(in, f))
		return -1;
	if (in.len < envelope_at)
		return 0;
	u.at += RECORD_MAGIC_BYTES;
	uint32_t envelope_bytes = unpack_u32(&u);
	if (envelope_bytes > RECORD_ENVELOPE_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "the envelope of the submission record is %u bytes long, more "
		                 "than the %d that are allowed", envelope_bytes, RECORD_ENVELOPE_MAX);
	if (in.len < envelope_at + envelope_bytes + 8)
		return 0;
	unsigned version = (unsigned char)in.at[RECORD_MAGIC_BYTES - 1];
	struct shape envelope = record_shape;
	if (version < 2)
		envelope.count--;    /* without the last row */
	if (shape_decode(&envelope, (struct span){ u.at, envelope_bytes }, out) < 0)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "the envelope of the submission record is malformed");
	u.at += envelope_bytes;
	out->message_bytes = unpack_u64(&u);
	return (ssize_t)(envelope_at + envelope_bytes + 8);
}
