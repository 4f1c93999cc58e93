"""A disk with a volatile write cache, for machines whose power is cut: an NBD server on a Unix socket.

What a guest has written stands in the cache until it asks for a flush. When the power goes, each piece of
4 KiB that was not flushed is on the disk or is not, by the seed: reordered and torn, as a cheap flash disk
leaves it. That is harder than killing QEMU alone, whose writes all reach the host.

    file  <path>         what a reader sees
    file  <path>.durable what the power cannot take away

Protocol: fixed newstyle handshake, simple replies, READ WRITE DISC FLUSH and the FUA flag (the NBD
project's doc/proto.md).
"""

import os
import socket
import struct
import subprocess
import threading

PIECE = 4096
MAGIC, OPTION_MAGIC, REPLY_MAGIC = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9
EXPORT_NAME, ABORT, GO = 1, 2, 7
HAS_FLAGS, SEND_FLUSH, SEND_FUA = 1, 4, 8


class PowerDisk:
    """Serves `path`; `cut` decides what survives, with `chance`, a `random.Random`."""

    def __init__(self, path, address, chance):
        self.path, self.address, self.chance = path, address, chance
        self.size = os.path.getsize(path)
        self.pending = []  # (offset, length) in the order of writing
        self.lost = self.kept = self.flushes = 0
        subprocess.run(["cp", "--sparse=always", "--reflink=auto", path, path + ".durable"], check=True)
        self.seen = os.open(path, os.O_RDWR)
        self.durable = os.open(path + ".durable", os.O_RDWR)
        self.listener = None
        self.thread = None

    def power_on(self):
        """Listens for one machine."""
        if os.path.exists(self.address):
            os.unlink(self.address)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.address)
        self.listener.listen(1)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def cut(self):
        """After the machine was killed: what was not flushed is lost, piece by piece, by chance."""
        self.listener.close()
        self.thread.join(10)
        pieces = []
        for offset, length in self.pending:
            pieces += [(o, min(PIECE, offset + length - o)) for o in range(offset, offset + length, PIECE)]
        self.pending = []
        keep_all = self.chance.random()
        for offset, length in pieces:
            if self.chance.random() < keep_all:
                os.pwrite(self.durable, os.pread(self.seen, length, offset), offset)
                self.kept += 1
            else:
                self.lost += 1
        for offset, length in pieces:
            os.pwrite(self.seen, os.pread(self.durable, length, offset), offset)

    def close(self):
        """Ends the disk."""
        os.close(self.seen)
        os.close(self.durable)

    # --- The protocol ----------------------------------------------------------------------------

    def _serve(self):
        try:
            link, _ = self.listener.accept()
            with link:
                if self._greet(link):
                    while self._command(link):
                        pass
        except (OSError, EOFError, struct.error):
            pass  # the machine is gone

    def _greet(self, link):
        link.sendall(struct.pack(">QQH", MAGIC, OPTION_MAGIC, 1))
        flags = HAS_FLAGS | SEND_FLUSH | SEND_FUA
        no_zeroes = struct.unpack(">I", _exactly(link, 4))[0] & 2
        while True:
            _, option, length = struct.unpack(">QII", _exactly(link, 16))
            _exactly(link, length)
            if option == EXPORT_NAME:
                link.sendall(struct.pack(">QH", self.size, flags) + (b"" if no_zeroes else bytes(124)))
                return True
            if option == GO:
                info = struct.pack(">HQH", 0, self.size, flags)
                link.sendall(struct.pack(">QIII", REPLY_MAGIC, option, 3, len(info)) + info)
                link.sendall(struct.pack(">QIII", REPLY_MAGIC, option, 1, 0))
                return True
            if option == ABORT:
                return False
            link.sendall(struct.pack(">QIII", REPLY_MAGIC, option, 0x80000001, 0))  # not supported

    def _command(self, link):
        _, flags, kind, handle, offset, length = struct.unpack(">IHHQQI", _exactly(link, 28))
        answer = struct.pack(">IIQ", 0x67446698, 0, handle)
        if kind == 0:
            link.sendall(answer + os.pread(self.seen, length, offset))
        elif kind == 1:
            data = _exactly(link, length)
            os.pwrite(self.seen, data, offset)
            if flags & 1:  # force unit access
                os.pwrite(self.durable, data, offset)
            else:
                self.pending.append((offset, length))
            link.sendall(answer)
        elif kind == 3:
            for place, count in self.pending:
                os.pwrite(self.durable, os.pread(self.seen, count, place), place)
            self.pending = []
            self.flushes += 1
            link.sendall(answer)
        else:
            return False
        return True


def _exactly(link, count):
    data = bytearray()
    while len(data) < count:
        piece = link.recv(min(1 << 20, count - len(data)))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)
