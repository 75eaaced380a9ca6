#include "base/listing.h"

#include "base/json.h"
#include "base/log.h"
#include "base/pack.h"

#include <stdlib.h>
#include <time.h>

/* mailq and signetd may be of different versions during an upgrade. */
enum { LISTING_VERSION = 1, ID_WIDTH = 16, SENDER_COLUMN = 48 };

static const char *const state_names[] = { "active", "deferred", "hold" };
static const char state_marks[] = { '*', ' ', '!' };

void listing_entry_free(struct listing_entry *e)
{
	for (size_t i = 0; i < e->recipient_count; i++) {
		free(e->recipients[i].address);
		free(e->recipients[i].reason);
		free(e->recipients[i].status);
		free(e->recipients[i].next_hop);
	}
	free(e->recipients);
	free(e->queue_id);
	free(e->sender);
	*e = (struct listing_entry){ 0 };
}

static void encode_recipient(const struct listing_recipient *r, struct buf *out)
{
	pack_text(out, r->address);
	pack_text(out, r->reason);
	pack_text(out, r->status);
	pack_text(out, r->next_hop);
}

void listing_encode(const struct listing_entry *e, struct buf *out)
{
	size_t count = e->recipient_count < LISTING_RECIPIENTS_MAX ? e->recipient_count : LISTING_RECIPIENTS_MAX;

	pack_u8(out, LISTING_VERSION);
	pack_text(out, e->queue_id);
	pack_i64(out, e->arrival_ms);
	pack_i64(out, e->next_try_ms);
	pack_u64(out, e->size_bytes);
	pack_u32(out, e->uid);
	pack_text(out, e->sender);
	pack_u8(out, (uint8_t)e->state);
	pack_u32(out, e->waiting);
	pack_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		encode_recipient(&e->recipients[i], out);
}

static void decode_recipient(struct unpack *u, struct listing_recipient *r)
{
	r->address = unpack_text(u);
	r->reason = unpack_text(u);
	r->status = unpack_text(u);
	r->next_hop = unpack_text(u);
}

static void decode_recipients(struct unpack *u, struct listing_entry *out)
{
	uint32_t count = unpack_count(u, 4 * sizeof(uint32_t));

	if (count > LISTING_RECIPIENTS_MAX) {
		u->bad = true;
		return;
	}
	out->recipients = mem_alloc(count * sizeof *out->recipients);
	for (; out->recipient_count < count; out->recipient_count++)
		decode_recipient(u, &out->recipients[out->recipient_count]);
}

int listing_decode(struct span in, struct listing_entry *out)
{
	struct unpack u = unpack_from(in);

	*out = (struct listing_entry){ 0 };
	u.bad |= unpack_u8(&u) != LISTING_VERSION;
	out->queue_id = unpack_text(&u);
	out->arrival_ms = unpack_i64(&u);
	out->next_try_ms = unpack_i64(&u);
	out->size_bytes = unpack_u64(&u);
	out->uid = unpack_u32(&u);
	out->sender = unpack_text(&u);
	uint8_t state = unpack_u8(&u);
	u.bad |= state > LISTING_HELD;
	out->state = u.bad ? LISTING_ACTIVE : (enum listing_state)state;
	out->waiting = unpack_u32(&u);
	decode_recipients(&u, out);
	if (unpack_ok(&u))
		return 0;
	listing_entry_free(out);
	return -1;
}

/* ---- for people ---- */

void listing_print_header(struct buf *out)
{
	buf_printf(out, "%-*s --Size-- ----Arrival Time---- -Sender/Recipient-------\n", ID_WIDTH + 1, "-Queue ID-");
}

/* ctime(3)'s form without the year, in the reader's time zone; a time beyond what libc knows is shown as "-". */
static void add_time(struct buf *out, int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm local;
	char text[32] = "-";

	if (localtime_r(&seconds, &local))
		strftime(text, sizeof text, "%a %b %e %H:%M:%S", &local);
	buf_printf(out, "%-20.20s", text);
}

static void add_address(struct buf *out, const char *address)
{
	if (address[0] == '\0')
		buf_add_text(out, "MAILER-DAEMON");
	else
		log_show(out, span_of(address));
}

/* A reason is said once for the recipients that share it. */
static void add_recipient(struct buf *out, const struct listing_recipient *r, const char *said_before)
{
	if (r->reason[0] != '\0' && strcmp(r->reason, said_before) != 0) {
		buf_add_text(out, "    (");
		if (r->status[0] != '\0' && !span_starts_nocase(span_of(r->reason), span_of(r->status))) {
			log_show(out, span_of(r->status));
			buf_add_byte(out, ' ');
		}
		log_show(out, span_of(r->reason));
		buf_add_text(out, ")\n");
	}
	buf_printf(out, "%*s", SENDER_COLUMN, "");
	add_address(out, r->address);
	buf_add_byte(out, '\n');
}

void listing_print_entry(struct buf *out, const struct listing_entry *e)
{
	struct buf id = { 0 };
	const char *reason = "";

	log_show(&id, span_of(e->queue_id));
	buf_printf(out, "%-*s%c %8llu ", ID_WIDTH, buf_text(&id), state_marks[e->state],
	           (unsigned long long)e->size_bytes);
	add_time(out, e->arrival_ms);
	buf_add_byte(out, ' ');
	add_address(out, e->sender);
	buf_add_byte(out, '\n');
	for (size_t i = 0; i < e->recipient_count; i++) {
		add_recipient(out, &e->recipients[i], reason);
		reason = e->recipients[i].reason;
	}
	if (e->waiting > e->recipient_count)
		buf_printf(out, "%*sand %zu more\n", SENDER_COLUMN, "", e->waiting - e->recipient_count);
	buf_add_byte(out, '\n');
	buf_free(&id);
}

void listing_print_end(struct buf *out, uint64_t total_bytes, uint64_t requests)
{
	if (requests == 0)
		buf_add_text(out, "Mail queue is empty\n");
	else
		buf_printf(out, "-- %llu Kbytes in %llu Request%s.\n", (unsigned long long)((total_bytes + 1023) / 1024),
		           (unsigned long long)requests, requests == 1 ? "" : "s");
}

/* ---- for programs: Postfix's names (postqueue -j) and ours beside them ---- */

static void add_json_recipient(struct buf *out, const struct listing_recipient *r)
{
	buf_add_byte(out, '{');
	json_member(out, "address", r->address);
	buf_add_text(out, ", ");
	json_member(out, "delay_reason", r->reason);
	buf_add_text(out, ", ");
	json_member(out, "status", r->status);
	buf_add_text(out, ", ");
	json_member(out, "next_hop", r->next_hop);
	buf_add_byte(out, '}');
}

void listing_print_json(struct buf *out, const struct listing_entry *e)
{
	buf_add_byte(out, '{');
	json_member(out, "queue_name", state_names[e->state]);
	buf_add_text(out, ", ");
	json_member(out, "queue_id", e->queue_id);
	buf_printf(out, ", \"arrival_time\": %lld, \"message_size\": %llu, ", (long long)(e->arrival_ms / 1000),
	           (unsigned long long)e->size_bytes);
	json_member(out, "sender", e->sender);
	buf_printf(out, ", \"uid\": %lu, \"next_try\": %lld, \"waiting\": %lu, \"recipients\": [", (unsigned long)e->uid,
	           (long long)(e->next_try_ms / 1000), (unsigned long)e->waiting);
	for (size_t i = 0; i < e->recipient_count; i++) {
		if (i > 0)
			buf_add_text(out, ", ");
		add_json_recipient(out, &e->recipients[i]);
	}
	buf_add_text(out, "]}\n");
}
