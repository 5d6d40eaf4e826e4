"""What parameters do to traces: families of runs and sensitivities."""
