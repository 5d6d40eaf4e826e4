"""Compiled programs are kept between processes, and the settings that `import rheobase` makes can be declined."""

import os
import subprocess
import sys
from pathlib import Path

_RUN = """
import rheobase as rb
cell = rb.Cell("ball and stick")
soma = cell.add_section("soma", L=20, diam={diam})
dend = cell.add_section("dend", L=300, diam=2, nseg=7, parent=soma(1))
cell["soma"].insert("hh")
cell["dend"].insert("pas")
clamp = cell.place(rb.IClamp(delay=1, dur=5, amp=0.3), soma(0.5))
rb.run(cell, tstop={tstop}, record=[soma(0.5).v, clamp.i, soma(0.5)["ina"]])
"""


def python(program: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*-cache")}


def test_a_second_process_compiles_nothing_even_for_other_numbers(tmp_path: Path) -> None:
    python(_RUN.format(diam=20, tstop=5), RHEOBASE_CACHE=str(tmp_path))
    first = kept(tmp_path)
    assert first
    python(_RUN.format(diam=25, tstop=7), RHEOBASE_CACHE=str(tmp_path))
    assert kept(tmp_path) == first


def test_each_setting_can_be_declined(tmp_path: Path) -> None:
    program = """
import os, rheobase, jax, jax.numpy as jnp
print(jnp.zeros(1).dtype, jax.config.jax_compilation_cache_dir, os.environ["XLA_FLAGS"])
"""
    declined = {"RHEOBASE_X64": "0", "RHEOBASE_CACHE": "off", "XLA_FLAGS": "--xla_cpu_prefer_vector_width=256"}
    dtype, folder, *flags = python(program, **declined).split()
    assert (dtype, folder) == ("float32", "None")
    assert [flag for flag in flags if "vector_width" in flag] == ["--xla_cpu_prefer_vector_width=256"]
    dtype, folder, *_ = python(program, RHEOBASE_CACHE=str(tmp_path)).split()
    assert dtype == "float64"
    assert folder.startswith(str(tmp_path))
