"""Patterns of routing keys, as a topic exchange has them: words between dots; `*` stands for one word,
`#` for none or more."""


def matches(pattern, key):
    """Whether the key's words are as the pattern says."""
    return _words(pattern.split("."), key.split(".") if key else [])


def _words(pattern, key):
    # Places in the key that the pattern may have come to: no pattern costs more than its length times
    # the key's.
    places = {0}
    for word in pattern:
        if word == "#":
            places = set(range(min(places), len(key) + 1)) if places else set()
        else:
            places = {p + 1 for p in places if p < len(key) and word in ("*", key[p])}
    return len(key) in places


TABLE = {
    ("key.1.*.*.1", "key.1.a.b.1"): True, ("key.1.*.*.1", "key.1.a.1"): False,
    ("key.1.*.*.1", "key.1.a.b.c.1"): False, ("key.1.*.*.1", "key.2.a.b.1"): False,
    ("key.#", "key"): True, ("key.#", "key.1.2.3"): True, ("key.#", "keys"): False,
    ("#", ""): True, ("#", "a.b"): True, ("*", ""): False, ("*", "a"): True, ("*", "a.b"): False,
    ("#.1", "1"): True, ("#.1", "key.1.a.b.1"): True, ("#.1", "key.1.2"): False,
    ("key.#.1.#", "key.1"): True, ("key.#.1.#", "key.a.1.b"): True, ("key.#.1.#", "key.a.b"): False,
    ("*.#.*", "a"): False, ("*.#.*", "a.b"): True, ("key..1", "key..1"): True,
    ("key.*.1", "key..1"): True,
}
