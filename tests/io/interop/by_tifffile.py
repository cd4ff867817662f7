"""Files of tifffile for us to read, and ours for tifffile to read.

`by_tifffile.py make FOLDER` writes `NAME.tif`, what it holds as `NAME.npy`, and `NAME.txt` with the axes that we are to find, the most
that a sample may differ, and the sizes of pixels and names of channels that we are to find.
`by_tifffile.py check FOLDER` compares each `NAME.tif` with `NAME.npy` and `NAME.txt`, which has the axes.
"""

import json
import pathlib
import sys

import numpy as np
import tifffile

RANDOM = np.random.default_rng(1)


def samples(shape, dtype):
    """Smooth enough to be compressed, different everywhere."""
    dtype = np.dtype(dtype)
    if dtype == bool:
        return RANDOM.random(shape) > 0.5
    noise = RANDOM.normal(0, 20, shape).cumsum(axis=-1)
    if dtype.kind == "f":
        return noise.astype(dtype)
    info = np.iinfo(dtype)
    if dtype.itemsize == 8:
        return RANDOM.integers(info.min, info.max, shape, dtype.newbyteorder("=")).astype(dtype)
    return (noise + (info.max // 2 if info.min == 0 else 0)).clip(info.min, info.max).astype(dtype)


def make(folder):
    def one(name, image, axes, tolerance=0, sizes="", channels="", expected=None, **options):
        tifffile.imwrite(folder / f"{name}.tif", image, **options)
        expected = image if expected is None else expected
        np.save(folder / f"{name}.npy", np.ascontiguousarray(expected).astype(expected.dtype.newbyteorder("<")))
        (folder / f"{name}.txt").write_text(f"{axes}\n{tolerance}\n{sizes}\n{channels}\n")

    kinds = "u1 u2 u4 u8 i1 i2 i4 i8 f4 f8".split()
    for kind in kinds:
        for order in "<>":
            word = "little" if order == "<" else "big"
            image = samples((37, 50), order + kind)
            one(f"bare-{kind}-{word}", image, "yx", byteorder=order)
            for compression in ["zlib", "lzw", "zstd"]:
                one(f"{compression}-{kind}-{word}", image, "yx", byteorder=order, compression=compression, rowsperstrip=5)
                if kind not in ("u8", "i8"):
                    one(
                        f"{compression}-{kind}-{word}-predictor", image, "yx",
                        byteorder=order, compression=compression, predictor=True, tile=(16, 32),
                    )
    one("truths", samples((21, 19), bool), "yx")
    one("truths-stack", samples((3, 21, 19), bool), "zyx", photometric="minisblack")
    one("packbits", samples((40, 50), "u1") // 32, "yx", compression="packbits")
    one("packbits-tiles", samples((40, 50), "u2") // 256, "yx", compression="packbits", tile=(16, 16))
    one("big", samples((3, 40, 50), "u2"), "zyx", bigtiff=True, photometric="minisblack")
    one("big-tiles", samples((3, 40, 50), ">u2"), "zyx", bigtiff=True, byteorder=">", tile=(16, 16), photometric="minisblack")
    one("together", samples((5, 40, 50), "u2"), "zyx", photometric="minisblack", truncate=True)

    rgb = samples((40, 50, 3), "u1")
    for compression in [None, "zlib"]:
        one(f"rgb-{compression}", rgb, "yxc", photometric="rgb", compression=compression)
        one(f"rgb-{compression}-predictor", rgb, "yxc", photometric="rgb", compression="lzw", predictor=True, tile=(16, 16))
        planes = samples((3, 40, 50), "u2")
        one(f"rgb-planes-{compression}", planes, "cyx", photometric="rgb", planarconfig="separate", compression=compression)
        one(
            f"rgb-planes-tiles-{compression}", planes, "cyx",
            photometric="rgb", planarconfig="separate", compression=compression, tile=(16, 16),
        )
    one("rgb-stack", samples((4, 20, 30, 3), "u1"), "zyxc", photometric="rgb")
    one("rgba", samples((40, 50, 4), "u1"), "yxc", photometric="rgb")
    one("floats-rgb", samples((40, 50, 3), "f4"), "yxc", photometric="rgb", compression="zlib", predictor=True)
    one("five", samples((40, 50, 5), "u2"), "yxc", photometric="minisblack", planarconfig="contig")
    smooth = np.add.outer(np.arange(64), np.arange(96)).astype("u1")
    one("jpeg-grey", smooth, "yx", 8, compression="jpeg", tile=(32, 32))
    colours = np.stack([smooth, 255 - smooth, smooth // 2], -1)
    one("jpeg-rgb", colours, "yxc", 16, compression="jpeg", photometric="rgb")

    axes = {"metadata": {"axes": "TZYX"}}
    one("axes", samples((2, 3, 20, 30), "u2"), "tzyx", photometric="minisblack", **axes)
    hyper = samples((2, 3, 2, 20, 30), "u2")
    one(
        "imagej", hyper, "tzcyx", sizes="2 second;0.5 micrometer;1 ;0.25 micrometer;0.125 micrometer",
        imagej=True, resolution=(8, 4), metadata={"spacing": 0.5, "unit": "um", "finterval": 2, "axes": "TZCYX"},
    )
    one("imagej-rgb", samples((4, 20, 30, 3), "u1"), "zyxc", imagej=True, metadata={"axes": "ZYXS"})
    one("imagej-stack", samples((5, 20, 30), "f4"), "zyx", imagej=True, metadata={"axes": "ZYX"})
    one("imagej-time", samples((5, 20, 30), "u1"), "tyx", imagej=True, metadata={"axes": "TYX"})

    sizes = {"PhysicalSizeX": 0.1, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 200, "PhysicalSizeYUnit": "nm"}
    one(
        "ome", hyper, "tzcyx", sizes="1 ;1 ;1 ;200 nanometer;0.1 micrometer", channels="one;zwei ü",
        ome=True, photometric="minisblack",
        metadata={"axes": "TZCYX", "Channel": {"Name": ["one", "zwei ü"]}, **sizes},
    )
    one("ome-order", hyper, "ctzyx", ome=True, photometric="minisblack", metadata={"axes": "CTZYX"}, expected=hyper)
    one("ome-rgb", samples((4, 20, 30, 3), "u1"), "zyxc", ome=True, photometric="rgb", metadata={"axes": "ZYXS"})
    one("ome-tiles", samples((3, 70, 90), ">u2"), "zyx", ome=True, byteorder=">", tile=(16, 16), compression="zlib", metadata={"axes": "ZYX"})

    image = samples((2, 64, 64), "u2")
    with tifffile.TiffWriter(folder / "pyramid.tif", ome=True) as file:
        options = {"photometric": "minisblack", "tile": (32, 32), "compression": "zlib"}
        file.write(image, subifds=1, metadata={"axes": "ZYX", "PhysicalSizeX": 0.5}, **options)
        file.write(image[:, ::2, ::2], subfiletype=1, **options)
    np.save(folder / "pyramid.npy", image)
    np.save(folder / "pyramid-coarser.npy", np.ascontiguousarray(image[:, ::2, ::2]))
    (folder / "pyramid.txt").write_text("zyx\n0\n\n\n")


def check(folder):
    count = 0
    for path in sorted(folder.glob("*.tif")):
        expected = np.load(path.with_suffix(".npy"))
        text = json.loads(path.with_suffix(".txt").read_text())
        with tifffile.TiffFile(path) as file:
            assert file.is_ome, path
            series = file.series[0]
            found, letters = series.asarray(), series.axes.lower().replace("s", "c")
            ome = tifffile.xml2dict(file.ome_metadata)["OME"]["Image"]["Pixels"]
        axes = text["axes"]
        kept = [at for at, length in enumerate(expected.shape) if length > 1]
        expected = expected.reshape([expected.shape[at] for at in kept])
        axes = "".join(axes[at] for at in kept)
        kept = [at for at, length in enumerate(found.shape) if length > 1]
        found = found.reshape([found.shape[at] for at in kept])
        letters = "".join(letters[at] for at in kept)
        assert sorted(letters) == sorted(axes), (path, letters, axes)
        found = found.transpose([letters.index(letter) for letter in axes])
        assert found.dtype == expected.dtype, (path, found.dtype, expected.dtype)
        np.testing.assert_array_equal(found, expected, err_msg=str(path))
        for key, value in text["ome"].items():
            assert ome[key] == value, (path, key, ome[key], value)
        if text["channels"]:
            channels = ome["Channel"]
            channels = channels if isinstance(channels, list) else [channels]
            assert [channel["Name"] for channel in channels] == text["channels"], (path, channels)
        count += 1
    print(f"{count} files")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](pathlib.Path(sys.argv[2]))
