"""What a mechanism that no Python class defines is translated from, kept whole so that a document can carry it."""

from dataclasses import dataclass

FunctionTable = tuple[str, tuple[tuple[float, ...], ...]]
"""A FUNCTION_TABLE's name, and its axes, one after another, then its values, the last axis moving fastest."""


@dataclass(frozen=True, slots=True)
class Source:
    """A mechanism as data: everything that its translator needs, and nothing that is run.

    **Fields:**

    - `kind`: which translator reads it: `"nmodl"`, `"channel_spec"`.
    - `name`: what it goes by in messages, such as the stem of its file.
    - `text`: the whole of it, with included files in their places.
    - `tables`: what its function tables were filled with.
    """

    kind: str
    name: str
    text: str
    tables: tuple[FunctionTable, ...] = ()
