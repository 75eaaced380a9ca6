/* SPDX-License-Identifier: ISC */
#include "relay/pickup/intake.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mail/address.h"
#include "relay/channel.h"
#include "relay/pickup/body.h"
#include "relay/pickup/envelope.h"
#include "relay/pickup/login_name.h"
#include "relay/pickup/normal.h"
#include "relay/queue_id.h"

#include <stdlib.h>

enum {
	PARTS_MAX = 3 * (1 + ENVELOPE_OWNERS_MAX),
	ADVISORY_MAX = 200,      /* program and full name: what is longer is cut */
	PARAMETER_MAX = 500,     /* ENVID and ORCPT: RFC 3461 section 5 */
};

struct part {                         /* one queue entry in the making */
	struct envelope_group *group;     /* of envelope */
	bool leaving;
	bool of_list;                     /* its sender is a list's owner, who asked for nothing */
	uint64_t queue_id;
	struct normal_header header;
	struct body body;
};

struct intake {
	struct intake_place *place;
	struct submitter who;
	struct caller *heard;             /* an SMTP client, or NULL */
	int64_t arrival_ms;
	struct buf head;                  /* until it is decoded */
	bool has_head;
	struct record record;
	uint64_t missing_bytes;           /* of the message */
	struct envelope envelope;
	size_t envelope_bytes;            /* of record and envelope in memory */
	struct normal *normal;
	bool has_header;                  /* the parts' bodies begin with it */
	struct part *parts;               /* PARTS_MAX at most */
	size_t part_count;
	struct buf scratch, description;
};

struct intake *intake_new(struct intake_place *place, const struct submitter *who)
{
	struct intake *in = mem_alloc(sizeof *in);

	in->place = place;
	submitter_copy(who, &in->who);
	in->arrival_ms = clock_wall_ms();
	return in;
}

void intake_free(struct intake *in, bool taken)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->part_count; i++) {
		normal_header_free(&in->parts[i].header);
		body_free(&in->parts[i].body, !taken);
	}
	free(in->parts);
	normal_free(in->normal);
	envelope_free(&in->envelope);
	record_free(&in->record);
	buf_free(&in->head);
	buf_free(&in->scratch);
	buf_free(&in->description);
	submitter_free(&in->who);
	if (in->heard)
		caller_free(in->heard);
	free(in->heard);
	free(in);
}

void intake_heard_from(struct intake *in, const struct caller *c)
{
	in->heard = mem_alloc(sizeof *in->heard);
	*in->heard = (struct caller){ .uid = c->uid, .known = c->known, .from = mem_text(c->from), .with = mem_text(c->with) };
}

size_t intake_held_bytes(const struct intake *in)
{
	size_t bytes = in->head.cap + in->scratch.cap + in->envelope_bytes + (in->normal ? normal_held_bytes(in->normal) : 0);

	for (size_t i = 0; i < in->part_count; i++)
		bytes += in->parts[i].body.memory.cap;
	return bytes;
}

const char *intake_describe(struct intake *in)
{
	buf_clear(&in->description);
	buf_printf(&in->description, "uid %u", in->who.uid);
	if (in->has_head) {
		buf_add_text(&in->description, ", record ");
		for (size_t i = 0; i < RECORD_ID_BYTES / 2; i++)
			buf_printf(&in->description, "%02x", in->record.id[i]);
	}
	return buf_text(&in->description);
}

/* ---- the head of the record ---- */

static void add_part(struct intake *in, struct envelope_group *group, bool leaving, bool of_list)
{
	struct intake_place *place = in->place;

	if (group->count == 0)
		return;
	place->last_id = queue_id_next(place->last_id, place->maker, in->arrival_ms);
	in->parts = mem_resize(in->parts, in->part_count + 1, sizeof *in->parts);
	in->parts[in->part_count++] = (struct part){ .group = group, .leaving = leaving, .of_list = of_list,
		.queue_id = place->last_id };
}

static void add_parts(struct intake *in, struct envelope_groups *groups, bool of_list)
{
	add_part(in, &groups->leaving, true, of_list);
	add_part(in, &groups->staying, false, of_list);
	add_part(in, &groups->refused, true, of_list);
}

