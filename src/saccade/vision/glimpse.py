"""The retina-like eye of RAM: several patches around one place, the wider the coarser."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from saccade.graph import In, Module, Out

from .crop import nearest_pixel


class GlimpseSensor(Module):
    """`scales` patches around the fixation, each twice as wide as the last, all of `size`×`size` pixels.

    The glimpse sensor of RAM (Mnih et al. 2014, figure 1A). Wider patches are averaged over
    squares of 2, 4, … pixels; outside the image is zero. Places are as in `Crop`, and there is no
    gradient to them. The cost depends on `size` and `scales`, not on the image.

    Args:
        size: side of every patch in pixels, 1 or more; even, where there are several scales.
        scales: number of patches, 1 or more; the widest covers `size * 2 ** (scales - 1)` pixels per side.
        channels: image channels.

    Raises:
        ValueError: `size` or `scales` is not as said.
    """

    image: In[Float[Tensor, "b channels h w"]]
    at: In[Float[Tensor, "b 2"]] = In(init=0.0)
    patch: Out[Float[Tensor, "b planes size size"]]  # the finest first, all channels of a scale together
    fixation: Out[Float[Tensor, "b 2"]]  # the place looked at in fact: inside the image, on a pixel

    def __init__(self, size: int, scales: int = 1, channels: int = 1) -> None:
        if size < 1:
            raise ValueError(f"size={size}: a patch has 1 pixel or more per side")
        if scales < 1:
            raise ValueError(f"scales={scales}: a glimpse has 1 scale or more")
        if scales > 1 and size % 2:
            raise ValueError(f"size={size}: with {scales} scales it must be even, or the patches have no common middle")
        super().__init__()
        self.size, self.scales, self.channels, self.planes = size, scales, channels, scales * channels
        self.span = size * 2 ** (scales - 1)
        self._kept: tuple[Tensor, int, Tensor] | None = None

    def forward(self, image: Tensor, at: Tensor) -> tuple[Tensor, Tensor]:
        """`(b, channels, h, w)`, `(b, 2)` -> `(b, planes, size, size)`, `(b, 2)`."""
        b, _, h, w = image.shape
        pixel, fixation = nearest_pixel(at, h, w)
        windows = self._with_margin(image).unfold(2, self.span, 1).unfold(3, self.span, 1)
        seen = windows[torch.arange(b, device=image.device), :, pixel[:, 1], pixel[:, 0]]
        planes = []
        for scale in range(self.scales):
            seen = _halved(seen) if scale else seen  # the wide patch holds the narrow ones
            edge = (seen.shape[-1] - self.size) // 2
            planes.append(seen[:, :, edge : edge + self.size, edge : edge + self.size])
        return torch.cat(planes, 1), fixation

    def _with_margin(self, image: Tensor) -> Tensor:
        """The image with zeros around it, as wide as a patch can reach over its border."""
        before = self.span // 2
        if image.requires_grad or image.is_inference() or torch.is_inference_mode_enabled():
            return F.pad(image, (before, self.span - before, before, self.span - before))
        # Kept from fixation to fixation: a pass shows the same tensor to every glimpse. The margin from pass to pass, too.
        # A tensor written to behind torch's back (shared with numpy) needs a new one per frame.
        if self._kept is None or self._kept[0] is not image or self._kept[1] != image._version:
            b, c, h, w = image.shape
            shape = b, c, h + self.span, w + self.span
            known = self._kept and self._kept[2]
            fits = known is not None and (known.shape, known.dtype, known.device) == (shape, image.dtype, image.device)
            canvas = known if known is not None and fits else image.new_zeros(shape)
            canvas[:, :, before : before + h, before : before + w] = image
            self._kept = image, image._version, canvas
        return self._kept[2]


def _halved(image: Tensor) -> Tensor:
    """Means over squares of 2x2 pixels; on patches this small four times as fast as a pooling call."""
    rows = image[..., ::2, :] + image[..., 1::2, :]
    return (rows[..., ::2] + rows[..., 1::2]) / 4
