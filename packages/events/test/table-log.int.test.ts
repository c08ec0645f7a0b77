import { createTestDatabase, type TestDatabase } from '@entrepot/testing/test-database';
import { afterAll, beforeAll, describe } from 'vitest';
import { itKeepsTheContract } from './log-contract.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('empty');
});
afterAll(() => database.drop());

describe('the log in tables', () => {
  itKeepsTheContract(() => ({ EVENTS_DATABASE_URL: database.url }));
});
