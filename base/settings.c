#include "base/settings.h"

#include "base/address.h"
#include "base/pack.h"
#include "base/places.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FALLBACK_UNSET = 0x80, MILLION = 1000000 };

#define SECOND_MS UINT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)
#define MEBIBYTE  (UINT64_C(1) << 20)
#define GIBIBYTE  (UINT64_C(1) << 30)

#define COUNT(table) (sizeof (table) / sizeof (table)[0])
#define GROUP_OF(table, type) { table, COUNT(table), sizeof(type) }

/* ---- the table ---- */

#define AT(field) .offset = offsetof(struct smarthost, field)
static const struct setting smarthost_rows[] = {
	{ "name", SETTING_TEXT, FORM_WORD, AT(name),
	  .sentence = "What routes call it; the host when not set, and \"smarthost\" in the short form." },
	{ "host", SETTING_TEXT, FORM_WORD, AT(host),
	  .sentence = "Name or address. A name is resolved as the system does it, with /etc/hosts." },
	{ "port", SETTING_PORT, AT(port), .initial = "587", .least = 1, .most = 65535,
	  .sentence = "587 and 25 begin in clear and use STARTTLS; 465 is TLS from the first byte." },
	{ "implicit_tls", SETTING_FLAG, AT(implicit_tls), .initial = "false",
	  .sentence = "TLS from the first byte; true for port 465 when not set." },
	{ "tls", SETTING_TLS, AT(tls), .initial = "verify",
	  .sentence = "none, may, encrypt or verify: the least protection mail and password go with." },
	{ "user", SETTING_TEXT, FORM_ANY, AT(user),
	  .sentence = "User name for AUTH; none when not set." },
	{ "password_file", SETTING_TEXT, FORM_PATH, AT(password_file),
	  .sentence = "File with the password in its first line, readable by its owner alone." },
	{ "ca_file", SETTING_TEXT, FORM_PATH, AT(ca_file),
	  .sentence = "Certificates (PEM) that vouch for the server; the system's when not set." },
	{ "sessions", SETTING_COUNT, AT(sessions), .initial = "5", .least = 1, .most = 1000,
	  .sentence = "Most sessions to it at once." },
	{ "limit", SETTING_NONE, .later = true, .sentence = "a cap on messages per time for a smarthost" },
	{ "password_command", SETTING_NONE, .later = true, .sentence = "a password from a command; password_file works" },
};
#undef AT

#define AT(field) .offset = offsetof(struct dkim_key, field)
static const struct setting domainkeys_rows[] = {
	{ "selector", SETTING_TEXT, FORM_DOMAIN, AT(domainkeys_selector),
	  .sentence = "Selector of the DomainKeys record; another than that of DKIM." },
	{ "file", SETTING_TEXT, FORM_SECRET, AT(domainkeys_file),
	  .sentence = "Private RSA key (PEM); that of DKIM when not set." },
	{ "canon", SETTING_TEXT, FORM_NOFWS, AT(domainkeys_canon), .initial = "nofws",
	  .sentence = "Canonicalisation: nofws, which survives folding and blanks, or simple." },
};

static const struct setting_group domainkeys_group = GROUP_OF(domainkeys_rows, struct dkim_key);

static const struct setting dkim_rows[] = {
	{ "domain", SETTING_TEXT, FORM_PATTERN, AT(domain),
	  .sentence = "Signs mail whose From is in this domain or below it, as this domain; \"*.example.org\" signs each "
	              "domain below and \"*\" every domain as itself. The most specific key wins." },
	{ "selector", SETTING_TEXT, FORM_DOMAIN, AT(selector),
	  .sentence = "The record lies at SELECTOR._domainkey.DOMAIN." },
	{ "file", SETTING_TEXT, FORM_SECRET, AT(file),
	  .sentence = "Private key (PEM), RSA or Ed25519, readable by its owner alone; \"credential:NAME\" for a credential "
	              "that systemd gave to signetd (LoadCredential=, SetCredentialEncrypted=)." },
	{ "password_command", SETTING_TEXT, FORM_ANY, AT(password_command),
	  .sentence = "For an encrypted file (PKCS#8): the command whose first line of output is its pass phrase, run by "
	              "/bin/sh when signetd starts." },
	{ "header_canon", SETTING_TEXT, FORM_CANON, AT(header_canon), .initial = "relaxed",
	  .sentence = "Canonicalisation of the header: relaxed or simple." },
	{ "body_canon", SETTING_TEXT, FORM_CANON, AT(body_canon), .initial = "relaxed",
	  .sentence = "Canonicalisation of the body: relaxed or simple." },
	{ "identity", SETTING_TEXT, FORM_WORD, AT(identity),
	  .sentence = "The signature's i=, \"user@domain\" or \"@domain\" within the domain; left out when not set." },
	{ "expires", SETTING_DURATION, AT(expires_ms), .initial = "0", .most = 365 * DAY_MS,
	  .sentence = "The signature's x=: so long after it was made; at least a week more than queue_life. 0 leaves it out." },
	{ "domainkeys", SETTING_INSIDE, .group = &domainkeys_group,
	  .sentence = "A DomainKeys signature (RFC 4870) beside that of DKIM: selector, file, canon." },
};
#undef AT

