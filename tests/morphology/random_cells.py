"""Texts of random cells, in the formats that NEURON reads."""

import numpy as np


def random_swc(random: np.random.Generator) -> str:
    """A small tree in the order in which NEURON reads trees properly, with every trait the rules know of."""
    n = int(random.integers(1, 30))
    root_type = int(random.choice([1, 1, 1, 1, 3, 0]))
    kinds, parents = [root_type], [-1]
    jumps, changes = random.choice([0.05, 0.3, 0.6]), random.choice([0.02, 0.2])
    for k in range(1, n):
        parent = k - 1 if random.random() > jumps else int(random.integers(0, k))
        kind = kinds[parent]
        if random.random() < changes or (kind == 1 and random.random() < 0.3):
            rare = random.random() < 0.3
            kind = int(random.choice([1, 2, 3, 4, 5, 7] if rare else [2, 3, 4]))
        kinds.append(kind)
        parents.append(parent)
    places = np.cumsum(random.normal(0, 8, (n, 3)), axis=0).round(int(random.integers(0, 5)))
    if random.random() < 0.3:
        places = random.integers(0, 3, (n, 3)).astype(float)  # some at one place
    radii = random.uniform(0.1, 4, n).round(3)
    ids = np.cumsum(random.integers(1, 3, n)) + int(random.integers(0, 4)) - 1
    rows = [
        f"{ids[k]} {kinds[k]} {x} {y} {z} {radii[k]} {ids[parents[k]] if k else -1}"
        for k, (x, y, z) in enumerate(places)
    ]
    return "# a random tree\n" + "\n".join(rows) + "\n"


def neuromorpho_swc(random: np.random.Generator) -> str:
    """A tree on a soma of three samples, which stands for a sphere or only almost does."""
    r = 5.0
    off = float(random.choice([r, r, r * 1.004, r * 1.02]))
    rows = [f"1 1 0 0 0 {r} -1", f"2 1 0 {-off} 0 {r} 1", f"3 1 0 {off} 0 {r} 1"]
    if random.random() < 0.2:
        rows[2] = f"3 1 0 {off} 0 {r + 1} 1"
    for k in range(4, 4 + int(random.integers(0, 12))):
        parent = int(random.choice([1, 1, 2, 3])) if k == 4 or random.random() < 0.3 else k - 1
        if random.random() < 0.8 and parent in (2, 3):
            parent = 1
        x, y, z = random.normal(0, 30, 3).round(2)
        rows.append(f"{k} {random.choice([2, 3, 4])} {x} {y} {z} {random.uniform(0.2, 2):.2f} {parent}")
    return "\n".join(rows) + "\n"


def random_neurolucida(random: np.random.Generator) -> str:
    """A traced cell: an outline or a stack of them, and trees that begin in it or near it."""
    parts = []
    levels = int(random.choice([0, 1, 1, 1, 1, 2, 4]))
    z = 0.0
    for _ in range(levels):
        angle = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(6, 30))))
        size = random.uniform(4, 9, 2)
        tilt = random.choice([0.0, 0.3]) if levels == 1 else 0.0
        points = np.column_stack([size[0] * np.cos(angle), size[1] * np.sin(angle), z + tilt * np.cos(angle)])
        rows = "\n".join(f"  ({x} {y} {h} 0)" for x, y, h in points.round(3))
        parts.append(f'("{random.choice(["CellBody", "Cell Body"])}"\n  (Color Red)\n  (CellBody)\n{rows}\n)')
        z += random.uniform(0.5, 2)
    for _ in range(int(random.integers(1, 5)) if levels else 1):
        kind = random.choice(["Axon", "Dendrite", "Apical"])
        start = random.normal(0, 3 if random.random() < 0.8 else 15, 3).round(3)
        parts.append(f"( (Color Blue)\n  ({kind})\n{_branch(random, start, 0)})")
    order = random.permutation(len(parts)) if levels <= 1 else range(len(parts))
    return "; V3 text file written for MicroBrightField products.\n" + "\n".join(parts[k] for k in order) + "\n"


