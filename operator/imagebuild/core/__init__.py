"""The decisions, as pure functions over plain data: no I/O, no clock, no environment.

- ``graph``: the stages and what they need of each other
- ``dockerfile``: the stages as one Dockerfile, with the way back from line to spec
- ``inputs``: the hash that says whether something else would be built
- ``profile``: with which security profile, on which nodes, build pods run
- ``job``: the order ConfigMap and the Job of one attempt
- ``observe``: Jobs, pods, Events and log lines as facts about attempts
- ``failures``: facts and raw words as one reason with its mend
- ``status``: the status as people and tools read it
- ``plan``: what to do next; opens with its decision table
"""
