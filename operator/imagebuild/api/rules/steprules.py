"""The rules for one step, and for what stands in it."""

from collections.abc import Mapping

from imagebuild.api.rules.rule import REQUIRED, Rule, belongs_to, exactly_one, given, matches

INSTRUCTIONS = ("run", "exec", "copy", "add", "file", "args", "env", "workdir", "user")
MOUNTS = ("cache", "bind", "tmpfs", "secret", "ssh")
ADDED = ("url", "git")
# Beside which instructions of a step each other field may stand.
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "mounts": ("run", "exec"),
    "network": ("run", "exec"),
    "from": ("copy",),
    "to": ("copy", "add"),
    "chown": ("copy", "add", "file"),
    "chmod": ("copy", "add", "file"),
    "exclude": ("copy", "add"),
    "parents": ("copy",),
    "link": ("copy", "add", "file"),
}
_IDS = r"^[0-9]+(:[0-9]+)?$"

MOUNT = (exactly_one(MOUNTS, of="a mount", mend="make several mounts of it"),)
CACHE_MOUNT = (belongs_to("source", "from"),)
ADD = (
    exactly_one(
        ADDED,
        of="add",
        mend="give one of them; files of the context are copied with `copy`",
    ),
    Rule(
        cel="has(self.url) == has(self.checksum)",
        holds=lambda add: (add.url is None) == (add.checksum is None),
        what="url and checksum belong together",
        mend="write `checksum` as sha256: and the 64 digits that sha256sum prints; a repository "
        "has a `commit` instead",
        field=".checksum",
        reason=REQUIRED,
    ),
    belongs_to("unpack", "url"),
)
ADD_GIT = (
    Rule(
        cel="!has(self.ref) || !has(self.commit)",
        holds=lambda git: git.ref is None or git.commit is None,
        what="BuildKit fetches one of ref and commit",
        mend="leave ref out: the commit says which files",
        field=".ref",
    ),
)
STEP = (
    exactly_one(
        INSTRUCTIONS, of="a step", mend="make several steps of it, or say what it is to do"
    ),
    *(belongs_to(field, *instructions) for field, instructions in _BESIDE.items()),
    Rule(
        cel="!(has(self.copy) || has(self.add)) || has(self.to)",
        holds=lambda step: not given(step, ("copy", "add")) or step.to is not None,
        what="this does not say where to",
        mend="add `to`, as ./ or /usr/local/bin/",
        field=".to",
        reason=REQUIRED,
    ),
    Rule(
        cel="!has(self.copy) || !has(self.to) || self.copy.size() < 2 || self.to.endsWith('/')",
        holds=lambda step: len(step.copy_ or ()) <= 1 or step.to is None or step.to.endswith("/"),
        what="several sources need a directory",
        mend="let `to` end in /, as ./ or /app/",
        field=".to",
    ),
    Rule(
        cel=f"!has(self.link) || !self.link || !has(self.chown) || self.chown.matches(r'{_IDS}')",
        holds=lambda step: not step.link or step.chown is None or matches(_IDS, step.chown),
        what="with link BuildKit knows no names of users, only numbers",
        mend='write the owner as "1000:1000", or leave link out',
        field=".chown",
    ),
)
