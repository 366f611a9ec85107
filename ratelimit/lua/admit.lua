-- Decides every policy of one call, all or nothing, and spends in the same breath.
--
-- KEYS  one per object of the plan, in order; then the seen set, if members follow
-- ARGV  1 the time in microseconds, or '' for the server's clock (tests alone move it)
--       2 '1' to spend, '0' to look without touching
--       3 the plan as JSON: an object per key
--         {kind: 'r', fields: ['@', name...], needs: [], drains: [], capacities: []}
--             the rates of one subject, in shares of 1/drain of a microsecond
--         {kind: 'w', cost, period, quantity}   an exact rolling window, in microseconds
--         {kind: 'c', cost, period, quantity}   leases, in microseconds
--       then one lease id per `c`; then the members to look up in the seen set
-- Reply whole numbers: admitted, now; per charge what was found before anything was spent
--         r  debt
--         w  used, oldest, newest, serial, free at
--         c  held by others, held by this lease, free at
--       and, of an admitted call, per member 1 when the set holds it
--
-- Doubles are exact to 2^53 but Lua 5.1 prints 14 digits, so a time never meets `..` or tostring.

local call, format, match = redis.call, string.format, string.match

local function append(list, ...)
  for _, value in ipairs({...}) do list[#list + 1] = value end
end

-- A key outlives its meaning by `slack`, so that a busy one is not told to expire at every call.
-- Where a test moves the clock, the server's own clock must not end it at all.
local SLACK = 10000000
local function outlive(key, now, moment, moved)
  local micros = moment - now + SLACK + 1000000
  call('PEXPIRE', key, moved and 86400000 or format('%d', math.ceil(micros / 1000)))
  return moment + SLACK
end

-- Rates (GCRA): a hash of theoretical arrival times by policy, in microseconds and, where the
-- drain does not divide them, the shares beyond; `@` holds the time at which the key may end.
local function debt_of(value, now, drain, capacity)
  if not value then return 0 end
  local arrival, shares = tonumber(value), 0
  if not arrival then arrival, shares = match(value, '^(%d+) (%d+)$') end
  local debt = (arrival - now) * drain + shares
  if debt > capacity then return capacity end
  return debt > 0 and debt or 0
end

local function read_rates(key, group, now, reply)
  local values = call('HMGET', key, unpack(group.fields))
  local debts, passes = {}, true
  for i, need in ipairs(group.needs) do
    local capacity = group.capacities[i]
    local debt = debt_of(values[i + 1], now, group.drains[i], capacity)
    if debt + need > capacity then passes = false end
    debts[i], reply[#reply + 1] = debt + need, debt
  end
  group.debts, group.ends = debts, tonumber(values[1] or 0)
  return passes
end

local function spend_rates(key, group, now, moved)
  local fields, latest = {}, 0
  for i, debt in ipairs(group.debts) do
    if group.needs[i] > 0 then
      local shares = debt % group.drains[i]
      local arrival = now + (debt - shares) / group.drains[i]
      latest = math.max(latest, arrival + 1)
      local value = format('%d', arrival)
      if shares > 0 then value = format('%s %d', value, shares) end
      fields[#fields + 1], fields[#fields + 2] = group.fields[i + 1], value
    end
  end
  if latest == 0 then return end
  local stale = latest > group.ends
  if stale then append(fields, '@', format('%d', latest + SLACK)) end
  call('HSET', key, unpack(fields))
  if stale then outlive(key, now, latest, moved) end
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
    chunk = math.min(chunk * 4, 512)
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
    local last = first + math.min(missing, 256) - 1
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

local function read_window(key, group, now, reply)
  local window = window_at(key, now, group.period)
  local over, free = window.used + group.cost - group.quantity, 0
  local passes = over <= 0 or group.cost == 0
  if not passes and group.cost <= group.quantity then
    free = window_free_at(key, over, group.period)
  end
  append(reply, window.used, window.oldest, window.newest, window.serial, free)
  group.window = window
  return passes
end

local function spend_window(key, group, now, moved)
  local window = group.window
  local at = math.max(now, window.newest)
  if window.used == 0 then window.oldest = at end
  window.used, window.newest, window.serial = window.used + group.cost, at, window.serial + 1
  local entry = format('%d-%d-%d', at, window.serial, group.cost)
  local moment = at + group.period
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
local function read_leases(key, group, now, reply)
  local after = format('(%d', now)
  local held = (tonumber(call('ZSCORE', key, group.lease) or 0) > now) and 1 or 0
  local others, free = call('ZCOUNT', key, after, '+inf') - held, 0
  local over = others + group.cost - group.quantity
  local passes = held == 1 or over <= 0 or group.cost == 0
  if not passes then
    free = tonumber(call('ZRANGEBYSCORE', key, after, '+inf', 'WITHSCORES', 'LIMIT', over - 1, 1)[2])
  end
  append(reply, others, held, free)
  return passes
end

local function spend_lease(key, group, now, moved)
  call('ZREMRANGEBYSCORE', key, '-inf', format('%d', now))
  call('ZADD', key, format('%d', now + group.period), group.lease)
  outlive(key, now, tonumber(call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]), moved)
end

local now, spend = tonumber(ARGV[1]), ARGV[2] == '1'
local moved = now ~= nil
if not moved then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
end
local plan, reply, extra = cjson.decode(ARGV[3]), {1, now}, 4

for i, group in ipairs(plan) do
  local read = read_rates
  if group.kind == 'w' then
    read = read_window
  elseif group.kind == 'c' then
    read, group.lease, extra = read_leases, ARGV[extra], extra + 1
  end
  if not read(KEYS[i], group, now, reply) then reply[1] = 0 end
end
if not spend or reply[1] == 0 then return reply end

for i, group in ipairs(plan) do
  if group.kind == 'r' then
    spend_rates(KEYS[i], group, now, moved)
  elseif group.cost > 0 then
    (group.kind == 'w' and spend_window or spend_lease)(KEYS[i], group, now, moved)
  end
end

local seen = KEYS[#plan + 1]
if seen then append(reply, unpack(call('SMISMEMBER', seen, unpack(ARGV, extra)))) end
return reply
