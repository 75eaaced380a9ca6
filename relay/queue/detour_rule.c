/* SPDX-License-Identifier: ISC */
#include "relay/queue/detour_rule.h"

#include <stdlib.h>
#include <string.h>

void detour_row_free(struct detour_row *r)
{
	free(r->settled);
	free(r->address);
	free(r->why);
	*r = (struct detour_row){ 0 };
}

/* True: it was another one. */
static bool set(char **where, const char *text)
{
	if (strcmp(*where, text) == 0)
		return false;
	free(*where);
	*where = mem_text(text);
	return true;
}

static enum detour_step settle(struct detour_row *r, const char *address)
{
	bool was_on = r->address[0] != '\0', another = set(&r->settled, address);

	set(&r->address, "");
	set(&r->why, "");
	r->since_ms = 0;
	return was_on ? DETOUR_ENDS : another ? DETOUR_NOTED : DETOUR_STAYS;
}

bool detour_end(struct detour_row *r)
{
	char *address = mem_text(r->address);
	bool was_on = address[0] && settle(r, address) == DETOUR_ENDS;

	free(address);
	return was_on;
}

enum detour_step detour_hear(struct detour_row *r, const struct control_standing *said, int64_t now_ms)
{
	bool is_on = r->address[0] != '\0';
	bool first = r->settled[0] == '\0' && set(&r->settled, said->before[0] ? said->before : said->address);

	if (said->standing == STANDING_TRUSTED) {
		enum detour_step step = settle(r, said->address);
		return step == DETOUR_STAYS && first ? DETOUR_NOTED : step;
	}
	bool begins = !is_on && strcmp(r->settled, said->address) != 0;
	if (said->standing == STANDING_UNKNOWN || (!is_on && !begins))
		return first ? DETOUR_NOTED : DETOUR_STAYS;
	bool another = set(&r->address, said->address), other_words = set(&r->why, said->why);
	if (begins)
		r->since_ms = now_ms;
	return begins ? DETOUR_BEGINS : first || another || other_words ? DETOUR_NOTED : DETOUR_STAYS;
}
