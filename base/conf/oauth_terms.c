/* SPDX-License-Identifier: ISC */
#include "base/conf/oauth_terms.h"

#include <stdlib.h>

#define TENANT "TENANT"

static const struct provider {
	const char *name, *device, *authorize, *token, *scope, *more;
	bool by_browser;
} providers[] = {
	/* developers.google.com/identity/protocols/oauth2: limited-input-device lists the scopes that devices get; that of mail is not one. */
	{ "google", "https://oauth2.googleapis.com/device/code", "https://accounts.google.com/o/oauth2/v2/auth",
	  "https://oauth2.googleapis.com/token", "https://mail.google.com/", "&access_type=offline&prompt=consent", true },
	/* learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code */
	{ "microsoft", "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/devicecode",
	  "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/authorize",
	  "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token", "https://outlook.office.com/SMTP.Send offline_access", "", false },
};

static const struct provider other = { "", "", "", "", "", "", false };

/* The setting, or what is known, with the tenant in its place. */
static char *either(const char *set, const char *known, const char *tenant)
{
	const char *place = strstr(known, TENANT);
	struct buf out = { 0 };

	if (set[0])
		return mem_text(set);
	if (place == NULL)
		return mem_text(known);
	buf_printf(&out, "%.*s%s%s", (int)(place - known), known, tenant, place + sizeof TENANT - 1);
	return buf_take(&out);
}

void oauth_terms_of(const struct smarthost *h, struct oauth_terms *out)
{
	const struct provider *p = &other;

	for (size_t i = 0; i < sizeof providers / sizeof providers[0]; i++)
		if (strcmp(providers[i].name, h->oauth_provider) == 0)
			p = &providers[i];
	*out = (struct oauth_terms){
		.device_endpoint = either(h->oauth_device_endpoint, p->device, h->oauth_tenant),
		.authorize_endpoint = either(h->oauth_authorize_endpoint, p->authorize, h->oauth_tenant),
		.token_endpoint = either(h->oauth_token_endpoint, p->token, h->oauth_tenant),
		.scope = either(h->oauth_scope, p->scope, h->oauth_tenant),
		.authorize_more = p->more,
	};
	out->by_browser = out->device_endpoint[0] == '\0' || (p->by_browser && h->oauth_device_endpoint[0] == '\0');
}

void oauth_terms_free(struct oauth_terms *t)
{
	free(t->device_endpoint);
	free(t->authorize_endpoint);
	free(t->token_endpoint);
	free(t->scope);
	*t = (struct oauth_terms){ 0 };
}
