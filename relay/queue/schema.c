/* SPDX-License-Identifier: ISC */
#include "relay/queue/schema.h"

#include "base/io.h"
#include "relay/queue/spool.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { APPLICATION_ID = 0x5369676e };   /* "Sign" */

/*
 * message.finished_ms NULL: in the queue. Partial indexes hold only what is in
 * the queue, so that history costs nothing. recipient.state is enum
 * recipient_state. recipient.uid is a lane (relay/queue/lane.h): the uid, and more above it.
 */
static const char version_1[] =
	"CREATE TABLE number(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE destination(id INTEGER PRIMARY KEY, domain TEXT NOT NULL, via TEXT NOT NULL,"
	" hop INTEGER NOT NULL DEFAULT 0, hop_until_ms INTEGER NOT NULL DEFAULT 0,"
	" failures INTEGER NOT NULL DEFAULT 0, backoff_ms INTEGER NOT NULL DEFAULT 0,"
	" nxdomain_ms INTEGER NOT NULL DEFAULT 0, wake_ms INTEGER, status TEXT NOT NULL DEFAULT '',"
	" text TEXT NOT NULL DEFAULT '', UNIQUE(domain, via));"
	"CREATE INDEX destination_wake ON destination(wake_ms) WHERE wake_ms IS NOT NULL;"
	"CREATE TABLE message(id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, record BLOB NOT NULL, part INTEGER NOT NULL,"
	" sender TEXT NOT NULL, envid TEXT NOT NULL, ret INTEGER NOT NULL, flags INTEGER NOT NULL,"
	" from_domain TEXT NOT NULL, message_id TEXT NOT NULL, program TEXT NOT NULL, arrival_ms INTEGER NOT NULL,"
	" size_bytes INTEGER NOT NULL, body_file TEXT, waiting INTEGER NOT NULL, report_ms INTEGER, finished_ms INTEGER,"
	" UNIQUE(uid, record, part));"
	"CREATE INDEX message_open ON message(uid, id) WHERE finished_ms IS NULL;"
	"CREATE INDEX message_report ON message(report_ms, id) WHERE report_ms IS NOT NULL;"
	"CREATE INDEX message_body ON message(body_file) WHERE body_file IS NOT NULL;"
	"CREATE TABLE body(message INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
	"CREATE TABLE recipient(id INTEGER PRIMARY KEY, message INTEGER NOT NULL, destination INTEGER NOT NULL,"
	" uid INTEGER NOT NULL, state INTEGER NOT NULL, due_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL,"
	" failures INTEGER NOT NULL, notify INTEGER NOT NULL, address TEXT NOT NULL, original TEXT NOT NULL,"
	" orcpt TEXT NOT NULL, kind INTEGER NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL, relay TEXT NOT NULL,"
	" done_ms INTEGER);"
	"CREATE INDEX recipient_message ON recipient(message);"
	"CREATE INDEX recipient_due ON recipient(destination, uid, due_ms, id) WHERE state=0;"
	"CREATE INDEX recipient_expiry ON recipient(destination, expires_ms) WHERE state=0;";

/* sts.keep_ms: until when the row is of use. */
static const char version_2[] =
	"CREATE TABLE sts(domain TEXT PRIMARY KEY, id TEXT NOT NULL, policy TEXT NOT NULL, fetched_ms INTEGER NOT NULL,"
	" expires_ms INTEGER NOT NULL, barred_id TEXT NOT NULL, barred_ms INTEGER NOT NULL, keep_ms INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE INDEX sts_keep ON sts(keep_ms);";

/* Messages are counted with every commit, so that opening a full store costs what a small one does. */
static const char version_3[] =
	"INSERT OR REPLACE INTO number(name,value) SELECT 'open',count(*) FROM message WHERE finished_ms IS NULL;"
	"INSERT OR REPLACE INTO number(name,value) SELECT 'history',count(*) FROM message WHERE finished_ms IS NOT NULL;";

/* Blocked sites (relay/queue/store_blocked.h). */
static const char version_4[] =
	"CREATE TABLE sticky(site TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
	" stay_ms INTEGER NOT NULL, times INTEGER NOT NULL, kind INTEGER NOT NULL, status TEXT NOT NULL,"
	" text TEXT NOT NULL) WITHOUT ROWID;"
	"ALTER TABLE destination ADD COLUMN failing_since_ms INTEGER NOT NULL DEFAULT 0;";

/*
 * notice_ms: when to tell the sender that it is late; NULL not (any more), 0
 * once it is decided and the report is not made yet. The index finds what has
 * to be ended or told of when a destination fails.
 */
static const char version_5[] =
	"ALTER TABLE recipient ADD COLUMN notice_ms INTEGER;"
	"DROP INDEX recipient_expiry;"
	"CREATE INDEX recipient_overdue ON recipient(destination, min(expires_ms, ifnull(nullif(notice_ms, 0), expires_ms)))"
	" WHERE state=0;";

/* message.about: the message that this one is a report on. */
static const char version_6[] =
	"ALTER TABLE message ADD COLUMN about INTEGER;"
	"CREATE INDEX message_about ON message(about) WHERE about IS NOT NULL;";

/* message.checksum: of its body file (base/checksum.h); NULL: not known. */
static const char version_7[] =
	"ALTER TABLE message ADD COLUMN checksum INTEGER;";

/*
 * What servers said, as values (base/mail/reply.h); rows from before keep the words
 * that were made of them then, as our own. A blocked site is known for each of
 * our addresses that it refuses; "" where that is not known. recipient.earlier:
 * what an earlier next hop said, for people.
 */
