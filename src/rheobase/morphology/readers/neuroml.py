"""The morphology of a NeuroML cell."""

from rheobase.morphology.morphology import Morphology, MorphologyError
from rheobase.morphology.problem import Problem
from rheobase.morphology.readers.branches import Branch, samples_of, shown
from rheobase.morphology.readers.neuroml1 import neuroml1_cells
from rheobase.morphology.readers.neuroml_cell import NeuromlCell, Segment, neuroml_cells, read_cell
from rheobase.morphology.readers.source import MAX_BYTES, Source, read_text
from rheobase.morphology.readers.xml import Element, parse_xml
from rheobase.morphology.repair import as_read
from rheobase.morphology.samples import Samples


def read_neuroml(
    source: Source, *, cell: str | None = None, name: str | None = None, max_bytes: int = MAX_BYTES
) -> Morphology:
    """Read the morphology of a NeuroML cell, of version 2 or 1.

    Groups of segments that are marked as sections become sections, else unbranched rows of segments do; groups also
    tell what is soma, axon and dendrite. A segment may begin anywhere along its parent.

    **Arguments:** as `read_swc`, and `cell`, the id of one of several cells; `name` is the cell's id if not given.

    **Raises:** `MorphologyError` with the line for what is no sound XML, declares entities, or has no cell, several
    cells of which none was chosen, or a segment without an end; `OSError` if the file cannot be opened.

    >>> m = read_neuroml('''<neuroml><cell id="ball"><morphology>
    ... <segment id="0" name="soma"><proximal x="0" y="0" z="0" diameter="9"/><distal x="9" y="0" z="0" diameter="9"/>
    ... </segment></morphology></cell></neuroml>''')
    >>> m.name, m.samples.type.tolist()
    ('ball', [1, 1])
    """
    text, _ = read_text(source, max_bytes)
    return parse_neuroml(text, name or "", cell)


def parse_neuroml(text: str, name: str, cell: str | None = None) -> Morphology:
    """Make a morphology of the text of a NeuroML file; `name` empty for the cell's id."""
    found = chosen_cell(parse_xml(text), cell)
    return as_read(name or found.name, *samples_of_cell(found), text=text, format="neuroml")


def chosen_cell(document: Element, cell: str | None = None) -> NeuromlCell:
    """Give the one cell of a document, or the one with this id.

    **Raises:** `MorphologyError` where there is none, or several and no id.
    """
    if document.tag not in ("neuroml", "morphml"):
        raise MorphologyError(
            f"this is XML of another kind: <{document.tag[:30]}> is not <neuroml>",
            line=document.line,
            hint="of XML, NeuroML is read",
        )
    cells = neuroml_cells(document) or neuroml1_cells(document)
    if cell is not None:
        cells = [one for one in cells if one[0] == cell]
    if not cells:
        which = "no cell with a morphology" if cell is None else f"no cell {shown(cell)}"
        raise MorphologyError(f"the document has {which}", line=document.line)
    if len(cells) > 1:
        raise MorphologyError(
            f"the document has {len(cells)} cells: {', '.join(shown(one[0]) for one in cells[:5])}",
            line=cells[1][1].line,
            hint='choose one: read_neuroml(path, cell="id")',
        )
    return read_cell(*cells[0])


def samples_of_cell(cell: NeuromlCell) -> tuple[Samples, list[Problem]]:
    """Give the samples of a cell, a row of them for each of its sections, and what was noticed."""
    problems = list(cell.problems)
    branches = []
    row_of: dict[int, int] = {}  # the row in its branch at which each segment ends
    for section in cell.sections:
        first = cell.segments[section.segments[0]]
        branch = Branch(first.type, [first.start], [first.line], section.parent, section.at)
        if first.parent is not None:
            end = row_of[first.parent]
            branch.leaves = 0 if section.at == 0 else end if first.at >= 0.5 else max(0, end - 1)
        for k in section.segments:
            segment = cell.segments[k]
            _extend(branch, segment, sphere=section.parent is None and len(section.segments) == 1, problems=problems)
            row_of[k] = len(branch.rows) - 1
        branches.append(branch)
    return samples_of([], branches, problems), problems


def _extend(branch: Branch, segment: Segment, *, sphere: bool, problems: list[Problem]) -> None:
    if segment.given and segment.start != branch.rows[-1]:
        branch.rows.append(segment.start)
        branch.lines.append(segment.line)
    if segment.end != segment.start:
        branch.rows.append(segment.end)
        branch.lines.append(segment.line)
    elif not sphere:
        message = f"segment {segment.id} is a sphere within a section; it has no length and counts no area"
        problems.append(Problem("zero-length", "warning", segment.line, message))
