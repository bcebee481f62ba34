"""The world of CutOut: canvas, segmenter, overlap, expert and baseline policies."""
