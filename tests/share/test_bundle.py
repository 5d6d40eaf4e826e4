"""Bundles: what was kept comes back, runs again and is compared; hostile and damaged files are refused in words."""

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import rheobase as rb
from rheobase.cli import app
from rheobase.share.archive import read_archive, write_archive

MOD = """
NEURON { SUFFIX leaky NONSPECIFIC_CURRENT i RANGE g, e }
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { g = 0.0003 (S/cm2) e = -60 (mV) }
ASSIGNED { v (mV) i (mA/cm2) }
BREAKPOINT { i = g * (v - e) }
"""


def study() -> tuple[rb.Cell, rb.Protocol]:
    cell = rb.Cell("two parts")
    soma = cell.add_section("soma", L=20, diam=20)
    dend = cell.add_section("dend", L=200, diam=2, nseg=5, parent=soma(1))
    soma.insert("hh")
    dend.insert(rb.load_mod(text=MOD, name="leaky"), g=2e-4)
    protocol = rb.Protocol(
        stimuli=[(soma(0.5), rb.IClamp(delay=2, dur=5, amp=0.3))], record=[soma(0.5).v, dend(0.9).v], tstop=12
    )
    return cell, protocol


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cell, protocol = study()
    path = tmp_path_factory.mktemp("bundles") / "fig3.rheobase"
    rb.save_bundle(path, cell, protocol, rb.run(cell, protocol, frames=4))
    return path


