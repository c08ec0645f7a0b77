import { parse } from 'yaml';

/** A service of the Compose file, in the fields that the checks look at. */
export type Service = {
  readonly name: string;
  readonly image: string | undefined;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly dependsOn: readonly string[];
  readonly networks: readonly string[];
  /** Published ports, `host:container` as written. */
  readonly ports: readonly string[];
  /** What is mounted from this repository, relative to its root. */
  readonly mounts: readonly string[];
};

/** The Compose file as data, with its anchors and merges resolved. */
export const parseCompose = (text: string): unknown => parse(text, { merge: true });

export function servicesOf(file: unknown): readonly Service[] {
  return Object.entries(record(record(file).services)).map(([name, service]) => {
    const fields = record(service);
    return {
      name,
      image: typeof fields.image === 'string' ? fields.image : undefined,
      command: typeof fields.command === 'string' ? fields.command.split(/\s+/) : strings(fields.command),
      environment: Object.fromEntries(
        Object.entries(record(fields.environment)).map(([key, value]) => [key, `${value}`]),
      ),
      dependsOn: Array.isArray(fields.depends_on) ? strings(fields.depends_on) : Object.keys(record(fields.depends_on)),
      networks: strings(fields.networks),
      ports: strings(fields.ports),
      mounts: strings(fields.volumes).flatMap((volume) =>
        volume.startsWith('./') ? [volume.split(':')[0] ?? ''] : [],
      ),
    };
  });
}

export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
