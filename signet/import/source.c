/* SPDX-License-Identifier: ISC */
#include "signet/import/source.h"

#include "signet/import/readers.h"

const struct import_source import_sources[] = {
	{ "postfix", "Postfix", "/etc/postfix/main.cf", import_read_postfix, "systemctl disable --now postfix", "systemctl enable --now postfix" },
	{ "msmtp", "msmtp", "/etc/msmtprc", import_read_msmtp, NULL, NULL },
	{ "dma", "dma", "/etc/dma/dma.conf", import_read_dma, NULL, NULL },
	{ "nullmailer", "nullmailer", "/etc/nullmailer/remotes", import_read_nullmailer, "systemctl disable --now nullmailer",
	  "systemctl enable --now nullmailer" },
	{ "ssmtp", "ssmtp", "/etc/ssmtp/ssmtp.conf", import_read_ssmtp, NULL, NULL },
	{ "opendkim", "OpenDKIM", "/etc/opendkim.conf", NULL, "systemctl disable --now opendkim", "systemctl enable --now opendkim" },
	{ "exim-smarthost", "Exim", "/etc/exim4/update-exim4.conf.conf", import_read_exim, "systemctl disable --now exim4",
	  "systemctl enable --now exim4" },
};

const size_t import_source_count = sizeof import_sources / sizeof import_sources[0];

const struct import_source *import_source_of(const char *name)
{
	for (size_t i = 0; i < import_source_count; i++)
		if (strcmp(import_sources[i].name, name) == 0)
			return &import_sources[i];
	return NULL;
}
