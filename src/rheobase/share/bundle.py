"""Bundles: a model, what was done to it and what came out, in one file that can be run again and checked.

A bundle (`.rheobase`) is a zip file:

- `manifest.json`: schema, version, when and with which versions it was made, and each part's size and SHA-256;
- `model.json`: the cell, with all mechanisms that are not Rheobase's own; `protocol.json`: how it was run;
- `results.json` and `results/*.npy`: what was recorded, and the numbers;
- `mechanisms/`: those mechanisms again, as `.mod` or `.json` files for people to read;
- `morphology/`: the reconstruction that the cell was made of, as its file was.

Opening one runs nothing and writes nothing.
"""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from rheobase.documents import checked_schema
from rheobase.mechanisms import Source
from rheobase.model import Cell, Protocol
from rheobase.model.file import from_data, json_text
from rheobase.model.protocol_data import protocol_data, protocol_of
from rheobase.morphology import Morphology, load_morphology
from rheobase.morphology.write import swc_text
from rheobase.share.archive import BundleError, read_archive, write_archive
from rheobase.share.results_data import results_of, results_parts
from rheobase.simulate import Results, Simulation

_SCHEMA = "rheobase.bundle"
_VERSION = 1
_PACKAGES = ("rheobase", "jax", "jaxlib", "numpy")
_SUFFIXES = {"nmodl": "mod", "channel_spec": "json"}


@dataclass(frozen=True)
class Deviation:
    """How far one recording came out from what a bundle keeps.

    **Fields:** `label`; `unit`; `largest`, the largest difference, in that unit; `at`, when, ms; `span`, from the
    lowest to the highest value kept.
    """

    label: str
    unit: str
    largest: float
    at: float
    span: float


@dataclass(frozen=True)
class Check:
    """Whether a bundle's results came out again.

    They match when no recording differs by more than `tolerance` of its span. Between processors and versions numbers
    differ by rounding, which spikes magnify.
    """

    deviations: tuple[Deviation, ...]
    tolerance: float
    versions: dict[str, tuple[str, str]]
    results: Results

    @property
    def matches(self) -> bool:
        """Whether every recording does."""
        return all(d.largest <= self.tolerance * max(d.span, 1e-12) for d in self.deviations)

    def __str__(self) -> str:
        lines = [
            f"{d.label}: largest difference {d.largest:.3g} {d.unit} at {d.at:g} ms, of a span of {d.span:.6g} {d.unit}"
            for d in self.deviations
        ]
        lines += [f"{name}: made with {then}, run with {now}" for name, (then, now) in self.versions.items()]
        outcome = "The results match" if self.matches else "The results DIFFER"
        return "\n".join([*lines, f"{outcome} (tolerance {self.tolerance:g} of the span)."])


@dataclass(frozen=True, eq=False)
class Bundle:
    """A bundle that was opened.

    **Fields:** `name`; `model`; `protocol`; `results`, and `morphology`, or `None`; `manifest`, what the file tells of
    itself; `parts`, everything in it by name, as bytes.
    """

    name: str
    model: Cell
    protocol: Protocol
    results: Results | None
    morphology: Morphology | None
    manifest: dict[str, Any]
    parts: Mapping[str, bytes] = field(repr=False)

    def run(self) -> Results:
        """Run the model under the protocol again, and give the recordings that the bundle keeps."""
        kept = self.results
        if kept is None:
            return Simulation(self.model, self.protocol).run()
        frames = 0 if kept.frames is None else len(kept.frames.t)
        every = _samples_apart(kept, self.protocol.dt)
        again = Simulation(
            self.model,
            self.protocol,
            record=kept.recordables,
            every=every or 1,
            frames=frames,
            precision=str(kept.values.dtype),
        ).run()
        return again if every else again.at(kept.t)

    def check(self, tolerance: float = 1e-6) -> Check:
        """Run again, and compare with the results that the bundle keeps.

        **Arguments:** `tolerance`: the largest difference that counts as rounding, as a fraction of a recording's span.

        **Raises:** `BundleError` if it keeps none.
        """
        kept = self.results
        if kept is None:
            raise BundleError(f"{self.name} keeps no results to compare with: run() gives new ones")
        again = self.run()
        if again.values.shape != kept.values.shape:
            raise BundleError(
                f"{self.name} keeps {kept.values.shape[1]} samples, and the run gives {again.values.shape[1]}: "
                "its protocol is not the one its results came from"
            )
        deviations = []
        for recordable, unit, new, old in zip(kept.recordables, kept.units, again.values, kept.values, strict=True):
            apart = np.abs(new - old)
            worst = int(np.argmax(apart))
            deviations.append(
                Deviation(recordable.label, unit, float(apart[worst]), float(kept.t[worst]), float(np.ptp(old)))
            )
        made = self.manifest.get("versions", {})
        now = _versions()
        changed = {name: (str(made.get(name)), now[name]) for name in now if made.get(name) != now[name]}
        return Check(tuple(deviations), tolerance, changed, again)


