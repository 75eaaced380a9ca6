-- A store of schema 12, by its own tables, with mail in the queue.
CREATE TABLE number(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE destination(id INTEGER PRIMARY KEY, domain TEXT NOT NULL, via TEXT NOT NULL, hop INTEGER NOT NULL DEFAULT 0, hop_until_ms INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0, backoff_ms INTEGER NOT NULL DEFAULT 0, nxdomain_ms INTEGER NOT NULL DEFAULT 0, wake_ms INTEGER, status TEXT NOT NULL DEFAULT '', text TEXT NOT NULL DEFAULT '', failing_since_ms INTEGER NOT NULL DEFAULT 0, kind INTEGER NOT NULL DEFAULT 0, relay TEXT NOT NULL DEFAULT '', code INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', reply_flags INTEGER NOT NULL DEFAULT 0, source TEXT NOT NULL DEFAULT '', tried_ms INTEGER NOT NULL DEFAULT 0, undecided_ms INTEGER NOT NULL DEFAULT 0, UNIQUE(domain, via));
CREATE INDEX destination_wake ON destination(wake_ms) WHERE wake_ms IS NOT NULL;
CREATE TABLE message(id INTEGER PRIMARY KEY, uid INTEGER NOT NULL, record BLOB NOT NULL, part INTEGER NOT NULL, sender TEXT NOT NULL, envid TEXT NOT NULL, ret INTEGER NOT NULL, flags INTEGER NOT NULL, from_domain TEXT NOT NULL, message_id TEXT NOT NULL, program TEXT NOT NULL, arrival_ms INTEGER NOT NULL, size_bytes INTEGER NOT NULL, body_file TEXT, waiting INTEGER NOT NULL, report_ms INTEGER, finished_ms INTEGER, about INTEGER, checksum INTEGER, unit TEXT, container TEXT, UNIQUE(uid, record, part));
CREATE INDEX message_open ON message(uid, id) WHERE finished_ms IS NULL;
CREATE INDEX message_report ON message(report_ms, id) WHERE report_ms IS NOT NULL;
CREATE INDEX message_body ON message(body_file) WHERE body_file IS NOT NULL;
CREATE TABLE body(message INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE recipient(id INTEGER PRIMARY KEY, message INTEGER NOT NULL, destination INTEGER NOT NULL, uid INTEGER NOT NULL, state INTEGER NOT NULL, due_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, failures INTEGER NOT NULL, notify INTEGER NOT NULL, address TEXT NOT NULL, original TEXT NOT NULL, orcpt TEXT NOT NULL, kind INTEGER NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL, relay TEXT NOT NULL, done_ms INTEGER, notice_ms INTEGER, code INTEGER NOT NULL DEFAULT 0, step INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', reply_flags INTEGER NOT NULL DEFAULT 0, source TEXT NOT NULL DEFAULT '', earlier TEXT NOT NULL DEFAULT '');
CREATE INDEX recipient_message ON recipient(message);
CREATE INDEX recipient_due ON recipient(destination, uid, due_ms, id) WHERE state=0;
CREATE TABLE sts(domain TEXT PRIMARY KEY, id TEXT NOT NULL, policy TEXT NOT NULL, fetched_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, barred_id TEXT NOT NULL, barred_ms INTEGER NOT NULL, keep_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX sts_keep ON sts(keep_ms);
CREATE INDEX recipient_overdue ON recipient(destination, min(expires_ms, ifnull(nullif(notice_ms, 0), expires_ms))) WHERE state=0;
CREATE INDEX message_about ON message(about) WHERE about IS NOT NULL;
CREATE TABLE blocked(site TEXT NOT NULL, domain TEXT NOT NULL, address TEXT NOT NULL, since_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, stay_ms INTEGER NOT NULL, times INTEGER NOT NULL, alone INTEGER NOT NULL, kind INTEGER NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL, relay TEXT NOT NULL, code INTEGER NOT NULL, step INTEGER NOT NULL, reason TEXT NOT NULL, reply_flags INTEGER NOT NULL, source TEXT NOT NULL, PRIMARY KEY(site, domain, address)) WITHOUT ROWID;
CREATE TABLE refused(id INTEGER PRIMARY KEY, address TEXT NOT NULL COLLATE NOCASE UNIQUE, refused_ms INTEGER NOT NULL, message INTEGER NOT NULL, kind INTEGER NOT NULL, status TEXT NOT NULL, text TEXT NOT NULL, relay TEXT NOT NULL, code INTEGER NOT NULL, step INTEGER NOT NULL, reason TEXT NOT NULL, reply_flags INTEGER NOT NULL, source TEXT NOT NULL);
CREATE INDEX refused_time ON refused(refused_ms);
CREATE TABLE detour(family INTEGER PRIMARY KEY, settled TEXT NOT NULL, address TEXT NOT NULL, since_ms INTEGER NOT NULL, why TEXT NOT NULL);
INSERT INTO destination(id,domain,via,hop,hop_until_ms,failures,backoff_ms,nxdomain_ms,wake_ms,status,text,failing_since_ms,kind,relay,code,step,tried_ms) VALUES(1,'direct.world.example','mx',0,0,2,600000,0,1790000600000,'4.3.0','mx.world.example[192.0.2.10] said: 451 4.3.0 busy (in reply to RCPT TO)',1789999999000,1,'mx.world.example[192.0.2.10]:25',0,0,1790000000000);
INSERT INTO destination(id,domain,via,failures,status,text) VALUES(2,'','',0,'','');
INSERT INTO destination(id,domain,via,failures,wake_ms,status,text) VALUES(3,'other.world.example','?',0,1790000000000,'','');
INSERT INTO message(id,uid,record,part,sender,envid,ret,flags,from_domain,message_id,program,arrival_ms,size_bytes,body_file,waiting,report_ms,finished_ms) VALUES(7331840000004096,1000,x'01010101010101010101010101010101',0,'you@sender.example','',0,0,'sender.example','<1@sender.example>','cron',1790000000001,66,NULL,2,NULL,NULL);
INSERT INTO body(message,bytes) VALUES(7331840000004096,CAST(replace('From: you@sender.example|Subject: mail 1||The text of mail 1.|','|',char(13,10)) AS BLOB));
INSERT INTO recipient(id,message,destination,uid,state,due_ms,expires_ms,failures,notify,address,original,orcpt,kind,status,text,relay,done_ms,notice_ms) VALUES(1,7331840000004096,1,1000,0,1790000000001,4000000000000,0,0,'alice@direct.world.example','','',0,'','','',NULL,NULL);
INSERT INTO recipient(id,message,destination,uid,state,due_ms,expires_ms,failures,notify,address,original,orcpt,kind,status,text,relay,done_ms,notice_ms) VALUES(2,7331840000004096,1,1000,0,1790000000002,4000000000000,2,0,'bob@direct.world.example','','',1,'4.3.0','mx.world.example[192.0.2.10] said: 451 4.3.0 busy (in reply to RCPT TO)','',NULL,NULL);
INSERT INTO recipient(id,message,destination,uid,state,due_ms,expires_ms,failures,notify,address,original,orcpt,kind,status,text,relay,done_ms,notice_ms) VALUES(3,7331840000004096,1,1000,1,1790000000003,4000000000000,0,0,'erin@direct.world.example','','',0,'2.0.0','250 ok','mx.world.example[192.0.2.10]:25',1790000000005,NULL);
INSERT INTO message(id,uid,record,part,sender,envid,ret,flags,from_domain,message_id,program,arrival_ms,size_bytes,body_file,waiting,report_ms,finished_ms) VALUES(7331840000008192,0,x'02020202020202020202020202020202',0,'you@sender.example','',0,0,'sender.example','<2@sender.example>','cron',1790000000002,66,'large.1790000000000',1,NULL,NULL);
INSERT INTO recipient(id,message,destination,uid,state,due_ms,expires_ms,failures,notify,address,original,orcpt,kind,status,text,relay,done_ms,notice_ms) VALUES(4,7331840000008192,3,0,0,1790000000004,4000000000000,0,0,'carol@other.world.example','','',0,'','','',NULL,NULL);
INSERT INTO message(id,uid,record,part,sender,envid,ret,flags,from_domain,message_id,program,arrival_ms,size_bytes,body_file,waiting,report_ms,finished_ms) VALUES(7331840000012288,1001,x'03030303030303030303030303030303',0,'you@sender.example','',0,0,'sender.example','<3@sender.example>','cron',1790000000003,66,NULL,1,NULL,NULL);
INSERT INTO body(message,bytes) VALUES(7331840000012288,CAST(replace('From: you@sender.example|Subject: mail 3||The text of mail 3.|','|',char(13,10)) AS BLOB));
INSERT INTO recipient(id,message,destination,uid,state,due_ms,expires_ms,failures,notify,address,original,orcpt,kind,status,text,relay,done_ms,notice_ms) VALUES(5,7331840000012288,2,1001,0,1790000000005,4000000000000,0,0,'dave@direct.world.example','','',1,'4.3.5','no next hop is configured','',NULL,NULL);
INSERT INTO message(id,uid,record,part,sender,envid,ret,flags,from_domain,message_id,program,arrival_ms,size_bytes,body_file,waiting,report_ms,finished_ms) VALUES(7331840000016384,1000,x'04040404040404040404040404040404',0,'you@sender.example','',0,0,'sender.example','<4@sender.example>','cron',1790000000004,66,NULL,0,NULL,1790000000009);
INSERT INTO recipient(id,message,destination,uid,state,due_ms,expires_ms,failures,notify,address,original,orcpt,kind,status,text,relay,done_ms,notice_ms) VALUES(6,7331840000016384,1,1000,1,1790000000006,4000000000000,0,0,'owner@direct.world.example','','',0,'2.0.0','250 ok','mx.world.example[192.0.2.10]:25',1790000000009,NULL);
INSERT INTO sts(domain,id,policy,fetched_ms,expires_ms,barred_id,barred_ms,keep_ms) VALUES('direct.world.example','20260901','version: STSv1
mode: testing
mx: mx.world.example
max_age: 86400
',1790000000000,1790086400000,'',0,4000000000000);
INSERT INTO number(name,value) VALUES('open',3);
INSERT INTO number(name,value) VALUES('history',1);
INSERT INTO blocked(site,domain,address,since_ms,until_ms,stay_ms,times,alone,kind,status,text,relay,code,step,reason,reply_flags,source) VALUES('mx.blocked.example','','192.0.2.1',1790000000000,4000000000000,86400000,1,1,2,'5.7.1','listed','mx.blocked.example[192.0.2.30]:25',550,1,'',0,'');
INSERT INTO refused(address,refused_ms,message,kind,status,text,relay,code,step,reason,reply_flags,source) VALUES('nobody@direct.world.example',1790000000000,7331840000016384,2,'5.1.1','no such user','mx.world.example[192.0.2.10]:25',550,3,'',0,'');
INSERT INTO detour(family,settled,address,since_ms,why) VALUES(2,'192.0.2.1','',0,'');
PRAGMA application_id=1399416686;
PRAGMA user_version=12;
