/* SPDX-License-Identifier: ISC */
/*
 * The trust anchor of this host, and whether the root is signed by it.
 */
#include "dns/dns.h"
#include "trust/check.h"

static const char packaged_file[] = "/usr/share/dns/root.key";

/* The package is where the keys come from, whatever was set. */
static void fix_anchor(const struct fact_root *root, struct finding *f)
{
	finding_fix(f, "take the file of the package, and begin again with it:");
	finding_fix(f, "apt update");
	finding_fix(f, "apt install dns-root-data");
	if (root->set)
		finding_fix(f, "signet.conf: trust_anchor_file = \"%s\";", packaged_file);
	finding_fix(f, "systemctl restart signetd");
}

static struct finding *add(enum finding_state state, const char *what, const struct fact_root *root, struct root_key_judgement *j,
                           struct findings *out)
{
	struct finding *f = finding_add(out, "dns.anchor", state, "", 0, "%s", what);

	if (j->held.len > 0 && j->verdict != ROOT_KEY_BROKEN)
		finding_evidence(f, "%s holds the key%s %s", root->file, memchr(j->held.at, ',', j->held.len) ? "s" : "", buf_text(&j->held));
	for (size_t i = 0; i < root->heard.count; i++) {
		const struct root_key *key = &root->heard.items[i];
		if (key->entry)
			finding_evidence(f, "the root has the key %u%s%s", key->tag, key->revoked ? ", which is revoked" : "", key->signs ? ", and is signed by it" :
			                 "");
	}
	return f;
}

#define NOTHING_VALIDATES "no answer validates: DANE is off, or signed names cannot be looked up at all"

static void judge_root(const struct fact_root *root, struct root_key_judgement *j, struct buf *what, struct findings *out)
{
	const char *file = root->file, *held = buf_text(&j->held), *signing = buf_text(&j->signing);
	struct finding *f;

	switch (j->verdict) {
	case ROOT_KEY_CURRENT:
		buf_printf(what, "the DNSSEC trust anchor %s holds %s, %s", file, root->heard.has_signatures ? "the key by which the root is signed" :
		           "what keys the root has", signing);
		add(FINDING_PASS, buf_text(what), root, j, out);
		return;
	case ROOT_KEY_NEXT:
		buf_printf(what, "the root has a new key, %s, which the DNSSEC trust anchor %s does not hold: once the root is signed by it, " NOTHING_VALIDATES,
		           buf_text(&j->lacking), file);
		fix_anchor(root, add(FINDING_WARN, buf_text(what), root, j, out));
		return;
	case ROOT_KEY_OLD:
		buf_printf(what, "the root is signed by the key %s, and the DNSSEC trust anchor %s is out of date: " NOTHING_VALIDATES, signing, file);
		fix_anchor(root, add(FINDING_FAIL, buf_text(what), root, j, out));
		return;
	case ROOT_KEY_FOREIGN:
		buf_printf(what, "the DNSSEC trust anchor %s is no key of the root that is heard: " NOTHING_VALIDATES, file);
		f = add(FINDING_FAIL, buf_text(what), root, j, out);
		if (j->newest)
			finding_fix(f, "it is the right one: what answers for the root is not the world's root; look at forwarders and /etc/resolv.conf, and "
			            "whether the network redirects port 53");
		else
			fix_anchor(root, f);
		return;
	case ROOT_KEY_UNSIGNED:
		f = add(FINDING_UNKNOWN, "by which key the root is signed cannot be found out: the name servers in use drop signatures", root, j, out);
		finding_fix(f, "use name servers that pass DNSSEC on: forwarders in signet.conf, or /etc/resolv.conf");
		return;
	case ROOT_KEY_UNHEARD:
		f = add(FINDING_UNKNOWN, "by which key the root is signed cannot be found out", root, j, out);
		finding_evidence(f, "%s", root->heard_fault.text);
		if (j->outdated) {
			finding_evidence(f, "there is a newer key than those");
			fix_anchor(root, f);
		}
		return;
	case ROOT_KEY_NONE:
		if (root->file_fault.kind == FAULT_NONE && root->set) {
			buf_printf(what, "nothing is validated by DNSSEC, as trust_anchor_file, %s, is empty", file);
			add(FINDING_INFO, buf_text(what), root, j, out);
			return;
		}
		f = add(FINDING_WARN, "there is no DNSSEC trust anchor: no receiver's DANE is seen", root, j, out);
		finding_evidence(f, "%s: %s", file, root->file_fault.kind != FAULT_NONE ? root->file_fault.text : "it is empty");
		fix_anchor(root, f);
		return;
	case ROOT_KEY_ELSEWHERE:
		buf_printf(what, "the DNSSEC trust anchor %s holds no key of the root, and only what is below its own names is validated", file);
		add(FINDING_INFO, buf_text(what), root, j, out);
		return;
	case ROOT_KEY_BROKEN:
		buf_printf(what, "the DNSSEC trust anchor %s is damaged", file);
		f = add(FINDING_FAIL, buf_text(what), root, j, out);
		finding_evidence(f, "this is neither a DS nor a DNSKEY record: %s", held);
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
