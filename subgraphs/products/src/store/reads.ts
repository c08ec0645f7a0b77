import type pg from 'pg';

/** Where one request reads from: the replica, until it has written. */
export type Reads = {
  /** `name` must stand for one text: PostgreSQL plans it once a connection. */
  query: <Row extends pg.QueryResultRow>(name: string | undefined, text: string, values: unknown[]) => Promise<Row[]>;
  /** From here on reads see what this request has written. */
  followWrites: () => void;
};

export function createReads(primary: pg.Pool, replica: pg.Pool | undefined): Reads {
  let pool = replica ?? primary;
  return {
    query: async <Row extends pg.QueryResultRow>(name: string | undefined, text: string, values: unknown[]) =>
      (await pool.query<Row>(name === undefined ? { text, values } : { name, text, values })).rows,
    followWrites: () => {
      pool = primary;
    },
  };
}
