-- Removed rather than false: where Git does not set it, nothing is left that differs.
obj.spec.suspend = nil
return obj
