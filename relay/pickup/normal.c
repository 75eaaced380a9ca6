#include "relay/pickup/normal.h"

#include "base/address.h"
#include "base/log.h"
#include "base/message.h"
#include "base/utf8.h"
#include "relay/pickup/rewrite.h"

#include <stdlib.h>
#include <time.h>

enum {
	FIELD_NAME_MAX = 998,    /* RFC 5322 section 2.1.1: a line that is all name is no field */
	MESSAGE_ID_MAX = 998,
	FIELDS_STEP = 32,
	HELD_MAX = 1000,         /* CR before an LF: whatever converts line ends makes a few */
	WHITE_MAX = 32 * 1024,   /* of a body without text, held back */
};

/* ---- what happens to which field ---- */

enum field_action {
	KEEP, DROP,
	QUALIFY,    /* an address list whose bare addresses get @domain */
	REWRITE,    /* and whose addresses are the sender's */
};

/* Fields that something is known of; counted, so that what is missing can be added. */
enum known { FROM, SENDER, TO, CC, DATE, MESSAGE_ID, RECEIVED, OTHER, KNOWN_COUNT };

/*
 * What becomes of a second one of a field that may be there once (RFC 5322
 * section 3.6): some verifiers fail what has two, and readers differ on which
 * counts. A second From is refused.
 */
enum again {
	ANY_NUMBER,
	JOIN,       /* its addresses go to those of the first */
	SET_ASIDE,  /* as X-Original-... */
};

static const struct {
	const char *name;
	enum known known;
	enum field_action action;
	enum again again;
} rules[] = {
	{ "Bcc",           OTHER,      DROP,    ANY_NUMBER },
	{ "Resent-Bcc",    OTHER,      DROP,    ANY_NUMBER },
	{ "Return-Path",   OTHER,      DROP,    ANY_NUMBER },     /* RFC 5321 section 4.4: only the last hop adds it */
	{ "From",          FROM,       REWRITE, ANY_NUMBER },
	{ "Sender",        SENDER,     REWRITE, SET_ASIDE },
	{ "Resent-From",   OTHER,      REWRITE, ANY_NUMBER },
	{ "Resent-Sender", OTHER,      REWRITE, ANY_NUMBER },
	{ "Reply-To",      OTHER,      QUALIFY, JOIN },
	{ "To",            TO,         QUALIFY, JOIN },
	{ "Cc",            CC,         QUALIFY, JOIN },
	{ "Resent-To",     OTHER,      QUALIFY, ANY_NUMBER },
	{ "Resent-Cc",     OTHER,      QUALIFY, ANY_NUMBER },
	{ "Date",          DATE,       KEEP,    SET_ASIDE },
	{ "Message-ID",    MESSAGE_ID, KEEP,    SET_ASIDE },
	{ "Subject",       OTHER,      KEEP,    SET_ASIDE },
	{ "In-Reply-To",   OTHER,      KEEP,    SET_ASIDE },
	{ "References",    OTHER,      KEEP,    SET_ASIDE },
	{ "Received",      RECEIVED,   KEEP,    ANY_NUMBER },
};

enum { RULES = sizeof rules / sizeof rules[0] };

static const size_t NO_FIELD = SIZE_MAX;

struct kept_field {
	struct field field;      /* into normal.head */
	enum known known;
	enum field_action action;
	size_t rule;             /* RULES: none */
	size_t joined;           /* the next field whose addresses go to this one */
	bool set_aside;
};

struct normal {
	struct normal_options options;
	struct buf head;               /* the header section, and a little of the body while it is collected */
	bool settled;                  /* fields are known, the rest is body */
	struct kept_field *fields;
	size_t field_count;
	size_t seen[KNOWN_COUNT];
	bool from_is_broken;

	size_t carriage_returns;       /* held back: what follows decides what they were */
	size_t line_bytes;             /* of the line not yet ended */
	size_t line_start;             /* of that line in head */
	bool field_before;             /* a field came before it */
	unsigned char high_bits;       /* all bytes ORed */
	bool body_has_text;            /* anything but white space */
	struct buf white;              /* the body while it has none */
	struct buf *out;               /* during a call */
};

struct normal *normal_new(const struct normal_options *o)
{
	struct normal *n = mem_alloc(sizeof *n);

	n->options = *o;
	return n;
}

