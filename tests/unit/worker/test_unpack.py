"""Archives as people make them, and as nobody should."""

import bz2
import gzip
import io
import lzma
import os
import stat
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from imagebuild.worker.contexts import bounds, unpack
from imagebuild.worker.contexts.filetree import FileTree
from imagebuild.worker.failure import FailedError
from imagebuild.worker.limits import Limits

TIME = 1_700_000_000


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = len(content), TIME, 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def directory(name: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.DIRTYPE, mode=0o777)


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, linkname=to)


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.fixture
def unpacked(tmp_path: Path, within: Limits) -> Callable[..., Path | None]:
    """Unpacks bytes; the directory, None where they are no archive."""

    def root(data: bytes, name: str = "x.tar") -> Path | None:
        file, directory = tmp_path / "file", tmp_path / "root"
        file.write_bytes(data)
        directory.mkdir()
        tally = bounds.Tally(mend="mend")
        tree = FileTree(directory, tally=tally, limits=within)
        if not unpack.unpack(file, name=name, tree=tree):
            return None
        tree.finish()
        return directory

    return root


PLAIN = tar(directory("src"), member("src/main", b"text\n"), member("run.sh", b"#!", mode=0o755))


@pytest.mark.parametrize(
    "compress", [bytes, gzip.compress, bz2.compress, lzma.compress], ids=["", "gz", "bz2", "xz"]
)
def test_a_tar_file_is_known_by_its_content(
    unpacked: Callable[..., Path | None], compress: Callable[[bytes], bytes]
) -> None:
    root = unpacked(compress(PLAIN), "anything")
    assert root is not None
    assert (root / "src/main").read_text() == "text\n"
    assert (root / "src/main").stat().st_mtime == TIME
    assert (root / "src").stat().st_mtime == TIME
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in root.rglob("*")}
    assert modes == {"src": 0o755, "main": 0o644, "run.sh": 0o755}


def zipped(*files: tuple[str, bytes, int], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content, mode in files:
            info = zipfile.ZipInfo(name, date_time=(2023, 11, 14, 22, 13, 20))
            info.create_system, info.external_attr = 3, mode << 16
            archive.writestr(info, content)
    return file.getvalue()


ZIP = zipped(
    ("src/", b"", stat.S_IFDIR | 0o755),
    ("src/main", b"text\n", stat.S_IFREG | 0o644),
    ("run.sh", b"#!", stat.S_IFREG | 0o777),
    ("link", b"src/main", stat.S_IFLNK | 0o777),
)


@pytest.mark.parametrize("name", ["x.zip", "X.ZIP", "main", "v1.2"])
def test_a_zip_file_is_unpacked(unpacked: Callable[..., Path | None], name: str) -> None:
    root = unpacked(ZIP, name)
    assert root is not None
    assert (root / "src/main").read_text() == "text\n"
    assert (root / "src/main").stat().st_mtime == TIME
    assert stat.S_IMODE((root / "run.sh").stat().st_mode) == 0o755
    assert (root / "link").readlink() == Path("src/main")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tool.jar", ZIP),
        ("tool-1.0-py3-none-any.whl", ZIP),
        ("data.json.gz", gzip.compress(b"{}")),
        ("data.gz", gzip.compress(bytes(2048))),
        ("x.tar.gz", b"\x1f\x8b no gzip at all"),
        ("zeros", bytes(10240)),
        ("empty", b""),
        ("text", b"text\n" * 1000),
        ("data.zst", b"\x28\xb5\x2f\xfd..."),
    ],
)
def test_other_files_are_no_archives(
    unpacked: Callable[..., Path | None], name: str, data: bytes
) -> None:
    assert unpacked(data, name) is None


def test_what_tar_itself_writes_is_read(
    unpacked: Callable[..., Path | None], tmp_path: Path
) -> None:
    source = tmp_path / "source"
    (source / ("d" * 120) / ("e" * 120)).mkdir(parents=True)
    deep = source / ("d" * 120) / ("e" * 120) / "ü"
    deep.write_text("deep")
    (source / "same").hardlink_to(deep)
    (source / "to").symlink_to("same")
    with (source / "sparse").open("wb") as sparse:
        sparse.truncate(1_000_000)
    argv = ["tar", "--sparse", "-czf", "-", "-C", str(source), "."]
    root = unpacked(subprocess.run(argv, check=True, capture_output=True).stdout)
    assert root is not None
    assert (root / "to").read_text() == "deep"
    assert (root / "same").samefile(root / deep.relative_to(source))
    assert (root / "sparse").stat().st_size == 1_000_000


HOSTILE = [
    ("leaves", [member("../x")]),
    ("leaves", [member("a/../../x")]),
    ("leads out", [link("a", "/etc")]),
    ("leads out", [link("a", "..")]),
    ("leads out", [link("d/a", "../../x")]),
    ("leads out", [link("a", "b"), link("b", "..")]),
    # By its text alone this link stays inside.
    ("leads out", [directory("d/e"), link("d/e/up", "../.."), link("out", "d/e/up/../x")]),
    ("behind", [link("a", "."), member("a/x")]),
    ("behind", [member("a"), member("a/x")]),
    ("is a directory and", [directory("a"), member("a")]),
    ("is a directory and", [directory("a"), link("a", "b")]),
    ("is a directory and", [member(".")]),
    ("no file before it", [link("a", "b", tarfile.LNKTYPE)]),
    ("no file before it", [link("s", "x"), link("a", "s", tarfile.LNKTYPE)]),
    ("leaves", [link("a", "../x", tarfile.LNKTYPE)]),
    ("no directory of it", [link("d", "."), member("x"), link("a", "d/x", tarfile.LNKTYPE)]),
    ("neither", [member("a", type=tarfile.FIFOTYPE)]),
    ("neither", [member("a", type=tarfile.CHRTYPE)]),
    ("neither", [member("a", type=tarfile.BLKTYPE)]),
    ("too long", [member("n" * 300)]),
    ("too deep", [member("d/" * 1500 + "x")]),
]


