"""Makes the files of the corpus that fuzzers begin with, by the libraries that people write such files with.

    python fuzz/seeds.py fuzz/corpus

Needs those of tests/io/interop/requirements.txt. Files that were found later are not touched. Each name begins with what has to
become of the file: `read` or `refused`.
"""

import gzip
import io
import json
import os
import shutil
import struct
import sys
import tempfile
import zipfile
import zlib

import nibabel
import numpy
import tifffile
import zarr
from PIL import Image
from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    ShardingCodec,
    TransposeCodec,
    ZstdCodec,
)

CORPUS = sys.argv[1]
LARGEST = 4096


def put(parser, name, content):
    if isinstance(content, str):
        content = content.encode()
    assert len(content) <= LARGEST, f"{parser}/{name}: {len(content)} bytes"
    folder = os.path.join(CORPUS, parser)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def ramp(shape, dtype):
    return (numpy.arange(numpy.prod(shape)) * 7 % 120).reshape(shape).astype(dtype)


def tiff():
    def page(name, image, **options):
        file = io.BytesIO()
        options.setdefault("software", False)
        options.setdefault("metadata", None)
        options.setdefault("photometric", "minisblack")
        big = options.pop("bigtiff", False)
        order = options.pop("byteorder", "<")
        kind = {key: options.pop(key) for key in ["ome", "imagej"] if key in options}
        with tifffile.TiffWriter(file, bigtiff=big, byteorder=order, **kind) as writer:
            writer.write(image, **options)
        put("tiff", f"read_{name}", file.getvalue())
        return file.getvalue()

    plain = page("u8", ramp((9, 11), "u1"))
    page("u16_big_endian_deflate", ramp((9, 11), "u2"), byteorder=">", compression="zlib", predictor=2)
    page("bigtiff_tiles_zstd", ramp((20, 35), "i4"), bigtiff=True, tile=(16, 16), compression="zstd")
    page("lzw", ramp((9, 30), "u1"), compression="lzw")
    page("packbits", numpy.zeros((9, 30), "u1"), compression="packbits")
    page("f32_predictor", ramp((9, 11), "f4"), compression="zlib", predictor=3)
    page("rgb", ramp((9, 11, 3), "u1"), photometric="rgb")
    page("rgb_planes", ramp((3, 9, 11), "u1"), photometric="rgb", planarconfig="separate")
    page("rgb_jpeg", ramp((16, 16, 3), "u1"), photometric="rgb", compression="jpeg", tile=(16, 16))
    page("grey_jpeg", ramp((16, 16), "u1"), compression="jpeg")
    page("bits", ramp((9, 11), "u1") > 60)
    page("pages", ramp((4, 5, 6), "u1"), rowsperstrip=2)
    page("imagej", ramp((2, 3, 5, 6), "u2"), imagej=True, metadata={"axes": "ZCYX", "unit": "um", "spacing": 0.5}, resolution=(2.0, 2.0))
    sizes = {"axes": "CZYX", "PhysicalSizeX": 0.25, "PhysicalSizeXUnit": "um", "Channel": {"Name": ["a", "b"]}}
    page("ome", ramp((2, 3, 5, 6), "u1"), ome=True, metadata=sizes)
    page("shaped", ramp((2, 3, 5, 6), "u1"), metadata={"axes": "TZYX"})
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(ramp((32, 32), "u1"), subifds=1, tile=(16, 16), compression="zlib", software=False, metadata=None)
        writer.write(ramp((16, 16), "u1"), subfiletype=1, tile=(16, 16), compression="zlib", software=False, metadata=None)
    put("tiff", "read_pyramid", file.getvalue())
    put("tiff", "refused_cut", plain[:-20])


def archive(parser, name, folder, within="", begin="read"):
    """The files of a folder as one, in the form that tests/corpus/parsers/archive.rs tells."""
    parts = [f"{within}\n".encode()]
    for root, _, files in sorted(os.walk(folder)):
        for file in sorted(files):
            path = os.path.join(root, file)
            with open(path, "rb") as opened:
                parts.append(f"-- {os.path.relpath(path, folder)} --\n".encode() + opened.read() + b"\n")
    put(parser, f"{begin}_{name}", b"".join(parts))


