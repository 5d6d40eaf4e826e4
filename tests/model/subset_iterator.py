"""A program in which NEURON's SubsetDomainIterator measures subsets of a tree, as JSON.

It runs in a process of its own: `python subset_iterator.py < trees.json > answers.json`.
"""

import json
import os
import sys
from typing import Any

from neuron import h

COLLECT = """
objref measured, found
proc collect() { for measured.loop() { found.append(measured.p) } }
"""


def answers(tree: dict[str, Any]) -> list[dict[str, Any]]:
    """Build a tree and give, for each case, the p of every segment and the range of p."""
    sections: dict[str, Any] = {}
    for row in tree["sections"]:
        section = sections[row["name"]] = h.Section(name=row["name"])
        for point in row["points"]:
            section.pt3dadd(*point)
        if row["parent"] is not None:
            section.connect(sections[row["parent"]](row["x"]), row["end"])
        section.nseg = row["nseg"]
    given = []
    for case in tree["cases"]:
        subset = h.SectionList()
        for name in case["subset"]:
            subset.append(sections[name])
        h.measured = h.SubsetDomainIterator(subset, *case["style"])
        h.found = h.Vector()
        h.collect()
        given.append({"p": list(h.found), "range": [h.measured.p0, h.measured.p1]})
    for section in sections.values():
        h.delete_section(sec=section)
    return given


def main() -> None:
    """Measure in each tree on standard input."""
    answer_to = os.dup(1)
    os.dup2(2, 1)  # NEURON prints on standard output, where only the answer belongs
    h.load_file("subiter.hoc")
    h(COLLECT)
    found = json.dumps([answers(tree) for tree in json.load(sys.stdin)])
    with os.fdopen(answer_to, "w") as out:
        out.write(found)


if __name__ == "__main__":
    main()
