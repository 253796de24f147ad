package decode

import (
	"errors"
	"fmt"
)

// A LengthSource is the source of a length that was too short.
type LengthSource uint8

// The sources of a length.
const (
	ClaimWire     LengthSource = iota // the frame ends there on the wire
	ClaimCaptured                     // the capture ends there (snapshot length)
	ClaimHeader                       // an enclosing header's length field
	ClaimQuote                        // the quote in an ICMP error ends there
	ClaimSelf                         // the header's own length field
)

var claimNames = [...]string{"wire", "captured", "enclosing-header", "quoted", "own-length"}

// String returns the word in JSON.
func (c LengthSource) String() string {
	if int(c) < len(claimNames) {
		return claimNames[c]
	}
	return ""
}

// The problems of a header. A DecodeError wraps one of these.
var (
	ErrShort    = errors.New("the header is longer than the remaining bytes")
	ErrVersion  = errors.New("wrong version number")
	ErrLength   = errors.New("impossible header length")
	ErrTooDeep  = errors.New("more nested headers than the limit")
	ErrField    = errors.New("a field has an impossible value")
	ErrFragment = errors.New("the first fragment is too short for the header")
)

// A DecodeError describes where decoding ended before the payload, and which length ended it.
type DecodeError struct {
	Layer ProtocolID
	At    int // byte of the frame where the header that could not be read begins
	Need  int // bytes that it needs; 0 if the length is not the problem
	Have  int // bytes that are left
	Claim LengthSource
	Err   error // nil: decoding did not end early
}

// Error describes the problem in a sentence.
func (s DecodeError) Error() string {
	name := protocols[s.Layer].Key
	if s.Need > 0 {
		return fmt.Sprintf("%s header at byte %d needs %d bytes, %d are there (%s): %v", name, s.At,
			s.Need, s.Have, s.Claim, s.Err)
	}
	return fmt.Sprintf("%s header at byte %d: %v", name, s.At, s.Err)
}

// Unwrap returns the problem of the header.
func (s DecodeError) Unwrap() error { return s.Err }
