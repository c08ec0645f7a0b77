import type { Viewer } from '@entrepot/kernel/viewer';
import { expect, it } from 'vitest';
import { requireRole, requireViewer } from './viewer.ts';

const clerk: Viewer = { id: 'usr_1', kind: 'CUSTOMER', roles: ['ORDER_MANAGER'] };
const fault = (code: string) => expect.objectContaining({ code });

it('who has no token is unauthenticated, who lacks a role is forbidden', () => {
  expect(requireViewer(clerk)).toBe(clerk);
  expect(() => requireViewer(undefined)).toThrow(fault('UNAUTHENTICATED'));
  expect(requireRole(clerk, 'ORDER_MANAGER')).toBe(clerk);
  expect(() => requireRole(undefined, 'ADMIN')).toThrow(fault('UNAUTHENTICATED'));
  expect(() => requireRole(clerk, 'CATALOGUE_MANAGER')).toThrow(fault('FORBIDDEN'));
});
