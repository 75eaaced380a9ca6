/* SPDX-License-Identifier: ISC */
#include "dns/mail_loop.h"

#include "base/ip_network.h"

/* RFC 6890 and what it refers to; the first that holds an address decides. */
static const struct {
	const char *network;
	enum address_of of;
} special[] = {
	{ "127.0.0.0/8", OF_LOOPBACK },
	{ "0.0.0.0/8", OF_NO_HOST },         /* the kernel takes 0.0.0.0 for loopback */
	{ "224.0.0.0/4", OF_NO_HOST },
	{ "255.255.255.255", OF_NO_HOST },
	{ "::1", OF_LOOPBACK },
	{ "::", OF_NO_HOST },
	{ "ff00::/8", OF_NO_HOST },
	{ "fe80::/10", OF_NO_HOST },
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

enum address_of mail_loop_whose(const struct ip_address *address, bool own, const struct text_list *allow)
{
	struct ip_address a = unmapped_address(address);

	for (size_t i = 0; i < allow->count; i++)
		if (text_holds(allow->items[i], &a))
			return OF_ANOTHER_HOST;
	for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
		if (text_holds(special[i].network, &a))
			return special[i].of;
	return own ? OF_THIS_HOST : OF_ANOTHER_HOST;
}

const char *mail_loop_name(enum address_of of)
{
	static const char *const names[] = {
		[OF_ANOTHER_HOST] = "another host's", [OF_LOOPBACK] = "loopback", [OF_THIS_HOST] = "this host's own",
		[OF_NO_HOST] = "no host's",
	};

	return names[of];
}

/* From where the kernel would send there: from there only where it is here. */
bool mail_loop_is_own(const struct ip_address *address)
{
	struct ip_address a = unmapped_address(address), from;

	return ip_address_source(&a, 25, &from) && from.family == a.family &&
	       memcmp(from.bytes, a.bytes, a.family == 4 ? 4 : 16) == 0;
}

/* ---- the targets of a domain ---- */

static enum address_of keep_addresses(struct target *t, const struct text_list *allow, bool (*is_own)(const struct ip_address *a),
                                      struct fault *f)
{
	enum address_of worst = OF_ANOTHER_HOST;
	size_t kept = 0;

	for (size_t i = 0; i < t->address_count; i++) {
		enum address_of of = mail_loop_whose(&t->addresses[i], is_own(&t->addresses[i]), allow);
		if (of == OF_ANOTHER_HOST) {
			t->addresses[kept++] = t->addresses[i];
			continue;
		}
		struct buf address = { 0 };
		ip_address_print(&t->addresses[i], &address);
		fault_set(f, FAULT_PERMANENT, "5.4.6", "its MX %s has the address %s, which is %s: such mail would come back or go "
		          "nowhere", t->host, buf_text(&address), mail_loop_name(of));
		buf_free(&address);
		if (worst != OF_THIS_HOST)
			worst = of;
	}
	t->address_count = kept;
	return worst;
}

int mail_loop_remove(struct target *targets, size_t *count, const struct text_list *allow,
                     bool (*is_own)(const struct ip_address *a), struct fault *f)
{
	uint32_t cut = UINT32_MAX;
	size_t kept = 0;

	for (size_t i = 0; i < *count; i++)
		if (keep_addresses(&targets[i], allow, is_own, f) == OF_THIS_HOST && targets[i].preference < cut)
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
