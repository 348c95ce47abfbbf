PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE check_results (
	id INTEGER NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT NOT NULL, 
	"check" TEXT NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	severity VARCHAR(16) NOT NULL, 
	"column" TEXT, 
	rows BIGINT, 
	failed_rows BIGINT, 
	expected TEXT, 
	observed TEXT, 
	examples JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "check_results" VALUES(1,'01900000-0000-7000-8000-000000000001','orders','not null','failed','warning','id',10,1,'no nulls','1','[{"id": "None"}]');
INSERT INTO "check_results" VALUES(2,'01900000-0000-7000-8000-000000000001','sums','not null','failed','warning','id',10,1,'no nulls','1','[{"id": "None"}]');
CREATE TABLE events (
	id INTEGER NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT, 
	kind VARCHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	data JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "events" VALUES(1,'01900000-0000-7000-8000-000000000001','orders','step_started','2026-11-20 08:00:02.250000','{}');
INSERT INTO "events" VALUES(2,'01900000-0000-7000-8000-000000000001','orders','log','2026-11-20 08:00:03.250000','{"message": "Gr\u00fc\u00dfe \ud83d\udc4b"}');
INSERT INTO "events" VALUES(3,'01900000-0000-7000-8000-000000000001','orders','step_succeeded','2026-11-20 08:00:04.250000','{"rows": 1099511627776, "uri": "data/orders.parquet"}');
INSERT INTO "events" VALUES(4,'01900000-0000-7000-8000-000000000001','sums','step_started','2026-11-20 08:00:05.250000','{}');
INSERT INTO "events" VALUES(5,'01900000-0000-7000-8000-000000000001','sums','log','2026-11-20 08:00:06.250000','{"message": "Gr\u00fc\u00dfe \ud83d\udc4b"}');
INSERT INTO "events" VALUES(6,'01900000-0000-7000-8000-000000000001','sums','step_succeeded','2026-11-20 08:00:07.250000','{"rows": 0, "uri": "data/sums.parquet"}');
INSERT INTO "events" VALUES(7,'01900000-0000-7000-8000-000000000001','leer','step_failed','2026-11-20 08:00:08.250000','{"message": "kaputt"}');
INSERT INTO "events" VALUES(8,'01900000-0000-7000-8000-000000000001',NULL,'run_finished','2026-11-20 08:00:09.250000','{"status": "failed"}');
INSERT INTO "events" VALUES(9,'01900000-0000-7000-8000-000000000002','orders','step_started','2026-11-20 08:00:12.250000','{}');
CREATE TABLE materializations (
	id INTEGER NOT NULL, 
	load_id VARCHAR(32) NOT NULL, 
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	store TEXT NOT NULL, 
	uri TEXT NOT NULL, 
	rows BIGINT, 
	bytes BIGINT, 
	checksum TEXT, 
	schema JSON, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (load_id), 
	FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "materializations" VALUES(1,'0000000000000000000000000000006f','01900000-0000-7000-8000-000000000001','orders','prod','default','data/orders.parquet',1099511627776,512,'sha256:abc','[["id", "int64"], ["when", "timestamp[us, tz=UTC]"]]','2026-11-20 08:00:04.250000');
INSERT INTO "materializations" VALUES(2,'00000000000000000000000000000073','01900000-0000-7000-8000-000000000001','sums','prod','default','data/sums.parquet',0,512,'sha256:abc','[["id", "int64"], ["when", "timestamp[us, tz=UTC]"]]','2026-11-20 08:00:07.250000');
CREATE TABLE runs (
	id VARCHAR(36) NOT NULL, 
	project TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	params JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('01900000-0000-7000-8000-000000000001','shop','prod','failed','2026-11-20 08:00:01.250000','2026-11-20 08:00:10.250000','{"date": "2026-11-20", "gr\u00f6\u00dfe": 7}');
INSERT INTO "runs" VALUES('01900000-0000-7000-8000-000000000002','shop','dev','running','2026-11-20 08:00:11.250000',NULL,'{}');
CREATE TABLE steps (
	run_id VARCHAR(36) NOT NULL, 
	asset TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	started_at DATETIME, 
	ended_at DATETIME, 
	rows BIGINT, 
	reason TEXT, 
	PRIMARY KEY (run_id, asset), 
	FOREIGN KEY(run_id) REFERENCES runs (id)
);
INSERT INTO "steps" VALUES('01900000-0000-7000-8000-000000000001','orders',0,'succeeded','2026-11-20 08:00:02.250000','2026-11-20 08:00:04.250000',1099511627776,NULL);
INSERT INTO "steps" VALUES('01900000-0000-7000-8000-000000000001','sums',1,'succeeded','2026-11-20 08:00:05.250000','2026-11-20 08:00:07.250000',0,NULL);
INSERT INTO "steps" VALUES('01900000-0000-7000-8000-000000000001','leer',2,'failed',NULL,'2026-11-20 08:00:08.250000',NULL,'kaputt
line 2');
INSERT INTO "steps" VALUES('01900000-0000-7000-8000-000000000002','orders',0,'running','2026-11-20 08:00:12.250000',NULL,NULL,NULL);
INSERT INTO "steps" VALUES('01900000-0000-7000-8000-000000000002','sums',1,'pending',NULL,NULL,NULL,NULL);
CREATE INDEX ix_events_run_id ON events (run_id);
CREATE INDEX materializations_latest ON materializations (environment, asset, id);
CREATE INDEX ix_check_results_run_id ON check_results (run_id);
COMMIT;
