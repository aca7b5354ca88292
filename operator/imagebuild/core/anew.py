"""When the Job of an attempt that waits for a Secret is made anew.

The kubelet tries a volume again after ever longer times, two minutes in the end; those of a new pod
it tries at once. So whoever brings the Secret sees the build start within seconds, while a build
that nobody minds costs its cluster little.
"""

from datetime import timedelta

from imagebuild.core.case import Case

AGAIN = timedelta(seconds=10)
SELDOM = timedelta(minutes=1)  # after it has waited for _LONG
_LONG = timedelta(hours=1)


def due(case: Case) -> bool:
    """Whether the Job at hand has waited long enough for its pod to be tried again."""
    build, attempt = case.build, case.attempt
    if build is None or attempt is None or attempt.created is None:
        return False
    waited = case.now - (build.started_at or attempt.created)
    # Either clock may be ahead.
    return abs(case.now - attempt.created) >= (SELDOM if waited >= _LONG else AGAIN)
