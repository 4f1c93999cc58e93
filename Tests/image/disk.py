"""Disk images of the test's machines: copies, files on the boot partition, sticks. Uses mtools, no mounts."""

import os
import subprocess

#: Where the image's boot partition begins (deploy/image/make-image).
BOOT = "@@1M"


def copy(image, target):
    """A machine's own disk, sparse."""
    subprocess.run(["cp", "-L", "--sparse=always", "--reflink=auto", image, target], check=True)
    return target


def put(disk, source, name):
    """Puts a file on the boot partition."""
    subprocess.run(["mcopy", "-o", "-i", f"{disk}{BOOT}", source, f"::{name}"], check=True)


def get(disk, name):
    """A file of the boot partition as text; None when it is not there."""
    return _type(f"{disk}{BOOT}", name)


def stick(path, files, megabytes=16):
    """A USB stick without partitions, with `files`: name -> path."""
    with open(path, "wb") as file:
        file.truncate(megabytes << 20)
    subprocess.run(["mkfs.vfat", "-n", "STICK", path], check=True, stdout=subprocess.DEVNULL)
    for name, source in files.items():
        subprocess.run(["mcopy", "-i", path, source, f"::{name}"], check=True)
    return path


def read_stick(path, name):
    """A file of a stick as text; None when it is not there."""
    return _type(path, name)


def _type(image, name):
    done = subprocess.run(["mtype", "-i", image, f"::{name}"], capture_output=True)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def megabytes(path):
    """Size of a file."""
    return os.path.getsize(path) / (1 << 20)
