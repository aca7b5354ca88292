"""What controller and worker tell each other: versioned JSON from standard-library dataclasses.

``order`` goes into the pod, ``picture`` lines and one ``report`` come out of it. Both sides may
be of different versions while an upgrade is under way, so fields are only ever added, with a
default, and unknown ones are ignored.
"""
