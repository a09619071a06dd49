-- CreateTable
CREATE TABLE "SnapshotBasis" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "files" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "SnapshotBasis_kind_id_idx" ON "SnapshotBasis"("kind", "id");

-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN "basisId" TEXT REFERENCES "SnapshotBasis" ("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "Snapshot_basisId_idx" ON "Snapshot"("basisId");

-- Nobody wants a basis that no snapshot is packed against.
CREATE TRIGGER "Snapshot_forgets_basis" AFTER DELETE ON "Snapshot" WHEN OLD."basisId" IS NOT NULL
BEGIN
  DELETE FROM "SnapshotBasis" WHERE "id" = OLD."basisId"
    AND NOT EXISTS (SELECT 1 FROM "Snapshot" WHERE "basisId" = OLD."basisId");
END;
