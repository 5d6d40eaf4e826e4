"""The base of every frozen value that a document is made of."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError


class Value(BaseModel):
    """A frozen value, validated when made, hashable and equal by content.

    **Raises:** `ValueError` or `TypeError`, in the words of the check that failed.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, allow_inf_nan=False, extra="forbid", arbitrary_types_allowed=True
    )

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as error:
            raise refusal(error) from None

    def replace(self, **fields: Any) -> Self:
        """Give a copy with some fields changed, validated again."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | fields)


def refusal(error: ValidationError) -> Exception:
    """Turn pydantic's report into the first check's own error, or into one sentence."""
    first = error.errors(include_url=False)[0]
    if first["type"] == "value_error":
        return first["ctx"]["error"]
    where = ".".join(map(str, first["loc"])) or error.title
    shown = repr(first["input"])
    return ValueError(f"{where} = {shown[:100]}: {first['msg'][0].lower()}{first['msg'][1:]}")
