"""A telephone that speaks SRTP with keys from SDES; the cipher is libsrtp's, not ours."""
import base64
import ctypes
import ctypes.util
import os
import re

from checks import Skip
from phone import Phone

SUITE = "AES_CM_128_HMAC_SHA1_80"
KEY_SIZE = 30  # of that suite: key and salt
TAG_SIZE = 10
ANY_INBOUND, ANY_OUTBOUND = 2, 3  # srtp_ssrc_type_t


class CryptoPolicy(ctypes.Structure):
    """srtp_crypto_policy_t; libsrtp fills it in."""

    _fields_ = [("cipher_type", ctypes.c_uint32), ("cipher_key_len", ctypes.c_int), ("auth_type", ctypes.c_uint32),
                ("auth_key_len", ctypes.c_int), ("auth_tag_len", ctypes.c_int), ("sec_serv", ctypes.c_int)]


class Policy(ctypes.Structure):
    """srtp_policy_t: one key for every SSRC of a direction."""

    _fields_ = [("ssrc_type", ctypes.c_int), ("ssrc", ctypes.c_uint), ("rtp", CryptoPolicy), ("rtcp", CryptoPolicy),
                ("key", ctypes.c_char_p), ("keys", ctypes.c_void_p), ("keyc", ctypes.c_ulong), ("ekt", ctypes.c_void_p),
                ("window_size", ctypes.c_ulong), ("allow_repeat_tx", ctypes.c_int), ("xtn", ctypes.c_void_p),
                ("xtnc", ctypes.c_int), ("next", ctypes.c_void_p)]


def library():
    try:
        srtp = ctypes.CDLL("libsrtp2.so.1")
    except OSError:
        raise Skip("libsrtp2-1 is not installed") from None
    srtp.srtp_init()
    return srtp


class Cipher:
    """One direction under one master key."""

    def __init__(self, key, ssrc_type):
        self.srtp = library()
        self.context = ctypes.c_void_p()
        policy = Policy(ssrc_type=ssrc_type, key=key, window_size=128)
        for part in (policy.rtp, policy.rtcp):
            self.srtp.srtp_crypto_policy_set_rtp_default(ctypes.byref(part))
        self.call("srtp_create", ctypes.byref(self.context), ctypes.byref(policy))

    def call(self, name, *arguments):
        status = getattr(self.srtp, name)(*arguments)
        if status:
            raise ValueError(f"{name}: libsrtp's error {status}")

    def run(self, name, data):
        buffer = ctypes.create_string_buffer(data, len(data) + 64)
        length = ctypes.c_int(len(data))
        self.call(name, self.context, buffer, ctypes.byref(length))
        return buffer.raw[:length.value]

    def seal(self, data):
        return self.run("srtp_protect", data)

    def open(self, data):
        return self.run("srtp_unprotect", data)


class SecurePhone(Phone):
    """Announces RTP/SAVP with a key of its own, and takes the other's key from the SDP it gets."""

    def __init__(self, name, host, proxy):
        super().__init__(name, host, proxy)
        self.key = os.urandom(KEY_SIZE)
        self.outgoing = Cipher(self.key, ANY_OUTBOUND)
        self.incoming = None

    def sdp(self, *attributes):
        crypto = f"a=crypto:1 {SUITE} inline:{base64.b64encode(self.key).decode()}"
        return self.media.sdp("a=rtpmap:8 PCMA/8000", crypto, *attributes, proto="RTP/SAVP 8")

    def learn(self, message):
        super().learn(message)
        found = re.search(rf"a=crypto:\d+ {SUITE} inline:([^|\s]+)", message.body)
        if found:
            self.incoming = Cipher(base64.b64decode(found.group(1) + "=="), ANY_INBOUND)

    def seal(self, data):
        return self.outgoing.seal(data)

    def open(self, data):
        return self.incoming.open(data)
