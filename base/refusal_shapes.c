#include "base/refusal_shapes.h"

#include <stdio.h>
#include <string.h>

/* ---- words ---- */

#define WORDS(...) (const char *const[]){ __VA_ARGS__, NULL }

/*
 * As refusal_text_has takes them. Gathered from what servers are known to say:
 * the replies in tests/base/refusal_replies.h, each with its source.
 */
static const struct { uint64_t groups; const char *const *words; } spoken[] = {
	/* the connecting host */
	{ OUR_HOST, WORDS("\bfrom " OUR_ADDRESS_MARK, "\bhost " OUR_ADDRESS_MARK, "\bserver " OUR_ADDRESS_MARK,
	  "\bip " OUR_ADDRESS_MARK, "\bip: " OUR_ADDRESS_MARK, "\bsender " OUR_ADDRESS_MARK, OUR_ADDRESS_MARK " is",
	  OUR_ADDRESS_MARK " has", OUR_ADDRESS_MARK " reject", OUR_ADDRESS_MARK " refus", OUR_ADDRESS_MARK " denied",
	  OUR_ADDRESS_MARK " not", OUR_ADDRESS_MARK " block", OUR_ADDRESS_MARK " list", OUR_ADDRESS_MARK " black",
	  OUR_ADDRESS_MARK " found", OUR_ADDRESS_MARK " on ", "\bips\b", "ip's\b", "your ip", "this ip", "sending ip",
	  "sender ip", "sender's ip", "source ip", "client ip", "connecting ip", "ip address", "ip-address",
	  "adresse ip", "\bip is", "\bip has", "\bip was", "\bip block", "\bip black", "\bip list", "\bip temp",
	  "\bip reject", "\bbad ip", "invalid ip", "your server", "your mail server", "your mailserver", "your host",
	  "your network", "your mta", "netblock", "client host", "client address", "client [", "client (",
	  "connecting host", "connecting server", "connecting client", "sending host", "sending server", "sending mta",
	  "sending mail server", "sending system", "mail server at", "remote host", "remotehost", "this host",
	  "from mail server", "hosts with", "servers with", "connections from") },
	{ OUR_MARK, WORDS(OUR_ADDRESS_MARK, "\bip\b") },
	{ NOT_OURS, WORDS(OTHER_ADDRESS_MARK, "subject:", "the text") },

	/* lists of addresses, and being on one */
	{ LIST, WORDS("spamhaus", "\bsbl\b", "\bxbl\b", "\bpbl\b", "spamcop", "barracuda", "\bsorbs\b", "abuseat",
	  "\bcbl\b", "uceprotect", "\bpsbl\b", "mailspike", "spamrats", "hostkarma", "junkemailfilter", "senderscore",
	  "sender score", "cloudmark", "invaluement", "ivmsip", "nixspam", "manitu", "backscatterer", "spfbl",
	  "dronebl", "gbudb", "spamrl", "cobion", "mail-abuse", "trend micro", "senderbase", "talosintelligence",
	  "abusix", "0spam", "\bwpbl\b", "\bdrbl\b", "countries.nerd.dk", "unsubscore", "lashback", "blocklist.de",
	  "ipremoval", "threat list", "dnsbl", "\bdnsrbl\b", "\brbl", "rbl\b", "realtime block", "real-time block",
	  "dns blacklist", "dns block list", "dns blocklist", "ordb") },
	{ LISTED, WORDS("listed", "blacklist", "black list", "block list", "blocklist", "denylist", "blocked",
	  "blocking", "banned", "spammer", "sending spam", "too much spam", "\babusive", "hacked", "compromised",
	  "zombi", "intrusion prevention", "botnet", "found in", "found on", "bloquee", "gesperrt", "is in the",
	  "is in a", "bl entry", "due to abuse", "for abuse", "abuse from", "abus detecte") },
	{ OUR_HOST | LISTED, WORDS("bad ip", "bad sender ip", "open proxy", "is an open relay", "is open relay",
	  "ip subnet") },
	{ REPUTATION, WORDS("reputation", "untrusted") },
	{ REPUTATION | OUR_HOST, WORDS("spam source") },
	{ DYNAMIC, WORDS("dynamic", "dial-up", "dialup", "dial up", "residential", "generic dns", "generic rdns",
	  "generic reverse", "\bdul\b") },
	{ DYNAMIC | OUR_HOST, WORDS("(dial)", "smtp server of your isp", "use your isp", "through your isp",
	  "via your isp", "your isp's", "provider's mail server", "provider's smtp", "smtp of your provider") },
	{ COUNTRY, WORDS("geoip", "geo-ip", "geo ip", "geoblock", "geo-block", "geographic", "geolocation", "\bcountry",
	  "\bcountries\b") },
	{ PTR, WORDS("\bptr\b", "reverse dns", "reverse-dns", "\brdns\b", "reverse lookup", "reverse name",
	  "reverse host", "reverse mapping", "reverse resol", "reverse address", "reverse record", "reverse ip",
	  "ip name lookup", "resolve your address", "find your hostname", "find your reverse", "ip must resolve",
	  "no reverse", "your ip to a name") },

	/* no */
	{ DENIED, WORDS("denied", "reject", "refuse", "not allowed", "not accept", "not permitted", "not authori",
	  "unauthori", "forbidden", "prohibit", "not taken", "disallow", "not currently accepting", "no access",
	  "won't accept", "don't accept", "go away", "unwanted", "unacceptable") },

	/* the sender */
	{ AUTHENTICATION, WORDS("\bspf\b", "dkim", "dmarc", "unauthenticated email", "unauthenticated mail") },
	{ SENDER, WORDS("domain " OUR_ADDRESS_MARK, "sender address", "sender's address", "sender domain",
	  "sender's domain", "sending domain", "your domain", "mailfrom", "mail from domain", "from domain", "envelope",
	  "your email address", "your e-mail address", "from:", "from address", "sender is on", "sender is reject",
	  "sender is not", "sender is spam", "sender rejected", "sender denied", "sender not", "this sender",
	  "invalid sender", "sender email", "verification failed for", "sender verif", "sender has",
	  "message from rejected", "unrouteable mail domain", "rhsbl", "user in blacklist", "domain*banned",
	  "the domain*listed", "the email is", "domain is", "domain listed") },
	{ NOT_FOUND, WORDS("does not exist", "not found", "not resolve", "be resolved", "resolve fail", "must exist",
	  "must resolve", "no mx", "mx dns records", "valid mx", "dns entry", "domain is invalid", "non-exist",
	  "nonexist", "does not match", "unresolvable") },
	{ HELO, WORDS("\bhelo\b", "\behlo\b") },
	{ HELO | DENIED, WORDS("bad helo", "invalid helo", "helo invalid", "wrong*helo") },
	{ SENDER | DENIED, WORDS("doesn't want your mail") },

	/* the mail */
	{ CONTENT, WORDS("content", "\bbody\b", "attachment", "header", "rfc 5322", "rfc 2822", "rfc5322", "rfc2822",
	  "message contains", "malformed", "phish", "message filtered", "linefeed") },
	{ SPAM, WORDS("is spam", "as spam", "spam message", "spam detected", "spam content", "spam score",
	  "spam pattern", "spam rejected", "spam refused", "spam not accepted", "suspicion of spam", "spam prob",
	  "considered spam", "looks like spam", "appears to be spam", "spam or virus", "contains spam", "unsolicited",
	  "\bube\b", "bulk", "- spam", "spam-like", "mcspamsignature", "spamassassin", "probability", "spam scale") },
	{ VIRUS, WORDS("virus", "malware", "trojan", "infected message") },
	{ LINK, WORDS("\burl", "\buri\b") },
	{ TOO_LARGE, WORDS("message size", "email size", "too large", "too big", "maximum size", "size limit",
	  "size exceeds") },
	{ LOOP, WORDS("too many hops", "hop count", "exceeded ## hops", "mail loop", "routing loop", "is looping",
	  "loops back", "many received", "'received:'") },

	/* how much */
	{ RATE, WORDS("too many connections", "too many concurrent", "too many sessions", "too many smtp sessions",
	  "concurrent connections", "concurrent smtp", "connection rate", "rate limit\b", "rate-limit\b",
	  "frequency limited", "slow down", "slower", "too quickly", "too fast", "throttl", "excessive volume",
	  "too much mail", "connection limit", "too many messages", "messages per connection", "message per connection",
	  "messages per session", "this hour", "per hour", "receiving mail at a rate", "maximum number of connections", "too many emails", "too busy", "overload",
	  "submission rate", "too many mails") },
	{ RATE | ALLOWANCE, WORDS("sending limit", "sending quota", "daily*limit", "daily*quota",
	  "exceeded its quota for sending", "quota for sending") },
	{ RECIPIENTS, WORDS("too many recipients", "number of recipients") },
	{ GREYLISTING, WORDS("greylist", "graylist", "grey-list", "grey list", "gray list", "gray-list",
	  "temporarily rejected. try again later", "- gl/gl") },
	{ LATER, WORDS("greylist", "graylist", "grey-list", "try again", "try later", "retry later", "please retry",
	  "come back", "temporar", "plus tard", "spaeter erneut") },

	/* the recipient */
	{ RELAY, WORDS("relay access", "relaying", "relay denied", "to relay", "as a relay", "not relay", "relay not",
	  "relay mail", "relay of mail", "not an open relay", "rcpthosts", "\brelays ") },
	{ LOGIN, WORDS("authentication required", "requires authentication", "authentication is required", "smtp auth",
	  "must authenticate", "authenticate first", "not authenticated", "authentification requise") },
	{ FULL, WORDS("over quota", "overquota", "quota exceeded", "exceed*quota", "full mailbox", "mailbox full",
	  "mailbox is full", "mailbox limit", "storage allocation", "inbox is full", "mailbox size", "account is full",
	  "destinataire pleine", "out of quota", "storage space", "storage full") },
	{ MAILBOX, WORDS("user unknown", "unknown user", "no such user", "no such recipient", "no such mailbox",
	  "no such account", "user does not exist", "recipient address does not exist", "mailbox does not exist",
	  "recipient not found", "recipientnotfound", "mailbox not found", "user not found", "account not found",
	  "mailbox unavailable", "invalid mailbox", "invalid recipient\b", "recipient unknown", "unknown recipient",
	  "addressee unknown", "unrouteable address", "no mailbox", "not in recipient list", "null mx",
	  "mailbox is not allowed", "address unknown", "unknown address", "not a valid user", "destinataire invalide",
	  "not a known user", "recipient does not exist", "email address does not exist") },
	{ CLOSED, WORDS("inactive user", "expired account", "account closed", "account is closed",
	  "account has been disabled", "account is disabled", "account disabled", "mailbox disabled",
	  "account has been suspended", "user inactive", "account inactive", "account is unavailable",
	  "user suspended") },
	{ RECIPIENT, WORDS("recipient", "receiver") },

	/* the session */
	{ TLS, WORDS("encryption required", "requires encryption", "requires tls", "tls required", "tls is required",
	  "tls*connection required", "starttls is required", "starttls first", "starttls command first",
	  "encryption needed") },
	{ SYNTAX, WORDS("syntax error", "syntax:", "unrecognized", "unknown command", "not implemented", "bad sequence",
	  "out of order", "not recognized") },
};

