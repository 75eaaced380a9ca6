#include "tests/tap.h"

#include "relay/smtp/dial.h"

static const struct {
	const char *families, *order;
} rows[] = {
	{ "", "" },
	{ "4", "0" },
	{ "64", "01" },
	{ "444", "012" },
	{ "666", "012" },
	{ "6644", "0213" },
	{ "4466", "0213" },
	{ "6444", "0123" },
	{ "66664", "04123" },
	{ "464646", "012345" },
};

int main(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct ip_address addresses[8] = { 0 };
		struct target t = { .addresses = addresses, .address_count = strlen(rows[i].families) };
		size_t order[8];
		char got[9] = "";

		for (size_t k = 0; k < t.address_count; k++)
			addresses[k].family = (uint8_t)(rows[i].families[k] - '0');
		dial_order(&t, order);
		for (size_t k = 0; k < t.address_count; k++)
			got[k] = (char)('0' + order[k]);
		is_text(got, rows[i].order, "families %s", rows[i].families);
	}
	return tap_done();
}
