-- Tables and columns get the names that the code uses, and `told_events`, which is written no more,
-- goes. Nothing is deployed that still uses the old names.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- squawk-ignore ban-drop-table
DROP TABLE told_events;

-- squawk-ignore renaming-table
ALTER TABLE cases RENAME TO applications;
-- squawk-ignore renaming-column
ALTER TABLE applications RENAME COLUMN receipt_of TO received_delivery_id;
-- squawk-ignore renaming-column
ALTER TABLE applications RENAME COLUMN told TO announced_event_ids;

-- squawk-ignore renaming-column
ALTER TABLE deliveries RENAME COLUMN told_delay_at TO delay_announced_at;
-- squawk-ignore renaming-column
ALTER TABLE deliveries RENAME COLUMN tried_since TO first_tried_at;

-- squawk-ignore renaming-table
ALTER TABLE webhooks RENAME TO webhook_calls;
-- squawk-ignore renaming-column
ALTER TABLE webhook_calls RENAME COLUMN heard_at TO received_at;
-- squawk-ignore renaming-object
ALTER INDEX webhooks_heard_at RENAME TO webhook_calls_received_at;