void normal_free(struct normal *n)
{
	if (n == NULL)
		return;
	buf_free(&n->head);
	buf_free(&n->white);
	free(n->fields);
	free(n);
}

bool normal_has_header(const struct normal *n)
{
	return n->settled;
}

size_t normal_held_bytes(const struct normal *n)
{
	return n->head.cap + n->white.cap + n->field_count * sizeof *n->fields;
}

bool normal_eight_bit(const struct normal *n)
{
	return n->high_bits >= 0x80;
}

/* ---- the end of the header section ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool looks_like_field(struct span line)
{
	size_t i = 0;

	while (i < line.len && i <= FIELD_NAME_MAX && line.at[i] > 32 && line.at[i] < 127 && line.at[i] != ':')
		i++;
	if (i == 0)
		return false;
	while (i < line.len && is_blank(line.at[i]))
		i++;
	return i < line.len && line.at[i] == ':';
}

static bool looks_like_mbox(struct span line)
{
	while (line.len && line.at[0] == '>')
		line = (struct span){ line.at + 1, line.len - 1 };
	return span_starts_nocase(line, SPAN("From "));
}

/*
 * Whether the header section may go on behind this line. Says yes a little too
 * often; base/message.h decides in settle, and what it leaves is body.
 */
static bool header_goes_on(struct normal *n, struct span line)
{
	if (line.len == 0)
		return false;
	if (n->field_before && is_blank(line.at[0]))
		return true;
	if (looks_like_field(line)) {
		n->field_before = true;
		return true;
	}
	return !n->field_before && looks_like_mbox(line);
}

static void keep_field(struct normal *n, const struct field *field)
{
	struct kept_field kept = { .field = *field, .known = OTHER, .action = KEEP, .rule = RULES, .joined = NO_FIELD };

	for (size_t i = 0; i < RULES; i++) {
		if (!span_eq_nocase(field->name, span_of(rules[i].name)))
			continue;
		kept.known = rules[i].known;
		kept.action = rules[i].action;
		kept.rule = i;
	}
	n->seen[kept.known]++;
	if (n->field_count % FIELDS_STEP == 0)
		n->fields = mem_resize(n->fields, n->field_count + FIELDS_STEP, sizeof *n->fields);
	n->fields[n->field_count++] = kept;
}

static int check_counts(const struct normal *n, struct fault *f)
{
	if (n->seen[FROM] > 1)
		return fault_set(f, FAULT_PERMANENT, "5.6.0", "the header section has %zu From fields; one is allowed "
		                 "(RFC 5322 section 3.6)", n->seen[FROM]);
	if (n->seen[RECEIVED] >= NORMAL_RECEIVED_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.4.6", "mail loop: the message has passed %zu hosts (Received fields)",
		                 n->seen[RECEIVED]);
	return 0;
}

/* An address list with at least one address in it. */
static bool names_address(struct span value)
{
	struct address_list list = { 0 };
	bool named = address_list_parse(value, &list, NULL) == 0 && list.count > 0;

	for (size_t i = 0; named && i < list.count; i++)
		named = list.items[i].address[0] != '\0';
	address_list_free(&list);
	return named;
}

/* A From that is empty counts as missing, one that cannot be read is replaced. */
static void judge_from(struct normal *n)
{
	for (size_t i = 0; i < n->field_count; i++) {
		struct kept_field *kept = &n->fields[i];
		if (kept->known != FROM || names_address(kept->field.value))
			continue;
		n->from_is_broken = true;
		kept->action = span_trim(kept->field.value).len ? KEEP : DROP;
	}
}

/* ---- fields that are there more than once ---- */

enum worth { NOTHING, UNREADABLE, READABLE };

static enum worth worth_of(const struct kept_field *kept)
{
	struct address_list list = { 0 };
	enum worth worth = READABLE;

	if (span_trim(kept->field.value).len == 0)
		return NOTHING;
	if (rules[kept->rule].again == JOIN) {
		worth = address_list_parse(kept->field.value, &list, NULL) < 0 ? UNREADABLE : list.count > 0 ? READABLE : NOTHING;
		address_list_free(&list);
	}
	return worth;
}

/* The fields of one rule so far: the one that stands for them, and the last that joined it. */
struct several {
	size_t first, last;
	enum worth worth;
};

