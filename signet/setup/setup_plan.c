/* SPDX-License-Identifier: ISC */
#include "signet/setup/setup_plan.h"

#include "trust/smarthost_provider.h"

#include <stdlib.h>

static const char *const via_words[] = { [SETUP_UNDECIDED] = "", [SETUP_MX] = "mx", [SETUP_SMARTHOST] = "smarthost", [SETUP_MIX] = "mix" };

bool setup_via_parse(const char *word, enum setup_via *out)
{
	for (enum setup_via v = SETUP_MX; v <= SETUP_MIX; v++)
		if (strcmp(word, via_words[v]) == 0) {
			*out = v;
			return true;
		}
	return false;
}

const char *setup_via_word(enum setup_via via)
{
	return via_words[via];
}

void setup_found_free(struct setup_found *f)
{
	struct setup_value *values[] = { &f->hostname, &f->domain, &f->smarthost };

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		free(values[i]->value);
		free(values[i]->from);
	}
	free(f->root);
	free(f->opendkim);
	text_list_free(&f->addresses);
	text_list_free(&f->refused_by);
	findings_free(&f->checks);
	*f = (struct setup_found){ 0 };
}

/* ---- which way ---- */

/* The first that holds decides. */
static const struct {
	const char *id;
	enum setup_via via;
} obstacles[] = {
	{ "egress.address", SETUP_SMARTHOST },
	{ "port25.open", SETUP_SMARTHOST },
	{ "blocklist.policy", SETUP_SMARTHOST },
	{ "ptr.exists", SETUP_SMARTHOST },
	{ "ptr.forward", SETUP_SMARTHOST },
	{ "ptr.generic", SETUP_SMARTHOST },
	{ "blocklist.address", SETUP_MIX },
};

/* For that family: what its checks come to. */
static enum setup_via judge_family(const struct findings *checks, unsigned family, const struct finding **because)
{
	bool open = false;

	for (size_t i = 0; i < sizeof obstacles / sizeof obstacles[0]; i++)
		for (size_t k = 0; k < checks->count; k++) {
			const struct finding *f = checks->items[k];
			if (strcmp(f->check->id, obstacles[i].id) != 0 || (f->family != family && f->family != 0))
				continue;
			*because = f;
			if (f->state == FINDING_FAIL || f->state == FINDING_WARN)
				return obstacles[i].via;
			open |= f->state == FINDING_PASS && strcmp(f->check->id, "port25.open") == 0;
		}
	return open ? SETUP_MX : SETUP_UNDECIDED;
}

enum setup_via setup_recommend(const struct setup_found *found, bool *ipv4_alone, struct buf *reason)
{
	const struct finding *why4 = NULL, *why6 = NULL;
	enum setup_via ipv4 = judge_family(&found->checks, 4, &why4), ipv6 = judge_family(&found->checks, 6, &why6);
	enum setup_via via = ipv4 == SETUP_UNDECIDED ? ipv6 : ipv4;
	const struct finding *why = ipv4 == SETUP_UNDECIDED ? why6 : why4;

	*ipv4_alone = ipv4 == SETUP_MX && ipv6 > SETUP_MX;
	if (via == SETUP_UNDECIDED) {
		buf_add_text(reason, "whether servers outside can be reached on port 25 could not be found out");
	} else if (via == SETUP_MX && found->refused_by.count > 0) {
		via = SETUP_MIX;
		buf_printf(reason, "some receivers distrust this host's address now: %s", found->refused_by.items[0]);
	} else if (via == SETUP_MX) {
		buf_printf(reason, "port 25 is open, the PTR leads back to the address, and no blocklist has it%s%s",
		           *ipv4_alone ? "; by IPv4 alone, since by IPv6 " : "", *ipv4_alone ? why6->what : "");
	} else {
		buf_add_text(reason, why->what);
		for (size_t i = 0; i < why->evidence.count && i < 1; i++)
			buf_printf(reason, " (%s)", why->evidence.items[i]);
	}
	return via;
}

/* ---- steps ---- */

static struct setup_step *add_step(struct setup_plan *p, enum setup_kind kind, const char *why)
{
	p->items = mem_resize(p->items, p->count + 1, sizeof *p->items);
	p->items[p->count] = (struct setup_step){ .kind = kind, .why = mem_text(why) };
	return &p->items[p->count++];
}

static void add_setting(struct setup_plan *p, const char *name, struct buf *value, const char *why)
{
	struct setup_step *step = add_step(p, SETUP_SETTING, why);

	step->name = mem_text(name);
	step->value = buf_take(value);
}

static void add_command(struct setup_plan *p, const char *why, const char *const *words)
{
	struct setup_step *step = add_step(p, SETUP_COMMAND, why);

	for (; *words; words++)
		text_list_add(&step->words, span_of(*words));
}
#define COMMAND(p, why, ...) add_command(p, why, (const char *const[]){ __VA_ARGS__, NULL })