#define AT(field) .offset = offsetof(struct route_rule, field)
static const struct setting route_rows[] = {
	{ "to", SETTING_TEXTS, FORM_WORD, AT(to),
	  .sentence = "Recipient domains: \"example.org\", \".example.org\" for every name below it, "
	              "\"mx:mx.example.net\" or \"mx:.example.net\" for domains whose MX is there, \"*\" for all." },
	{ "via", SETTING_TEXTS, FORM_WORD, AT(via),
	  .sentence = "\"mx\" or names of smarthosts, in the order to try." },
	{ "fallback_on", SETTING_FALLBACK, AT(fallback_on),
	  .sentence = "When to turn to the next of via: \"unreachable\", which is the default where via has several." },
	{ "fallback_for", SETTING_DURATION, AT(fallback_for_ms), .initial = "0", .most = 30 * DAY_MS,
	  .sentence = "How long to stay there before the first is tried again." },
};
#undef AT

#define AT(field) .offset = offsetof(struct stub_zone, field)
static const struct setting stub_zone_rows[] = {
	{ "zone", SETTING_TEXT, FORM_DOMAIN, AT(zone), .sentence = "The zone's name." },
	{ "servers", SETTING_TEXTS, FORM_WORD, AT(servers),
	  .sentence = "Its servers, as \"ADDRESS\" or \"ADDRESS@PORT\"." },
};
#undef AT

static const struct setting_group smarthost_group = GROUP_OF(smarthost_rows, struct smarthost);
static const struct setting_group dkim_group = GROUP_OF(dkim_rows, struct dkim_key);
static const struct setting_group route_group = GROUP_OF(route_rows, struct route_rule);
static const struct setting_group stub_zone_group = GROUP_OF(stub_zone_rows, struct stub_zone);

#define AT(field) .offset = offsetof(struct settings, field)
#define OF(list, number) \
	.offset = offsetof(struct settings, list), .count_offset = offsetof(struct settings, number)
