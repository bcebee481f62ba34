"""The kit of every page: groups of runs, elements of HTML and SVG, axes, tables. It depends on no system."""
