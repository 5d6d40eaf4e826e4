"""What a model is made of, and how two differ."""
