"""Cells written as NeuroML 2."""

from rheobase.share.neuroml.export import export_neuroml as export_neuroml
