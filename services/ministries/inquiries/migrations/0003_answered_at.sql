-- Since when a ministry has said nothing about an application that can be used.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE inquiries ADD COLUMN answered_at timestamptz NOT NULL DEFAULT now();

-- Few rows: applications that wait at ministries that have to be asked.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX inquiries_by_answer ON inquiries (ministry, answered_at);