/* ---- our address in a link ---- */

/* "http://bl.example/?ip=" and our address: a word that holds both, and names a list. */
static bool is_lookup(struct span word)
{
	static const char *const signs[] = {
		"bl", "list", "spam", "lookup", "look-up", "reput", "remov", "query", "senderscore", "abuse", "barracuda",
	};
	const char *mark = memchr(word.at, OUR_ADDRESS_MARK[0], word.len);

	if (!mark || !memchr(word.at, '/', (size_t)(mark - word.at)))
		return false;
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (memmem(word.at, word.len, signs[i], strlen(signs[i])))
			return true;
	return false;
}

static bool has_lookup(const struct refusal_text *t)
{
	struct span rest = { t->text, t->len };

	while (rest.at)
		if (is_lookup(span_cut(&rest, ' ')))
			return true;
	return false;
}

static bool says_one_of(const struct refusal_text *t, const char *const *words)
{
	for (; *words; words++)
		if (refusal_text_has(t, *words))
			return true;
	return false;
}

uint64_t refusal_words_in(const struct refusal_text *text)
{
	struct refusal_text t;
	uint64_t found = 0;

	refusal_text_plain(text, &t);
	for (size_t i = 0; i < sizeof spoken / sizeof spoken[0]; i++)
		if ((found & spoken[i].groups) != spoken[i].groups && says_one_of(&t, spoken[i].words))
			found |= spoken[i].groups;
	return found | (has_lookup(text) ? LOOKUP : 0);
}

