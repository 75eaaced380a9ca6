/* SPDX-License-Identifier: ISC */
#include "base/conf/settings_kind.h"

#include "base/conf/listen.h"
#include "base/conf/pool_host.h"
#include "base/conf/proxy_place.h"
#include "base/conf/settings.h"
#include "base/https_url.h"
#include "base/ip_network.h"
#include "base/mail/address.h"
#include "base/secret.h"
#include "base/units.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdlib.h>

#define COUNT(table) (sizeof (table) / sizeof (table)[0])

/* ---- texts ---- */

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.at[i] < 0x20 || s.at[i] == 0x7f)
			return false;
	return true;
}

static bool is_word(struct span s)
{
	return is_printable(s) && memchr(s.at, ' ', s.len) == NULL;
}

static bool is_path(struct span s)
{
	return s.len > 0 && s.len < PATH_MAX && s.at[0] == '/' && is_printable(s);
}

static bool is_one_of(struct span s, const char *a, const char *b)
{
	return span_eq(s, span_of(a)) || span_eq(s, span_of(b));
}

static bool is_pool_host(struct span s)
{
	struct pool_host h;

	return pool_host_parse(s, &h);
}

static bool is_ip(struct span s)
{
	char z[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	if (s.len >= sizeof z)
		return false;
	memcpy(z, s.at, s.len);
	z[s.len] = '\0';
	return strlen(z) == s.len && (inet_pton(AF_INET, z, bytes) == 1 || inet_pton(AF_INET6, z, bytes) == 1);
}

static bool is_whole_address(struct span s)
{
	struct fault ignored;

	return address_check(s, &ignored) == 0 && address_domain(s).len > 0;
}

static bool is_domain(struct span s)
{
	struct buf ignored = { 0 };
	bool good = domain_normalise(s, &ignored) == 0;

	buf_free(&ignored);
	return good;
}

/* "@example.org", or an address. */
static bool is_rewriting(struct span s)
{
	return is_whole_address(s) || (s.len > 1 && s.at[0] == '@' && is_domain((struct span){ s.at + 1, s.len - 1 }));
}

/* And "user@". */
static bool is_rewritten(struct span s)
{
	bool is_user = s.len > 1 && s.at[s.len - 1] == '@';

	return is_rewriting(s) || (is_user && address_check((struct span){ s.at, s.len - 1 }, NULL) == 0 &&
	                           memchr(s.at, '@', s.len - 1) == NULL);
}

/* "@example.org", ".example.org" and "example.org", or an address. */
static bool is_sender(struct span s)
{
	bool marked = s.len > 1 && (s.at[0] == '@' || s.at[0] == '.');

	return is_domain((struct span){ s.at + marked, s.len - marked }) || is_whole_address(s);
}

static bool is_network(struct span s)
{
	struct ip_network ignored;

	return ip_network_parse(s, &ignored);
}

static bool is_listen_place(struct span s)
{
	struct listen_place ignored;

	return listen_place_parse(s, &ignored);
}

static bool is_listen_client(struct span s)
{
	struct listen_client ignored;

	return is_word(s) && listen_client_parse(s, &ignored);
}

static bool is_proxy(struct span s)
{
	struct proxy_place ignored;

	return proxy_place_parse(s, &ignored);
}

static bool is_https_url(struct span s)
{
	struct https_url ignored;

	return https_url_read(s, &ignored);
}

static bool is_any(struct span s)
{
	return span_eq(s, SPAN("any"));
}

static bool is_auto(struct span s)
{
	return span_eq(s, SPAN("auto"));
}

static bool is_full(struct span s)
{
	return span_eq(s, SPAN("full"));
}

static bool is_mbox(struct span s)
{
	return span_eq(s, SPAN("mbox"));
}

static bool is_keep(struct span s)
{
	return span_eq(s, SPAN("keep"));
}

/* A colon stands in no login name. */
static bool is_trusted(struct span s)
{
	struct span rest = s, kind = span_cut(&rest, ':');

	return is_word(s) && (rest.at == NULL || (rest.len > 0 && is_one_of(kind, "unit", "container")));
}

/* systemd.exec(5): a name that is a file's. */
static bool is_named(struct span s, struct span prefix)
{
	return span_starts_nocase(s, prefix) && s.len > prefix.len && is_word(s) && memchr(s.at, '/', s.len) == NULL;
}

static bool is_secret_place(struct span s)
{
	return is_path(s) || is_named(s, SPAN(SECRET_CREDENTIAL)) || is_named(s, SPAN(SECRET_ENVIRONMENT));
}

static char *domain_in_form(struct span s)
{
	struct buf out = { 0 };

	if (domain_normalise(s, &out) == 0)
		return buf_take(&out);
	buf_free(&out);
	return NULL;
}

/* "*", or a domain after "*." or bare. */
static char *pattern_in_form(struct span s)
{
	struct buf out = { 0 };

	if (span_eq(s, SPAN("*")))
		return mem_text("*");
	if (span_starts_nocase(s, SPAN("*."))) {
		buf_add_text(&out, "*.");
		s = span_between(s.at + 2, s.at + s.len);
	}
	if (domain_normalise(s, &out) == 0)
		return buf_take(&out);
	buf_free(&out);
	return NULL;
}

struct form {
	bool (*fits)(struct span s);
	const char *words[2];            /* these fit too */
	char *(*keep)(struct span s);    /* not as it was written; NULL: does not fit */
	const char *wants;
};

#define EITHER(a, b) { .words = { a, b }, .wants = "\"" a "\" or \"" b "\"" }

static const struct form forms[] = {
	[FORM_ANY] = { .fits = is_printable, .wants = "text without control characters" },
	[FORM_WORD] = { .fits = is_word, .wants = "text without blanks" },
	[FORM_DOMAIN] = { .keep = domain_in_form, .wants = "a domain name such as \"example.org\"" },
	[FORM_PATH] = { .fits = is_path, .wants = "a path that begins with /" },
	[FORM_LOG] = { is_path, { "syslog", "stderr" }, .wants = "\"syslog\", \"stderr\" or a path that begins with /" },
	[FORM_CANON] = EITHER("relaxed", "simple"),
	[FORM_NOFWS] = EITHER("nofws", "simple"),
	[FORM_FOREIGN] = EITHER("unsigned", "sender"),
	[FORM_NO_KEY] = EITHER("send", "hold"),
	[FORM_LOG_ADDRESSES] = { is_full, { "domain", "hash" }, .wants = "\"full\", \"domain\" or \"hash\"" },
	[FORM_LOG_FORMAT] = EITHER("text", "json"),
	[FORM_QUEUE] = EITHER("disk", "none"),
	[FORM_MAP] = EITHER("host", "domain"),
	[FORM_TRUSTED] = { .fits = is_trusted, .wants = "a login name, a uid, \"unit:NAME\" or \"container:NAME\"" },
	[FORM_UNTRUSTED] = { is_keep, { "rewrite", "refuse" }, .wants = "\"keep\", \"rewrite\" or \"refuse\"" },
	[FORM_ENCODE] = { is_auto, { "always", "never" }, .wants = "\"auto\", \"always\" or \"never\"" },
	[FORM_LOCAL_DELIVERY] = { is_mbox, { "maildir", "none" }, .wants = "\"mbox\", \"maildir\" or \"none\"" },
	[FORM_SECRET] = { .fits = is_secret_place,
	                  .wants = "a path that begins with /, \"" SECRET_CREDENTIAL "NAME\" or \"" SECRET_ENVIRONMENT "NAME\"" },
	[FORM_PATTERN] = { .keep = pattern_in_form,
	                   .wants = "a domain name such as \"example.org\", \"*.example.org\" or \"*\"" },
	[FORM_POOL] = EITHER("srv", "mx"),
	[FORM_POOL_HOST] = { .fits = is_pool_host,
	                     .wants = "a host such as \"smtp1.example.org\" or \"smtp2.example.org:465 weight=3\"" },
	[FORM_IP] = { .fits = is_ip, .wants = "an address such as \"192.0.2.1\" or \"2001:db8::1\"" },
	[FORM_ADDRESS] = { .fits = is_whole_address, .wants = "a full address such as \"me@example.org\"" },
	[FORM_REWRITTEN] = { .fits = is_rewritten, .wants = "an address such as \"root@web1.example.org\", \"root@\" or "
	                     "\"@web1.example.org\"" },
	[FORM_REWRITING] = { .fits = is_rewriting, .wants = "an address such as \"web1@example.org\", or \"@example.org\"" },
	[FORM_LISTEN] = { .fits = is_listen_place, .wants = "an address and a port such as \"127.0.0.1:25\" or \"[::1]:25\"" },
	[FORM_CLIENT] = { .fits = is_listen_client,
	                  .wants = "\"loopback\", a network such as \"192.0.2.0/24\", or a user such as \"user:www-data\"" },
	[FORM_PROXY] = { .fits = is_proxy, .wants = "a proxy such as \"socks5://proxy.example.org:1080\" or \"socks5://user@192.0.2.1:1080\" "
	                 "(its password belongs into a file of its own: proxy_password_file)" },
	[FORM_HTTPS] = { .fits = is_https_url, .wants = "a URL such as \"https://login.example.org/token\"" },
	[FORM_PROVIDER] = EITHER("google", "microsoft"),
	[FORM_SENDER] = { is_sender, { "*", "<>" },
	                  .wants = "a sender such as \"me@example.org\", \"@example.org\", \".example.org\", \"*\" or \"<>\"" },

	[FORM_NETWORK] = { .fits = is_network, .wants = "a network such as \"192.0.2.0/24\" or \"2001:db8::/32\"" },
	[FORM_FAMILY] = { is_any, { "ipv4", "ipv6" }, .wants = "\"ipv4\", \"ipv6\" or \"any\"" },
};

/* The text as it is kept, or NULL when it has not the row's form. An empty text is "not set". */
static char *text_in_form(enum setting_form number, struct span s)
{
	const struct form *form = &forms[number];

	if (s.len == 0)
		return mem_text_span(s);
	if (form->keep)
		return form->keep(s);
	bool fits = (form->fits && form->fits(s)) || (form->words[0] && is_one_of(s, form->words[0], form->words[1]));
	return fits ? mem_text_span(s) : NULL;
}

/* ---- the kinds: how a value is read ---- */

static bool text_parse(const struct setting *row, void *at, struct span text)
{
	char *kept = text_in_form(row->form, text);

	if (kept == NULL)
		return false;
	free(*(char **)at);
	*(char **)at = kept;
	return true;
}

static bool texts_parse(const struct setting *row, void *at, struct span text)
{
	char *kept = text.len > 0 ? text_in_form(row->form, text) : NULL;

	if (kept == NULL)
		return false;
	text_list_add(at, span_of(kept));
	free(kept);
	return true;
}

static bool in_bounds(const struct setting *row, uint64_t value)
{
	return value >= row->least && value <= row->most;
}

static bool plain_number(const struct setting *row, struct span text, uint64_t *out)
{
	unsigned long long number;

	if (!span_number(text, row->most, &number))
		return false;
	*out = number;
	return in_bounds(row, number);
}

static bool port_parse(const struct setting *row, void *at, struct span text)
{
	uint64_t number;

	if (!plain_number(row, text, &number))
		return false;
	*(uint16_t *)at = (uint16_t)number;
	return true;
}

static bool count_parse(const struct setting *row, void *at, struct span text)
{
	uint64_t number;

	if (!plain_number(row, text, &number))
		return false;
	*(uint32_t *)at = (uint32_t)number;
	return true;
}

static bool size_parse(const struct setting *row, void *at, struct span text)
{
	uint64_t number;

	if (!units_size(text, &number) || !in_bounds(row, number))
		return false;
	*(uint64_t *)at = number;
	return true;
}

static bool duration_parse(const struct setting *row, void *at, struct span text)
{
	uint64_t number;

	if (!units_duration(text, &number) || !in_bounds(row, number))
		return false;
	*(int64_t *)at = (int64_t)number;
	return true;
}

/* "h" is "1h". */
static bool window_parse(struct span text, uint64_t *ms)
{
	struct buf whole = { 0 };

	if (text.len > 0 && (text.at[0] < '0' || text.at[0] > '9'))
		buf_add_byte(&whole, '1');
	buf_add_span(&whole, text);
	bool fits = units_duration(buf_span(&whole), ms);
	buf_free(&whole);
	return fits;
}

/* "300/h", "10/15m"; "0" is none. */
static bool rate_parse(const struct setting *row, void *at, struct span text)
{
	struct span window = text;
	struct span count = span_cut(&window, '/');
	unsigned long long number;
	uint64_t window_ms = 0;

	if (!span_number(count, UINT32_MAX, &number) || (number == 0) != (window.at == NULL))
		return false;
	if (number > 0 && (!window_parse(window, &window_ms) || !in_bounds(row, window_ms)))
		return false;
	*(struct rate *)at = (struct rate){ (uint32_t)number, (int64_t)window_ms };
	return true;
}

/* "0.05": at most six places, so that millionths hold it exactly. */
static bool scale_parse(const struct setting *row, void *at, struct span text)
{
	struct span places = text;
	struct span whole = span_cut(&places, '.');
	unsigned long long number, fraction = 0;

	if (!span_number(whole, row->most / MILLION, &number))
		return false;
	if (places.at) {
		if (places.len > 6 || !span_number(places, MILLION, &fraction))
			return false;
		for (size_t i = places.len; i < 6; i++)
			fraction *= 10;
	}
	number = number * MILLION + fraction;
	if (!in_bounds(row, number))
		return false;
	*(double *)at = (double)number / MILLION;
	return true;
}

static bool flag_parse(const struct setting *row, void *at, struct span text)
{
	(void)row;
	if (!is_one_of(text, "true", "false"))
		return false;
	*(bool *)at = span_eq(text, SPAN("true"));
	return true;
}

static bool tls_parse(const struct setting *row, void *at, struct span text)
{
	int last = row->kind == SETTING_MX_TLS ? TLS_DANE : TLS_VERIFY;

	for (int level = TLS_NONE; level <= last; level++) {
		if (!span_eq(text, span_of(tls_level_name((enum tls_level)level))))
			continue;
		*(enum tls_level *)at = (enum tls_level)level;
		return true;
	}
	return false;
}

static bool fallback_parse(const struct setting *row, void *at, struct span text)
{
	static const struct { const char *word; unsigned bit; } words[] = {
		{ "unreachable", FALLBACK_UNREACHABLE }, { "blocked", FALLBACK_BLOCKED }, { "temporary", FALLBACK_TEMPORARY },
		{ "limit", FALLBACK_LIMIT },
	};

	(void)row;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!span_eq(text, span_of(words[i].word)))
			continue;
		unsigned *bits = at;
		*bits = (*bits & ~(unsigned)SETTINGS_FALLBACK_UNSET) | words[i].bit;
		return true;
	}
	return false;
}

