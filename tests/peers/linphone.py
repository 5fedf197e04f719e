"""linphonec, Linphone's telephone for the console: told what to do on its standard input, without a sound card."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from checks import Skip  # noqa: E402
from tandem import ROOT, free_port, wait_until  # noqa: E402
from tone import wav_read, wav_write, windows_with  # noqa: E402

PEERS = ROOT / ".cache/peers"
WAIT_S = 8
WINDOW_S = 0.1
CONFIG = """[sip]
sip_port={port}
sip_tcp_port=-1
sip_tls_port=-1
bind_address={host}
contact=sip:{user}@{host}
use_ipv6=0
{sip}

[rtp]
audio_rtp_port={rtp_port}
bind_address={host}

[audio_codec_0]
mime=PCMA
rate=8000
channels=1
enabled=1
"""
TRACED = re.compile(r"channel \[\w+\]: (received \[\d+\] new bytes from|message sent to) \[[^\]]*\][^\n]*\n"
                    r"(.*?)(?=^\d{4}-\d\d-\d\d \d\d:)", re.S | re.M)


def program():
    """Where linphonec is: installed, or unpacked beside the build."""
    unpacked = PEERS / "usr/bin/linphonec"
    path = str(unpacked) if unpacked.exists() else shutil.which("linphonec")
    if not path:
        raise Skip("linphonec is neither installed nor unpacked in .cache/peers; ./dev test unpacks it")
    return path


class Linphone:
    """A telephone that speaks UDP. `sip` are more lines of the [sip] part of its configuration."""

    def __init__(self, name, folder, host, frequency_hz, user, sip=()):
        self.name = name
        self.folder = pathlib.Path(folder) / name
        for part in (".local/share/linphone", ".config/linphone"):  # or it does not start its stack
            (self.folder / part).mkdir(parents=True)
        self.host = self.listen = host
        self.port = free_port(host)
        self.tone, self.record = self.folder / "tone.wav", self.folder / "heard.wav"
        wav_write(self.tone, frequency_hz, 20)
        self.config = self.folder / "linphonerc"
        self.config.write_text(CONFIG.format(host=host, port=self.port, user=user, rtp_port=free_port(host),
                                             sip="\n".join(sip)))
        self.screen_path, self.log_path = self.folder / "screen", self.folder / "log"
        self.process = None

    def switch_on(self):
        with open(self.screen_path, "w") as screen:
            self.process = subprocess.Popen([program(), "-c", str(self.config), "-d", "6", "-l", str(self.log_path)],
                                            stdin=subprocess.PIPE, stdout=screen, stderr=screen, cwd=self.folder,
                                            env={**os.environ, "HOME": str(self.folder)}, text=True, bufsize=1)
        self.tell("ipv6 disable")
        self.tell("soundcard use files")
        self.tell(f"play {self.tone}")
        self.tell(f"record {self.record}")
        self.expect("ipv6 use disabled")
        wait_until(lambda: "listening point" in self.log() and "network reachability state is now [UP]" in self.log(),
                   WAIT_S, f"{self.name} listens")
        return self

    def switch_off(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process:
            self.process.stdin.close()

    def tell(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def screen(self):
        return self.screen_path.read_text(errors="replace")

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def expect(self, text, count=1):
        """What it shows, so many times."""
        wait_until(lambda: self.screen().count(text) >= count, WAIT_S,
                   f"{self.name} shows {count} times \"{text}\": {self.screen()[-1500:]}")

    def press(self, digits):
        for digit in digits:
            self.tell(digit)

    def heard(self, frequency_hz):
        """Seconds of its recording that are that tone and nothing else."""
        data, rate_hz = wav_read(self.record)
        return windows_with(data, frequency_hz, rate_hz, WINDOW_S) * WINDOW_S

    def messages(self, received=True):
        """Every SIP message that it got, or sent."""
        return [message for way, message in TRACED.findall(self.log().replace("\r", ""))
                if way.startswith("received") == received]
