/* SPDX-License-Identifier: ISC */
#include "base/mail/refusal_words.h"

#include "base/mail/refusal_plain.h"

#include <string.h>

#define WORDS(...) (const char *const[]){ __VA_ARGS__, NULL }

/*
 * As refusal_text_has takes them. Gathered from what servers are known to say:
 * the replies in tests/base/mail/refusal_replies.h and refusal_judged.h, each with
 * its source.
 */
static const struct { uint64_t groups; const char *const *words; } spoken[] = {
	/* the connecting host */
	{ OUR_HOST, WORDS("\bfrom " OUR_ADDRESS_MARK, "\bfor " OUR_ADDRESS_MARK, "\bhost " OUR_ADDRESS_MARK,
	  "\bserver " OUR_ADDRESS_MARK, "source address " OUR_ADDRESS_MARK, "\bip " OUR_ADDRESS_MARK,
	  "\bip: " OUR_ADDRESS_MARK, "\bsender " OUR_ADDRESS_MARK, OUR_ADDRESS_MARK " is", OUR_ADDRESS_MARK " has",
	  OUR_ADDRESS_MARK " was", OUR_ADDRESS_MARK " reject", OUR_ADDRESS_MARK " refus",
	  OUR_ADDRESS_MARK " denied", OUR_ADDRESS_MARK " not", OUR_ADDRESS_MARK " block", OUR_ADDRESS_MARK " list",
	  OUR_ADDRESS_MARK " black", OUR_ADDRESS_MARK " found", OUR_ADDRESS_MARK " on ", OUR_ADDRESS_MARK " will",
	  "refused to " OUR_ADDRESS_MARK, "denied to " OUR_ADDRESS_MARK, "such as " OUR_ADDRESS_MARK,
	  OUR_ADDRESS_MARK " banned", "your ip", "this ip", "sending ip", "sender ip", "sender's ip", "source ip",
	  "client ip", "remote ip", "peer ip", "originating ip", "connecting ip", "your server", "your mail server",
	  "your mailserver", "your email server", "your smtp server", "your host", "your network", "your mta",
	  "your location", "from this network", "netblock", "client host", "client address", "client [", "client (",
	  "connecting host", "connecting server", "connecting client", "connecting system", "your relay",
	  "your asn", "your subnet", "relay " OUR_ADDRESS_MARK, "sending host", "sending server", "sending mta",
	  "sending mail server", "sending mailserver", "sending system", "sender's mail server", "sender's server",
	  "mail server at", "remote host", "remotehost", "this host", "from mail server", "from host",
	  "from server", "hosts with", "hosts in", "hosts from", "servers with", "refusing connection",
	  "connections from", "connection from", "your connection") },
	{ AN_IP, WORDS("\bips\b", "ip's\b", "ip addr", "ip-addr", "ip adress", "ip range", "\bip is", "\bip has",
	  "\bip was", "\bip block", "\bip black", "\bip list", "\bip temp", "\bip reject", "\bip refus",
	  "\bip denied", "\bip not", "\bip in\b", "\bip on\b", "\bbad ip", "risk ip", "invalid ip", "black ip",
	  "ip score", "ip reput", "adresse ip", "ip-adresse", "direccion ip", "dirección ip", "endereco ip",
	  "endereço ip", "indirizzo ip", "adres ip", "adresu ip", "ip-adres", "ip cim", "ip adres", "ip-адрес",
	  "ip адрес", "ip地址", "ipアドレス") },
	{ OUR_HOST | SENDERS_IP, WORDS("ip address of the sender", "ip-address of the sender", "ip of the sender",
	  "sender's ip", "sender ip", "senders ip", "ip del remitente", "ip do remetente", "ip des absenders",
	  "ip-adresse des absenders", "ip de l'expediteur", "ip de l'expéditeur", "ip del mittente", "ip nadawcy",
	  "ip odesilatele", "ip odesílatele", "ip адрес отправител", "ip-адрес отправител", "ip отправител",
	  "发件人ip") },
	{ OUR_HOST | CLIENT_REJECTED, WORDS("client host rejected") },
	{ OUR_MARK, WORDS(OUR_ADDRESS_MARK, "\bip\b") },
	{ NOT_OURS, WORDS(OTHER_ADDRESS_MARK, "hosted on", "subject:", "the text") },
	{ HABIT, WORDS("not accept mail from", "not accept mails from", "not accept email from",
	  "not accept emails from", "not accept e-mail from", "not accept messages from",
	  "not accept any mail from", "not accept connections from", "n't accept mail from",
	  "n't accept email from", "n't accept connections from", "n't accept messages from", "not allow mail from",
	  "n't allow mail from", "not allow connections from", "n't allow connections from",
	  "not accepting mail from", "no mail from", "mail is not accepted from", "mail not accepted from") },

	/* lists of addresses, and being on one */
	{ LIST, WORDS("spamhaus", "\bsbl\b", "\bxbl\b", "\bpbl\b", "spamcop", "barracudacentral",
	  "barracudanetworks.com/reput", "barracuda reput", "\bsorbs\b", "abuseat", "\bcbl\b", "uceprotect",
	  "\bpsbl\b", "mailspike", "spamrats", "hostkarma", "junkemailfilter", "senderscore", "sender score",
	  "cloudmark sender", "cloudmark csi", "csi-global", "invaluement", "ivmsip", "nixspam", "manitu",
	  "backscatterer", "spfbl", "dronebl", "gbudb", "spamrl", "cobion", "mail-abuse", "trend micro rbl",
	  "trend micro email rep", "senderbase", "talosintelligence", "abusix", "0spam", "\bwpbl\b", "\bdrbl\b",
	  "countries.nerd.dk", "unsubscore", "lashback", "blocklist.de", "ipremoval", "threat list", "dnsbl",
	  "\bdnsrbl\b", "\brbl", "rbl\b", "realtime block", "real-time block", "realtime black", "real-time black",
	  "blackhole", "black hole", "dns blacklist", "dns black list", "dns block list", "dns blocklist",
	  "ip blacklist", "ip blocklist", "\bordb", "dsbl", "njabl", "magicspam", "\bspews\b", "spameatingmonkey",
	  "return path reput", "surriel", "spamcannibal", "\bipbl\b", "\bdnswl\b", "at bl.", "in bl.", "on bl.",
	  "by bl.", "using bl.") },
	{ LISTED, WORDS("\blisted", "blacklist", "blocklisted", "black list", "black-list", "block list",
	  "blocklist", "block-list", "denylist", "blocked", "blocking", "banned", "spammer", "sending spam",
	  "too much spam", "\babusive", "hacked", "because of spam", "sends spam", "compromised",
	  "unwanted messages", "zombi", "intrusion prevention", "botnet", "found in", "found on", "is in the",
	  "is in a", "bl entry", "due to abuse", "for abuse", "abuse from", "abus detecte", "prison", "hangup",
	  "been filtered", "is filtered", "is on our", "is on a", "is on the") },
	{ THREAT, WORDS("will be black", "will be block", "will be ban", "may be black", "may be block",
	  "may be ban", "get blacklisted", "get blocked", "get banned") },
	{ SENDS_SPAM, WORDS("sending spam", "sends spam", "sending unsolicited", "sends unsolicited",
	  "has sent spam", "spamtrap hits", "spam trap hits", "spam originating from",
	  "unsolicited mail originating from", "source of spam") },
	{ OUR_HOST | LISTED, WORDS("bad ip", "bad sender ip", "black ip", "open proxy", "open proxies",
	  "anonymous proxy", "spam ip\b", "tor exit", "spamming host", "spam host", "is an open relay", "is open relay",
	  "an open relay and", "ip subnet", "\bhost blacklisted", "\bhost is blacklisted", "\bhost blocklisted") },
	{ REPUTATION, WORDS("reput", "éputation", "untrusted", "trustworth", "репутац", "信誉", "low score",
	  "poor score", "bad score", "score too low", "score is too low") },
	{ REPUTATION | OUR_HOST, WORDS("spam source", "sbrs", "bad karma", "connection rejected*reputation",
	  "connection refused*reputation", "connection denied*reputation") },
	{ DYNAMIC, WORDS("dynami", "dinami", "dinámi", "dinâmi", "dial-up", "dialup", "dial up", "residential",
	  "residencial", "residenzial", "résidentiel", "generic dns", "generic rdns", "generic reverse",
	  "generic host", "generic ptr", "generic name", "\bdul\b", "home user", "consumer", "broadband",
	  "end-user", "end user", "\bdhcp\b", "einwahl", "инамич", "动态", "動的") },
	{ RANGE, WORDS("dial-up", "dialup", "dial up", "residential ip", "residential addr", "residential net",
	  "residential range", "dynamic ip", "dynamic addr", "dynamic host", "dynamic pool", "dynamic range",
	  "dynamically assigned", "dynamic/", "generic host", "generic rdns", "generic ptr", "broadband ") },
	{ DYNAMIC | OUR_HOST, WORDS("(dial)", "bypassing*relay", "smtp server of your isp", "use your isp",
	  "through your isp", "via your isp", "your isp's", "your provider's", "provider's mail server",
	  "provider's smtp", "smtp of your provider", "ip dynami", "ip dinami", "dynamische ip", "dynamischen ip",
	  "direct to mx", "direct-to-mx", "with a static", "static ip", "fixed ip") },
	{ COUNTRY, WORDS("geoip", "geo-ip", "geo ip", "geoblock", "geo-block", "geographic", "geolocation",
	  "geozone", "geo zone",
	  "\bcountry", "\bcountries\b", "your region", "votre pays", "ihr land", "ihrem land", "su pais",
	  "seu pais", "vostro paese") },
	{ PTR, WORDS("\bptr\b", "reverse dns", "reverse-dns", "reversedns", "\brdns\b", "fcrdns", "dns reverse",
	  "revdns", "reverse lookup", "reverse-lookup", "reverse name", "reverse host", "reverse mapping",
	  "reverse resol", "reverse address", "reverse record", "reverse ip", "reverse entry", "reverse pointer",
	  "pointer record", "reverse delegation", "reverse zone", "in-addr", "forward-confirmed",
	  "forward confirmed", "forward and reverse", "ip name lookup", "resolve your address", "resolve your ip",
	  "resolve your host", "find address for " OUR_ADDRESS_MARK,
	  "find your hostname", "find your host name", "find your reverse", "ip must resolve",
	  "ip does not resolve", "ip doesn't resolve", "no reverse", "without reverse", "your ip to a name",
	  "client hostname", "client host name", "unverifiable host", "has no hostname", "has no host name",
	  "no dns name", "without a hostname") },

	{ NO_ANSWER, WORDS("temporary lookup failure", "lookup timeout", "lookup timed out", "lookup error", "dns timeout", "dns timed out",
	  "dns error", "servfail", "error*looking up", "timed out*looking up") },

	/* no */
	{ DENIED, WORDS("denied", "deny", "denies", "reject", "refus", "not allow", "n't allow", "not accept",
	  "n't accept", "not permit", "not authori", "unauthori", "forbid", "prohibit", "not taken", "disallow",
	  "not currently accepting", "no access", "not whitelisted", "not be accept", "cannot accept", "go away",
	  "unwanted", "unacceptable", "not welcome", "restrict", "administratively", "will be closed",
	  "no mail from", "not trusted", "from unknown tld", "from rfc2606 reserved", "not have permission") },

	/* the sender */
	{ AUTHENTICATION, WORDS("\bspf\b", "signature", "dkim", "dmarc", "unauthenticated email",
	  "unauthenticated mail") },
	{ SENDER, WORDS("domain " OUR_ADDRESS_MARK, "sender address", "sender's address", "sender domain",
	  "sender's domain", "sending domain", "your domain", "mailfrom", "mail from domain", "mail from address",
	  "from domain", "adresse e-mail", "adresse mail", "e-mail-adresse", "mailadresse", "direccion de correo",
	  "dirección de correo", "endereço de e-mail", "indirizzo email", "indirizzo e-mail", "adres e-mail",
	  "vostro dominio", "suo dominio", "tuo dominio", "su dominio", "seu dominio", "seu domínio",
	  "votre domaine", "ihre domain", "twoja domena", "uw domein", "whitelisted sender", "envelope",
	  "your email address", "your e-mail address", "from:", "from address", "sender is on", "sender is reject",
	  "sender is block", "sender is black", "sender is not", "sender is unv", "sender is spam",
	  "sender rejected", "sender reject", "sender denied", "sender blocked", "sender blacklist", "sender not",
	  "this sender", "the sender.", "denies the sender", "fake sender", "sender email",
	  "verification failed for", "sender verify", "sender verification failed", "sender verification error",
	  "sender has", "message from rejected", "mail from rejected", "from " MAILBOX_MARK, "sender " MAILBOX_MARK,
	  "email " MAILBOX_MARK, "unrouteable mail domain", "rhsbl", "reply-to", "mx of", "mx record", "mx points",
	  "mx host", "nameserver", "callback", "callout", "verify sender", "domain reput", "of the domain",
	  "reputation of domain", "reputation of a domain", "send mail as", "send mail for", "on behalf of",
	  "user in blacklist", "null sender", "domain*banned", "the domain*listed", "domain is", "domain must", "server's domain",
	  "domain listed", "domain blacklist", "domain has been", "domain was", "domain name is",
	  "identical sender", "registered as spammer", "spam sender", "denied your mail", "mail from invalid",
	  "domaine expediteur", "absenderdomain", "absender-domain", "dominio remitente", "dominio del remitente",
	  "dominio do remetente", "dominio mittente", "domena nadawcy", "domena odesilatele", "adresse expediteur",
	  "absenderadresse", "absender-adresse", "发件人", "域名", "ドメイン", "домен", "тправител") },
	{ NOT_FOUND, WORDS("does not exist", "not found", "must exist", "no mx", "no mail exchanger",
	  "mx dns records", "valid mx", "domain is invalid", "invalid domain", "valid sender domain",
	  "reserved domain", "non-exist", "nonexist", "n't exist", "has no dns", "has not dns",
	  "no matching a") },
	{ NOT_FOUND | UNRESOLVED, WORDS("not resolve", "n't resolve", "be resolved", "resolve fail", "be looked up",
	  "must resolve", "dns entry", "dns entries", "does not match", "unresolvable", "unknown tld") },
	{ SENDER | NOT_FOUND, WORDS("no dns a-data", "sender address has null mx", "mail from has null mx") },
	{ HELO, WORDS("\bhelo\b", "\behlo\b") },
	{ HELO | DENIED, WORDS("bad helo", "invalid helo", "helo invalid", "ehlo invalid", "wrong*helo",
	  "helo must", "helo argument", "helohost error", "proper helo", "format in helo", "helo is dynamic",
	  "malformed*in helo", "malformed*in ehlo", "in helo is not", "in ehlo is not") },
	{ SENDER | DENIED, WORDS("doesn't want your mail", "invalid sender", "emetteur invalide", "reject list)",
	  "not liked", "not verified", "sending for this account", "sender is unvalidated", "to post to this",
	  "not subscribed to this", "absender abgelehnt", "expediteur refus", "expéditeur refus",
	  "remitente rechaz", "nadawca odrzuc", MAILBOX_MARK " is blacklisted", MAILBOX_MARK " is blocked",
	  "sender on the", "bad sender address", "mail from invalid", "not in my domain", "sender domain failed",
	  "unable to verify sender", "domain blocked", "send from that email", "send from that address",
	  "send from this address", "sender must be") },

	/* the mail */
	{ CONTENT, WORDS("content", "\bbody\b", "attachment", "header", "rfc 5322", "rfc 2822", "rfc5322",
	  "rfc2822", "message contains", "malformed", "phish", "message filtered", "linefeed", "quarantined",
	  "sensitive words", "executable", "words in the message", "the subject", "subject not", "empty subject",
	  "header line", "conform to standards", "stray cr", "dynamic rule", "dynamic filter", "dynamic content",
	  "mail data", "mime/", "character set", "charset", "contains html") },
	{ SPAM, WORDS("is spam", "as spam\b", "spam message", "spam detected", "spam content", "spam score",
	  "spam pattern", "spam rejected", "spam refused", "spam not accepted", "suspicion of spam", "spam prob",
	  "considered spam", "consider spam", "looks like spam", "looks like a spam", "conter spam",
	  "contenere spam", "contient du spam", "correo no deseado", "contenido no deseado", "appears to be spam",
	  "spam or virus", "contains spam", "spam is embedded", "unsolicited", "\bube\b", "bulk", "- spam",
	  "spam-like", "mcspamsignature", "spamassassin", "probability", "spam scale", "\bdcc\b", "\bbayes",
	  "\brazor\b", "\bpyzor\b", "\bscam", "no spam please", "by spam\b", "by antispam", "by anti-spam",
	  "by an antispam", "by an anti-spam", "spam blocked", "rejected per spam", "als spam", "jako spam",
	  "comme spam", "como spam", "come spam", "junk mail", "message scored", "spam type", "scoringupperlimit",
	  "anti-spam engine", "possible spam", "spam-score", "rejected spam", "spam link", "interested in spam") },
	{ FILTERED, WORDS("spam filter", "spamfilter", "spamtrap", "spamverdacht", "spam-verdacht",
	  "suspicion de spam", "sospetto spam") },
	{ VAGUE, WORDS("security", "account") },
	{ VIRUS, WORDS("virus", "malware", "trojan", "infected message") },
	{ LINK, WORDS("\burl", "\buri\b", "linked in", "a domain on", "a link to", "the link to", "links in") },
	{ TOO_LARGE, WORDS("message size", "email size", "mailsize", "too large", "too big", "maximum size",
	  "size limit", "size exceeds", "message is too long", "message too long", "attachment is too long",
	  "taille limite") },
	{ LOOP, WORDS("too many hops", "hop count", "exceeded ## hops", "mail loop", "routing loop", "is looping",
	  "looping", "loops back", "many received", "'received:'") },

	/* how much */
	{ RATE, WORDS("too many connections", "too many concurrent", "too many sessions", "too many smtp sessions",
	  "concurrent connections", "concurrent smtp", "connection rate", "rate limit\b", "rate-limit\b",
	  "rate limiting", "limit for processing requests",
	  "ratelimit", "frequency limited", "too frequent", "slow down", "slower", "too quickly", "too fast",
	  "throttl", "excessive volume", "too much mail from", "too much mail for", "connection limit",
	  "too many messages", "messages per connection", "message per connection", "maximum per connection", "messages per session",
	  "this hour", "per hour", "per minute", "per second",
	  "receiving mail at a rate", "maximum number of connections", "too many emails",
	  "too many e-mails", "too busy", "overload", "submission rate", "too many mails", "to many mails",
	  "too many same", "too many smtp", "too many simultaneous", "session limit reached",
	  "transaction limit reached", "rate exceeded", "too much email in", "thread limit",
	  "exceeded permitted limits", "exceeded the limit", "trop de connexions", "trop de messages",
	  "zu viele verbindungen", "zu viele nachrichten", "demasiadas conexiones", "demasiados mensajes",
	  "troppe connessioni", "troppi messaggi", "muitas conex", "muitas mensagens", "zbyt wiele polacze",
	  "лишком много") },
	{ RATE | ALLOWANCE, WORDS("sending limit", "sending quota", "daily*limit", "daily*quota",
	  "exceeded its quota for sending", "quota for sending") },
	{ RECIPIENTS, WORDS("too many recipients", "too many failed recipients", "number of recipients",
	  "number of rcpts", "too much recipient") },
	{ GREYLISTING, WORDS("greylist", "graylist", "grey-list", "grey list", "gray list", "gray-list",
	  "temporarily rejected. try again later", "- gl/gl", "postgrey", "not yet authorized to deliver",
	  "lista gris", "liste grise", "lista grigia", "серый список", "灰名单") },
	{ LATER, WORDS("greylist", "graylist", "grey-list", "try again", "try later", "retry later", "please retry",
	  "come back", "temporar", "plus tard", "spaeter erneut") },

	/* the recipient */
	{ RELAY, WORDS("relay access", "relaying", "relay denied", "to relay", "as a relay", "not relay",
	  "relay not", "relay mail", "relay msg", "relay of mail", "denies relay", "deny relay",
	  "not an open relay", "rcpthosts", "\brelays ", "not a gateway", "n't handle mail for", "not handle mail for",
	  "relais interdit", "relais refus",
	  "relay interdit", "relay prohibited", "relay check", "no redirections", "relay-zugriff",
	  "retransmissao neg", "retransmissão neg", "relay non ", "relay no permit", "relay nicht",
	  "local user only") },
	{ LOGIN, WORDS("authentication required", "allowed with authentication", "receive your mail before",
	  "requires authentication", "authentication is required", "smtp auth", "must authenticate",
	  "please log in", "needs login", "failed logins", "authentication from", "requires login",
	  "login required", "authenticate first", "not authenticated", "authentification requise",
	  "necessita de autentica", "requer autentica", "requiere autentica", "richiede autentica",
	  "richiede l'autentica", "exige autentica", "wymaga autoryzacji", "wymaga uwierzytelni",
	  "authentifizierung erforderlich", "anmeldung erforderlich") },
	{ FULL, WORDS("over quota", "overquota", "quota exceeded", "exceed*quota", "full mailbox", "mailbox full",
	  "mailbox is full", "mailbox limit", "storage allocation", "inbox is full", "mailbox size",
	  "account is full", "destinataire pleine", "out of quota", "storage space", "storage full",
	  "quota violation", "destination mailbox is full", "mailbox of*is full", "mailbox for*is full",
	  "space not enough", "mailbox exceeds", "diskspace quota", "allotted space", "disk quota",
	  "account storage", "allowed storage", "user*enough disk", "mailbox*enough disk", "recipient*enough disk",
	  "user*space*used up", "mailbox*used up", "quota error", "messages on the server", "messages in this mailbox",
	  "messages on this mailbox") },
	{ MAILBOX, WORDS("user unknown", "unknown user", "no such user", "nosuchuser", "no such recipient",
	  "no such mailbox", "no such account", "user does not exist", "recipient address does not exist",
	  "mailbox does not exist", "recipient not found", "recipientnotfound", "mailbox not found",
	  "user not found", "account not found", "mailbox unavailable", "mailbox not available", "invalid mailbox",
	  "invalid recipient\b", "recipient unknown", "unknown recipient", "addressee unknown",
	  "unrouteable address", "no mailbox", "not in recipient list", "not in my local list", "null mx",
	  "mailbox is not allowed", "address unknown", "unknown address", "not a valid user",
	  "destinataire invalide", "not a known user", "recipient does not exist", "email address does not exist",
	  "can't accept user", "marked as invalid", "recipient verify from", "account is unavailable",
	  "not have an account here", "is no longer valid", "no longer receiving mail", "invalid-recipient",
	  "mailbox unallocated", "domain accepts no mail", "bogus*e-mail address", "not listed in public name",
	  "user path no", "sorry, no valid recip", "not a member of domain", "address no longer exists",
	  "account does not exist", "recipients are invalid", "validrcptto", "- invalid address", "user doesn't exist",
	  "recipient doesn't exist", "mailbox doesn't exist", "account doesn't exist", "e-mail address*doesn't exist",
	  "email address*doesn't exist", "invalid rcpt", "bad local part", "unknown local part", "user doesn't have a",
	  "no redirect entry", "destin. sconosciuto", "bad recipient address",
	  "recipient address reserved") },
	{ CLOSED, WORDS("inactive user", "expired account", "account closed", "account is closed", "account locked",
	  "account has been disabled", "account is disabled", "account disabled", "mailbox disabled",
	  "account has been suspended", "user inactive", "account inactive", "user suspended", "is frozen",
	  "mailbox currently suspended", "mailbox is suspended", "inactive mailbox", "rejected: inactive",
	  "archived recipient", "deactivated", "inactivated", "now disabled", "not activated", "status is locked",
	  "user is locked", "extended inactivity", "hasn't entered during", "account*discontinued",
	  "account*banned", "mailbox was blocked", "mailbox has been blocked", "user hangup",
	  "not being accepted at this address", "due to inactivity", "noactivity", "recipient activity",
	  "temporarily inactive", "to enable receiving", "recipient suspend", "administratively disabled",
	  "time inactivity", "mailbox locked", "mailbox is locked", "usuario ina", "usuário ina", "conta ina", "cuenta ina",
	  "user*cannot receive", "account*cannot receive", "mailbox*cannot receive") },
	{ RECIPIENT, WORDS("recipient", "receiver", "addresses failed") },

	/* the session */
	{ TLS, WORDS("encryption required", "requires encryption", "encryption is required", "encryption needed",
	  "with an encryption", "requires tls", "tls required", "tls is required", "must use tls",
	  "tls*connection required", "starttls is required", "starttls is mandatory", "tls is mandatory",
	  "starttls first", "starttls command first") },
	{ SYNTAX, WORDS("syntax error", "syntax:", "unrecognized", "unknown command", "not implemented",
	  "bad sequence", "out of order", "not recognized", "protocol violation", "smtp protocol",
	  "command pipelining", "data before greeting") },

	/* what an address may stand beside, and is not about */
	{ ANOTHER_TOPIC, WORDS("mailbox", "inbox", "\buser", "this account", "the account", "account is",
	  "account has", "account's", "user account", "account does", "quota", "encrypt", "\btls\b", "language",
	  "\bsize\b", "too many", "exceed", "\blimit\b", "limits", "expired", "group", "mailing list", "members",
	  "authenticat", "log in", "unsubscribe", "\bssl", "cipher", "certificate", "command", "syntax", "timeout",
	  "timed out", "\bload\b", "\bbusy\b", "maintenance", "resources", "disk space", "memory",
	  "network messages", "expected", "subject", "postfach", "buzon", "buzón", "casilla", "casella",
	  "per inutilizzo", "boite ", "boîte", "caixa postal", "skrzynk", "konto", "domínio", "ящик", "邮箱",
	  "destinataire", "empfänger", "empfaenger", "destinatari", "odbiorc", "收件人", "получател") },

	/* the same in other languages; UTF-8, and in ASCII as servers like to have it */
	{ OUR_HOST, WORDS("votre ip", "votre serveur", "serveur emetteur", "serveur expediteur", "ihre ip",
	  "ihr server", "ihr mailserver", "ihrem server", "ihrem mailserver", "ihres servers", "ihres mailservers",
	  "absendende server", "sendende server", "einliefernde", "su ip", "su servidor", "seu ip", "seu servidor",
	  "vostro ip", "tuo ip", "suo ip", "vostro server", "suo server", "server mittente", "twoj ip", "twój ip",
	  "twoj serwer", "twój serwer", "uw ip", "uw server", "vash ip", "vashego ip", "vash server",
	  "vashego servera", "аш ip", "ашего ip", "аш сервер", "ашего сервер", "您的ip", "你的ip", "贵ip", "该ip", "信ip",
	  "件ip", "源ip", "元ip", "送信サーバ", "\bda " OUR_ADDRESS_MARK, "\bde " OUR_ADDRESS_MARK,
	  "\bdepuis " OUR_ADDRESS_MARK, "\bdesde " OUR_ADDRESS_MARK, "\bvon " OUR_ADDRESS_MARK,
	  "来自" OUR_ADDRESS_MARK) },
	{ LISTED, WORDS("bloqu", "liste noire", "gesperrt", "geblockt", "blockiert", "geblacklistet", "gelistet",
	  "sperrliste", "lista negra", "lista nera", "lista de bloqueo", "listas negras", "en la lista", "bloccat",
	  "zablokowan", "czarnej li", "czarna li", "geblokkeerd", "zwarte lijst", "zablokirovan", "chernom spiske",
	  "chernyj spisok", "cerne listine", "černé listině", "cernou listinu", "blokovan", "zablokov",
	  "blokirovan", "ёрном списке", "ёрный список", "spamlist", "заблокирован", "блокир", "ерном списке",
	  "ерный список", "пам-лист", "黑名单", "屏蔽", "封禁", "被封", "ブラックリスト", "ブロック") },
	{ PTR, WORDS("résolution inverse", "resolution inverse", "dns inverse", "inverse dns", "reverse-eintrag",
	  "reverse eintrag", "rückwärts", "rueckwaerts", "resolucion inversa", "resolución inversa", "dns inverso",
	  "dns reverso", "risoluzione inversa", "reverso do ip", "odwrotny dns", "odwrotnego dns", "rekordu ptr",
	  "obratnoj zon", "obratnaya zona", "obratnoj zapis", "братной запис", "братная запис", "братной зон",
	  "братная зон", "братный dns", "反向解析", "反解", "逆引") },
	{ DENIED, WORDS("rejet", "interdit", "abgelehnt", "abgewiesen", "verweigert", "keine mail", "keine e-mail",
	  "non autoris", "no autorizad", "denegad", "negada", "não autorizad", "nao autorizad", "non consent",
	  "non è consent", "non autorizz", "odmow", "zabronion", "niedozwolon", "不允许", "zurückgewiesen",
	  "zurueckgewiesen", "nicht erlaubt", "nicht akzeptiert", "nicht angenommen", "rechaz", "no permitid",
	  "no acept", "recusad", "rejeitad", "nao permitid", "não permitid", "rifiut", "non accett", "non permess",
	  "odrzuc", "odmitnut", "odmítnut", "zamitnut", "zamítnut", "geweigerd", "otklonen", "zapreshchen", "тклон",
	  "апрещ", "拒", "禁止") },
	{ NOT_FOUND, WORDS("existiert nicht", "n'existe pas", "no existe", "non esiste", "nie istnieje",
	  "nao existe", "não existe", "neexistuje", "bestaat niet", "не существует") },
	{ MAILBOX, WORDS("utilisateur inconnu", "destinataire inconnu", "adresse inconnue",
	  "destinataire*n'existe pas", "utilisateur*n'existe pas", "adresse n'existe pas", "compte n'existe pas",
	  "postfach existiert nicht", "benutzer existiert nicht", "benutzer unbekannt", "unbekannter benutzer",
	  "empfaenger unbekannt", "empfänger unbekannt", "unbekannter empfaenger", "unbekannter empfänger",
	  "adresse unbekannt", "hier unbekannt", "adresse existiert nicht", "adresse nicht gefunden",
	  "usuario desconocido", "usuario no existe", "destinatario desconocido", "buzon no existe",
	  "buzón no existe", "cuenta no existe", "usuario inexistente", "usuário inexistente",
	  "destinatario inexistente", "destinatário inexistente", "usuario nao existe", "usuário não existe",
	  "utente sconosciuto", "destinatario sconosciuto", "indirizzo non esiste", "casella inesistente",
	  "utente inesistente", "destinatario inesistente", "nieznany uzytkownik", "nieznany użytkownik",
	  "nieznany odbiorca", "nie ma takiego", "konto nie istnieje", "skrzynka nie istnieje",
	  "adres nie istnieje", "uzivatel neexistuje", "uživatel neexistuje", "neznamy uzivatel",
	  "neznámý uživatel", "schranka neexistuje", "schránka neexistuje", "gebruiker onbekend",
	  "onbekende gebruiker", "ользователь не найден", "ользователь не существует", "ользователя не существует",
	  "едействительный ящик", "щик не существует", "щик не найден", "адрес не существует",
	  "нет такого пользовател", "нет такого ящика", "用户不存在", "邮箱不存在", "收件人不存在", "该用户未",
	  "账号不存在", "宛先不明", "ユーザーが存在", "ユーザが存在", "アドレスは存在", "メールボックスが存在") },
	{ FULL, WORDS("casella*piena", "boite*pleine", "boîte*pleine", "postfach*voll", "buzon*lleno",
	  "buzón*lleno", "caixa*cheia", "kvota*prekro", "kvóta*překro", "mails auf dem server", "skrzynka pelna",
	  "skrzynka pełna", "skrzynka przepelniona", "skrzynka przepełniona", "schranka plna", "schránka plná",
	  "postbus vol", "mailbox vol\b", "щик переполнен", "щик получателя переполнен", "邮箱已满", "空间不足",
	  "容量满", "容量不足", "容量オーバー") },
};

