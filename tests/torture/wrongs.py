"""What nobody should send inside a call: each row a message, the states it is sent in, and the answer it deserves.

A message is made by a function of (call, end). None deserves silence. Whatever is answered, the call goes on.
"""
import re
import uuid

from peer import Message, reply_text

IN_DIALOG = {"early", "early_reliable", "unacknowledged", "up", "reinvited_by_caller", "reinvited_by_callee"}
ESTABLISHED = IN_DIALOG - {"early", "early_reliable"}
CALLER_KNOWS = IN_DIALOG | {"bye_sent", "over"}  # states in which the caller has a tag of ours
EVERYWHERE = CALLER_KNOWS | {"invited"}


def wrong_tag(value):
    return re.sub(r";tag=.*", ";tag=0123456789abcdef", value)


def bye_wrong_to_tag(_call, end):
    return end.text("BYE", cseq=end.cseq + 1, remote=wrong_tag(end.remote) if "tag" in end.remote
                    else end.remote + ";tag=1")


def bye_wrong_from_tag(_call, end):
    return end.text("BYE", cseq=end.cseq + 1, local=wrong_tag(end.local))


def bye_wrong_call_id(_call, end):
    return end.text("BYE", cseq=end.cseq + 1, call_id=uuid.uuid4().hex)


def bye_without_tag(_call, end):
    return end.text("BYE", cseq=end.cseq + 1, remote=re.sub(";tag=.*", "", end.remote))


def info_of_old_cseq(_call, end):
    return end.text("INFO", cseq=end.cseq - 1 if end.cseq > 1 else 0)


def info_of_same_cseq(_call, end):
    return end.text("INFO", cseq=end.cseq)


def update_wrong_tag(_call, end):
    return end.text("UPDATE", cseq=end.cseq + 1, remote=end.remote.partition(";tag=")[0] + ";tag=2", body=end.sdp())


def cseq_of_another_method(_call, end):
    return end.text("INFO", cseq=end.cseq + 1).replace(" INFO\r\n", " BYE\r\n", 1)


def cseq_too_big(_call, end):
    return end.text("INFO", cseq=2**32)


def ack_without_invite(_call, end):
    return end.text("ACK", cseq=end.cseq + 7)


def prack_without_rack(_call, end):
    return end.text("PRACK", cseq=end.cseq + 1)


def prack_of_unknown_rack(_call, end):
    return end.text("PRACK", more="RAck: 4000000 1 INVITE\r\n", cseq=end.cseq + 1)


def prack_of_garbage(_call, end):
    return end.text("PRACK", more="RAck: 99999999999999999999 -1 \r\n", cseq=end.cseq + 1)


def cancel_for_nothing(_call, end):
    return end.text("CANCEL", cseq=end.cseq, remote=end.remote.partition(";tag=")[0])


def cancel_in_dialog(_call, end):
    return end.text("CANCEL", cseq=end.cseq + 1)


def response_out_of_nowhere(_call, end):
    request = Message(end.text("INVITE", cseq=3, call_id=uuid.uuid4().hex).encode())
    return reply_text(request, "200 OK", end.peer.contact("bob"), body=end.sdp())


def response_of_wrong_branch(call, end):
    text = reply_text(call.invite, "603 Decline", end.peer.contact("bob"))
    return re.sub(r"branch=[^;\r]*", "branch=z9hG4bKnone", text)


def response_of_wrong_method(call, end):
    return re.sub(r"CSeq: (\d+) INVITE", r"CSeq: \1 BYE", reply_text(call.invite, "500 x", end.peer.contact("bob")))


def response_of_wrong_call(call, end):
    text = reply_text(call.invite, "200 OK", end.peer.contact("bob"), body=end.sdp())
    return re.sub(r"branch=[^;\r]*", "branch=z9hG4bKnone", text.replace(end.call_id, uuid.uuid4().hex))


def unknown_method(_call, end):
    return end.text("JUMP", cseq=end.cseq + 1)


def unknown_extension(_call, end):
    return end.text("INFO", more="Require: nonesuch\r\n", cseq=end.cseq + 1)


def reinvite_beside_another(_call, end):
    return end.text("INVITE", body=end.sdp(), cseq=end.cseq + 1)



BOTH = ("caller", "callee")
WRONGS = (
    # message, from whom, in which states, its answer
    (bye_wrong_to_tag, BOTH, EVERYWHERE, 481),
    (bye_wrong_from_tag, BOTH, CALLER_KNOWS, 481),
    (bye_wrong_call_id, BOTH, CALLER_KNOWS, 481),
    (bye_without_tag, BOTH, EVERYWHERE, 481),
    (update_wrong_tag, BOTH, EVERYWHERE, 481),
    (cseq_of_another_method, BOTH, EVERYWHERE, 400),
    (cseq_too_big, BOTH, EVERYWHERE, 400),
    (info_of_old_cseq, ("caller",), IN_DIALOG, 500),
    (info_of_same_cseq, ("caller",), IN_DIALOG, 500),
    (ack_without_invite, BOTH, CALLER_KNOWS, None),
    (prack_without_rack, ("caller",), IN_DIALOG, 400),
    (prack_of_unknown_rack, ("caller",), IN_DIALOG, 481),
    (prack_of_garbage, ("caller",), IN_DIALOG, 400),
    (prack_of_unknown_rack, ("callee",), ESTABLISHED, 481),
    (cancel_for_nothing, BOTH, EVERYWHERE, 481),
    (cancel_in_dialog, BOTH, CALLER_KNOWS, 481),
    (unknown_method, BOTH, IN_DIALOG, 405),
    (unknown_extension, BOTH, IN_DIALOG, 420),
    (reinvite_beside_another, ("caller",), {"early", "early_reliable", "reinvited_by_caller"}, 500),
    (reinvite_beside_another, ("callee",), {"reinvited_by_caller"}, 491),
    (reinvite_beside_another, ("caller",), {"reinvited_by_callee"}, 491),
    (reinvite_beside_another, ("callee",), {"reinvited_by_callee"}, 500),
    (response_out_of_nowhere, BOTH, EVERYWHERE, None),
    (response_of_wrong_branch, ("callee",), EVERYWHERE, None),
    (response_of_wrong_method, ("callee",), EVERYWHERE, None),
    (response_of_wrong_call, ("callee",), EVERYWHERE, None),
)
