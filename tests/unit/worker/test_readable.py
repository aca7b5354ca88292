"""What a step is shown as."""

import pytest

from imagebuild.worker.solve.readable import readable


@pytest.mark.parametrize(
    ("instruction", "shown"),
    [
        (
            r'RUN ["/bin/sh", "-c", "set -e\ngo build -o main main.go"]',
            "RUN go build -o main main.go",
        ),
        (r'RUN ["/bin/sh", "-c", "set -e\n\necho \"a\"\necho b"]', 'RUN echo "a"\necho b'),
        (r'RUN --mount=type=cache,target=/x ["/bin/bash", "-ec", "make"]', "RUN make"),
        ('RUN ["go", "build", "a b"]', "RUN go build 'a b'"),
        ("RUN go build", "RUN go build"),
        ("RUN [ -f x ]", "RUN [ -f x ]"),
        ("RUN [1]", "RUN [1]"),
        ("RUN []", "RUN []"),
        ("COPY [/big, /bin/]", "COPY [/big, /bin/]"),
        (
            f"FROM docker.io/library/golang:1.19@sha256:{'a' * 64}",
            "FROM docker.io/library/golang:1.19",
        ),
    ],
)
def test_a_step_is_shown_as_its_author_knows_it(instruction, shown):
    assert readable(instruction) == shown
