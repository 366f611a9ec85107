-- Gives units of a rate back: the debt shrinks, and never below nothing.
--
-- keys  the rate of one subject
-- args  the time in microseconds or '', the shares to give, the rate's drain and capacity
-- Reply 1 when anything was owed

local function refund_rate(keys, args)
  local now = time_of(args[1])
  local value, drain = call('GET', keys[1]), tonumber(args[3])
  local debt = value and debt_of(value, now, drain, tonumber(args[4])) or 0
  if debt == 0 then return 0 end
  call('SET', keys[1], rate_with(max(0, debt - args[2]), now, drain), 'KEEPTTL')
  return 1
end
