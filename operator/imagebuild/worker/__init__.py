"""What runs inside the build pod: three small programs, started by the kubelet all at once.

- ``python -m imagebuild.worker`` does the order and leaves pictures and a report
- ``python -m imagebuild.worker.daemon`` runs buildkitd until the worker has ended
- ``python -m imagebuild.worker.progress`` prints the pictures until the worker has ended

``run.run`` is the core of the first: it knows neither where the order came from nor where
pictures and report go. Everything here starts on the standard library alone.
"""
