"""Makes clips of Y4M with ffmpeg, and what ffmpeg makes of them: `python y4m.py y4m` (needs imageio-ffmpeg and numpy).

Of each colour space there is `NAME.y4m`, two frames of 12 x 6, and `NAME.rgb`, their colours as ffmpeg computes them (8 bits, or 16
with the low byte first), each pixel with the colour difference of its block.
"""

import pathlib
import subprocess
import sys

import imageio_ffmpeg
import numpy

folder = pathlib.Path(sys.argv[1])
ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
HEIGHT, WIDTH = 6, 12
# Smooth in blocks of four, so that it does not matter how colour differences are averaged.
blocks = numpy.random.default_rng(1).integers(0, 256, (2, 3, 3, 3), dtype=numpy.uint8)
frames = blocks.repeat(2, axis=1).repeat(4, axis=2)[:, :HEIGHT, :WIDTH]
raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", "30000/1001", "-i", "-"]
flags = ["-sws_flags", "neighbor+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"]


def run(arguments, content=None):
    command = [ffmpeg, "-v", "error", "-y", *arguments]
    return subprocess.run(command, input=content, check=True, capture_output=True).stdout


formats = {
    "420jpeg": ("yuv420p", ["-chroma_sample_location", "center"], "rgb24"),
    "420jpeg_full": ("yuvj420p", ["-chroma_sample_location", "center"], "rgb24"),
    "422": ("yuv422p", [], "rgb24"),
    "444": ("yuv444p", [], "rgb24"),
    "411": ("yuv411p", [], "rgb24"),
    "420p10": ("yuv420p10le", ["-strict", "-1"], "rgb48le"),
    "444p12": ("yuv444p12le", ["-strict", "-1"], "rgb48le"),
    "mono": ("gray", [], "gray"),
    "mono16": ("gray16le", ["-strict", "-1"], "gray16le"),
}
for name, (pixels, options, back) in formats.items():
    path = folder / f"{name}.y4m"
    run([*raw, *flags, "-pix_fmt", pixels, *options, "-f", "yuv4mpegpipe", str(path)], frames.tobytes())
    colours = run(["-i", str(path), *flags, "-pix_fmt", back, "-f", "rawvideo", "-"])
    (folder / f"{name}.rgb").write_bytes(colours)
