-- Raises an organisation's epoch; a lower one changes nothing.
--
-- keys  the tag's hash
-- args  the time in microseconds or '', the epoch
-- Reply the epoch that holds

local function raise_epoch(keys, args)
  local now = time_of(args[1])
  local mark = tonumber(call('HGET', keys[1], '@') or 0)
  local epoch = max(epoch_of(mark), tonumber(args[2]))
  keep_hash(keys[1], mark, epoch, now)
  return epoch
end