static void lose(struct kept_field *kept, enum worth worth)
{
	kept->action = worth == NOTHING ? DROP : KEEP;
	kept->set_aside = true;
}

static void unite(struct normal *n, struct several *s, size_t number)
{
	struct kept_field *kept = &n->fields[number];
	enum worth worth = worth_of(kept);

	if (s->first != NO_FIELD && s->worth == READABLE && worth == READABLE && rules[kept->rule].again == JOIN) {
		n->fields[s->last].joined = number;
		s->last = number;
		kept->action = DROP;                 /* the first carries it */
	} else if (s->first != NO_FIELD && s->worth >= worth) {
		lose(kept, worth);
	} else {
		if (s->first != NO_FIELD)
			lose(&n->fields[s->first], s->worth);
		*s = (struct several){ number, number, worth };
	}
}

static void unite_all(struct normal *n)
{
	struct several several[RULES];

	for (size_t i = 0; i < RULES; i++)
		several[i].first = NO_FIELD;
	for (size_t i = 0; i < n->field_count; i++)
		if (n->fields[i].rule < RULES && rules[n->fields[i].rule].again != ANY_NUMBER)
			unite(n, &several[n->fields[i].rule], i);
}

/*
 * Blanks in the place of bytes that some verifiers take for blanks and some
 * do not, or for an end. White space is SP and HTAB (RFC 6376 section 2.8).
 */
static void blank_out(char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] == '\v' || at[i] == '\f' || at[i] == '\0')
			at[i] = ' ';
}

/* ---- the body ---- */

static bool is_white(char c)
{
	return is_blank(c) || c == '\r' || c == '\n';
}

/* Line ends alone. */
static void add_without_blanks(struct normal *n)
{
	for (size_t i = 0; i < n->white.len; i++)
		if (!is_blank(n->white.at[i]))
			buf_add_byte(n->out, n->white.at[i]);
	buf_clear(&n->white);
}

/* Holds back the white space in front, byte by byte, so that it is the same however it is cut; returns its length. */
static size_t hold_white(struct normal *n, struct span text)
{
	size_t len = 0;

	for (; len < text.len && is_white(text.at[len]); len++) {
		buf_add_byte(&n->white, text.at[len]);
		if (n->white.len > WHITE_MAX)
			add_without_blanks(n);
	}
	return len;
}

/*
 * A body of nothing but white space keeps its line ends and loses its blanks:
 * verifiers differ on what relaxed leaves of it. Until there is text it is
 * held back, or when it has become too large for that goes on so.
 */
static void add_body(struct normal *n, struct span text)
{
	size_t white = n->body_has_text ? 0 : hold_white(n, text);

	if (white == text.len)
		return;
	if (!n->body_has_text) {
		n->body_has_text = true;
		buf_add_span(n->out, buf_span(&n->white));
		buf_clear(&n->white);
	}
	buf_add_span(n->out, span_between(text.at + white, text.at + text.len));
}

static int settle(struct normal *n, struct fault *f)
{
	struct span rest = message_skip_mbox(buf_span(&n->head));
	struct field field;

	while (message_next_field(&rest, &field))
		keep_field(n, &field);
	n->settled = true;
	if (check_counts(n, f) < 0)
		return -1;
	blank_out(n->head.at, n->head.len - rest.len);
	judge_from(n);
	unite_all(n);
	if (rest.len)
		add_body(n, rest);
	return 0;
}

/* ---- lines ---- */

/* The line in work, while it is still in head. */
static struct span current_line(const struct normal *n)
{
	if (n->settled || n->line_bytes == 0)
		return (struct span){ 0 };
	return (struct span){ n->head.at + n->line_start, n->line_bytes };
}

/* A line without an end yet that can no longer be a field: what it is need not wait for its end. */
static bool is_body_already(const struct normal *n)
{
	struct span line = current_line(n);

	return n->line_bytes > 2 * FIELD_NAME_MAX && !looks_like_field(line) && !looks_like_mbox(line) &&
	       !(n->field_before && is_blank(line.at[0]));
}

