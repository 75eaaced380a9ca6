/* SPDX-License-Identifier: ISC */
/* Any resolv.conf and hosts are read within their bounds. */
#include "dns/system.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct span text = { (const char *)bytes, len };
	struct system_names s = { 0 };
	struct ip_address *found = NULL;
	size_t count = 0;

	system_read_resolv_conf(&s, text);
	system_read_hosts(&s, text);
	if (s.servers.count > 8 || s.search.count > 8 || s.host_count > 10000)
		abort();
	if (s.host_count > 0 && s.hosts[0].name[0] && system_find_host(&s, s.hosts[0].name, &found, &count, 3) == 0)
		abort();
	free(found);
	system_names_free(&s);
	return 0;
}
