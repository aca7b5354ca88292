"""Read, observe, plan, apply, and write the status where it differs: one key at a time.

Whatever happens between two writes, the next run finds the same facts and the same names: a Job
that is there already and ours counts as made, and one of another owner's is waited for.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from imagebuild.api import status
from imagebuild.api.reasons import Reason
from imagebuild.controller import attempts, keep, requests, say
from imagebuild.controller import cluster as clusters
from imagebuild.controller import make as making
from imagebuild.controller import pace as paces
from imagebuild.controller.cluster import JSON
from imagebuild.controller.key import Key
from imagebuild.controller.ownership import InTheWayError
from imagebuild.controller.say import Said
from imagebuild.core import action, case, imagebuild, observe, plan
from imagebuild.core.imagebuild import ImageBuild
from imagebuild.core.kept import image, logs
from imagebuild.core.observe import obstacles
from imagebuild.core.settings import Settings
from imagebuild.core.status import conditions

# (more builds than this run, by how much longer each waits to be looked at again)
_PACES = ((100, 5), (20, 2), (-1, 1))

logger = logging.getLogger(__name__)


def _unheard(_before: status.ImageBuildStatus, _after: status.ImageBuildStatus) -> None:
    """Nobody asked to hear of it."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Brings one ImageBuild after the other closer to what it asks for.

    ``settings``: those of a namespace, asked anew each time, since they may change. ``now``: the
    clock. ``wrote`` hears of each status that was written: what it was before, and what it is now.
    ``running``: the builds that are looked at again and again. ``denied``: those that only other
    settings let begin.
    """

    cluster: clusters.Cluster
    settings: Callable[[str], Settings]
    now: Callable[[], datetime]
    wrote: Callable[[status.ImageBuildStatus, status.ImageBuildStatus], None] = _unheard
    running: set[Key] = field(default_factory=set)
    denied: set[Key] = field(default_factory=set)
    pace: paces.Pace = field(default_factory=paces.Pace)
    memory: keep.Memory = field(default_factory=keep.Memory)

    async def reconcile(self, key: Key) -> timedelta | None:
        """One look at one ImageBuild; says when to look again, None: when something happens."""
        raw = await self.cluster.imagebuild(key.namespace, key.name)
        if raw is None:
            self.running.discard(key)
            self.denied.discard(key)
            self.pace.forget(key)
            self.memory.forget(key)
            return None
        try:
            return await self._look(key, raw)
        except requests.FAILURES:
            raise  # the queue tries again
        except Exception as error:
            # A mistake of ours: the object says so, instead of being tried in silence for ever.
            logger.exception("a mistake while reconciling %s/%s", key.namespace, key.name)
            build = imagebuild.read({**raw, "spec": {}})
            found = plan.stuck(self._case(build), f"{type(error).__name__}: {error}")
        said = Said(build, raw.get("status") or {})
        said = await self._say(said, found.status, found.events)
        return self._soonest(key, found.requeue_after, said.again)

    async def _look(self, key: Key, raw: JSON) -> timedelta | None:
        build = imagebuild.read(raw)
        said = Said(build, raw.get("status") or {})
        observed = await attempts.read(self.cluster, build, self.now())
        settings = self.settings(key.namespace)
        found = plan.plan(build, observed, self.now(), settings)
        self._note(key, found)
        acts = found.create or found.delete or found.drop
        if acts and said.differs(found.status.to_json()):
            wait = self._wait(said, found.status)
            if wait != paces.AT_ONCE:
                # What is done and what is said of it go together: the next look can't tell why.
                return self._soonest(key, found.requeue_after, wait)
        said, found = await self._before_the_end(key, said, found)
        try:
            await self._apply(build, found)
        except InTheWayError as error:
            found = plan.waiting(self._case(build), f"waiting: {error}")
        except clusters.RefusedError as error:
            observed = replace(observed, refused=obstacles.of_refusal(str(error)))
            found = plan.plan(build, observed, self.now(), settings)
        found = await self._publish(build, found)
        said = await self._say(said, found.status, found.events)
        said = await self._keep(said, replace(found, events=()))
        return self._soonest(key, found.requeue_after, said.again)

    def _note(self, key: Key, found: action.Plan) -> None:
        ready = conditions.ready(found.status)
        denied = ready is not None and ready.reason == Reason.POLICY_DENIED
        (self.denied.add if denied else self.denied.discard)(key)

    def _case(self, build: ImageBuild) -> case.Case:
        settings = self.settings(build.owner.namespace)
        return case.of(build, observe.Observed(), self.now(), settings)

    async def _before_the_end(
        self, key: Key, said: Said, found: action.Plan
    ) -> tuple[Said, action.Plan]:
        """Keep a log, and have the status name it, before what goes with its pod is ended."""
        going = {log.job for log in found.keep} & set(found.delete)
        if not going:
            return said, found
        if self.memory.waits(key, now=self.now()):
            others = tuple(job for job in found.delete if job not in going)
            return said, replace(found, delete=others, requeue_after=action.LOOK)
        before = said.build.status
        said = await self._keep(said, found)
        found = replace(found, keep=())
        if said.build.status is before:
            return said, found
        return said, replace(found, status=said.build.status, events=())

    async def _apply(self, build: ImageBuild, found: action.Plan) -> None:
        for name in found.drop:
            await making.unmake(self.cluster, "ConfigMap", name, owner=build.owner)
        for name in found.delete:
            # The Job last: while it is there, both will be named again.
            for kind in ("ConfigMap", "Job"):
                await making.unmake(self.cluster, kind, name, owner=build.owner)
        for manifest in found.create:
            await making.make(self.cluster, manifest)

    async def _publish(self, build: ImageBuild, found: action.Plan) -> action.Plan:
        """Have ConfigMap NAME-image say what is published; where it can't, Ready's message does."""
        words = await keep.published(self.cluster, build, found.image, memory=self.memory)
        if not words:
            return found
        return replace(found, status=image.noted(found.status, words))

    async def _keep(self, said: Said, found: action.Plan) -> Said:
        """Keep a log that is due, and say the plan's status with it."""
        if not found.keep:
            return said
        build, kib = said.build, self.settings(said.build.owner.namespace).logs.kept_kib
        kept = await keep.log(self.cluster, build, found.keep, kib=kib, memory=self.memory)
        if kept.log:
            shown = logs.told(found.status, kept.log, build.owner.namespace)
            said = await self._say(said, shown, found.events)
        return said.look_again(kept.again)

    async def _say(
        self, said: Said, shown: status.ImageBuildStatus, events: Sequence[action.Event]
    ) -> Said:
        """Write the status if it differs and its time has come."""
        build, written = said.build, shown.to_json()
        if not said.differs(written):
            return said
        wait = self._wait(said, shown)
        if wait != paces.AT_ONCE:
            return said.look_again(wait)
        key = Key(build.owner.namespace, build.owner.name)
        await self.cluster.write_status(key.namespace, key.name, written)
        self.pace.wrote(key, now=self.now())
        self.wrote(build.status, shown)
        await say.tell(self.cluster, build, events, self.now())
        return replace(said, build=replace(build, status=shown), written=written)

    def _wait(self, said: Said, shown: status.ImageBuildStatus) -> timedelta:
        """How long this status has to wait to be written."""
        key = Key(said.build.owner.namespace, said.build.owner.name)
        return self.pace.wait(key, said.build.status, shown, now=self.now())

    def _soonest(
        self, key: Key, again: timedelta | None, sooner: timedelta | None
    ) -> timedelta | None:
        """A look each second is for few builds: with more of them, each is looked at less often."""
        self.running.discard(key)
        if again == action.LOOK:
            self.running.add(key)
            again *= next(factor for above, factor in _PACES if len(self.running) > above)
        return min((wait for wait in (again, sooner) if wait is not None), default=None)
