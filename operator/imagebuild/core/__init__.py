"""The decisions, as pure functions over plain data: no I/O, no clock, no environment.

What to do, from the heart outwards:

- ``plan``: what to do next; opens with its decision table
- ``action``: what a plan says to do, and what every plan gets beside its row
- ``case``: the facts that the table asks for
- ``status``: all that there is to say: of a build that is ``waiting`` or has ``ended``;
  ``conditions``, ``stages``, ``seen``, ``taken``, ``published``, ``weighed`` and ``history`` are
  parts of it, and ``bounds`` keeps it small

What is asked for:

- ``imagebuild``: the object as the API server gives it; ``owner``: whose an attempt is
- ``inputs``: the hash that says whether something else would be built
- ``outside``: what a spec names beside itself, and what was found there, as facts
- ``resolve``: the spec with that filled in, or why it cannot be built yet; ``provided``: what of it
  is there, and in which words a build waits
- ``graph``: the stages and what they need of each other
- ``dockerfile``: the stages as one, with the way back from line to spec; ``instructions``,
  ``flags`` and ``quoting`` write it

What an attempt is made of:

- ``attempt``: its name, ConfigMap and Job; ``job``, ``pod``, ``mounts``, ``daemon`` and
  ``registries_conf`` render them
- ``order``: what its worker is to do
- ``profile``: with which security profile, on which nodes, build pods run
- ``settings``: what an administrator decides for all builds

What became of it:

- ``observe``: Jobs, pods, Events and log lines as facts about attempts
- ``endings``: how a container, a pod or a Job ended, and whether it was taken away
- ``obstacles``: what keeps a worker from beginning, in the cluster's own words
- ``failures``: facts and raw words as one reason with its message; ``classify`` has the table
"""
