-- A reference table: the one exception to "every table leads its key with shard".
CREATE TABLE "catalogue_variant" (
    "id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    -- Not unique: events of two variants come in any order, so a SKU that moved may stand here twice for a moment.
    "sku" TEXT COLLATE "C" NOT NULL,
    "product_name" TEXT NOT NULL,
    "variant_name" TEXT NOT NULL,
    "currency_code" TEXT COLLATE "C" NOT NULL,
    "price_minor" BIGINT NOT NULL,
    "is_sold" BOOLEAN NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "catalogue_variant_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "catalogue_variant_price" CHECK ("price_minor" >= 0)
);
CREATE INDEX "catalogue_variant_sku_idx" ON "catalogue_variant"("sku");

CREATE TABLE "cart" (
    "shard" SMALLINT NOT NULL,
    "id" UUID NOT NULL,
    "customer_id" UUID,
    "secret_hash" BYTEA,
    "currency_code" TEXT COLLATE "C",
    "version" INTEGER NOT NULL DEFAULT 1,
    "order_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cart_pkey" PRIMARY KEY ("shard", "id"),
    -- Owned or held by a secret, never both and never neither.
    CONSTRAINT "cart_holder" CHECK (("customer_id" IS NULL) = ("secret_hash" IS NOT NULL) AND length("secret_hash") = 32)
) PARTITION BY RANGE ("shard");
CREATE INDEX "cart_updated_at_idx" ON "cart"("updated_at");

CREATE TABLE "cart_line" (
    "shard" SMALLINT NOT NULL,
    "cart_id" UUID NOT NULL,
    -- No foreign key to the projection: it may be emptied and rebuilt from the events while carts live.
    "variant_id" UUID NOT NULL,
    "sku" TEXT COLLATE "C" NOT NULL,
    "quantity" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,

    CONSTRAINT "cart_line_pkey" PRIMARY KEY ("shard", "cart_id", "variant_id"),
    CONSTRAINT "cart_line_shard_cart_id_fkey" FOREIGN KEY ("shard", "cart_id") REFERENCES "cart"("shard", "id") ON DELETE CASCADE ON UPDATE RESTRICT,
    CONSTRAINT "cart_line_quantity" CHECK ("quantity" BETWEEN 1 AND 10000)
) PARTITION BY RANGE ("shard");

CREATE SEQUENCE "order_number_seq" START 100001;

