"""Which extensions are those of images, in tars, in folders and as names of Parquet columns.

Whether an image can be decoded is found out where it is decoded: an extension that is listed here and a format that
cannot be read end as `not_an_image`, with the format named, and not as an image that nobody saw.
"""

from __future__ import annotations

from typing import Final

# What nearly every image of a corpus is. A sample that has one of these and one of the others is known by this one.
COMMON_IMAGES: Final = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff")
OTHER_IMAGES: Final = (
    "jfif", "jpe", "avif", "heic", "heif", "jxl", "jp2", "j2k", "ppm", "pgm", "pbm", "pnm", "tga", "ico", "psd", "svg",
)  # fmt: skip
IMAGE_EXTENSIONS: Final = COMMON_IMAGES + OTHER_IMAGES
