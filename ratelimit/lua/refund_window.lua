-- Takes one entry out of a rolling window, found from the newest on.
--
-- keys  the window: entries "time-serial-cost", then the summary "used oldest newest serial ends"
-- args  the time in microseconds or '', the entry, the window's length in microseconds
-- Reply 1 when the entry was still inside

local function refund_window(keys, args)
  local now = time_of(args[1])
  local at, cost = match(args[2], '^(%d+)-%d+-(%d+)$')
  if at + args[3] <= now or call('LREM', keys[1], -1, args[2]) == 0 then return 0 end

  local used, rest = match(call('LINDEX', keys[1], -1), '^(%d+) %d+ (.*)$')
  local oldest = match(call('LINDEX', keys[1], 0), '^(%d+)-') or '0'
  call('LSET', keys[1], -1, format('%d %s %s', used - cost, oldest, rest))
  return 1
end
