-- Decides every policy of one call, all or nothing, and spends in the same breath.
--
-- keys  the tag's hash; the values of their own; the lists of windows and the sets of leases; then
--       the seen set, if members follow
-- args  1 the time in microseconds, or '' for the server's clock (tests alone move it)
--       2 the caller's epoch, '' where none is kept, or '+' and a number that was read just now
--       3 the plan as JSON, which is short because it comes with every call: true to spend, false
--         to look; how many fields of the hash, keys (without the seen set) and args (without
--         members) there are; then per charge a list of a letter and the numbers in `PARTS`:
--           r  a rate, in shares of 1/drain of a microsecond
--           w  an exact rolling window of `period` microseconds
--           m  the memory of one, which refuses nothing and keeps at least the newest `keep` units
--           l  leases, each for a term in microseconds
--         `index` says which of the args is the value's field or, below zero, which of the keys is
--         the value's own, and `life` how many milliseconds that is kept; `list` says which of the
--         keys holds charges or leases, and `lease` which of the args is the id
--       then the fields, the lease ids, and the members to look up in the seen set
-- Reply whole numbers: admitted, now; per charge what was found before anything was spent
--         rate    debt
--         window  used, oldest, newest, serial, free at
--         leases  held by others, held by this lease, free at
--       and, of an admitted call, per member 1 when the set holds it.
--       A caller whose epoch has passed is told -1 and the epoch that holds (0: unknown).

local PARTS = {
  r = {'index', 'life', 'drain', 'need', 'capacity'},
  w = {'index', 'life', 'period', 'cost', 'quantity', 'list'},
  m = {'index', 'life', 'period', 'cost', 'keep', 'list'},
  l = {'list', 'lease', 'term', 'cost', 'quantity'},
}

local function named(numbers)
  local part = {}
  for i, name in ipairs(PARTS[numbers[1]]) do part[name] = numbers[i + 1] end
  return part
end

-- The same few plans come with every call: the library remembers what it has read.
local PLANS_KEPT = 1000
local plans, kept = {}, 0
local function plan_of(text)
  if kept == PLANS_KEPT then plans, kept = {}, 0 end
  local read, parts = cjson.decode(text), {}
  for i = 5, #read do parts[i - 4] = named(read[i]) end
  local plan = {spend = read[1], fields = read[2], keys = read[3], args = read[4], parts = parts}
  plans[text], kept = plan, kept + 1
  return plan
end

-- Tables that each call uses anew: what is not made need not be collected.
local debts, windows, written = {}, {}, {}

-- The epoch that holds, if the caller knows an older one or may not know any.
local function passed_epoch(key, mark, given, now)
  local epoch, holds = given + 0, epoch_of(mark)
  if holds > epoch or (holds == 0 and byte(given) ~= 43) then return holds end
  keep_hash(key, mark, epoch, now)
end

-- Each charge leaves once, so this cost is spread over the charges; after a pause longer than the
-- window all leave together, unread. A list that Redis lost has no charge left.
local function drop_expired(list, window, edge)
  local chunk = 2
  window.oldest, window.dropped = 0, true
  if window.newest <= edge then window.used = 0 end
  while window.used > 0 and window.oldest == 0 do
    local gone, charges = 0, call('LRANGE', list, 0, chunk - 1)
    if #charges == 0 then window.used = 0 end
    for i = 1, #charges do
      local at, cost = match(charges[i], '^(%d+)-%d+-(%d+)$')
      if tonumber(at) > edge then
        window.oldest = tonumber(at)
        break
      end
      window.used, gone = window.used - cost, i
    end
    call('LTRIM', list, gone, -1)
    chunk = min(chunk * 4, 512)
  end
end

