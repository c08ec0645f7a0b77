/**
 * ISO 4217, list one as of amendment 180 (2026-01-01): every code that has minor units, funds included, by its number
 * of decimals. Metals, drawing rights and test codes (XAU, XDR, XTS…) have none, so nothing can be priced in them.
 */
const BY_DECIMALS: ReadonlyMap<number, string> = new Map([
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
]);

const decimals = new Map(
  [...BY_DECIMALS].flatMap(([count, codes]) => codes.split(' ').map((code) => [code, count] as const)),
);

export const isCurrency = (code: string): boolean => decimals.has(code);

/** How many decimals the currency has. @throws RangeError for a code that is no currency. */
export function decimalsOf(code: string): number {
  const count = decimals.get(code);
  if (count === undefined) throw new RangeError(`${code} is no currency of ISO 4217`);
  return count;
}
