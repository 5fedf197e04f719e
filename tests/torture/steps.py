"""What a call does by the book, in steps that scripts are made of, and the states in which a call is attacked."""


def nothing(_call):
    yield from ()


def ringing(call, more="", sdp=True, line="180 Ringing"):
    call.dial(more, sdp)
    yield call.rings()
    call.b.reply(call.invite, line)
    call.a.learn((yield call.a.wants(int(line[:3]), "INVITE")))


def ringing_reliably(call):
    """A 183 with the answer, reliable on both sides; its PRACK is for the caller to send."""
    call.dial("Supported: 100rel\r\n")
    yield call.rings()
    call.b.reply(call.invite, "183 Session Progress", "Require: 100rel\r\nRSeq: 7\r\n", call.b.sdp())
    call.b.reply((yield call.b.wants("PRACK")), "200 OK")
    call.progress = yield call.a.wants(183, "INVITE")
    call.a.learn(call.progress)


def prack(call):
    rack = f"RAck: {call.progress['rseq']} {call.progress['cseq']}\r\n"
    call.a.send("PRACK", more=rack)
    yield call.a.wants(200, "PRACK")


def answered(call, sdp=True):
    call.b.reply(call.invite, "200 OK", body=call.b.sdp() if sdp else "")
    call.ok = yield call.a.wants(200, "INVITE")
    call.a.learn(call.ok)
    yield call.b.wants("ACK")  # Tandem has the answer: the callee waits for nobody


def acknowledged(call):
    call.a.ack(call.ok)
    yield from ()


def hung_up(call, by="a"):
    one, other = (call.a, call.b) if by == "a" else (call.b, call.a)
    one.send("BYE")
    other.reply((yield other.wants("BYE")), "200 OK")
    yield one.wants(200, "BYE")


def up(call):
    yield from ringing(call)
    yield from answered(call)
    yield from acknowledged(call)


def whole(call):
    """By the book, from INVITE to BYE."""
    yield from up(call)
    yield from hung_up(call)


# ------------------------------------------------------------------ states

def invited(call):
    call.dial()
    yield call.rings()


def early(call):
    yield from ringing(call)


def early_reliable(call):
    yield from ringing_reliably(call)


def unacknowledged(call):
    yield from ringing(call)
    yield from answered(call)


def reinvited_by_caller(call):
    yield from up(call)
    call.a.send("INVITE", body=call.a.sdp("sendonly"))
    call.reinvite = yield call.b.wants("INVITE")


def reinvited_by_callee(call):
    yield from up(call)
    call.b.send("INVITE", body=call.b.sdp("sendonly"))
    call.reinvite = yield call.a.wants("INVITE")


def bye_sent(call):
    """The caller's BYE is answered, and at the callee it is not yet."""
    yield from up(call)
    call.a.send("BYE")
    yield call.a.wants(200, "BYE")
    call.bye = yield call.b.wants("BYE")


def over(call):
    yield from whole(call)


STATES = (invited, early, early_reliable, unacknowledged, up, reinvited_by_caller, reinvited_by_callee, bye_sent, over)


# ------------------------------------------------------------------ from each state to the end, by the book

def from_invited(call):
    call.b.reply(call.invite, "180 Ringing")
    call.a.learn((yield call.a.wants(180, "INVITE")))
    yield from from_early(call)


def from_early(call):
    yield from answered(call)
    yield from from_unacknowledged(call)


def from_early_reliable(call):
    yield from prack(call)
    yield from answered(call, sdp=False)
    yield from from_unacknowledged(call)


def from_unacknowledged(call):
    yield from acknowledged(call)
    yield from hung_up(call)


def from_reinvited_by_caller(call):
    yield from reinvite_answered(call, call.b, call.a)
    yield from hung_up(call)


def from_reinvited_by_callee(call):
    yield from reinvite_answered(call, call.a, call.b)
    yield from hung_up(call)


def reinvite_answered(call, asked, asking):
    asked.reply(call.reinvite, "200 OK", body=asked.sdp("recvonly"))
    asking.ack((yield asking.wants(200, "INVITE")))
    yield asked.wants("ACK")


def from_bye_sent(call):
    call.b.reply(call.bye, "200 OK")
    yield from ()


ENDINGS = {"invited": from_invited, "early": from_early, "early_reliable": from_early_reliable,
           "unacknowledged": from_unacknowledged, "up": hung_up, "reinvited_by_caller": from_reinvited_by_caller,
           "reinvited_by_callee": from_reinvited_by_callee, "bye_sent": from_bye_sent, "over": nothing}