-- When `missing` more units will have left, and no more than `room` are inside: looked for from the
-- end that is nearer. Each charge holds at least one unit, so few are read.
local function window_free_at(list, missing, room, period)
  local first, backwards = 0, missing > room
  local left = backwards and room + 1 or missing
  while true do
    local last, charges = first + min(left, 256) - 1, nil
    if backwards then
      charges = call('LRANGE', list, -1 - last, -1 - first)
    else
      charges = call('LRANGE', list, first, last)
    end
    assert(#charges > 0, 'a window has fewer charges than it counts: delete its value too')
    for i = 1, #charges do
      local charge = charges[backwards and #charges + 1 - i or i]
      local at, cost = match(charge, '^(%d+)-%d+-(%d+)$')
      left = left - cost
      if left <= 0 then return at + period end
    end
    first = first + #charges
  end
end

-- Forgets the oldest charges, for as long as the others hold `keep` units.
local function forget_oldest(list, window, keep)
  local chunk, going = 2, window.used > keep
  while going do
    local gone, charges = 0, call('LRANGE', list, 0, chunk - 1)
    for i = 1, #charges do
      local at, cost = match(charges[i], '^(%d+)-%d+-(%d+)$')
      window.oldest = tonumber(at)
      if window.used - cost < keep then
        going = false
        break
      end
      window.used, gone = window.used - cost, i
    end
    call('LTRIM', list, gone, -1)
    chunk = min(chunk * 4, 512)
  end
end

local function find_window(i, part, value, list, now, reply, told)
  local window, edge, free = windows[i] or {}, now - part.period, 0
  windows[i] = window
  read_window_value(window, value)
  window.dropped = false
  if window.used > 0 and window.oldest <= edge then drop_expired(list, window, edge) end
  local passes = part.cost == 0 or not part.quantity
  if not passes then
    local room = part.quantity - part.cost
    passes = window.used <= room
    if not passes and room >= 0 then
      free = window_free_at(list, window.used - room, room, part.period)
    end
  end
  reply[told + 1], reply[told + 2], reply[told + 3] = window.used, window.oldest, window.newest
  reply[told + 4], reply[told + 5] = window.serial, free
  return passes, told + 5
end

-- An empty window begins a new list, and what may be left of an old one goes.
local function spend_window(window, list, part, now, moved)
  local at = max(now, window.newest)
  if window.used == 0 then
    call('DEL', list)
    window.oldest, window.ends = at, 0
  end
  window.used, window.newest, window.serial = window.used + part.cost, at, window.serial + 1
  call('RPUSH', list, format('%d-%d-%d', at, window.serial, part.cost))
  local moment = at + part.period
  if moment > window.ends then window.ends = outlive(list, now, moment, moved) end
  if part.keep then forget_oldest(list, window, part.keep) end
end

local function find_leases(part, key, lease, now, reply, told)
  local after = format('(%d', now)
  local held = (tonumber(call('ZSCORE', key, lease) or 0) > now) and 1 or 0
  local others, free = call('ZCOUNT', key, after, '+inf') - held, 0
  local over = others + part.cost - part.quantity
  local passes = held == 1 or over <= 0 or part.cost == 0
  if not passes then
    free = tonumber(call('ZRANGEBYSCORE', key, after, '+inf', 'WITHSCORES', 'LIMIT', over - 1, 1)[2])
  end
  reply[told + 1], reply[told + 2], reply[told + 3] = others, held, free
  return passes, told + 3
end

local function spend_lease(key, lease, part, now, moved)
  call('ZREMRANGEBYSCORE', key, '-inf', now)
  call('ZADD', key, now + part.term, lease)
  outlive_leases(key, now, moved)
end

-- Reads every state into `reply`; whether all parts pass, whether charges have left a window, and
-- how long the reply has become.
local function find(parts, keys, args, shared, now, reply)
  local admitted, dropped, told = true, false, 2
  for i = 1, #parts do
    local part, value, passes = parts[i], nil, nil
    local index = part.index or 0
    if index > 0 then
      value = shared[index - 2]
    elseif index < 0 then
      value = call('GET', keys[-index])
    end
    if part.drain then
      local debt = value and debt_of(value, now, part.drain, part.capacity) or 0
      told = told + 1
      reply[told] = debt
      debt = debt + part.need
      debts[i], passes = debt, debt <= part.capacity
    elseif part.period then
      passes, told = find_window(i, part, value, keys[part.list], now, reply, told)
      dropped = dropped or windows[i].dropped
    else
      passes, told = find_leases(part, keys[part.list], args[part.lease], now, reply, told)
    end
    admitted = admitted and passes
  end
  return admitted, dropped, told
end

-- Spends on a window or a lease; the value of a window that is another than was found.
local function settle_other(i, part, keys, args, now, moved, spend)
  local spent = spend and part.cost > 0
  if part.period then
    if spent then spend_window(windows[i], keys[part.list], part, now, moved) end
    return (spent or windows[i].dropped) and window_value(windows[i])
  end
  if spent then spend_lease(keys[part.list], args[part.lease], part, now, moved) end
end

-- Spends, or only keeps what has left a window; whether the hash was written.
local function settle(parts, keys, args, now, moved, spend)
  local count = 0
  for i = 1, #parts do
    local part, value = parts[i], nil
    local drain = part.drain
    if not drain then
      value = settle_other(i, part, keys, args, now, moved, spend)
    elseif spend and part.need > 0 then
      value = rate_value(debts[i], now, drain)
    end
    if value then
      local index = part.index
      if index > 0 then
        written[count + 1], written[count + 2], count = args[index], value, count + 2
      else
        call('SET', keys[-index], value, 'PX', moved and MOVED_LIFE or part.life)
      end
    end
  end
  if count > 0 then
    local new = call('HSET', keys[1], unpack(written, 1, count))
    if new > 0 then sweep(keys[1], new, now) end
  end
  return count > 0
end

local function admit(keys, args)
  local now, moved = time_of(args[1])
  local plan = plans[args[3]] or plan_of(args[3])
  local parts = plan.parts
  local shared = call('HMGET', keys[1], '@', unpack(args, 4, plan.fields + 3))
  local mark = (shared[1] or 0) + 0
  if args[2] ~= '' then
    local holds = passed_epoch(keys[1], mark, args[2], now)
    if holds then return {-1, holds} end
  end

  -- The room for what follows is taken at once.
  local reply = {1, now, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil}
  local admitted, dropped, told = find(parts, keys, args, shared, now, reply)
  local spend = plan.spend and admitted
  if not admitted then reply[1] = 0 end
  if not (spend or dropped) then return reply end

  local written_to_hash = settle(parts, keys, args, now, moved, spend)
  if written_to_hash and args[2] == '' then keep_hash(keys[1], mark, epoch_of(mark), now) end
  local seen = keys[plan.keys + 1]
  if spend and seen then
    local held = call('SMISMEMBER', seen, unpack(args, plan.args + 1))
    for i = 1, #held do reply[told + i] = held[i] end
  end
  return reply
end
