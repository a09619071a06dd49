-- AlterTable
ALTER TABLE "AuditEntry" ADD COLUMN "seq" INTEGER;
ALTER TABLE "AuditEntry" ADD COLUMN "prevHash" TEXT COLLATE "C";
ALTER TABLE "AuditEntry" ADD COLUMN "hash" TEXT COLLATE "C";

-- CreateIndex
CREATE UNIQUE INDEX "AuditEntry_seq_key" ON "AuditEntry"("seq");

-- CreateIndex
CREATE UNIQUE INDEX "AuditEntry_prevHash_key" ON "AuditEntry"("prevHash");

-- What was written before this has no place in the chain yet. The next start gives it one, once; nothing else about an
-- entry may ever change, and its place neither, as soon as it has one.
DROP TRIGGER "AuditEntry_no_change" ON "AuditEntry";
CREATE TRIGGER "AuditEntry_no_delete" BEFORE DELETE OR TRUNCATE ON "AuditEntry"
  FOR EACH STATEMENT EXECUTE FUNCTION "AuditEntry_is_append_only"();
CREATE TRIGGER "AuditEntry_no_update" BEFORE UPDATE ON "AuditEntry"
  FOR EACH ROW WHEN (
    OLD."seq" IS NOT NULL OR OLD."prevHash" IS NOT NULL OR OLD."hash" IS NOT NULL
    OR NEW."seq" IS NULL OR NEW."prevHash" IS NULL OR NEW."hash" IS NULL
    OR (NEW."id", NEW."at", NEW."actor", NEW."action", NEW."target", NEW."detail", NEW."requestId")
      IS DISTINCT FROM (OLD."id", OLD."at", OLD."actor", OLD."action", OLD."target", OLD."detail", OLD."requestId")
  )
  EXECUTE FUNCTION "AuditEntry_is_append_only"();

CREATE FUNCTION "AuditEntry_is_chained"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'an audit entry needs its place in the chain';
END $$;
CREATE TRIGGER "AuditEntry_chained" BEFORE INSERT ON "AuditEntry"
  FOR EACH ROW WHEN (NEW."seq" IS NULL OR NEW."prevHash" IS NULL OR NEW."hash" IS NULL)
  EXECUTE FUNCTION "AuditEntry_is_chained"();
