/* SPDX-License-Identifier: ISC */
#include "tests/tap.h"

#include "trust/standing.h"

/* All that is looked at, and well. */
static const char *const well[] = {
	"egress.address", "helo.name", "helo.resolves", "ptr.exists", "ptr.forward", "spf.record", "spf.egress-pass", "spf.helo-pass",
	"blocklist.address", "blocklist.list",
};

static const struct {
	const char *what, *id;      /* whose finding is another than well; "": of none */
	enum finding_state state;
	unsigned family;
	bool left_out, whole;       /* left_out: the finding is not made */
	enum standing want;
	const char *against;
} rows[] = {
	{ "all is well", "", FINDING_PASS, 4, false, true, STANDING_TRUSTED, "" },
	{ "but not all was looked at", "", FINDING_PASS, 4, false, false, STANDING_UNKNOWN, "" },
	{ "no PTR", "ptr.exists", FINDING_FAIL, 4, false, true, STANDING_DISTRUSTED, "ptr.exists" },
	{ "no PTR, and not all was looked at", "ptr.exists", FINDING_FAIL, 4, false, false, STANDING_DISTRUSTED, "ptr.exists" },
	{ "no PTR for the other family", "ptr.exists", FINDING_FAIL, 6, false, true, STANDING_TRUSTED, "" },
	{ "PTR timed out", "ptr.exists", FINDING_UNKNOWN, 4, false, true, STANDING_UNKNOWN, "ptr.exists" },
	{ "PTR was not looked at", "ptr.exists", FINDING_PASS, 4, true, true, STANDING_UNKNOWN, "" },
	{ "HELO has the old address", "helo.resolves", FINDING_WARN, 4, false, true, STANDING_DISTRUSTED, "helo.resolves" },
	{ "SPF of no family", "spf.record", FINDING_FAIL, 0, false, true, STANDING_DISTRUSTED, "spf.record" },
	{ "SPF fails", "spf.egress-pass", FINDING_FAIL, 4, false, true, STANDING_DISTRUSTED, "spf.egress-pass" },
	{ "HELO has no SPF, which harms little", "spf.helo-pass", FINDING_WARN, 4, false, true, STANDING_TRUSTED, "" },
	{ "on a blocklist", "blocklist.address", FINDING_FAIL, 4, false, true, STANDING_DISTRUSTED, "blocklist.address" },
	{ "in the PBL", "blocklist.policy", FINDING_WARN, 4, false, true, STANDING_DISTRUSTED, "blocklist.policy" },
	{ "a blocklist is silent", "blocklist.list", FINDING_UNKNOWN, 4, false, true, STANDING_UNKNOWN, "blocklist.list" },
	{ "there are no blocklists of that family", "blocklist.address", FINDING_PASS, 4, true, true, STANDING_TRUSTED, "" },
	{ "the key does not match, which is not the address's fault", "dkim.match", FINDING_FAIL, 0, false, true, STANDING_TRUSTED, "" },
};

int main(void)
{
	tap_plan(2 * TAP_ROWS(rows) + 1);
	for (size_t i = 0; i < TAP_ROWS(rows); i++) {
		struct findings found = { 0 };
		const struct finding *against;
		for (size_t k = 0; k < TAP_ROWS(well); k++)
			if (!rows[i].left_out || strcmp(well[k], rows[i].id) != 0)
				finding_add(&found, well[k], FINDING_PASS, "", 4, "well");
		if (rows[i].id[0] && !rows[i].left_out)
			finding_add(&found, rows[i].id, rows[i].state, "", rows[i].family, "x");
		is_int(standing_of(&found, 4, rows[i].whole, &against), rows[i].want, "%s", rows[i].what);
		is_text(against ? against->check->id : "", rows[i].against, "%s: what is against it", rows[i].what);
		findings_free(&found);
	}
	struct findings two = { 0 };
	const struct finding *first;
	finding_add(&two, "spf.egress-pass", FINDING_FAIL, "example.org", 4, "x");
	finding_add(&two, "ptr.exists", FINDING_FAIL, "", 4, "x");
	standing_of(&two, 4, true, &first);
	is_text(first->check->id, "ptr.exists", "of two, what others rest on comes first");
	findings_free(&two);
	return tap_done();
}
