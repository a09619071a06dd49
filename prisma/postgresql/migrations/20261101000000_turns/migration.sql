-- Writers of all replicas take turns, and each turn has a number: the database's time in milliseconds, or one more
-- than the turn before. Ids are made of it, so that they sort in the order of commits, whatever the replicas' clocks say.
CREATE SEQUENCE "berth_turns" AS BIGINT;

CREATE FUNCTION "berth_turn"() RETURNS BIGINT LANGUAGE plpgsql AS $$
BEGIN
  -- Whoever sees the database as it was before his turn would decide by what others have changed since.
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'berth writes in read committed transactions, not in %', current_setting('transaction_isolation');
  END IF;
  PERFORM "berth_writer"();
  RETURN setval('"berth_turns"', GREATEST(
    nextval('"berth_turns"'), floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
  ));
END $$;
