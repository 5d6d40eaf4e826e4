"""Good SWC files, and what can happen to them."""

from hypothesis import strategies as st

Row = list[float]
_NUMBERS = st.sampled_from([0, 0.5, 1, 3, -2, 40, 1e-9, 1e6])


@st.composite
def trees(draw: st.DrawFn, most: int = 24) -> list[Row]:
    """Rows of a sound cell: a soma, and neurites that branch, in steps of some um."""
    count = draw(st.integers(1, most))
    rows: list[Row] = [[1, 1, 0, 0, 0, 6, -1]]
    for k in range(2, count + 1):
        parent = draw(st.integers(max(1, k - 3), k - 1))
        above = rows[parent - 1]
        kind = draw(st.sampled_from([2, 3, 4])) if above[1] == 1 else above[1]
        step = [draw(st.sampled_from([-7, 2, 6, 11])) for _ in range(3)]
        rows.append([k, kind, above[2] + step[0], above[3] + step[1], above[4] + step[2] / 4, 1 + k / 50, parent])
    return rows


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """The text of a sound cell to which a few things happened."""
    rows = draw(trees())
    for _ in range(draw(st.integers(0, 4))):
        _happens(draw, rows)
    text = "\n".join(" ".join(f"{value:g}" for value in row) for row in rows) + "\n"
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        at = draw(st.integers(0, len(text)))
        text = draw(
            st.sampled_from([text[:at], text[:at] + draw(st.text(max_size=3)) + text[at:], text[:at] + text[at + 1 :]])
        )
    return text


def _happens(draw: st.DrawFn, rows: list[Row]) -> None:
    if not rows:
        return
    k = draw(st.integers(0, len(rows) - 1))
    row = rows[k]
    ids = st.sampled_from([*(int(each[0]) for each in rows), 0, 99, -1])
    match draw(
        st.sampled_from(["lose", "repeat", "twin", "parent", "radius", "place", "shift", "type", "mix", "cell"])
    ):
        case "lose":
            del rows[k]
        case "repeat":
            rows.insert(draw(st.integers(0, len(rows))), list(row))
        case "twin":
            rows.insert(draw(st.integers(0, len(rows))), [row[0], *draw(st.permutations(row[1:6])), row[6]])
        case "parent":
            row[6] = draw(ids)
        case "radius":
            row[5] = draw(_NUMBERS)
        case "place":
            row[draw(st.integers(2, 4))] = draw(_NUMBERS)
        case "shift":
            for each in rows[k:]:
                each[4] += 60
        case "type":
            row[1] = draw(st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7]))
        case "mix":
            rows[:] = draw(st.permutations(rows))
        case "cell":
            far = draw(st.sampled_from([0, 5, 500]))
            rows.extend([each[0], each[1], each[2] + far, *each[3:]] for each in list(rows))
