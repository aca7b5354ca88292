"""The Kubernetes side: it notices, reads, asks the core what to do, and does it.

- ``handlers``: kopf's watch events become keys in the queue; nothing else happens there
- ``workqueue``: keys that wait to be reconciled, deduplicated, delayed, one hand a key
- ``reconcile``: read, observe, plan, apply: one key at a time
- ``cluster``: every request to the API server
- ``metrics``: what is counted for Prometheus, and its endpoint
- ``settings``: what the administrator decides, from a mounted file and the environment
"""
