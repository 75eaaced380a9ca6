#include "base/refusal_shapes.h"

#include <stdio.h>
#include <string.h>

/* ---- words ---- */

struct word {
	uint64_t of;
	const char *text;         /* as refusal_text_has takes it */
};

/*
 * Gathered from what servers are known to say: the replies in
 * tests/base/refusal_test.c, each with its source.
 */
static const struct word words[] = {
	/* the connecting host */
	{ OUR_HOST, "\bfrom " OUR_ADDRESS_MARK }, { OUR_HOST, "\bhost " OUR_ADDRESS_MARK },
	{ OUR_HOST, "\bserver " OUR_ADDRESS_MARK }, { OUR_HOST, "\bip " OUR_ADDRESS_MARK },
	{ OUR_HOST, "\bip: " OUR_ADDRESS_MARK }, { OUR_HOST, "\bsender " OUR_ADDRESS_MARK },
	{ OUR_HOST, OUR_ADDRESS_MARK " is" }, { OUR_HOST, OUR_ADDRESS_MARK " has" },
	{ OUR_HOST, OUR_ADDRESS_MARK " reject" }, { OUR_HOST, OUR_ADDRESS_MARK " refus" },
	{ OUR_HOST, OUR_ADDRESS_MARK " denied" }, { OUR_HOST, OUR_ADDRESS_MARK " not" },
	{ OUR_HOST, OUR_ADDRESS_MARK " block" }, { OUR_HOST, OUR_ADDRESS_MARK " list" },
	{ OUR_HOST, OUR_ADDRESS_MARK " black" }, { OUR_HOST, OUR_ADDRESS_MARK " found" },
	{ OUR_HOST, OUR_ADDRESS_MARK " on " }, { OUR_MARK, OUR_ADDRESS_MARK }, { OUR_MARK, "\bip\b" },
	{ OUR_HOST, "\bips\b" }, { OUR_HOST, "ip's\b" }, { OUR_HOST, "your ip" }, { OUR_HOST, "this ip" },
	{ OUR_HOST, "sending ip" }, { OUR_HOST, "sender ip" }, { OUR_HOST, "sender's ip" }, { OUR_HOST, "source ip" },
	{ OUR_HOST, "client ip" }, { OUR_HOST, "connecting ip" }, { OUR_HOST, "ip address" }, { OUR_HOST, "ip-address" },
	{ OUR_HOST, "adresse ip" }, { OUR_HOST, "\bip is" }, { OUR_HOST, "\bip has" }, { OUR_HOST, "\bip was" },
	{ OUR_HOST, "\bip block" }, { OUR_HOST, "\bip black" }, { OUR_HOST, "\bip list" }, { OUR_HOST, "\bip temp" },
	{ OUR_HOST, "\bip reject" }, { OUR_HOST, "\bbad ip" }, { OUR_HOST, "invalid ip" },
	{ NOT_OURS, OTHER_ADDRESS_MARK }, { NOT_OURS, "subject:" }, { NOT_OURS, "the text" }, { OUR_HOST, "your server" },
	{ OUR_HOST, "your mail server" }, { OUR_HOST, "your mailserver" }, { OUR_HOST, "your host" },
	{ OUR_HOST, "your network" }, { OUR_HOST, "your mta" }, { OUR_HOST, "netblock" }, { OUR_HOST, "client host" },
	{ OUR_HOST, "client address" }, { OUR_HOST, "client [" }, { OUR_HOST, "client (" },
	{ OUR_HOST, "connecting host" }, { OUR_HOST, "connecting server" }, { OUR_HOST, "connecting client" },
	{ OUR_HOST, "sending host" }, { OUR_HOST, "sending server" }, { OUR_HOST, "sending mta" },
	{ OUR_HOST, "sending mail server" }, { OUR_HOST, "sending system" }, { OUR_HOST, "mail server at" },
	{ OUR_HOST, "remote host" }, { OUR_HOST, "remotehost" }, { OUR_HOST, "this host" },
	{ OUR_HOST, "from mail server" }, { OUR_HOST, "hosts with" }, { OUR_HOST, "servers with" },
	{ OUR_HOST, "connections from" },

	/* lists of addresses, and being on one */
	{ LIST, "spamhaus" }, { LIST, "\bsbl\b" }, { LIST, "\bxbl\b" }, { LIST, "\bpbl\b" }, { LIST, "spamcop" },
	{ LIST, "barracuda" }, { LIST, "\bsorbs\b" }, { LIST, "abuseat" }, { LIST, "\bcbl\b" }, { LIST, "uceprotect" },
	{ LIST, "\bpsbl\b" }, { LIST, "mailspike" }, { LIST, "spamrats" }, { LIST, "hostkarma" },
	{ LIST, "junkemailfilter" }, { LIST, "senderscore" }, { LIST, "sender score" }, { LIST, "cloudmark" },
	{ LIST, "invaluement" }, { LIST, "ivmsip" }, { LIST, "nixspam" }, { LIST, "manitu" }, { LIST, "backscatterer" },
	{ LIST, "spfbl" }, { LIST, "dronebl" }, { LIST, "gbudb" }, { LIST, "spamrl" }, { LIST, "cobion" },
	{ LIST, "mail-abuse" }, { LIST, "trend micro" }, { LIST, "senderbase" }, { LIST, "talosintelligence" },
	{ LIST, "abusix" }, { LIST, "0spam" }, { LIST, "\bwpbl\b" }, { LIST, "\bdrbl\b" }, { LIST, "countries.nerd.dk" },
	{ LIST, "unsubscore" }, { LIST, "lashback" }, { LIST, "blocklist.de" }, { LIST, "ipremoval" },
	{ LIST, "threat list" }, { LIST, "dnsbl" }, { LIST, "\bdnsrbl\b" }, { LIST, "\brbl" }, { LIST, "rbl\b" },
	{ LIST, "realtime block" }, { LIST, "real-time block" }, { LIST, "dns blacklist" }, { LIST, "dns block list" },
	{ LIST, "dns blocklist" }, { LISTED, "listed" }, { LISTED, "blacklist" }, { LISTED, "black list" },
	{ LISTED, "block list" }, { LISTED, "blocklist" }, { LISTED, "denylist" }, { LISTED, "blocked" },
	{ LISTED, "blocking" }, { LISTED, "banned" }, { LISTED, "spammer" }, { LISTED, "sending spam" },
	{ LISTED, "too much spam" }, { LISTED, "\babusive" }, { LISTED, "hacked" }, { LISTED, "compromised" },
	{ LISTED, "zombi" }, { LISTED, "intrusion prevention" }, { LISTED, "botnet" }, { LISTED, "found in" },
	{ LISTED, "found on" }, { LISTED, "bloquee" }, { LISTED, "gesperrt" }, { OUR_HOST | LISTED, "bad ip" },
	{ OUR_HOST | LISTED, "bad sender ip" }, { OUR_HOST | LISTED, "open proxy" },
	{ OUR_HOST | LISTED, "is an open relay" }, { OUR_HOST | LISTED, "is open relay" }, { REPUTATION, "reputation" },
	{ REPUTATION, "untrusted" }, { REPUTATION | OUR_HOST, "spam source" }, { DYNAMIC, "dynamic" },
	{ DYNAMIC, "dial-up" }, { DYNAMIC, "dialup" }, { DYNAMIC, "dial up" }, { DYNAMIC, "residential" },
	{ DYNAMIC, "generic dns" }, { DYNAMIC, "generic rdns" }, { DYNAMIC, "generic reverse" }, { DYNAMIC, "\bdul\b" },
	{ DYNAMIC | OUR_HOST, "(dial)" }, { DYNAMIC | OUR_HOST, "smtp server of your isp" },
	{ DYNAMIC | OUR_HOST, "use your isp" }, { DYNAMIC | OUR_HOST, "through your isp" },
	{ DYNAMIC | OUR_HOST, "via your isp" }, { DYNAMIC | OUR_HOST, "your isp's" },
	{ DYNAMIC | OUR_HOST, "provider's mail server" }, { DYNAMIC | OUR_HOST, "provider's smtp" }, { COUNTRY, "geoip" },
	{ COUNTRY, "geo-ip" }, { COUNTRY, "geo ip" }, { COUNTRY, "geoblock" }, { COUNTRY, "geo-block" },
	{ COUNTRY, "geographic" }, { COUNTRY, "geolocation" }, { COUNTRY, "\bcountry" }, { COUNTRY, "\bcountries\b" },
	{ PTR, "\bptr\b" }, { PTR, "reverse dns" }, { PTR, "reverse-dns" }, { PTR, "\brdns\b" },
	{ PTR, "reverse lookup" }, { PTR, "reverse name" }, { PTR, "reverse host" }, { PTR, "reverse mapping" },
	{ PTR, "reverse resol" }, { PTR, "reverse address" }, { PTR, "reverse record" }, { PTR, "reverse ip" },
	{ PTR, "ip name lookup" }, { PTR, "resolve your address" }, { PTR, "find your hostname" },
	{ PTR, "find your reverse" }, { PTR, "ip must resolve" }, { PTR, "no reverse" }, { PTR, "your ip to a name" },
	{ LISTED, "is in the" }, { LISTED, "is in a" }, { LISTED, "bl entry" }, { LISTED, "due to abuse" },
	{ LISTED, "for abuse" }, { LISTED, "abuse from" }, { LISTED, "abus detecte" }, { OUR_HOST | LISTED, "ip subnet" },
	{ LIST, "ordb" },

	/* no */
	{ DENIED, "denied" }, { DENIED, "reject" }, { DENIED, "refuse" }, { DENIED, "not allowed" },
	{ DENIED, "not accept" }, { DENIED, "not permitted" }, { DENIED, "not authori" }, { DENIED, "unauthori" },
	{ DENIED, "forbidden" }, { DENIED, "prohibit" }, { DENIED, "not taken" }, { DENIED, "disallow" },
	{ DENIED, "not currently accepting" }, { DENIED, "no access" }, { DENIED, "won't accept" },
	{ DENIED, "don't accept" }, { DENIED, "go away" }, { DENIED, "unwanted" }, { DENIED, "unacceptable" },

	/* the sender */
	{ AUTHENTICATION, "\bspf\b" }, { AUTHENTICATION, "dkim" }, { AUTHENTICATION, "dmarc" },
	{ AUTHENTICATION, "unauthenticated email" }, { AUTHENTICATION, "unauthenticated mail" },
	{ SENDER, "sender address" }, { SENDER, "sender's address" }, { SENDER, "sender domain" },
	{ SENDER, "sender's domain" }, { SENDER, "sending domain" }, { SENDER, "your domain" }, { SENDER, "mailfrom" },
	{ SENDER, "mail from domain" }, { SENDER, "from domain" }, { SENDER, "envelope" },
	{ SENDER, "your email address" }, { SENDER, "your e-mail address" }, { SENDER, "from:" },
	{ SENDER, "from address" }, { SENDER, "sender is on" }, { SENDER, "sender is reject" },
	{ SENDER, "sender is not" }, { SENDER, "sender is spam" }, { SENDER, "sender rejected" },
	{ SENDER, "sender denied" }, { SENDER, "sender not" }, { SENDER, "this sender" }, { SENDER, "invalid sender" },
	{ SENDER, "sender email" }, { SENDER, "verification failed for" }, { SENDER, "sender verif" },
	{ SENDER, "sender has" }, { SENDER, "message from rejected" }, { SENDER, "unrouteable mail domain" },
	{ NOT_FOUND, "does not exist" }, { NOT_FOUND, "not found" }, { NOT_FOUND, "not resolve" },
	{ NOT_FOUND, "be resolved" }, { NOT_FOUND, "resolve fail" }, { NOT_FOUND, "must exist" },
	{ NOT_FOUND, "must resolve" }, { NOT_FOUND, "no mx" }, { NOT_FOUND, "mx dns records" }, { NOT_FOUND, "valid mx" },
	{ NOT_FOUND, "dns entry" }, { NOT_FOUND, "domain is invalid" }, { NOT_FOUND, "non-exist" },
	{ NOT_FOUND, "nonexist" }, { NOT_FOUND, "does not match" }, { HELO, "\bhelo\b" }, { HELO, "\behlo\b" },
	{ HELO | DENIED, "bad helo" }, { HELO | DENIED, "invalid helo" }, { HELO | DENIED, "helo invalid" },
	{ SENDER, "rhsbl" }, { SENDER, "user in blacklist" }, { SENDER | DENIED, "doesn't want your mail" },
	{ SENDER, "domain*banned" }, { SENDER, "domain is" }, { SENDER, "domain listed" },

	/* the mail */
	{ CONTENT, "content" }, { CONTENT, "\bbody\b" }, { CONTENT, "attachment" }, { CONTENT, "header" },
	{ CONTENT, "rfc 5322" }, { CONTENT, "rfc 2822" }, { CONTENT, "rfc5322" }, { CONTENT, "rfc2822" },
	{ CONTENT, "message contains" }, { CONTENT, "malformed" }, { CONTENT, "phish" }, { CONTENT, "message filtered" },
	{ SPAM, "is spam" }, { SPAM, "as spam" }, { SPAM, "spam message" }, { SPAM, "spam detected" },
	{ SPAM, "spam content" }, { SPAM, "spam score" }, { SPAM, "spam pattern" }, { SPAM, "spam rejected" },
	{ SPAM, "spam refused" }, { SPAM, "spam not accepted" }, { SPAM, "suspicion of spam" }, { SPAM, "spam prob" },
	{ SPAM, "considered spam" }, { SPAM, "looks like spam" }, { SPAM, "appears to be spam" },
	{ SPAM, "spam or virus" }, { SPAM, "contains spam" }, { SPAM, "unsolicited" }, { SPAM, "\bube\b" },
	{ SPAM, "bulk" }, { SPAM, "- spam" }, { SPAM, "spam-like" }, { SPAM, "mcspamsignature" },
	{ SPAM, "spamassassin" }, { SPAM, "probability" }, { SPAM, "spam scale" }, { VIRUS, "virus" },
	{ VIRUS, "malware" }, { VIRUS, "trojan" }, { VIRUS, "infected message" }, { LINK, "\burl" }, { LINK, "\buri\b" },
	{ TOO_LARGE, "message size" }, { TOO_LARGE, "email size" }, { TOO_LARGE, "too large" }, { TOO_LARGE, "too big" },
	{ TOO_LARGE, "maximum size" }, { TOO_LARGE, "size limit" }, { TOO_LARGE, "size exceeds" },
	{ LOOP, "too many hops" }, { LOOP, "hop count" }, { LOOP, "exceeded ## hops" }, { LOOP, "mail loop" },
	{ LOOP, "routing loop" }, { LOOP, "is looping" }, { LOOP, "loops back" }, { LOOP, "many received" },
	{ LOOP, "'received:'" },

	/* how much */
	{ RATE, "too many connections" }, { RATE, "too many concurrent" }, { RATE, "too many sessions" },
	{ RATE, "too many smtp sessions" }, { RATE, "concurrent connections" }, { RATE, "concurrent smtp" },
	{ RATE, "connection rate" }, { RATE, "rate limit\b" }, { RATE, "rate-limit\b" }, { RATE, "frequency limited" },
	{ RATE, "slow down" }, { RATE, "slower" }, { RATE, "too quickly" }, { RATE, "too fast" }, { RATE, "throttl" },
	{ RATE, "excessive volume" }, { RATE, "too much mail" }, { RATE, "connection limit" },
	{ RATE, "too many messages" }, { RATE, "messages per connection" }, { RATE, "message per connection" },
	{ RATE, "messages per session" }, { RATE, "this hour" }, { RATE, "per hour" },
	{ RATE, "receiving mail at a rate" }, { RATE, "sending limit" }, { RATE, "maximum number of connections" },
	{ RATE, "too many emails" }, { RATE, "too busy" }, { RATE, "overload" }, { RECIPIENTS, "too many recipients" },
	{ RECIPIENTS, "number of recipients" }, { GREYLISTING, "greylist" }, { GREYLISTING, "graylist" },
	{ GREYLISTING, "grey-list" }, { GREYLISTING, "grey list" }, { GREYLISTING, "gray list" },
	{ GREYLISTING, "gray-list" }, { GREYLISTING, "temporarily rejected. try again later" }, { LATER, "greylist" },
	{ LATER, "graylist" }, { LATER, "grey-list" }, { LATER, "try again" }, { LATER, "try later" },
	{ LATER, "retry later" }, { LATER, "please retry" }, { LATER, "come back" }, { LATER, "temporar" },
	{ LATER, "plus tard" }, { LATER, "spaeter erneut" }, { RATE, "submission rate" }, { RATE, "too many mails" },
	{ RATE, "exceeded its quota for sending" }, { GREYLISTING, "- gl/gl" },

	/* the recipient */
	{ RELAY, "relay access" }, { RELAY, "relaying" }, { RELAY, "relay denied" }, { RELAY, "to relay" },
	{ RELAY, "as a relay" }, { RELAY, "not relay" }, { RELAY, "relay not" }, { RELAY, "relay mail" },
	{ RELAY, "relay of mail" }, { RELAY, "not an open relay" }, { RELAY, "rcpthosts" },
	{ LOGIN, "authentication required" }, { LOGIN, "requires authentication" },
	{ LOGIN, "authentication is required" }, { LOGIN, "smtp auth" }, { LOGIN, "must authenticate" },
	{ LOGIN, "authenticate first" }, { LOGIN, "not authenticated" }, { LOGIN, "authentification requise" },
	{ FULL, "over quota" }, { FULL, "overquota" }, { FULL, "quota exceeded" }, { FULL, "exceed*quota" },
	{ FULL, "full mailbox" }, { FULL, "mailbox full" }, { FULL, "mailbox is full" }, { FULL, "mailbox limit" },
	{ FULL, "storage allocation" }, { FULL, "inbox is full" }, { FULL, "mailbox size" }, { FULL, "account is full" },
	{ FULL, "destinataire pleine" }, { FULL, "out of quota" }, { FULL, "storage space" }, { FULL, "storage full" },
	{ MAILBOX, "user unknown" }, { MAILBOX, "unknown user" }, { MAILBOX, "no such user" },
	{ MAILBOX, "no such recipient" }, { MAILBOX, "no such mailbox" }, { MAILBOX, "no such account" },
	{ MAILBOX, "user does not exist" }, { MAILBOX, "recipient address does not exist" },
	{ MAILBOX, "mailbox does not exist" }, { MAILBOX, "recipient not found" }, { MAILBOX, "recipientnotfound" },
	{ MAILBOX, "mailbox not found" }, { MAILBOX, "user not found" }, { MAILBOX, "account not found" },
	{ MAILBOX, "mailbox unavailable" }, { MAILBOX, "invalid mailbox" }, { MAILBOX, "invalid recipient\b" },
	{ MAILBOX, "recipient unknown" }, { MAILBOX, "unknown recipient" }, { MAILBOX, "addressee unknown" },
	{ MAILBOX, "unrouteable address" }, { MAILBOX, "no mailbox" }, { MAILBOX, "not in recipient list" },
	{ MAILBOX, "null mx" }, { MAILBOX, "address unknown" }, { MAILBOX, "unknown address" },
	{ MAILBOX, "not a valid user" }, { MAILBOX, "destinataire invalide" }, { CLOSED, "inactive user" },
	{ CLOSED, "expired account" }, { CLOSED, "account closed" }, { CLOSED, "account is closed" },
	{ CLOSED, "account has been disabled" }, { CLOSED, "account is disabled" }, { CLOSED, "account disabled" },
	{ CLOSED, "mailbox disabled" }, { CLOSED, "account has been suspended" }, { CLOSED, "user inactive" },
	{ RELAY, "\brelays " }, { MAILBOX, "not a known user" }, { MAILBOX, "recipient does not exist" },
	{ MAILBOX, "email address does not exist" }, { CLOSED, "account inactive" }, { CLOSED, "account is unavailable" },
	{ CLOSED, "user suspended" }, { RECIPIENT, "recipient" }, { RECIPIENT, "receiver" },

	/* the session */
	{ TLS, "encryption required" }, { TLS, "requires encryption" }, { TLS, "requires tls" }, { TLS, "tls required" },
	{ TLS, "tls is required" }, { TLS, "starttls is required" }, { TLS, "starttls first" },
	{ TLS, "starttls command first" }, { TLS, "encryption needed" }, { SYNTAX, "syntax error" },
	{ SYNTAX, "syntax:" }, { SYNTAX, "unrecognized" }, { SYNTAX, "unknown command" }, { SYNTAX, "not implemented" },
	{ SYNTAX, "bad sequence" }, { SYNTAX, "out of order" }, { SYNTAX, "not recognized" },
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

uint64_t refusal_words_in(const struct refusal_text *text)
{
	struct refusal_text t;
	uint64_t found = 0;

	refusal_text_plain(text, &t);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if ((found & words[i].of) != words[i].of && refusal_text_has(&t, words[i].text))
			found |= words[i].of;
	return found | (has_lookup(&t) ? LOOKUP : 0);
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

/* Words of one who has heard more than an address. */
static bool speaks_of_mail(const struct refusal_text *t)
{
	static const char *const of_mail[] = { "message", "sender", "recipient", "mailbox", "\buser" };

	for (size_t i = 0; i < sizeof of_mail / sizeof of_mail[0]; i++)
		if (refusal_text_has(t, of_mail[i]))
			return true;
	return false;
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
