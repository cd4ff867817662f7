"""The peers of the formats, run one call at a time by the bench: tensorstore, tifffile.

Reads lines `PEER ARGUMENT...` and answers each with the nanoseconds that one call took, or with `missing: why`. What a peer
prepares (opening, loading what it writes) is not timed.

    pip install -r benches/io/requirements.txt
"""

import os
import shutil
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
    shutil.rmtree(path, ignore_errors=True)
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


@peer
def tifffile_write(path, data, compression):
    import numpy
    import tifffile

    if data not in LOADED:
        LOADED[data] = numpy.fromfile(data, dtype="u2").reshape(32, 2048, 2048)
    options = {"ome": True, "metadata": {"axes": "ZYX"}, "maxworkers": 2}
    if compression == "deflate":
        options |= {"compression": "zlib", "compressionargs": {"level": 6}, "predictor": 2, "tile": (256, 256)}

    def call():
        tifffile.imwrite(path, LOADED[data], **options)
        # Ours is on the disk when it is finished.
        with open(path, "rb") as file:
            os.fsync(file.fileno())

    return call


@peer
def tifffile_read(path):
    import tifffile

    return lambda: tifffile.imread(path, maxworkers=2)


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
