/* SPDX-License-Identifier: ISC */
#include "trust/delisting.h"

enum delisting delisting_next(const struct delisting_facts *f, const char **new_address)
{
	*new_address = NULL;
	if (f->asked_s == 0)
		return f->refused_s || f->blocked ? DELISTING_ASK : DELISTING_NO_NEED;
	for (size_t i = 0; i < f->ours->count && *new_address == NULL; i++)
		if (!text_list_has_nocase(f->asked_for, span_of(f->ours->items[i])))
			*new_address = f->ours->items[i];
	bool refuses_still = f->refused_s > f->asked_s || f->blocked;
	if (*new_address)
		return DELISTING_ASK_ADDRESS;
	if (!refuses_still && f->now_s - f->asked_s > DELISTING_QUIET_S)
		return DELISTING_DONE;
	return refuses_still && f->now_s - f->asked_s > DELISTING_PATIENCE_S ? DELISTING_ASK_LATE : DELISTING_WAIT;
}