void intake_refresh_aliases(struct intake_place *place)
{
	struct buf faults = { 0 };

	if (place->aliases == NULL || !aliases_refresh(place->aliases) || !place->tells_aliases)
		return;
	aliases_print_faults(place->aliases, &faults);
	bool is_news = !span_eq(buf_span(&faults), buf_span(&place->told_of_aliases));
	for (struct span rest = buf_span(&faults); is_news && rest.len > 0;) {
		struct span line = span_cut(&rest, '\n');
		log_line(LOG_LEVEL_WARNING, "%.*s", (int)line.len, line.at);
	}
	buf_free(&place->told_of_aliases);
	place->told_of_aliases = faults;
}

/* grown: bytes more than were given. */
static int check_size(const struct intake *in, uint64_t grown, struct fault *f)
{
	uint64_t most = in->place->settings->size_limit, bytes = in->record.message_bytes + grown;

	if (bytes <= most)
		return 0;
	return fault_set(f, FAULT_PERMANENT, "5.3.4", "the message has %llu bytes%s, and the setting size_limit allows %llu",
	                 (unsigned long long)bytes, grown ? " once its addresses are complete and its header is encoded" : "",
	                 (unsigned long long)most);
}

/* Not in the middle of a UTF-8 character. */
static void cut_advisory(char *text)
{
	size_t len = strlen(text);

	if (len <= ADVISORY_MAX)
		return;
	len = ADVISORY_MAX;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	text[len] = '\0';
}

/* The name of the caller belongs to the caller's address alone. */
static void find_full_name(struct intake *in)
{
	struct buf name = { 0 };

	if (in->record.full_name[0] || !in->who.login[0] ||
	    !span_eq(address_local(span_of(in->envelope.author)), span_of(in->who.login)))
		return;
	login_name_full(&in->place->logins, in->who.uid, &name);
	free(in->record.full_name);
	in->record.full_name = buf_take(&name);
	cut_advisory(in->record.full_name);
}

/* These go into SMTP commands as they are: xtext, or nothing. */
static void keep_parameter(char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (len > PARAMETER_MAX || text[i] <= ' ' || text[i] > '~')
			text[0] = '\0';
}

void intake_bound_texts(struct record *r)
{
	cut_advisory(r->program);
	cut_advisory(r->full_name);
	keep_parameter(r->envid);
	for (size_t i = 0; i < r->recipient_count; i++)
		keep_parameter(r->recipients[i].orcpt);
}

/* The head ends somewhere in piece; what of piece belongs to it is known only when it is decoded. */
static int take_head(struct intake *in, struct span *piece, struct fault *f)
{
	size_t before = in->head.len;

	buf_add_span(&in->head, *piece);
	ssize_t took = record_decode_head(buf_span(&in->head), &in->record, f);
	if (took < 0)
		return -1;
	size_t used = took == 0 ? piece->len : (size_t)took - before;
	piece->at += used;
	piece->len -= used;
	if (took == 0)
		return 0;
	in->envelope_bytes = in->head.cap;
	buf_free(&in->head);
	const struct settings *s = in->place->settings;
	in->has_head = true;
	in->missing_bytes = in->record.message_bytes;
	intake_bound_texts(&in->record);
	intake_refresh_aliases(in->place);
	struct alias_rules rules = { .settings = s, .source = in->place->aliases ? aliases_source(in->place->aliases) : NULL };
	if (check_size(in, 0, f) < 0 ||
	    envelope_make(&rules, &in->record, &in->who, &in->envelope, f) < 0)
		return -1;
	if (in->envelope.replaced)
		log_line(LOG_LEVEL_INFO, "%s: the sender <%s> is not one of this user's own, and is replaced (trusted_users)",
		         intake_describe(in), in->envelope.replaced);
	find_full_name(in);
	in->envelope_bytes += envelope_bytes(&in->envelope);
	add_parts(in, &in->envelope.own, false);
	for (size_t i = 0; i < in->envelope.list_count; i++)
		add_parts(in, &in->envelope.lists[i].of, true);
	in->normal = normal_new(&(struct normal_options){ .settings = s, .record_id = in->record.id,
		.author = in->envelope.author, .full_name = in->record.full_name, .now_ms = in->arrival_ms,
		.redirected = &in->envelope.redirected, .heard = in->heard });
	return 0;
}

/* ---- the message ---- */

