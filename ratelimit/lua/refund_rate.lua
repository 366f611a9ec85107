-- Gives units of a rate back: the debt shrinks, and never below nothing.
--
-- KEYS  the rates of one subject
-- ARGV  the time in microseconds or '', the policy's name, the shares to give, its drain and capacity
-- Reply 1 when anything was owed

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local value = redis.call('HGET', KEYS[1], ARGV[2])
if not value then return 0 end

local drain, capacity = tonumber(ARGV[4]), tonumber(ARGV[5])
local arrival, shares = tonumber(value), 0
if not arrival then arrival, shares = string.match(value, '^(%d+) (%d+)$') end
local debt = math.min(capacity, (arrival - now) * drain + shares)
if debt <= 0 then return 0 end

debt = math.max(0, debt - ARGV[3])
shares = debt % drain
value = string.format('%d', now + (debt - shares) / drain)
if shares > 0 then value = string.format('%s %d', value, shares) end
redis.call('HSET', KEYS[1], ARGV[2], value)
return 1