def rewritten(path: Path, to: Path, **changes: bytes | None) -> Path:
    """A copy of a bundle with parts changed, or, with None, taken out; the manifest stays as it was."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
        for name in old.namelist():
            data = changes.get(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
    return to


def with_model(path: Path, to: Path, edit: dict[str, object]) -> Path:
    """A bundle whose model was changed, with a manifest that fits it."""
    about, parts = read_archive(path)
    model = json.loads(parts["model.json"]) | edit
    write_archive(to, {**parts, "model.json": json.dumps(model).encode()}, about)
    return to


def test_all_that_was_kept_comes_back(kept: Path) -> None:
    cell, protocol = study()
    bundle = rb.load_bundle(kept)
    assert bundle.model == cell
    assert bundle.protocol == protocol
    assert bundle.results is not None
    again = rb.run(cell, protocol, frames=4)
    np.testing.assert_array_equal(bundle.results.values, again.values)
    np.testing.assert_array_equal(bundle.results.t, again.t)
    assert bundle.results.frames is not None
    assert again.frames is not None
    np.testing.assert_array_equal(bundle.results.frames.v, again.frames.v)
    assert bundle.parts["mechanisms/leaky.mod"].decode() == MOD
    assert bundle.manifest["versions"]["rheobase"] == rb.__version__


def test_it_runs_again_and_matches(kept: Path) -> None:
    check = rb.load_bundle(kept).check()
    assert check.matches
    assert [d.label for d in check.deviations] == ["soma(0.5).v", "dend(0.9).v"]
    assert max(d.largest for d in check.deviations) < 1e-9
    assert "The results match" in str(check)


def test_a_changed_model_is_found_out_by_its_results(kept: Path, tmp_path: Path) -> None:
    changed = with_model(kept, tmp_path / "changed.rheobase", {})
    assert rb.load_bundle(changed).check().matches
    cell, protocol = study()
    results = rb.run(cell, protocol)
    cell["soma"].set("hh.gnabar", 0.121)
    rb.save_bundle(changed, cell, protocol, results)
    check = rb.load_bundle(changed).check()
    assert not check.matches
    assert "DIFFER" in str(check)


def test_samples_at_any_times_are_compared(tmp_path: Path) -> None:
    cell, protocol = study()
    path = tmp_path / "a.rheobase"
    for results in (rb.run(cell, protocol, every=4), rb.run(cell, protocol).at([1.0, 2.51, 7.3])):
        rb.save_bundle(path, cell, protocol, results)
        assert rb.load_bundle(path).check().matches


def test_the_reconstruction_is_kept_as_its_file_was(tmp_path: Path) -> None:
    text = "# traced by hand\n1 1 0 0 0 5 -1\n2 3 0 5 0 1 1\n3 3 0 90 0 1 2\n"
    (tmp_path / "cell.swc").write_text(text)
    path = tmp_path / "b.rheobase"
    rb.save_bundle(path, rb.load_cell(tmp_path / "cell.swc"), morphology=tmp_path / "cell.swc")
    bundle = rb.load_bundle(path)
    assert bundle.parts["morphology/swc.txt"].decode() == text
    assert bundle.morphology == rb.load_morphology(text)
    assert bundle.results is None


def test_the_command_tells_whether_results_match(kept: Path, tmp_path: Path) -> None:
    table = tmp_path / "again.csv"
    done = CliRunner().invoke(app, ["run", str(kept), "--csv", str(table)])
    assert (done.exit_code, "The results match" in done.output) == (0, True)
    assert table.read_text().startswith("t,soma(0.5).v,dend(0.9).v")
    cell, protocol = study()
    other = tmp_path / "other.rheobase"
    rb.save_bundle(other, cell, protocol, rb.run(cell, protocol.replace(v_init=-60.0)))
    done = CliRunner().invoke(app, ["run", str(other)])
    assert (done.exit_code, "DIFFER" in done.output) == (1, True)
    (tmp_path / "no.rheobase").write_text("nothing")
    done = CliRunner().invoke(app, ["run", str(tmp_path / "no.rheobase")])
    assert done.exit_code == 2
    assert "no zip file" in done.output
    assert "Traceback" not in done.output


def test_damage_and_tampering_are_named(kept: Path, tmp_path: Path) -> None:
    to = tmp_path / "bad.rheobase"
    cases: list[tuple[dict[str, bytes | None], str]] = [
        ({"model.json": b"{}"}, r"'model\.json' is not what the manifest says"),
        ({"model.json": None}, r"no part 'model\.json'"),
        ({"manifest.json": b"{"}, "manifest is no JSON"),
        ({"manifest.json": None}, r"no part 'manifest\.json'"),
        ({"manifest.json": b'{"parts": {}}'}, "does not list"),
    ]
    for changes, words in cases:
        with pytest.raises(rb.BundleError, match=words):
            rb.load_bundle(rewritten(kept, to, **changes))
    with pytest.raises(rb.BundleError, match="unknown entry 'malice'"):
        rb.load_bundle(with_model(kept, to, {"malice": 1}))


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil", "a/../../evil", "C:\\evil", "results\\evil", "a//b", "\u202egpj"]
)
def test_names_that_lead_elsewhere_are_refused_and_nothing_is_written(kept: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / "deeper"
    folder.mkdir(parents=True)
    to = rewritten(kept, folder / "bad.rheobase")
    with zipfile.ZipFile(to, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), "evil")
    with pytest.raises(rb.BundleError, match=r"no plain name|does not list"):
        rb.load_bundle(to)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["bad.rheobase"]


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    path = tmp_path / "bomb.rheobase"
    zeros = b"\0" * (64 * 2**20)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(20):
            archive.writestr(f"part{k}", zeros)
    with pytest.raises(rb.BundleError, match="unpack to more than"):
        rb.load_bundle(path)


def test_a_part_that_lies_about_its_size_is_refused(kept: Path, tmp_path: Path) -> None:
    data = bytearray(kept.read_bytes())
    with zipfile.ZipFile(kept) as archive:
        info = archive.getinfo("model.json")
        entry = data.rindex(b"model.json") - 46  # its record in the central directory
        assert data[entry : entry + 4] == b"PK\x01\x02"
        data[entry + 24 : entry + 28] = struct.pack("<I", info.file_size // 2)
    path = tmp_path / "liar.rheobase"
    path.write_bytes(data)
    with pytest.raises(rb.BundleError, match=r"larger than it says|no zip file"):
        rb.load_bundle(path)


def test_an_array_that_asks_for_more_than_it_has_is_refused(kept: Path, tmp_path: Path) -> None:
    about, parts = read_archive(kept)
    path = tmp_path / "huge.rheobase"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**13, 10**13)})
    pickled = io.BytesIO()
    np.save(pickled, np.array([{"evil": 1}], dtype=object), allow_pickle=True)
    for array in (header.getvalue(), pickled.getvalue(), b"", b"\x93NUMPY"):
        write_archive(path, {**parts, "results/values.npy": array}, about)
        with pytest.raises(rb.BundleError, match="array 'values'"):
            rb.load_bundle(path)


def test_mutated_bundles_open_or_are_refused(kept: Path, tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    original = kept.read_bytes()
    path = tmp_path / "mutant.rheobase"
    refusals = []
    for _ in range(150):
        data = bytearray(original)
        for _ in range(dice.integers(1, 7)):
            data[dice.integers(len(data))] = dice.integers(256)
        path.write_bytes(data[: int(dice.integers(len(data))) if dice.random() < 0.5 else len(data)])
        try:
            rb.load_bundle(path)
        except rb.BundleError as error:
            refusals.append(str(error))
    assert len(refusals) > 100
    assert all(words.startswith("mutant.rheobase: ") for words in refusals)
    assert [p.name for p in tmp_path.iterdir()] == ["mutant.rheobase"]
