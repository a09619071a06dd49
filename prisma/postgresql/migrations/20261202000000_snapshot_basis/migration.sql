-- CreateTable
CREATE TABLE "SnapshotBasis" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "files" BYTEA NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SnapshotBasis_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SnapshotBasis_kind_id_idx" ON "SnapshotBasis"("kind", "id");

-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN "basisId" TEXT COLLATE "C";

-- CreateIndex
CREATE INDEX "Snapshot_basisId_idx" ON "Snapshot"("basisId");

-- AddForeignKey
ALTER TABLE "Snapshot" ADD CONSTRAINT "Snapshot_basisId_fkey" FOREIGN KEY ("basisId") REFERENCES "SnapshotBasis"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Nobody wants a basis that no snapshot is packed against.
CREATE FUNCTION "Snapshot_forgets_basis"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM "SnapshotBasis" WHERE "id" = OLD."basisId"
    AND NOT EXISTS (SELECT 1 FROM "Snapshot" WHERE "basisId" = OLD."basisId");
  RETURN NULL;
END $$;
CREATE TRIGGER "Snapshot_forgets_basis" AFTER DELETE ON "Snapshot"
  FOR EACH ROW WHEN (OLD."basisId" IS NOT NULL) EXECUTE FUNCTION "Snapshot_forgets_basis"();
