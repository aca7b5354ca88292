"""The YAML is what people would write, and reads back as what was to be said."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from imagebuild.cli.conversion import manifest

WRITTEN = """\
kind: ImageBuild
metadata:
  name: hello
spec:
  # What
  # it is
  args: [{name: VERSION, value: "1.22"}]
  stages:
  # the compiler
  - name: build
    from: golang:$VERSION
    env:
    - {name: A, value: "0"}
    - {name: B, value: a b}
    steps:
    - run: |
        set +e
        a \\
          && b; c
      mounts: [{cache: {target: /c}}]
    # a program
    - exec:
      - sh
      - |-
        a
        b
    - file:
        path: /f
        content: |
          one
    - {}
    expose: [8080, 53/udp]
    # names
    labels:
      a: "yes"
      # other
      b: ""
    healthcheck:
      exec: [a]
    cmd: ["1:30", "on", "y", "0x1F", "1e3", "~", "null", "=", "- a", "a: b", "[a]", "!", "'", '"']
"""


def test_an_object_is_written_as_people_do():
    comments = {
        "spec.args": ("What", "it is"),
        "spec.stages[0]": ("the compiler",),
        "spec.stages[0].steps[1]": ("a program",),
        "spec.stages[0].labels": ("names",),
        "spec.stages[0].labels.b": ("other",),
    }
    assert manifest.text(yaml.safe_load(WRITTEN), comments) == WRITTEN


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a", "a"),
        ("a\n", "|\n  a"),
        ("a\nb", "|-\n  a\n  b"),
        ("a\n\n", "|+\n  a\n"),
        ("  a\nb\n", "|2\n    a\n  b"),
        ("\ta\n  b \n", "|2\n  \ta\n    b "),
        ("a\n\nb\n", "|\n  a\n\n  b"),
        ("a\r\nb", r'"a\r\nb"'),
        ("a\u2028b\n", r'"a\Lb\n"'),
        ("é ü", "é ü"),
        ("\ufeffa", r'"\uFEFFa"'),
        ("12", '"12"'),
        ("1_000", '"1_000"'),
        ("0o17", '"0o17"'),
        ("2026-01-31", '"2026-01-31"'),
        ("e.com:5000/a:1", "e.com:5000/a:1"),
        ("a #b", '"a #b"'),
        ("a, b", "a, b"),
        ("", '""'),
    ],
)
def test_a_text(text, written):
    assert manifest.text({"k": text}, {}) == f"k: {written}\n"


def test_a_long_list_has_a_line_for_each_item():
    words = [f"word-{number}" for number in range(20)]
    assert manifest.text({"k": words}, {}).split("\n")[1] == "- word-0"


_texts = st.one_of(
    st.text(),
    st.text("a \t\n#:-'\"\\{}[],&*!|>%@`é\u2028\ufeff\x85\U0001f600~=", max_size=12),
    st.from_regex(r"[-+.0-9xXobBeE_:yYnN]{1,8}", fullmatch=True),
)
# Names of fields and labels are the only keys.
_keys = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._/-]{0,6}[A-Za-z0-9])?", fullmatch=True)
_values = st.recursive(
    _texts | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_keys, _values, min_size=1, max_size=4))
@example({"a": ["\n", "a\n\n", " \n a"], "b": [[["x\n"]]], "c": [{}, [], {"d": ["y\n"]}]})
def test_it_reads_back_as_it_was(found):
    assert yaml.safe_load(manifest.text(found, {})) == found
