-- An ImageBuild follows kstatus: Ready is always there, Reconciling and Stalled only while True.
-- docs/explanation/status.md says when each comes about.
local hs = {status = "Progressing", message = "The operator has not looked at this generation yet"}
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return hs
end
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Ready" then
    hs.message = condition.reason .. ": " .. condition.message
    if condition.status == "True" then
      hs.status = "Healthy"
    elseif condition.reason == "Suspended" then
      hs.status = "Suspended"
    end
  elseif condition.type == "Stalled" and condition.status == "True" then
    hs.status = "Degraded"
  end
end
return hs
