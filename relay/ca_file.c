#include "relay/ca_file.h"

#include <stddef.h>
#include <unistd.h>

/* Where systems keep the bundle of all roots: Debian, Red Hat, SUSE, Alpine. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
};

const char *ca_file_find(const char *set, struct fault *f)
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
