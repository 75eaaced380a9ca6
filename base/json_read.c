/* SPDX-License-Identifier: ISC */
#include "base/json_read.h"

#include <malloc.h>
#include <stdlib.h>

static void wipe_and_free(void *p)
{
	if (p)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

json_t *json_read_object(struct span text, json_error_t *error)
{
	json_set_alloc_funcs(malloc, wipe_and_free);
	json_t *root = json_loadb(text.len > 0 ? text.at : "", text.len, JSON_REJECT_DUPLICATES, error);
	if (root == NULL || json_is_object(root))
		return root;
	json_decref(root);
	*error = (json_error_t){ .line = 1, .column = 1, .text = "not an object" };
	return NULL;
}
