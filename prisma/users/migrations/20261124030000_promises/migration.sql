-- What the service promises of its rows, the database promises too.
ALTER TABLE "user"
    ALTER COLUMN "roles" SET NOT NULL,
    ADD CONSTRAINT "user_email" CHECK (char_length("email") BETWEEN 3 AND 254),
    ADD CONSTRAINT "user_display_name" CHECK (char_length("display_name") BETWEEN 1 AND 100),
    ADD CONSTRAINT "user_roles" CHECK ("roles" <@ ARRAY['CATALOGUE_MANAGER', 'ORDER_MANAGER', 'ADMIN']);
-- The list of users by their address.
CREATE INDEX "user_email_idx" ON "user"(lower("email"), "created_at", "id");
-- A few rows among millions, which every change of roles locks.
CREATE INDEX "user_admin_idx" ON "user"("id") WHERE 'ADMIN' = ANY("roles");

ALTER TABLE "address"
    ALTER COLUMN "lines" SET NOT NULL,
    ADD CONSTRAINT "address_lines" CHECK (cardinality("lines") BETWEEN 1 AND 3),
    ADD CONSTRAINT "address_recipient" CHECK (char_length("recipient") BETWEEN 1 AND 100),
    ADD CONSTRAINT "address_city" CHECK (char_length("city") BETWEEN 1 AND 100),
    ADD CONSTRAINT "address_region" CHECK (char_length("region") BETWEEN 1 AND 100),
    ADD CONSTRAINT "address_postal_code" CHECK (char_length("postal_code") BETWEEN 1 AND 20),
    ADD CONSTRAINT "address_country_code" CHECK ("country_code" ~ '^[A-Z]{2}$');

ALTER TABLE "refresh_token" ADD CONSTRAINT "refresh_token_hash" CHECK (octet_length("hash") = 32);

-- Attempts are counted before their outcome is known, so the table is named after what it counts.
DROP TABLE "login_failure";
CREATE TABLE "login_attempt" (
    "email" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "window_end" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "login_attempt_pkey" PRIMARY KEY ("email"),
    CONSTRAINT "login_attempt_email" CHECK (char_length("email") <= 254),
    CONSTRAINT "login_attempt_attempts" CHECK ("attempts" >= 0)
);
CREATE INDEX "login_attempt_window_end_idx" ON "login_attempt"("window_end");
