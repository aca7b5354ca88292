"""Lua as Argo CD runs it (argoproj/argo-cd, util/lua): its libraries, what comes of a result.

Open are `package`, the basic functions and `table`; `os` is there by `require` alone, and has
nothing but `date` and `time`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from lupa import lua51

KIND = Path(__file__).parents[3] / (
    "manifests/gitops/argocd/resource_customizations/imagebuild.dev/ImageBuild"
)
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
_CLOSE = """
function(safe)
  for _, name in ipairs({"io", "string", "math", "debug", "coroutine", "os"}) do
    _G[name], package.loaded[name] = nil, nil
  end
  getmetatable("").__index = nil
  package.preload["os"] = function() return safe end
end
"""


def script(name: str) -> str:
    """The text of a script of ours, by its path in the kind's folder."""
    return (KIND / name).read_text()


def recorded(name: str) -> Any:
    """What a YAML file there holds."""
    return yaml.safe_load(script(name))


def run(text: str, obj: dict[str, Any], *, now: datetime = NOW) -> Any:
    """What the script returns of an object, as JSON; the object itself stays as it is."""
    lua = lua51.LuaRuntime(register_eval=False, register_builtins=False)
    safe = lua.table_from({"date": _date(now), "time": now.timestamp})
    lua.eval(_CLOSE)(safe)
    lua.globals().obj = lua.table_from(obj, recursive=True)
    return _json(lua.execute(text), obj)


def _date(now: datetime) -> Callable[[str], str]:
    def date(form: str) -> str:
        assert form.startswith("!"), "without it Lua's os.date is the server's own time, not UTC"
        return now.strftime(form[1:])

    return date


def _json(value: Any, like: Any) -> Any:
    """A value of Lua's; an empty table is what stands at that place in `like`, else a list."""
    if lua51.lua_type(value) != "table":
        return value
    if not len(value) and not list(value):
        return {} if isinstance(like, dict) else []
    if list(value) == list(range(1, len(value) + 1)):
        rest = [*like] if isinstance(like, list) else []
        rest += [None] * len(value)
        return [_json(item, of) for item, of in zip(value.values(), rest, strict=False)]
    of = like if isinstance(like, dict) else {}
    return {key: _json(item, of.get(key)) for key, item in value.items()}
