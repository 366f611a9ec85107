-- Adds members to a seen set that ends by itself.
--
-- KEYS  the set
-- ARGV  its lifetime from now in milliseconds, then members
-- Reply how many were new

local new = redis.call('SADD', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return new
