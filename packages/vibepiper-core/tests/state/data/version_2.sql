PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT NOT NULL, 
	partition TEXT NOT NULL, 
	attempt INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	error TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "attempts" VALUES(1,'01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-01',1,'2026-11-24 04:41:51.243284','2026-11-24 04:41:51.520395','succeeded',NULL);
INSERT INTO "attempts" VALUES(2,'01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-02',1,'2026-11-24 04:41:51.520921','2026-11-24 04:41:51.562617','succeeded',NULL);
INSERT INTO "attempts" VALUES(3,'01a20bdc-3761-7528-ab39-09a398f31512','größe','2026-03-01..2026-03-02',1,'2026-11-24 04:41:51.564080','2026-11-24 04:41:51.623761','succeeded',NULL);
INSERT INTO "attempts" VALUES(4,'01a20bdc-3761-7528-ab39-09a398f31512','kaputt','',1,'2026-11-24 04:41:51.624246','2026-11-24 04:41:51.628819','failed','asset ''kaputt'' raised OSError: kaputt 👋 (/home/of/old/pipeline.py:13)');
INSERT INTO "attempts" VALUES(5,'01a20bdc-3c8b-71c5-a846-7a19f1911787','source','2026-03-03',1,'2026-11-24 04:41:52.563716','2026-11-24 04:41:52.795000','succeeded',NULL);
INSERT INTO "attempts" VALUES(6,'01a20bdc-3c8b-71c5-a846-7a19f1911787','größe','2026-03-03',1,'2026-11-24 04:41:52.795525','2026-11-24 04:41:52.900447','succeeded',NULL);
INSERT INTO "attempts" VALUES(7,'01a20bdc-3c8b-71c5-a846-7a19f1911787','kaputt','',1,'2026-11-24 04:41:52.901239','2026-11-24 04:41:52.910037','failed','asset ''kaputt'' raised OSError: kaputt 👋 (/home/of/old/pipeline.py:13)');
CREATE TABLE check_results (
	id INTEGER NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT NOT NULL, 
	partition TEXT NOT NULL, 
	"check" TEXT NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	severity VARCHAR(16) NOT NULL, 
	"column" TEXT, 
	rows BIGINT, 
	failed_rows BIGINT, 
	expected TEXT, 
	observed TEXT, 
	examples JSON NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE claims (
	id INTEGER NOT NULL, 
	environment TEXT NOT NULL, 
	asset TEXT NOT NULL, 
	label TEXT, 
	"begin" BIGINT, 
	"end" BIGINT, 
	run_id VARCHAR(36) NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE code_versions (
	code_version TEXT NOT NULL, 
	parts JSON NOT NULL, 
	PRIMARY KEY (code_version)
);
INSERT INTO "code_versions" VALUES('bd2b4ff5bba0593c','{"setting input date": "partition date as str", "setting partitions": "{\"date\": {\"every\": \"day\", \"first\": 0, \"timezone\": \"UTC\", \"column\": \"at\"}}", "function source() in pipeline.py": "#d82054e8b363"}');
INSERT INTO "code_versions" VALUES('8441bdc5c679f597','{"setting upstream": "source", "setting input source": "asset source", "setting partitions": "{\"date\": {\"every\": \"day\", \"first\": 0, \"timezone\": \"UTC\", \"column\": \"at\"}}", "function gr\u00f6\u00dfe() in pipeline.py": "#29914a13092d"}');
CREATE TABLE dynamic_partitions (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT, 
	partition TEXT NOT NULL, 
	kind VARCHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	data JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,'01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-01','step_started','2026-11-24 04:41:51.243284','{"code_version": "bd2b4ff5bba0593c"}');
INSERT INTO "events" VALUES(2,'01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-01','step_succeeded','2026-11-24 04:41:51.520395','{"rows": 1, "uri": "duckdb:///home/of/old/w.duckdb/main.source"}');
INSERT INTO "events" VALUES(3,'01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-02','step_started','2026-11-24 04:41:51.520921','{"code_version": "bd2b4ff5bba0593c"}');
INSERT INTO "events" VALUES(4,'01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-02','step_succeeded','2026-11-24 04:41:51.562617','{"rows": 1, "uri": "duckdb:///home/of/old/w.duckdb/main.source"}');
INSERT INTO "events" VALUES(5,'01a20bdc-3761-7528-ab39-09a398f31512','größe','2026-03-01..2026-03-02','step_started','2026-11-24 04:41:51.564080','{"code_version": "8441bdc5c679f597"}');
INSERT INTO "events" VALUES(6,'01a20bdc-3761-7528-ab39-09a398f31512','größe','2026-03-01..2026-03-02','step_succeeded','2026-11-24 04:41:51.623761','{"rows": 2, "uri": "duckdb:///home/of/old/w.duckdb/main.gr\u00f6\u00dfe"}');
INSERT INTO "events" VALUES(7,'01a20bdc-3761-7528-ab39-09a398f31512','kaputt','','step_started','2026-11-24 04:41:51.624246','{"code_version": "ecad9ff7964b83f7"}');
INSERT INTO "events" VALUES(8,'01a20bdc-3761-7528-ab39-09a398f31512','kaputt','','step_failed','2026-11-24 04:41:51.628819','{"message": "asset ''kaputt'' raised OSError: kaputt \ud83d\udc4b (/home/of/old/pipeline.py:13)", "traceback": "Traceback (most recent call last):\n  File \"/home/of/old/pipeline.py\", line 13, in kaputt\n    raise OSError(\"kaputt \ud83d\udc4b\")\nOSError: kaputt \ud83d\udc4b\n", "context": ["input ''gr\u00f6\u00dfe[2026-03-01..2026-03-02]'': version 4f8a9df93e4190ea, 2 rows"], "reason": "asset ''kaputt'' raised OSError: kaputt \ud83d\udc4b (/home/of/old/pipeline.py:13)"}');
INSERT INTO "events" VALUES(9,'01a20bdc-3761-7528-ab39-09a398f31512',NULL,'','run_finished','2026-11-24 04:41:51.629283','{"status": "failed"}');
INSERT INTO "events" VALUES(10,'01a20bdc-3c8b-71c5-a846-7a19f1911787','source','2026-03-03','step_started','2026-11-24 04:41:52.563716','{"code_version": "bd2b4ff5bba0593c"}');
INSERT INTO "events" VALUES(11,'01a20bdc-3c8b-71c5-a846-7a19f1911787','source','2026-03-03','step_succeeded','2026-11-24 04:41:52.795000','{"rows": 1, "uri": "duckdb:///home/of/old/w.duckdb/main.source"}');
INSERT INTO "events" VALUES(12,'01a20bdc-3c8b-71c5-a846-7a19f1911787','größe','2026-03-03','step_started','2026-11-24 04:41:52.795525','{"code_version": "8441bdc5c679f597"}');
INSERT INTO "events" VALUES(13,'01a20bdc-3c8b-71c5-a846-7a19f1911787','größe','2026-03-03','step_succeeded','2026-11-24 04:41:52.900447','{"rows": 1, "uri": "duckdb:///home/of/old/w.duckdb/main.gr\u00f6\u00dfe"}');
INSERT INTO "events" VALUES(14,'01a20bdc-3c8b-71c5-a846-7a19f1911787','kaputt','','step_started','2026-11-24 04:41:52.901239','{"code_version": "ecad9ff7964b83f7"}');
INSERT INTO "events" VALUES(15,'01a20bdc-3c8b-71c5-a846-7a19f1911787','kaputt','','step_failed','2026-11-24 04:41:52.910037','{"message": "asset ''kaputt'' raised OSError: kaputt \ud83d\udc4b (/home/of/old/pipeline.py:13)", "traceback": "Traceback (most recent call last):\n  File \"/home/of/old/pipeline.py\", line 13, in kaputt\n    raise OSError(\"kaputt \ud83d\udc4b\")\nOSError: kaputt \ud83d\udc4b\n", "context": ["input ''gr\u00f6\u00dfe[2026-03-03]'': version dead83ebe461d0cf, 1 rows"], "reason": "asset ''kaputt'' raised OSError: kaputt \ud83d\udc4b (/home/of/old/pipeline.py:13)"}');
INSERT INTO "events" VALUES(16,'01a20bdc-3c8b-71c5-a846-7a19f1911787',NULL,'','run_finished','2026-11-24 04:41:52.910309','{"status": "failed"}');
CREATE TABLE fencing (
	token BIGINT NOT NULL
);
INSERT INTO "fencing" VALUES(1795495312525002);
CREATE TABLE materializations (
	id INTEGER NOT NULL, 
	load_id TEXT NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT NOT NULL, 
	partition TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	store TEXT NOT NULL, 
	uri TEXT NOT NULL, 
	rows BIGINT, 
	total_rows BIGINT, 
	bytes BIGINT, 
	checksum TEXT, 
	schema JSON, 
	code_version TEXT, 
	data_version TEXT, 
	upstream JSON, 
	settings JSON, 
	cursor TEXT, 
	notes JSON, 
	restored_from TEXT, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (load_id)
);
INSERT INTO "materializations" VALUES(1,'914bb6fe440b356e','01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-01','default','default','duckdb:///home/of/old/w.duckdb/main.source',1,1,NULL,NULL,'[["at", "date32[day]"], ["n", "int64"]]','bd2b4ff5bba0593c','914bb6fe440b356e','{}','{}',NULL,NULL,NULL,'2026-11-24 04:41:51.520395','2026-11-24 04:41:51.520395');
INSERT INTO "materializations" VALUES(2,'0cb4a3dfec60e324','01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-02','default','default','duckdb:///home/of/old/w.duckdb/main.source',1,2,NULL,NULL,'[["at", "date32[day]"], ["n", "int64"]]','bd2b4ff5bba0593c','0cb4a3dfec60e324','{}','{}',NULL,NULL,NULL,'2026-11-24 04:41:51.562617','2026-11-24 04:41:51.562617');
INSERT INTO "materializations" VALUES(3,'4f8a9df93e4190ea','01a20bdc-3761-7528-ab39-09a398f31512','größe','2026-03-01..2026-03-02','default','default','duckdb:///home/of/old/w.duckdb/main.größe',2,2,NULL,NULL,'[["at", "date32[day]"], ["n", "int64"]]','8441bdc5c679f597','4f8a9df93e4190ea','{"source": ["914bb6fe440b356e", "0cb4a3dfec60e324"]}','{}',NULL,NULL,NULL,'2026-11-24 04:41:51.623761','2026-11-24 04:41:51.623761');
INSERT INTO "materializations" VALUES(4,'74f5f05929b9b11b','01a20bdc-3c8b-71c5-a846-7a19f1911787','source','2026-03-03','default','default','duckdb:///home/of/old/w.duckdb/main.source',1,3,NULL,NULL,'[["at", "date32[day]"], ["n", "int64"]]','bd2b4ff5bba0593c','74f5f05929b9b11b','{}','{}',NULL,NULL,NULL,'2026-11-24 04:41:52.795000','2026-11-24 04:41:52.795000');
INSERT INTO "materializations" VALUES(5,'dead83ebe461d0cf','01a20bdc-3c8b-71c5-a846-7a19f1911787','größe','2026-03-03','default','default','duckdb:///home/of/old/w.duckdb/main.größe',1,3,NULL,NULL,'[["at", "date32[day]"], ["n", "int64"]]','8441bdc5c679f597','dead83ebe461d0cf','{"source": "74f5f05929b9b11b"}','{}',NULL,NULL,NULL,'2026-11-24 04:41:52.900447','2026-11-24 04:41:52.900447');
CREATE TABLE partitions (
	environment TEXT NOT NULL, 
	asset TEXT NOT NULL, 
	layer VARCHAR(16) NOT NULL, 
	label TEXT NOT NULL, 
	"begin" BIGINT NOT NULL, 
	"end" BIGINT NOT NULL, 
	code_version TEXT, 
	PRIMARY KEY (environment, asset, layer, label, "begin")
)
 WITHOUT ROWID

;
INSERT INTO "partitions" VALUES('default','größe','materialized','',1772323200,1772582400,'8441bdc5c679f597');
INSERT INTO "partitions" VALUES('default','kaputt','failed','',0,1,'ecad9ff7964b83f7');
INSERT INTO "partitions" VALUES('default','source','materialized','',1772323200,1772582400,'bd2b4ff5bba0593c');
CREATE TABLE runs (
	id VARCHAR(36) NOT NULL, 
	project TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	params JSON NOT NULL, 
	request JSON, 
	code TEXT, 
	host TEXT NOT NULL, 
	pid BIGINT NOT NULL, 
	token BIGINT NOT NULL, 
	lease_until BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('01a20bdc-3761-7528-ab39-09a398f31512','old','default','failed','2026-11-24 04:41:51.202682','2026-11-24 04:41:51.629288','{}','{"at": "2026-11-24T04:41:50.903448Z", "selectors": ["*"], "exclude": [], "params": {}, "partitions": {"keys": [], "first": "2026-03-01", "last": "2026-03-02", "missing": false, "failed": false}, "force": false, "full_refresh": false}',NULL,'host',9017,1795495311202982,NULL);
INSERT INTO "runs" VALUES('01a20bdc-3c8b-71c5-a846-7a19f1911787','old','default','failed','2026-11-24 04:41:52.524476','2026-11-24 04:41:52.910314','{}','{"at": "2026-11-24T04:41:52.276063Z", "selectors": [], "exclude": [], "params": {}, "partitions": {"keys": [], "first": null, "last": null, "missing": false, "failed": false}, "force": false, "full_refresh": false}',NULL,'host',9117,1795495312525002,NULL);
CREATE TABLE steps (
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT NOT NULL, 
	partition TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	attempt INTEGER NOT NULL, 
	started_at DATETIME, 
	ended_at DATETIME, 
	rows BIGINT, 
	reason TEXT, 
	load_id TEXT, 
	profile JSON, 
	span_label TEXT, 
	span_begin BIGINT, 
	span_end BIGINT, 
	PRIMARY KEY (run_id, asset, partition)
)
 WITHOUT ROWID

;
INSERT INTO "steps" VALUES('01a20bdc-3761-7528-ab39-09a398f31512','größe','2026-03-01..2026-03-02',2,'succeeded',1,'2026-11-24 04:41:51.564080','2026-11-24 04:41:51.623761',2,NULL,'4f8a9df93e4190ea',NULL,'',1772323200,1772496000);
INSERT INTO "steps" VALUES('01a20bdc-3761-7528-ab39-09a398f31512','kaputt','',3,'failed',1,'2026-11-24 04:41:51.624246','2026-11-24 04:41:51.628819',NULL,'asset ''kaputt'' raised OSError: kaputt 👋 (/home/of/old/pipeline.py:13)',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "steps" VALUES('01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-01',0,'succeeded',1,'2026-11-24 04:41:51.243284','2026-11-24 04:41:51.520395',1,NULL,'914bb6fe440b356e',NULL,'',1772323200,1772409600);
INSERT INTO "steps" VALUES('01a20bdc-3761-7528-ab39-09a398f31512','source','2026-03-02',1,'succeeded',1,'2026-11-24 04:41:51.520921','2026-11-24 04:41:51.562617',1,NULL,'0cb4a3dfec60e324',NULL,'',1772409600,1772496000);
INSERT INTO "steps" VALUES('01a20bdc-3c8b-71c5-a846-7a19f1911787','größe','2026-03-03',1,'succeeded',1,'2026-11-24 04:41:52.795525','2026-11-24 04:41:52.900447',1,NULL,'dead83ebe461d0cf',NULL,'',1772496000,1772582400);
INSERT INTO "steps" VALUES('01a20bdc-3c8b-71c5-a846-7a19f1911787','kaputt','',2,'failed',1,'2026-11-24 04:41:52.901239','2026-11-24 04:41:52.910037',NULL,'asset ''kaputt'' raised OSError: kaputt 👋 (/home/of/old/pipeline.py:13)',NULL,NULL,NULL,NULL,NULL);
INSERT INTO "steps" VALUES('01a20bdc-3c8b-71c5-a846-7a19f1911787','source','2026-03-03',0,'succeeded',1,'2026-11-24 04:41:52.563716','2026-11-24 04:41:52.795000',1,NULL,'74f5f05929b9b11b',NULL,'',1772496000,1772582400);
CREATE INDEX runs_environment ON runs (environment, id);
CREATE INDEX runs_status ON runs (status);
CREATE INDEX attempts_run ON attempts (run_id);
CREATE INDEX events_run ON events (run_id);
CREATE INDEX materializations_partition ON materializations (environment, asset, partition, id);
CREATE INDEX materializations_run ON materializations (run_id);
CREATE INDEX materializations_latest ON materializations (environment, asset, id);
CREATE INDEX check_results_run ON check_results (run_id);
CREATE INDEX claims_asset ON claims (environment, asset);
CREATE INDEX claims_run ON claims (run_id);
CREATE UNIQUE INDEX dynamic_partitions_key ON dynamic_partitions (name, "key");
COMMIT;
