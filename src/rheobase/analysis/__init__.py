"""What a model is and does, read off its document and its runs: overviews and differences."""
