"""The cell in a line, and in a small table."""

from html import escape

from rheobase.model.document import Document

_ROWS = 20


def summary(document: Document) -> str:
    """Tell what a person asks first: how large it is, what is in its membrane, what is placed on it."""
    mechanisms = ", ".join(dict.fromkeys(name for _, name in document.insertions)) or "no mechanisms"
    placed = ", ".join(list(document.placements)[:3]) + ", ..." * (len(document.placements) > 3)
    sections = _counted(len(document.sections), "section")
    segments = _counted(sum(spec.nseg for spec in document.sections.values()), "segment")
    kind = "frozen Cell" if document.frozen else "Cell"
    return f"{kind} {document.name!r}: {sections}, {segments}; {mechanisms}; {placed or 'nothing placed'}"


def summary_html(document: Document) -> str:
    """Give the summary, and a table of the regions, as HTML with all text escaped."""
    rows = []
    for region, members in list(document.places.regions.items())[:_ROWS]:
        segments = sum(document.sections[name].nseg for name in members)
        rows.append(f"<tr><td>{escape(region)}</td><td>{len(members)}</td><td>{segments}</td></tr>")
    head = "<tr><th>region</th><th>sections</th><th>segments</th></tr>"
    return f"<p>{escape(summary(document))}</p><table>{head}{''.join(rows)}</table>"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
