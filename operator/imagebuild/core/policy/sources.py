"""What BuildKit may pull, in its own words: a source policy.

Whatever a Dockerfile or an argument makes of a name, BuildKit asks its policy for the whole name
of each source before it fetches that. The last rule that matches decides (BuildKit 0.34:
sourcepolicy/engine.go, sourcepolicy/pb/policy.proto); a source that none matches is allowed, as
git, http and what the worker hands over.
"""

import json
from collections.abc import Sequence

from imagebuild.contract import images

FILE = "source-policy.json"
# By tag, digest, or both; a blob is only ever asked for by digest.
_VERSION = r"(?::[^/@]+)?(?:@[a-z0-9]+:[a-f0-9]+)?"
_SCHEME = r"docker-image(?:\+blob)?://"


def source_policy(pull_from: Sequence[str]) -> dict[str, str]:
    """FILE with the JSON for ``buildctl --source-policy-file``; none where all may be pulled."""
    if not pull_from:
        return {}
    allowed = (images.repositories(pattern) for pattern in pull_from)
    rules = [
        _rule("DENY", rf"^{_SCHEME}"),
        *(_rule("ALLOW", rf"^{_SCHEME}{name}{_VERSION}$") for name in allowed),
    ]
    return {FILE: json.dumps({"version": 1, "rules": rules}, indent=1)}


def _rule(action: str, pattern: str) -> dict[str, object]:
    return {"action": action, "selector": {"identifier": pattern, "match_type": "REGEX"}}
