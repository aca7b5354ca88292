"""What the models say of their fields is whole, and their examples are what they claim to be."""

import typing

import pydantic
import pytest

from imagebuild.api import rules
from imagebuild.api.credentials import CaCertificate
from imagebuild.api.rules import credentialrules, steprules
from imagebuild.api.source import Git, Source
from imagebuild.api.spec import Arg, Dockerfile, ImageBuildSpec
from imagebuild.api.stage import Add, Mount, Step
from imagebuild.api.status import ImageBuildStatus

# Of these an object gives exactly one, so nothing is to be said of where they are unset.
ONE_OF = {
    Source: rules.SOURCES,
    Step: steprules.INSTRUCTIONS,
    Mount: steprules.MOUNTS,
    Add: steprules.ADDED,
    Dockerfile: ("inline", "path"),
    Arg: ("value", "valueFrom"),
    CaCertificate: credentialrules.CA_REFERENCES,
}


def models_in(annotation):
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from models_in(inner)


def fields_below(model, seen):
    """Every field of a model and of those in it, once: its model, its name in the API, itself."""
    if model not in seen:
        seen.add(model)
        for field in model.model_fields.values():
            yield model, field.alias, field
            for inner in models_in(field.annotation):
                yield from fields_below(inner, seen)


def named(entry):
    return f"{entry[0].__name__}.{entry[1]}"


def reads(field, value):
    """As the model would, but for what it says of several fields."""
    one = pydantic.create_model("One", field=(field.annotation, field))
    one.model_validate({field.alias: value})


SPEC = [*fields_below(ImageBuildSpec, set())]
STATUS = [*fields_below(ImageBuildStatus, set())]


@pytest.mark.parametrize("entry", SPEC, ids=named)
def test_every_field_of_the_spec_has_an_example(entry):
    assert entry[2].examples


@pytest.mark.parametrize("entry", STATUS, ids=named)
def test_every_field_of_the_status_has_an_example_or_fields_that_do(entry):
    assert entry[2].examples or [*models_in(entry[2].annotation)]


@pytest.mark.parametrize("entry", [*SPEC, *STATUS], ids=named)
def test_an_example_can_be_read_and_is_no_default(entry):
    _, _, field = entry
    for example in field.examples or ():
        reads(field, example)
        assert example not in (None, [], {}, field.default)


def test_what_cannot_be_read_would_be_found():
    with pytest.raises(pydantic.ValidationError, match="no https://, http:// or ssh:// address"):
        reads(Git.model_fields["url"], "git@git.example.com:hello.git")


def says_what_unset_means(model, name, field):
    choices = next((names for owner, names in ONE_OF.items() if issubclass(model, owner)), ())
    if field.is_required() or name in choices:
        return True
    return "Unset" in field.description


@pytest.mark.parametrize("entry", SPEC, ids=named)
def test_a_field_of_the_spec_says_what_is_done_where_it_is_unset(entry):
    assert says_what_unset_means(*entry), entry[2].description


@pytest.mark.parametrize("entry", STATUS, ids=named)
def test_a_field_of_the_status_says_when_it_is_unset(entry):
    field = entry[2]
    assert field.default is not None or "nset" in field.description, field.description
