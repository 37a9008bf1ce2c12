-- Nothing reads the copy of the catalogue: a submission names its ministry, and nothing else of a
-- public service matters here.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- squawk-ignore ban-drop-table
DROP TABLE public_services;
