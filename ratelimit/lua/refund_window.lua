-- Takes one entry out of a rolling window, found from the newest on.
--
-- KEYS  the window: entries "time-serial-cost", then the summary "used oldest newest serial ends"
-- ARGV  the time in microseconds or '', the entry, the window's length in microseconds
-- Reply 1 when the entry was still inside

local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local at, cost = string.match(ARGV[2], '^(%d+)-%d+-(%d+)$')
if at + ARGV[3] <= now or redis.call('LREM', KEYS[1], -1, ARGV[2]) == 0 then return 0 end

local summary = redis.call('LINDEX', KEYS[1], -1)
local used, rest = string.match(summary, '^(%d+) %d+ (.*)$')
local oldest = string.match(redis.call('LINDEX', KEYS[1], 0), '^(%d+)-') or '0'
redis.call('LSET', KEYS[1], -1, string.format('%d %s %s', used - cost, oldest, rest))
return 1
