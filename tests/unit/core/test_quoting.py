"""Whatever a string of a spec holds: it is refused at its place, or read where it was written."""

import copy
import functools
import operator
from pathlib import Path

import pydantic
import pytest
import yaml
from tests import dockerfiles, frontend, said

from imagebuild.api import model, validate
from imagebuild.api.spec import ImageBuildSpec
from imagebuild.core import dockerfile

EVERYTHING = yaml.safe_load((Path(__file__).parent / "golden" / "everything.yaml").read_text())
NASTY = (
    "", " ", "\t", " x", "x ", "a b", "\n", "x\nRUN y", "x\\\nRUN y", "x\rRUN y", "\0", "\x1b[2J",
    "\x7f", "\x85", "\u2028", "\u00a0", "x\u00a0--from=y", "\u00e0--from=y", "\ufeff", "\ufeffx",
    "\u202ex", "\u200fx", "\u00e9", "\U0001f600", "\ud800", "\\", "x\\", "\\\\", '"', "'", "`",
    '["x"]', "]", "{}", "}", "$", "$$", "$A", r"\$A", "${A:-x}", "${A", "${A:-}}", "$(commit7)",
    "$(", "$$(x)", "<<EOF", "<<-'EOF'", "0<<E\n", "# x", "# syntax=a/b", "# escape=`", "//",
    "--", "--x=y", "--mount=type=bind", "x,type=secret", "x=y", "%", "%2f", "x AS y", "..", ".",
    "x" * 65536, "\\" * 65536, "$A" * 32768, '"' * 4096, "\u20ac" * 4096, "# x\n" * 8000,
)  # fmt: skip


def _parts():
    """Each field of a stage and each step in a spec of its own: small, so that it is fast.

    With the way to it, as keys and indices.
    """
    known = {field: EVERYTHING[field] for field in ("args", "contexts", "secrets", "ssh")}
    base = {"name": "base", "from": "scratch"}
    yield {"args": known["args"], "stages": [base]}, ("args",)
    for stage in EVERYTHING["stages"]:
        common = {"name": "last", "from": "scratch", "shell": stage.get("shell", [])}
        parts = [{"steps": [step]} for step in stage.get("steps", [])]
        parts += [{field: value} for field, value in stage.items() if field != "steps"]
        for part in parts:
            spec = {**known, "stages": [base, {**common, **part}]}
            yield spec, ("stages", 1, *part)


def _strings(found, way):
    """The way to every string in it."""
    if isinstance(found, str):
        yield way
    items = found.items() if isinstance(found, dict) else ()
    items = enumerate(found) if isinstance(found, list) else items
    for key, item in items:
        yield from _strings(item, (*way, key))


PLACES = [
    (spec, way)
    for spec, part in _parts()
    for way in _strings(functools.reduce(operator.getitem, part, spec), part)
]


def _name(way):
    """A place as a problem names it."""
    return "spec" + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in way)


def _id(found):
    return _name(found) if isinstance(found, tuple) else ""


def _with(spec, way, text):
    changed = copy.deepcopy(spec)
    functools.reduce(operator.getitem, way[:-1], changed)[way[-1]] = text
    return changed


def _read(spec):
    """The spec's model, or the problems with it."""
    try:
        read = ImageBuildSpec.model_validate(spec)
    except pydantic.ValidationError as error:
        return None, validate.of_error(error)
    return read, validate.problems(read)


@pytest.mark.parametrize(("spec", "way"), PLACES, ids=_id)
def test_a_string_is_refused_at_its_place_or_read_as_it_is(spec, way):
    for text in (functools.reduce(operator.getitem, way, spec), *NASTY):
        changed = _with(spec, way, text)
        read, problems = _read(changed)
        if problems:
            assert any(p.path.startswith(_name(way)) for p in problems), (text, problems)
            continue
        rendered = dockerfile.render(read)
        for reader in (dockerfiles, frontend):
            stages, arguments = reader.read(rendered.text, said.VALUES.get)
            found = [(s.name, s.base, s.platform, [i[1:] for i in s.instructions]) for s in stages]
            assert found == [*said.by(changed)], text[:80]
            assert arguments == {arg["name"]: said.default(arg) for arg in changed["args"]}


def test_what_is_tried_here_has_every_field_there_is():
    given = {}
    _fields(ImageBuildSpec.model_validate(EVERYTHING).stages, given)
    assert {kind: set(kind.model_fields) - fields for kind, fields in given.items()} == {
        kind: set() for kind in given
    }


def _fields(found, given):
    """The fields that are set somewhere, by model."""
    if isinstance(found, model.Model):
        given.setdefault(type(found), set()).update(found.model_fields_set)
        found = [getattr(found, field) for field in found.model_fields_set]
    if isinstance(found, list | tuple):
        for item in found:
            _fields(item, given)
