"""Beside the daemon, in its user namespace: bounds on what a build takes, and who sees to them."""
