-- AlterTable
ALTER TABLE "Host" ADD COLUMN "certificate" TEXT COLLATE "C";
