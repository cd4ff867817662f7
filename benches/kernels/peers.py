"""The peers of the kernels, run one call at a time by the bench: numpy, scipy, scikit-image, scikit-learn, cc3d.

Reads lines `PEER FILE DTYPE LENGTH...` and answers each with the nanoseconds that one call took, or with `missing: why`.
FILE holds the elements as they are in memory. What a peer prepares (loading, training) is done once and not timed.

    pip install -r benches/kernels/requirements.txt
"""

import sys
import time

PEERS = {}


def peer(function):
    """Registers `function(data)`, which prepares and returns the call to be timed."""
    PEERS[function.__name__] = function
    return function


@peer
def cc3d_6(data):
    import cc3d

    return lambda: cc3d.connected_components(data, connectivity=6)


@peer
def scipy_edt(data):
    from scipy import ndimage

    return lambda: ndimage.distance_transform_edt(data)


@peer
def skimage_watershed(data):
    """`data` holds two arrays of the same shape, as f32: image and markers."""
    from skimage import segmentation

    image, markers = data
    markers = markers.astype("i4")
    return lambda: segmentation.watershed(image, markers)


def main():
    prepared = {}
    for line in sys.stdin:
        line = line.strip()
        try:
            if line not in prepared:
                import numpy

                name, path, dtype, *shape = line.split()
                data = numpy.fromfile(path, dtype=dtype).reshape([int(length) for length in shape])
                prepared[line] = PEERS[name](data)
            begin = time.perf_counter_ns()
            prepared[line]()
            print(time.perf_counter_ns() - begin, flush=True)
        except Exception as error:  # whatever is wrong with a peer, the bench goes on without it
            print(f"missing: {error!r}".replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
