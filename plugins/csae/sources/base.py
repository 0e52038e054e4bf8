"""What every part of a source's YAML shares: unknown keys are errors, and a fault names the key it is about."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError


class SpecModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True)


def fault(text: str, *where: str | int) -> PydanticCustomError:
    """A fault at the key `where`, below the model that found it, so that the message names that key's line."""
    return PydanticCustomError("fault", "{text}", {"text": text, "where": where})


def as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


OneOrMore = Annotated[list[str], BeforeValidator(as_list, json_schema_input_type=str | list[str])]
Text = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean", "null"]})]
"""What is written stays text, `16` and `true` and a blank too; an editor takes them for more."""
ValueMap = dict[str, Text]
IS_TEXT, IS_LIST, IS_MAP = Tag("[text]"), Tag("[list]"), Tag("[map]")
"""Names of a union's branches; no key of a YAML is taken for one in a message."""


def by_shape(must_be: str) -> Discriminator:
    """A fault is of the branch that was meant; what has the shape of none is told once, with all of them."""
    tags: dict[type, str] = {str: IS_TEXT.tag, list: IS_LIST.tag, dict: IS_MAP.tag}
    return Discriminator(lambda value: tags.get(type(value)), custom_error_type="shape", custom_error_message=must_be)
