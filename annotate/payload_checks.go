package annotate

import (
	"bytes"
	"encoding/binary"
)

// begins returns a check for bytes that begin with one of the words.
func begins(words ...string) func([]byte) bool {
	list := make([][]byte, len(words))
	for i, w := range words {
		list[i] = []byte(w)
	}
	return func(b []byte) bool {
		for _, w := range list {
			if bytes.HasPrefix(b, w) {
				return true
			}
		}
		return false
	}
}

// firsts returns the first bytes that pass a check.
func firsts(can func(byte) bool) string {
	var list []byte
	for b := range 1 << 8 {
		if can(byte(b)) {
			list = append(list, byte(b))
		}
	}
	return string(list)
}

// isTLS requires a handshake record (22) of version 3.x with a ClientHello (1) or ServerHello (2).
// The message's length must fit the record's.
func isTLS(b []byte) bool {
	return len(b) >= 11 && b[0] == 22 && b[1] == 3 && b[2] <= 4 && (b[5] == 1 || b[5] == 2) &&
		b[6] == 0 && b[9] == 3 && b[10] <= 4
}

// isDTLS is isTLS with the complements of the versions, and epoch 0.
func isDTLS(b []byte) bool {
	return len(b) >= 14 && b[0] == 22 && b[1] == 0xfe && b[2] >= 0xfd && b[3] == 0 && b[4] == 0 &&
		(b[13] == 1 || b[13] == 2)
}

var httpMethods = [...]string{"GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "CONNECT ",
	"PATCH ", "TRACE "}

// isHTTP requires a status line, or a method, a target without blanks and the version. A line that
// was cut before its end matches if the target is a path or a URL.
func isHTTP(b []byte) bool {
	if bytes.HasPrefix(b, []byte("HTTP/1.")) {
		return true
	}
	for _, m := range httpMethods {
		rest, ok := bytes.CutPrefix(b, []byte(m))
		if !ok {
			continue
		}
		line, _, whole := bytes.Cut(rest, []byte("\r\n"))
		if whole {
			target, version, ok := bytes.Cut(line, []byte(" "))
			return ok && len(target) > 0 && bytes.HasPrefix(version, []byte("HTTP/1."))
		}
		return bytes.HasPrefix(rest, []byte("/")) || bytes.HasPrefix(rest, []byte("http://"))
	}
	return false
}

// isQUIC requires a long header of type Initial with the fixed bit and a known version, and a
// connection ID of at most 20 bytes.
func isQUIC(b []byte) bool {
	if len(b) < 7 || !isLong(b[0]) || b[5] > 20 {
		return false
	}
	kind := b[0] >> 4 & 3
	switch v := binary.BigEndian.Uint32(b[1:]); {
	case v == 1, v>>8 == 0xff0000:
		return kind == 0
	case v == 0x6b3343cf: // QUIC version 2, RFC 9369
		return kind == 1
	}
	return false
}

// isLong checks the bits of a long header, RFC 9000 section 17.2.
func isLong(first byte) bool { return first&0xc0 == 0xc0 }

const dnsHeaderLen = 12

// isDNS requires a header with a known operation and zeros in the reserved bits, one question, and
// a valid question.
func isDNS(b []byte) bool {
	if len(b) < dnsHeaderLen+5 || netBIOSLetters(b) >= netBIOSName*3/4 {
		return false // probably a NetBIOS name with some wrong letters
	}
	if op := b[2] >> 3 & 15; op != 0 && op != 4 && op != 5 || b[3]&0x40 != 0 {
		return false
	}
	answer := b[2]&0x80 != 0
	if binary.BigEndian.Uint16(b[4:]) != 1 || !answer && binary.BigEndian.Uint16(b[6:]) != 0 {
		return false
	}
	at := dnsHeaderLen
	for at < len(b) && b[at] != 0 {
		if b[at] > 63 { // a label's length, RFC 1035 section 3.1
			return false
		}
		at += 1 + int(b[at])
	}
	if at+5 > len(b) {
		return false
	}
	// mDNS has a flag in the class, RFC 6762 section 5.4
	kind, class := binary.BigEndian.Uint16(b[at+1:]), binary.BigEndian.Uint16(b[at+3:])&^0x8000
	return kind != 0 && (class == 1 || class == 3 || class == 4 || class == 254 || class == 255)
}

