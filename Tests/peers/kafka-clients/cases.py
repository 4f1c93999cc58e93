"""What every client sends and must read again, byte for byte, whoever sent it."""

from collections import namedtuple

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
CLIENTS = ("kcat", "confluent", "kafka-python", "kafka-python-2", "aiokafka")
BASE = 1_700_000_000_000

#: timestamp in milliseconds, None where the client cannot set it; headers in order.
Sent = namedtuple("Sent", "timestamp key value headers")
#: What came back.
Read = namedtuple("Read", "offset timestamp key value headers")


def topic(client, codec):
    return f"{client}.{codec}"


def records(client, codec):
    """The records of one topic, in order. Every value is unique, but for null and empty."""
    tag = topic(client, codec).encode()
    header = [("a", b"1"), ("b", b""), ("a", b"2"), ("\u00e4", b"three"), ("n", None), ("a", b"1")]
    if client == "kcat":
        # It sets no timestamp, and cannot send every byte.
        both = ((b"", b""), (None, None))
        times = (None,) * 64
    else:
        # A null with a null is refused by three of the clients themselves.
        both = ((None, b""), (b"", None), (b"", b""), (b"\x00\xff", b"\xfe\x00\n" + tag))
        if client == "confluent":
            both += ((None, None),)
        times = tuple(BASE + 1_000 * i for i in range(64))
    pairs = both + tuple(
        (b"key-%d" % (i % 7), tag + b" %d " % i + b"filler " * 60) for i in range(40))
    sent = [Sent(times[i], key, value, []) for i, (key, value) in enumerate(pairs)]
    if client.startswith("kafka-python"):
        # It refuses a header without a value itself.
        header = [h for h in header if h[1] is not None]
    sent[-1] = sent[-1]._replace(headers=header)
    if client != "kcat":
        sent[-2] = sent[-2]._replace(headers=[("bytes", b"\xff\n\x80")])
        # Not every clock goes forward.
        sent[10] = sent[10]._replace(timestamp=BASE - 5_000)
    return sent


def check(name, got, expected):
    """Every record, exactly, at offsets from 0 on."""
    for offset, (read, sent) in enumerate(zip(got, expected)):
        assert read.offset == offset, f"{name}: offset {read.offset} at {offset}"
        assert read.key == sent.key, f"{name} {offset}: key {read.key!r}, sent {sent.key!r}"
        assert read.value == sent.value, f"{name} {offset}: value {read.value!r}"
        assert list(read.headers) == sent.headers, f"{name} {offset}: headers {read.headers!r}"
        if sent.timestamp is None:
            assert read.timestamp > BASE, f"{name} {offset}: time {read.timestamp}"
        else:
            assert read.timestamp == sent.timestamp, f"{name} {offset}: time {read.timestamp}"
    assert len(got) == len(expected), f"{name}: {len(got)} records, sent {len(expected)}"


def check_times(name, offset_at, codec, sent):
    """Offsets for times: `offset_at(milliseconds)` gives an offset, or None behind the last."""
    last = len(sent) - 1
    assert offset_at(sent[last].timestamp + 1) is None, name
    for wanted in (0, 1, 11, last):
        found = offset_at(sent[wanted].timestamp)
        if codec == "none":
            assert found == wanted, f"{name}: {found} at the time of {wanted}"
        else:
            # A known limit: of a compressed batch the first record is given, so that what is asked
            # for comes, with something before it.
            assert found is not None and 0 <= found <= wanted, f"{name}: {found} for {wanted}"
