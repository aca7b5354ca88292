"""Reasons that lie in credentials and in what an administrator bounds."""

from collections.abc import Mapping

from imagebuild.api.reasons.entry import Entry, Kind, Reason

TABLE: Mapping[Reason, Entry] = {
    Reason.WAITING_FOR_SECRET: Entry(
        "A Secret or ConfigMap that the build needs does not exist, or lacks a key; the message "
        "names both. The build starts by itself within 15 seconds of its coming, within a minute "
        "once it has been waited for longer than an hour.",
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
        "Let the step that the message names use the secret from its mount, without a copy of it "
        "in a file, an argument or the output of a program that the image keeps. To delete it in a "
        "later step does not help: the layer before still holds it. Copy only what is needed into "
        "a last stage.",
        terminal=True,
    ),
    Reason.POLICY_DENIED: Entry(
        "The ImageBuild asks for what the cluster's administrator does not allow in its namespace; "
        "the message says which rule.",
        "Keep to the rule in the spec, or ask the administrator to change it.",
        terminal=True,
    ),
}