static const struct setting rows[] = {
	{ "hostname", SETTING_TEXT, FORM_DOMAIN, AT(hostname),
	  .sentence = "This host's name, said in HELO; should be what its address's PTR says. The kernel's when not set." },
	{ "domain", SETTING_TEXT, FORM_DOMAIN, AT(domain),
	  .sentence = "What an address without @domain gets; hostname when not set." },
	{ "root", SETTING_TEXT, FORM_WORD, AT(root),
	  .sentence = "The address that reads root's, postmaster's and cron's mail." },
	{ "from", SETTING_TEXT, FORM_WORD, AT(from),
	  .sentence = "Forces the envelope sender and the header From of mail that leaves." },
	{ "local_domains", SETTING_TEXTS, FORM_DOMAIN, AT(local_domains),
	  .sentence = "Domains whose mail stays on this host; localhost always does." },
	{ "masquerade", SETTING_TEXTS, FORM_DOMAIN, AT(masquerade),
	  .sentence = "Sender domains that become domain in mail that leaves." },
	{ "mailq_users", SETTING_TEXTS, FORM_WORD, AT(mailq_users),
	  .sentence = "Users who see the whole queue with mailq; others see their own messages." },

	{ "smarthost", SETTING_GROUP, OF(smarthosts, smarthost_count), .group = &smarthost_group,
	  .sentence = "The one server that takes mail for elsewhere: smarthosts with a single element." },
	{ "smarthosts", SETTING_GROUPS, OF(smarthosts, smarthost_count), .group = &smarthost_group,
	  .sentence = "Servers that take mail for elsewhere." },
	{ "dkim", SETTING_GROUPS, OF(dkim, dkim_count), .group = &dkim_group,
	  .sentence = "Keys that sign. Several for one domain make several signatures." },
	{ "on_foreign_from", SETTING_TEXT, FORM_FOREIGN, AT(on_foreign_from), .initial = "unsigned",
	  .sentence = "What becomes of mail whose From no key is for: \"unsigned\", or \"sender\": the keys of the "
	              "envelope's domain sign, without alignment for DMARC." },
	{ "on_no_key", SETTING_TEXT, FORM_NO_KEY, AT(on_no_key), .initial = "send",
	  .sentence = "What becomes of mail whose key cannot sign: \"send\" it as it is, or \"hold\" it and try again." },
	{ "signed_fields", SETTING_TEXTS, FORM_WORD, AT(signed_fields),
	  .sentence = "Header fields that signatures cover, in place of the usual ones; \"list-*\" is all that begin so. "
	              "Empty: Sender, In-Reply-To, References, Resent-*, List-*, Content-* and those of oversigned_fields." },
	{ "oversigned_fields", SETTING_TEXTS, FORM_WORD, AT(oversigned_fields),
	  .sentence = "Those covered so that none can be added later. Empty: From, Reply-To, Subject, Date, Message-ID, To, "
	              "Cc, MIME-Version, Content-Type, Content-Transfer-Encoding." },
	{ "routes", SETTING_GROUPS, OF(routes, route_count), .group = &route_group,
	  .sentence = "Which way mail for a recipient domain goes; the first rule that matches." },
	{ "default_via", SETTING_TEXTS, FORM_WORD, AT(default_via),
	  .sentence = "The way of mail that no route matches, as via. Where neither this nor a route is set: the "
	              "single smarthost, else \"mx\" when hostname or dkim is set, else such mail is held." },

	{ "mx_port", SETTING_PORT, AT(mx_port), .initial = "25", .least = 1, .most = 65535,
	  .sentence = "Port of a recipient domain's MX." },
	{ "mx_tls", SETTING_TLS, AT(mx_tls), .initial = "may",
	  .sentence = "none, may, encrypt or verify towards an MX." },
	{ "ca_file", SETTING_TEXT, FORM_PATH, AT(ca_file),
	  .sentence = "Certificates (PEM) that vouch for an MX; the system's when not set." },

	{ "size_limit", SETTING_SIZE, AT(size_limit), .initial = "100M", .least = 1, .most = 4 * GIBIBYTE,
	  .sentence = "Largest message taken." },
	{ "recipient_limit", SETTING_COUNT, AT(recipient_limit), .initial = "50000", .least = 1, .most = 50000,
	  .sentence = "Most recipients of one message." },
	{ "connections", SETTING_COUNT, AT(connections), .initial = "200", .least = 1, .most = 10000,
	  .sentence = "Most callers on the submission socket at once." },
	{ "connections_per_user", SETTING_COUNT, AT(connections_per_user), .initial = "50", .least = 1, .most = 10000,
	  .sentence = "Most of them of one user." },
	{ "sessions", SETTING_COUNT, AT(sessions), .initial = "20", .least = 1, .most = 1000,
	  .sentence = "Most SMTP sessions at once." },
	{ "sessions_per_site", SETTING_COUNT, AT(sessions_per_site), .initial = "5", .least = 1, .most = 1000,
	  .sentence = "Most of them with one set of MX hosts." },
	{ "retry_min", SETTING_DURATION, AT(retry_min_ms), .initial = "5m", .least = 1, .most = 30 * DAY_MS,
	  .sentence = "Wait before the first retry; it grows from there." },
	{ "retry_max", SETTING_DURATION, AT(retry_max_ms), .initial = "4h", .least = 1, .most = 30 * DAY_MS,
	  .sentence = "Longest wait between retries." },
	{ "queue_life", SETTING_DURATION, AT(queue_life_ms), .initial = "5d", .least = 1, .most = 365 * DAY_MS,
	  .sentence = "After so long a message that cannot be delivered goes back to its sender." },

	{ "forwarders", SETTING_TEXTS, FORM_WORD, AT(forwarders),
	  .sentence = "Name servers to ask, as \"ADDRESS\" or \"ADDRESS@PORT\"; those of resolv.conf when not set." },
	{ "stub_zones", SETTING_GROUPS, OF(stub_zones, stub_zone_count), .group = &stub_zone_group,
	  .sentence = "Zones that are asked at servers of their own." },
	{ "trust_anchor_file", SETTING_TEXT, FORM_PATH, AT(trust_anchor_file),
	  .sentence = "DNSSEC trust anchor, as dns-root-data ships it." },

	{ "user", SETTING_TEXT, FORM_WORD, AT(user), .initial = "signet",
	  .sentence = "Whom the roles run as when signetd is started by root; \"\" is whoever started it." },
	{ "drop_group", SETTING_TEXT, FORM_WORD, AT(drop_group), .initial = "signetdrop",
	  .sentence = "The group that may write into the drop folder." },
	{ "spool", SETTING_TEXT, FORM_PATH, .early = true, AT(spool), .initial = PLACES_SPOOL,
	  .sentence = "Where the queue lies; a local file system." },
	{ "drop", SETTING_TEXT, FORM_PATH, .early = true, AT(drop),
	  .sentence = "Where messages wait while signetd does not answer; SPOOL/drop when not set." },
	{ "drop_program", SETTING_TEXT, FORM_PATH, .early = true, AT(drop_program), .initial = PREFIX "/sbin/signet-drop",
	  .sentence = "The program that writes there." },
	{ "socket", SETTING_TEXT, FORM_PATH, .early = true, AT(socket), .initial = "/run/signet/socket",
	  .sentence = "The submission socket." },
	{ "control", SETTING_TEXT, FORM_PATH, AT(control), .initial = "/run/signet/control",
	  .sentence = "The owner's socket." },
	{ "libexec", SETTING_TEXT, FORM_PATH, AT(libexec), .initial = PREFIX "/libexec/signet",
	  .sentence = "Where the roles' programs lie." },
	{ "log", SETTING_TEXT, FORM_LOG, AT(log), .initial = "syslog",
	  .sentence = "\"syslog\", \"stderr\" or a file." },
	{ "pickups", SETTING_COUNT, AT(pickups), .initial = "2", .least = 1, .most = 100,
	  .sentence = "Processes that read submissions." },
	{ "signers", SETTING_COUNT, AT(signers), .initial = "0", .most = 1000,
	  .sentence = "Processes that sign; 0 is one a core." },
	{ "time_scale", SETTING_SCALE, AT(time_scale), .initial = "1", .least = 1, .most = 1000 * MILLION,
	  .sentence = "Multiplies every network deadline; for tests." },

	{ "queue", SETTING_NONE, .later = true, .sentence = "delivery without a queue while the caller waits" },
	{ "timeout", SETTING_NONE, .later = true, .sentence = "the caller's wait in delivery without a queue" },
	{ "on_address_change", SETTING_NONE, .later = true, .sentence = "turning to a smarthost when this host's address changes" },
	{ "aliases", SETTING_NONE, .later = true, .sentence = "an aliases file; root is there" },
	{ "encode_8bit", SETTING_NONE, .later = true, .sentence = "re-encoding of 8-bit bodies" },
	{ "dot_unstuffing", SETTING_NONE, .later = true, .sentence = "taking a dot off lines that begin with two" },
};
#undef AT
#undef OF

