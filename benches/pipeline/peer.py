"""The nuclei pipeline by SciPy and scikit-image, as somebody would write it who knows both: the same steps with the same values, from
the same file to the same kinds of files.

Reads lines `IMAGE FOLDER` and answers each with the nanoseconds that the run took and the number of nuclei, or with `missing: why`.
What Python takes to start and to import is not timed.

    pip install -r benches/pipeline/requirements.txt
"""

import csv
import os
import sys
import time


def nuclei(path, folder):
    import imageio.v3
    import numpy
    import tifffile
    import zarr
    from scipy import ndimage
    from skimage import measure, morphology, segmentation

    begin = time.perf_counter_ns()
    image = tifffile.imread(path)
    pixels = image.astype("f4")

    def smooth(sigma):
        return ndimage.gaussian_filter(pixels, sigma, mode="mirror", truncate=3.5)

    foreground = smooth(1.5) - smooth(12) > 3
    hills = smooth(6) - smooth(7.2)
    # A square of the same radius: SciPy takes its maximum along each axis, far faster than that of a disk.
    highest = ndimage.maximum_filter(hills, size=13, mode="mirror")
    seeds = measure.label((hills > 0) & (hills >= highest), connectivity=1)
    basins = segmentation.watershed(-hills, seeds, mask=foreground)
    large = morphology.remove_small_objects(basins, max_size=49)
    labels, _, _ = segmentation.relabel_sequential(large)
    labels = labels.astype("u4")
    black, white = int(image.min()), int(image.max())
    grey = ((pixels - black) * (255 / (white - black))).astype("u1")
    overlay = numpy.stack([grey] * 3, axis=-1)
    overlay[segmentation.find_boundaries(labels, mode="inner")] = [255, 160, 0]
    properties = ["label", "area", "bbox", "centroid", "intensity_mean", "intensity_min", "intensity_max", "intensity_std"]
    properties += ["axis_major_length", "axis_minor_length", "orientation"]
    table = measure.regionprops_table(labels, image, properties=properties)

    store = zarr.create_array(
        os.path.join(folder, "labels.zarr"), shape=labels.shape, dtype="u4", chunks=(256, 256), overwrite=True
    )
    store[:] = labels
    imageio.v3.imwrite(os.path.join(folder, "overlay.png"), overlay)
    with open(os.path.join(folder, "nuclei.csv"), "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(table)
        rows.writerows(zip(*table.values()))
    return time.perf_counter_ns() - begin, int(labels.max())


def main():
    for line in sys.stdin:
        try:
            print(*nuclei(*line.split()), flush=True)
        except Exception as error:  # whatever is wrong with the peer, the bench says so
            print(f"missing: {error!r}".replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
