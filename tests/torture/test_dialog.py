#!/usr/bin/env python3
"""Messages that are sound, and wrong where they come: each is answered as it deserves, and the call goes on."""
import sys
import time

from house import House
from checks import expect, run_checks
from flow import pause
from peer import Message, Peer
from steps import ENDINGS, STATES, early, hung_up, up
from wrongs import WRONGS

SILENCE_S = 0.03


def answer_to(board, end, text, timeout_s):
    """The final response to a message of this end's, or None; all else goes its way."""
    sent = Message(text.encode())
    found = []

    def repeated(message):
        if (message.code or 0) >= 200 and message["cseq"] == sent["cseq"] and branch(message) == branch(sent):
            found.append(message)
            return True
        return type(end).repeated(end, message)

    end.repeated = repeated
    board.ends[sent["call-id"]] = end
    end.peer.send(end.to, text)
    deadline = time.monotonic() + timeout_s
    while not found and time.monotonic() < deadline:
        board.turn(0.01)
    del end.repeated
    return found[0] if found else None


def branch(message):
    return message["via"].partition("branch=")[2].partition(";")[0]


def complaint(answer, deserved):
    if deserved is None:
        return answer and f"answered {answer.start}"
    if not answer:
        return f"no answer, {deserved} expected"
    return None if answer.code == deserved else f"{answer.start}, expected {deserved}"


def wrongs_in(house, state):
    """Each wrong message of one state in a call of its own, which ends by the book; all complaints."""
    for make, sides, states, deserved in WRONGS:
        for side in sides if state.__name__ in states else ():
            call = house.board.run(house.board.call(state))
            end = call.a if side == "caller" else call.b
            call.over = False
            text = make(call, end)
            wrong = complaint(answer_to(house.board, end, text, SILENCE_S if deserved is None else 2), deserved)
            if wrong:
                yield f"{state.__name__}: {make.__name__} of the {side}: {wrong}"
            if not text.startswith("SIP/2.0") and " ACK" not in text:
                end.cseq += 1
            call.go_on(ENDINGS[state.__name__])
            house.board.run(call)
            house.board.forget(call)


def wrongs_by(folder, by):
    with House(folder, by) as house:
        complaints = [one for state in STATES for one in wrongs_in(house, state)]
        house.idle()
        rows = house.records_complete()
        unanswered = [row["a_call_id"] for row in rows if row["disposition"] != "answered"]
    expect(not complaints, "\n        ".join(complaints))
    expect(not unanswered, f"{len(unanswered)} calls were not answered")


def wrong_messages_udp(folder):
    """what is wrong where it comes is answered as it deserves, in every state, and the call goes on, by UDP"""
    wrongs_by(folder, "udp")


def wrong_messages_tcp(folder):
    """what is wrong where it comes is answered as it deserves, in every state, and the call goes on, by TCP"""
    wrongs_by(folder, "tcp")


def count_at(end, method, seconds=0.3):
    """How many requests of a method come; each is answered."""
    end.call.board.rest(seconds)
    found = [one for one in end.inbox if one.method == method]
    for one in found:
        end.reply(one, "200 OK")
    end.inbox = [one for one in end.inbox if one.method != method]
    return len(found)


def held(house, state):
    """A call in that state, whose messages we look at ourselves."""
    call = house.board.run(house.board.call(state))
    call.go_on(still)
    call.step()
    return call


def still(_call):
    yield pause(60)


def ended(house, call):
    call.go_on(hung_up)
    house.board.run(call)
    house.board.forget(call)


def duplicates(folder):
    """a request that comes three times is one: the same answer each time, once at the other side"""
    with House(folder) as house:
        call = held(house, up)
        text = call.a.send("INFO")
        for _ in range(2):
            call.a.peer.send(call.a.to, text)
        seen = count_at(call.b, "INFO")
        expect(seen == 1, f"{seen} INFO at the callee")
        call.a.peer.send(call.a.to, text)
        house.board.rest(0.1)
        codes = [one.code for one in call.a.inbox]
        expect(len(codes) >= 2 and set(codes) == {200}, f"INFO and its repetition are answered {codes}")
        ended(house, call)
        house.records_complete([call.a.call_id])


def merged(folder):
    """an INVITE that comes on two ways is one call: 482 to the second (RFC 3261 8.2.2.2)"""
    with House(folder) as house:
        call = held(house, early)
        other = call.a.sent["INVITE"].replace("branch=z9hG4bK", "branch=z9hG4bKother")
        answer = answer_to(house.board, call.a, other, 2)
        expect(answer and answer.code == 482, f"merged INVITE: {answer and answer.start}")
        call.go_on(ENDINGS["early"])
        house.board.run(call)
        expect(len(house.records_complete()) == 1, "more CDRs than one")


def out_of_order(folder):
    """requests that overtook each other: the older gets 500, and the next is taken (RFC 3261 12.2.2)"""
    with House(folder) as house:
        call = held(house, up)
        first = call.a.cseq
        call.a.send("INFO", cseq=first + 2)
        expect(count_at(call.b, "INFO") == 1, "the younger INFO is not passed on")
        answer = answer_to(house.board, call.a, call.a.text("INFO", cseq=first + 1), 2)
        expect(answer and answer.code == 500, f"older INFO: {answer and answer.start}")
        call.a.cseq = first + 2
        ended(house, call)


def strangers(folder):
    """a BYE from a stranger's address: 481 without the tags; who has them is of the dialog (RFC 3261 12.2.2)"""
    with House(folder) as house:
        stranger = Peer(house.tandem.claim.host(66), 5060)
        call = held(house, up)
        for end in (call.a, call.b):
            guess = end.text("BYE", cseq=end.cseq + 1, remote=end.remote.partition(";tag=")[0] + ";tag=1")
            stranger.send(end.to, guess)
            answer = stranger.receive()
            expect(answer and answer.code == 481, f"a stranger's BYE: {answer and answer.start}")
        expect(count_at(call.a, "BYE") + count_at(call.b, "BYE") == 0, "a stranger's BYE ends a call")
        stranger.send(call.a.to, call.a.text("BYE", cseq=call.a.cseq + 1))
        answer = stranger.receive()
        expect(answer and answer.code == 200, f"BYE of who moved: {answer and answer.start}")
        expect(count_at(call.b, "BYE") == 1, "BYE does not reach the callee")
        stranger.close()
        house.idle()


def cancels(folder):
    """CANCEL ends what is not answered, and nothing that is (RFC 3261 9.2)"""
    with House(folder) as house:
        call = held(house, early)
        call.a.cancel()
        expect(count_at(call.b, "CANCEL") == 1, "CANCEL does not reach the callee")
        call.b.reply(call.invite, "487 Request Terminated")
        house.board.rest(0.1)
        codes = [one.code for one in call.a.inbox]
        expect(sorted(codes) == [200, 487], f"CANCEL and INVITE are answered {codes}")
        late = held(house, up)
        answer = answer_to(house.board, late.a, late.a.cancel(), 2)
        expect(answer and answer.code in (200, 481), f"CANCEL of an answered INVITE: {answer and answer.start}")
        expect(count_at(late.b, "CANCEL") + count_at(late.b, "BYE") == 0, "a late CANCEL ends a call")
        ended(house, late)
        house.idle()


if __name__ == "__main__":
    sys.exit(run_checks("dialog", (wrong_messages_udp, wrong_messages_tcp, duplicates, merged, out_of_order, strangers,
                                   cancels), sys.argv[1:]))
