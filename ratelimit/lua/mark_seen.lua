-- Adds members to a seen set that ends by itself.
--
-- keys  the set
-- args  its lifetime from now in milliseconds, then members
-- Reply how many were new

local function mark_seen(keys, args)
  local new = call('SADD', keys[1], unpack(args, 2))
  call('PEXPIRE', keys[1], args[1])
  return new
end
