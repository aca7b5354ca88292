"""Reasons that lie in credentials and in what an administrator bounds."""

from collections.abc import Mapping

from imagebuild.api.reasons.entry import Entry, Kind, Reason

TABLE: Mapping[Reason, Entry] = {
    Reason.WAITING_FOR_SECRET: Entry(
        "A Secret or ConfigMap that the build needs does not exist, or lacks a key; the message "
        "names both. The build starts by itself within 15 seconds of its coming, within a minute "
        "once it has been waited for longer than an hour: until then its pod is made anew every "
        "10 seconds, each time with a few Events, and every minute from then on, without end.",
        "Create it in the same namespace, or correct its name or key in the spec.",
        kind=Kind.WAITING,
    ),
    Reason.CREDENTIAL_INVALID: Entry(
        "A Secret is there, but what it holds is no credential of the kind that is needed.",
        "Correct the Secret as the message says, and request a build.",
        terminal=True,
    ),
    Reason.SECRET_LEAKED: Entry(
        "The image holds one of the secrets that the build was given. Nothing was pushed.",
        "Let the step that the message names read the secret from its mount, at the place where "
        "it is wanted (`target`, or `env`), and let what copies it write to a `tmpfs` mount; or "
        "publish another stage that takes only what is needed. To delete it in a later step does "
        "not help: the layer before still holds it. If it was pushed before, give out a new one "
        "(docs/how-to/secrets.md).",
        terminal=True,
    ),
    Reason.POLICY_DENIED: Entry(
        "The ImageBuild asks for what the cluster's administrator does not allow in its namespace; "
        "the message says which rule. What is refused before a build begins, is built by itself "
        "once the rule allows it; a build that the rule ended (for an image that only its "
        "Dockerfile names, or for the commit that it is of) is not.",
        "Keep to the rule in the spec, or ask the administrator to change it; if a build had "
        "begun, then request one.",
        terminal=True,
    ),
}