CREATE TABLE "order" (
    "shard" SMALLINT NOT NULL,
    "id" UUID NOT NULL,
    "number" TEXT COLLATE "C" NOT NULL DEFAULT 'E-' || nextval('order_number_seq'),
    "customer_id" UUID NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "awaiting" TEXT COLLATE "C",
    "cancellation_reason" TEXT COLLATE "C",
    "currency_code" TEXT COLLATE "C" NOT NULL,
    "total_minor" BIGINT NOT NULL,
    "captured_minor" BIGINT NOT NULL DEFAULT 0,
    "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    "shipping_address" JSONB NOT NULL,
    "tracking_code" TEXT,
    "payment_provider" TEXT NOT NULL,
    "payment_token" TEXT,
    "cart_id" UUID NOT NULL,
    "idempotency_key" TEXT COLLATE "C" NOT NULL,
    "input_hash" BYTEA NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "sweeps" INTEGER NOT NULL DEFAULT 0,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "order_pkey" PRIMARY KEY ("shard", "id"),
    -- The 12 bits after the UUID's version are the shard: an id in another shard's partition would never be found.
    CONSTRAINT "order_id_tells_shard" CHECK (('x' || substr("id"::text, 16, 3))::bit(12)::int = "shard"),
    CONSTRAINT "order_number" CHECK ("number" ~ '^E-[0-9]+$'),
    CONSTRAINT "order_status" CHECK (CASE "status"
        WHEN 'PLACED' THEN "awaiting" IN ('STOCK', 'PAYMENT') AND "awaiting" IS NOT NULL AND "cancellation_reason" IS NULL
        WHEN 'PAID' THEN "awaiting" IS NULL AND "cancellation_reason" IS NULL AND "captured_minor" = "total_minor"
        WHEN 'SHIPPED' THEN "awaiting" IS NULL AND "cancellation_reason" IS NULL AND "captured_minor" = "total_minor"
        -- Cancelled is given back: nobody is ever charged for nothing.
        WHEN 'CANCELLED' THEN "awaiting" IS NULL AND "cancellation_reason" IS NOT NULL AND "refunded_minor" = "captured_minor"
        ELSE false END),
    CONSTRAINT "order_cancellation_reason" CHECK ("cancellation_reason" IN ('REQUESTED', 'OUT_OF_STOCK', 'PRICE_CHANGED', 'NOT_SOLD', 'PAYMENT_DECLINED', 'PAYMENT_TIMED_OUT')),
    -- Charged once at most, refunded no more than was charged.
    CONSTRAINT "order_money" CHECK ("refunded_minor" >= 0 AND "captured_minor" >= "refunded_minor" AND "total_minor" >= "captured_minor"),
    CONSTRAINT "order_currency_code" CHECK ("currency_code" ~ '^[A-Z]{3}$'),
    CONSTRAINT "order_input_hash" CHECK (length("input_hash") = 32)
) PARTITION BY RANGE ("shard");
-- Unique over all shards too: the numbers come from one sequence. The constraint has to name the shard.
CREATE UNIQUE INDEX "order_shard_number_key" ON "order"("shard", "number");
-- What makes two placings with one key one order, also when they arrive at the same moment.
CREATE UNIQUE INDEX "order_shard_customer_id_idempotency_key_key" ON "order"("shard", "customer_id", "idempotency_key");
CREATE INDEX "order_shard_customer_id_id_idx" ON "order"("shard", "customer_id", "id" DESC);
CREATE INDEX "order_id_idx" ON "order"("id" DESC);
-- Also the sweeper's way to the few orders that are PLACED.
CREATE INDEX "order_status_id_idx" ON "order"("status", "id" DESC);

CREATE TABLE "order_line" (
    "shard" SMALLINT NOT NULL,
    "order_id" UUID NOT NULL,
    "position" SMALLINT NOT NULL,
    -- Lines are only ever found through their order, so their own id needs no index.
    "id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "sku" TEXT COLLATE "C" NOT NULL,
    "product_name" TEXT NOT NULL,
    "variant_name" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "cancelled_quantity" INTEGER NOT NULL DEFAULT 0,
    "unit_price_minor" BIGINT NOT NULL,

    CONSTRAINT "order_line_pkey" PRIMARY KEY ("shard", "order_id", "position"),
    CONSTRAINT "order_line_shard_order_id_fkey" FOREIGN KEY ("shard", "order_id") REFERENCES "order"("shard", "id") ON DELETE CASCADE ON UPDATE RESTRICT,
    CONSTRAINT "order_line_quantity" CHECK ("quantity" BETWEEN 1 AND 10000 AND "cancelled_quantity" BETWEEN 0 AND "quantity"),
    CONSTRAINT "order_line_unit_price" CHECK ("unit_price_minor" >= 0)
) PARTITION BY RANGE ("shard");

CREATE TABLE "payment" (
    "shard" SMALLINT NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "provider" TEXT NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "refunded_minor" BIGINT NOT NULL DEFAULT 0,
    "check_at" TIMESTAMPTZ(3),
    "checks" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payment_pkey" PRIMARY KEY ("shard", "id"),
    CONSTRAINT "payment_shard_order_id_fkey" FOREIGN KEY ("shard", "order_id") REFERENCES "order"("shard", "id") ON DELETE CASCADE ON UPDATE RESTRICT,
    CONSTRAINT "payment_status" CHECK ("status" IN ('PENDING', 'CAPTURED', 'DECLINED', 'VOIDED')),
    -- A refund never exceeds what was captured and not refunded yet, whoever asks for it and however many at once.
    CONSTRAINT "payment_money" CHECK ("amount_minor" >= 0 AND "refunded_minor" BETWEEN 0 AND CASE WHEN "status" = 'CAPTURED' THEN "amount_minor" ELSE 0 END)
) PARTITION BY RANGE ("shard");
CREATE INDEX "payment_shard_order_id_idx" ON "payment"("shard", "order_id");
-- One payment at a time may stand for an order.
CREATE UNIQUE INDEX "payment_live_key" ON "payment"("shard", "order_id") WHERE "status" IN ('PENDING', 'CAPTURED');
CREATE INDEX "payment_check_at_idx" ON "payment"("check_at") WHERE "check_at" IS NOT NULL;