const struct setting_group settings_table = GROUP_OF(rows, struct settings);

/* ---- texts ---- */

static void replace(char **at, char *with)
{
	free(*at);
	*at = with;
}

static bool is_printable(struct span s, bool blanks)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		if (c < 0x20 || c == 0x7f || (c == ' ' && !blanks))
			return false;
	}
	return true;
}

static bool is_path(struct span s)
{
	return s.len > 0 && s.len < PATH_MAX && s.at[0] == '/' && is_printable(s, true);
}

static bool is_one_of(struct span s, const char *a, const char *b)
{
	return span_eq(s, span_of(a)) || span_eq(s, span_of(b));
}

/* systemd.exec(5): a name that is a file's. */
static bool is_credential(struct span s)
{
	return span_starts_nocase(s, SPAN(SETTINGS_CREDENTIAL)) && s.len > sizeof SETTINGS_CREDENTIAL - 1 &&
	       is_printable(s, false) && memchr(s.at, '/', s.len) == NULL;
}

/* "*", or a domain behind "*." or bare. */
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

/* The text as it is kept, or NULL when it has not the row's form. An empty text is "not set". */
static char *text_in_form(enum setting_form form, struct span s)
{
	struct buf domain = { 0 };
	bool fits = false;

	if (s.len == 0)
		return mem_text_span(s);
	switch (form) {
	case FORM_ANY:
		fits = is_printable(s, true);
		break;
	case FORM_WORD:
		fits = is_printable(s, false);
		break;
	case FORM_PATH:
		fits = is_path(s);
		break;
	case FORM_LOG:
		fits = is_path(s) || is_one_of(s, "syslog", "stderr");
		break;
	case FORM_CANON:
		fits = is_one_of(s, "relaxed", "simple");
		break;
	case FORM_NOFWS:
		fits = is_one_of(s, "nofws", "simple");
		break;
	case FORM_FOREIGN:
		fits = is_one_of(s, "unsigned", "sender");
		break;
	case FORM_NO_KEY:
		fits = is_one_of(s, "send", "hold");
		break;
	case FORM_SECRET:
		fits = is_path(s) || is_credential(s);
		break;
	case FORM_PATTERN:
		return pattern_in_form(s);
	case FORM_DOMAIN:
		if (domain_normalise(s, &domain) == 0)
			return buf_take(&domain);
		buf_free(&domain);
		break;
	}
	return fits ? mem_text_span(s) : NULL;
}

