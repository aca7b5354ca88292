"""Wrong files that steps bring: what is fetched, what is written in the spec."""

from tests.badspecs.case import CHECKSUM, IN_STEP, LONG, TOO_LONG, URL, Bad, adding, copying, step

GIT = "https://git.example.com/hello.git"


def writing(path):
    return step(file={"path": path, "content": ""})


FILES = [
    Bad("add of nothing", adding(), f"{IN_STEP}.add", "add has exactly one of url and git"),
    Bad(
        "add of both",
        adding(url=URL, checksum=CHECKSUM, git={"url": GIT}),
        f"{IN_STEP}.add",
        "add has exactly one of url and git; give one of them",
    ),
    Bad(
        "a download without checksum",
        adding(url=URL),
        f"{IN_STEP}.add.checksum",
        "url and checksum belong together; write `checksum` as sha256:",
    ),
    Bad(
        "a repository with checksum",
        adding(git={"url": GIT}, checksum=CHECKSUM),
        f"{IN_STEP}.add.checksum",
        "url and checksum belong together",
    ),
    Bad(
        "a download of no checksum",
        adding(url=URL, checksum="sha256:0"),
        f"{IN_STEP}.add.checksum",
        "this is no checksum; write it as sha256: and 64",
        by_schema="should match",
    ),
    Bad(
        "a repository to unpack",
        adding(git={"url": GIT}, unpack=True),
        f"{IN_STEP}.add.unpack",
        "unpack belongs to url; leave it out, or give url",
    ),
    Bad(
        "a repository by ref and commit",
        adding(git={"url": GIT, "ref": "main", "commit": "0" * 40}),
        f"{IN_STEP}.add.git.ref",
        "BuildKit fetches one of ref and commit; leave ref out",
    ),
    Bad(
        "a repository by an option",
        adding(git={"url": GIT, "ref": "-x"}),
        f"{IN_STEP}.add.git.ref",
        "no branch or tag can have this name",
    ),
    Bad(
        "a repository's directory above",
        adding(git={"url": GIT, "subPath": "../a"}),
        f"{IN_STEP}.add.git.subPath",
        "this leads out of the context",
    ),
    Bad(
        "a repository that BuildKit takes for a file",
        adding(git={"url": "https://git.example.com/hello"}),
        f"{IN_STEP}.add.git.url",
        "BuildKit takes this for a file, as it does not end in .git; write it as",
    ),
    *(
        Bad(
            f"a file that BuildKit takes for a repository ({url})",
            adding(url=url, checksum=CHECKSUM),
            f"{IN_STEP}.add.url",
            "BuildKit takes this for a git repository, as it ends in .git; give it as `git`",
        )
        for url in (GIT, f"{GIT}?a=b")
    ),
    *(
        Bad(
            f"half a variable in {place}",
            spec,
            f"{IN_STEP}.{place}",
            "${ without a name after it; write \\$ for a dollar sign",
            taken=True,
        )
        for spec, place in (
            (adding(url="https://example.com/${", checksum=CHECKSUM), "add.url"),
            (adding(git={"url": "https://git.example.com/${}.git"}), "add.git.url"),
            (adding(git={"url": GIT, "ref": "${"}), "add.git.ref"),
            (adding(git={"url": GIT, "subPath": "${"}), "add.git.subPath"),
            (writing("/${"), "file.path"),
        )
    ),
    *(
        Bad(
            f"copy of {source}",
            copying(copy=[source]),
            f"{IN_STEP}.copy[0]",
            "copy fetches nothing; use `add`, or a context",
            taken=True,
        )
        for source in (URL, "git@git.example.com:hello.git", "ssh://git.example.com/hello.git")
    ),
    Bad(
        "a file that is a directory",
        writing("/etc/"),
        f"{IN_STEP}.file.path",
        "this is a directory; add the file's name",
    ),
    *(
        Bad(
            f"a file that is the directory {path}",
            writing(path),
            f"{IN_STEP}.file.path",
            "this is a directory; add the file's name",
            taken=True,
        )
        for path in ("/etc/.", "..")
    ),
    Bad("a file of a long name", writing(f"/{LONG}"), f"{IN_STEP}.file.path", TOO_LONG, taken=True),
]
