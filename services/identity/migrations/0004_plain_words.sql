SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Plain names for tables and columns. No version that reads the old names is deployed anywhere.
-- squawk-ignore renaming-column
ALTER TABLE challenges RENAME COLUMN asked_at TO requested_at;
-- squawk-ignore renaming-column
ALTER TABLE challenges RENAME COLUMN tries_left TO attempts_left;
-- squawk-ignore renaming-column
ALTER TABLE challenges RENAME COLUMN forget_at TO delete_after;
-- squawk-ignore renaming-object
ALTER INDEX challenges_forget_at RENAME TO challenges_delete_after;

-- squawk-ignore renaming-table
ALTER TABLE address_windows RENAME TO address_counts;
-- squawk-ignore renaming-column
ALTER TABLE address_counts RENAME COLUMN asked TO requests;

-- squawk-ignore renaming-column
ALTER TABLE sessions RENAME COLUMN most_until TO absolute_expires_at;
-- squawk-ignore renaming-column
ALTER TABLE sessions RENAME COLUMN next_salt TO successor_salt;

-- squawk-ignore renaming-column
ALTER TABLE signing_keys RENAME COLUMN private_wrapped TO wrapped_private_key;

-- squawk-ignore renaming-column
ALTER TABLE staff RENAME COLUMN tries_left TO attempts_left;
