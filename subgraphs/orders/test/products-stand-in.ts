import type { Envelope } from '@entrepot/events/contract';
import { type Contract, event } from '@entrepot/events/contract';
import { VariantChanged } from '@entrepot/events/contracts/catalogue';
import { OrderPlaced } from '@entrepot/events/contracts/orders';
import { StockRefused, StockReserved } from '@entrepot/events/contracts/stock';
import type { EventLog } from '@entrepot/events/log';
import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';

export type Variant = VariantChanged;
type Answer = 'reserve' | 'ignore' | StockRefused['reason'];

/** Stands where the products service is: sells what it is told to, hears of orders, and answers for their stock. */
export async function createProductsStandIn(log: EventLog) {
  const heard: Envelope[] = [];
  let answer: Answer = 'reserve';
  const publish = async <Data>(contract: Contract<Data>, data: Data) => {
    const { topic, key, envelope } = event(contract, data);
    await log.publish([{ topic, key, envelope }]);
  };
  const reserved = (orderId: string) => publish(StockReserved, { orderId, lines: [] });
  const refused = (orderId: string, reason: StockRefused['reason']) =>
    publish(StockRefused, { orderId, reason, lines: [{ sku: 'MUG', requested: 2, available: 1 }] });
  const subscription = await log.subscribe({
    group: 'products-stand-in',
    topics: ['orders'],
    from: 'beginning',
    async onBatch(messages) {
      for (const { envelope } of messages) {
        heard.push(envelope);
        if (envelope.type !== OrderPlaced.type || answer === 'ignore') continue;
        const { orderId } = OrderPlaced.schema.parse(envelope.data);
        await (answer === 'reserve' ? reserved(orderId) : refused(orderId, answer));
      }
    },
  });
  return {
    /** Announces a variant, new or changed. */
    async sell(over: Partial<Variant> = {}): Promise<Variant> {
      const uuid = newUuid();
      const variant: Variant = {
        variantId: typeId('var', uuid),
        productId: typeId('prod', newUuid()),
        sku: `SKU-${uuid.slice(-8)}`,
        productName: 'Enamel Mug',
        variantName: 'Large',
        slug: 'enamel-mug',
        priceMinor: '1250',
        currencyCode: 'GBP',
        isSold: true,
        version: 1,
        ...over,
      };
      await publish(VariantChanged, variant);
      return variant;
    },
    uuidOf: ({ variantId }: Variant) => requireUuid('var', variantId),
    reserved,
    refused,
    /** How orders placed from now on are answered. */
    answerWith(next: Answer): void {
      answer = next;
    },
    /** The events about one order, in the order in which they came. */
    heardOf: (orderId: string) => heard.filter(({ subject }) => subject === orderId),
    placed: () => heard.filter(({ type }) => type === OrderPlaced.type),
    stop: () => subscription.stop(),
  };
}
