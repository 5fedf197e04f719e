"""A telephone that keeps to no rules: it begins dialogs, says anything in them, and answers anything, or nothing."""
import re
import time
import uuid

from chance import BEGINNINGS, REQUESTS, answer, body_or_none, drawn
from flow import End, robot_ack
from peer import reply_text

NUMBERS = ("86138", "86138", "8690", "99")  # the last one has no route
MEMORY_S = (2, 40)                          # how long it knows a dialog
ANSWER_S = 2                                # the latest that it answers first
ANSWERS_MAX = (1, 1, 1, 2, 3, 6)
FORKS = ("t1",) * 5 + ("t2", "t3")
DEAF = 0.05         # of the requests are never answered
FORGETFUL = 0.15    # of the final responses are never acknowledged
TALKATIVE = 0.1     # of the final responses are followed by another one


def tag_of(address):
    found = re.search(r"tag=([^;>\s]+)", address)
    return found.group(1) if found else ""


class Dialog(End):
    """What the telephone knows of it, which may be wrong."""

    def __init__(self, talker, call_id, local, remote, uri):
        super().__init__(None, talker.peer, talker.to, call_id, local, remote, uri)
        self.cseq = talker.rng.randrange(1, 1000)
        self.reliable = None  # RSeq and CSeq of the last reliable response
        self.forgotten_at = time.monotonic() + talker.rng.uniform(*MEMORY_S)

    def transmit(self, text, sock=None):
        self.peer.send(self.to, text)

    def is_known(self):
        """True when Tandem has given it a tag."""
        return bool(tag_of(self.remote))

    def replaces(self, semicolon, equals):
        return semicolon.join((self.call_id, f"to-tag{equals}{tag_of(self.remote)}",
                               f"from-tag{equals}{tag_of(self.local)}"))

    def learn(self, response):
        if response["rseq"].isdigit():
            self.reliable = int(response["rseq"]), response["cseq"]
        if response["cseq"].endswith("INVITE") and tag_of(response["to"]):
            super().learn(response)
            contact = re.search(r"<([^>]+)>", response["contact"])
            self.uri = contact.group(1) if contact else self.uri

    def part(self):
        """End it in every way that there is."""
        if "INVITE" in self.sent:
            self.cancel()
        self.send("BYE")
        self.send("NOTIFY", more="Event: presence\r\nSubscription-State: terminated\r\n")
        self.send("SUBSCRIBE", more="Event: presence\r\nExpires: 0\r\n")


class Unanswered:
    """A request that it has not answered, or not often enough."""

    def __init__(self, rng, request):
        self.request = request
        self.due = time.monotonic() + ANSWER_S * rng.random() ** 3
        self.times = rng.choice(ANSWERS_MAX)
        self.rseq = rng.randrange(1, 1000)


class Talker:
    def __init__(self, rng, peer, to):
        self.rng, self.peer, self.to = rng, peer, to
        self.dialogs = {}  # {Call-ID: dialog}
        self.unanswered = []
        self.begun = self.said = self.heard = 0

    def begin(self):
        """A call, a subscription or a message to a number that may be nobody's."""
        self.begun += 1
        number = f"{self.rng.choice(NUMBERS)}{self.begun:06d}"
        dialog = Dialog(self, uuid.uuid4().hex, f"<sip:1001@{self.peer.host}>;tag={uuid.uuid4().hex[:8]}",
                        f"<sip:{number}@{self.to[0]}>", f"sip:{number}@{self.to[0]}:{self.to[1]}")
        drawn(self.rng, BEGINNINGS)(self.rng, dialog, self.any_dialog(known=True))
        self.dialogs[dialog.call_id] = dialog

    def go_on(self):
        """Something inside a dialog, or what it holds for one."""
        dialog = self.any_dialog()
        if dialog:
            self.said += 1
            drawn(self.rng, REQUESTS)(self.rng, dialog, self.any_dialog(known=True))

    def any_dialog(self, known=False):
        found = [dialog for dialog in self.dialogs.values() if dialog.is_known() or not known]
        return self.rng.choice(found) if found else None

    def listen(self):
        """To all that has come."""
        while heard := self.peer.receive(0):
            self.heard += 1
            if heard.method:
                self.hear_request(heard)
            else:
                self.hear_response(heard)

    def hear_request(self, request):
        if request.method in ("INVITE", "SUBSCRIBE") and request["call-id"] not in self.dialogs:
            uri = re.search(r"<([^>]+)>", request["contact"]).group(1)
            self.dialogs[request["call-id"]] = Dialog(self, request["call-id"], f"{request['to']};tag={FORKS[0]}",
                                                      request["from"], uri)
        if request.method != "ACK" and self.rng.random() > DEAF:
            self.unanswered.append(Unanswered(self.rng, request))

    def hear_response(self, response):
        dialog = self.dialogs.get(response["call-id"])
        if not dialog:
            return
        dialog.learn(response)
        if response.code < 200 or not response["cseq"].endswith("INVITE") or self.rng.random() < FORGETFUL:
            return
        if response.code < 300:
            dialog.ack(response, body=body_or_none(self.rng, self.peer.host, 0.3))
        else:
            self.peer.send(self.to, robot_ack(self.peer, response))

    def answer(self):
        """What is due by now."""
        now = time.monotonic()
        due = [one for one in self.unanswered if one.due <= now]
        for one in due:
            if self.answer_once(one):
                self.unanswered.remove(one)
            else:
                one.due = now + self.rng.random()

    def answer_once(self, one):
        """By any of its forks; true when it was the last answer."""
        one.rseq += self.rng.choice((0, 1, 1, 1, 2))
        line, more, body = answer(self.rng, one.request, self.peer.host, one.rseq)
        contact = self.peer.contact(str(self.rng.randrange(9)))
        self.peer.send(self.to, reply_text(one.request, line, contact, self.rng.choice(FORKS), more, body))
        one.times -= 1
        return one.times == 0 or (line >= "2" and self.rng.random() > TALKATIVE)

    def forget(self):
        now = time.monotonic()
        self.dialogs = {call_id: dialog for call_id, dialog in self.dialogs.items() if now < dialog.forgotten_at}
