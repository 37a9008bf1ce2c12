SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The days in Dhaka on which applications were counted again.
CREATE TABLE recounts (
    counted_on date PRIMARY KEY
);