static const char version_8[] =
	"UPDATE recipient SET relay='' WHERE relay='none';"
	"ALTER TABLE recipient ADD COLUMN code INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE recipient ADD COLUMN step INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE recipient ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE recipient ADD COLUMN reply_flags INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE recipient ADD COLUMN source TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE recipient ADD COLUMN earlier TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE destination ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE destination ADD COLUMN relay TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE destination ADD COLUMN code INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE destination ADD COLUMN step INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE destination ADD COLUMN reason TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE destination ADD COLUMN reply_flags INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE destination ADD COLUMN source TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE destination ADD COLUMN tried_ms INTEGER NOT NULL DEFAULT 0;"
	"UPDATE destination SET kind=1 WHERE text<>'';"
	"CREATE TABLE blocked(site TEXT NOT NULL, domain TEXT NOT NULL, address TEXT NOT NULL, since_ms INTEGER NOT NULL,"
	" until_ms INTEGER NOT NULL, stay_ms INTEGER NOT NULL, times INTEGER NOT NULL, alone INTEGER NOT NULL,"
	" kind INTEGER NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL, relay TEXT NOT NULL, code INTEGER NOT NULL,"
	" step INTEGER NOT NULL, reason TEXT NOT NULL, reply_flags INTEGER NOT NULL, source TEXT NOT NULL,"
	" PRIMARY KEY(site, domain, address)) WITHOUT ROWID;"
	"INSERT INTO blocked SELECT site,'','',since_ms,until_ms,stay_ms,times,1,kind,status,text,'',0,0,'',0,'' FROM sticky;"
	"DROP TABLE sticky;";

/* destination.undecided_ms: until when an outcome at its hop is unknown, and it is kept for that. */
static const char version_9[] =
	"ALTER TABLE destination ADD COLUMN undecided_ms INTEGER NOT NULL DEFAULT 0;";

/* message.unit, message.container: of who submitted it (relay/cgroup.h); NULL: not known. */
static const char version_10[] =
	"ALTER TABLE message ADD COLUMN unit TEXT;"
	"ALTER TABLE message ADD COLUMN container TEXT;";

/*
 * Addresses that servers said do not exist (relay/queue/store_refused.h). Since ids only grow they also say how many
 * there are at most.
 */
static const char version_11[] =
	"CREATE TABLE refused(id INTEGER PRIMARY KEY, address TEXT NOT NULL COLLATE NOCASE UNIQUE,"
	" refused_ms INTEGER NOT NULL, message INTEGER NOT NULL, kind INTEGER NOT NULL, status TEXT NOT NULL,"
	" text TEXT NOT NULL, relay TEXT NOT NULL, code INTEGER NOT NULL, step INTEGER NOT NULL, reason TEXT NOT NULL,"
	" reply_flags INTEGER NOT NULL, source TEXT NOT NULL);"
	"CREATE INDEX refused_time ON refused(refused_ms);";

/* Which addresses of ours mail goes straight from, and the detour for a new one (relay/queue/store_detour.h). */
static const char version_12[] =
	"CREATE TABLE detour(family INTEGER PRIMARY KEY, settled TEXT NOT NULL, address TEXT NOT NULL,"
	" since_ms INTEGER NOT NULL, why TEXT NOT NULL);";

/* steps[n] makes version n + 1 out of n. Those that were released never change. */
static const char *const steps[] = { version_1, version_2, version_3, version_4, version_5, version_6, version_7, version_8,
	version_9, version_10, version_11, version_12 };

enum { NEWEST = sizeof steps / sizeof steps[0] };

uint32_t schema_version(void)
{
	return NEWEST;
}

int schema_check(const char *spool, struct fault *f)
{
	char path[SPOOL_PATH_MAX];
	struct stat st;

	snprintf(path, sizeof path, "%s/queue.db", spool);
	bool is_absent = stat(path, &st) < 0 ? errno == ENOENT : st.st_size == 0;
	if (is_absent && spool_has_bodies(spool))    /* an empty store would have the sweep remove them */
		return fault_set(f, FAULT_TEMPORARY, "4.3.5", "%s/queue.db is not there (or empty), and the large messages that it knew "
		                 "are, in %s/body: no empty store is made beside them. Put queue.db back; where it is lost, mv %s/body "
		                 "%s/body.lost (signetd(8), section RECOVERY)", spool, spool, spool, spool);
	if (spool_check_version(path, APPLICATION_ID, NEWEST, f) == 0)
		return 0;
	if (f->kind == FAULT_PERMANENT) {
		sql_say_damaged(spool, f);
		f->kind = FAULT_PERMANENT;
	}
	return -1;
}

int schema_ready(struct sql *s, const char *spool)
{
	int64_t version = sql_number(s, "PRAGMA user_version");
	char mark[128];

	if (sql_failed(s))
		return -1;
	if (version >= NEWEST)
		return 0;
	snprintf(mark, sizeof mark, "PRAGMA application_id=%d;PRAGMA user_version=%d;", APPLICATION_ID, NEWEST);
	if (sql_execute(s, "BEGIN EXCLUSIVE;") < 0)
		return -1;
	for (int64_t i = version; i < NEWEST; i++)
		if (sql_execute(s, steps[i]) < 0)
			return -1;
	if (sql_execute(s, mark) < 0 || sql_execute(s, "COMMIT;") < 0)
		return -1;
	/* The version must stand in the file's own header, where schema_check looks. */
	sql_checkpoint_all(s);
	io_sync_folder(spool);
	return 0;
}
