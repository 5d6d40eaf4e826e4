"""Rheobase: a notebook laboratory for biophysical neuron models."""
