package main

// mends are the faults of the source that a review against a second list found.
var mends = []struct {
	lo, hi            int
	protos            []string
	name, doc, reason string
}{
	{80, 80, []string{"tcp", "udp"}, "http", "World Wide Web HTTP", "IANA's primary name; the source keeps the last alias, www-http"},
	{631, 631, []string{"tcp"}, "ipp", "Internet Printing Protocol", "primary name, RFC 8010; ipps is the alias"},
	{3478, 3478, []string{"tcp", "udp"}, "stun", "Session Traversal Utilities for NAT", "primary name, RFC 8489"},
	{5349, 5349, []string{"tcp", "udp"}, "stuns", "STUN over TLS or DTLS", "primary name, RFC 8489"},
	{6000, 6063, []string{"tcp", "udp"}, "x11", "X Window System", "the source drops ranges"},
	{6665, 6669, []string{"tcp"}, "ircu", "IRCU", "the source drops ranges"},
}
