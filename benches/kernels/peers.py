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
def scipy_median(data):
    from scipy import ndimage

    return lambda: ndimage.median_filter(data, 3, mode="mirror")


@peer
def scipy_median_31(data):
    from scipy import ndimage

    return lambda: ndimage.median_filter(data, 31, mode="mirror")


@peer
def scipy_minimum(data):
    from scipy import ndimage

    return lambda: ndimage.minimum_filter(data, 7, mode="mirror")


@peer
def scipy_opening(data):
    from scipy import ndimage

    return lambda: ndimage.grey_opening(data, 5, mode="mirror")


@peer
def scipy_edt(data):
    from scipy import ndimage

    return lambda: ndimage.distance_transform_edt(data)


@peer
def numpy_cast_u8(data):
    import numpy

    return lambda: numpy.clip(numpy.rint(data), 0, 255).astype(numpy.uint8)


@peer
def numpy_add(data):
    return lambda: data + data


@peer
def numpy_argmax_last(data):
    return lambda: data.argmax(axis=-1)


@peer
def numpy_argmax_first(data):
    return lambda: data.argmax(axis=0)


@peer
def numpy_histograms(data):
    import numpy

    def call():
        for plane in data:
            for y in range(0, plane.shape[0], 128):
                for x in range(0, plane.shape[1], 128):
                    around = plane[max(y - 30, 0) : y + 158, max(x - 30, 0) : x + 158]
                    numpy.histogram(around, bins=30, range=(0, 255))

    return call


@peer
def numpy_cubic(data):
    import numpy

    def call():
        stack = data.astype(numpy.float64)
        for z in range(4, len(stack) - 2, 8):
            stack[z] = (4 * (stack[z - 1] + stack[z + 1]) - (stack[z - 2] + stack[z + 2])) / 6
        return numpy.clip(numpy.rint(stack), 0, 255).astype(numpy.uint8)

    return call


@peer
def skimage_watershed(data):
    """`data` holds two arrays of the same shape, as f32: image and markers."""
    from skimage import segmentation

    image, markers = data
    markers = markers.astype("i4")
    return lambda: segmentation.watershed(image, markers)


def forest_rows(data):
    """The first 5,000 rows are known, by the class in column 0; the others are to be predicted."""
    known, unknown = data[:5000], data[5000:]
    return known[:, 1:].copy(), known[:, 0].astype(int), unknown[:, 1:].copy(), unknown[:, 0].astype(int)


def forest():
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=100, n_jobs=2, random_state=0)


@peer
def sklearn_forest_predict(data):
    features, classes, unknown, truth = forest_rows(data)
    trained = forest().fit(features, classes)
    nodes = sum(tree.tree_.node_count for tree in trained.estimators_)
    print(f"scikit-learn: {nodes} nodes, accuracy {trained.score(unknown, truth)}", file=sys.stderr)
    return lambda: trained.predict_proba(unknown)


@peer
def sklearn_forest_fit(data):
    features, classes, _, _ = forest_rows(data)
    return lambda: forest().fit(features, classes)


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