static const char *const form_wants[] = {
	[FORM_ANY] = "a text without control characters",
	[FORM_WORD] = "a text without blanks",
	[FORM_DOMAIN] = "a domain name such as \"example.org\"",
	[FORM_PATH] = "a path that begins with /",
	[FORM_LOG] = "\"syslog\", \"stderr\" or a path that begins with /",
	[FORM_CANON] = "\"relaxed\" or \"simple\"",
	[FORM_NOFWS] = "\"nofws\" or \"simple\"",
	[FORM_FOREIGN] = "\"unsigned\" or \"sender\"",
	[FORM_NO_KEY] = "\"send\" or \"hold\"",
	[FORM_SECRET] = "a path that begins with /, or \"" SETTINGS_CREDENTIAL "NAME\"",
	[FORM_PATTERN] = "a domain name such as \"example.org\", \"*.example.org\" or \"*\"",
};

/* ---- the kinds: how a value is read, packed and given back ---- */

struct kind {
	bool (*parse)(const struct setting *row, void *at, struct span text);
	void (*pack)(const void *at, struct buf *out);
	void (*unpack)(void *at, struct unpack *u);
	void (*release)(void *at);
	const char *wants;   /* NULL: the form says it */
};

static bool text_parse(const struct setting *row, void *at, struct span text)
{
	char *kept = text_in_form(row->form, text);

	if (kept == NULL)
		return false;
	replace(at, kept);
	return true;
}

static void text_pack(const void *at, struct buf *out)
{
	pack_text(out, *(char *const *)at);
}

static void text_unpack(void *at, struct unpack *u)
{
	replace(at, unpack_text(u));
}

static void text_release(void *at)
{
	replace(at, NULL);
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

static void texts_pack(const void *at, struct buf *out)
{
	const struct text_list *list = at;

	pack_u32(out, (uint32_t)list->count);
	for (size_t i = 0; i < list->count; i++)
		pack_text(out, list->items[i]);
}

static void texts_unpack(void *at, struct unpack *u)
{
	struct text_list *list = at;
	uint32_t count = unpack_count(u, sizeof(uint32_t));

	text_list_free(list);
	list->items = mem_resize(NULL, count, sizeof *list->items);
	for (; list->count < count; list->count++)
		list->items[list->count] = unpack_text(u);
}

static void texts_release(void *at)
{
	text_list_free(at);
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "", 1 }, { "K", UINT64_C(1) << 10 }, { "M", MEBIBYTE }, { "G", GIBIBYTE },
};

static const struct unit duration_units[] = {
	{ "ms", 1 }, { "s", SECOND_MS }, { "m", MINUTE_MS }, { "h", HOUR_MS }, { "d", DAY_MS },
};

