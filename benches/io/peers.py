"""The peers of the formats, run one call at a time by the bench: tensorstore, tifffile.

Reads lines `PEER ARGUMENT...` and answers each with the nanoseconds that one call took, or with `missing: why`. What a peer
prepares (opening, loading what it writes) is not timed.

    pip install -r benches/io/requirements.txt
"""

import os
import sys
import time

PEERS = {}
LOADED = {}


def peer(function):
    """Registers `function(*arguments)`, which prepares and returns the call to be timed."""
    PEERS[function.__name__] = function
    return function


def spec(path, sync):
    kvstore = {"driver": "file", "path": path, "file_io_sync": sync}
    # Two threads work, as for the others; twice as many wait for files.
    context = {"data_copy_concurrency": {"limit": 2}, "file_io_concurrency": {"limit": 4}}
    return {"driver": "zarr3", "kvstore": kvstore, "context": context}


@peer
def tensorstore_read(path):
    import tensorstore

    array = tensorstore.open(spec(path, True)).result()
    return lambda: array.read().result()


@peer
def tensorstore_write(path, data, side, chunk, sync):
    import numpy
    import tensorstore

    side, chunk = int(side), int(chunk)
    if data not in LOADED:
        LOADED[data] = numpy.fromfile(data, dtype="u2").reshape(side, side, side)
    os.sync()
    codecs = [
        {"name": "bytes", "configuration": {"endian": "little"}},
        {"name": "zstd", "configuration": {"level": 1, "checksum": False}},
    ]
    metadata = {
        "shape": [side] * 3,
        "data_type": "uint16",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [chunk] * 3}},
        "codecs": codecs,
    }

    def call():
        options = {**spec(path, sync == "sync"), "metadata": metadata, "create": True}
        tensorstore.open(options).result().write(LOADED[data]).result()

    return call


def tifffile_options(compression, predictor, layout):
    levels = {"zlib": 6, "zstd": 3}
    options = {"maxworkers": 2}
    if compression != "none":
        options["compression"] = compression
    if compression in levels:
        options["compressionargs"] = {"level": levels[compression]}
    if predictor == "yes":
        options["predictor"] = True
    if layout == "tiles":
        options["tile"] = (256, 256)
    return options


@peer
def tifffile_write(path, data, dtype, axes, shape, compression, predictor, layout, sync):
    import numpy
    import tifffile

    shape = tuple(map(int, shape.split(",")))
    if LOADED.get("name") != data:
        LOADED.update(name=data, image=numpy.fromfile(data, dtype=dtype).reshape(shape))
    options = tifffile_options(compression, predictor, layout)
    options["photometric"] = "rgb" if axes.endswith("c") else "minisblack"
    if len(shape) - axes.endswith("c") > 2:
        options |= {"ome": True, "metadata": {"axes": axes.upper()}}

    if os.path.exists(path):
        os.remove(path)

    def call():
        tifffile.imwrite(path, LOADED["image"], **options)
        if sync == "sync":
            with open(path, "rb") as file:
                os.fsync(file.fileno())

    return call


def tifffile_part(path, part):
    import tifffile

    options = {"maxworkers": 2}
    if part != "all":
        ranges = [tuple(map(int, text.split(":"))) for text in part.split(",")]
        options["selection"] = tuple(slice(*bounds) for bounds in ranges)
    return tifffile.imread(path, **options)


@peer
def tifffile_read(path, part):
    return lambda: tifffile_part(path, part)


@peer
def tifffile_refill(path, part):
    import tifffile

    if LOADED.get("kept of") != path:
        LOADED.update({"kept of": path, "kept": tifffile_part(path, part)})
    return lambda: tifffile.imread(path, maxworkers=2, out=LOADED["kept"])


@peer
def tifffile_save(path, part, to):
    """Not for its time: what was read, for us to compare."""
    import numpy

    return lambda: numpy.save(to, numpy.ascontiguousarray(tifffile_part(path, part)))


def main():
    for line in sys.stdin:
        try:
            name, *arguments = line.split()
            call = PEERS[name](*arguments)
            begin = time.perf_counter_ns()
            call()
            print(time.perf_counter_ns() - begin, flush=True)
        except Exception as error:  # whatever is wrong with a peer, the bench goes on without it
            print(f"missing: {error!r}".replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
