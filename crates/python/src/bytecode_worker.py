# Compiles sources to bytecode for rpip; run as `python -I -S -B -W ignore -c <this>`.
#
# Says the magic number (4 bytes); then for each batch on stdin (count, then for each file three
# texts with their lengths before them: source, target, name in tracebacks; numbers are 32-bit
# little-endian) answers one byte a file: `+` written, `-` not compilable, `!` not readable or writable.
import gc
import marshal
import os
import struct
import sys

try:
    from _frozen_importlib_external import MAGIC_NUMBER
except ImportError:
    from importlib.util import MAGIC_NUMBER


def compile_file(source, target, name):
    try:
        with open(source, "rb", 0) as file:
            status = os.fstat(file.fileno())
            text = file.read()
    except OSError:
        return b"!"
    try:
        # As importlib's SourceLoader.source_to_code.
        code = compile(text, name.decode("utf-8"), "exec", dont_inherit=True, optimize=0)
        data = marshal.dumps(code)
    except Exception:
        return b"-"
    # Checked against the source's time and size (PEP 552, flags 0).
    stamp = struct.pack("<III", 0, int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with open(descriptor, "wb", 0) as file:
            file.write(MAGIC_NUMBER + stamp + data)
    except OSError:
        return b"!"
    return b"+"


def main():
    stream = open(0, "rb")

    def number():
        data = stream.read(4)
        if len(data) < 4:
            # The other end is gone, or has no more work.
            os._exit(0)
        return struct.unpack("<I", data)[0]

    def text():
        return stream.read(number())

    # Compiling makes few cycles, and the collector would look at every syntax tree.
    gc.disable()
    os.write(1, MAGIC_NUMBER)
    while True:
        for source, target, name in [(text(), text(), text()) for _ in range(number())]:
            os.write(1, compile_file(source, target, name))
        gc.collect(1)


main()
