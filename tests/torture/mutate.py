"""Messages damaged: by a seeded generator, so that what it found can be found again.

Hosts are kept whole: a damaged message may ask for anything, but nothing is to leave this machine for it.
"""
import re

HOST = re.compile(rb"127\.\d+\.\d+\.\d+")
NUMBER = re.compile(rb"\d+")
EXTREMES = [b"0", b"-1", b"1", b"255", b"65536", b"2147483648", b"4294967296", b"18446744073709551616",
            b"9" * 40, b"0" * 300, b"1e9", b"", b"\xd9\xa3"]
WORDS = [b"\r\n", b"\r\n\r\n", b"\n", b"\0", b"%s%n", b"\"", b"<", b">", b";", b",", b";tag=x", b";lr", b"@", b":",
         b" " * 200, b"\t", b"A" * 2000, b"\xff\xfe", b"%00", b"sip:", b"tel:1", b"SIP/2.0", b"SIP/3.0", b"INVITE",
         b"BYE", b"Via: ", b"Content-Length: 99999\r\n", b"Require: x\r\n", b"Route: <sip:", b"m=audio", b"[::1]",
         b"multipart/mixed;boundary=x", b"*", b"'", b"\\"]
HOST_MARK = b"\x01"
LENGTH_MAX = 60000  # of a datagram


def cut(rng, data):
    return data[:rng.randrange(len(data))]


def bits(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def noise(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + rng.randbytes(rng.randint(1, 20)) + data[at + rng.choice((0, 1, 20)):]


def word(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + rng.choice(WORDS) + data[at + rng.choice((0, 0, 1, 4)):]


def number(rng, data):
    found = rng.choice(list(NUMBER.finditer(data)) or [re.match(b"", data)])
    return data[:found.start()] + rng.choice(EXTREMES) + data[found.end():]


def _lines(change):
    def mutation(rng, data):
        lines = data.split(b"\r\n")
        change(rng, lines, rng.randrange(len(lines)), rng.randrange(len(lines)))
        return b"\r\n".join(lines)

    mutation.__name__ = change.__name__
    return mutation


@_lines
def line_lost(_rng, lines, i, _j):
    del lines[i]


@_lines
def line_twice(rng, lines, i, j):
    for _ in range(rng.choice((1, 1, 2, 40))):
        lines.insert(j, lines[i])


@_lines
def lines_swapped(_rng, lines, i, j):
    lines[i], lines[j] = lines[j], lines[i]


@_lines
def value_moved(_rng, lines, i, j):
    lines[i] = lines[i].partition(b":")[0] + b":" + lines[j].partition(b":")[2]


@_lines
def value_lost(_rng, lines, i, _j):
    lines[i] = lines[i].partition(b":")[0] + b":"


@_lines
def folded(rng, lines, i, _j):
    at = rng.randrange(len(lines[i]) + 1)
    lines[i] = lines[i][:at] + b"\r\n " + lines[i][at:]


@_lines
def parameter_added(rng, lines, i, _j):
    lines[i] += b";" + rng.choice((b"lr", b"tag=other", b"rport=1", b"branch=z9hG4bK", b"x=\"", b"maddr=0", b"=", b";;"))


MUTATIONS = (cut, bits, bits, noise, word, word, number, number, line_lost, line_twice, lines_swapped, value_moved,
             value_lost, folded, parameter_added)


def mutate(rng, data):
    """One or a few changes."""
    host = HOST.search(data)
    data = HOST.sub(HOST_MARK, data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice(MUTATIONS)(rng, data) or HOST_MARK
    return data.replace(HOST_MARK, host.group(0) if host else b"")[:LENGTH_MAX]
