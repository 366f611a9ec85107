-- What every function shares. Doubles are exact to 2^53, but Lua 5.1 prints 14 digits: a time never
-- meets `..` or tostring. The server prints whole the numbers that `call` is given.

local call = redis.call
local floor, ceil, max, min = math.floor, math.ceil, math.max, math.min
local format, match = string.format, string.match

-- A key outlives its meaning by ten seconds or more, so that a busy one is not told to expire at
-- every call. Where a test moves the clock, the server's own clock must not end it at all.
local SLACK = 10000000
local MOVED_LIFE = 86400000

-- The time in microseconds, and whether a test has moved it.
local function time_of(given)
  local now = tonumber(given)
  if now then return now, true end
  local time = call('TIME')
  return time[1] * 1000000 + time[2], false
end

local function outlive(key, now, moment, moved)
  call('PEXPIRE', key, moved and MOVED_LIFE or ceil((moment - now + SLACK) / 1000) + 1000)
  return moment + SLACK
end

-- A rate's state is its theoretical arrival time in microseconds and, where the drain does not
-- divide it, the shares beyond: "arrival" or "arrival shares".
local function debt_of(value, now, drain, capacity)
  local arrival, shares = tonumber(value), 0
  if not arrival then arrival, shares = match(value, '^(%d+) (%d+)$') end
  local debt = (arrival - now) * drain + shares
  if debt > capacity then return capacity end
  return debt > 0 and debt or 0
end

local function rate_with(debt, now, drain)
  local shares = debt % drain
  local arrival = now + (debt - shares) / drain
  return shares > 0 and format('%d %d', arrival, shares) or arrival
end

-- Leases end by themselves; their key ends after the last of them.
local function outlive_leases(key, now, moved)
  local latest = call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  if latest then outlive(key, now, tonumber(latest), moved) end
end

-- An organisation's epoch is kept as `epoch * 100000 + day`, the day on which it was last told to
-- live on: one write a day keeps it longer than any process remembers a caller.
local EPOCH_LIFE = 8 * 86400000
local function epoch_with_day(epoch, now)
  return epoch * 100000 + floor(now / 86400000000)
end

local function keep_epoch(key, epoch, now)
  call('SET', key, epoch_with_day(epoch, now), 'PX', EPOCH_LIFE)
end
