/** Whether somebody reads the output through a CI, which shows workflow commands at the lines they are about. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): { readonly annotate: boolean } {
  const isSet = (value: string | undefined) => value !== undefined && value !== '' && value !== 'false';
  return Object.freeze({ annotate: isSet(env.GITHUB_ACTIONS) || isSet(env.CI) });
}