/* Hands what normal yielded to every part, its own header first. */
static int pass_on(struct intake *in, struct fault *f)
{
	bool begins = !in->has_header && normal_has_header(in->normal);

	in->has_header |= begins;
	for (size_t i = 0; begins && i < in->part_count; i++) {
		struct part *p = &in->parts[i];
		if (normal_make_header(in->normal, p->leaving, p->queue_id, &p->header, f) < 0 || check_size(in, p->header.grown_bytes, f) < 0 ||
		    body_add(&p->body, in->place->body_folder, in->record.id, (unsigned)i, buf_span(&p->header.bytes), f) < 0)
			return -1;
		buf_free(&p->header.bytes);
	}
	for (size_t i = 0; in->scratch.len > 0 && i < in->part_count; i++)
		if (body_add(&in->parts[i].body, in->place->body_folder, in->record.id, (unsigned)i, buf_span(&in->scratch), f) < 0)
			return -1;
	buf_clear(&in->scratch);
	return 0;
}

int intake_feed(struct intake *in, struct span *piece, struct fault *f)
{
	if (!in->has_head && take_head(in, piece, f) < 0)
		return -1;
	size_t len = piece->len < in->missing_bytes ? piece->len : (size_t)in->missing_bytes;    /* of the message */
	if (in->has_head && len > 0) {
		if (normal_feed(in->normal, (struct span){ piece->at, len }, &in->scratch, f) < 0 || pass_on(in, f) < 0)
			return -1;
		piece->at += len;
		piece->len -= len;
		in->missing_bytes -= len;
	}
	return in->has_head && in->missing_bytes == 0;
}

/* ---- what SMTP carries ---- */

static bool encodes_8bit(const struct intake *in, const struct envelope_group *group)
{
	struct route_question q = { .sender = span_of(group->sender[0] ? group->sender : "<>") };

	for (size_t i = 0; i < group->count; i++) {
		q.domain = address_domain(span_of(group->recipients[i].address));
		if (route_encodes_8bit(in->place->routes, &q))
			return true;
	}
	return false;
}

/* ---- the submission ---- */

/* Borrows everything: for packing only. */
static struct submission describe_part(const struct intake *in, size_t i)
{
	static char none[] = "";
	const struct part *p = &in->parts[i];
	struct submission s = {
		.uid = in->who.uid,
		.part = (uint8_t)i,
		.queue_id = p->queue_id,
		.sender = p->group->sender,
		.envid = p->of_list ? none : in->record.envid,
		.ret = p->of_list ? DSN_RET_UNSET : in->record.ret,
		.eight_bit = p->body.look.eight_bit,
		.utf8 = p->header.utf8 || address_needs_utf8(span_of(p->group->sender)),
		.require_tls = in->record.require_tls,
		.tls_optional = p->header.tls_optional && !in->record.require_tls,   /* RFC 8689 section 4.1 */
		.bulk = p->header.bulk,
		.from_domain = p->header.from_domain,
		.message_id = p->header.message_id,
		.program = in->record.program,
		.unit = (char *)(uintptr_t)in->who.cgroup.unit,
		.container = (char *)(uintptr_t)in->who.cgroup.container,
		.arrival_ms = in->arrival_ms,
		.size_bytes = p->body.size_bytes,
		.held = p->group->held,
		.recipients = p->group->recipients,
		.recipient_count = p->group->count,
		.body_file = p->body.file,
		.checksum = p->body.file ? checksum_of(&p->body.checksum) : 0,
	};

	memcpy(s.id, in->record.id, sizeof s.id);
	if (p->body.file == NULL)
		s.message = buf_span(&p->body.memory);
	return s;
}

int intake_finish(struct intake *in, uint64_t ticket, struct buf *out, struct fault *f)
{
	struct submission described[PARTS_MAX];
	struct submit submit = { .ticket = ticket, .parts = described, .count = in->part_count };

	if (normal_finish(in->normal, &in->scratch, f) < 0 || pass_on(in, f) < 0)
		return -1;
	for (size_t i = 0; i < in->part_count; i++) {
		struct part *p = &in->parts[i];
		const struct recode_look *look = &p->body.look;
		bool eight_bit_too = (look->eight_bit || look->says_eight_bit) && encodes_8bit(in, p->group);
		if ((recode_is_unfit(look) || eight_bit_too) &&
		    body_recode(&p->body, in->place->body_folder, in->record.id, (unsigned)i, eight_bit_too, f) < 0)
			return -1;
		if (body_sync(&p->body, f) < 0)
			return -1;
		described[i] = describe_part(in, i);
	}
	submit_encode(&submit, out);
	if (out->len > CHANNEL_FRAME_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.5.3", "the %zu recipients' addresses are too long together; send to fewer at once",
		                 in->record.recipient_count);
	return 0;
}

int intake_body(const struct intake *in, size_t part)
{
	return in->parts[part].body.file ? in->parts[part].body.fd : -1;
}
