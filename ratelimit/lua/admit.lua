-- Decides every policy of one call, all or nothing, and spends in the same breath.
--
-- keys  the epoch; the rates; the windows and leases; then the seen set, if members follow
-- args  1 the time in microseconds, or '' for the server's clock (tests alone move it)
--       2 the caller's epoch, '' where none is kept, or '+' and a number that was read just now
--       3 the plan as JSON; a list per kind of object, each in the order of its keys
--         {spend: true to spend, false to look without touching,
--          needs: [], drains: [], capacities: [], lives: []}
--             the rates, in shares of 1/drain of a microsecond; their keys' lives in milliseconds
--          others: [{kind: 'w', cost, period, quantity}]   exact rolling windows, in microseconds
--                  [{kind: 'c', cost, period, quantity}]   leases, in microseconds
--       then one lease id per `c`; then the members to look up in the seen set
-- Reply whole numbers: admitted, now; per charge what was found before anything was spent
--         r  debt
--         w  used, oldest, newest, serial, free at
--         c  held by others, held by this lease, free at
--       and, of an admitted call, per member 1 when the set holds it
--       A caller whose epoch has passed is told -1 and the epoch that holds (0: unknown).

local function append(list, ...)
  for _, value in ipairs({...}) do list[#list + 1] = value end
end

-- A plan comes again with each call of its kind: the library remembers what it has read.
local PLANS_KEPT = 4096
local plans, kept = {}, 0
local function plan_of(text)
  local plan = plans[text]
  if not plan then
    if kept == PLANS_KEPT then plans, kept = {}, 0 end
    plan = cjson.decode(text)
    plans[text], kept = plan, kept + 1
  end
  return plan
end

-- Whether the caller knows less than was published; a fresh or a later epoch is published.
local function stale_epoch(key, value, given, now)
  local epoch, kept_epoch = tonumber(given), tonumber(value or 0)
  local stored = floor(kept_epoch / 100000)
  if stored > epoch or (stored == 0 and string.byte(given) ~= 43) then return stored end
  if kept_epoch ~= epoch_with_day(epoch, now) then keep_epoch(key, epoch, now) end
end

-- Window: a list of "time-serial-cost", oldest first, whose last element is the summary
-- "used oldest newest serial ends". One key, so that it expires or is evicted as a whole.
local function summary(w)
  return format('%d %d %d %d %d', w.used, w.oldest, w.newest, w.serial, w.ends)
end

-- Each entry leaves once, so this cost is spread over the charges that made them; after a pause
-- longer than the window all leave together, unread.
local function drop_expired(key, window, edge)
  local oldest, chunk = nil, 2
  if window.newest <= edge then
    call('LTRIM', key, -1, -1)
    window.used, oldest = 0, 0
  end
  while not oldest do
    local gone, entries = 0, call('LRANGE', key, 0, chunk - 1)
    assert(#entries > 0, 'a window without a summary')
    for _, entry in ipairs(entries) do
      local at, cost = match(entry, '^(%d+)-%d+-(%d+)$')
      if not at or tonumber(at) > edge then
        oldest = tonumber(at) or 0
        break
      end
      window.used, gone = window.used - cost, gone + 1
    end
    call('LTRIM', key, gone, -1)
    chunk = min(chunk * 4, 512)
  end
  window.oldest = oldest
  call('LSET', key, -1, summary(window))
end

local function window_at(key, now, period)
  local last = call('LINDEX', key, -1)
  if not last then return {used = 0, oldest = 0, newest = 0, serial = 0, ends = 0} end
  local used, oldest, newest, serial, ends = match(last, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  local window = {
    used = tonumber(used), oldest = tonumber(oldest), newest = tonumber(newest),
    serial = tonumber(serial), ends = tonumber(ends), kept = true,
  }
  if window.used > 0 and window.oldest <= now - period then
    drop_expired(key, window, now - period)
  end
  return window
end

-- When `missing` more units will have left; each entry holds at least one, so few are read.
local function window_free_at(key, missing, period)
  local first = 0
  while true do
    local last = first + min(missing, 256) - 1
    local entries = call('LRANGE', key, first, last)
    assert(#entries > 0, 'a window smaller than its summary')
    for _, entry in ipairs(entries) do
      local at, cost = match(entry, '^(%d+)-%d+-(%d+)$')
      missing = missing - cost
      if missing <= 0 then return at + period end
    end
    first = last + 1
  end
end

local function read_window(key, part, now, reply)
  local window = window_at(key, now, part.period)
  local over, free = window.used + part.cost - part.quantity, 0
  local passes = over <= 0 or part.cost == 0
  if not passes and part.cost <= part.quantity then
    free = window_free_at(key, over, part.period)
  end
  append(reply, window.used, window.oldest, window.newest, window.serial, free)
  return passes, window
end

local function spend_window(key, part, window, now, moved)
  local at = max(now, window.newest)
  if window.used == 0 then window.oldest = at end
  window.used, window.newest, window.serial = window.used + part.cost, at, window.serial + 1
  local entry = format('%d-%d-%d', at, window.serial, part.cost)
  local moment = at + part.period
  local stale = moment > window.ends
  if stale then window.ends = moment + SLACK end
  if window.kept then
    call('LSET', key, -1, entry)
    call('RPUSH', key, summary(window))
  else
    call('RPUSH', key, entry, summary(window))
  end
  if stale then outlive(key, now, moment, moved) end
end

-- Concurrency: a sorted set of lease ids by their end.
local function read_leases(key, part, now, reply, lease)
  local after = format('(%d', now)
  local held = (tonumber(call('ZSCORE', key, lease) or 0) > now) and 1 or 0
  local others, free = call('ZCOUNT', key, after, '+inf') - held, 0
  local over = others + part.cost - part.quantity
  local passes = held == 1 or over <= 0 or part.cost == 0
  if not passes then
    free = tonumber(call('ZRANGEBYSCORE', key, after, '+inf', 'WITHSCORES', 'LIMIT', over - 1, 1)[2])
  end
  append(reply, others, held, free)
  return passes, lease
end

local function spend_lease(key, part, lease, now, moved)
  call('ZREMRANGEBYSCORE', key, '-inf', now)
  call('ZADD', key, now + part.period, lease)
  outlive_leases(key, now, moved)
end

local function admit(keys, args)
  local now, moved = time_of(args[1])
  local plan, extra = plan_of(args[3]), 4
  local needs, drains, capacities = plan.needs, plan.drains, plan.capacities
  local values = call('MGET', unpack(keys, 1, #needs + 1))
  if args[2] ~= '' then
    local stored = stale_epoch(keys[1], values[1], args[2], now)
    if stored then return {-1, stored} end
  end

  local reply, debts = {1, now}, {}
  for i, need in ipairs(needs) do
    local value, debt = values[i + 1], 0
    if value then debt = debt_of(value, now, drains[i], capacities[i]) end
    reply[i + 2], debts[i] = debt, debt + need
    if debt + need > capacities[i] then reply[1] = 0 end
  end

  local found, next_key = {}, #needs + 2
  for i, part in ipairs(plan.others) do
    local read, passes = read_window, nil
    if part.kind == 'c' then read, extra = read_leases, extra + 1 end
    passes, found[i] = read(keys[next_key], part, now, reply, args[extra - 1])
    if not passes then reply[1] = 0 end
    next_key = next_key + 1
  end
  if not plan.spend or reply[1] == 0 then return reply end

  for i, debt in ipairs(debts) do
    if needs[i] > 0 then
      local life = moved and MOVED_LIFE or plan.lives[i]
      call('SET', keys[i + 1], rate_with(debt, now, drains[i]), 'PX', life)
    end
  end
  for i, part in ipairs(plan.others) do
    if part.cost > 0 then
      local spend = part.kind == 'w' and spend_window or spend_lease
      spend(keys[#needs + 1 + i], part, found[i], now, moved)
    end
  end

  local seen = keys[next_key]
  if seen then append(reply, unpack(call('SMISMEMBER', seen, unpack(args, extra)))) end
  return reply
end
