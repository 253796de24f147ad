package anonymize

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
)

// KeySize is the length of a key in bytes. The first half is the AES key, the second the padding,
// as in Crypto-PAn.
const KeySize = 32

// errKey describes the form of a key.
var errKey = fmt.Errorf("a key is %d hexadecimal digits, such as openssl rand -hex %d prints",
	2*KeySize, KeySize)

// ReadKey reads a key of 64 hexadecimal digits. White space around it is ignored.
func ReadKey(r io.Reader) (key [KeySize]byte, err error) {
	const limit = 4 << 10
	text, err := io.ReadAll(io.LimitReader(r, limit))
	if err != nil {
		return key, err
	}
	b, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(b) != KeySize {
		return key, errKey
	}
	if slices.Equal(b, make([]byte, KeySize)) {
		return key, errors.New("the key is all zeros")
	}
	return [KeySize]byte(b), nil
}

// An Anonymizer replaces addresses and removes payload. The same key always has the same result. It
// is not safe for concurrent use.
type Anonymizer struct {
	addrs cipher.Block
	pad   [aes.BlockSize]byte
	other cipher.Block // for hardware addresses and parts of multicast addresses
	frames
}

// New returns an Anonymizer with a key.
func New(key [KeySize]byte) *Anonymizer {
	a := &Anonymizer{addrs: block(key[:aes.BlockSize])}
	a.addrs.Encrypt(a.pad[:], key[aes.BlockSize:])
	sum := sha256.Sum256(append([]byte("portsniff hardware addresses"), key[:]...))
	a.other = block(sum[:aes.BlockSize])
	return a
}

func block(key []byte) cipher.Block {
	b, err := aes.NewCipher(key)
	if err != nil {
		panic("anonymize: " + err.Error()) // the key has the right length
	}
	return b
}

// Addr returns the replacement of an address by Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving
// IP Address Anonymization, 2002). Two addresses that share their first n bits have results that
// share their first n bits. Multicast addresses, the broadcast address and the unspecified address
// do not identify a host, so they stay. If the result is one of these, it is replaced again.
func (a *Anonymizer) Addr(addr netip.Addr) netip.Addr {
	if kept(addr) {
		return a.group(addr)
	}
	for {
		if addr = a.encrypt(addr); !kept(addr) {
			return addr
		}
	}
}

// kept reports whether an address does not identify a single host.
func kept(addr netip.Addr) bool {
	return addr.IsMulticast() || addr.IsUnspecified() ||
		addr == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// encrypt flips each bit depending on the bits before it.
func (a *Anonymizer) encrypt(addr netip.Addr) netip.Addr {
	in := addr.AsSlice()
	out := slices.Clone(in)
	plain, sum := a.pad, [aes.BlockSize]byte{}
	for bit := range 8 * len(in) {
		i, mask := bit/8, byte(0x80>>(bit%8))
		a.addrs.Encrypt(sum[:], plain[:])
		if sum[0]&0x80 != 0 {
			out[i] ^= mask
		}
		plain[i] = plain[i]&^mask | in[i]&mask // the next bit depends on this bit
	}
	result, _ := netip.AddrFromSlice(out)
	return result
}

// solicited is the prefix of solicited-node multicast addresses. Their last three bytes are those
// of a host address (RFC 4291 section 2.7.1).
var solicited = netip.MustParsePrefix("ff02::1:ff00:0/104")

// group replaces the host part or the network prefix in a multicast address.
func (a *Anonymizer) group(addr netip.Addr) netip.Addr {
	const fromPrefix = 0x20 // flag: the address contains a prefix (RFC 3306 section 4)
	b := addr.As16()
	switch {
	case solicited.Contains(addr):
		copy(b[13:], a.tail([3]byte(b[13:])))
	case addr.Is6() && addr.IsMulticast() && b[1]&fromPrefix != 0 && [8]byte(b[4:]) != [8]byte{}:
		var network [16]byte
		copy(network[:], b[4:12])
		replaced := a.Addr(netip.AddrFrom16(network)).As16()
		copy(b[4:12], replaced[:])
	default:
		return addr
	}
	return netip.AddrFrom16(b)
}

// Tags separate the uses of one cipher.
const (
	tagMAC = 1 + iota
	tagTail
)

// tail returns the replacement of the three bytes of a host in a multicast address.
func (a *Anonymizer) tail(b [3]byte) []byte { return a.scramble(tagTail, b[:])[:3] }

func (a *Anonymizer) scramble(tag byte, b []byte) []byte {
	var sum [aes.BlockSize]byte
	sum[len(sum)-1] = tag
	copy(sum[:], b)
	a.other.Encrypt(sum[:], sum[:])
	return sum[:]
}

// MAC returns the replacement of a hardware address, which is locally administered. Multicast
// addresses and the zero address stay.
func (a *Anonymizer) MAC(mac [6]byte) [6]byte {
	const group, local = 1, 2 // bits of the first byte
	switch {
	case mac == [6]byte{}:
		return mac
	case [3]byte(mac[:]) == [3]byte{0x33, 0x33, 0xff}: // solicited-node group, RFC 2464 section 7
		copy(mac[3:], a.tail([3]byte(mac[3:])))
		return mac
	case mac[0]&group != 0:
		return mac
	}
	copy(mac[:], a.scramble(tagMAC, mac[:]))
	mac[0] = mac[0]&^group | local
	return mac
}
