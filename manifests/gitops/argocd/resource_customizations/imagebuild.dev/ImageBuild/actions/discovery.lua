local suspended = obj.spec.suspend == true
return {
  -- Suspended, it would only begin at `resume`.
  rebuild = {disabled = suspended, iconClass = "fa fa-fw fa-sync", displayName = "Rebuild"},
  suspend = {disabled = suspended, iconClass = "fa fa-fw fa-pause", displayName = "Suspend"},
  resume = {disabled = not suspended, iconClass = "fa fa-fw fa-play", displayName = "Resume"},
}
