"""Benchmarks: figures, never tests. `python -m tests.benchmarks --help` lists them."""
