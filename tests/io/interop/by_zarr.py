"""Zarr by zarr-python, numcodecs and tensorstore.

    by_zarr.py write FOLDER    makes stores of many kinds, and prints `NAME PATH DTYPE SHAPE` for each
    by_zarr.py check FOLDER    reads the stores that are there, and fails if one does not hold what it should

What each store holds is told by its shape and type: `expected` here, `image` in the test.
"""

import json
import os
import sys

import numpy as np

DTYPES = "bool uint8 uint16 uint32 uint64 int8 int16 int32 int64 float32 float64".split()
SHAPE = (5, 17, 26)


def expected(shape, dtype):
    n = int(np.prod(shape))
    i = np.arange(n, dtype="i8")
    values = (i * 7919 + i // 13) % 30011
    values %= 127 if np.dtype(dtype).itemsize == 1 else 30011
    return values.reshape(shape).astype(dtype)


def write(folder):
    import numcodecs
    import zarr
    from zarr import codecs as v3

    def report(name, data, path=None):
        dtype = np.dtype(data.dtype).name
        print(name, path or name, dtype, ",".join(map(str, data.shape)))

    def store(name, dtype="uint16", shape=SHAPE, **options):
        data = expected(shape, np.dtype(dtype))
        path = os.path.join(folder, name)
        options.setdefault("chunks", tuple(min(n, c) for n, c in zip(shape, (2, 8, 9))))
        array = zarr.create_array(path, shape=shape, dtype=dtype, **options)
        array[...] = data
        report(name, data)

    for dtype in DTYPES:
        store(f"v3-{dtype}.zarr", dtype, zarr_format=3)
        store(f"v2-{dtype}.zarr", dtype, zarr_format=2)
        if np.dtype(dtype).itemsize > 1:
            store(f"v2-big-{dtype}.zarr", np.dtype(dtype).newbyteorder(">"), zarr_format=2)
            store(f"v3-big-{dtype}.zarr", dtype, zarr_format=3, serializer=v3.BytesCodec(endian="big"))

    store("v3-zstd.zarr", compressors=[v3.ZstdCodec(level=3, checksum=True)])
    store("v3-gzip.zarr", compressors=[v3.GzipCodec(level=5)])
    store("v3-none.zarr", compressors=None)
    store("v3-crc.zarr", compressors=[v3.ZstdCodec(level=1), v3.Crc32cCodec()])
    store("v3-crc-only.zarr", compressors=[v3.Crc32cCodec()])
    for cname in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]:
        for shuffle in ["noshuffle", "shuffle", "bitshuffle"]:
            codec = v3.BloscCodec(cname=cname, clevel=5, shuffle=shuffle, typesize=2)
            store(f"v3-blosc-{cname}-{shuffle}.zarr", compressors=[codec])
        for number in [0, 1, 2, -1]:
            codec = numcodecs.Blosc(cname=cname, clevel=5, shuffle=number)
            store(f"v2-blosc-{cname}-{number}.zarr", zarr_format=2, compressors=codec)
    store("v2-blosc-large.zarr", zarr_format=2, shape=(40, 200, 300), chunks=(40, 200, 300),
          compressors=numcodecs.Blosc(cname="lz4", clevel=5, shuffle=1))
    store("v3-large.zarr", shape=(40, 200, 300), chunks=(40, 200, 300), compressors=[v3.ZstdCodec(level=1)])
    store("v2-zstd.zarr", zarr_format=2, compressors=numcodecs.Zstd(level=1))
    store("v2-gzip.zarr", zarr_format=2, compressors=numcodecs.GZip(level=1))
    store("v2-zlib.zarr", zarr_format=2, compressors=numcodecs.Zlib(level=1))
    store("v2-none.zarr", zarr_format=2, compressors=None)
    store("v2-f.zarr", zarr_format=2, order="F")
    store("v2-slash.zarr", zarr_format=2, chunk_key_encoding={"name": "v2", "separator": "/"})
    store("v3-transpose.zarr", filters=[v3.TransposeCodec(order=(2, 0, 1))])
    store("v3-dots.zarr", chunk_key_encoding={"name": "default", "separator": "."})
    store("v3-v2-keys.zarr", chunk_key_encoding={"name": "v2", "separator": "."})
    store("v3-line.zarr", shape=(1000,), chunks=(33,))
    store("v3-five.zarr", shape=(2, 3, 4, 9, 8), chunks=(1, 2, 2, 5, 5))
    store("v3-shards.zarr", shards=(4, 16, 27), chunks=(2, 8, 9))
    store("v3-shards-start.zarr", shards={"shape": (4, 16, 27), "index_location": "start"}, chunks=(2, 8, 9))
    store("v3-shards-blosc.zarr", shards=(4, 16, 27), chunks=(2, 8, 9), compressors=[v3.BloscCodec(typesize=2)])

    path = os.path.join(folder, "v3-fill.zarr")
    array = zarr.create_array(path, shape=SHAPE, dtype="float32", chunks=(2, 8, 9), fill_value=float("nan"))
    array[:2] = expected(SHAPE, "f4")[:2]
    assert np.isnan(array[4, 0, 0])

    data = expected((2, 5, 40, 30), "u2")
    for number, version in [(2, "0.4"), (3, "0.5")]:
        name = f"ome-{version}.zarr"
        axes = [{"name": "c", "type": "channel"}]
        axes += [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"]
        scale = lambda *of: [{"type": "scale", "scale": [1.0, *of]}]
        multiscale = {
            "axes": axes,
            "datasets": [
                {"path": "s0", "coordinateTransformations": scale(2.0, 0.5, 0.25)},
                {"path": "s1", "coordinateTransformations": scale(2.0, 1.0, 0.5)},
            ],
            "coordinateTransformations": scale(1.5, 1.0, 1.0),
        }
        omero = {"channels": [{"label": "DAPI", "color": "0000FF"}, {"label": "GFP", "color": "00FF00"}]}
        group = zarr.open_group(os.path.join(folder, name), mode="w", zarr_format=number)
        if version == "0.4":
            group.attrs.update({"multiscales": [{**multiscale, "version": version}], "omero": omero})
        else:
            group.attrs.update({"ome": {"version": version, "multiscales": [multiscale], "omero": omero}})
        for level, part in [("s0", data), ("s1", data[:, :, ::2, ::2])]:
            keys = {"name": "v2", "separator": "/"} if number == 2 else None
            array = group.create_array(level, shape=part.shape, dtype="u2", chunks=(1, 2, 16, 16), chunk_key_encoding=keys)
            array[...] = part
        report(name, data)
        report(name + "-s0", data, path=name + "/s0")

    tensorstore_fixtures(folder, report)


def tensorstore_fixtures(folder, report):
    import tensorstore as ts

    data = expected(SHAPE, "u2")

    def store(name, driver, metadata):
        metadata = {"shape": list(SHAPE), **metadata}
        kvstore = {"driver": "file", "path": os.path.join(folder, name)}
        spec = {"driver": driver, "kvstore": kvstore, "metadata": metadata, "create": True}
        ts.open(spec).result().write(data).result()
        report(name, data)

    grid = {"name": "regular", "configuration": {"chunk_shape": [4, 16, 27]}}
    crc_index = [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}]
    inner = [
        {"name": "transpose", "configuration": {"order": [2, 1, 0]}},
        {"name": "bytes", "configuration": {"endian": "big"}},
        {"name": "zstd", "configuration": {"level": 1}},
    ]
    for location in ["start", "end"]:
        shard = {"chunk_shape": [2, 8, 9], "codecs": inner, "index_codecs": crc_index, "index_location": location}
        metadata = {"data_type": "uint16", "chunk_grid": grid, "fill_value": 0}
        metadata["codecs"] = [{"name": "sharding_indexed", "configuration": shard}]
        store(f"ts-shards-{location}.zarr", "zarr3", metadata)
    store("ts-v2.zarr", "zarr", {"dtype": ">u2", "chunks": [2, 8, 9], "compressor": {"id": "zstd", "level": 3}})


