import { splitCsvRecord } from './csv.ts';

/** A line of the file as it stands: text where the file may hold anything. */
export type RetailLine = {
  /** Where it is in the file; the header is line 1. */
  number: number;
  invoice: string;
  stockCode: string;
  description: string;
  quantity: number;
  at: Date;
  /** As written, such as `2.55`, `0` or `-11062.06`. */
  unitPriceGbp: string;
  /** Undefined for a guest. */
  customerId: string | undefined;
  country: string;
  /** What could not be read; such a line is skipped as MALFORMED. */
  problem: string | undefined;
};

/** Why a line is no sale and no cancellation of one. */
export type SkipReason =
  | 'MALFORMED'
  | 'ACCOUNT_ADJUSTMENT'
  | 'POSTAGE'
  | 'DISCOUNT'
  | 'MANUAL_ENTRY'
  | 'SAMPLES'
  | 'BANK_CHARGES'
  | 'MARKETPLACE_FEE'
  | 'COMMISSION'
  | 'GIFT_VOUCHER'
  | 'NEGATIVE_PRICE'
  | 'FRACTION_OF_A_PENNY'
  | 'STOCK_CORRECTION'
  | 'ZERO_PRICE'
  | 'UNEXPECTED_QUANTITY';

/** A line of goods. The quantity is positive, of a cancellation too. */
export type GoodsLine = { sku: string; quantity: number; unitPriceMinor: bigint };
export type Classified =
  | { kind: 'SALE'; goods: GoodsLine }
  | { kind: 'CANCELLATION'; goods: GoodsLine }
  | { kind: 'SKIPPED'; reason: SkipReason };

/** Codes of the shop's bookkeeping, in upper case: charges and entries that are no goods. */
const nonProductCodes: ReadonlyMap<string, SkipReason> = new Map<string, SkipReason>([
  ['POST', 'POSTAGE'],
  ['DOT', 'POSTAGE'],
  ['C2', 'POSTAGE'],
  ['D', 'DISCOUNT'],
  ['M', 'MANUAL_ENTRY'],
  ['S', 'SAMPLES'],
  ['BANK CHARGES', 'BANK_CHARGES'],
  ['AMAZONFEE', 'MARKETPLACE_FEE'],
  ['CRUK', 'COMMISSION'],
  ['B', 'ACCOUNT_ADJUSTMENT'],
]);

/** Tells what a line is. Total: every line is a sale, a cancellation, or skipped for one reason. */
export function classify(line: RetailLine): Classified {
  const cancels = line.invoice.startsWith('C');
  const sku = skuOf(line.stockCode);
  const reason = reasonToSkip(line, sku, cancels);
  if (reason) return { kind: 'SKIPPED', reason };

  const goods = { sku, quantity: Math.abs(line.quantity), unitPriceMinor: penceOf(line.unitPriceGbp) };
  return { kind: cancels ? 'CANCELLATION' : 'SALE', goods };
}

/** The stock code as a SKU. Upper case: 95 codes were typed in both cases for the same goods, such as 85123A and 85123a. */
export function skuOf(stockCode: string): string {
  return stockCode.toUpperCase();
}

/** Reads one record of the file. Never throws: what is wrong with the record is said in `problem`. */
export function readRetailLine(record: string, number: number): RetailLine {
  const fields = splitCsvRecord(record.endsWith('\r') ? record.slice(0, -1) : record);
  const [invoice = '', stockCode = '', description = '', quantityText = '', time = '', unitPriceGbp = ''] = fields;
  const [customerId = '', country = ''] = fields.slice(6);
  const quantity = Number(quantityText);
  const at = new Date(time);
  return {
    number,
    invoice,
    stockCode: stockCode.trim(),
    description: description.trim().replace(/\s+/g, ' '),
    quantity,
    at,
    unitPriceGbp,
    customerId: customerId || undefined,
    country,
    problem: problemOf({ fields, invoice, stockCode, quantity, quantityText, at, unitPriceGbp }),
  };
}

type Parsed = {
  fields: readonly string[];
  invoice: string;
  stockCode: string;
  quantity: number;
  quantityText: string;
  at: Date;
  unitPriceGbp: string;
};

function problemOf(parsed: Parsed): string | undefined {
  if (parsed.fields.length !== 8) return `${parsed.fields.length} columns instead of 8`;
  if (parsed.invoice === '') return 'no invoice number';
  if (parsed.stockCode.trim() === '') return 'no stock code';
  if (parsed.quantityText === '' || !Number.isSafeInteger(parsed.quantity)) {
    return `quantity ${parsed.quantityText} is no whole number`;
  }
  if (Number.isNaN(parsed.at.getTime())) return 'no time';
  if (!/^-?\d{1,12}(\.\d+)?$/.test(parsed.unitPriceGbp)) return `price ${parsed.unitPriceGbp} is no decimal number`;
  return undefined;
}

function reasonToSkip(line: RetailLine, sku: string, cancels: boolean): SkipReason | undefined {
  if (line.problem) return 'MALFORMED';
  // A sale's number has digits only; `A…` invoices move bad debt between accounts.
  if (!cancels && !/^\d/.test(line.invoice)) return 'ACCOUNT_ADJUSTMENT';
  const nonProduct = nonProductCodes.get(sku) ?? (sku.startsWith('GIFT_') ? 'GIFT_VOUCHER' : undefined);
  if (nonProduct) return nonProduct;
  return reasonOfAmounts(line, cancels);
}

function reasonOfAmounts(line: RetailLine, cancels: boolean): SkipReason | undefined {
  if (line.unitPriceGbp.startsWith('-')) return 'NEGATIVE_PRICE';
  if (/\.\d\d\d*[1-9]/.test(line.unitPriceGbp)) return 'FRACTION_OF_A_PENNY';
  // Written-off or found goods: the shop booked them as invoices without a price.
  if (line.quantity < 0 && !cancels) return 'STOCK_CORRECTION';
  if (/^0*(\.0*)?$/.test(line.unitPriceGbp)) return 'ZERO_PRICE';
  if (line.quantity === 0 || cancels !== line.quantity < 0) return 'UNEXPECTED_QUANTITY';
  return undefined;
}

/** Pence of a decimal text that has no fraction of a penny; no floating point on the way. */
function penceOf(decimal: string): bigint {
  const [pounds = '0', pence = ''] = decimal.split('.');
  return BigInt(pounds) * 100n + BigInt(pence.padEnd(2, '0').slice(0, 2));
}
