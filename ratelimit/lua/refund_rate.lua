-- Gives units of a rate back: the debt shrinks, and never below nothing.
--
-- keys  the tag's hash, or the rate's own value
-- args  the time in microseconds or '', the rate's field or '', the shares to give, its drain and
--       capacity, and when they were charged if what may have drained since is to be kept, or ''
-- Reply 1 when anything was given

local function refund_rate(keys, args)
  local now = time_of(args[1])
  local value, give, drain = read_value(keys[1], args[2]), tonumber(args[3]), tonumber(args[4])
  local debt = value and debt_of(value, now, drain, tonumber(args[5])) or 0
  if args[6] ~= '' then give = give - (now - args[6]) * drain end
  if debt == 0 or give <= 0 then return 0 end
  write_value(keys[1], args[2], rate_value(max(0, debt - give), now, drain))
  return 1
end
