-- Raises an organisation's epoch; a lower one changes nothing.
--
-- keys  the epoch
-- args  the time in microseconds or '', the epoch
-- Reply the epoch that holds

local function raise_epoch(keys, args)
  local now = time_of(args[1])
  local epoch = max(floor((tonumber(call('GET', keys[1])) or 0) / 100000), tonumber(args[2]))
  keep_epoch(keys[1], epoch, now)
  return epoch
end
