"""Reasons that lie in registries, and in where else an image goes."""

from collections.abc import Mapping

from imagebuild.api.reasons.entry import Entry, Reason

TABLE: Mapping[Reason, Entry] = {
    Reason.IMAGE_NOT_FOUND: Entry(
        "The registry has no image that a `from` or a context names, or wants credentials to say "
        "so; the message says what may have been meant, where it has tags like it.",
        "Correct the name and tag; for a private image add its credentials to "
        "spec.registrySecrets.",
        terminal=True,
    ),
    Reason.REGISTRY_AUTH: Entry(
        "A registry refuses the credentials, or wants some, to pull or for the cache.",
        "Add a Secret of type kubernetes.io/dockerconfigjson with that registry's host to "
        "spec.registrySecrets.",
        terminal=True,
    ),
    Reason.RATE_LIMITED: Entry(
        "A registry or server was asked too often and wants to be left alone for a while (429).",
        "Give spec.registrySecrets credentials for it: most registries allow more to whom they "
        "know. Or ask the cluster's administrator for a mirror, in the operator's setting "
        "`registries`.",
    ),
    Reason.REGISTRY_TLS: Entry(
        "A registry speaks no TLS, or its certificate is not trusted, is of another name or has "
        "expired: the message says which.",
        "Name its authority's certificate in spec.caCertificates, or give the registry one for its "
        "host by an authority that everybody knows; one that speaks plain HTTP needs `http: true`, "
        "another host in its place a mirror, in the operator's setting `registries`.",
        terminal=True,
    ),
    Reason.REGISTRY_UNREACHABLE: Entry(
        "A registry cannot be reached, or is in trouble.",
        "Check the registry's host and port, and that pods of this namespace may reach it.",
    ),
    Reason.NAME_NOT_RESOLVED: Entry(
        "The name of a server cannot be resolved.",
        "Check the name for a slip, then the cluster's DNS, and that pods of this namespace may "
        "reach it.",
    ),
    Reason.PUSH_DENIED: Entry(
        "A registry refuses the push.",
        "Add a Secret of type kubernetes.io/dockerconfigjson that may push to this repository to "
        "spec.registrySecrets.",
        terminal=True,
    ),
    Reason.TAG_IMMUTABLE: Entry(
        "The registry does not let a tag be moved, and it holds another image already. What was "
        "built lies in the registry under its digest, with no tag.",
        "Publish under a new tag, as one that holds $(commit7) or $(number), or allow the registry "
        "to move this one.",
        terminal=True,
    ),
    Reason.PUSH_FAILED: Entry(
        "The image was built, but the registry did not take it.",
        "Read the registry's words in the message.",
    ),
    Reason.ARCHIVE_FAILED: Entry(
        "The archive of an image cannot be written to its volume: found before the build, or when "
        "the image was built.",
        "Check that the volume of spec.publish[].archive is writable for group 1000, and has room.",
        terminal=True,
    ),
}