static int add_text(struct normal *n, struct span text, struct fault *f)
{
	unsigned char bits = 0;

	for (size_t i = 0; i < text.len; i++)
		bits |= (unsigned char)text.at[i];
	n->high_bits |= bits;
	n->line_bytes += text.len;
	if (n->settled) {
		add_body(n, text);
		return 0;
	}
	buf_add_span(&n->head, text);
	if (is_body_already(n))
		return settle(n, f);
	if (n->head.len > NORMAL_HEADER_MAX)
		return fault_set(f, FAULT_PERMANENT, "5.3.4", "the header section is larger than %d bytes", NORMAL_HEADER_MAX);
	return 0;
}

static int end_line(struct normal *n, struct fault *f)
{
	struct span line = current_line(n);

	n->line_bytes = 0;
	if (n->settled) {
		add_body(n, SPAN("\r\n"));
		return 0;
	}
	bool more = header_goes_on(n, line);
	buf_add_text(&n->head, "\r\n");
	n->line_start = n->head.len;
	return more ? 0 : settle(n, f);
}

/* The carriage returns held back turn out to be line ends of their own. */
static int end_bare_lines(struct normal *n, struct fault *f)
{
	for (; n->carriage_returns > 0; n->carriage_returns--)
		if (end_line(n, f) < 0)
			return -1;
	return 0;
}

static int take_cr(struct normal *n, struct fault *f)
{
	if (n->carriage_returns == HELD_MAX)
		return end_line(n, f);
	n->carriage_returns++;
	return 0;
}

static int take_lf(struct normal *n, struct fault *f)
{
	n->carriage_returns = 0;
	return end_line(n, f);
}

/* What has no LF in it. */
static int take_line(struct normal *n, struct span line, struct fault *f)
{
	while (line.len > 0) {
		const char *cr = memchr(line.at, '\r', line.len);
		struct span text = span_between(line.at, cr ? cr : line.at + line.len);
		if (text.len > 0 && (end_bare_lines(n, f) < 0 || add_text(n, text, f) < 0))
			return -1;
		if (cr && take_cr(n, f) < 0)
			return -1;
		line = span_between(line.at + text.len + (cr != NULL), line.at + line.len);
	}
	return 0;
}

/* Each byte is looked at twice and no more, however many CR there are. */
int normal_feed(struct normal *n, struct span piece, struct buf *body, struct fault *f)
{
	n->out = body;
	while (piece.len > 0) {
		const char *lf = memchr(piece.at, '\n', piece.len);
		struct span line = span_between(piece.at, lf ? lf : piece.at + piece.len);
		if (take_line(n, line, f) < 0 || (lf && take_lf(n, f) < 0))
			return -1;
		piece = span_between(piece.at + line.len + (lf != NULL), piece.at + piece.len);
	}
	return 0;
}

int normal_finish(struct normal *n, struct buf *body, struct fault *f)
{
	n->out = body;
	if (end_bare_lines(n, f) < 0)
		return -1;
	if (n->line_bytes > 0 && end_line(n, f) < 0)
		return -1;
	if (!n->settled && settle(n, f) < 0)
		return -1;
	add_without_blanks(n);
	return 0;
}

/* ---- fields that are made ---- */

static void add_date(struct buf *out, int64_t now_ms)
{
	time_t seconds = (time_t)(now_ms / 1000);
	struct tm local;
	char text[64];

	localtime_r(&seconds, &local);
	strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S %z", &local);
	buf_add_text(out, text);
}

static void add_hex(struct buf *out, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%02x", bytes[i]);
}

static void add_received(const struct normal *n, struct buf *out)
{
	buf_printf(out, "Received: by %s (Signet) id ", n->options.settings->hostname);
	add_hex(out, n->options.record_id, RECORD_ID_BYTES / 2);
	buf_add_text(out, ";\r\n\t");
	add_date(out, n->options.now_ms);
	buf_add_text(out, "\r\n");
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '!' || c == '/' ||
	       c == '+' || c == '*';
}

/* As encoded words of at most 75 characters (RFC 2047), cut between characters. */
static void add_encoded_words(struct buf *out, struct span name)
{
	enum { PAYLOAD_MAX = 75 - 12 };   /* without =?utf-8?q? and ?= */
	size_t used = 0;

	buf_add_text(out, "=?utf-8?q?");
	while (name.len > 0) {
		size_t length = utf8_length(name);
		if (used + 3 * length > PAYLOAD_MAX) {
			buf_add_text(out, "?=\r\n =?utf-8?q?");
			used = 0;
		}
		for (size_t i = 0; i < length; i++) {
			bool plain = length == 1 && is_word_byte(name.at[i]);
			buf_printf(out, plain ? "%c" : "=%02X", (unsigned char)name.at[i]);
			used += plain ? 1 : 3;
		}
		name = (struct span){ name.at + length, name.len - length };
	}
	buf_add_text(out, "?=");
}