static void keep(struct setup_plan *p, const char *name, const char *answer)
{
	struct buf text = { 0 };

	buf_printf(&text, "%s is set in signet.conf, and stays as it is%s", name, answer ? "; to have another, change it there" : "");
	text_list_add(&p->kept, buf_span(&text));
	buf_free(&text);
}

/* A setting that is a text: as answered, else as proposed. */
static int plan_text(struct setup_plan *p, const char *name, bool there, const char *answer, const struct setup_value *proposal, struct fault *f)
{
	struct buf value = { 0 };

	if (there) {
		keep(p, name, answer);
		return 0;
	}
	if (answer == NULL && proposal->value[0] == '\0')
		return fault_set(f, FAULT_PERMANENT, "5.5.4", "no %s is known for this host; say it with --%s", name, name);
	buf_add_quoted(&value, span_of(answer ? answer : proposal->value));
	add_setting(p, name, &value, answer ? "as you say" : proposal->from);
	return 0;
}

/* "HOST", "HOST:PORT", "[HOST]:PORT" as members of a smarthost; the host. A port is digits alone: nothing else would be quoted. */
static struct span add_host(struct span text, struct buf *out)
{
	struct span host = text, port = { 0 };
	bool bracket = text.len > 0 && text.at[0] == '[';
	const char *colon = memrchr(text.at, ':', text.len);
	bool cut = colon && (bracket ? colon[-1] == ']' : memchr(text.at, ':', (size_t)(colon - text.at)) == NULL);

	for (const char *c = colon; cut && ++c < text.at + text.len;)
		cut = byte_is_digit(*c);
	if (cut) {
		host.len = (size_t)(colon - text.at);
		port = (struct span){ colon + 1, text.len - host.len - 1 };
	}
	if (bracket && host.at[host.len - 1] == ']')
		host = (struct span){ host.at + 1, host.len - 2 };
	buf_add_text(out, "host = ");
	buf_add_quoted(out, host);
	if (port.len > 0)
		buf_printf(out, "; port = %.*s", (int)port.len, port.at);
	return host;
}

static void plan_smarthost(struct setup_plan *p, const char *place, const struct setup_answers *a, const char *why)
{
	struct buf value = { 0 };

	buf_add_text(&value, "( { name = \"isp\"; ");
	const struct smarthost_provider *provider = smarthost_provider_of(add_host(span_of(place), &value));
	if (a->user) {
		buf_add_text(&value, "; user = ");
		buf_add_quoted(&value, span_of(a->user));
		buf_add_text(&value, "; password_file = ");
		buf_add_quoted(&value, span_of(a->password_file));
	}
	if (provider)
		buf_printf(&value, "; spf = [ \"%s\" ]", provider->spf);
	buf_add_text(&value, "; } )");
	add_setting(p, "smarthosts", &value, why);
	if (provider == NULL)
		text_list_add(&p->lacks, SPAN("spf of the smarthost isp: what its provider wants in the SPF record of a domain of your own is on its page about "
		                              "SPF, mostly as include:...; put it into the entry as spf = [ \"include:...\" ];, then: signet dns"));
}

static void plan_routes(struct setup_plan *p, const struct setup_found *found, const char *why)
{
	struct buf value = { 0 };

	buf_add_text(&value, "( ");
	for (size_t i = 0; i < found->refused_by.count; i++) {
		buf_add_text(&value, "{ to = [ ");
		buf_add_quoted(&value, span_of(found->refused_by.items[i]));
		buf_add_text(&value, " ]; via = [ \"isp\" ]; }, ");
	}
	buf_add_text(&value, "{ to = [ \"*\" ]; via = [ \"mx\", \"isp\" ]; } )");
	add_setting(p, "routes", &value, why);
}

