/** Sets our topics apart on a broker that others use too. */
const PREFIX = 'entrepot.';

export const toKafkaTopic = (topic: string) => `${PREFIX}${topic}`;
export const fromKafkaTopic = (topic: string) => topic.slice(PREFIX.length);
