-- wrk's script: asks the bodies of a file in turn and tells its figures as one line of JSON.
-- wrk … -- BODIES TOKEN FRESH: with FRESH every document is a text never seen before, by a number in place of each @.
local headers, bodies, formatted, turn, fresh = {}, {}, {}, 0, nil

function init(arguments)
   headers["content-type"] = "application/json"
   headers["authorization"] = "Bearer " .. arguments[2]
   fresh = arguments[3]
   for body in io.lines(arguments[1]) do
      bodies[#bodies + 1] = body
      formatted[#formatted + 1] = wrk.format("POST", "/graphql", headers, body)
   end
end

function request()
   turn = turn + 1
   local place = turn % #bodies + 1
   if not fresh then return formatted[place] end
   return wrk.format("POST", "/graphql", headers, (bodies[place]:gsub("@", fresh .. turn)))
end

function done(summary, latency, requests)
   local errors = summary.errors
   print(string.format(
      '{"requests": %d, "seconds": %f, "octets": %d, "failed": %d, "p50": %f, "p99": %f}',
      summary.requests, summary.duration / 1e6, summary.bytes,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
