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

export const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') });

/** What `get`s of entries have in common: one that may be served, as little of it as its reader does not have yet. */
const LOOK = `${IS_UNTOUCHED}
local function look(key, known)
  local entry = redis.call('HMGET', key, 'generation', 'since', 'id')
  if entry[1] ~= generation then return false end
  local since = tonumber(entry[2])
  if since < now then
    if not isUntouched(redis.call('HGET', key, 'tags'), since) then
      redis.call('DEL', key)
      return false
    end
    -- A hot entry looks at its tags once a purge, not once a request.
    redis.call('HSET', key, 'since', now)
  end
  local left = redis.call('PTTL', key)
  if entry[3] == known then return left end
  local rest = redis.call('HMGET', key, 'head', 'tags', 'value')
  return {left, entry[3], rest[1], rest[2], rest[3]}
end
`;

/**
 * KEYS clock, entries; ARGV for each entry the id of the copy that the reader has → nil without a clock, else generation, now
 * and for each entry false, its time left (the copy is right), or: time left, id, head, tags, value.
 */
export const LOOK_UP = script(`${CLOCK}
if not generation then return false end
${LOOK}
local reply = {generation, now}
for index = 2, #KEYS do reply[index + 1] = look(KEYS[index], ARGV[index - 1]) end
return reply
`);

/**
 * KEYS clock, and for each entry: entry, lease; ARGV reader, and for each entry: id of the reader's copy, ms of the lease or 0
 * for none → the same, but false where the reader has the lease now, and `leased` where somebody else has.
 */
export const LOOK_UP_OR_LEASE = script(`${CLOCK}
if not generation then return false end
${LOOK}
-- A purge ends all leases: what is read under an older one may be what was purged.
local mark = ' ' .. generation .. ':' .. now
local own = ARGV[1] .. mark
local function lease(key, ms)
  if ms == '0' then return false end
  local held = redis.call('GET', key)
  if held and held ~= own and string.sub(held, -#mark) == mark then return 'leased' end
  redis.call('SET', key, own, 'PX', ms)
  return false
end
local reply = {generation, now}
for index = 2, #KEYS, 2 do
  reply[index / 2 + 2] = look(KEYS[index], ARGV[index]) or lease(KEYS[index + 1], ARGV[index + 1])
end
return reply
`);

/** KEYS lease; ARGV who holds it. */
export const RELEASE = script(`
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then redis.call('DEL', KEYS[1]) end
return 1
`);

/** KEYS clock, entries; ARGV generation, since, and for each entry: time to keep it, id, head, tags, value → 1 for each that was stored. */
export const STORE = script(`${CLOCK}
local stored = {}
local since = tonumber(ARGV[2])
${IS_UNTOUCHED}
for index = 2, #KEYS do
  local at = 3 + (index - 2) * 5
  if generation == ARGV[1] and isUntouched(ARGV[at + 3], since) then
    redis.call('HSET', KEYS[index], 'generation', generation, 'since', since, 'id', ARGV[at + 1], 'head', ARGV[at + 2],
      'tags', ARGV[at + 3], 'value', ARGV[at + 4])
    redis.call('PEXPIRE', KEYS[index], ARGV[at])
    stored[index - 1] = 1
  else
    stored[index - 1] = 0
  end
end
return stored
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
  await Promise.all([LOOK_UP, LOOK_UP_OR_LEASE, STORE, RELEASE, PURGE].map(({ lua }) => redis.script('LOAD', lua)));
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
