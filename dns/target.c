/* SPDX-License-Identifier: ISC */
#include "dns/target.h"

#include "base/io.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

void target_free(struct target *t)
{
	for (size_t i = 0; i < t->tlsa_count; i++)
		tlsa_free(&t->tlsa[i]);
	free(t->tlsa);
	free(t->tlsa_base);
	free(t->canonical);
	free(t->host);
	free(t->addresses);
	free(t->proxies);
	*t = (struct target){ 0 };
}

unsigned targets_families(const struct target *targets, size_t count)
{
	unsigned families = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t a = 0; a < targets[i].address_count; a++)
			families |= targets[i].addresses[a].family == 6 ? FAMILY_IPV6 : FAMILY_IPV4;
	return families;
}

unsigned family_of_text(const char *address)
{
	return address[0] == '\0' ? FAMILY_ALL : strchr(address, ':') ? FAMILY_IPV6 : FAMILY_IPV4;
}

void targets_free(struct target *targets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		target_free(&targets[i]);
	free(targets);
}

static uint32_t chance_of(const struct target *t)
{
	return t->weight ? 100 * (uint32_t)t->weight : 1;
}

void targets_draw(struct target *targets, size_t count, target_random *random, void *context)
{
	for (size_t from = 0; from < count; from++) {
		uint32_t all = 0;
		for (size_t i = from; i < count && targets[i].preference == targets[from].preference; i++)
			all += chance_of(&targets[i]);
		/* One of them by weight, which comes first; then the others. */
		size_t drawn = from;
		for (uint32_t left = random(context, all); left >= chance_of(&targets[drawn]); drawn++)
			left -= chance_of(&targets[drawn]);
		struct target t = targets[drawn];
		memmove(&targets[from + 1], &targets[from], (drawn - from) * sizeof t);
		targets[from] = t;
	}
}

/* ---- addresses ---- */

void ip_address_print(const struct ip_address *a, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];
	int family = a->family == 4 ? AF_INET : a->family == 6 ? AF_INET6 : AF_UNSPEC;
	const char *printed = inet_ntop(family, a->bytes, text, sizeof text);

	buf_add_text(out, printed ? printed : "?");
}

bool ip_address_parse(struct span text, struct ip_address *out)
{
	char z[INET6_ADDRSTRLEN];
	struct ip_address a = { 0 };

	if (text.len == 0 || text.len >= sizeof z || memchr(text.at, '\0', text.len))
		return false;
	memcpy(z, text.at, text.len);
	z[text.len] = '\0';
	if (inet_pton(AF_INET, z, a.bytes) == 1)
		a.family = 4;
	else if (inet_pton(AF_INET6, z, a.bytes) == 1)
		a.family = 6;
	else
		return false;
	*out = a;
	return true;
}

socklen_t ip_address_socket(const struct ip_address *a, uint16_t port, struct sockaddr_storage *out)
{
	*out = (struct sockaddr_storage){ 0 };
	if (a->family == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)out;
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, a->bytes, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, a->bytes, 16);
	return sizeof *in6;
}

bool ip_address_own(int fd, struct ip_address *out)
{
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof own;

	*out = (struct ip_address){ 0 };
	if (getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return false;
	if (own.ss_family == AF_INET6) {
		out->family = 6;
		memcpy(out->bytes, &((const struct sockaddr_in6 *)&own)->sin6_addr, 16);
	} else if (own.ss_family == AF_INET) {
		out->family = 4;
		memcpy(out->bytes, &((const struct sockaddr_in *)&own)->sin_addr, 4);
	}
	return out->family != 0;
}

bool ip_address_source(const struct ip_address *to, uint16_t port, struct ip_address *out)
{
	struct sockaddr_storage address;
	socklen_t len = ip_address_socket(to, port, &address);

	/* Connecting UDP asks the routing table and says nothing to anyone. */
	int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
	bool known = fd >= 0 && connect(fd, (struct sockaddr *)&address, len) == 0 && ip_address_own(fd, out);
	io_close(&fd);
	return known;
}
