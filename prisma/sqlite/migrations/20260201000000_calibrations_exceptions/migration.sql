-- AlterTable
ALTER TABLE "BootEntry" ADD COLUMN "devicetree" BLOB;
ALTER TABLE "BootEntry" ADD COLUMN "devicetreeSha256" TEXT;

-- CreateTable
CREATE TABLE "Calibration" (
    "group" TEXT NOT NULL,
    "arch" TEXT NOT NULL,
    "release" TEXT NOT NULL,
    "rules" TEXT NOT NULL,
    "facts" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "setAt" DATETIME NOT NULL,
    "setBy" TEXT NOT NULL,

    PRIMARY KEY ("group", "arch", "release")
);

-- CreateTable
CREATE TABLE "ApprovedException" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "hostId" TEXT,
    "group" TEXT,
    "policy" TEXT NOT NULL,
    "approver" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    CONSTRAINT "ApprovedException_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