/* ---- shapes ---- */

struct shape {
	uint64_t all, any, none;  /* groups; any: one of them, 0 for whatever */
	const char *reason;
	char class;               /* '4', '5', or 0 for both */
	bool at_greeting;         /* only there: the server knows nothing but our address */
};

#define ABOUT_THE_MAIL (SENDER | CONTENT | SPAM | VIRUS | LINK | HELO)

static const struct shape first_shapes[] = {
	{ .all = GREYLISTING, .reason = "greylisting" },
	{ .all = RATE | ALLOWANCE, .none = REPUTATION | LIST | PTR | DYNAMIC | AUTHENTICATION | CONTENT | SPAM,
	  .reason = "sending-limit" },
	{ .all = RATE, .none = REPUTATION | LIST | PTR | DYNAMIC | AUTHENTICATION | CONTENT | SPAM, .reason = "rate" },
};

static const struct shape shapes[] = {
	/* ---- the address ---- */
	{ .all = LOOKUP, .none = NOT_OURS | LINK | SENDER, .reason = "listed" },
	{ .all = PTR, .none = AUTHENTICATION | NOT_OURS, .reason = "no-ptr" },
	{ .all = PTR | OUR_HOST, .reason = "no-ptr" },
	{ .all = DYNAMIC, .any = OUR_HOST | OUR_MARK, .none = SENDER | CONTENT | LINK, .reason = "dynamic" },
	{ .all = COUNTRY, .any = DENIED | LISTED, .none = SENDER | LINK | CONTENT, .reason = "country" },
	{ .all = REPUTATION, .any = OUR_HOST | OUR_MARK, .none = SENDER | CONTENT | LINK | VIRUS, .reason = "distrusted" },
	{ .all = OUR_HOST | LISTED, .none = ABOUT_THE_MAIL, .reason = "listed" },
	{ .all = OUR_MARK | LISTED, .none = ABOUT_THE_MAIL | RECIPIENT | MAILBOX, .reason = "listed" },
	{ .all = LIST, .any = LISTED | DENIED, .none = (ABOUT_THE_MAIL & ~SPAM) | NOT_OURS, .reason = "listed" },
	{ .all = OUR_MARK | NOT_FOUND, .none = ABOUT_THE_MAIL | MAILBOX | RELAY | RECIPIENT, .reason = "no-ptr" },

	/* ---- the mail and its sender ---- */
	{ .all = VIRUS, .none = SPAM, .reason = "virus", .class = '5' },
	{ .all = LINK, .any = DENIED | LISTED, .reason = "link" },
	{ .all = SENDER | NOT_FOUND, .reason = "sender-domain" },
	{ .all = HELO, .any = DENIED | NOT_FOUND, .reason = "helo" },

	/* ---- the recipient, and how much ---- */
	{ .all = LOGIN, .reason = "login-wanted" },
	{ .all = RELAY, .reason = "relay" },
	{ .all = LOOP, .reason = "loop" },
	{ .all = FULL, .reason = "mailbox-full" },
	{ .all = TOO_LARGE, .reason = "size" },
	{ .all = RECIPIENTS, .reason = "recipients" },
	{ .all = MAILBOX, .reason = "no-mailbox", .class = '5' },
	{ .all = CLOSED, .reason = "mailbox-closed", .class = '5' },
	{ .all = SPAM, .reason = "spam", .class = '5' },
	{ .all = SENDER | REPUTATION, .reason = "domain-distrusted" },
	{ .all = SENDER, .any = DENIED | LISTED, .reason = "sender-refused" },
	{ .all = CONTENT, .reason = "content", .class = '5' },
	{ .all = TLS, .reason = "tls" },
	{ .all = RATE, .reason = "rate" },
	{ .all = SYNTAX, .reason = "protocol", .class = '5' },

	/* ---- the address, where nothing else is said ---- */
	{ .all = OUR_HOST | DENIED, .none = NOT_OURS | RECIPIENT, .reason = "refused-host", .class = '5' },
	{ .all = OUR_HOST | DENIED, .none = NOT_OURS | RECIPIENT | LATER, .reason = "refused-host", .class = '4' },
	{ .any = DENIED | LISTED | REPUTATION, .none = LATER, .reason = "refused-host", .class = '5', .at_greeting = true },
};

