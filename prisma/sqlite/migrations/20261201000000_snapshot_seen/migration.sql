-- AlterTable
ALTER TABLE "Snapshot" ADD COLUMN "seenAt" DATETIME;
