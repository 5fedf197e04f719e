"""Tones: made as samples, as G.711 A-law, as WAV files, and found again by Goertzel's algorithm."""
import math
import struct
import wave

RATE_HZ = 8000


def samples(frequency_hz, seconds, amplitude=8000, rate_hz=RATE_HZ):
    """Signed 16-bit samples of a sine."""
    step = 2 * math.pi * frequency_hz / rate_hz
    return [int(amplitude * math.sin(step * n)) for n in range(int(seconds * rate_hz))]


def alaw(sample):
    """One 16-bit sample as an A-law byte (ITU-T G.711)."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(abs(sample) >> 3, 4095) if sample >= 0 else min((-sample - 1) >> 3, 4095)
    exponent = max(0, magnitude.bit_length() - 5)
    mantissa = magnitude >> max(1, exponent) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55


def alaw_write(path, frequency_hz, seconds):
    """A file of A-law bytes, as SIPp streams it."""
    path.write_bytes(bytes(alaw(sample) for sample in samples(frequency_hz, seconds)))


def wav_write(path, frequency_hz, seconds):
    data = samples(frequency_hz, seconds)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(struct.pack(f"<{len(data)}h", *data))


def wav_read(path):
    """(samples of the first channel, rate); a header left open by a killed recorder is put up with."""
    raw = path.read_bytes()
    at = raw.find(b"data")
    if raw[:4] != b"RIFF" or at < 0:
        return [], RATE_HZ
    channels, rate_hz = struct.unpack("<HI", raw[22:28])
    body = raw[at + 8:]
    count = len(body) // 2
    return list(struct.unpack(f"<{count}h", body[:count * 2]))[::channels], rate_hz


def share(data, frequency_hz, rate_hz=RATE_HZ):
    """How much of the energy of `data` is at this frequency: 0 to 1."""
    energy = sum(sample * sample for sample in data)
    if not energy:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * frequency_hz / rate_hz)
    one = two = 0.0
    for sample in data:
        one, two = sample + factor * one - two, one
    power = one * one + two * two - factor * one * two
    return 2 * power / (len(data) * energy)


def windows_with(data, frequency_hz, rate_hz=RATE_HZ, window_s=0.1, least=0.8):
    """How many windows of `data` are that tone and nearly nothing else."""
    size = int(window_s * rate_hz)
    return sum(share(data[start:start + size], frequency_hz, rate_hz) >= least
               for start in range(0, len(data) - size + 1, size))
