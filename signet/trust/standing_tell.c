/* SPDX-License-Identifier: ISC */
#include "signet/trust/standing_tell.h"

#include "trust/standing.h"

#include <stdlib.h>

static int take_row(void *context, struct span row)
{
	struct facts *facts = context;
	struct control_detour d;

	if (control_detour_decode(row, &d) < 0)
		return 0;
	struct fact_egress *e = &facts->egress[d.family == 6];
	control_detour_free(&e->detour);
	e->detour = d;
	return 0;
}

static void tell(const struct findings *found, bool whole, struct facts *facts, struct fact_egress *e, unsigned family)
{
	struct control_standing said = { .family = family };
	const struct finding *against;
	struct buf address = { 0 }, before = { 0 }, why = { 0 }, packed = { 0 };

	said.standing = standing_of(found, family, whole, &against);
	ip_address_print(&e->address, &address);
	if (e->before.family)
		ip_address_print(&e->before, &before);
	if (against)
		buf_printf(&why, "%s: %s", against->check->id, against->what);
	said.address = buf_take(&address);
	said.before = buf_take(&before);
	said.why = buf_take(&why);
	control_standing_encode(&said, &packed);
	struct submit_query query = { (enum submit_operation)CONTROL_STANDING, buf_span(&packed) };
	e->detour_known = control_ask(facts->settings->control, query, take_row, facts, NULL, &e->detour_fault) == 0;
	control_standing_free(&said);
	buf_free(&packed);
}

bool standing_tell(const struct findings *found, bool whole, struct facts *facts)
{
	bool told = false;

	if (facts->settings->on_address_change.count == 0 || !facts->direct)
		return false;
	for (unsigned i = 0; i < 2; i++) {
		struct fact_egress *e = &facts->egress[i];
		if (!e->wanted || !e->heard)
			continue;
		e->detour_asked = told = true;
		tell(found, whole, facts, e, i ? 6 : 4);
	}
	return told;
}
