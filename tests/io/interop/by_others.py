"""Writes or checks files with the libraries of Python: `by_others.py write FOLDER`, `by_others.py check FOLDER`.

`write` makes a file of each format with a library that is not ours, and prints the name of each. `check` reads what we have
written. The image is the same everywhere: zyx, 4 x 5 x 6, u16, its value 100 z + 10 y + x.
"""

import json
import pathlib
import sys

import numpy as np

z, y, x = np.meshgrid(np.arange(4), np.arange(5), np.arange(6), indexing="ij")
image = (100 * z + 10 * y + x).astype("<u2")


def write(folder):
    np.save(folder / "c.npy", image)
    yield "c.npy"
    np.save(folder / "fortran.npy", np.asfortranarray(image.T))
    yield "fortran.npy"
    np.save(folder / "big.npy", image.astype(">u2"))
    yield "big.npy"
    np.savez(folder / "stored.npz", a=image, b=image[0])
    yield "stored.npz/a"
    np.savez_compressed(folder / "deflated.npz", image)
    yield "deflated.npz"
    (folder / "v-4-5-6-uint16.raw").write_bytes(image.tobytes())
    yield "v-4-5-6-uint16.raw"
    import nibabel

    for name in ["v.nii", "v.nii.gz"]:
        nibabel.save(nibabel.Nifti1Image(image.T, np.diag([0.5, 0.5, 2, 1])), folder / name)
        yield name
    nibabel.save(nibabel.Nifti2Image(image.T, np.eye(4)), folder / "v2.nii")
    yield "v2.nii"
    import imageio.v3

    for n, plane in enumerate(image):
        imageio.v3.imwrite(folder / f"p{n}.png", plane)
    yield "p*.png"
    import h5py

    with h5py.File(folder / "v.h5", "w") as file:
        file.create_dataset("plain", data=image)
        tagged = file.create_dataset("group/tagged", data=image, chunks=(2, 3, 4), compression="gzip")
        tagged.attrs["axistags"] = json.dumps({"axes": [{"key": key, "typeFlags": 2} for key in "zyx"]})
    yield "v.h5/plain"
    yield "v.h5/group/tagged"
    try:
        import z5py

        with z5py.File(str(folder / "v.n5"), "w", use_zarr_format=False) as file:
            for name in ["raw", "gzip"]:
                file.create_dataset(name, data=image, chunks=(2, 3, 4), compression=name)
                yield f"v.n5/{name}"
    except ImportError:
        pass


def check(folder):
    def same(name, found):
        assert found.dtype == image.dtype and np.array_equal(found, image), (name, found)
        print(name)

    same("a.npy", np.load(folder / "a.npy"))
    for name in ["stored.npz", "deflated.npz"]:
        with np.load(folder / name) as archive:
            same(name, archive["data"])
    described = json.loads((folder / "a.raw.json").read_text())
    dtype = np.dtype({"u16": "u2"}[described["dtype"]]).newbyteorder(described["byte_order"])
    same("a.raw", np.fromfile(folder / "a.raw", dtype).reshape(described["shape"]).astype("<u2"))
    import imageio.v3

    same("a{z}.png", np.stack([imageio.v3.imread(folder / f"a{n}.png") for n in range(4)]))
    if (folder / "a.h5").exists():
        import h5py

        with h5py.File(folder / "a.h5") as file:
            tags = json.loads(file["data"].attrs["axistags"])
            assert "".join(tag["key"] for tag in tags["axes"]) == "zyx"
            same("a.h5", file["data"][:])
    if (folder / "a.n5").exists():
        import z5py

        with z5py.File(str(folder / "a.n5"), "r") as file:
            for name in ["none", "deflate"]:
                same(f"a.n5/{name}", file[name][:])


folder = pathlib.Path(sys.argv[2])
if sys.argv[1] == "write":
    for name in write(folder):
        print(name)
else:
    check(folder)
