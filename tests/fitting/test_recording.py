"""Recordings in the formats of amplifiers and archives, each written by another library than reads it."""

import logging
import pickle
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import rheobase as rb

pytest.importorskip("neo")


def test_an_abf_is_read_as_it_was_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    writer = pytest.importorskip("pyabf.abfWriter")
    caplog.set_level(logging.CRITICAL)
    v = -65 + 20 * np.sin(np.linspace(0, 12, 8000))
    writer.writeABF1(np.stack([v - 5, v]), str(tmp_path / "cell.abf"), 20000.0, units="mV")
    data = bytearray((tmp_path / "cell.abf").read_bytes())
    # That writer leaves out the table of where sweeps begin, which begins at a block of 512 bytes.
    data += bytes(-len(data) % 512)
    struct.pack_into("<2i", data, 92, len(data) // 512, 2)
    (tmp_path / "cell.abf").write_bytes(data + struct.pack("<4i", 0, 8000, 10000, 8000))
    recording = rb.Recording(tmp_path / "cell.abf")
    assert repr(recording) == "<Recording cell.abf (Axon): 2 sweeps, 400 ms each; channels 0: ch0 (mV)>"
    assert list(recording.to_dataframe()["samples"]) == [8000, 8000]
    trace = rb.Trace.from_file(tmp_path / "cell.abf", channel="ch0", sweep=1)
    assert (trace.unit, trace.name, trace.even) == ("mV", "ch0", True)
    assert trace.dt == pytest.approx(0.05)
    np.testing.assert_allclose(trace.value, v, atol=0.005)  # the format has 16 bits
    with pytest.raises(KeyError, match=r"no channel in sweep 0 of cell.abf 'ch1'; did you mean 'ch0'"):
        recording.trace("ch1")
    with pytest.raises(IndexError, match=r"cell.abf: has no sweep 3; there are 2, from 0"):
        recording.trace(sweep=3)
    with pytest.raises(ValueError, match=r"cell.abf: does not tell what was commanded \("):
        recording.command()


def test_an_nwb_is_read_as_it_was_written(tmp_path: Path) -> None:
    pynwb = pytest.importorskip("pynwb")
    file = pynwb.NWBFile("a cell", "id", datetime(2026, 1, 1, tzinfo=UTC))
    electrode = file.create_icephys_electrode(name="e", description="patch", device=file.create_device(name="rig"))
    v, i = np.linspace(-0.07, -0.06, 400), np.linspace(0, 50, 300)
    for made in (
        pynwb.icephys.CurrentClampSeries(name="vm", data=v, electrode=electrode, gain=1.0, rate=20000.0, unit="volts"),
        pynwb.icephys.VoltageClampSeries(
            name="im", data=i, conversion=1e-12, electrode=electrode, gain=1.0, rate=1e4, starting_time=2.0
        ),
    ):
        file.add_acquisition(made)
    with pynwb.NWBHDF5IO(str(tmp_path / "cell.nwb"), "w") as io:
        io.write(file)
    recording = rb.Recording(tmp_path / "cell.nwb")
    frame = recording.to_dataframe()
    assert sorted(frame["name"]) == ["im", "vm"]
    voltage, current = recording.trace("vm"), recording.trace("im")
    assert (voltage.unit, current.unit) == ("mV", "nA")
    np.testing.assert_allclose(voltage.value, 1e3 * v)
    np.testing.assert_allclose(current.value, 1e-3 * i)
    assert (current.time[0], current.dt) == (0, pytest.approx(0.1))
    with pytest.raises(ValueError, match=r"does not tell what was commanded"):
        recording.command()


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.xyz").write_text("no recording")
    with pytest.raises(ValueError, match=r"notes.xyz: is in no format that neo reads; export it as ABF, NWB"):
        rb.Recording(tmp_path / "notes.xyz")
    (tmp_path / "broken.abf").write_bytes(b"ABF " + bytes(100))
    with pytest.raises(ValueError, match=r"broken.abf: cannot be read by neo's AxonIO; it may be damaged"):
        rb.Recording(tmp_path / "broken.abf")
    with pytest.raises(FileNotFoundError, match=r"there is no file"):
        rb.Recording(tmp_path / "none.abf")
    # A pickle could run anything.
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps([1, 2, 3]))
    with pytest.raises(ValueError, match=r"evil.pkl: is in no format that neo reads"):
        rb.Recording(tmp_path / "evil.pkl")
