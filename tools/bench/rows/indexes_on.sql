-- Build the dropped indexes again, from the same definitions.
DO $$
DECLARE aside record;
BEGIN
    FOR aside IN SELECT definition FROM filling_indexes LOOP
        EXECUTE aside.definition;
    END LOOP;
END $$;

DROP TABLE filling_indexes;