/* As one does who has heard more than an address. */
static bool speaks_of_mail(const struct refusal_text *t)
{
	return says_one_of(t, WORDS("message", "sender", "recipient", "mailbox", "\buser"));
}

/* At the greeting only 554 is said to a client; 521 says that the server takes no mail at all (RFC 7504). */
static bool fits(const struct shape *s, uint64_t in, const struct refusal_heard *heard, const struct refusal_text *t)
{
	if (s->class && heard->code / 100 != (unsigned)(s->class - '0'))
		return false;
	if (s->at_greeting && (heard->step != STEP_CONNECTION || heard->code != 554 || speaks_of_mail(t)))
		return false;
	return (in & s->all) == s->all && (s->any == 0 || (in & s->any) != 0) && (in & s->none) == 0;
}

static const char *first_that_fits(const struct shape *of, size_t rows, uint64_t in, const struct refusal_heard *heard,
                                   const struct refusal_text *t)
{
	for (size_t i = 0; i < rows; i++)
		if (fits(&of[i], in, heard, t))
			return of[i].reason;
	return NULL;
}

const char *refusal_shape_first(uint64_t in, const struct refusal_heard *heard, const struct refusal_text *t)
{
	return first_that_fits(first_shapes, sizeof first_shapes / sizeof first_shapes[0], in, heard, t);
}

