-- AlterTable
ALTER TABLE "AuditEntry" ADD COLUMN "seq" INTEGER;
ALTER TABLE "AuditEntry" ADD COLUMN "prevHash" TEXT;
ALTER TABLE "AuditEntry" ADD COLUMN "hash" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "AuditEntry_seq_key" ON "AuditEntry"("seq");

-- CreateIndex
CREATE UNIQUE INDEX "AuditEntry_prevHash_key" ON "AuditEntry"("prevHash");

-- What was written before this has no place in the chain yet. The next start gives it one, once; nothing else about an
-- entry may ever change, and its place neither, as soon as it has one.
DROP TRIGGER "AuditEntry_no_update";
CREATE TRIGGER "AuditEntry_no_update" BEFORE UPDATE ON "AuditEntry"
WHEN OLD."seq" IS NOT NULL OR OLD."prevHash" IS NOT NULL OR OLD."hash" IS NOT NULL
  OR NEW."seq" IS NULL OR NEW."prevHash" IS NULL OR NEW."hash" IS NULL
  OR NEW."id" IS NOT OLD."id" OR NEW."at" IS NOT OLD."at" OR NEW."actor" IS NOT OLD."actor"
  OR NEW."action" IS NOT OLD."action" OR NEW."target" IS NOT OLD."target"
  OR NEW."detail" IS NOT OLD."detail" OR NEW."requestId" IS NOT OLD."requestId"
BEGIN
  SELECT RAISE(ABORT, 'the audit is append-only');
END;

CREATE TRIGGER "AuditEntry_chained" BEFORE INSERT ON "AuditEntry"
WHEN NEW."seq" IS NULL OR NEW."prevHash" IS NULL OR NEW."hash" IS NULL
BEGIN
  SELECT RAISE(ABORT, 'an audit entry needs its place in the chain');
END;
