import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { MAX_PURGED_TAGS } from './cache-store.ts';

/**
 * The store's clock is ONE sorted set: each purged tag with the number of its last purge, and one member `#<generation>` with
 * an infinite score. It is one key on purpose: when Redis evicts or loses it, the generation goes with the purges, and every
 * entry of that generation becomes a miss instead of a value that nobody remembers to have purged.
 */
const CLOCK = `
local clock = redis.call('ZRANGE', KEYS[1], -2, -1, 'WITHSCORES')
local generation = clock[#clock - 1]
local now = #clock == 4 and tonumber(clock[2]) or 0
`;

/** Whether any of the tags (one a line) was purged after \`since\`, or may have been by a purge that is forgotten. */
const IS_UNTOUCHED = `
local function isUntouched(tags, since)
  if since >= now then return true end
  if redis.call('ZCARD', KEYS[1]) >= ${MAX_PURGED_TAGS} then
    local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    if since < tonumber(oldest[2]) then return false end
  end
  for tag in string.gmatch(tags, '[^\\n]+') do
    local purged = redis.call('ZSCORE', KEYS[1], tag)
    if purged and tonumber(purged) > since then return false end
  end
  return true
end
`;

export type Script = { readonly lua: string; readonly sha: string };

const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') });

/** KEYS clock, entry → nil without a clock, else generation, now and, when it may be served: value, ttl left, ttl. */
export const LOOK_UP = script(`${CLOCK}
if not generation then return false end
${IS_UNTOUCHED}
local entry = redis.call('HMGET', KEYS[2], 'generation', 'since', 'tags', 'ttl', 'value')
if entry[1] ~= generation then return {generation, now} end
local since = tonumber(entry[2])
if since < now then
  if not isUntouched(entry[3], since) then
    redis.call('DEL', KEYS[2])
    return {generation, now}
  end
  -- A hot entry looks at its tags once a purge, not once a request.
  redis.call('HSET', KEYS[2], 'since', now)
end
return {generation, now, entry[5], redis.call('PTTL', KEYS[2]), entry[4]}
`);

/** KEYS clock, entry; ARGV generation, since, ttl, tags, value → 1 when it was stored. */
export const STORE = script(`${CLOCK}
if generation ~= ARGV[1] then return 0 end
${IS_UNTOUCHED}
if not isUntouched(ARGV[4], tonumber(ARGV[2])) then return 0 end
redis.call('HSET', KEYS[2], 'generation', ARGV[1], 'since', ARGV[2], 'ttl', ARGV[3], 'tags', ARGV[4], 'value', ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
`);

/** KEYS clock; ARGV tags. Without a clock there is nothing to purge: every entry needs its generation to be served. */
export const PURGE = script(`${CLOCK}
if not generation then return 0 end
for _, tag in ipairs(ARGV) do redis.call('ZADD', KEYS[1], now + 1, tag) end
local surplus = redis.call('ZCARD', KEYS[1]) - ${MAX_PURGED_TAGS}
if surplus > 0 then redis.call('ZREMRANGEBYRANK', KEYS[1], 0, surplus - 1) end
return now + 1
`);

/**
 * KEYS clock; ARGV run id of the server, a new generation. Begins a new generation unless the present one began in this run
 * of the server: after a restart from a snapshot, or on a replica that was promoted, purges may be missing.
 */
export const ADOPT = script(`${CLOCK}
if generation and string.sub(generation, 1, #ARGV[1] + 2) == '#' .. ARGV[1] .. '/' then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZADD', KEYS[1], '+inf', '#' .. ARGV[1] .. '/' .. ARGV[2])
return 1
`);

/** KEYS clock; ARGV run id, a new generation. */
export const CLEAR = script(`
redis.call('DEL', KEYS[1])
redis.call('ZADD', KEYS[1], '+inf', '#' .. ARGV[1] .. '/' .. ARGV[2])
return 1
`);

/** Teaches a server the scripts, so that none of them needs a second round trip the first time. */
export async function load(redis: Redis): Promise<void> {
  await Promise.all([LOOK_UP, STORE, PURGE].map(({ lua }) => redis.script('LOAD', lua)));
}

/** Runs a script by its hash, and by its text where Redis does not know it yet. */
export async function run(
  redis: Redis,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly (string | Buffer | number)[] = [],
): Promise<unknown> {
  try {
    return await redis.callBuffer('EVALSHA', [sha, keys.length, ...keys, ...args]);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return redis.callBuffer('EVAL', [lua, keys.length, ...keys, ...args]);
  }
}
