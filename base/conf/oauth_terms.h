/* SPDX-License-Identifier: ISC */
/*
 * oauth_terms - where a smarthost's login by OAuth is made and renewed: what the settings say, and for the rest what is
 * known of the provider.
 */
#ifndef BASE_CONF_OAUTH_TERMS_H
#define BASE_CONF_OAUTH_TERMS_H

#include "base/conf/settings.h"

struct oauth_terms {
	char *device_endpoint;       /* "" where there is none, as the next; owned, as all */
	char *authorize_endpoint;
	char *token_endpoint;
	char *scope;
	const char *authorize_more;  /* what else the provider wants in the address that a browser opens: "&x=y" */
	bool by_browser;             /* it gives no device codes for mail: Google's devices may not send any */
};

void oauth_terms_of(const struct smarthost *h, struct oauth_terms *out);
void oauth_terms_free(struct oauth_terms *t);

#endif
