import { formatAmount, type Money as MoneyModel } from '@entrepot/money/money';
import type { Complete } from '@entrepot/service/complete';
import type { MoneyResolvers } from '../generated/graphql.ts';

export const Money: Complete<MoneyResolvers, MoneyModel> = {
  amount: formatAmount,
  currencyCode: ({ currency }) => currency,
};
