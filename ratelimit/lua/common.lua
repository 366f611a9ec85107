-- What every function shares.
--
-- Doubles are exact to 2^53, but Lua 5.1 prints 14 digits: a time never meets `..` or tostring.
-- Arithmetic reads a text as a number faster than tonumber does.

local call = redis.call
local ceil, max, min = math.ceil, math.max, math.min
local byte, format, match = string.byte, string.format, string.match

-- A key outlives its meaning by `SLACK`, so that a busy list is not told to expire at every call.
-- Where a test moves the clock, the server's own clock must not end a key at all.
local SLACK = 10000000
local MOVED_LIFE = '86400000'

local function time_of(given)
  if given ~= '' then return given + 0, true end
  local time = call('TIME')
  return time[1] * 1000000 + time[2], false
end

local function outlive(key, now, moment, moved)
  call('PEXPIRE', key, moved and MOVED_LIFE or ceil((moment - now + SLACK) / 1000) + 1000)
  return moment + SLACK
end

-- Each rate and window has one value. Those with few subjects lie as fields in the hash of their
-- tag, read and written all at once; others are strings that end by themselves.
local function read_value(key, field)
  if field ~= '' then return call('HGET', key, field) end
  return call('GET', key)
end

local function write_value(key, field, value)
  if field ~= '' then return call('HSET', key, field, value) end
  return call('SET', key, value, 'KEEPTTL')
end

-- A rate's value is its theoretical arrival time in microseconds and, where its drain does not
-- divide the debt, the shares beyond: "arrival" or "arrival shares".
local function debt_of(value, now, drain, capacity)
  local arrival, shares = value, 0
  if #value > 16 then arrival, shares = match(value, '^(%d+) (%d+)$') end
  local debt = (arrival - now) * drain + shares
  if debt > capacity then return capacity end
  return debt > 0 and debt or 0
end

local function rate_value(debt, now, drain)
  local shares = debt % drain
  local arrival = now + (debt - shares) / drain
  if shares == 0 then return format('%d', arrival) end
  return format('%d %d', arrival, shares)
end

-- A window's value is "used serial newest age left": its units, the serial and the time of its
-- newest charge, by how much the oldest is older, and how much later its list ends. The list holds
-- the charges as "time-serial-cost", oldest first. Short, so that a hash of such values stays small.
local function read_window_value(window, value)
  if not value then
    window.used, window.serial, window.newest, window.oldest, window.ends = 0, 0, 0, 0, 0
    return
  end
  local used, serial, newest, age, left = match(value, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  window.used, window.serial, window.newest = used + 0, serial + 0, newest + 0
  window.oldest, window.ends = newest - age, newest + left
end

local function window_value(window)
  local newest = window.newest
  local age, left = newest - window.oldest, max(0, window.ends - newest)
  return format('%d %d %d %d %d', window.used, window.serial, newest, age, left)
end

-- The field `@` of a tag's hash is `epoch * 100000 + day`, where the epoch is 0 while unknown. On
-- the first call of a day the hash is told to live for eight more: longer than any of its values
-- means something, and than any process remembers a caller.
local HOUR, DAY, HASH_LIFE = 3600000000, 86400000000, 8 * 86400000
local function epoch_of(mark)
  return (mark - mark % 100000) / 100000
end

local function keep_hash(key, mark, epoch, now)
  local wanted = epoch * 100000 + (now - now % DAY) / DAY
  if mark == wanted then return end
  call('HSET', key, '@', wanted)
  call('PEXPIRE', key, HASH_LIFE)
end

-- Each new field pays for a look at four others, and what ended an hour ago goes: so no more than a
-- part of the hash means nothing any more, while keys, routes and limits come and go.
local function sweep(key, new, now)
  local found, gone, window = call('HRANDFIELD', key, 4 * new, 'WITHVALUES'), {}, {}
  for i = 1, #found, 2 do
    local ends
    if match(found[i], '^rate:') then
      ends = match(found[i + 1], '^%d+')
    elseif match(found[i], '^window:') then
      read_window_value(window, found[i + 1])
      ends = window.ends
    end
    if ends and ends + HOUR < now then gone[#gone + 1] = found[i] end
  end
  if #gone > 0 then call('HDEL', key, unpack(gone)) end
end

-- Leases are a sorted set of ids by their end; it ends after the last of them.
local function outlive_leases(key, now, moved)
  local latest = call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
  if latest then outlive(key, now, tonumber(latest), moved) end
end
