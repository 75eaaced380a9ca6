/* SPDX-License-Identifier: ISC */
/*
 * The trust anchor of this host, and whether the root is signed by it.
 */
#include "dns/dns.h"
#include "dns/dns_anchor.h"
#include "trust/check.h"

static const char packaged_file[] = "/usr/share/dns/root.key";

/* Whatever file was set, the package has the keys. */
static void fix_anchor(const struct fact_root *root, struct finding *f)
{
	finding_fix(f, "take the file of the package, and restart signetd:");
	finding_fix(f, "apt update");
	finding_fix(f, "apt install dns-root-data");
	if (root->set)
		finding_fix(f, "signet.conf: trust_anchor_file = \"%s\";", packaged_file);
	finding_fix(f, "systemctl restart signetd");
}

static struct finding *add_anchor_finding(enum finding_state state, const char *what, const struct fact_root *root, struct root_key_judgement *j,
                                          struct findings *out)
{
	struct finding *f = finding_add(out, "dns.anchor", state, "", 0, "%s", what);

	if (j->held.len > 0)
		finding_evidence(f, "%s holds the key%s %s", root->file, memchr(j->held.at, ',', j->held.len) ? "s" : "", buf_text(&j->held));
	for (size_t i = 0; i < root->heard.count; i++) {
		const struct root_key *key = &root->heard.items[i];
		if (key->entry)
			finding_evidence(f, "the root has the key %u%s%s", key->tag, key->revoked ? ", which is revoked" : "",
			                 key->signs ? ", and is signed by it" : "");
	}
	return f;
}

#define NOTHING_VALIDATES "no answer validates: DANE is off, or signed names cannot be looked up at all"

static void judge_foreign(const struct fact_root *root, struct root_key_judgement *j, const char *what, struct findings *out)
{
	struct finding *f = add_anchor_finding(FINDING_FAIL, what, root, j, out);

	if (j->newest)
		finding_fix(f, "the anchor is the right one: what answers for the root is not the world's root; look at forwarders and /etc/resolv.conf, and "
		            "whether the network redirects port 53");
	else
		fix_anchor(root, f);
}

static void judge_unheard(const struct fact_root *root, struct root_key_judgement *j, struct findings *out)
{
	struct finding *f = add_anchor_finding(FINDING_UNKNOWN, "which key signs the root cannot be found out", root, j, out);

	finding_evidence(f, "%s", root->heard_fault.text);
	if (j->outdated) {
		finding_evidence(f, "there is a newer key than those");
		fix_anchor(root, f);
	}
}

/* An empty file that the owner has set switches validation off. */
static void judge_none(const struct fact_root *root, struct root_key_judgement *j, struct buf *what, struct findings *out)
{
	bool is_read = root->file_fault.kind == FAULT_NONE;

	if (is_read && root->set) {
		buf_printf(what, "nothing is validated by DNSSEC, as trust_anchor_file, %s, is empty", root->file);
		add_anchor_finding(FINDING_INFO, buf_text(what), root, j, out);
		return;
	}
	struct finding *f = add_anchor_finding(FINDING_WARN, "there is no DNSSEC trust anchor: no receiver's DANE is seen", root, j, out);
	finding_evidence(f, "%s: %s", root->file, is_read ? "it is empty" : root->file_fault.text);
	fix_anchor(root, f);
}

static void judge_root(const struct fact_root *root, struct root_key_judgement *j, struct buf *what, struct findings *out)
{
	const char *file = root->file, *signing = buf_text(&j->signing);
	struct finding *f;

	switch (j->verdict) {
	case ROOT_KEY_CURRENT:
		buf_printf(what, "the DNSSEC trust anchor %s holds %s, %s", file,
		           root->heard.has_signatures ? "the key by which the root is signed" : "all keys that the root has", signing);
		add_anchor_finding(FINDING_PASS, buf_text(what), root, j, out);
		return;
	case ROOT_KEY_NEXT:
		buf_printf(what, "the root has a new key, %s, which the DNSSEC trust anchor %s does not hold: once the root is signed by it, " NOTHING_VALIDATES,
		           buf_text(&j->lacking), file);
		fix_anchor(root, add_anchor_finding(FINDING_WARN, buf_text(what), root, j, out));
		return;
	case ROOT_KEY_OLD:
		buf_printf(what, "the root is signed by the key %s, and the DNSSEC trust anchor %s is out of date: " NOTHING_VALIDATES, signing, file);
		fix_anchor(root, add_anchor_finding(FINDING_FAIL, buf_text(what), root, j, out));
		return;
	case ROOT_KEY_FOREIGN:
		buf_printf(what, "the DNSSEC trust anchor %s holds none of the keys that the root seems to have: " NOTHING_VALIDATES, file);
		judge_foreign(root, j, buf_text(what), out);
		return;
	case ROOT_KEY_UNSIGNED:
		f = add_anchor_finding(FINDING_UNKNOWN, "which key signs the root cannot be found out: the name servers in use drop signatures", root, j, out);
		finding_fix(f, "use name servers that pass DNSSEC on: forwarders in signet.conf, or /etc/resolv.conf");
		return;
	case ROOT_KEY_UNHEARD:
		judge_unheard(root, j, out);
		return;
	case ROOT_KEY_NONE:
		judge_none(root, j, what, out);
		return;
	case ROOT_KEY_ELSEWHERE:
		buf_printf(what, "the DNSSEC trust anchor %s holds no key of the root, and only what is below its own names is validated", file);
		add_anchor_finding(FINDING_INFO, buf_text(what), root, j, out);
		return;
	case ROOT_KEY_BROKEN:
		buf_printf(what, "the DNSSEC trust anchor %s is damaged", file);
		f = add_anchor_finding(FINDING_FAIL, buf_text(what), root, j, out);
		finding_evidence(f, "this is neither a DS nor a DNSKEY record: %s", buf_text(&j->broken));
		fix_anchor(root, f);
		return;
	}
}

void check_dns_root(struct facts *facts, const char *domain, struct findings *out)
{
	const struct fact_root *root = &facts->root;
	struct root_key_judgement j;
	struct text_list records = { 0 };
	struct buf what = { 0 };

	(void)domain;
	if (!root->asked)
		return;
	dns_anchor_records(span_of(root->text ? root->text : ""), &records);
	root_key_judge(&records, root->heard.count > 0 ? &root->heard : NULL, &j);
	judge_root(root, &j, &what, out);
	root_key_judgement_free(&j);
	text_list_free(&records);
	buf_free(&what);
}
