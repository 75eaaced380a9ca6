/* SPDX-License-Identifier: ISC */
#include "relay/smtp/login.h"

#include "base/clock.h"
#include "base/io.h"
#include "base/secret.h"
#include "base/secret_command.h"
#include "relay/protocol.h"
#include "relay/template.h"

#include <stdlib.h>

/* signetd gives up on a command first. */
enum { ANSWER_WAIT_MS = SECRET_COMMAND_MS + 30 * 1000 };

void login_begin(struct login *l, const struct smarthost *h, struct channel *parent)
{
	l->user = h ? h->user : "";
	l->host = h ? h->host : "";
	l->port = h ? h->port : 0;
	l->mechanisms = h ? &h->mechanisms : NULL;
	l->by_oauth = h && smarthost_uses_oauth(h);
	l->is_token = h && (h->token_command[0] || l->by_oauth);
	l->commanded = h && (h->token_command[0] || h->password_command[0] || l->by_oauth);
	l->parent = parent;
}

void login_free(struct login *l)
{
	secret_free(&l->secret);
}

void login_remedy(const struct login *l, const char *hop, bool mail_waits, struct buf *out)
{
	const char *setting = l->is_token ? "token_command" : l->commanded ? "password_command" : "password_file";

	if (l->by_oauth)
		buf_printf(out, "log in again, as the user of that smarthost: signet oauth login %s", hop);
	else
		buf_printf(out, "fix user or %s of that smarthost", setting);
	if (mail_waits)
		buf_printf(out, "%s then: signet queue flush", l->by_oauth ? ";" : ",");
}

int login_ask(struct login *l, struct fault *f)
{
	struct frame frame = { .fd = -1 };

	if (!l->commanded)
		return l->secret.len > 0 ? 0 : fault_set(f, FAULT_TEMPORARY, "4.7.8", "no password is known");
	if (channel_send(l->parent, FRAME_ASK_SECRET, (struct span){ 0 }, -1) < 0)
		template_copy_end(EXIT_SUCCESS);
	int result = channel_receive(l->parent, &frame, clock_boot_ms() + ANSWER_WAIT_MS);
	if (result < 0)
		template_copy_end(EXIT_SUCCESS);
	io_close(&frame.fd);
	if (result == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "signetd does not say what the password is");
	if (frame.type == FRAME_NO_SECRET)
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "%.*s", (int)frame.payload.len, frame.payload.at);
	if (frame.type != FRAME_SECRET || frame.payload.len == 0)
		return fault_set(f, FAULT_TEMPORARY, "4.3.0", "signetd answered a question that was not asked");
	secret_free(&l->secret);
	buf_add_span(&l->secret, frame.payload);
	return 0;
}
