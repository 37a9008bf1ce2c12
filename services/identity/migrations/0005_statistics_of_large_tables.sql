-- PostgreSQL keeps a plan until the table is analysed or vacuumed. A table that was never analysed is
-- planned by index; one that was analysed with thirty rows would be scanned when it has a million.
-- So statistics are collected only once a table is large, and emptied pages stay with it.
-- See docs/decisions/0015.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE citizens SET (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
ALTER TABLE challenges SET (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
ALTER TABLE address_counts SET (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
ALTER TABLE sessions SET (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
