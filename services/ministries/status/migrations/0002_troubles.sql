-- Why calls to a ministry's system failed last, and why it is down where more is known than silence.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE ministry_calls ADD COLUMN failure text;
ALTER TABLE ministry_status ADD COLUMN trouble text;