/* A display name: a phrase of atoms, a quoted string, or encoded words. Control bytes are left out. */
static void add_display_name(struct buf *out, const char *full_name)
{
	struct buf clean = { 0 };
	bool atoms = true;

	for (const char *c = full_name; *c; c++) {
		if ((unsigned char)*c >= 0x20 && *c != 0x7f)
			buf_add_byte(&clean, *c);
	}
	struct span name = span_trim(buf_span(&clean));
	for (size_t i = 0; i < name.len; i++)
		atoms = atoms && (is_word_byte(name.at[i]) || name.at[i] == ' ');
	if (!utf8_is_ascii(name) && utf8_is_valid(name)) {
		add_encoded_words(out, name);
	} else if (atoms) {
		buf_add_span(out, name);
	} else {
		buf_add_byte(out, '"');
		for (size_t i = 0; i < name.len; i++)
			buf_printf(out, name.at[i] == '"' || name.at[i] == '\\' ? "\\%c" : "%c", name.at[i]);
		buf_add_byte(out, '"');
	}
	buf_free(&clean);
}

static void add_from(const struct normal *n, const char *author, struct buf *out)
{
	const char *full_name = n->options.full_name ? n->options.full_name : "";
	struct buf name = { 0 };

	add_display_name(&name, full_name);
	buf_add_text(out, "From: ");
	if (name.len > 0 && !span_eq(buf_span(&name), SPAN("\"\"")))
		buf_printf(out, "%s <%s>", buf_text(&name), author);
	else
		buf_add_text(out, author);
	buf_add_text(out, "\r\n");
	buf_free(&name);
}

static void add_message_id(const struct normal *n, struct buf *out)
{
	add_hex(out, n->options.record_id, RECORD_ID_BYTES);
	buf_printf(out, "@%s", n->options.settings->domain);
}

/* ---- fields that are changed ---- */

/* The value with its addresses rewritten in place: names, comments and folds stay. */
static void rewrite_list(const struct settings *s, struct span value, enum rewrite_as as, struct buf *out)
{
	struct address_list list = { 0 };
	const char *done = value.at;
	bool fine = address_list_parse(value, &list, NULL) == 0;     /* what cannot be read stays as it is */

	for (size_t i = 0; fine && i < list.count; i++) {
		struct span address = span_of(list.items[i].address);
		struct buf changed = { 0 };
		if (address.len)
			rewrite_address(s, address, as, &changed);
		if (address.len && !span_eq(buf_span(&changed), address)) {
			buf_add_span(out, span_between(done, list.items[i].spec.at));
			buf_add_span(out, buf_span(&changed));
			done = list.items[i].spec.at + list.items[i].spec.len;
		}
		buf_free(&changed);
	}
	buf_add_span(out, span_between(done, value.at + value.len));
	address_list_free(&list);
}

static size_t count_addresses(struct span value)
{
	struct address_list list = { 0 };

	address_list_parse(value, &list, NULL);
	size_t count = list.count;
	address_list_free(&list);
	return count;
}

/* As a part of a list: without what separates it. */
static struct span without_edges(struct span value)
{
	while (value.len > 0 && (is_white(value.at[0]) || value.at[0] == ','))
		value = (struct span){ value.at + 1, value.len - 1 };
	while (value.len > 0 && (is_white(value.at[value.len - 1]) || value.at[value.len - 1] == ','))
		value.len--;
	return value;
}

static void add_joined(const struct normal *n, const struct kept_field *first, struct buf *out)
{
	const struct settings *s = n->options.settings;

	buf_add_byte(out, ' ');
	rewrite_list(s, without_edges(first->field.value), REWRITE_QUALIFY, out);
	for (size_t i = first->joined; i != NO_FIELD; i = n->fields[i].joined) {
		buf_add_text(out, ",\r\n\t");
		rewrite_list(s, without_edges(n->fields[i].field.value), REWRITE_QUALIFY, out);
	}
}