/* Digits and a unit of the table; nought needs no unit. */
static bool parse_with_unit(struct span text, const struct unit *units, size_t count, uint64_t *out)
{
	struct span digits = { text.at, 0 };
	unsigned long long number;

	while (digits.len < text.len && text.at[digits.len] >= '0' && text.at[digits.len] <= '9')
		digits.len++;
	struct span unit = { text.at + digits.len, text.len - digits.len };
	if (!span_number(digits, UINT64_MAX, &number))
		return false;
	*out = 0;
	if (number == 0 && unit.len == 0)
		return true;
	for (size_t i = 0; i < count; i++)
		if (span_eq_nocase(unit, span_of(units[i].name)))
			return !__builtin_mul_overflow(number, units[i].factor, out);
	return false;
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

static void port_pack(const void *at, struct buf *out)
{
	pack_u16(out, *(const uint16_t *)at);
}

static void port_unpack(void *at, struct unpack *u)
{
	*(uint16_t *)at = unpack_u16(u);
}

static bool count_parse(const struct setting *row, void *at, struct span text)
{
	uint64_t number;

	if (!plain_number(row, text, &number))
		return false;
	*(uint32_t *)at = (uint32_t)number;
	return true;
}

static void count_pack(const void *at, struct buf *out)
{
	pack_u32(out, *(const uint32_t *)at);
}

static void count_unpack(void *at, struct unpack *u)
{
	*(uint32_t *)at = unpack_u32(u);
}

static bool size_parse(const struct setting *row, void *at, struct span text)
{
	uint64_t number;

	if (!parse_with_unit(text, size_units, COUNT(size_units), &number) || !in_bounds(row, number))
		return false;
	*(uint64_t *)at = number;
	return true;
}

static void size_pack(const void *at, struct buf *out)
{
	pack_u64(out, *(const uint64_t *)at);
}

static void size_unpack(void *at, struct unpack *u)
{
	*(uint64_t *)at = unpack_u64(u);
}

static bool duration_parse(const struct setting *row, void *at, struct span text)
{
	uint64_t number;

	if (!parse_with_unit(text, duration_units, COUNT(duration_units), &number) || !in_bounds(row, number))
		return false;
	*(int64_t *)at = (int64_t)number;
	return true;
}

static void duration_pack(const void *at, struct buf *out)
{
	pack_i64(out, *(const int64_t *)at);
}

static void duration_unpack(void *at, struct unpack *u)
{
	*(int64_t *)at = unpack_i64(u);
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

static void scale_pack(const void *at, struct buf *out)
{
	pack_u64(out, (uint64_t)(*(const double *)at * MILLION + 0.5));
}

static void scale_unpack(void *at, struct unpack *u)
{
	*(double *)at = (double)unpack_u64(u) / MILLION;
}

static bool flag_parse(const struct setting *row, void *at, struct span text)
{
	(void)row;
	if (!is_one_of(text, "true", "false"))
		return false;
	*(bool *)at = span_eq(text, SPAN("true"));
	return true;
}

static void flag_pack(const void *at, struct buf *out)
{
	pack_u8(out, *(const bool *)at);
}

static void flag_unpack(void *at, struct unpack *u)
{
	*(bool *)at = unpack_u8(u) != 0;
}

static const char *const tls_names[] = { "none", "may", "encrypt", "verify", "dane" };

const char *tls_level_name(enum tls_level level)
{
	return tls_names[level];
}

static bool tls_parse(const struct setting *row, void *at, struct span text)
{
	(void)row;
	for (size_t i = 0; i < COUNT(tls_names); i++) {
		if (!span_eq(text, span_of(tls_names[i])))
			continue;
		*(enum tls_level *)at = (enum tls_level)i;
		return true;
	}
	return false;
}

static void tls_pack(const void *at, struct buf *out)
{
	pack_u8(out, (uint8_t)*(const enum tls_level *)at);
}

static void tls_unpack(void *at, struct unpack *u)
{
	uint8_t level = unpack_u8(u);

	u->bad |= level >= COUNT(tls_names);
	*(enum tls_level *)at = u->bad ? TLS_VERIFY : (enum tls_level)level;
}

static bool fallback_parse(const struct setting *row, void *at, struct span text)
{
	(void)row;
	if (!span_eq(text, SPAN("unreachable")))
		return false;
	unsigned *bits = at;
	*bits = (*bits & ~(unsigned)FALLBACK_UNSET) | FALLBACK_UNREACHABLE;
	return true;
}

static void fallback_pack(const void *at, struct buf *out)
{
	pack_u8(out, (uint8_t)*(const unsigned *)at);
}

static void fallback_unpack(void *at, struct unpack *u)
{
	*(unsigned *)at = unpack_u8(u);
}

static const struct kind kinds[] = {
	[SETTING_TEXT] = { text_parse, text_pack, text_unpack, text_release, NULL },
	[SETTING_TEXTS] = { texts_parse, texts_pack, texts_unpack, texts_release, NULL },
	[SETTING_PORT] = { port_parse, port_pack, port_unpack, NULL, "a port number" },
	[SETTING_COUNT] = { count_parse, count_pack, count_unpack, NULL, "a number" },
	[SETTING_SIZE] = { size_parse, size_pack, size_unpack, NULL, "a size such as \"25M\" (K, M, G, or bytes)" },
	[SETTING_DURATION] = { duration_parse, duration_pack, duration_unpack, NULL,
	                       "a time such as \"5m\" (ms, s, m, h, d)" },
	[SETTING_SCALE] = { scale_parse, scale_pack, scale_unpack, NULL, "a number such as 0.05" },
	[SETTING_FLAG] = { flag_parse, flag_pack, flag_unpack, NULL, "true or false" },
	[SETTING_TLS] = { tls_parse, tls_pack, tls_unpack, NULL, "\"none\", \"may\", \"encrypt\" or \"verify\"" },
	[SETTING_FALLBACK] = { fallback_parse, fallback_pack, fallback_unpack, NULL, "\"unreachable\"" },
	[SETTING_GROUPS] = { .wants = "a list of groups: ( { ... }, { ... } )" },
	[SETTING_GROUP] = { .wants = "a group: { ... }" },
	[SETTING_INSIDE] = { .wants = "a group: { ... }" },
	[SETTING_NONE] = { 0 },
};

const char *setting_wants(const struct setting *row)
{
	const char *wants = kinds[row->kind].wants;

	return wants ? wants : form_wants[row->form];
}

/* ---- rows and groups of them ---- */

static void *field_of(const struct setting *row, void *group)
{
	return (char *)group + row->offset;
}

static const void *const_field_of(const struct setting *row, const void *group)
{
	return (const char *)group + row->offset;
}

static size_t *count_of(const struct setting *row, void *group)
{
	return (size_t *)(void *)((char *)group + row->count_offset);
}

/* The array's pointer has its own type in the struct, so it is copied, not aliased. */
static char *elements_of(const struct setting *row, const void *group)
{
	char *elements;

	memcpy(&elements, const_field_of(row, group), sizeof elements);
	return elements;
}

static void begin_group(const struct setting_group *table, void *group)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_INSIDE)
			begin_group(row->group, group);
		else if (row->kind == SETTING_FALLBACK)
			*(unsigned *)field_of(row, group) = FALLBACK_UNSET;
		else if (row->initial || row->kind == SETTING_TEXT)
			if (setting_set(row, group, span_of(row->initial), NULL) < 0)
				abort();
	}
}