@pytest.mark.parametrize(("words", "members"), HOSTILE)
def test_what_leaves_its_directory_is_refused(
    unpacked: Callable[..., Path | None], tmp_path: Path, words: str, members
) -> None:
    with pytest.raises(FailedError, match=f"^ContextInvalid: .*{words}"):
        unpacked(tar(member("first", b"1"), *members))
    assert {path.name for path in tmp_path.iterdir()} == {"file", "root"}


@pytest.mark.parametrize(
    ("words", "data"),
    [
        ("leaves", zipped(("../x", b"", 0))),
        ("leads out", zipped(("a", b"/etc", stat.S_IFLNK | 0o777))),
        ("behind", zipped(("a", b".", stat.S_IFLNK | 0o777), ("a/x", b"", 0))),
    ],
)
def test_what_leaves_its_directory_is_refused_of_a_zip_file_too(
    unpacked: Callable[..., Path | None], words: str, data: bytes
) -> None:
    with pytest.raises(FailedError, match=f"^ContextInvalid: .*{words}"):
        unpacked(data, "x.zip")


def test_a_path_from_the_root_is_one_within(unpacked: Callable[..., Path | None]) -> None:
    root = unpacked(tar(member("/etc/x", b"1"), member("//y", b"2")))
    assert root is not None
    assert (root / "etc/x").read_text() == "1"
    assert (root / "y").read_text() == "2"


def test_a_link_that_leads_nowhere_yet_stays(unpacked: Callable[..., Path | None]) -> None:
    root = unpacked(tar(link("d/a", "../b"), link("loop", "loop")))
    assert root is not None
    assert (root / "d/a").readlink() == Path("../b")


def test_the_later_of_two_files_stays(unpacked: Callable[..., Path | None]) -> None:
    root = unpacked(tar(member("a", b"1"), link("b", "/etc"), member("a", b"2"), member("b", b"3")))
    assert root is not None
    assert (root / "a").read_text() == "2"
    assert (root / "b").read_text() == "3"
    assert not (root / "b").is_symlink()


def test_modes_are_those_of_a_context(unpacked: Callable[..., Path | None]) -> None:
    given = {"a": 0o6777, "b": 0o000, "c": 0o666, "d": 0o111, "e": 0o010, "f": 0o600}
    root = unpacked(tar(*(member(name, mode=mode) for name, mode in given.items())))
    assert root is not None
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in root.iterdir()}
    assert found == {"a": 0o755, "b": 0o600, "c": 0o644, "d": 0o711, "e": 0o600, "f": 0o600}


BROKEN = [
    ("x.tar.gz", gzip.compress(tar(member("a", os.urandom(100_000))))[:50_000]),
    ("x.tar", tar(member("a", b"1" * 20_000))[:10_240]),
    ("x.tar", tar(member("a", b"1"), member("b", b"2"))[:1024] + b"not a header" * 100),
    ("x.zip", ZIP[:-30]),
    ("x.zip", ZIP.replace(b"text", b"tax!")),
    ("x.tar.zst", b"\x28\xb5\x2f\xfd..."),
]


@pytest.mark.parametrize(("name", "data"), BROKEN)
def test_a_broken_archive_is_named(
    unpacked: Callable[..., Path | None], name: str, data: bytes
) -> None:
    with pytest.raises(FailedError, match=f"^ContextInvalid: {name}: .+"):
        unpacked(data, name)


@pytest.mark.parametrize(
    ("bound", "data"),
    [
        ("MAX_BYTES", gzip.compress(tar(member("a", bytes(100_000))))),
        ("MAX_BYTES", zipped(("a", bytes(100_000), 0))),
        ("MAX_FILES", tar(*(member(f"d/{n}") for n in range(1_001)))),
        ("MAX_FILES", tar(*(member(f"{n}/" + "d/" * 200 + "x") for n in range(6)))),
    ],
    ids=["gz", "zip", "files", "directories"],
)
def test_more_than_a_context_may_hold_is_never_written(
    unpacked: Callable[..., Path | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    data: bytes,
) -> None:
    monkeypatch.setattr(bounds, bound, 1000)
    with pytest.raises(FailedError, match=r"^TooLarge: .*mend"):
        unpacked(data, "x")
    written = sum(path.stat().st_size for path in (tmp_path / "root").rglob("*") if path.is_file())
    assert written <= 1000


def test_a_header_that_memory_has_no_room_for_is_refused(
    unpacked: Callable[..., Path | None],
) -> None:
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 20 * 1024**2
    bomb = gzip.compress(name.tobuf() + bytes(20 * 1024**2), compresslevel=1)
    with pytest.raises(FailedError, match=r"^ContextInvalid: .* a header of \d+ bytes"):
        unpacked(bomb)
