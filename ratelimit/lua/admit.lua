-- Decides every policy of one call, all or nothing, and spends in the same breath.
--
-- keys  the tag's hash; the values of their own; per window its list, per part with leases its
--       set; then the seen set, if members follow
-- args  1 the time in microseconds, or '' for the server's clock (tests alone move it)
--       2 the caller's epoch, '' where none is kept, or '+' and a number that was read just now
--       3 the plan as JSON {spend, fields, values, parts}: true to spend, false to look; how many
--         parts have a field in the hash, and how many a value of their own; per charge one of
--           {drain, need, capacity, field or own, life}  a rate, in shares of 1/drain microsecond
--           {period, cost, quantity, field or own, life} an exact rolling window, in microseconds
--           {lease, cost, quantity}                      leases, each of so many microseconds
--         where `field` and `own` number the values of either kind, and `life` is how many
--         milliseconds a value of its own is kept
--       then the fields; then one lease id per part with leases; then the members to look up
-- Reply whole numbers: admitted, now; per part what was found before anything was spent
--         rate    debt
--         window  used, oldest, newest, serial, free at
--         leases  held by others, held by this lease, free at
--       and, of an admitted call, per member 1 when the set holds it.
--       A caller whose epoch has passed is told -1 and the epoch that holds (0: unknown).

-- The same few plans come with every call: the library remembers what it has read.
local PLANS_KEPT = 1000
local plans, kept = {}, 0
local function plan_of(text)
  if kept == PLANS_KEPT then plans, kept = {}, 0 end
  local plan = cjson.decode(text)
  plans[text], kept = plan, kept + 1
  return plan
end

-- Tables that each call uses anew: what is not made need not be collected.
local debts, windows, written = {}, {}, {}

-- The epoch that holds, if the caller knows an older one or may not know any.
local function passed_epoch(key, mark, given, now)
  local epoch, holds = tonumber(given), epoch_of(mark)
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

-- When `missing` more units will have left; each charge holds at least one, so few are read.
local function window_free_at(list, missing, period)
  local first = 0
  while true do
    local charges = call('LRANGE', list, first, first + min(missing, 256) - 1)
    assert(#charges > 0, 'a window has fewer charges than it counts: delete its value too')
    for i = 1, #charges do
      local at, cost = match(charges[i], '^(%d+)-%d+-(%d+)$')
      missing = missing - cost
      if missing <= 0 then return at + period end
    end
    first = first + #charges
  end
end

local function find_window(window, value, list, part, now, reply, told)
  local edge, free = now - part.period, 0
  read_window_value(window, value)
  window.dropped = false
  if window.used > 0 and window.oldest <= edge then drop_expired(list, window, edge) end
  local over = window.used + part.cost - part.quantity
  local passes = over <= 0 or part.cost == 0
  if not passes and part.cost <= part.quantity then
    free = window_free_at(list, over, part.period)
  end
  reply[told + 1], reply[told + 2], reply[told + 3] = window.used, window.oldest, window.newest
  reply[told + 4], reply[told + 5] = window.serial, free
  return passes
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
end

local function find_leases(key, lease, part, now, reply, told)
  local after = format('(%d', now)
  local held = (tonumber(call('ZSCORE', key, lease) or 0) > now) and 1 or 0
  local others, free = call('ZCOUNT', key, after, '+inf') - held, 0
  local over = others + part.cost - part.quantity
  local passes = held == 1 or over <= 0 or part.cost == 0
  if not passes then
    free = tonumber(call('ZRANGEBYSCORE', key, after, '+inf', 'WITHSCORES', 'LIMIT', over - 1, 1)[2])
  end
  reply[told + 1], reply[told + 2], reply[told + 3] = others, held, free
  return passes
end

local function spend_lease(key, lease, part, now, moved)
  call('ZREMRANGEBYSCORE', key, '-inf', now)
  call('ZADD', key, now + part.lease, lease)
  outlive_leases(key, now, moved)
end

local function admit(keys, args)
  local now, moved = time_of(args[1])
  local plan = plans[args[3]] or plan_of(args[3])
  local parts, fields, values = plan.parts, plan.fields, plan.values
  local shared = call('HMGET', keys[1], '@', unpack(args, 4, fields + 3))
  local own = values > 0 and call('MGET', unpack(keys, 2, values + 1))
  local mark = tonumber(shared[1] or 0)
  if args[2] ~= '' then
    local holds = passed_epoch(keys[1], mark, args[2], now)
    if holds then return {-1, holds} end
  end

  -- The room for what follows is taken at once.
  local reply, told = {1, now, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil}, 2
  local next_key, next_arg, admitted, dropped = values + 2, fields + 4, true, false
  for i = 1, #parts do
    local part, passes = parts[i], nil
    local value = part.field and shared[part.field + 1] or own and own[part.own]
    if part.drain then
      local debt = value and debt_of(value, now, part.drain, part.capacity) or 0
      told = told + 1
      reply[told] = debt
      debt = debt + part.need
      debts[i], passes = debt, debt <= part.capacity
    elseif part.period then
      local window = windows[i] or {}
      windows[i] = window
      passes = find_window(window, value, keys[next_key], part, now, reply, told)
      told, next_key, dropped = told + 5, next_key + 1, dropped or window.dropped
    else
      passes = find_leases(keys[next_key], args[next_arg], part, now, reply, told)
      told, next_key, next_arg = told + 3, next_key + 1, next_arg + 1
    end
    admitted = admitted and passes
  end
  local spend = plan.spend and admitted
  if not admitted then reply[1] = 0 end
  if not (spend or dropped) then return reply end

  local count = 0
  next_key, next_arg = values + 2, fields + 4
  for i = 1, #parts do
    local part, value = parts[i], nil
    if part.drain then
      if spend and part.need > 0 then value = rate_value(debts[i], now, part.drain) end
    elseif part.period then
      local spent = spend and part.cost > 0
      if spent then spend_window(windows[i], keys[next_key], part, now, moved) end
      if spent or windows[i].dropped then value = window_value(windows[i]) end
      next_key = next_key + 1
    else
      if spend and part.cost > 0 then
        spend_lease(keys[next_key], args[next_arg], part, now, moved)
      end
      next_key, next_arg = next_key + 1, next_arg + 1
    end
    if value and part.field then
      written[count + 1], written[count + 2], count = args[part.field + 3], value, count + 2
    elseif value then
      call('SET', keys[part.own + 1], value, 'PX', moved and MOVED_LIFE or part.life)
    end
  end
  if count > 0 then
    call('HSET', keys[1], unpack(written, 1, count))
    if args[2] == '' then keep_hash(keys[1], mark, epoch_of(mark), now) end
  end

  if spend and keys[next_key] then
    local held = call('SMISMEMBER', keys[next_key], unpack(args, next_arg))
    for i = 1, #held do reply[told + i] = held[i] end
  end
  return reply
end
