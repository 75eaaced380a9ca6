#include "dns/way_out.h"

#include "base/ip_network.h"

/* RFC 6890 and what it refers to; the first that holds an address decides. */
static const struct {
	const char *network;
	enum way way;
} special[] = {
	{ "127.0.0.0/8", WAY_LOOPBACK },
	{ "0.0.0.0/8", WAY_NOWHERE },         /* the kernel takes 0.0.0.0 for loopback */
	{ "224.0.0.0/4", WAY_NOWHERE },
	{ "255.255.255.255", WAY_NOWHERE },
	{ "::1", WAY_LOOPBACK },
	{ "::", WAY_NOWHERE },
	{ "ff00::/8", WAY_NOWHERE },
	{ "fe80::/10", WAY_NOWHERE },
};

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static struct ip_address unmapped_address(const struct ip_address *a)
{
	struct ip_address v4 = { .family = 4 };

	if (a->family != 6 || memcmp(a->bytes, mapped, sizeof mapped) != 0)
		return *a;
	memcpy(v4.bytes, a->bytes + sizeof mapped, 4);
	return v4;
}

static bool text_holds(const char *text, const struct ip_address *a)
{
	struct ip_network network;

	return ip_network_parse(span_of(text), &network) && ip_network_holds(&network, a->family, a->bytes);
}

enum way way_of(const struct ip_address *address, bool own, const struct text_list *allow)
{
	struct ip_address a = unmapped_address(address);

	for (size_t i = 0; i < allow->count; i++)
		if (text_holds(allow->items[i], &a))
			return WAY_OUT;
	for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
		if (text_holds(special[i].network, &a))
			return special[i].way;
	return own ? WAY_OWN : WAY_OUT;
}

const char *way_name(enum way way)
{
	static const char *const names[] = {
		[WAY_OUT] = "another host's", [WAY_LOOPBACK] = "loopback", [WAY_OWN] = "this host's own",
		[WAY_NOWHERE] = "no host's",
	};

	return names[way];
}

/* From where the kernel would send there: from there only where it is here. */
bool way_is_own(const struct ip_address *address)
{
	struct ip_address a = unmapped_address(address), from;

	return ip_address_source(&a, 25, &from) && from.family == a.family &&
	       memcmp(from.bytes, a.bytes, a.family == 4 ? 4 : 16) == 0;
}

/* ---- the targets of a domain ---- */

static enum way keep_addresses(struct target *t, const struct text_list *allow, bool (*is_own)(const struct ip_address *a),
                               struct fault *f)
{
	enum way worst = WAY_OUT;
	size_t kept = 0;

	for (size_t i = 0; i < t->address_count; i++) {
		enum way way = way_of(&t->addresses[i], is_own(&t->addresses[i]), allow);
		if (way == WAY_OUT) {
			t->addresses[kept++] = t->addresses[i];
			continue;
		}
		struct buf address = { 0 };
		ip_address_print(&t->addresses[i], &address);
		fault_set(f, FAULT_PERMANENT, "5.4.6", "its MX %s has the address %s, which is %s: such mail would come back or go "
		          "nowhere", t->host, buf_text(&address), way_name(way));
		buf_free(&address);
		if (worst != WAY_OWN)
			worst = way;
	}
	t->address_count = kept;
	return worst;
}

int way_keep_out(struct target *targets, size_t *count, const struct text_list *allow,
                 bool (*is_own)(const struct ip_address *a), struct fault *f)
{
	uint32_t cut = UINT32_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (keep_addresses(&targets[i], allow, is_own, f) == WAY_OWN && targets[i].preference < cut)
			cut = targets[i].preference;
	for (size_t i = 0; i < *count; i++) {
		if (targets[i].address_count > 0 && targets[i].preference < cut)
			targets[kept++] = targets[i];
		else
			target_free(&targets[i]);
	}
	*count = kept;
	return kept > 0 ? 0 : -1;
}
