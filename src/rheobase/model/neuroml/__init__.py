"""Cells from NeuroML 2: their sections, and of their membrane what means the same here."""

from rheobase.model.neuroml.read import read_neuroml_cell as read_neuroml_cell
