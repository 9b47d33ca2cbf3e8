# Compiles sources to bytecode for rpip; run as `python -I -S -B -W ignore -c <this>`.
#
# Says the magic number (4 bytes); then reads batches from stdin: a count, then for each file three
# texts with their lengths before them (source, target, name in tracebacks), the source's size and
# its time; numbers are 32-bit little-endian. Answers five bytes a file: `+` written, `-` not
# compilable, `?` not the size and time that were given, `!` not readable or writable; and the
# size of what was written.
import gc
import marshal
import os
import struct
import sys

try:
    from _frozen_importlib_external import MAGIC_NUMBER
except ImportError:
    from importlib.util import MAGIC_NUMBER


def compile_file(source, target, name, size, modified):
    try:
        with open(source, "rb", 0) as file:
            status = os.fstat(file.fileno())
            text = file.read()
    except OSError:
        return b"!", 0
    if (size, modified) != (status.st_size & 0xFFFFFFFF, int(status.st_mtime) & 0xFFFFFFFF):
        return b"?", 0
    try:
        # As importlib's SourceLoader.source_to_code.
        code = compile(text, name.decode("utf-8"), "exec", dont_inherit=True, optimize=0)
        data = marshal.dumps(code)
    except Exception:
        return b"-", 0
    # Checked against the source's time and size (PEP 552, flags 0).
    data = MAGIC_NUMBER + struct.pack("<III", 0, modified, size) + data
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        with open(descriptor, "wb", 0) as file:
            file.write(data)
        # So that a change of the file in the cache shows, as with its source.
        os.utime(target, (status.st_mtime, status.st_mtime))
    except OSError:
        return b"!", 0
    return b"+", len(data)


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
        for job in [(text(), text(), text(), number(), number()) for _ in range(number())]:
            os.write(1, struct.pack("<cI", *compile_file(*job)))
        gc.collect(1)


main()
