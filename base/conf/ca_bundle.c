/* SPDX-License-Identifier: ISC */
#include "base/conf/ca_bundle.h"

#include <unistd.h>

/* Where systems keep the bundle of all roots: Debian, Red Hat, SUSE, Alpine. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

const char *ca_bundle(const char *set, struct fault *f)
{
	if (set[0])
		return set;
	for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++)
		if (access(bundles[i], R_OK) == 0)
			return bundles[i];
	fault_set(f, FAULT_TEMPORARY, "4.3.5",
	          "this system has no bundle of root certificates to verify servers with (looked at %s and others): "
	          "install ca-certificates, or set ca_file", bundles[0]);
	return NULL;
}

int ca_bundle_check(const struct settings *s, struct fault *f)
{
	bool is_wanted = s->mx_tls == TLS_MAY || s->mx_tls == TLS_VERIFY;
	struct fault none;

	for (size_t i = 0; i < s->smarthost_count; i++)
		is_wanted |= s->smarthosts[i].tls == TLS_VERIFY && s->smarthosts[i].ca_file[0] == '\0';
	if (s->ca_file[0] || !is_wanted || ca_bundle("", &none))
		return 0;
	return fault_set(f, none.kind, none.status, "%s. Until then no MTA-STS policy can be fetched, so receivers' policies "
	                 "are not followed, and mail for servers whose certificate must be valid waits", none.text);
}
