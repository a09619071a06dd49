-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN "seenAt" TIMESTAMP(3);