/* ---- and how it is packed ---- */

static const struct shape_field rate_fields[] = {
	FIELD(rate, count),
	FIELD(rate, window_ms),
};

static bool rate_fits(const void *value)
{
	const struct rate *r = value;

	return r->count == 0 || (r->window_ms > 0 && (uint64_t)r->window_ms <= RATE_WINDOW_MAX_MS);
}

static const struct shape rate_shape = SHAPE_OF(rate, rate_fields, .fits = rate_fits);

#define NUMBER(type, as_bytes, bound) \
	{ .kind = SHAPE_NUMBER, .bytes = sizeof(type), .packed_bytes = (as_bytes), .most = (bound) }

static const struct settings_kind kinds[] = {
	[SETTING_TEXT] = { text_parse, { .kind = SHAPE_TEXT }, NULL },
	[SETTING_TEXTS] = { texts_parse, { .kind = SHAPE_TEXTS }, NULL },
	[SETTING_PORT] = { port_parse, NUMBER(uint16_t, 2, 0), "a port number" },
	[SETTING_COUNT] = { count_parse, NUMBER(uint32_t, 4, 0), "a number" },
	[SETTING_SIZE] = { size_parse, NUMBER(uint64_t, 8, 0), "a size such as \"25M\" (K, M, G, or bytes)" },
	[SETTING_DURATION] = { duration_parse, NUMBER(int64_t, 8, 0), "a time such as \"5m\" (ms, s, m, h, d)" },
	[SETTING_SCALE] = { scale_parse, { .kind = SHAPE_MILLIONTHS }, "a number such as 0.05" },
	[SETTING_RATE] = { rate_parse, { .kind = SHAPE_VALUE, .of = &rate_shape },
	                   "a rate such as \"300/h\" (s, m, h, d, or \"10/15m\")" },
	[SETTING_FLAG] = { flag_parse, NUMBER(bool, 1, 1), "true or false" },
	[SETTING_TLS] = { tls_parse, NUMBER(enum tls_level, 1, TLS_DANE), "\"none\", \"may\", \"encrypt\" or \"verify\"" },
	[SETTING_MX_TLS] = { tls_parse, NUMBER(enum tls_level, 1, TLS_DANE),
	                     "\"none\", \"may\", \"encrypt\", \"verify\" or \"dane\"" },
	[SETTING_FALLBACK] = { fallback_parse, NUMBER(unsigned, 1, 0),
	                       "\"unreachable\", \"blocked\", \"temporary\" or \"limit\"" },
	[SETTING_GROUPS] = { .wants = "a list of groups: ( { ... }, { ... } )" },
	[SETTING_GROUP] = { .wants = "a group: { ... }" },
	[SETTING_INSIDE] = { .wants = "a group: { ... }" },
	[SETTING_NONE] = { 0 },
	[SETTING_REFUSED] = { 0 },
};

const struct settings_kind *settings_kind(const struct setting *row)
{
	return &kinds[row->kind];
}

const char *settings_kind_wants(const struct setting *row)
{
	const char *wants = kinds[row->kind].wants;

	return wants ? wants : forms[row->form].wants;
}
