package main

import (
	"fmt"
	"slices"
	"strings"
)

// A fault is an error of the source that a review against other lists found. The lists are
// Wireshark's services file (Debian's libwireshark-data 4.0.17), netbase's /etc/services, and
// release 2.0.20 of the source itself. That release kept IANA's first name of a port; later
// releases keep the last.
type fault struct {
	low, high int    // ports, inclusive
	protos    string // as in a row
	was       string // the name in the source, "" if it has none
	name, doc string // IANA's first name and its description
	also      string // IANA's other names except was, separated by spaces
	reason    string
}

const (
	ranges = "the source drops entries for a range of ports; Wireshark's list has it"
	first  = "IANA's first name, as in Wireshark's list and in release 2.0.20; the source has " +
		"the last one"
)

var faults = []fault{
	{42, 42, "tcp/udp", "nameserver", "name", "Host Name Server", "", first},
	{80, 80, "tcp/udp", "www-http", "http", "World Wide Web HTTP", "www",
		"RFC 6335 section 5: www and www-http are synonyms of http, the only one to be used"},
	{105, 105, "tcp/udp", "csnet-ns", "cso", "CCSO name server protocol", "", first},
	{113, 113, "tcp", "auth", "ident", "Authentication Service", "", first +
		"; RFC 1413 calls it the Identification Protocol"},
	{351, 351, "tcp/udp", "bhoetty", "matip-type-b", "MATIP Type B", "", first +
		"; RFC 2351 is MATIP"},
	{352, 352, "tcp/udp", "bhoedap4", "dtag-ste-sb", "DTAG", "", first},
	{512, 512, "udp", "biff", "comsat",
		"used by mail system to notify users of new mail received; currently receives messages " +
			"only from processes on the same machine", "", first},
	{631, 631, "tcp", "ipps", "ipp", "IPP (Internet Printing Protocol)", "",
		"RFC 8010 is ipp, and RFC 7472 adds ipps on the same port; /etc/services has ipp"},
	{666, 666, "tcp/udp", "doom", "mdqs", "", "", first},
	{750, 750, "udp", "kerberos-iv", "loadav", "", "", first},
	{888, 888, "tcp", "cddbp", "accessbuilder", "AccessBuilder", "", first},
	{999, 999, "tcp", "puprouter", "garcon", "", "", first},
	{999, 999, "udp", "puprouter", "applix", "Applix ac", "", first},
	{1525, 1525, "tcp/udp", "prospero-np", "orasrv", "oracle", "", first},
	{1989, 1989, "tcp/udp", "mshnet", "tr-rsrb-p3", "cisco RSRB Priority 3 port", "", first +
		"; 1987 and 1988 are tr-rsrb-p1 and -p2"},
	{1992, 1992, "tcp/udp", "ipsendmsg", "stun-p3", "cisco STUN Priority 3 port", "", first +
		"; 1990 and 1991 are stun-p1 and -p2"},
	{3000, 3000, "tcp/udp", "remoteware-cl", "hbci", "HBCI", "", first},
	{3002, 3002, "tcp/udp", "remoteware-srv", "exlm-agent", "EXLM Agent", "", first},
	{3478, 3478, "tcp/udp", "stun-behavior", "stun",
		"Session Traversal Utilities for NAT (STUN) port", "turn",
		"RFC 8489; STUN's behavior discovery (RFC 5780) and TURN (RFC 8656) share its port"},
	{4444, 4444, "tcp/udp", "nv-video", "krb524", "KRB524", "", first},
	{5349, 5349, "tcp", "stun-behaviors", "stuns", "STUN over TLS", "turns",
		"RFC 8489, as for 3478"},
	{5349, 5349, "udp", "stun-behaviors", "stuns", "STUN over DTLS", "turns",
		"RFC 8489, as for 3478"},
	{6000, 6063, "tcp/udp", "", "x11", "X Window System", "", ranges},
	{6665, 6669, "tcp", "", "ircu", "IRCU", "", ranges},
	{9100, 9100, "tcp/udp", "pdl-datastream", "hp-pdl-datastr", "PDL Data Streaming Port", "",
		first},
}

// kept are ports whose last name in the source was reviewed and is correct, although IANA lists
// another name first.
var kept = []fault{
	{465, 465, "tcp", "submissions", "submissions", "Message Submission over TLS protocol", "urd",
		"RFC 8314 section 7.3 gave the port to submissions besides urd; /etc/services has " +
			"submissions first"},
	{1701, 1701, "tcp/udp", "l2tp", "l2tp", "l2tp", "l2f",
		"RFC 2661 section 8.1: L2TP took over the port of L2F, which it replaces"},
}

// mend corrects the faults. It fails if the source no longer has a fault: then the tables must be
// reviewed again.
func mend(entries map[key]entry) error {
	for _, r := range renamed {
		err := each(entries, r.port, r.protos, r.was,
			func(e entry) entry { return entry{r.name, e.doc, r.was} })
		if err != nil {
			return err
		}
	}
	for _, f := range slices.Concat(faults, kept) {
		also := strings.Fields(f.also)
		if f.was != f.name && f.was != "" {
			also = append(also, f.was)
		}
		for port := f.low; port <= f.high; port++ {
			err := each(entries, port, f.protos, f.was,
				func(entry) entry { return entry{f.name, f.doc, strings.Join(also, " ")} })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// each changes a port's entries for the protocols. The entries must have the name was.
func each(entries map[key]entry, port int, words, was string, change func(entry) entry) error {
	for _, word := range strings.Split(words, "/") {
		k := key{port, slices.Index(protos[:], word)}
		if k.proto < 0 {
			return fmt.Errorf("mend %d: unknown protocol %q", port, word)
		}
		if has := entries[k].name; has != was {
			return fmt.Errorf("mend %d/%s: the source has %q, not %q", port, word, has, was)
		}
		entries[k] = change(entries[k])
	}
	return nil
}
