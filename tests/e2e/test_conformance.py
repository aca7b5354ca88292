"""The same by fields and by Dockerfile: each row of conformance.yaml, built both ways and compared.

A third column is the Dockerfile made into fields by `imagebuild.cli.convert`. A build has as many
rows as a spec can publish, and those of the columns are built side by side.
"""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests import cluster
from tests.e2e import examples
from tests.e2e.registry import Registry

ROWS = yaml.safe_load(Path(__file__).with_name("conformance.yaml").read_text())
AT_ONCE = 24
BATCHES = [ROWS[begin : begin + AT_ONCE] for begin in range(0, len(ROWS), AT_ONCE)]
ALPINE = "alpine:3.18"
# The last has a default in the table.
ARGS = {"TAG": "3.18", "NAME": "a", "WORDS": "it's $HOME", "OWN": "of its own"}
HEADER = "ARG TAG=3.18\nARG NAME\nARG WORDS\n"
CONTEXT = {
    "a.txt": "a\n",
    "dir/b.txt": "b\n",
    "dir/deep/c.md": "c\n",
    "dir/deep/d.txt": "d\n",
    "odd/a b.txt": "blank\n",
    'odd/it\'s "it".txt': "quotes\n",
}
LIBRARY = {"a.txt": "of the library\n", "shell/log.sh": "log\n"}
# Labels that are filled in.
FILLED_IN = ("org.opencontainers.image.created",)


def as_stages(row):
    """The stages of a row as fields."""
    if "stages" in row:
        return row["stages"]
    return [{"name": row["name"], "from": row.get("from", ALPINE), **row["stage"]}]


def as_dockerfile(row):
    """The stages of a row as a Dockerfile."""
    if "stages" in row:
        return row["dockerfile"]
    return f"FROM {row.get('from', ALPINE)} AS {row['name']}\n{row['dockerfile']}\n"


def converted(text):
    """The stages and arguments that `imagebuild.cli.convert` makes of a Dockerfile."""
    given = [f"--build-arg={name}={value}" for name, value in ARGS.items() if name != "OWN"]
    argv = [sys.executable, "-m", "imagebuild.cli.convert", *given, "-"]
    done = subprocess.run(argv, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    spec = yaml.safe_load(done.stdout)["spec"]
    return {"stages": spec["stages"], "args": spec["args"]}


@pytest.fixture(scope="module")
def words(outside, registry):
    """What the words in braces of the table mean."""
    file = outside.file("data.txt", b"downloaded\n")
    tar = outside.file("files.tar.gz", examples.tar_gz({"in/a": "a\n", "in/deep/b": "b\n"}))
    git = outside.repository(
        "conformance",
        {"name": "first", "tag": "v1.0", "files": {"which": "first\n", "app/which": "app\n"}},
        {"name": "main", "files": {"which": "main\n"}},
    )
    return {
        "ALPINE": registry.pull(f"library/{ALPINE}").digest,
        "FILE": file.url,
        "FILE_SUM": file.sha256,
        "TAR": tar.url,
        "TAR_SUM": tar.sha256,
        "GIT": git.url,
        "COMMIT": git.commits["first"],
    }


@dataclasses.dataclass
class Table:
    """The columns of a batch, begun together when the first is asked for."""

    kubectl: cluster.Kubectl
    registry: Registry
    words: dict
    begun: dict = dataclasses.field(default_factory=dict)
    found: dict = dataclasses.field(default_factory=dict)

    def image(self, row, column):
        """The image of a row; each test of a column that failed fails by the same words."""
        (number,) = (i for i, batch in enumerate(BATCHES) if row in batch)
        if number not in self.begun:
            self.begun[number] = self._begin(number)
        name = f"{column}-{number}"
        if name not in self.found:
            try:
                self.found[name] = self._published(name, self.begun[number][column])
            except AssertionError as error:
                self.found[name] = error
        if isinstance(self.found[name], AssertionError):
            raise self.found[name]
        return self.found[name][row["name"]]

    def _begin(self, number):
        rows = self._replaced(BATCHES[number])
        text = HEADER + "".join(map(as_dockerfile, rows))
        columns = {
            "fields": (rows, {"stages": [stage for row in rows for stage in as_stages(row)]}),
            "dockerfile": (rows, {"dockerfile": {"inline": text}}),
        }
        rows = [row for row in rows if row.get("convertible", True)]
        try:
            of_fields = converted(HEADER + "".join(map(as_dockerfile, rows)))
        except AssertionError as error:
            self.found[f"converted-{number}"] = error
        else:
            columns["converted"] = (rows, of_fields)
        builds = (self._build(f"{name}-{number}", *column) for name, column in columns.items())
        self.kubectl.apply(*builds)
        return {name: rows for name, (rows, _) in columns.items()}

    def _replaced(self, rows):
        text = json.dumps(rows)
        for word, meaning in self.words.items():
            text = text.replace(f"{{{word}}}", meaning)
        return json.loads(text)

    def _build(self, name, rows, build_of):
        below = f"{self.registry.name}/{self.kubectl.namespace}/{name}"
        spec = {
            "context": {"files": CONTEXT},
            "contexts": [{"name": "library", "files": LIBRARY}],
            "args": [{"name": name, "value": value} for name, value in ARGS.items()],
            "lint": "Ignore",
            "publish": [
                {"stage": row["name"], "images": [f"{below}/{row['name']}:1"]} for row in rows
            ],
            **build_of,
        }
        return cluster.imagebuild(name, spec)

    def _published(self, name, rows):
        status = cluster.until(self.kubectl, name, "Published", seconds=300)["status"]
        pairs = zip(rows, status["published"], strict=True)
        return {row["name"]: self.registry.pull(entry["image"]) for row, entry in pairs}


@pytest.fixture(scope="module")
def table(shared, registry, words):
    return Table(shared, registry, words)


def said(image):
    """What an image says of itself, without what is of the moment."""
    config = dict(image.config["config"])
    labels = dict(config.pop("Labels", None) or {})
    for name in FILLED_IN:
        labels.pop(name, None)
    return {
        **config,
        "Labels": labels,
        "platform": (image.config["os"], image.config["architecture"]),
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
@pytest.mark.parametrize("column", ["fields", "converted"])
def test_fields_give_the_image_of_the_dockerfile(table, row, column):
    if column == "converted" and not row.get("convertible", True):
        pytest.skip("it cannot be converted: the table says why")
    expected, found = table.image(row, "dockerfile"), table.image(row, column)
    assert said(found) == said(expected)
    assert found.tree() == expected.tree()
