"""A certificate authority for tests that speak TLS."""
import subprocess

from tandem import TandemError


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise TandemError(f"openssl {arguments[0]}: {done.stderr}")


class Authority:
    """A certificate authority of its own, in a folder."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.path = folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2, "-subj", f"/CN={name}",
                "-keyout", folder / f"{name}.key", "-out", self.path)

    def issue(self, name, subject, days=2):
        """A certificate for a name (DNS:x) or an address (IP:x): name.pem, name.key, and both in name.both."""
        pem, key, ask, ext = (self.folder / f"{name}{end}" for end in (".pem", ".key", ".csr", ".ext"))
        ext.write_text(f"subjectAltName={subject}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", ask)
        openssl("x509", "-req", "-in", ask, "-CA", self.path, "-CAkey", self.folder / f"{self.name}.key",
                "-CAcreateserial", "-days", days, "-extfile", ext, "-out", pem)
        both = self.folder / f"{name}.both"
        both.write_text(pem.read_text() + key.read_text())
        return pem, key, both
