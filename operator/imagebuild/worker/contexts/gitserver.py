"""What the server of a git repository says: its refs, and the objects of one commit."""

import http.client
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

from imagebuild.worker.contexts import gitrefs, hosts, proxies, refusal, web
from imagebuild.worker.contexts.gitauth import Credentials
from imagebuild.worker.contexts.gitcmd import Answer, Origin, Repository
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits
from imagebuild.worker.workspace import Workspace

_SHA256_DIGITS = 64
_MAX_HOPS = 5
_WITH_HOST = (*web.SCHEMES, "ssh")

# Servers that don't know the protocol for it, or forbid it, give a commit only as part of a ref.
_BY_ID_REFUSED = re.compile(r"unadvertised object|dumb http|not our ref|remote ref [0-9a-f]{40}")
# The one names objects by sha1, the other by sha256.
_OTHER_IDS = re.compile(r"mismatched algorithms")
_MOVED = re.compile(r"returned error: 30[12378]\b")
_ASKED = "/info/refs?service=git-upload-pack"
_DENIED = re.compile(
    r"returned error: 40[13]\b|Authentication failed|could not read Username|"
    r"Permission denied \(|Host key verification failed"
)
_NO_KEY = "ssh needs a key: name a Secret that holds one in secretRef"


class Server:
    """One repository at its server, and ours, at ``place``, with what was fetched of it.

    ``credentials`` are shown to their own server alone. What goes wrong is a FailedError whose
    words hold the URL as it was given.
    """

    def __init__(
        self,
        url: str,
        place: Path,
        *,
        workspace: Workspace,
        limits: Limits,
        credentials: Credentials | None = None,
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._place = place
        self._workspace = workspace
        self._limits = limits
        self._origin = self._look_up(url)
        self.repository = self._repository(".git")

    def refs(self, ref: str | None, *, only_tags: bool = False) -> gitrefs.Refs:
        """What it has: the branch or else tag ``ref``, the default branch for None, and tags."""
        refs = gitrefs.asked(ref, only_tags=only_tags)
        answer = self._reach("ls-remote", "--symref", *refs.scope, "origin", hear=refs.hear)
        if answer.code:
            raise self._refused(answer)
        return refs

    def require_on(self, head: gitrefs.Head, commit: str) -> None:
        """A server gives out a fork's commit too: one beside a ref has to be a part of that ref."""
        history = self._repository(".history.git", of=commit)
        fetch = ("fetch", "--quiet", "--no-tags", "--filter=tree:0", "origin", head.name)
        answer = history.ask(*fetch)
        if answer.code:
            raise self._not_fetched(answer, commit)
        ancestor = history.ask("merge-base", "--is-ancestor", commit, head.commit)
        history.remove()
        if ancestor.code:
            self.fetch(commit, None)  # says so where there is none at all
            name = head.branch or head.tag or head.name
            raise refusal.of("CommitNotOnRef", f"{self._url}: {commit} is not on {name}")

    def fetch(self, commit: str | None, head: gitrefs.Head | None) -> str:
        """Fetches the commit, or the head's, with history only where there is no other way.

        Answers with what was fetched: a head may have moved on.
        """
        wanted = commit or (head.commit if head else "")
        if len(wanted) == _SHA256_DIGITS:
            self.repository.remove()
            self.repository = self._repository(".git", of=wanted)
        answer = self._reach("fetch", "--quiet", "--depth=1", "--no-tags", "origin", wanted)
        if answer.code == 0:
            return wanted
        if not _BY_ID_REFUSED.search("\n".join(answer.lines)):
            raise self._not_fetched(answer, wanted)
        refs = [head.name] if head else ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        answer = self.repository.ask("fetch", "--quiet", "--no-tags", "origin", *refs)
        if answer.code:
            raise self._refused(answer)
        if commit is None:
            return self.repository.must("rev-parse", "FETCH_HEAD^{commit}")
        if self.repository.ask("cat-file", "-e", f"{commit}^{{commit}}").code:
            raise self._absent(commit)
        return commit

    def fetch_tag(self, tag: str) -> None:
        """Fetches the tag itself, which may say who made it and why."""
        refs = f"+{gitrefs.TAGS}{tag}:{gitrefs.TAGS}{tag}"
        answer = self._reach("fetch", "--quiet", "--depth=1", "--no-tags", "origin", refs)
        if answer.code and _BY_ID_REFUSED.search("\n".join(answer.lines)):
            answer = self.repository.ask("fetch", "--quiet", "--no-tags", "origin", refs)
        if answer.code:
            raise self._refused(answer)

    def _reach(self, *command: str, hear: Callable[[str], None] | None = None) -> Answer:
        """What the server says to a command, at each place that it sends us on to."""
        for _ in range(_MAX_HOPS):
            answer = self.repository.ask(*command, hear=hear)
            if not answer.code or not _MOVED.search(answer.words):
                return answer
            to = self._moved(self._origin.url)
            with refusal.about(f"{self._url} sends on to another place"):
                hosts.split(to, schemes=web.SCHEMES)
                self._origin = self.repository.origin = self._look_up(to)
        raise self._unreachable(f"sends on to another place more than {_MAX_HOPS} times")

    def _moved(self, url: str) -> str:
        """Where the server sends those on to who ask for the repository at this URL."""
        asked = url.rstrip("/") + _ASKED
        try:
            with self._ask(asked) as answer:
                place = answer.getheader("Location") if answer.status in web.REDIRECTS else None
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(str(error)) from None
        to = urljoin(asked, place or "")
        if place is None or not to.endswith(_ASKED):
            raise self._unreachable("sends on to another place, which is no git repository")
        return to.removesuffix(_ASKED)

    def _ask(self, url: str) -> AbstractContextManager[http.client.HTTPResponse]:
        signed = self._origin.credentials
        return web.get(
            url,
            workspace=self._workspace,
            limits=self._limits,
            headers=signed.headers if signed else {},
            authorities=signed.authorities if signed else None,
        )

    def _look_up(self, url: str) -> Origin:
        parts = hosts.split(url, schemes=self._workspace.git_schemes)
        if parts.scheme not in _WITH_HOST:
            return Origin(url)
        host, port = parts.hostname or "", hosts.port(parts)
        shown = hosts.shown_url(url)
        signed = self._credentials.at(url) if self._credentials else None
        if parts.scheme not in web.SCHEMES and signed is None:
            raise self._denied(_NO_KEY, None)
        proxy = proxies.of(parts, self._workspace.proxy)
        if proxy is not None and not hosts.is_address(host):
            return Origin(url, proxy=proxy, credentials=signed)
        try:
            with refusal.about(shown):
                found = hosts.addresses(host, port, limits=self._limits)
        except OSError as error:
            raise refusal.of("Unreachable", f"{shown}: {error}") from None
        # ssh takes one: that which more machines can reach.
        address = min(found, key=lambda address: ":" in address)
        origin = Origin(url, proxy=proxy or "", address=address, credentials=signed)
        if hosts.is_address(host) or parts.scheme not in web.SCHEMES:
            return origin
        bracketed = (f"[{address}]" if ":" in address else address for address in found)
        return replace(origin, pinned=f"{host}:{port}:{','.join(bracketed)}")

    def _repository(self, suffix: str, *, of: str = "") -> Repository:
        return Repository(
            self._place.with_name(self._place.name + suffix),
            origin=self._origin,
            workspace=self._workspace,
            limits=self._limits,
            object_format="sha256" if len(of) == _SHA256_DIGITS else "sha1",
        )

    def _not_fetched(self, answer: Answer, commit: str) -> FailedError:
        """Why a commit did not come, by what git said."""
        if _OTHER_IDS.search("\n".join(answer.lines)):
            return self._absent(commit)
        return self._refused(answer)

    def _absent(self, commit: str) -> FailedError:
        return refusal.of("CommitNotFound", f"{self._url} has no commit {commit}")

    def _refused(self, answer: Answer) -> FailedError:
        """Why the server gave nothing, by what git said."""
        if _DENIED.search("\n".join(answer.lines)):
            return self._denied(answer.words, self.repository.origin.credentials)
        return self._unreachable(answer.words)

    def _denied(self, words: str, signed: Credentials | None) -> FailedError:
        by = f", with the credentials of Secret {signed.secret}" if signed else ""
        failed = refusal.of("GitAuth", f"{self._url}{by}: {words}").failure
        return FailedError(replace(failed, secret=signed.secret if signed else None))

    def _unreachable(self, words: str) -> FailedError:
        return refusal.of("Unreachable", f"{self._url}: {words}")
