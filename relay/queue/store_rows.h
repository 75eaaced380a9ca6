/* SPDX-License-Identifier: ISC */
/*
 * store_rows - what the modules of the store share: the store itself, and how
 * rows of message and recipient become values. For store_*.c only.
 */
#ifndef RELAY_QUEUE_STORE_ROWS_H
#define RELAY_QUEUE_STORE_ROWS_H

#include "relay/queue/sql.h"
#include "relay/queue/store.h"
#include "relay/queue/store_message.h"

struct store {
	struct sql *sql;
	uint64_t last_id;                    /* of a message, ever */
	struct store_counts counts;
	struct store_counts counts_before;   /* the open transaction */
};

/* message.flags */
enum { FLAG_EIGHT_BIT = 1, FLAG_UTF8 = 2, FLAG_REDIRECTED = 4, FLAG_REQUIRE_TLS = 8, FLAG_TLS_OPTIONAL = 16, FLAG_NO_DATA = 32 };

#define RECIPIENT_COLUMNS "id,message,destination,uid,state,due_ms,expires_ms,failures,notify,address,original,orcpt," \
	"notice_ms,done_ms,earlier," SQL_REPLY
#define MESSAGE_COLUMNS "id,uid,sender,envid,from_domain,message_id,body_file,ret,flags,arrival_ms,size_bytes,waiting," \
	"checksum,unit,container"

/* Rows of those columns; texts are owned by out. */
void store_read_message(struct sql_row *row, struct store_message *out);
void store_read_recipient(struct sql_row *row, struct store_recipient *out);
size_t store_read_recipients(struct store *s, struct sql_row *row, struct store_recipient *out, size_t max);

#endif