CREATE TABLE "refund" (
    "shard" SMALLINT NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "refund_pkey" PRIMARY KEY ("shard", "id"),
    CONSTRAINT "refund_shard_payment_id_fkey" FOREIGN KEY ("shard", "payment_id") REFERENCES "payment"("shard", "id") ON DELETE CASCADE ON UPDATE RESTRICT,
    CONSTRAINT "refund_status" CHECK ("status" IN ('PENDING', 'DONE')),
    CONSTRAINT "refund_amount" CHECK ("amount_minor" > 0)
) PARTITION BY RANGE ("shard");
CREATE INDEX "refund_shard_payment_id_idx" ON "refund"("shard", "payment_id");
CREATE INDEX "refund_due_at_idx" ON "refund"("due_at") WHERE "status" = 'PENDING';

CREATE TABLE "order_history" (
    "shard" SMALLINT NOT NULL,
    "order_id" UUID NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "event" TEXT COLLATE "C" NOT NULL,
    "detail" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "order_history_pkey" PRIMARY KEY ("shard", "order_id", "seq"),
    CONSTRAINT "order_history_shard_order_id_fkey" FOREIGN KEY ("shard", "order_id") REFERENCES "order"("shard", "id") ON DELETE CASCADE ON UPDATE RESTRICT
) PARTITION BY RANGE ("shard");

CREATE TABLE "outbox" (
    "shard" SMALLINT NOT NULL DEFAULT 0,
    "seq" BIGSERIAL NOT NULL,
    "id" UUID NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "envelope" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("shard", "seq")
) PARTITION BY RANGE ("shard");
CREATE INDEX "outbox_seq_idx" ON "outbox"("seq");

CREATE TABLE "inbox" (
    "shard" SMALLINT NOT NULL DEFAULT 0,
    "consumer" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("shard", "consumer", "event_id")
) PARTITION BY RANGE ("shard");
CREATE INDEX "inbox_received_at_idx" ON "inbox"("received_at");

-- Eight partitions of 512 logical shards each, of every table alike: what belongs to one customer lies in one of them.
-- fillfactor: an order is updated twice on its way to PAID; room on its page keeps those updates there.
DO $$
DECLARE
    parent TEXT;
    room TEXT;
BEGIN
    FOREACH parent IN ARRAY ARRAY['cart', 'cart_line', 'order', 'order_line', 'payment', 'refund', 'order_history', 'outbox', 'inbox'] LOOP
        room := CASE WHEN parent IN ('order', 'payment', 'cart') THEN ' WITH (fillfactor = 75)' ELSE '' END;
        FOR part IN 0..7 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', parent || '_p' || part, parent, part * 512, (part + 1) * 512) || room;
        END LOOP;
    END LOOP;
END $$;

-- The built-in test provider stands for an outside party: its own schema, reached over connections of its own, with no
-- key from or to the tables above.
CREATE SCHEMA "test_provider";
CREATE TABLE "test_provider"."charge" (
    "idempotency_key" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency_code" TEXT COLLATE "C" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "charge_pkey" PRIMARY KEY ("idempotency_key"),
    CONSTRAINT "charge_status" CHECK ("status" IN ('CAPTURED', 'DECLINED', 'VOIDED'))
);
CREATE TABLE "test_provider"."refund" (
    "idempotency_key" TEXT COLLATE "C" NOT NULL,
    "charge_key" TEXT COLLATE "C" NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "refund_pkey" PRIMARY KEY ("idempotency_key"),
    CONSTRAINT "refund_charge_key_fkey" FOREIGN KEY ("charge_key") REFERENCES "test_provider"."charge"("idempotency_key") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "refund_amount" CHECK ("amount_minor" > 0)
);
CREATE INDEX "refund_charge_key_idx" ON "test_provider"."refund"("charge_key");