static void free_group(const struct setting_group *table, void *group);

static void free_elements(const struct setting *row, void *group)
{
	char *elements = elements_of(row, group);
	size_t *count = count_of(row, group);

	for (size_t i = 0; i < *count; i++)
		free_group(row->group, elements + i * row->group->bytes);
	free(elements);
	elements = NULL;
	memcpy(field_of(row, group), &elements, sizeof elements);
	*count = 0;
}

static void free_group(const struct setting_group *table, void *group)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_INSIDE)
			free_group(row->group, group);
		else if (row->kind == SETTING_GROUPS)
			free_elements(row, group);
		else if (kinds[row->kind].release)
			kinds[row->kind].release(field_of(row, group));
	}
}

static void pack_group(const struct setting_group *table, const void *group, struct buf *out);

static void pack_elements(const struct setting *row, const void *group, struct buf *out)
{
	const char *elements = elements_of(row, group);
	size_t count;

	memcpy(&count, (const char *)group + row->count_offset, sizeof count);
	pack_u32(out, (uint32_t)count);
	for (size_t i = 0; i < count; i++)
		pack_group(row->group, elements + i * row->group->bytes, out);
}

static void pack_group(const struct setting_group *table, const void *group, struct buf *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_INSIDE)
			pack_group(row->group, group, out);
		else if (row->kind == SETTING_GROUPS)
			pack_elements(row, group, out);
		else if (kinds[row->kind].pack)
			kinds[row->kind].pack(const_field_of(row, group), out);
	}
}

static void unpack_group(const struct setting_group *table, void *group, struct unpack *u)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->kind == SETTING_INSIDE) {
			unpack_group(row->group, group, u);
		} else if (row->kind == SETTING_GROUPS) {
			uint32_t count = unpack_count(u, sizeof(uint32_t));
			while (count-- > 0 && !u->bad)
				unpack_group(row->group, setting_add_group(row, group), u);
		} else if (kinds[row->kind].unpack) {
			kinds[row->kind].unpack(field_of(row, group), u);
		}
	}
}

