/** What Docker needs of our own environment to find its engine. */
export function dockerEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const names = ['PATH', 'HOME', 'DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CONFIG'];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** Where programs are: those of servers are in /usr/sbin, which is on the path of root only. */
export const programPath = (env: NodeJS.ProcessEnv = process.env) => `${env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
