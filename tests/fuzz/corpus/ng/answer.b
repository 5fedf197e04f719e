1 d7:command6:answer7:call-id1:c8:from-tag1:a3:sdp265:v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 4000 RTP/AVP 0 8 101
a=rtpmap:101 telephone-event/8000
a=rtcp:4001 IN IP4 127.0.0.1
a=rtcp-mux
a=candidate:1 1 UDP 1 127.0.0.1 4000 typ host
m=image 0 udptl t38
m=message 7654 TCP/MSRP *
7:replacel6:origine12:tandem-locall9:127.0.0.19:127.0.0.1e13:tandem-notifyi1e8:rtcp-muxl5:demuxe6:to-tag1:be