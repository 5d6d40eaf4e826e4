"""Documents from files of every kind that is read."""

import os
import warnings
from pathlib import Path
from typing import Any

from rheobase.model import structure
from rheobase.model.document import Document
from rheobase.model.file import read_document
from rheobase.model.location import Location
from rheobase.model.names import title_from
from rheobase.model.neuroml import read_neuroml_cell
from rheobase.model.values import SectionSpec
from rheobase.morphology import Morphology, MorphologyError, Problem, load_morphology
from rheobase.morphology.problem import SUSPICIONS, shortened


def load_document(path: str | os.PathLike[str]) -> tuple[Document, tuple[Problem, ...]]:
    """Read a document from a cell's JSON file or a morphology, told apart by content, with the reader's notes.

    **Raises:** `ValueError` in words for a file that is neither, or is of a newer version.
    """
    with Path(path).open("rb") as file:
        start = file.read(4096)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return read_document(path), ()
    morphology = load_morphology(path)
    document, left_out = document_of(morphology), tuple[Problem, ...]()
    if morphology.format == "neuroml":
        document, left_out = read_neuroml_cell(morphology, Path(path).parent)
    repaired = [
        str(problem)
        for problem in (*morphology.problems, *left_out)
        if problem.severity == "warning" and problem.code not in SUSPICIONS
    ]
    if repaired:
        more = f" (and {len(repaired) - 3} more)" if len(repaired) > 3 else ""
        warnings.warn(f"{morphology.name}: {'; '.join(repaired[:3])}{more}; see cell.notes", stacklevel=3)
    return document, (*notes_of(morphology), *shortened(left_out))


def document_of(morphology: Morphology) -> Document:
    """Give a document with a morphology's sections, split, named and joined as NEURON's Import3D does.

    **Raises:** `MorphologyError` with the line of the first error that nobody has decided on yet.
    """
    for problem in morphology.problems:
        if problem.severity == "error" and not problem.repaired:
            raise MorphologyError(problem.message, line=problem.line, hint=_ways_out(problem))
    document = Document(title_from(morphology.name))
    shapes = morphology.sections
    with document.edit("Load"):
        for shape in shapes:
            parent = None if shape.parent is None else Location(shapes[shape.parent].name, shape.parent_x)
            points: Any = shape.points  # rows of an array are as good as tuples
            spec = SectionSpec(name=shape.name, points=points, parent=parent, child_end=shape.child_end)
            structure.add_section(document, spec)
    document.history.clear()
    return document


def notes_of(morphology: Morphology) -> tuple[Problem, ...]:
    """Give what was noticed about a morphology, no more than a person reads of each kind."""
    return shortened(morphology.problems)


def _ways_out(problem: Problem) -> str:
    """Tell what to call, and what else could be done."""
    first, *others = problem.remedies
    also = "".join(f", or {each.label[0].lower()}{each.label[1:]}: {each.name!r}" for each in others)
    return (
        f"to {first.label[0].lower()}{first.label[1:]}, open it with load_morphology and call "
        f"repair({problem.code!r}, {first.name!r}){also}"
    )
