"""Makes the fixtures of tests/kernels/gaussian.rs with scipy: python tests/data/gaussian.py

Each case is a pair of raw little-endian files, `<name>.in` and `<name>.out` (float64 rounded to float32). The inputs come
from a fixed seed. The table of shapes, types, sigmas and windows is repeated in the test.
"""

import math
from pathlib import Path

import numpy as np
from scipy import ndimage

HERE = Path(__file__).parent

CASES = [
    # name, dtype, shape, sigma of each axis, window
    ("line_f32", "float32", (200,), (2.0,), 3.5),
    ("plane_f32", "float32", (37, 61), (1.0, 3.0), 3.5),
    ("plane_u8", "uint8", (64, 48), (1.6, 1.6), 2.0),
    ("volume_f32", "float32", (13, 19, 35), (0.7, 1.0, 2.0), 3.5),
    ("volume_u16", "uint16", (24, 17, 21), (3.0, 0.0, 1.3), 3.5),
    ("stack_f32", "float32", (6, 9, 11, 13), (0.3, 1.0, 0.7, 1.6), 3.5),
]


def smooth(data, sigmas, window):
    result = data.astype(np.float64)
    for axis, sigma in enumerate(sigmas):
        if sigma > 0:
            radius = max(1, math.floor(window * sigma + 0.5))
            result = ndimage.gaussian_filter1d(result, sigma, axis=axis, mode="mirror", radius=radius)
    return result.astype("<f4")


def main():
    random = np.random.default_rng(20)
    for name, dtype, shape, sigmas, window in CASES:
        if dtype == "float32":
            data = random.normal(size=shape).astype("<f4")
        else:
            data = random.integers(0, np.iinfo(dtype).max, size=shape, endpoint=True).astype(np.dtype(dtype).newbyteorder("<"))
        (HERE / f"gaussian_{name}.in").write_bytes(data.tobytes())
        (HERE / f"gaussian_{name}.out").write_bytes(smooth(data, sigmas, window).tobytes())


if __name__ == "__main__":
    main()
