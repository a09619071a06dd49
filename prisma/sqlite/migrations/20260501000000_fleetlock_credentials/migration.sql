-- AlterTable
ALTER TABLE "Host" ADD COLUMN "credentialSince" DATETIME;
ALTER TABLE "Host" ADD COLUMN "nextCredentialAt" DATETIME;
ALTER TABLE "Host" ADD COLUMN "nextCredentialHash" TEXT;

-- CreateTable
CREATE TABLE "FleetlockCredential" (
    "group" TEXT NOT NULL PRIMARY KEY,
    "id" TEXT NOT NULL,
    "secretHash" TEXT NOT NULL,
    "secretSince" DATETIME NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "reason" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "FleetlockCredential_id_key" ON "FleetlockCredential"("id");
