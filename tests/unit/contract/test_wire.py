"""What one side of the contract writes, the other reads: the same, and of another version too."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagebuild.contract import facts, order, picture, report, source, wire

TEXT = st.text(max_size=40)
SOME = st.none() | TEXT
COUNT = st.integers(min_value=0, max_value=2**40)

ORDERS = st.builds(
    order.Order,
    namespace=TEXT,
    name=TEXT,
    number=COUNT,
    attempt=COUNT,
    dockerfile=st.builds(order.Dockerfile, text=SOME, path=SOME),
    targets=st.lists(
        st.builds(
            order.Target,
            stage=SOME,
            images=st.lists(TEXT, max_size=3).map(tuple),
            labels=st.dictionaries(TEXT, TEXT, max_size=2),
            compression=SOME,
            compression_level=st.none() | COUNT,
            archive=SOME,
        ),
        max_size=3,
    ).map(tuple),
    timeout_seconds=COUNT,
    stages=st.lists(
        st.builds(
            order.Stage,
            name=TEXT,
            instructions=st.lists(
                st.builds(
                    order.Instruction,
                    line=COUNT,
                    path=TEXT,
                    step=st.none() | COUNT,
                    counted=st.booleans(),
                ),
                max_size=3,
            ).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    contexts=st.lists(
        st.builds(
            order.Context,
            name=TEXT,
            git=st.none()
            | st.builds(
                order.Git,
                url=TEXT,
                ref=SOME,
                commit=SOME,
                sub_path=SOME,
                paths=st.lists(TEXT, max_size=2).map(tuple),
                submodules=st.booleans(),
            ),
            files=st.none() | st.dictionaries(TEXT, TEXT, min_size=1, max_size=3),
            directory=SOME,
            http=st.none() | st.builds(order.Http, url=TEXT, sha256=TEXT),
            ignore=st.lists(TEXT, max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    args=st.dictionaries(TEXT, TEXT, max_size=3),
    platforms=st.lists(TEXT, max_size=2).map(tuple),
    registry_secrets=st.lists(TEXT, max_size=2).map(tuple),
    no_cache=st.lists(TEXT, max_size=2).map(tuple),
    offline=st.booleans(),
    reproducible=st.booleans(),
    lint=st.sampled_from(order.Lint),
    started=COUNT,
)
SOURCES = st.builds(
    source.Source,
    name=TEXT,
    commit=TEXT,
    ref=TEXT,
    branch=TEXT,
    tag=TEXT,
    time=st.none() | COUNT,
    digest=TEXT,
)
STAGES = st.builds(
    picture.Stage,
    name=TEXT,
    state=st.sampled_from(picture.State),
    platform=TEXT,
    steps=COUNT,
    done=COUNT,
    cached=COUNT,
    started=st.none() | COUNT,
    duration=COUNT,
    text=TEXT,
    unpacked=COUNT,
    targets=st.lists(COUNT, max_size=2).map(tuple),
)
PICTURES = st.builds(
    picture.Picture,
    phase=st.sampled_from(picture.Phase),
    stages=st.lists(STAGES, max_size=5).map(tuple),
    sources=st.lists(SOURCES, max_size=3).map(tuple),
    warnings=st.lists(
        st.builds(picture.Warning, rule=TEXT, message=TEXT, path=TEXT, line=st.none() | COUNT),
        max_size=3,
    ).map(tuple),
    solving=COUNT,
    omitted=COUNT,
    unwarned=COUNT,
    bases=st.lists(
        st.builds(
            picture.Base,
            image=TEXT,
            digest=TEXT,
            targets=st.lists(COUNT, max_size=3).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    snapshotter=TEXT,
    platforms=st.lists(TEXT, max_size=3).map(tuple),
    pulled=COUNT,
    pushed=COUNT,
)
PLACE = st.none() | st.text(max_size=report.LONGEST_PLACE)
# Short ones as hypothesis likes them, and what fills a report many times over.
LONG = st.text(max_size=2000) | st.builds(
    str.__mul__, st.text(min_size=1, max_size=20), st.integers(min_value=1, max_value=2000)
)
FAILURES = st.builds(
    report.Failure,
    cause=st.sampled_from(report.Cause),
    error=LONG,
    stage=PLACE,
    step=st.none() | COUNT,
    path=PLACE,
    line=st.none() | COUNT,
    vertex=st.none() | LONG,
    exit_code=st.none() | COUNT,
    log_tail=LONG,
    registry=SOME,
    secret=SOME,
    hint=LONG,
)


def place_of(failure):
    """What no report may lose, however long the words beside it are."""
    return (
        failure.cause,
        failure.stage,
        failure.step,
        failure.path,
        failure.line,
        failure.exit_code,
    )


@given(ORDERS)
def test_an_order_arrives_as_it_was_sent(sent):
    assert order.unpack(order.pack(sent)) == sent


@given(PICTURES)
def test_a_picture_arrives_as_it_was_sent(sent):
    assert picture.from_line(picture.to_line(sent)) == sent


@given(FAILURES)
def test_a_report_fits_into_the_termination_message_and_keeps_its_facts(failure):
    message = report.to_message(report.Report(failure=failure))
    assert len(message.encode()) <= report.MAX_BYTES
    arrived = report.from_message("noise before it" + message).failure
    assert place_of(arrived) == place_of(failure)
    assert arrived.vertex in (failure.vertex, None)
    assert arrived.registry in (failure.registry, None)
    assert arrived.secret in (failure.secret, None)
    assert arrived.hint in (failure.hint, "")
    assert failure.log_tail.endswith(arrived.log_tail)
    assert bool(arrived.log_tail) == bool(failure.log_tail)
    if arrived.error != failure.error:
        middle = len(arrived.error) // 2
        head, mark, tail = (
            arrived.error[:middle],
            arrived.error[middle],
            arrived.error[middle + 1 :],
        )
        assert mark == "…"
        assert head
        assert failure.error.startswith(head)
        assert tail
        assert failure.error.endswith(tail)


@pytest.mark.parametrize("widest", ["x", "…", "\0", "\U0001f600"])
def test_the_longest_of_everything_still_fits(widest):
    text, count = widest * 40_000, 2**40
    failure = report.Failure(report.Cause.CANCELED, text, text, count, text, count, text, count)
    failure = dataclasses.replace(failure, log_tail=text, hint=text[:200], registry=text)
    failure = dataclasses.replace(failure, secret="s" * 253)
    message = report.to_message(report.Report(failure=failure))
    assert len(message.encode()) <= report.MAX_BYTES
    arrived = report.from_message(message).failure
    place = report.middle_cut(text, report.LONGEST_PLACE)
    assert (arrived.stage, arrived.path) == (place, place)
    assert arrived.log_tail
    assert arrived.error


@pytest.mark.parametrize("longest", [1, 2, 3, 10, 11])
def test_a_text_without_its_middle_is_as_long_as_it_may_be(longest):
    cut = report.middle_cut("0123456789ab", longest)
    assert len(cut) == longest
    head, _, tail = cut.partition("…")
    assert "0123456789ab".startswith(head)
    assert "0123456789ab".endswith(tail)


def test_a_text_that_is_short_enough_keeps_its_middle():
    assert report.middle_cut("0123456789", 10) == "0123456789"


def test_a_long_picture_keeps_to_one_line_and_counts_what_it_left_out():
    stages = tuple(picture.Stage(name=f"{i}-{'x' * 60}", started=1, duration=1) for i in range(500))
    warnings = tuple(picture.Warning("Rule", "words " * 30) for _ in range(50))
    line = picture.to_line(picture.Picture(stages=stages, warnings=warnings))
    assert len(line.encode()) <= picture.MAX_BYTES
    arrived = picture.from_line(line)
    assert len(arrived.stages) + arrived.omitted == 500
    assert len(arrived.stages) > 80
    assert (arrived.warnings, arrived.unwarned) == ((), 50)


@pytest.mark.parametrize(
    "part",
    [
        {"stages": (picture.Stage("a" * 63, text="RUN " + "x" * 96),)},
        {"warnings": (picture.Warning("Rule", "words " * 50),)},
        {"bases": (picture.Base("registry.example.com/" + "a" * 100, "sha256:" + "7e" * 32),)},
        {"sources": (source.Source("context", ref="r" * 256, branch="r" * 256),)},
    ],
    ids=str,
)
def test_a_picture_fits_however_many_there_are_of_one_thing(part):
    many = {name: items * 1000 for name, items in part.items()}
    assert len(picture.to_line(picture.Picture(**many)).encode()) <= picture.MAX_BYTES


def test_the_texts_of_steps_give_way_first():
    stages = tuple(picture.Stage(f"stage-{i}", text="RUN " + "x" * 96) for i in range(100))
    bases = tuple(picture.Base(f"image-{i}:1", "sha256:" + "7e" * 32, (0,)) for i in range(20))
    warnings = tuple(picture.Warning("Rule", "words " * 30) for _ in range(20))
    sent = picture.Picture(stages=stages, bases=bases, warnings=warnings)
    arrived = picture.from_line(picture.to_line(sent))
    silent = tuple(dataclasses.replace(stage, text="") for stage in stages)
    assert arrived == dataclasses.replace(sent, stages=silent)


def test_a_hundred_stages_for_two_platforms_fit_with_some_warnings():
    stages = tuple(
        picture.Stage(
            name=f"service-{i}",
            state=picture.State.SUCCEEDED,
            platform=platform,
            steps=12,
            done=12,
            cached=3,
            started=1_790_000_000_000 + i,
            duration=123_456,
            unpacked=987_654_321,
            targets=(0, 1),
        )
        for i in range(100)
        for platform in ("linux/amd64", "linux/arm64")
    )
    warnings = tuple(picture.Warning("Rule", "words " * 30) for _ in range(50))
    sent = picture.Picture(stages=stages, warnings=warnings)
    arrived = picture.from_line(picture.to_line(sent))
    assert arrived.stages == stages
    assert len(arrived.warnings) + arrived.unwarned == 50
    assert arrived.warnings


@pytest.mark.parametrize(
    "line", ["", "{", "[]", '{"phase": "Lunch"}', '{"phase": "Done", "version": 9}', "null"]
)
def test_what_is_no_picture_is_no_news(line):
    assert picture.from_line(line) is None


@pytest.mark.parametrize(
    "damage",
    [lambda m: m[:-1], lambda m: m.replace("Succ", "succ"), lambda _: "", lambda m: m[21:]],
    ids=["cut", "changed", "empty", "headless"],
)
def test_a_damaged_report_is_none(damage):
    message = report.to_message(report.Report(images=(report.Image(0, "sha256:Succ"),)))
    assert report.from_message(damage(message)) is None


def test_as_many_digests_as_a_spec_can_publish_fit():
    digest = "sha256:" + "7e" * 32
    count = 24
    images = tuple(report.Image(i, digest, size=10**10, layers=100) for i in range(count))
    message = report.to_message(report.Report(images=images))
    assert len(message.encode()) <= report.MAX_BYTES
    arrived = report.from_message(message)
    assert [(i.target, i.digest) for i in arrived.images] == [(n, digest) for n in range(count)]


def test_with_that_many_digests_the_facts_of_the_tags_fit_too():
    images = tuple(report.Image(i, "sha256:" + "7e" * 32) for i in range(24))
    branch = "\u00e4/" * 128
    sent = source.Source("context", commit="c" * 64, ref=branch, branch=branch, time=2**31)
    arrived = report.from_message(report.to_message(report.Report(images, source=sent)))
    known = {"namespace": "n", "name": "n", "number": 1, "started": 0}
    assert arrived.images == images
    assert facts.values(arrived.source, **known) == facts.values(sent, **known)


def test_what_a_step_printed_does_not_pass_for_a_report():
    forged = report.to_message(report.Report(images=(report.Image(0, "sha256:forged"),)))
    failure = report.Failure(report.Cause.SOLVE, "exit code: 1", log_tail=forged)
    arrived = report.from_message(report.to_message(report.Report(failure=failure)))
    assert arrived.failure == failure


def test_a_field_of_a_newer_version_is_ignored():
    plain = json.loads(picture.to_line(picture.Picture()))
    assert picture.from_line(json.dumps({**plain, "mood": "sunny"})) == picture.Picture()


def test_a_wrong_type_is_an_error_with_its_place():
    with pytest.raises(wire.WireError, match=r"stages\[0\]\.steps: expected int, got str"):
        wire.decode(picture.Picture, {"stages": [{"name": "a", "steps": "6"}]})


@pytest.mark.parametrize(
    "row", [[], ["a", "Lost", 0], ["a", "Pending", 0, "1"], ["a", "Pending", 3], [1, 2, 3, 4]]
)
def test_a_row_that_is_no_stage_makes_the_line_no_picture(row):
    line = {"phase": "Build", "platforms": [""], "rows": [row], "version": picture.VERSION}
    assert picture.from_line(json.dumps(line)) is None


def test_the_version_is_always_written():
    """Else a reader of another version would put its own in its place."""
    assert json.loads(picture.to_line(picture.Picture()))["version"] == picture.VERSION
    assert wire.encode(report.Report())["version"] == report.VERSION