def _branch(random: np.random.Generator, start: np.ndarray, depth: int) -> str:
    count = int(random.integers(2, 6)) if random.random() < 0.9 or depth == 0 else 1
    steps = random.normal(0, 9, (count, 3)).round(3)
    steps[0] = 0 if depth == 0 or random.random() < 0.5 else steps[0]
    points = start + np.cumsum(steps, axis=0)
    widths = random.uniform(0.2, 3, count).round(2)
    rows = [f"({x:.3f} {y:.3f} {z:.3f} {d})" for (x, y, z), d in zip(points, widths, strict=True)]
    rows = [row + ("" if random.random() < 0.9 else " <(1 2 3 0.1)>") + "\n" for row in rows]
    if depth < 4 and random.random() < 0.6:
        below = [_branch(random, points[-1].round(3), depth + 1) for _ in range(int(random.choice([1, 2, 2, 2, 3])))]
        return "".join(rows) + "(\n" + "|\n".join(below) + ")\n"
    return "".join(rows) + str(random.choice(["Normal\n", "Incomplete\n", ""]))


def random_eutectic(random: np.random.Generator) -> str:
    """A traced cell with an outline, or one tree without."""
    rows: list[tuple[str, int, np.ndarray, float]] = []
    outlined = bool(random.random() < 0.7)
    if outlined:
        angle = np.linspace(0, 2 * np.pi, int(random.integers(8, 30)), endpoint=False)
        for k, a in enumerate(angle):
            code = "SOS" if k == 0 else "SOE" if k == len(angle) - 1 else "SCP"
            rows.append((code, 1, np.array([7 * np.cos(a), 5 * np.sin(a), 0.0]), 0.0))
    for _ in range(int(random.integers(1, 4)) if outlined else 1):
        _trace(random, rows, random.normal(0, 1.5, 3), int(random.choice([0, 2, 3, 4])), 0)
    texts = [
        f"{k} {code} {tag} {x:.1f} {y:.1f} {z:.1f} {d:.1f}" for k, (code, tag, (x, y, z), d) in enumerate(rows, start=1)
    ]
    return "No. points 99\n\n Point Type Tag X Y Z Thick\n\n" + "\n".join(texts) + "\n"


def _trace(random: np.random.Generator, rows: list, place: np.ndarray, tag: int, depth: int) -> None:  # type: ignore[type-arg]
    count = int(random.integers(1, 5)) + (depth == 0)
    divides = depth < 4 and random.random() < 0.5
    for k in range(count):
        if k or depth:
            place = place + random.normal(0, 9, 3)
        last = "BP" if divides else str(random.choice(["NE", "ES", "MAE", "TAE", "BAE"]))
        code = last if k == count - 1 else "MTO" if k == 0 and depth == 0 else str(random.choice(["CP", "FS", "SB"]))
        rows.append((code, tag, place, float(random.uniform(0.2, 3))))
    for _ in range(2 * divides):
        _trace(random, rows, place, tag, depth + 1)


def random_neurolucida1(random: np.random.Generator) -> str:
    """A traced cell in the format of version 1, with an outline or one tree without."""
    rows: list[str] = ["a remark"]
    outlined = bool(random.random() < 0.7)
    if outlined:
        angle = np.sort(random.uniform(0, 2 * np.pi, int(random.integers(6, 30))))
        outline = np.column_stack([7 * np.cos(angle), 5 * np.sin(angle), 0 * angle]).round(2)
        rows += [_record(2 - bool(k), 41 + bool(k), place, 0.0) for k, place in enumerate(outline)]
    for _ in range(int(random.integers(1, 4)) if outlined else 1):
        start = random.normal(0, 1.5 if random.random() < 0.8 else 15, 3).round(2)
        minor = int(random.choice([1, 21, 61]))
        rows.append(_record(2, minor, start, 1.0))
        _record_branch(random, rows, start, minor, 0)
    return "\n".join(rows) + "\n"


def _record_branch(random: np.random.Generator, rows: list[str], place: np.ndarray, minor: int, depth: int) -> None:
    count = int(random.integers(2, 6))
    for _ in range(count):
        place = (place + random.normal(0, 9, 3)).round(2)
        rows.append(_record(1, minor + 1, place, float(random.uniform(0.2, 2))))
    if depth < 4 and random.random() < 0.6:
        rows.append(_record(10, 5, place, 1.0))
        for k in range(2):
            at = place + np.array([0, 0, 3]) if k and random.random() < 0.1 else place  # the depth was lost
            rows.append(_record(1 if k == 0 else 2, minor + 1, at, 0.7))
            _record_branch(random, rows, place, minor, depth + 1)


def _record(major: int, minor: int, place: np.ndarray, radius: float) -> str:
    x, y, z = place
    return f"[{major},{minor}] ({x:.2f}, {y:.2f}, {z:.2f}) {radius:.2f}"
