"""Hypothesis strategies for specs that can be built, full of what could be misread."""

from hypothesis import strategies as st

from imagebuild.api import variables

_NASTY = "ab$\\\"'{}<>#=,:-_/.*[]()@!?%+~`|&; \u00e9\u00a0\u2028\ufeff\U0001f600"
NAMES = ("A", "UNSET", "UNSET_B", "gr\u00f6\u00dfe", "V1")
_FRAGMENTS = st.sampled_from(
    [
        "$A", "${A}", "${UNSET:-x}", "${A:+y}", "${UNSET-$A}", r"\$A", r"\\$A", "${A:-it's}",
        '${UNSET:-"q"}', r"${UNSET:-a\}b}", "<<EOF", "# x", "\\", "'", '"', "--x", "${UNSET:-<<A}",
    ]
)  # fmt: skip


def _valid(text):
    try:
        found = set(variables.names(variables.parse(text)))
    except ValueError:
        return False
    return found <= set(NAMES) | {"UNSET_"} and ":?" not in text and "?" not in text


_plain = st.text(_NASTY, max_size=12)
text = st.lists(st.one_of(_plain, _FRAGMENTS), max_size=4).map("".join)
value = text.filter(_valid)
line = value.filter(bool)
word = line.filter(lambda found: not any(c.isspace() or c == "\u00a0" for c in found))
script = (
    st.lists(st.one_of(text, st.sampled_from(["\n", "\t", "<<EOF\nx\nEOF\n"])), min_size=1)
    .map("".join)
    .filter(bool)
)
env_name = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,5}", fullmatch=True)
envs = st.lists(st.builds(dict, name=env_name, value=value), min_size=1, max_size=3)
users = st.one_of(st.integers(0, 70000), word)
args = st.lists(st.sampled_from(["VERSION", "TARGETOS"]), min_size=1, max_size=2)


@st.composite
def copies(draw, earlier):
    sources = draw(st.lists(line, min_size=1, max_size=3))
    to = draw(line) + ("/" if len(sources) > 1 else "")
    return {
        "copy": sources,
        "to": to,
        **draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "from": st.sampled_from([*earlier, "alpine:3.18"]),
                    "chown": st.sampled_from(["1000:1000", "node", "a.b-c:d"]),
                    "chmod": st.sampled_from(["0755", "644", "u=rwX,go=rX"]),
                },
            )
        ),
    }


def steps(earlier):
    return st.lists(
        st.one_of(
            st.builds(dict, run=script),
            copies(earlier),
            st.builds(dict, args=args),
            st.builds(dict, env=envs),
            st.builds(dict, workdir=line),
            st.builds(dict, user=users),
        ),
        max_size=5,
    )


@st.composite
def stages(draw, name, earlier):
    bases = ["scratch", "alpine:3.18", "alpine:$VERSION", "${IMAGE:-x:1}", *earlier]
    return {
        "name": name,
        "from": draw(st.sampled_from(bases)),
        "steps": draw(steps(earlier)),
        **draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "args": args,
                    "env": envs,
                    "workdir": line,
                    "user": users,
                    "entrypoint": st.lists(script, max_size=3),
                    "cmd": st.lists(script, max_size=3),
                    "expose": st.lists(st.sampled_from([80, "53/udp", "443"]), max_size=3),
                    "labels": st.dictionaries(st.sampled_from(["a.b", "c/d-e"]), value),
                },
            )
        ),
    }


@st.composite
def specs(draw):
    """A spec as it lies in an object's JSON."""
    names = ["a", "b.c", "d-e_f"][: draw(st.integers(1, 3))]
    return {
        "args": [
            {"name": "VERSION", "value": "3.18"},
            {"name": "IMAGE", "value": "golang:1.19"},
            {"name": "OTHER", "value": draw(text.filter(lambda found: "$(" not in found))},
        ],
        "stages": [draw(stages(name, names[:index])) for index, name in enumerate(names)],
    }
