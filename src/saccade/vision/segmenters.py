"""Segmentation of one image by scribbles: the geodesic one of this package, and four well-known ones from libraries."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from saccade.extras import missing
from saccade.ranges import choice

from .geodesic_arrays import GeodesicArrays
from .methods import Method

Image = npt.NDArray[np.uint8]  # (h, w, 3), RGB
Strokes = npt.NDArray[np.uint8]  # (h, w): 0 nothing, 1 object, 2 ground
Mask = npt.NDArray[np.bool_]  # (h, w): True on the object

NOTHING, OBJECT, GROUND = 0, 1, 2
_BINS = 8  # of a channel, in graph cut's colour histograms
_SOLVED = (
    2**20
)  # pixels up to which the equations of the random walker are solved exactly: faster than by steps, in some gigabytes of memory


def segment(image: Image, strokes: Strokes, method: Method | str = Method.GEODESIC) -> Mask:
    """The object of an image, by strokes on it and off it.

    Args:
        image: uint8 `(h, w, 3)`, RGB.
        strokes: uint8 `(h, w)`: 0 nothing, 1 object, 2 ground.
        method: how; a `Method` or its name.

    Returns:
        bool `(h, w)`, True on the object.

    Raises:
        ValueError: image or strokes have another type or shape, there is no stroke of one kind, or no such method.
    """
    method = choice(Method, method, "method", as_option=False)
    for name, value in (("image", image), ("strokes", strokes)):
        if not isinstance(value, np.ndarray):
            raise ValueError(f"{name} is a {type(value).__name__}: it must be an array, see numpy.asarray")
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"the image is {image.dtype} of shape {image.shape}: it must be uint8 of shape (h, w, 3)")
    if strokes.dtype != np.uint8 or strokes.shape != image.shape[:2]:
        raise ValueError(
            f"strokes are {strokes.dtype} of shape {strokes.shape}: they must be uint8 of {image.shape[:2]}"
        )
    if strokes.max() > GROUND:
        raise ValueError(f"strokes hold the value {strokes.max()}: 0 is nothing, 1 the object, 2 the ground")
    for label, name in ((OBJECT, "object"), (GROUND, "ground")):
        if not (strokes == label).any():
            raise ValueError(f"there is no stroke on the {name}: draw at least one on each")
    return _METHODS[method](image, strokes)


def _geodesic(image: Image, strokes: Strokes) -> Mask:
    maps = GeodesicArrays(image.transpose(2, 0, 1)[None])
    places = [np.flatnonzero(strokes == label) for label in (OBJECT, GROUND)]
    drawn = np.full((1, 2, max(map(len, places))), -1, np.int64)
    for label, pixels in enumerate(places):
        drawn[0, label, : len(pixels)] = pixels
    maps.add(drawn)
    mask: Mask = maps.read()[0][0]
    return mask


def _grabcut(image: Image, strokes: Strokes) -> Mask:
    import cv2  # `geodesic` has checked that it is installed

    # What is not drawn on is taken for the side whose stroke is nearer, so that both colour models have something to learn.
    near = [cv2.distanceTransform((strokes != label).astype(np.uint8), cv2.DIST_L2, 5) for label in (OBJECT, GROUND)]
    marks = np.where(near[0] < near[1], cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    marks[strokes == OBJECT], marks[strokes == GROUND] = cv2.GC_FGD, cv2.GC_BGD
    cv2.setRNGSeed(0)
    cv2.grabCut(
        np.ascontiguousarray(image[..., ::-1]),
        marks,
        (0, 0, 1, 1),
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        5,
        cv2.GC_INIT_WITH_MASK,
    )
    found: Mask = (marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD)
    return found


def _random_walker(image: Image, strokes: Strokes) -> Mask:
    try:
        from skimage.segmentation import random_walker
    except ImportError as error:
        raise missing("the random walker", "scikit-image", "cutout") from error
    if strokes.all():  # every pixel is drawn on
        whole: Mask = strokes == OBJECT
        return whole
    mode = "bf" if strokes.size <= _SOLVED else "cg_j"
    pixels = image / 255
    if pixels.min() == pixels.max():  # it divides by the contrast: two even channels have some, and no edges
        pixels = np.broadcast_to(np.array([0.0, 1.0]), (*strokes.shape, 2))
    sides = random_walker(pixels, strokes.astype(np.int32), beta=130, mode=mode, prob_tol=1, channel_axis=-1)
    found: Mask = sides == OBJECT
    return found


def _watershed(image: Image, strokes: Strokes) -> Mask:
    try:
        from skimage.filters import sobel
        from skimage.segmentation import watershed
    except ImportError as error:
        raise missing("watershed", "scikit-image", "cutout") from error
    slope = np.max([sobel(image[..., channel]) for channel in range(3)], axis=0)
    found: Mask = watershed(slope, strokes.astype(np.int32)) == OBJECT
    return found


def _graph_cut(image: Image, strokes: Strokes) -> Mask:
    try:
        import maxflow
    except ImportError as error:
        raise missing("graph cut", "PyMaxflow", "cutout") from error
    pixels = image.astype(np.float64)
    gaps = [np.square(np.diff(pixels, axis=axis)).sum(2) for axis in (1, 0)]
    scale = 2 * max(float(np.concatenate([[0.0], *(gap.ravel() for gap in gaps)]).mean()), 1e-6)
    graph = maxflow.Graph[float]()
    nodes = graph.add_grid_nodes(strokes.shape)
    for gap, axis, shape in (
        (gaps[0], 1, [[0, 0, 0], [0, 0, 1], [0, 0, 0]]),
        (gaps[1], 0, [[0, 0, 0], [0, 0, 0], [0, 1, 0]]),
    ):
        cost = np.zeros(strokes.shape)
        cost[tuple(slice(0, -1) if each == axis else slice(None) for each in range(2))] = 50 * np.exp(-gap / scale)
        graph.add_grid_edges(nodes, weights=cost, structure=np.array(shape), symmetric=True)
    surprise = [_surprise(image, strokes == label) for label in (OBJECT, GROUND)]
    hard = 1e9
    to_object = np.where(strokes == OBJECT, hard, np.where(strokes == GROUND, 0, surprise[1]))
    to_ground = np.where(strokes == GROUND, hard, np.where(strokes == OBJECT, 0, surprise[0]))
    graph.add_grid_tedges(nodes, to_object, to_ground)
    graph.maxflow()
    found: Mask = ~graph.get_grid_segments(nodes)
    return found


def _surprise(image: Image, drawn: Mask) -> npt.NDArray[np.float64]:
    """Minus the log-probability of every pixel's colour among those drawn on, `(h, w)`."""
    bins = (image // (256 // _BINS)).astype(np.int64)
    code = (bins[..., 0] * _BINS + bins[..., 1]) * _BINS + bins[..., 2]
    counts = np.bincount(code[drawn], minlength=_BINS**3) + 0.05
    found: npt.NDArray[np.float64] = -np.log(counts / counts.sum())[code]
    return found


_METHODS: dict[Method, Callable[[Image, Strokes], Mask]] = {
    Method.GEODESIC: _geodesic,
    Method.GRABCUT: _grabcut,
    Method.RANDOM_WALKER: _random_walker,
    Method.WATERSHED: _watershed,
    Method.GRAPH_CUT: _graph_cut,
}
