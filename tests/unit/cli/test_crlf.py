r"""A Dockerfile whose lines end in \r\n is converted as one whose lines end in \n."""

from tests.unit.cli.converted import convert, notes, refused

TEXT = r"""
# escape=\
ARG V=1
# why
FROM alpine:$V AS one
RUN a \
    && b; \
    c
ENV A=1 B="2"
LABEL c=d
CMD ["e"]
FROM one
HEALTHCHECK --interval=3s CMD f
CMD g
"""
HEREDOCS = """\
FROM alpine:3.18
RUN <<E
a
b
E
RUN cat <<E > /c
d
E
COPY <<-E /f
\tg
E
RUN h
"""


def crlf(text):
    return text.replace("\n", "\r\n")


def test_lines_that_end_in_crlf_are_converted_without_a_note():
    assert convert(crlf(TEXT)) == convert(TEXT)
    assert notes(crlf(TEXT)) == []


def test_a_carriage_return_at_the_end_of_the_file_is_none_of_its_words():
    assert convert(TEXT.rstrip() + "\r") == convert(TEXT)


def test_of_heredocs_it_is_noted_that_docker_keeps_their_ends_of_lines():
    assert convert(crlf(HEREDOCS)).object == convert(HEREDOCS).object
    words = "the lines of its heredoc end in CRLF, which Docker keeps; here in LF"
    assert notes(crlf(HEREDOCS)) == [(2, words), (6, words), (9, words)]


def test_a_carriage_return_elsewhere_is_refused_with_its_line():
    ((line, words),) = refused("FROM alpine:3.18\nCOPY <<E /a\nb\rc\nE\n")
    assert line == 2
    assert "this holds a control character" in words
