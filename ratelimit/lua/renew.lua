-- Gives live leases a full term from now; a lease that has ended stays lost.
--
-- keys  the leases
-- args  the time in microseconds or '', the term in microseconds, then lease ids
-- Reply per lease 1 when it lives

local function renew(keys, args)
  local now, moved = time_of(args[1])
  local reply, ends = {}, now + args[2]
  for i, score in ipairs(call('ZMSCORE', keys[1], unpack(args, 3))) do
    reply[i] = 0
    if score and tonumber(score) > now then
      call('ZADD', keys[1], ends, args[i + 2])
      reply[i] = 1
    end
  end
  outlive_leases(keys[1], now, moved)
  return reply
end
