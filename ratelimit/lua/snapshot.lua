-- Reads whole states, for whoever wants to continue from them elsewhere.
--
-- keys  as in `admit`, without the epoch
-- args  the time in microseconds or '', then per key its kind: r, w or c
-- Reply now; per key its value: a text, the list, or ids with their ends

local READS = {
  r = function(key) return call('GET', key) end,
  w = function(key) return call('LRANGE', key, 0, -1) end,
  c = function(key) return call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
}

local function snapshot(keys, args)
  local reply = {(time_of(args[1]))}
  for i, key in ipairs(keys) do reply[i + 1] = READS[args[i + 1]](key) end
  return reply
end
