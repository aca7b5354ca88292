-- Any new value asks for one build; status.lastHandledReconcileAt echoes it.
local os = require("os")
if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["imagebuild.dev/requestedAt"] = os.date("!%Y-%m-%dT%XZ")
return obj
