"""The page of all reasons and of the warnings that are no lint: docs/status.md."""

from collections.abc import Iterator

from imagebuild.api import names, reasons
from imagebuild.api.reasons import Entry, Kind, Reason, rules
from imagebuild.core.failures import table, taken
from imagebuild.core.observe import hindrances
from imagebuild.core.settings import Settings

TITLE = "Status: every reason, and what to do"

_ATTEMPTS = Settings.__dataclass_fields__["attempts"].default
_OPENING = f"""\
Three commands tell how a build is:

```console
$ kubectl get {names.SHORT_NAME} NAME -n NAMESPACE
$ kubectl get {names.SHORT_NAME} NAME -n NAMESPACE -o jsonpath='{{.status.conditions[?(@.type=="Ready")].message}}'
$ sh -c "$(kubectl get {names.SHORT_NAME} NAME -n NAMESPACE -o jsonpath='{{.status.failure.command}}')"
```

The first shows the row: ready or not, the reason, how many stages are done. The second says what
happened, where, in whose words, and what mends it. The third runs the command that shows more: the
log, or what `kubectl describe` knows; where nothing failed and nothing is in the way there is none.

A reason is the `reason` of the conditions, of `status.failure`, of Events, and of the rows of
`status.history`. **Reasons are a stable API**: programs may rely on these words. None is renamed or
given another meaning; new ones may come, and then cut out a part of what another one meant. The
messages beside them are for people and may change with each version."""  # noqa: E501  a command
_KINDS = f"""\
## What becomes of it

| kind | conditions | what happens next |
|---|---|---|
| ready | `Ready` True | nothing: what the spec asks for is there |
| pending | `Ready` Unknown | it takes its course; nothing is wrong |
| waiting | `Ready` Unknown, `Reconciling` | something is in the way; the build goes on by itself when that is gone |
| failed, tried again | `Ready` Unknown, `Reconciling`, until the last attempt has failed | another attempt after a while, {_ATTEMPTS} in all unless the operator's setting `attempts` says otherwise; then as below |
| failed, not tried again | `Ready` False, `Stalled` | nothing, until someone changes the spec or [requests a build](gitops.md#request-a-build) |
| past | none: in `status.history` alone | nothing: nobody waits for that build |

What lies in the spec, its steps or its credentials is not tried again, since it would fail again;
nor is what another attempt would make worse (memory, disk, time). What others did is."""  # noqa: E501  a table
_WARNINGS = """\
## Warnings

Rules of `status.warnings` that tell of a build, not of what it is made from. They end no build,
whatever `spec.lint` says. Those about a Dockerfile or a spec: [warnings](explanation/lint.md)."""


def blocks() -> Iterator[str]:
    """The Markdown blocks of the page, without its title."""
    yield _OPENING
    yield _KINDS
    for title, entries in reasons.SECTIONS.items():
        yield f"## {title}"
        for reason, entry in entries.items():
            yield from _reason(reason, entry)
    yield _WARNINGS
    for name, rule in rules.TABLE.items():
        yield from (f"### {name}", rule.meaning, f"**What to do:** {rule.mend}")


def _reason(reason: Reason, entry: Entry) -> Iterator[str]:
    yield f"### {reason}"
    yield f"{entry.meaning} *{_becomes(entry)}*"
    if entry.mend:
        yield f"**What to do:** {entry.mend}"
    if nearer := _nearer(reason):
        yield "Where the words tell more:"
        yield "\n".join(f"- {mend}" for mend in nearer)


def _becomes(entry: Entry) -> str:
    """Its kind, as the table above names it."""
    if entry.kind is Kind.FAILED:
        return f"Failed, {'not ' if entry.terminal else ''}tried again."
    return f"{entry.kind}."


def _nearer(reason: Reason) -> list[str]:
    """The mends of rows that know better than their reason, in the order they are looked for."""
    rows = (*table.TABLE, *taken.TABLE, *hindrances.TABLE)
    return list(dict.fromkeys(row.mend for row in rows if row.reason is reason and row.mend))
