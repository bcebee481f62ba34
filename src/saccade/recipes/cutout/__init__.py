"""CutOut: segmenting by scribbling."""
