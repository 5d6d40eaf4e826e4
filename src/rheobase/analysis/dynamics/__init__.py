"""Where a model rests or moves to: operating points, steady states, their modes, phase planes."""
