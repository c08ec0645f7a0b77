import type { Problem } from './problem.ts';

/** The problems for a person at a terminal: errors first, one a line, with the place an editor can open. */
export function forPeople(problems: readonly Problem[]): string[] {
  const line = ({ severity, rule, message, at }: Problem) =>
    `${severity === 'error' ? '✗' : '!'} ${at ? `${at.file}:${at.line}  ` : ''}${message}  [${rule}]`;
  return sorted(problems).map(line);
}

/** The problems as workflow commands, which GitHub Actions shows at the line they are about. */
export function forAnnotations(problems: readonly Problem[]): string[] {
  return sorted(problems).map(({ severity, rule, message, at }) => {
    const properties = [...(at ? [`file=${property(at.file)}`, `line=${at.line}`] : []), `title=${property(rule)}`];
    return `::${severity} ${properties.join(',')}::${text(message)}`;
  });
}

const sorted = (problems: readonly Problem[]) => [
  ...problems.filter(({ severity }) => severity === 'error'),
  ...problems.filter(({ severity }) => severity === 'warning'),
];

const text = (value: string) => value.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (value: string) => text(value).replaceAll(':', '%3A').replaceAll(',', '%2C');
