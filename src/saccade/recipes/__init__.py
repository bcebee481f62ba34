"""The systems, a folder each; entry points of the group `saccade.recipes` name their recipes."""