// netBIOSName is the length of a NetBIOS name in a message. A letter from A to P encodes each half
// byte of its 16 bytes, RFC 1001 section 14.1.
const netBIOSName = 32

// netBIOSLetters counts these letters in a first label of that length.
func netBIOSLetters(b []byte) (n int) {
	if len(b) < dnsHeaderLen+1+netBIOSName+5 || b[dnsHeaderLen] != netBIOSName {
		return 0
	}
	for _, c := range b[dnsHeaderLen+1 : dnsHeaderLen+1+netBIOSName] {
		if 'A' <= c && c <= 'P' {
			n++
		}
	}
	return n
}

// isNetBIOSName requires DNS's header and one name, in the place of a DNS question.
func isNetBIOSName(b []byte) bool {
	return netBIOSLetters(b) == netBIOSName &&
		binary.BigEndian.Uint16(b[4:])+binary.BigEndian.Uint16(b[6:]) == 1
}

// isDNSOverTCP requires the message's length, then the message.
func isDNSOverTCP(b []byte) bool {
	return len(b) > 2 && int(binary.BigEndian.Uint16(b)) >= dnsHeaderLen+5 && isDNS(b[2:])
}

// isDHCP requires BOOTP's operation and DHCP's magic cookie.
func isDHCP(b []byte) bool {
	const cookieAt = 236
	return len(b) >= cookieAt+4 && (b[0] == 1 || b[0] == 2) &&
		bytes.Equal(b[cookieAt:cookieAt+4], []byte{99, 130, 83, 99})
}

// isBGP requires the marker of all ones, a length and a type.
func isBGP(b []byte) bool {
	const marker = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	return len(b) >= 19 && string(b[:16]) == marker && binary.BigEndian.Uint16(b[16:]) >= 19 &&
		b[18] >= 1 && b[18] <= 5
}

