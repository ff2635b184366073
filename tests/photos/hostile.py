"""Makes a folder of files that want to hurt or to leak, out of one honest JPEG: hostile.py PORTRAIT FOLDER. Standard library only."""

import os
import struct
import sys
import zlib

portrait, folder = sys.argv[1:]
with open(portrait, "rb") as file:
    jpeg = file.read()


def put(name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width, height, rows, *more):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


def with_segments(*segments):
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def exif(orientation):
    secret = b"SECRET-PLACE\0"
    tiff = b"II*\0\x08\0\0\0" + struct.pack("<H", 2)
    tiff += struct.pack("<HHII", 0x0112, 3, 1, orientation) + struct.pack("<HHII", 0x010E, 2, len(secret), 38)
    return segment(0xE1, b"Exif\0\0" + tiff + b"\0\0\0\0" + secret)


# Refused.
put("empty.jpg", b"")
put("half.jpg", jpeg[: len(jpeg) // 2])
put("header.jpg", jpeg[:200])
put("page.jpg", b"<!doctype html><script>alert(1)</script>")
put("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
put("archive.png", b"PK\x03\x04" + b"\0" * 60)
put("program.jpg", b"MZ\x90\0" + b"\0" * 60)
put("moving.gif", b"GIF89a" + b"\0" * 60)
put("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
put("film.jpg", b"\0\0\0\x18ftypisom\0\0\0\0isomavc1")
put("noise.jpg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20)
put("bomb-900-megapixel.png", png(30000, 30000, b"\0" * 1000))
put("bomb-side.png", png(2**31 - 1, 2**31 - 1, b"\0" * 1000))
put("no-pixels.png", png(0, 10, b""))
good = png(4, 4, (b"\0" + b"\x80\x80\x80" * 4) * 4)
put("checksum.png", good[:-20] + bytes([good[-20] ^ 1]) + good[-19:])
frames = chunk(b"acTL", struct.pack(">II", 2, 0))
put("moving.png", png(4, 4, (b"\0" + b"\x80\x80\x80" * 4) * 4, frames))
height = jpeg.index(b"\xff\xc0") + 5
put("bomb-header.jpg", jpeg[:height] + b"\xff\xdc\xff\xdc" + jpeg[height + 4 :])

# Accepted, and clean afterwards. The portrait was taken on its side and says so; what stands before it says otherwise.
put("lying.jpg", with_segments(exif(1), segment(0xFE, b"SECRET-COMMENT"), segment(0xED, b"Photoshop 3.0\0SECRET-IPTC")))
put("hidden.jpg", with_segments(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<SECRET-XMP/>")) + jpeg + b"SECRET-BEHIND")
put("many.jpg", with_segments(*[segment(0xE1, b"Exif\0\0SECRET-%d" % n) for n in range(2000)]))
put("tiny.png", good)
put("text.png", png(4, 4, (b"\0" + b"\x80\x80\x80" * 4) * 4, chunk(b"zTXt", b"SECRET\0\0" + zlib.compress(b"SECRET" * 100000))))
put("wrong-name.png", jpeg)
