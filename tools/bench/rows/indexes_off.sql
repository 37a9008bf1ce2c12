-- Drop the indexes whose entries come in random order: built once at the end, they take a fraction
-- of the time.
CREATE TABLE filling_indexes AS
SELECT relname AS name, pg_get_indexdef(oid) AS definition
FROM pg_class
WHERE relname IN ('applications_by_tracking_number', 'applications_by_citizen');

DO $$
DECLARE aside record;
BEGIN
    FOR aside IN SELECT name FROM filling_indexes LOOP
        EXECUTE format('DROP INDEX %I', aside.name);
    END LOOP;
END $$;