// greets reports whether a first line begins with a word and contains one of the others.
func greets(b []byte, begin string, words ...string) bool {
	if !bytes.HasPrefix(b, []byte(begin)) {
		return false
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	for _, w := range words {
		if bytes.Contains(line, []byte(w)) {
			return true
		}
	}
	return false
}

// isSMTP requires the server's greeting or the client's first word. The greeting must contain
// "SMTP" or "LMTP", which nearly all servers send although RFC 5321 section 4.3.1 does not require
// it. A greeting that also contains "FTP" does not match.
func isSMTP(b []byte) bool {
	return greets(b, "220", "SMTP", "LMTP") && !greets(b, "220", "FTP") ||
		bytes.HasPrefix(b, []byte("EHLO ")) || bytes.HasPrefix(b, []byte("HELO "))
}

// isFTP requires a greeting with "FTP". FTP and SMTP greetings have the same number. So a greeting
// with both names or with neither does not match.
func isFTP(b []byte) bool {
	return greets(b, "220", "FTP", "ftp") && !greets(b, "220", "SMTP", "LMTP")
}

// isPOP3 requires more than +OK, because other protocols such as Redis use it too. POP3's greetings
// contain its name, a well-known server's name, or a timestamp in angle brackets, RFC 1939 section
// 4.
func isPOP3(b []byte) bool {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	stamp := bytes.TrimRight(line, "\r ")
	at := bytes.LastIndexByte(stamp, '<')
	return greets(b, "+OK", "POP", "Dovecot") || bytes.HasPrefix(b, []byte("+OK ")) && at > 0 &&
		bytes.HasSuffix(stamp, []byte(">")) && bytes.IndexByte(stamp[at:], '@') > 0
}

// isCOTP requires TPKT version 3 (RFC 1006) with a complete connection request or confirm of X.224.
// Siemens S7, MMS, RDP and others begin with it.
func isCOTP(b []byte) bool {
	if len(b) < cotpLen || b[0] != 3 || b[1] != 0 || b[5] != 0xe0 && b[5] != 0xd0 {
		return false
	}
	length := int(binary.BigEndian.Uint16(b[2:]))
	return int(b[4])+5 == length && length <= len(b)
}

// cotpLen is the length of TPKT's header and the fixed part of a connection request, in bytes.
const cotpLen = 4 + 7

// isRDP requires a connection request or confirm of COTP. RDP's cookie or its negotiation must
// follow the fixed part, MS-RDPBCGR sections 2.2.1.1 and 2.2.1.2.
func isRDP(b []byte) bool {
	if !isCOTP(b) {
		return false
	}
	rest := b[cotpLen:]
	if bytes.HasPrefix(rest, []byte("Cookie: mst")) {
		return true
	}
	const request, response, failure = 1, 2, 3
	isRequest := b[5] == 0xe0
	return len(rest) >= 4 && rest[2] == 8 && rest[3] == 0 && (isRequest && rest[0] == request ||
		!isRequest && (rest[0] == response || rest[0] == failure))
}

// isMQTT requires a CONNECT with the protocol's name, after a length of one to four bytes.
func isMQTT(b []byte) bool {
	if len(b) < 8 || b[0] != 0x10 {
		return false
	}
	at := 1
	for at < 5 && at < len(b) && b[at]&0x80 != 0 {
		at++
	}
	rest := b[min(at+1, len(b)):]
	return bytes.HasPrefix(rest, []byte("\x00\x04MQTT")) ||
		bytes.HasPrefix(rest, []byte("\x00\x06MQIsdp"))
}

// isSMB requires a NetBIOS session message with the signature of SMB 1 or SMB 2.
func isSMB(b []byte) bool {
	return len(b) >= 8 && b[0] == 0 && (b[4] == 0xff || b[4] == 0xfe) && string(b[5:8]) == "SMB"
}

var sipMethods = [...]string{"INVITE sip", "REGISTER sip", "OPTIONS sip", "ACK sip", "BYE sip",
	"CANCEL sip", "SUBSCRIBE sip", "NOTIFY sip", "MESSAGE sip", "SIP/2.0 "}

func isSIP(b []byte) bool {
	for _, m := range sipMethods {
		if bytes.HasPrefix(b, []byte(m)) {
			return true
		}
	}
	return false
}

func isRTSP(b []byte) bool {
	return bytes.HasPrefix(b, []byte("RTSP/1.0 ")) || greets(b, "OPTIONS rtsp", "RTSP/") ||
		greets(b, "DESCRIBE rtsp", "RTSP/") || greets(b, "OPTIONS * RTSP/", "RTSP/")
}

// isSTUN requires two zero bits, a length that is a multiple of four, and the magic cookie.
func isSTUN(b []byte) bool {
	return len(b) >= 20 && zeroBits(b[0]) && b[3]&3 == 0 &&
		binary.BigEndian.Uint32(b[4:]) == 0x2112a442
}

// zeroBits checks the two zero bits at the start of a STUN message, RFC 8489 section 5.
func zeroBits(first byte) bool { return first&0xc0 == 0 }

// isPostgreSQL requires a length, then version 3.0 or the code of a request for TLS or GSSAPI.
func isPostgreSQL(b []byte) bool {
	if len(b) < 8 || b[0] != 0 || b[1] != 0 {
		return false
	}
	switch binary.BigEndian.Uint32(b[4:]) {
	case 80877103, 80877104:
		return binary.BigEndian.Uint32(b) == 8
	case 3 << 16:
		return bytes.HasPrefix(b[8:], []byte("user\x00")) ||
			bytes.HasPrefix(b[8:], []byte("database\x00"))
	}
	return false
}

// isTelnet requires IAC, then WILL, WON'T, DO or DON'T, twice if there are enough bytes. Other
// protocols can begin like this too.
func isTelnet(b []byte) bool {
	negotiates := func(b []byte) bool { return b[0] == 0xff && b[1] >= 0xfb && b[1] <= 0xfe }
	return len(b) >= 3 && negotiates(b) && (len(b) < 6 || negotiates(b[3:]))
}

// isNTP requires a valid version and mode, a stratum up to 16, and the length of a packet with or
// without a digest. NTP has no magic number.
func isNTP(b []byte) bool {
	return (len(b) == 48 || len(b) == 68 || len(b) == 72) && ntpMode(b[0]) && b[1] <= 16
}

// ntpMode checks the version and the mode after the leap indicator, RFC 5905 section 7.3.
func ntpMode(first byte) bool {
	version, mode := first>>3&7, first&7
	return version >= 3 && version <= 4 && mode >= 1 && mode <= 5
}
