-- One rate limit of a fleet, on the server's own clock. KEYS all begin with one {tag}, so that a
-- cluster keeps them together; ARGV[1] says what is done. Times are milliseconds.
--   out   zset: a request that left -> when its process counts as dead
--   done  zset: an answered request -> when it was complete
--   who   hash: a process -> "until ticket per:limit per:limit": alive until then, its place in the
--         queue (0: it does not wait), the windows that it knows
local out, done, who, gate, tickets, epoch = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local what, owner = ARGV[1], ARGV[2]
local told = redis.call('TIME')
local now = told[1] * 1000 + math.floor(told[2] / 1000)
local DAY = 86400000
local LONGEST = 300000 -- a request that is out longer is of a process that died

local function keep(longest)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, math.max(longest * 2, DAY)) end
end

local function pause(until_then)
  local before = tonumber(redis.call('GET', gate) or '0')
  if until_then > before then redis.call('SET', gate, string.format('%.0f', until_then)) end
end

if what == 'complete' then
  redis.call('ZREM', out, ARGV[3])
  redis.call('ZADD', done, now, ARGV[3])
  return 1
elseif what == 'back' then
  redis.call('ZREM', out, ARGV[3])
  return 1
elseif what == 'pause' then
  pause(now + tonumber(ARGV[3]))
  keep(0)
  return 1
elseif what == 'paused' then
  return math.max(0, tonumber(redis.call('GET', gate) or '0') - now)
elseif what == 'leave' then
  redis.call('HDEL', who, owner)
  return 1
elseif what == 'count' then -- requests that left while this server was not there: their ages
  for at = 3, #ARGV do
    redis.call('ZADD', done, now - tonumber(ARGV[at]), owner .. ' alone ' .. at .. ' ' .. now)
  end
  keep(0)
  return 1
end

-- take: ARGV = owner, request, epoch that it knows, lease, margin, then per, limit, per, limit …
local request, known = ARGV[3], ARGV[4]
local lease, margin = tonumber(ARGV[5]), tonumber(ARGV[6])
local windows, mine, longest = {}, '', 0
for at = 7, #ARGV, 2 do
  local per, limit = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  windows[per] = limit
  mine = mine .. ' ' .. ARGV[at] .. ':' .. ARGV[at + 1]
  longest = math.max(longest, per)
end

-- Emptied since this process was here: nobody knows what was sent, so a whole window passes first.
local born = redis.call('GET', epoch)
if not born then
  born = now .. ' ' .. owner
  redis.call('SET', epoch, born)
end
if known ~= '' and known ~= born then pause(now + longest + margin) end

-- Who else is there: the narrowest windows hold, and whoever asked first goes first.
local ticket, ahead, narrower = 0, 0, 0
local everybody = redis.call('HGETALL', who)
local before = {}
for at = 1, #everybody, 2 do
  local words = {}
  for word in string.gmatch(everybody[at + 1], '%S+') do words[#words + 1] = word end
  if tonumber(words[1]) < now then
    redis.call('HDEL', who, everybody[at])
  elseif everybody[at] == owner then
    ticket = tonumber(words[2])
  else
    if tonumber(words[2]) > 0 then before[#before + 1] = tonumber(words[2]) end
    for word = 3, #words do
      local per, limit = string.match(words[word], '(%d+):(%d+)')
      per, limit = tonumber(per), tonumber(limit)
      longest = math.max(longest, per)
      if not windows[per] or limit < windows[per] then
        windows[per] = limit
        narrower = 1
      end
    end
  end
end
if ticket == 0 then ticket = redis.call('INCR', tickets) end
for _, other in ipairs(before) do
  if other < ticket then ahead = ahead + 1 end
end

-- A process that died: what it had out counts as complete when its lease ended.
for _, left in ipairs(redis.call('ZRANGEBYSCORE', out, '-inf', now)) do
  redis.call('ZADD', done, redis.call('ZSCORE', out, left), left)
  redis.call('ZREM', out, left)
end
-- A clock that was set back: what is stamped in the future counts from now.
for _, later in ipairs(redis.call('ZRANGEBYSCORE', done, now + 1, '+inf')) do
  redis.call('ZADD', done, now, later)
end
redis.call('ZREMRANGEBYSCORE', done, '-inf', now - longest - margin)

local flying, all = redis.call('ZCARD', out), redis.call('ZCARD', done)
local at = math.max(now, tonumber(redis.call('GET', gate) or '0'))
for per, limit in pairs(windows) do
  local used = redis.call('ZCOUNT', done, now - per - margin + 1, '+inf')
  local free = limit - flying - used - ahead
  if free <= 0 then
    local behind = all - used - free -- the rank of the one that has to leave the window first
    if behind >= all then
      at = math.max(at, now + margin) -- only an answer can make room
    else
      local first = redis.call('ZRANGE', done, behind, behind, 'WITHSCORES')
      at = math.max(at, first[2] + per + margin)
    end
  end
end

if at > now then
  redis.call('HSET', who, owner, string.format('%.0f', at + lease) .. ' ' .. ticket .. mine)
else
  redis.call('HSET', who, owner, string.format('%.0f', now + lease) .. ' 0' .. mine)
  redis.call('ZADD', out, now + LONGEST, request)
end
keep(longest)
return {at - now, born, narrower, flying + all}
