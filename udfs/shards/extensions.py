"""The file extensions that mark an image: in tars, in folders and as names of Parquet columns.

Only decoding finds out whether an image can be read. If a file has one of these extensions but a format that cannot be
read, its sample gets the status `not_an_image` with the format's name, so that no image goes unnoticed.
"""

from __future__ import annotations

from typing import Final

# The extensions of nearly all images. If a sample has an image of these and one of the others, this one is its image.
COMMON_IMAGES: Final = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff")
OTHER_IMAGES: Final = (
    "jfif", "jpe", "avif", "heic", "heif", "jxl", "jp2", "j2k", "ppm", "pgm", "pbm", "pnm", "tga", "ico", "psd", "svg",
)  # fmt: skip
IMAGE_EXTENSIONS: Final = COMMON_IMAGES + OTHER_IMAGES