def check(folder):
    import tensorstore as ts
    import zarr

    names = sorted(name for name in os.listdir(folder) if name.endswith(".zarr"))
    assert names, "nothing to check"
    for name in names:
        path = os.path.join(folder, name)
        node = zarr.open(path, mode="r")
        if isinstance(node, zarr.Group):
            check_ome(name, node)
            array = node["0"]
            place = os.path.join(path, "0")
        else:
            array, place = node, path
            letters = array.metadata.dimension_names if array.metadata.zarr_format == 3 else array.attrs["_ARRAY_DIMENSIONS"]
            assert "".join(letters) in ("zyx", "yxc"), letters
        right = expected(array.shape, array.dtype)
        np.testing.assert_array_equal(array[...], right, err_msg=name)
        driver = "zarr3" if array.metadata.zarr_format == 3 else "zarr"
        theirs = ts.open({"driver": driver, "kvstore": {"driver": "file", "path": place}}).result().read().result()
        np.testing.assert_array_equal(theirs, right, err_msg=name + " by tensorstore")
    print(len(names))


def check_ome(name, group):
    attributes = dict(group.attrs)
    v3 = group.metadata.zarr_format == 3
    content = attributes["ome"] if v3 else attributes
    multiscale = content["multiscales"][0]
    assert (content if v3 else multiscale)["version"] == ("0.5" if v3 else "0.4"), json.dumps(attributes)
    assert [axis["name"] for axis in multiscale["axes"]] == list("zyx"), multiscale
    assert all(axis["type"] == "space" and axis["unit"] == "micrometer" for axis in multiscale["axes"])
    finer = None
    for level, dataset in enumerate(multiscale["datasets"]):
        scale = dataset["coordinateTransformations"][0]["scale"]
        data = group[dataset["path"]][...]
        if finer is None:
            assert scale == [2.0, 0.5, 0.25], scale
        else:
            assert data.shape == tuple(max(1, n // 2) for n in finer.shape), name
            cut = finer[tuple(slice(0, 2 * n if m > 1 else 1) for n, m in zip(data.shape, finer.shape))].astype("f8")
            for axis in range(3):
                if finer.shape[axis] > 1:
                    pairs = cut.reshape(cut.shape[:axis] + (-1, 2) + cut.shape[axis + 1 :])
                    cut = pairs.mean(axis=axis + 1)
            assert np.abs(cut - data.astype("f8")).max() <= 0.5, name
        finer = data
    assert all(n <= m for n, m in zip(finer.shape, (2, 8, 9))), (name, finer.shape)


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2])
