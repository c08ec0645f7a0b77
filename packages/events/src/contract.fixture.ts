import { event } from './contract.ts';
import { OrderCancelled } from './contracts/orders.ts';

export const cancelled = () => event(OrderCancelled, { orderId: 'ord_1', customerId: 'usr_1', reason: 'late' });
