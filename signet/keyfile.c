#include "signet/keyfile.h"

#include "base/secret.h"

enum { KEY_BYTES_MAX = 64 * 1024 };

struct sign_key *keyfile_read(const char *path, struct fault *f)
{
	struct buf pem = { 0 };
	struct sign_key *key = NULL;

	if (secret_read(path, KEY_BYTES_MAX, &pem, f) == 0) {
		key = sign_key_from_pem(buf_span(&pem), f);
		if (key == NULL)
			fault_prefix(f, "%s", path);
	}
	secret_free(&pem);
	return key;
}

int keyfile_check_names(const char *domain, const char *selector, struct fault *f)
{
	struct sign_options options = { .domain = domain, .selector = selector, .now_s = -1, .expires_s = -1 };
	struct signer *s = signer_new(&options, 1, f);

	signer_free(s);
	return s ? 0 : -1;
}
