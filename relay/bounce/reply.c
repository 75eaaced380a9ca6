#include "relay/bounce/reply.h"

#include "base/reply.h"

static bool is_code(const char *z)
{
	return (z[0] == '4' || z[0] == '5') && strspn(z, "0123456789") == 3 && (z[3] == '\0' || z[3] == ' ');
}

/* Behind the first "RELAY said: ": what follows is the server's and could hold another. */
static const char *find(const struct bounce_recipient *r)
{
	const char *at = r->relay && *r->relay ? strstr(r->fault.text, r->relay) : NULL;
	const struct span said = SPAN(" said: ");

	if (at == NULL || strncmp(at + strlen(r->relay), said.at, said.len) != 0)
		return NULL;
	at += strlen(r->relay) + said.len;
	return is_code(at) ? at : NULL;
}

struct span reply_of(const struct bounce_recipient *r)
{
	const char *at = r->fault.kind == FAULT_NONE ? r->fault.text : find(r);
	struct span reply = span_of(at);
	const struct span tail = SPAN(" (in reply to ");

	struct span earlier = reply_earlier_in(span_of(r->fault.text));
	const char *end = earlier.len > 0 ? earlier.at : NULL;

	for (const char *next = at; next && (next = strstr(next, tail.at)) != NULL && (!end || next < end); next += tail.len)
		reply.len = (size_t)(next - at);
	return reply;
}

bool reply_was_the_last_of_many(const struct bounce_recipient *r)
{
	bool by_server = find(r) && strncmp(r->fault.text, r->relay, strlen(r->relay)) == 0;

	return r->fault.kind == FAULT_TEMPORARY || (strcmp(r->fault.status, "5.4.7") == 0 && !by_server);
}