static void add_changed(const struct normal *n, const struct kept_field *kept, bool leaving, struct buf *out)
{
	const struct settings *s = n->options.settings;
	bool as_sender = leaving && kept->action == REWRITE;

	buf_add_span(out, kept->field.name);
	buf_add_byte(out, ':');
	if (as_sender && s->from[0] && count_addresses(kept->field.value) > 1) {
		buf_add_byte(out, ' ');          /* several authors become the one that is forced */
		rewrite_address(s, span_of(s->from), REWRITE_QUALIFY, out);
	} else if (kept->joined != NO_FIELD) {
		add_joined(n, kept, out);
	} else {
		rewrite_list(s, kept->field.value, as_sender ? REWRITE_SENDER : REWRITE_QUALIFY, out);
	}
	buf_add_text(out, "\r\n");
}

static void add_plain(const struct field *field, struct buf *out)
{
	buf_add_span(out, field->name);
	buf_add_byte(out, ':');
	buf_add_span(out, field->value);
	buf_add_text(out, "\r\n");
}

/* ---- the header section ---- */

static char *message_id_in(struct span value)
{
	value = span_trim(value);
	if (value.len && value.at[0] == '<')
		value = (struct span){ value.at + 1, value.len - 1 };
	if (value.len && value.at[value.len - 1] == '>')
		value.len--;
	if (value.len > MESSAGE_ID_MAX)
		value.len = MESSAGE_ID_MAX;
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] == '\0' || value.at[i] == '\r')
			value.len = i;
	return mem_text_span(value);
}

static char *domain_in_from(const struct buf *header)
{
	struct address_list list = { 0 };
	struct buf domain = { 0 };
	struct field from;

	if (message_find_field(buf_span(header), SPAN("From"), 0, &from) &&
	    address_list_parse(from.value, &list, NULL) == 0 && list.count > 0 &&
	    domain_normalise(address_domain(span_of(list.items[0].address)), &domain) < 0)
		buf_clear(&domain);
	address_list_free(&list);
	return buf_take(&domain);
}

static void add_missing(const struct normal *n, bool leaving, struct normal_header *out)
{
	if (n->seen[FROM] == 0 || n->from_is_broken) {
		char *author = rewrite_text(n->options.settings, n->options.author, leaving ? REWRITE_SENDER : REWRITE_QUALIFY);
		add_from(n, author, &out->bytes);
		free(author);
	}
	if (n->seen[TO] == 0 && n->seen[CC] == 0)
		buf_add_text(&out->bytes, "To: undisclosed-recipients:;\r\n");
	if (n->seen[DATE] == 0) {
		buf_add_text(&out->bytes, "Date: ");
		add_date(&out->bytes, n->options.now_ms);
		buf_add_text(&out->bytes, "\r\n");
	}
	if (out->message_id == NULL) {
		struct buf id = { 0 };
		add_message_id(n, &id);
		buf_printf(&out->bytes, "Message-ID: <%s>\r\n", buf_text(&id));
		out->message_id = buf_take(&id);
	}
}

static void add_field(const struct normal *n, const struct kept_field *kept, bool leaving, struct normal_header *out)
{
	if (kept->action == DROP)
		return;
	if (kept->known == MESSAGE_ID && out->message_id == NULL)
		out->message_id = message_id_in(kept->field.value);
	if (kept->set_aside || (kept->known == FROM && n->from_is_broken))
		buf_add_text(&out->bytes, "X-Original-");
	if (kept->action == KEEP)
		add_plain(&kept->field, &out->bytes);
	else
		add_changed(n, kept, leaving, &out->bytes);
}

void normal_make_header(const struct normal *n, bool leaving, struct normal_header *out)
{
	*out = (struct normal_header){ 0 };
	add_received(n, &out->bytes);
	for (size_t i = 0; i < n->field_count; i++)
		add_field(n, &n->fields[i], leaving, out);
	add_missing(n, leaving, out);
	buf_add_text(&out->bytes, "\r\n");
	out->from_domain = domain_in_from(&out->bytes);
	out->utf8 = !utf8_is_ascii(buf_span(&out->bytes)) && utf8_is_valid(buf_span(&out->bytes));
}

void normal_header_free(struct normal_header *h)
{
	buf_free(&h->bytes);
	free(h->from_domain);
	free(h->message_id);
	*h = (struct normal_header){ 0 };
}
