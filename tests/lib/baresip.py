"""baresip as a telephone without a sound card: plays a tone, records what it hears as a WAV file."""
import os
import pathlib
import subprocess

from tandem import free_port, wait_until
from tone import wav_write

MODULE_DIRS = ("/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules",
               "/usr/lib/aarch64-linux-gnu/baresip/modules")
CONFIG = """poll_method epoll
sip_listen {listen}:{port}
net_interface {host}
module_path {modules}
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
audio_source aufile,{tone}
audio_player none,none
audio_alert none,none
ausrc_srate 8000
auplay_srate 8000
rtp_ports {rtp_port}-{rtp_last}
snd_path {folder}
{more}
"""


class Baresip:
    """One telephone: its tone, its configuration folder, its recording. `settings` are more lines of its config,
    `account` more parameters of its account."""

    options = ()  # more words of its command line

    def __init__(self, name, folder, host, frequency_hz, user, outbound=None, mediaenc=None, settings=(),
                 account="answermode=auto"):
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir(parents=True)
        self.host = host
        self.listen = f"[{host}]" if ":" in host else host
        self.port = free_port(host)
        tone = self.folder / "tone.wav"
        wav_write(tone, frequency_hz, 20)
        rtp_port = free_port(host) & ~1
        modules = next((path for path in MODULE_DIRS if os.path.isdir(path)), MODULE_DIRS[0])
        if mediaenc:
            settings = [*settings, "module srtp.so"]
            account += f";mediaenc={mediaenc}"
        if outbound:
            account += f";outbound=\"sip:{outbound}\""
        (self.folder / "config").write_text(CONFIG.format(
            host=host, listen=self.listen, port=self.port, modules=modules, tone=tone, rtp_port=rtp_port,
            rtp_last=rtp_port + 20, folder=self.folder, more="\n".join(settings)))
        (self.folder / "accounts").write_text(f"<sip:{user}@{self.listen}>;regint=0;audio_codecs=pcma;{account}\n")
        self.log_path = self.folder / "baresip.log"
        self.process = None

    def start(self, seconds, dial=None):
        """Run for so long (it hangs up by itself then); `dial` is called at once."""
        command = ["baresip", *self.options, "-6" if ":" in self.host else "-4", "-f", str(self.folder),
                   "-t", str(seconds)]
        if dial:
            command += ["-e", f"/dial {dial}"]
        with open(self.log_path, "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.folder)
        wait_until(lambda: "is ready" in self.log() or self.process.poll() is not None, 10, "baresip")
        return self

    def log(self):
        return self.log_path.read_text(errors="replace")

    def recording(self):
        """The WAV file of what it heard, or None."""
        return next(iter(sorted(self.folder.glob("dump-*-dec.wav"))), None)

    def wait(self, timeout_s):
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.end()
            return None

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