def save_bundle(
    path: str | os.PathLike[str],
    model: Cell,
    protocol: Protocol | None = None,
    results: Results | None = None,
    *,
    morphology: Morphology | str | os.PathLike[str] | None = None,
) -> None:
    """Keep a model, its protocol and its results in one file.

    **Arguments:**

    - `path`: the file, by custom ending in `.rheobase`.
    - `protocol`: by default that of a plain run.
    - `results`: what `rb.run(model, protocol)` gave.
    - `morphology`: what the cell was made of, or the path of its file, to be kept beside it.

    **Raises:** `TypeError` for something else; `OSError` if the file cannot be written.

    >>> import rheobase as rb, tempfile, pathlib
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-65)
    >>> protocol = rb.Protocol(stimuli=[(soma(0.5), rb.IClamp(1, 5, 0.01))], tstop=10)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "fig.rheobase")
    ...     rb.save_bundle(path, cell, protocol, rb.run(cell, protocol))
    ...     rb.load_bundle(path).check().matches
    True
    """
    protocol = Protocol() if protocol is None else protocol
    for value, kind in ((model, Cell), (protocol, Protocol), *([] if results is None else [(results, Results)])):
        if not isinstance(value, kind):
            raise TypeError(f"save_bundle needs a {kind.__name__}, not {value!r}")
    parts = {
        "model.json": json_text(model.document).encode(),
        "protocol.json": _json(protocol_data(protocol)),
    }
    if results is not None:
        about, arrays = results_parts(results)
        parts["results.json"] = _json(about)
        parts |= {f"results/{name}.npy": data for name, data in arrays.items()}
    carried = {**model.document.sources, **{p.name: p.made_from for _, p in protocol.stimuli if p.made_from}}
    parts |= {f"mechanisms/{name}.{_suffix(source)}": source.text.encode() for name, source in carried.items()}
    if morphology is not None:
        given = morphology if isinstance(morphology, Morphology) else load_morphology(morphology)
        text = given.text or swc_text(given)
        parts[f"morphology/{given.format if given.text else 'swc'}.txt"] = text.encode()
    about = {
        "schema": _SCHEMA,
        "version": _VERSION,
        "name": model.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
    }
    write_archive(path, parts, about)


def load_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Open a bundle. Nothing in it is run, and nothing is written.

    **Raises:** `BundleError` for a file that is none, was changed, is too large or is of a newer version; `OSError` if
    it cannot be opened.
    """
    manifest, parts = read_archive(path)
    name = Path(path).name
    try:
        checked_schema(manifest, "bundle", _SCHEMA, _VERSION)
        model = Cell.of_document(from_data(_part(parts, "model.json")))
        protocol = protocol_of(_part(parts, "protocol.json"))
        results = morphology = None
        if "results.json" in parts:
            prefix = "results/"
            arrays = {n[len(prefix) : -len(".npy")]: data for n, data in parts.items() if n.startswith(prefix)}
            results = results_of(_part(parts, "results.json"), arrays)
        text = next((data for n, data in parts.items() if n.startswith("morphology/")), None)
        if text is not None:
            morphology = load_morphology(text, name=model.name)
    except BundleError as error:
        raise BundleError(f"{name}: {error}") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BundleError(f"{name}: {error}") from error
    return Bundle(name, model, protocol, results, morphology, manifest, parts)


def _part(parts: Mapping[str, bytes], name: str) -> Any:
    if name not in parts:
        raise BundleError(f"has no {name}")
    try:
        return json.loads(parts[name], parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{name}: is no JSON ({error})") from None


def _refuse(text: str) -> float:
    raise ValueError(f"contains {text}, which is no number")


def _json(data: Any) -> bytes:
    return json.dumps(data, indent=1, allow_nan=False).encode()


def _suffix(source: Source) -> str:
    return _SUFFIXES.get(source.kind, "txt")


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _samples_apart(results: Results, dt: float) -> int | None:
    """Give how many steps lie between two samples, or `None` if they are not evenly spread from 0."""
    if len(results.t) < 2 or results.t[0] != 0:
        return None
    every = round(float(results.t[1]) / dt)
    even = every >= 1 and np.allclose(results.t, dt * every * np.arange(len(results.t)), rtol=1e-9, atol=0)
    return every if even else None
