import { parseArgs } from 'node:util';
import { z } from 'zod';

const day = z.iso.date('a day is written as 2010-12-31');

const Options = z
  .object({
    from: day,
    to: day,
    clients: z.coerce.number().int().min(1).max(256).default(16),
    'stock-percent': z.coerce.number().int().min(0).max(1_000).default(95),
  })
  .refine(({ from, to }) => from <= to, { message: '--from is later than --to', path: ['from'] });

export type Options = Readonly<z.infer<typeof Options>>;

export const USAGE = `npm run replay -- --from 2010-12-01 --to 2010-12-31 [--clients 16] [--stock-percent 95]

  --from, --to      the days whose invoices are sent, both included; the file holds 2010-12-01 to 2011-09-30
  --clients         how many shoppers act at once, 1 to 256
  --stock-percent   the opening stock of each SKU, in percent of what these days' sales ask of it`;

/** Reads the command line; throws one error that names what is wrong and shows the usage. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const given = parse(() =>
    parseArgs({ args: [...args], options: { from: text, to: text, clients: text, 'stock-percent': text } }),
  );
  const { data, error } = Options.safeParse(given.values);
  if (error) throw new Error(`${z.prettifyError(error)}\n\n${USAGE}`);
  return data;
}

function parse<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error });
  }
}
