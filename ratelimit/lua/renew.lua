-- Gives live leases a full term from now; a lease that has ended stays lost.
--
-- KEYS  the leases
-- ARGV  the time in microseconds or '', the term in microseconds, then lease ids
-- Reply per lease 1 when it lives

local now = tonumber(ARGV[1])
local moved = now ~= nil
if not moved then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local reply, ends = {}, string.format('%d', now + ARGV[2])
for i, score in ipairs(redis.call('ZMSCORE', KEYS[1], unpack(ARGV, 3))) do
  reply[i] = 0
  if score and tonumber(score) > now then
    redis.call('ZADD', KEYS[1], ends, ARGV[i + 2])
    reply[i] = 1
  end
end

local latest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
if latest and not moved then
  redis.call('PEXPIRE', KEYS[1], string.format('%d', math.ceil((latest - now) / 1000) + 11000))
end
return reply