def stored(name, image, within="", attributes=None, path=None, version=3, group=None, **options):
    with tempfile.TemporaryDirectory() as folder:
        if path is not None:
            root = zarr.open_group(folder, mode="w", zarr_format=version)
            root.attrs.update(group or {})
            array = root.create_array(path, shape=image.shape, dtype=image.dtype, **options)
        else:
            array = zarr.create_array(folder, shape=image.shape, dtype=image.dtype, zarr_format=version, **options)
        array[...] = image
        array.attrs.update(attributes or {})
        archive("zarr", name, folder, within)


def zarrs():
    image = ramp((7, 9), "u2")
    for name, compressor in [("gzip", GzipCodec()), ("zstd", ZstdCodec()), ("zstd_summed", ZstdCodec(checksum=True)), ("crc32c", Crc32cCodec())]:
        stored(f"v3_{name}", image, chunks=(4, 5), compressors=[compressor])
    for cname in ["lz4", "blosclz", "zlib", "zstd"]:
        for shuffle in ["shuffle", "bitshuffle"]:
            stored(f"v3_blosc_{cname}_{shuffle}", ramp((40, 40), "u2"), chunks=(40, 40), compressors=[BloscCodec(cname=cname, shuffle=shuffle)])
    stored("v3_big_endian", image, chunks=(4, 5), compressors=None, serializer=BytesCodec(endian="big"))
    stored("v3_transposed", image, chunks=(4, 5), compressors=[GzipCodec()], filters=[TransposeCodec(order=(1, 0))])
    stored("v3_sharded", image, chunks=(2, 5), shards=(4, 10), compressors=[ZstdCodec()])
    for where in ["start", "end"]:
        for codecs in [[BytesCodec()], [BytesCodec(), Crc32cCodec()]]:
            sharding = ShardingCodec(chunk_shape=(2, 5), codecs=[BytesCodec()], index_codecs=codecs, index_location=where)
            summed = "_summed" if len(codecs) > 1 else ""
            stored(f"v3_shard_index_{where}{summed}", image, chunks=(4, 10), compressors=None, serializer=sharding)
    stored("v3_v2_keys", image, chunks=(4, 5), compressors=None, chunk_key_encoding={"name": "v2", "separator": "."})
    stored("v3_names", ramp((2, 3, 4), "f4"), chunks=(1, 3, 4), compressors=None, dimension_names=["z", "y", "x"], fill_value=numpy.nan)
    stored("v3_bool", image > 60, chunks=(4, 5), compressors=None)
    stored("v3_float64", ramp((3,), "f8"), chunks=(2,), compressors=None, fill_value=-0.5)
    stored("v2_raw", image, version=2, chunks=(4, 5), compressors=None)
    stored("v2_order_f", image, version=2, chunks=(4, 5), compressors=None, order="F")
    stored("v2_slashes", image, version=2, chunks=(4, 5), compressors=None, chunk_key_encoding={"name": "v2", "separator": "/"})
    from numcodecs import GZip, Blosc, Zlib, Zstd

    for codec in [GZip(), Zlib(), Zstd(), Blosc(cname="lz4")]:
        stored(f"v2_{codec.codec_id}", image, version=2, chunks=(4, 5), compressors=codec)
    stored("v2_big_endian", image.astype(">u2"), version=2, chunks=(4, 5), compressors=None)
    stored("v2_int64", ramp((3, 2), "i8"), version=2, chunks=(3, 1), compressors=None, fill_value=-3)
    stored("child", image, path="only", chunks=(7, 9), compressors=None)
    stored("within", image, path="a/b", within="a/b", chunks=(7, 9), compressors=None)
    axes = [
        {"name": "c", "type": "channel"},
        {"name": "y", "type": "space", "unit": "micrometer"},
        {"name": "x", "type": "space", "unit": "micrometer"},
    ]
    scale = [{"type": "scale", "scale": [1, 0.5, 0.25]}, {"type": "translation", "translation": [0, 1, 2]}]
    multiscales = [{"name": "image", "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]
    omero = {"channels": [{"label": "nuclei", "color": "FF0000", "window": {"min": 0, "max": 255, "start": 0, "end": 200}}]}
    image = ramp((1, 7, 9), "u1")
    new = {"ome": {"version": "0.5", "multiscales": multiscales, "omero": omero}}
    stored("ome_5", image, path="0", group=new, chunks=(1, 7, 9), compressors=None)
    multiscales = [{**multiscales[0], "version": "0.4"}]
    old = {"multiscales": multiscales, "omero": omero}
    stored("ome_4", image, path="0", group=old, version=2, chunks=(1, 7, 9), compressors=None)
    stored("ome_4_scale_within", image, path="0", within="0", group=old, version=2, chunks=(1, 7, 9), compressors=None)
    image = image[0]
    multiscales = [{"version": "0.3", "axes": ["y", "x"], "datasets": [{"path": "0"}]}]
    stored("ome_3", image, path="0", group={"multiscales": multiscales}, version=2, chunks=(7, 9), compressors=None)
    stored("labels", image, path="cells", group={"labels": ["cells"]}, version=2, chunks=(7, 9), compressors=None)
    put("zarr", "refused_shape", '\n-- .zarray --\n{"zarr_format": 2, "shape": [-1], "chunks": [1], "dtype": "<u2", "compressor": null, "fill_value": 0, "order": "C", "filters": null}\n')
    put("zarr", "refused_outside", "../b\n-- .zgroup --\n{}\n")


def n5():
    def container(name, dtype, image, compression, pack, begin="read", within="", more=None):
        block = [4, 5]
        attributes = {"dimensions": image.shape[::-1], "blockSize": block[::-1], "dataType": dtype, "compression": compression, **(more or {})}
        parts = [f"{within}\n-- {within}{'/' if within else ''}attributes.json --\n{json.dumps(attributes)}\n".encode()]
        for y in range(0, image.shape[0], block[0]):
            for x in range(0, image.shape[1], block[1]):
                part = image[y : y + block[0], x : x + block[1]]
                head = struct.pack(">HHII", 0, 2, *part.shape[::-1])
                content = head + pack(part.astype(part.dtype.newbyteorder(">")).tobytes())
                path = f"{x // block[1]}/{y // block[0]}"
                parts.append(f"-- {within}{'/' if within else ''}{path} --\n".encode() + content + b"\n")
        if within:
            parts.append(b'-- attributes.json --\n{"n5": "2.5.1"}\n')
        put("n5", f"{begin}_{name}", b"".join(parts))

    import numcodecs

    image = ramp((7, 9), "u2")
    plain = lambda content: content
    container("raw", "uint16", image, {"type": "raw"}, plain)
    container("gzip", "uint16", image, {"type": "gzip", "level": 6}, lambda content: gzip.compress(content, mtime=0))
    container("zstd", "uint16", image, {"type": "zstd"}, lambda content: bytes(numcodecs.Zstd().encode(content)))
    container("within", "float32", image.astype("f4"), {"type": "raw"}, plain, within="a/b")
    tags = {"axistags": json.dumps({"axes": [{"key": "z"}, {"key": "x"}]}), "resolution": [2.0, 0.5], "units": ["um", "nm"]}
    container("tags", "uint8", image.astype("u1"), {"type": "raw"}, plain, more=tags)
    container("axes", "int8", image.astype("i1"), {"type": "raw"}, plain, more={"axes": ["x", "y"]})
    container("xz", "uint16", image, {"type": "xz"}, plain, begin="refused")
    container("zlib", "uint16", image, {"type": "gzip", "useZlib": True}, zlib.compress, begin="refused")


def nifti():
    def volume(name, kind, image, begin="read", change=None):
        file = kind(image, numpy.diag([0.5, 0.5, 2, 1]))
        file.header.set_xyzt_units("mm", "sec")
        if change:
            change(file.header)
        content = file.to_bytes()
        put("nifti", f"{begin}_{name}", content)
        return content

    image = ramp((5, 4, 3), "i2")
    content = volume("first", nibabel.Nifti1Image, image)
    volume("second", nibabel.Nifti2Image, image)
    volume("five_axes", nibabel.Nifti1Image, ramp((3, 4, 2, 2, 2), "f4"))
    put("nifti", "read_packed", gzip.compress(content, mtime=0))
    put("nifti", "read_packed_twice", gzip.compress(content[:400], mtime=0) + gzip.compress(content[400:], mtime=0))
    put("nifti", "refused_cut", content[:400])
    put("nifti", "refused_packed_cut", gzip.compress(content, mtime=0)[:60])
    scaled = bytearray(content)
    scaled[112:120] = struct.pack("<ff", 0.5, -3)
    put("nifti", "read_scaled", bytes(scaled))
    big = nibabel.Nifti1Image(image, numpy.eye(4), nibabel.Nifti1Header(endianness=">"))
    put("nifti", "read_big_endian", big.to_bytes())


def raw():
    whole = {
        "shape": [2, 5, 4, 3],
        "axes": "czyx",
        "dtype": "u16",
        "byte_order": "big",
        "offset": 16,
        "pixel_size": [{"size": 1.0}] + [{"size": 0.5, "unit": "micrometer"}] * 3,
        "channels": ["a", "b"],
        "range": [0.0, 4095.0],
    }
    put("raw", "read_all", json.dumps(whole))
    put("raw", "read_least", '{"shape": [5, 4], "dtype": "f32"}')
    put("raw", "read_empty_axis", '{"shape": [0, 4], "dtype": "bool", "offset": 1}')
    put("raw", "refused_unknown", '{"shape": [5, 4], "dtype": "f32", "ofset": 1}')
    put("raw", "refused_axes", '{"shape": [5, 4], "dtype": "u8", "axes": "zyx"}')
    put("raw", "refused_huge", '{"shape": [4294967296, 4294967296], "dtype": "u64"}')
    known = {"number": 1, "seconds": 2, "nanoseconds": 3}
    for name, old in [("read_replacing", 2), ("refused_replacing", 1)]:
        both = {
            "old_file": known,
            "old": {"shape": [old], "dtype": "u8"},
            "new_file": known,
            "new": {"shape": [1], "dtype": "u8"},
        }
        put("raw", name, json.dumps({"replacing": both}))


def numpys():
    def saved(name, image, **options):
        file = io.BytesIO()
        numpy.lib.format.write_array(file, image, **options)
        put("npy", f"read_{name}", file.getvalue())
        return file.getvalue()

    plain = saved("u16", ramp((5, 6), "u2"))
    saved("order_f", numpy.asfortranarray(ramp((5, 6, 2), "i4")))
    saved("big_endian", ramp((5, 6), ">f8"))
    saved("second", ramp((5,), "u1"), version=(2, 0))
    saved("third", ramp((5,), "i1"), version=(3, 0))
    saved("bool", ramp((5, 6), "u1") > 60)
    saved("empty", ramp((5, 0), "f4"))
    put("npy", "refused_cut", plain[:-1])
    put("npy", "refused_type", plain.replace(b"<u2", b"<c8"))
    for name, save in [("stored", numpy.savez), ("deflated", numpy.savez_compressed)]:
        file = io.BytesIO()
        save(file, image=ramp((5, 6), "u2"))
        put("npz", f"read_{name}", file.getvalue())
    put("npz", "refused_cut", file.getvalue()[:-30])
    numpy.savez(file := io.BytesIO(), a=ramp((5, 6), "u2"), b=ramp((3,), "u1"))
    put("npz", "refused_two", file.getvalue())
    with zipfile.ZipFile(file := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("image.npy", "w", force_zip64=True) as entry:
            entry.write(plain)
    put("npz", "read_zip64", file.getvalue())


def pictures():
    def picture(parser, name, image, **options):
        file = io.BytesIO()
        Image.fromarray(image).save(file, parser, **options) if isinstance(image, numpy.ndarray) else image.save(file, parser, **options)
        put(parser, f"read_{name}", file.getvalue())
        return file.getvalue()

    grey, colour = ramp((12, 10), "u1"), ramp((12, 10, 3), "u1")
    plain = picture("png", "grey", grey)
    picture("png", "grey_16", ramp((12, 10), "u2"))
    picture("png", "rgb", colour)
    picture("png", "rgba", ramp((12, 10, 4), "u1"))
    picture("png", "grey_alpha", ramp((12, 10, 2), "u1"))
    picture("png", "bits", Image.fromarray(grey > 60))
    palette = Image.fromarray(colour).quantize(8)
    picture("png", "palette", palette)
    put("png", "refused_cut", plain[:60])
    plain = picture("jpeg", "grey", grey)
    picture("jpeg", "rgb", colour)
    picture("jpeg", "rgb_halved", ramp((20, 20, 3), "u1"), subsampling="4:2:0")
    picture("jpeg", "progressive", colour, progressive=True)
    picture("jpeg", "cmyk", Image.fromarray(colour).convert("CMYK"))
    picture("jpeg", "restart", colour, restart_marker_blocks=1)
    put("jpeg", "refused_cut", plain[:200])


def texts():
    regions = ["0..1, 512..1024", "(0..3)", "()", " ( 1..2 , 3..4 ) ", "0..18446744073709551615", "(1, 512)", "7"]
    for nth, text in enumerate(regions):
        put("region", f"read_{nth}", text)
    for nth, text in enumerate(["", "1..", "3..2", "0..1,", "a", "0..18446744073709551616", "0..1" + ", 0..1" * 8, "1,,2"]):
        put("region", f"refused_{nth}", text)
    names = ["512M", "1.5 GiB", "zyx", "u16", "zstd:3", "deflate", "cells-2-3-4", "f32_2x3", ""]
    for nth, text in enumerate(names):
        put("names", f"read_{nth}", text)
    names = ["a.zarr/labels/0", "s3://bucket/a.zarr/0", "planes/p_{z:03}.tif", "a_*.png", "a[0-9]?.h5/volume/data", "p.n5.zarr//", "1e400", "{z}{roi:300}{"]
    for nth, text in enumerate(names):
        put("names", f"refused_{nth}", text)


def pipelines():
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../examples/data/nuclei.toml")) as file:
        put("pipeline", "read_nuclei", file.read())
    # The pipelines of the tests that use every kind of slot.
    with open(os.path.join(here, "../tests/pipeline/support.rs")) as file:
        texts = file.read().split('r#"')[1:]
    for nth, text in enumerate(texts):
        text = text.split('"#')[0].lstrip()
        put("pipeline", f"read_{nth}", text)
    put("pipeline", "refused_circle", 'version = 1\n[nodes.a]\noperator = "Identity"\ninput = "b"\n[nodes.b]\noperator = "Identity"\ninput = "a"\n')
    put("pipeline", "refused_deep", "version = 1\na = " + "[" * 200)


def clips():
    # Clips of ffmpeg: tests/io/data/y4m.py has made them.
    here = os.path.dirname(os.path.abspath(__file__))
    for name in ["411", "420jpeg_full", "420p10", "mono", "mono16"]:
        with open(os.path.join(here, f"../tests/io/data/y4m/{name}.y4m"), "rb") as file:
            content = file.read()
        put("y4m", f"read_{name}", content)
    put("y4m", "refused_cut", content[:-1])
    put("y4m", "read_no_frame", b"YUV4MPEG2 W64 H48 C420p16\n")
    put("y4m", "refused_size", b"YUV4MPEG2 W2147483648 H2147483648 C420p16\nFRAME\n1234")
    put("y4m", "refused_parameters_of_a_frame", b"YUV4MPEG2 W1 H1 Cmono\nFRAME Xa=b\n1FRAME\n2")


def crc32c(content):
    sum = 0xFFFFFFFF
    for byte in content:
        sum ^= byte
        for _ in range(8):
            sum = sum >> 1 ^ (0x82F63B78 if sum & 1 else 0)
    return sum ^ 0xFFFFFFFF


def journals():
    image = (numpy.arange(96) * 331).astype("<u2").reshape(8, 12)

    def entry(y, x, offset=0, wrong=0):
        block = image[y : y + 4, x : x + 6].tobytes()
        return struct.pack("<B4Q2QI", 2, y, x, y + 4, x + 6, offset, len(block), crc32c(block) ^ wrong)

    def framed(*records):
        return b"\0" + b"".join(bytes([len(record)]) + record for record in records)

    put("journal", "read_one", framed(entry(0, 6)))
    put("journal", "read_all", framed(entry(0, 0), entry(0, 6), entry(4, 0), entry(4, 6)))
    put("journal", "read_twice", framed(entry(0, 0), entry(0, 0, wrong=1), entry(0, 0)))
    put("journal", "refused_nothing", b"\0")
    put("journal", "refused_sum", framed(entry(0, 0, wrong=1)))
    put("journal", "refused_cut", framed(entry(0, 0)[:-1]))
    put("journal", "refused_bare", b"\1" + b"\3\0\0\0abc" + struct.pack("<I", crc32c(b"abc")))


if __name__ == "__main__":
    for make in [tiff, zarrs, n5, nifti, raw, numpys, pictures, texts, clips, pipelines, journals]:
        make()
