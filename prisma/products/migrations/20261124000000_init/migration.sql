CREATE TABLE "category" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "parent_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "category_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "category_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "category"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "category_not_its_own_parent" CHECK ("parent_id" <> "id")
);
CREATE UNIQUE INDEX "category_slug_key" ON "category"("slug");
CREATE INDEX "category_parent_id_idx" ON "category"("parent_id");

CREATE TABLE "product" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    -- "C": code points. The same order on every machine, and an index no upgrade of a locale library can break.
    "name_key" TEXT COLLATE "C" NOT NULL,
    "description" TEXT NOT NULL,
    "category_id" UUID,
    "is_published" BOOLEAN NOT NULL,
    "currency_code" TEXT COLLATE "C" NOT NULL,
    "lowest_price_minor" BIGINT NOT NULL,
    "highest_price_minor" BIGINT NOT NULL,
    "variant_words" TEXT NOT NULL,
    "rating_sum" INTEGER NOT NULL DEFAULT 0,
    "review_count" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    -- One configuration for all parts: a query is parsed once, and an exclusion (`-word`) must see the same lexemes.
    "search" TSVECTOR GENERATED ALWAYS AS (
        setweight(to_tsvector('english', "variant_words"), 'A') ||
        setweight(to_tsvector('english', "name"), 'B') ||
        setweight(to_tsvector('english', "description"), 'D')
    ) STORED,

    CONSTRAINT "product_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "product_category_id_fkey" FOREIGN KEY ("category_id") REFERENCES "category"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "product_prices" CHECK ("lowest_price_minor" >= 0 AND "highest_price_minor" >= "lowest_price_minor"),
    CONSTRAINT "product_ratings" CHECK ("review_count" >= 0 AND "rating_sum" BETWEEN "review_count" AND 5 * "review_count")
);
CREATE UNIQUE INDEX "product_slug_key" ON "product"("slug");
CREATE INDEX "product_name_key_id_idx" ON "product"("name_key", "id");
CREATE INDEX "product_currency_code_lowest_price_minor_id_idx" ON "product"("currency_code", "lowest_price_minor", "id");
CREATE INDEX "product_created_at_id_idx" ON "product"("created_at", "id");
CREATE INDEX "product_category_id_name_key_id_idx" ON "product"("category_id", "name_key", "id");
CREATE INDEX "product_search_idx" ON "product" USING GIN ("search");

CREATE TABLE "variant" (
    "id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "sku" TEXT COLLATE "C" NOT NULL,
    "name" TEXT NOT NULL,
    "currency_code" TEXT COLLATE "C" NOT NULL,
    "price_minor" BIGINT NOT NULL,
    "position" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "variant_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "variant_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "variant_price" CHECK ("price_minor" >= 0)
);
CREATE UNIQUE INDEX "variant_sku_key" ON "variant"("sku");
CREATE UNIQUE INDEX "variant_product_id_position_key" ON "variant"("product_id", "position");

-- fillfactor: a level changes with every batch of orders; room on its page keeps the update there (HOT).
CREATE TABLE "stock" (
    "variant_id" UUID NOT NULL,
    "on_hand" INTEGER NOT NULL,
    "reserved" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "stock_pkey" PRIMARY KEY ("variant_id"),
    CONSTRAINT "stock_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "variant"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    -- The last line against overselling: no code can promise what is not there.
    CONSTRAINT "stock_levels" CHECK ("reserved" >= 0 AND "on_hand" >= "reserved" AND "on_hand" <= 1000000000)
) WITH (fillfactor = 70);

-- The ledger and the reservations refer to `stock` and not to `variant`: the reserving transaction holds that row's lock
-- already, so the check of the foreign key writes nothing.
CREATE TABLE "stock_movement" (
    "id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "on_hand_change" INTEGER NOT NULL,
    "reserved_change" INTEGER NOT NULL,
    "order_id" UUID,
    "note" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "stock_movement_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "stock_movement_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "stock"("variant_id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "stock_movement_kind" CHECK (CASE "kind"
        WHEN 'RECEIPT' THEN "on_hand_change" > 0 AND "reserved_change" = 0 AND "order_id" IS NULL
        WHEN 'CORRECTION' THEN "on_hand_change" <> 0 AND "reserved_change" = 0 AND "order_id" IS NULL
        WHEN 'RESERVATION' THEN "on_hand_change" = 0 AND "reserved_change" > 0 AND "order_id" IS NOT NULL
        WHEN 'RELEASE' THEN "on_hand_change" = 0 AND "reserved_change" < 0 AND "order_id" IS NOT NULL
        WHEN 'SHIPMENT' THEN "on_hand_change" < 0 AND "reserved_change" = "on_hand_change" AND "order_id" IS NOT NULL
        ELSE false END)
);
CREATE INDEX "stock_movement_variant_id_id_idx" ON "stock_movement"("variant_id", "id");

CREATE TABLE "order_decision" (
    "order_id" UUID NOT NULL,
    "outcome" TEXT NOT NULL,
    "refusal" JSONB,
    "decided_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "order_decision_pkey" PRIMARY KEY ("order_id"),
    CONSTRAINT "order_decision_outcome" CHECK ("outcome" IN ('RESERVED', 'REFUSED', 'CANCELLED') AND ("outcome" = 'REFUSED') = ("refusal" IS NOT NULL))
);

CREATE TABLE "reservation" (
    "order_id" UUID NOT NULL,
    "variant_id" UUID NOT NULL,
    "quantity" INTEGER NOT NULL,
    "state" TEXT NOT NULL,

    CONSTRAINT "reservation_pkey" PRIMARY KEY ("order_id", "variant_id"),
    CONSTRAINT "reservation_variant_id_fkey" FOREIGN KEY ("variant_id") REFERENCES "stock"("variant_id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "reservation_state" CHECK ("state" IN ('HELD', 'RELEASED', 'SHIPPED') AND "quantity" >= 0 AND ("state" = 'HELD') = ("quantity" > 0))
);

CREATE TABLE "review" (
    "id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "author_id" UUID NOT NULL,
    "rating" SMALLINT NOT NULL,
    "text" TEXT NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "review_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "review_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product"("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "review_rating" CHECK ("rating" BETWEEN 1 AND 5)
);
CREATE UNIQUE INDEX "review_product_id_author_id_key" ON "review"("product_id", "author_id");
CREATE INDEX "review_product_id_written_at_id_idx" ON "review"("product_id", "written_at", "id");

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