void *setting_add_group(const struct setting *row, void *group)
{
	size_t *count = count_of(row, group);
	char *elements = mem_resize(elements_of(row, group), *count + 1, row->group->bytes);
	char *added = elements + *count * row->group->bytes;

	memcpy(field_of(row, group), &elements, sizeof elements);
	++*count;
	memset(added, 0, row->group->bytes);
	begin_group(row->group, added);
	return added;
}

static bool is_number(enum setting_kind kind)
{
	return kind == SETTING_PORT || kind == SETTING_COUNT;
}

int setting_set(const struct setting *row, void *group, struct span text, struct fault *f)
{
	const struct kind *kind = &kinds[row->kind];
	struct buf shown = { 0 };
	char bounds[64] = "";

	if (kind->parse && kind->parse(row, field_of(row, group), text))
		return 0;
	if (is_number(row->kind))
		snprintf(bounds, sizeof bounds, " from %llu to %llu", (unsigned long long)row->least,
		         (unsigned long long)row->most);
	buf_add_span(&shown, text);
	fault_set(f, FAULT_PERMANENT, "4.3.5", "%s wants %s%s, not \"%.100s\"", row->name, setting_wants(row), bounds,
	          buf_text(&shown));
	buf_free(&shown);
	return -1;
}

void setting_clear(const struct setting *row, void *group)
{
	if (row->kind == SETTING_TEXTS)
		text_list_free(field_of(row, group));
	else if (row->kind == SETTING_FALLBACK)
		*(unsigned *)field_of(row, group) = 0;
}

/* ---- the whole ---- */

void settings_begin(struct settings *s)
{
	*s = (struct settings){ 0 };
	begin_group(&settings_table, s);
}

/* A kernel's name that is no domain name ("(none)") would make a HELO that servers refuse. */
static char *kernel_hostname(void)
{
	char name[256] = "";
	struct buf domain = { 0 };

	if (gethostname(name, sizeof name - 1) == 0 && domain_normalise(span_of(name), &domain) == 0 && domain.len > 0)
		return buf_take(&domain);
	buf_free(&domain);
	return mem_text("localhost");
}

static void complete_fallback(struct route_rule *r)
{
	if (r->fallback_on & FALLBACK_UNSET)
		r->fallback_on = r->via.count > 1 ? FALLBACK_UNREACHABLE : 0;
}

/* The kernel's hostname is a guess; one that was set, or a key, says that this host is meant to send. */
static void complete_default_via(struct settings *s)
{
	if (s->route_count > 0 || s->default_via.count > 0)
		return;
	if (s->smarthost_count == 1)
		text_list_add(&s->default_via, span_of(s->smarthosts[0].name));
	else if (s->smarthost_count == 0 && (s->hostname[0] != '\0' || s->dkim_count > 0))
		text_list_add(&s->default_via, SPAN("mx"));
}

void settings_complete(struct settings *s)
{
	complete_default_via(s);
	if (s->hostname[0] == '\0')
		replace(&s->hostname, kernel_hostname());
	if (s->domain[0] == '\0')
		replace(&s->domain, mem_text(s->hostname));
	if (s->drop[0] == '\0') {
		struct buf drop = { 0 };
		buf_printf(&drop, "%s/drop", s->spool);
		replace(&s->drop, buf_take(&drop));
	}
	for (size_t i = 0; i < s->route_count; i++)
		complete_fallback(&s->routes[i]);
}

void settings_defaults(struct settings *s)
{
	settings_begin(s);
	settings_complete(s);
}

void settings_free(struct settings *s)
{
	free_group(&settings_table, s);
	*s = (struct settings){ 0 };
}

void settings_pack(const struct settings *s, struct buf *out)
{
	pack_group(&settings_table, s, out);
}

int settings_unpack(struct span in, struct settings *out)
{
	struct unpack u = unpack_from(in);

	settings_begin(out);
	unpack_group(&settings_table, out, &u);
	if (unpack_ok(&u))
		return 0;
	settings_free(out);
	return -1;
}

const struct smarthost *settings_smarthost(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->smarthost_count; i++)
		if (strcmp(s->smarthosts[i].name, name) == 0)
			return &s->smarthosts[i];
	return NULL;
}

bool settings_is_local(const struct settings *s, struct span domain)
{
	domain = domain_without_dot(domain);
	for (size_t i = 0; i < s->local_domains.count; i++)
		if (span_eq_nocase(domain, span_of(s->local_domains.items[i])))
			return true;
	return span_eq_nocase(domain, SPAN("localhost"));
}
