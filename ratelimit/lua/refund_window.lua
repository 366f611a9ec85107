-- Takes one charge out of a rolling window, found from the newest on.
--
-- keys  the tag's hash, or the window's own value; its list
-- args  the time in microseconds or '', the window's field or '', the charge "time-serial-cost",
--       the window's length in microseconds
-- Reply 1 when the charge was still inside

local function refund_window(keys, args)
  local now, window, value = time_of(args[1]), {}, read_value(keys[1], args[2])
  local at, cost = match(args[3], '^(%d+)-%d+-(%d+)$')
  if not value or at + args[4] <= now or call('LREM', keys[2], -1, args[3]) == 0 then return 0 end

  read_window_value(window, value)
  window.used = window.used - cost
  window.oldest = tonumber(match(call('LINDEX', keys[2], 0) or '', '^(%d+)-') or 0)
  write_value(keys[1], args[2], window_value(window))
  return 1
end