const char *refusal_shape(uint64_t in, const struct refusal_heard *heard, const struct refusal_text *t)
{
	return first_that_fits(shapes, sizeof shapes / sizeof shapes[0], in, heard, t);
}

/* ---- the status ---- */

/* RFC 3463 section 3 and the registry of RFC 5248; those that mean nothing certain are left out. */
const char *refusal_status_says(const char *status, unsigned code)
{
	static const struct { const char *code, *status, *reason; } rows[] = {
		{ "5##", "5.1.1", "no-mailbox" }, { "5##", "5.1.6", "mailbox-closed" }, { "", "#.1.8", "sender-domain" },
		{ "5##", "5.1.10", "no-mailbox" }, { "5##", "5.2.1", "mailbox-closed" }, { "", "#.2.2", "mailbox-full" },
		{ "", "#.2.3", "size" }, { "", "#.3.4", "size" }, { "", "#.4.6", "loop" }, { "", "#.5.3", "recipients" },
		{ "5##", "5.5.1", "protocol" }, { "5##", "5.5.2", "protocol" }, { "5##", "5.5.4", "protocol" },
		{ "5##", "5.6.0", "form" }, { "", "#.7.10", "tls" }, { "", "#.7.11", "tls" }, { "", "#.7.20", "dkim" },
		{ "", "#.7.21", "dkim" }, { "", "#.7.22", "dkim" }, { "", "#.7.23", "spf" }, { "", "#.7.24", "spf" },
		{ "", "#.7.25", "no-ptr" }, { "", "#.7.26", "unproved" }, { "", "#.7.27", "sender-domain" },
		{ "523", "", "tls" }, { "538", "", "tls" }, { "530", "", "login-wanted" }, { "500", "", "protocol" },
		{ "502", "", "protocol" }, { "503", "", "protocol" }, { "504", "", "protocol" },
	};
	char digits[4];

	snprintf(digits, sizeof digits, "%03u", code % 1000);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (refusal_code_fits(rows[i].code, digits) && refusal_code_fits(rows[i].status, status))
			return rows[i].reason;
	return NULL;
}
