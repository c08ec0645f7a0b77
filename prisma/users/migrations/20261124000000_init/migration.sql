CREATE TABLE "user" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "password_hash" TEXT,
    "roles" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "user_kind" CHECK ("kind" IN ('CUSTOMER', 'GUEST')),
    -- A customer is whoever has a password.
    CONSTRAINT "user_password" CHECK (("kind" = 'CUSTOMER') = ("password_hash" IS NOT NULL)),
    CONSTRAINT "user_guest_roles" CHECK ("kind" = 'CUSTOMER' OR cardinality("roles") = 0)
);
CREATE INDEX "user_created_at_id_idx" ON "user"("created_at", "id");
-- Guests may share an address with each other and with a customer; two customers may not.
CREATE UNIQUE INDEX "user_customer_email_key" ON "user"(lower("email")) WHERE "kind" = 'CUSTOMER';

CREATE TABLE "address" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "recipient" TEXT NOT NULL,
    "lines" TEXT[],
    "city" TEXT NOT NULL,
    "region" TEXT,
    "postal_code" TEXT,
    "country_code" TEXT NOT NULL,
    "is_default" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "address_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "address_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE INDEX "address_user_id_id_idx" ON "address"("user_id", "id");
-- One default an address book, whatever two requests at once may try.
CREATE UNIQUE INDEX "address_default_key" ON "address"("user_id") WHERE "is_default";

CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "session_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE INDEX "session_user_id_idx" ON "session"("user_id");

CREATE TABLE "refresh_token" (
    "hash" BYTEA NOT NULL,
    "session_id" UUID NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "refresh_token_pkey" PRIMARY KEY ("hash"),
    CONSTRAINT "refresh_token_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "session"("id") ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE INDEX "refresh_token_session_id_idx" ON "refresh_token"("session_id");
CREATE INDEX "refresh_token_expires_at_idx" ON "refresh_token"("expires_at");

CREATE TABLE "login_failure" (
    "email" TEXT NOT NULL,
    "failures" INTEGER NOT NULL,
    "window_end" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "login_failure_pkey" PRIMARY KEY ("email")
);
CREATE INDEX "login_failure_window_end_idx" ON "login_failure"("window_end");

CREATE TABLE "outbox" (
    "shard" SMALLINT NOT NULL DEFAULT 0,
    "seq" BIGSERIAL NOT NULL,
    "id" UUID NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "envelope" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("shard", "seq")
);
CREATE INDEX "outbox_seq_idx" ON "outbox"("seq");

CREATE TABLE "inbox" (
    "shard" SMALLINT NOT NULL DEFAULT 0,
    "consumer" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("shard", "consumer", "event_id")
);
CREATE INDEX "inbox_received_at_idx" ON "inbox"("received_at");
