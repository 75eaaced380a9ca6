#include "dns/way_out.h"

#include "base/ip_network.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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

static socklen_t socket_address(const struct ip_address *a, struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){ 0 };
	if (a->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;
		*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(25) };
		memcpy(&in->sin_addr, a->bytes, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	*in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(25) };
	memcpy(&in6->sin6_addr, a->bytes, 16);
	return sizeof *in6;
}

static bool is_address(const struct sockaddr_storage *s, const struct ip_address *a)
{
	if (a->family == 4)
		return s->ss_family == AF_INET && memcmp(&((const struct sockaddr_in *)s)->sin_addr, a->bytes, 4) == 0;
	return s->ss_family == AF_INET6 && memcmp(&((const struct sockaddr_in6 *)s)->sin6_addr, a->bytes, 16) == 0;
}

/* From where the kernel would send there: from there only where it is here. UDP, so connect(2) sends nothing. */
bool way_is_own(const struct ip_address *address)
{
	struct ip_address a = unmapped_address(address);
	struct sockaddr_storage to, from = { 0 };
	socklen_t len = socket_address(&a, &to), got = sizeof from;
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	bool own = connect(fd, (struct sockaddr *)&to, len) == 0 && getsockname(fd, (struct sockaddr *)&from, &got) == 0 &&
	           is_address(&from, &a);
	close(fd);
	return own;
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
