"""The rules for one object of a spec; for steps and what is in them see ``steprules``."""

from imagebuild.api.rules.rule import REQUIRED, Rule, belongs_to, exactly_one, given

SOURCES = (
    "git",
    "files",
    "configMap",
    "http",
    "oci",
    "persistentVolumeClaim",
    "imageBuild",
    "flux",
)
_HIGHEST_OF_GZIP = 9
_OF_A_CHECK = (
    "intervalSeconds",
    "timeoutSeconds",
    "startPeriodSeconds",
    "startIntervalSeconds",
    "retries",
)

SOURCE = (exactly_one(SOURCES, of="a source", mend="give one and leave out the others"),)
DOCKERFILE = (
    exactly_one(
        ("inline", "path"),
        of="a dockerfile",
        mend="give its text, or where it lies in the context",
    ),
    belongs_to("context", "path"),
)
ARG = (exactly_one(("value", "valueFrom"), of="an argument", mend="give one of them"),)
COMPRESSION = (
    Rule(
        cel=f"self.type != 'Gzip' || !has(self.level) || self.level <= {_HIGHEST_OF_GZIP}",
        holds=lambda compression: (
            compression.type != "Gzip" or (compression.level or 0) <= _HIGHEST_OF_GZIP
        ),
        what="Gzip has levels 0 to 9",
        mend="choose one of them, or type Zstd, which has 0 to 22",
        field=".level",
    ),
)
PUBLISH = (
    Rule(
        cel="has(self.images) && self.images.size() > 0 || has(self.archive)",
        holds=lambda entry: bool(entry.images or entry.archive),
        what="this does not say where to publish",
        mend="give images, or an archive",
        field=".images",
        reason=REQUIRED,
    ),
)
HEALTHCHECK = (
    Rule(
        cel="self.exec.size() > 0 || !("
        + " || ".join(f"has(self.{name})" for name in _OF_A_CHECK)
        + ")",
        holds=lambda check: bool(check.exec) or not given(check, _OF_A_CHECK),
        what="an empty list switches the check off, so there are no times and retries",
        mend="leave them out, or give the program in `exec`",
    ),
)
