-- Reads whole states and touches nothing, for whoever wants to continue from them elsewhere.
--
-- keys  per charge the tag's hash or its own value, then a window's list; or its leases
-- args  the time in microseconds or ''; per charge its kind (rate, window, leases) and its field
--       or ''
-- Reply now; per charge a rate's value, a window's value and charges, or leases with their ends

local function snapshot(keys, args)
  local reply, key = {(time_of(args[1]))}, 1
  for i = 2, #args, 2 do
    local value
    if args[i] == 'leases' then
      value = call('ZRANGE', keys[key], 0, -1, 'WITHSCORES')
    else
      value = read_value(keys[key], args[i + 1])
      if args[i] == 'window' then
        key = key + 1
        value = {value, call('LRANGE', keys[key], 0, -1)}
      end
    end
    reply[#reply + 1], key = value, key + 1
  end
  return reply
end
