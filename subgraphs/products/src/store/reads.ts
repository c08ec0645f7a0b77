import { poolExecutor } from '@entrepot/database/transaction';
import type pg from 'pg';

/** Where one request reads from: the replica, until it has written. */
export type Reads = {
  /** PostgreSQL plans a text once a connection. A `name`, where there is one, must stand for one text. */
  query: <Row extends pg.QueryResultRow>(name: string | undefined, text: string, values: unknown[]) => Promise<Row[]>;
  /** From here on reads see what this request has written. */
  followWrites: () => void;
};

export function createReads(primary: pg.Pool, replica: pg.Pool | undefined): Reads {
  let pool = replica ?? primary;
  return {
    query: async <Row extends pg.QueryResultRow>(name: string | undefined, text: string, values: unknown[]) =>
      name === undefined
        ? (await poolExecutor(pool).query<Row>(text, values)).rows
        : (await pool.query<Row>({ name, text, values })).rows,
    followWrites: () => {
      pool = primary;
    },
  };
}
