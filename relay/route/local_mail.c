#include "relay/route/local_mail.h"

#include "base/mail/address.h"

bool local_mail_stays(const struct settings *s, bool hostname_is_here, struct span address)
{
	struct span domain = address_domain(address);

	return domain.len == 0 || settings_is_local(s, domain) || (hostname_is_here && settings_is_hostname(s, domain));
}

int local_mail_reader(const struct settings *s, bool hostname_is_here, struct span address, struct span *reader,
                      struct fault *f)
{
	*reader = address;
	if (!local_mail_stays(s, hostname_is_here, address))
		return 0;
	if (s->root[0] == '\0')
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "mail for %.*s stays on this host and nobody reads it here; set root = "
		                 "\"you@example.org\" in the configuration, then reload signetd", (int)address.len, address.at);
	*reader = span_of(s->root);
	if (!local_mail_stays(s, hostname_is_here, *reader))
		return 0;
	return fault_set(f, FAULT_TEMPORARY, "4.3.5", "mail of this host goes to root = \"%s\", which is itself an address of this "
	                 "host; set root to an address elsewhere in the configuration, then reload signetd", s->root);
}
