-- CreateTable
CREATE TABLE "Webhook" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "url" TEXT NOT NULL,
    "kinds" TEXT,
    "rolloutId" TEXT,
    "group" TEXT,
    "reason" TEXT NOT NULL,
    "secret" BLOB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "createdBy" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "stateSince" DATETIME NOT NULL,
    "cursor" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "nextAt" DATETIME,
    "ping" TEXT,
    "claim" TEXT,
    "claimUntil" DATETIME
);

-- CreateTable
CREATE TABLE "WebhookDelivery" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "webhookId" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "at" DATETIME NOT NULL,
    "outcome" TEXT NOT NULL,
    "status" INTEGER,
    "detail" TEXT NOT NULL,
    CONSTRAINT "WebhookDelivery_webhookId_fkey" FOREIGN KEY ("webhookId") REFERENCES "Webhook" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "WebhookDelivery_webhookId_id_idx" ON "WebhookDelivery"("webhookId", "id");

-- The newest thousand of each webhook tell enough.
CREATE TRIGGER "WebhookDelivery_forgets" AFTER INSERT ON "WebhookDelivery"
BEGIN
  DELETE FROM "WebhookDelivery" WHERE "webhookId" = NEW."webhookId" AND "id" < (
    SELECT "id" FROM "WebhookDelivery" WHERE "webhookId" = NEW."webhookId" ORDER BY "id" DESC LIMIT 1 OFFSET 999
  );
END;