/* ---- our address in a link ---- */

/* "http://bl.example/?ip=" and our address: a word that holds both, and names a list. */
static bool is_lookup(struct span word)
{
	static const char *const signs[] = {
		"bl.", "bl/", "bl?", "blocklist", "block-list", "blacklist", "black-list", "blocked", "lookup", "look-up", "reput",
		"remov", "delist", "unblock", "query/", "senderscore", "abuse", "barracuda", "spamhaus", "spamcop", "spamrats",
		"lists.", "deny", "denied", "ipcheck",
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

/* ---- names of domains ---- */

/* "example.org", with nothing else about it. */
static bool is_domain(struct span word)
{
	size_t dots = 0, label = 0;

	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];
		if (c != '.' && c != '-' && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return false;
		dots += c == '.';
		label = c == '.' ? 0 : label + (c >= 'a' && c <= 'z');
	}
	return dots > 0 && label >= 2;
}

/* A name that is refused, not the list's that refuses: after such a word. */
static bool names_a_domain(const struct refusal_text *t)
{
	static const char *const before[] = { "from", "because", "domain", "sender", "of" };
	struct span rest = { t->text, t->len }, last = SPAN("");

	while (rest.at) {
		struct span word = span_cut(&rest, ' ');
		for (size_t i = 0; is_domain(word) && i < sizeof before / sizeof before[0]; i++)
			if (span_eq(last, span_of(before[i])))
				return true;
		last = word;
	}
	return false;
}

bool refusal_says_one_of(const struct refusal_text *t, const char *const *patterns)
{
	for (; *patterns; patterns++)
		if (refusal_text_has(t, *patterns))
			return true;
	return false;
}

uint64_t refusal_words_in(const struct refusal_text *text)
{
	struct refusal_text t;
	uint64_t found = 0;

	refusal_plain(text, &t);
	for (size_t i = 0; i < sizeof spoken / sizeof spoken[0]; i++)
		if ((found & spoken[i].groups) != spoken[i].groups && refusal_says_one_of(&t, spoken[i].words))
			found |= spoken[i].groups;
	if ((found & AN_IP) && !(found & NOT_OURS))
		found |= OUR_HOST;
	return found | (has_lookup(text) ? LOOKUP : 0) | (names_a_domain(&t) ? A_DOMAIN : 0);
}