/* *direct: whether mail goes straight to receivers then. */
static int plan_way(struct setup_plan *p, const struct setup_found *found, const struct setup_answers *a, bool *direct, struct fault *f)
{
	struct buf reason = { 0 }, value = { 0 };
	bool ipv4_alone;
	enum setup_via via = setup_recommend(found, &ipv4_alone, &reason);
	const char *place = a->smarthost ? a->smarthost : found->smarthost.value;
	const char *why = a->via && a->via != via ? "as you say" : buf_text(&reason);
	int result = 0;

	via = a->via ? a->via : via;
	*direct = found->has_way ? found->is_direct : via != SETUP_SMARTHOST;
	if (found->has_way) {
		keep(p, "the way that mail goes", a->via || a->smarthost ? "" : NULL);
	} else if (via == SETUP_UNDECIDED) {
		result = fault_set(f, FAULT_PERMANENT, "5.5.4", "%s; say which way mail is to go with --via mx or --via smarthost", why);
	} else if (via != SETUP_MX && place[0] == '\0') {
		result = fault_set(f, FAULT_PERMANENT, "5.5.4", "mail should go through a smarthost, as %s; say which with --smarthost HOST[:PORT], or "
		                   "--via mx to send it straight all the same", why);
	} else if (via != SETUP_MX && (a->user != NULL) != (a->password_file != NULL)) {
		result = fault_set(f, FAULT_PERMANENT, "5.5.4", "--user and --password-file go together");
	} else if (via == SETUP_MX && (a->user || a->password_file)) {
		result = fault_set(f, FAULT_PERMANENT, "5.5.4", "--user and --password-file are for a smarthost, and mail would go to none; say which "
		                   "with --via mix or --via smarthost, and --smarthost HOST[:PORT]");
	} else {
		if (via != SETUP_MX)
			plan_smarthost(p, place, a, a->smarthost ? "as you say" : found->smarthost.from);
		buf_add_text(&value, via == SETUP_MX ? "[ \"mx\" ]" : "[ \"isp\" ]");
		if (via == SETUP_MIX) {
			plan_routes(p, found, why);
			buf_clear(&value);
			buf_add_text(&value, "[ \"isp\" ]");
			add_setting(p, "on_address_change", &value, "where this host gets another address, until that is found in order");
		} else
			add_setting(p, "default_via", &value, why);
		if (via != SETUP_SMARTHOST && ipv4_alone && !found->has_families) {
			buf_clear(&value);
			buf_add_text(&value, "[ \"ipv4\" ]");
			add_setting(p, "mx_families", &value, "by IPv6 this host would be distrusted");
		}
	}
	buf_free(&value);
	buf_free(&reason);
	return result;
}

static void plan_key(struct setup_plan *p, const struct setup_found *found, const char *domain)
{
	if (found->has_key)
		text_list_add(&p->kept, SPAN("a key signs for the domain already"));
	else if (found->opendkim[0])
		COMMAND(p, "OpenDKIM has keys here, whose records are published", "key", "import", "--opendkim", found->opendkim, "--configure");
	else
		COMMAND(p, "no key signs for the domain yet", "key", "new", "--domain", domain, "--configure");
}

static void plan_records(struct setup_plan *p, const struct setup_found *found, const struct setup_answers *a, bool direct)
{
	bool publish = a->tsig_file || a->server || found->publishes;

	COMMAND(p, publish ? "the records go into their zones" : "these records are to be published; --tsig-file, --server or publish_command has it done", "dns");
	struct text_list *words = &p->items[p->count - 1].words;
	for (size_t i = 0; direct && i < found->addresses.count; i++) {
		text_list_add(words, SPAN("--address"));
		text_list_add(words, span_of(found->addresses.items[i]));
	}
	if (publish) {
		text_list_add(words, SPAN("--publish"));
		text_list_add(words, SPAN("--yes"));
	}
	if (a->server) {
		text_list_add(words, SPAN("--server"));
		text_list_add(words, span_of(a->server));
	}
	if (a->tsig_file) {
		text_list_add(words, SPAN("--tsig-file"));
		text_list_add(words, span_of(a->tsig_file));
	}
}

int setup_make_plan(const struct setup_found *found, const struct setup_answers *a, struct setup_plan *out, struct fault *f)
{
	static const struct setup_value nobody = { (char *)(uintptr_t)"", (char *)(uintptr_t)"" };
	const char *domain = a->domain && !found->has_domain ? a->domain : found->domain.value;
	const char *root = a->root && !found->has_root ? a->root : found->root;

	bool direct;

	*out = (struct setup_plan){ 0 };
	if (plan_text(out, "hostname", found->has_hostname, a->hostname, &found->hostname, f) < 0 ||
	    plan_text(out, "domain", found->has_domain, a->domain, &found->domain, f) < 0 ||
	    plan_text(out, "root", found->has_root, a->root, &nobody, f) < 0 || plan_way(out, found, a, &direct, f) < 0) {
		setup_plan_free(out);
		return -1;
	}
	plan_key(out, found, domain);
	bool changes = out->count > 0;
	if (changes && found->runs)
		COMMAND(out, "signetd has yet to read the new configuration", "reload");
	plan_records(out, found, a, direct);
	if (changes && found->runs && !a->no_test)
		COMMAND(out, "whether mail arrives", "test", root);
	return 0;
}

void setup_plan_free(struct setup_plan *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->items[i].name);
		free(p->items[i].value);
		free(p->items[i].why);
		text_list_free(&p->items[i].words);
	}
	free(p->items);
	text_list_free(&p->kept);
	text_list_free(&p->lacks);
	*p = (struct setup_plan){ 0 };
}
