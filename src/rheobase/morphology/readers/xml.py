"""XML as elements that know their lines; what a document could do beyond holding text is refused.

Entities that a document declares could make a small file endless, or name other files: no such declaration is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from rheobase.morphology.readers.branches import number
from rheobase.morphology.samples import MorphologyError

_DEEPEST = 100  # levels; NeuroML has fewer than ten


@dataclass(slots=True, eq=False)
class Element:
    """One element.

    **Attributes:** `tag` and the names of `attributes`, without namespaces; the `line` of its start; `children`, and
    the `text` before, between and after them.
    """

    tag: str
    attributes: dict[str, str]
    line: int
    children: list["Element"] = field(default_factory=list)
    text: str = ""

    def get(self, name: str, default: str = "") -> str:
        """Give an attribute's text."""
        return self.attributes.get(name, default)

    def required(self, name: str) -> str:
        """Give an attribute that has to be there.

        **Raises:** `MorphologyError` where it is not.
        """
        if name not in self.attributes:
            raise MorphologyError(f"<{self.tag}> has no {name}", line=self.line)
        return self.attributes[name]

    def number(self, name: str) -> float:
        """Give a number that has to be there.

        **Raises:** `MorphologyError` where there is none, or one that no length is.
        """
        return number(self.required(name).strip(), f"{name} of <{self.tag}>", self.line)

    def all(self, tag: str) -> list["Element"]:
        """Give the children with a tag."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> "Element | None":
        """Give the first child with a tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def descendants(self) -> Iterator["Element"]:
        """Give this element and all within it, in the order of the document."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


def parse_xml(text: str) -> Element:
    """Give the outermost element of an XML document.

    **Raises:** `MorphologyError` with the line for what is no XML, for entities, and for elements within elements
    beyond 100 levels.

    >>> cell = parse_xml('<a xmlns="x"><b id="1"/><b id="2">two</b></a>')
    >>> [(b.get("id"), b.text, b.line) for b in cell.all("b")]
    [('1', '', 1), ('2', 'two', 1)]
    """
    reader = _Reader()
    return reader.read(text)


class _Reader:
    """Elements put together from what the parser meets."""

    def __init__(self) -> None:
        self.outside = Element("", {}, 1)
        self.open = [self.outside]
        self.before = 0  # lines ahead of the document
        self.parser = expat.ParserCreate("utf-8", " ")  # whatever the document says of its bytes: this is text
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.EntityDeclHandler = self.entity
        self.parser.ExternalEntityRefHandler = self.external

    def read(self, text: str) -> Element:
        document = text.lstrip("\ufeff \t\r\n")
        self.before = text[: len(text) - len(document)].count("\n")
        try:
            self.parser.Parse(document.encode(errors="replace"), True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise MorphologyError(f"this is no sound XML: {what}", line=error.lineno + self.before) from None
        return self.outside.children[0]

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber + self.before

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) > _DEEPEST:
            raise MorphologyError(f"elements stand within each other more than {_DEEPEST} levels deep", line=self.line)
        local = {name.rpartition(" ")[2]: value for name, value in attributes.items()}
        element = Element(tag.rpartition(" ")[2], local, self.line)
        self.open[-1].children.append(element)
        self.open.append(element)

    def end(self, tag: str) -> None:
        self.open.pop()

    def characters(self, data: str) -> None:
        if not data.isspace():
            self.open[-1].text += data

    def entity(self, *declaration: object) -> None:
        raise MorphologyError("the document declares entities, which are not read", line=self.line)

    def external(self, *reference: object) -> int:
        raise MorphologyError(
            "the document refers to another one, which is not read", line=self.parser.CurrentLineNumber
        )
