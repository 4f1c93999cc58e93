"""One emulated machine with its image: power, serial console, shell, monitor. Standard library alone.

A `Machine` is started with a disk and killed like a power cut. Its console comes line by line with the
host's clock beside each line. `run` asks a shell inside, which only the test's copy of the image has.
"""

import json
import os
import re
import socket
import subprocess
import threading
import time

#: A machine in pure emulation, on a host that others use too: how long anything may take.
PATIENCE = 240.0


class Lost(Exception):
    """The machine did not do what was waited for; the message says what, and ends with its console."""


class Machine:
    """QEMU with `disk`; `arch` amd64 or arm64. Unix sockets lie in `folder`."""

    def __init__(self, arch, disk, folder, extra=(), disk_options="cache=writeback"):
        self.arch, self.folder = arch, str(folder)
        self.lines = []  # (seconds since power on, text)
        self.lost = False
        self._news = threading.Condition()
        for name in ("agent", "records", "qmp"):
            path = f"{self.folder}/{name}"
            if os.path.exists(path):
                os.unlink(path)
        command = self._command(disk, disk_options) + list(extra)
        self.log = open(f"{self.folder}/qemu.log", "ab")
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._agent = None

    def _command(self, disk, disk_options):
        port = "socket,server=on,wait=off,path=" + self.folder
        common = [
            "-m", "512", "-smp", "2", "-accel", "tcg,thread=multi", "-display", "none",
            "-serial", "stdio", "-monitor", "none", "-no-reboot", "-nic", "none",
            "-drive", f"file={disk},format=raw,if=virtio,{disk_options}",
            "-device", "virtio-rng-pci",
            "-device", "i6300esb", "-action", "watchdog=reset",
            "-device", "qemu-xhci,id=xhci",
            "-device", "virtio-serial-pci",
            "-chardev", f"{port}/agent,id=agent",
            "-device", "virtserialport,chardev=agent,name=standpipe.agent",
            "-chardev", f"{port}/records,id=records",
            "-device", "virtserialport,chardev=records,name=standpipe.records",
            "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
        ]  # fmt: skip
        if self.arch == "amd64":
            firmware = "/usr/share/ovmf/OVMF.fd"
            return ["qemu-system-x86_64", "-M", "pc", "-cpu", "Nehalem", "-bios", firmware, *common]
        firmware = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
        return [
            "qemu-system-aarch64", "-M", "virt,acpi=off", "-cpu", "cortex-a72", "-bios", firmware,
            "-qtest", f"unix:{self.folder}/qtest,server=on,wait=off", *common,
        ]  # fmt: skip

    # --- Console ---------------------------------------------------------------------------------

    def _read(self):
        with open(f"{self.folder}/console", "ab") as log:
            for raw in self.process.stdout:
                log.write(raw)
                log.flush()
                text = re.sub(r"\x1b\[[0-9;?=]*[a-zA-Z]|[\r\x00]", "", raw.decode("utf-8", "replace"))
                with self._news:
                    self.lines.append((time.monotonic() - self.began, text.strip("\n")))
                    self._news.notify_all()
        with self._news:
            self.lost = True
            self._news.notify_all()

    def wait_for(self, pattern, seconds=PATIENCE, since=0):
        """Waits for a console line that matches; its time since power on and the match."""
        until = time.monotonic() + seconds
        position = since
        with self._news:
            while True:
                while position < len(self.lines):
                    when, text = self.lines[position]
                    found = re.search(pattern, text)
                    position += 1
                    if found:
                        return when, found
                left = until - time.monotonic()
                if left <= 0 or self.lost:
                    raise Lost(f"no line /{pattern}/ in {seconds:.0f} s" + self.console_tail())
                self._news.wait(left)

    def processor(self):
        """Processor seconds of the emulator so far: what a busy host does not change much."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def console_tail(self, count=25):
        """The end of the console, for a message."""
        return "\n" + "\n".join(f"    {when:7.1f} {text}" for when, text in self.lines[-count:])

    def edges(self, line, since=0):
        """Levels that the kernel told a GPIO line to have taken, as (seconds, level)."""
        found = []
        for when, text in list(self.lines[since:]):
            match = re.search(r"gpio-sim: edge (\d+) ([01])", text)
            if match and int(match[1]) == line:
                found.append((when, int(match[2])))
        return found

    # --- Shell -----------------------------------------------------------------------------------

    def connect(self, name, seconds=PATIENCE):
        """A connection to one of the machine's ports."""
        until = time.monotonic() + seconds
        while True:
            port = socket.socket(socket.AF_UNIX)
            try:
                port.connect(f"{self.folder}/{name}")
                return port
            except OSError as error:
                port.close()
                if time.monotonic() > until or self.lost:
                    raise Lost(f"port {name}: {error}" + self.console_tail()) from error
                time.sleep(0.1)

    def run(self, command, seconds=PATIENCE, check=True):
        """What a command prints inside, without its last end of line. Raises when it fails."""
        if self._agent is None:
            self._agent = self.connect("agent")
            self._heard = b""
            self._number = 0
            self._agent.sendall(b"go\n")
        self._number += 1
        mark = f"@@{self._number}@@"
        self._agent.sendall(f"{{ {command}\n}} 2>&1; printf '\\n%s%s%s\\n' @@{self._number} @@ $?\n".encode())
        until = time.monotonic() + seconds
        while True:
            found = re.search(rb"(.*?)\n?" + mark.encode() + rb"(\d+)\r?\n", self._heard, re.S)
            if found:
                self._heard = self._heard[found.end() :]
                output = found[1].decode("utf-8", "replace").replace("\r\n", "\n").strip("\n")
                if check and found[2] != b"0":
                    raise Lost(f"in the machine: {command}: status {found[2].decode()}: {output}")
                return output
            self._agent.settimeout(max(0.1, until - time.monotonic()))
            try:
                data = self._agent.recv(65536)
            except TimeoutError:
                data = b""
            if not data:
                raise Lost(f"in the machine: {command}: no end in {seconds:.0f} s" + self.console_tail())
            self._heard += data

    def pull(self, line, level):
        """A contact on a GPIO line."""
        self.run(f"echo pull-{'up' if level else 'down'} > /run/board/sim_gpio{line}/pull")

    def value(self, line):
        """The level of a GPIO line."""
        return int(self.run(f"cat /run/board/sim_gpio{line}/value"))

    # --- Monitor and power -----------------------------------------------------------------------

    def monitor(self, execute, **arguments):
        """One command of QEMU's own monitor."""
        port = self.connect("qmp")
        stream = port.makefile("rw")
        stream.readline()
        answer = None
        for request in ({"execute": "qmp_capabilities"}, {"execute": execute, "arguments": arguments}):
            stream.write(json.dumps(request) + "\n")
            stream.flush()
            while True:
                answer = json.loads(stream.readline())
                if "return" in answer or "error" in answer:
                    break
        port.close()
        if "error" in answer:
            raise Lost(f"monitor {execute}: {answer['error']}")
        return answer["return"]

    def wait_for_reset(self, seconds=PATIENCE):
        """Waits until the machine has reset itself, which ends QEMU; seconds since power on."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise Lost(f"no reset in {seconds:.0f} s" + self.console_tail()) from error
        when = time.monotonic() - self.began
        self._reader.join(5)
        return when

    def cut_power(self):
        """Kills the machine at once."""
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        if self._agent:
            self._agent.close()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(5)
        if self._agent:
            self._agent.close()
        self.log.close()
