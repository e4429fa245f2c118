#!lua flags=allow-oom
-- note_reader: a process says which dynamic settings it runs with, stamped with the time of Redis.
-- KEYS  1 readers (hash)   ARGV  1 service:name  2 JSON
-- Returns 'OK'
local now = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], now[1] * 1000 + math.floor(now[2] / 1000) .. ' ' .. ARGV[2])
return 'OK'
