import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseCompose, record, servicesOf } from './compose-file.ts';
import { referencesOf } from './interpolate.ts';

const SECRET = /PASSWORD|SECRET|CREDENTIAL|TOKEN|KEY$/;

/** What is wrong with a Compose file: against the specification's JSON schema, and against what production needs. */
export function checkCompose(text: string, specification: object): string[] {
  const file = parseCompose(text);
  return [
    ...againstSchema(file, specification),
    ...danglingNames(file),
    ...secretsWithDefaults(text),
    ...secretsInWords(file),
  ];
}

function againstSchema(file: unknown, specification: object): string[] {
  // Not strict: the specification uses formats and keywords of its own, which are notes for people.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  const validate = ajv.compile(specification);
  if (validate(file)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
  );
}

/** Names that lead nowhere, which the schema cannot know: services waited for, networks, named volumes. */
function danglingNames(file: unknown): string[] {
  const { services, networks, volumes } = record(file);
  const names = (value: unknown) => new Set(Object.keys(record(value)));
  const known = { service: names(services), network: names(networks), volume: names(volumes) };
  return servicesOf(file).flatMap((service) => {
    const named = Object.values(record(services)).length === 0 ? [] : namedVolumes(record(services)[service.name]);
    const missing = (kind: keyof typeof known, used: readonly string[]) =>
      used
        .filter((name) => !known[kind].has(name))
        .map((name) => `${service.name} names the ${kind} ${name}, which is none`);
    return [
      ...missing('service', service.dependsOn),
      ...missing('network', service.networks),
      ...missing('volume', named),
    ];
  });
}

function namedVolumes(service: unknown): string[] {
  const { volumes } = record(service);
  if (!Array.isArray(volumes)) return [];
  return volumes.flatMap((volume) => {
    const [source = ''] = String(volume).split(':');
    return /^[./~]/.test(source) ? [] : [source];
  });
}

/** A password that works without being set would reach production one day. */
function secretsWithDefaults(text: string): string[] {
  const secrets = referencesOf(text).filter(({ name }) => SECRET.test(name));
  return secrets
    .filter(({ isRequired }) => !isRequired)
    .map(({ name }) => `the secret ${name} must be demanded: \${${name}:?why}`);
}

function secretsInWords(file: unknown): string[] {
  return servicesOf(file).flatMap(({ name, environment }) =>
    Object.entries(environment)
      .filter(([variable, value]) => SECRET.test(variable) && referencesOf(value).length === 0)
      .map(([variable]) => `${name} has the secret ${variable} written out`),
  );
}
